// Parts and costs as people say them.
import { jointName } from '../../page/words.js';

/** A part's name for people: what its joints have in common. */
export function partName(part) {
  if (part.includes('nose')) return 'face';
  const [first] = part;
  const words = part.map((name) => name.replace(/^(left|right)_/, ''));
  const side = part.every((name) => name.startsWith('left_'))
    ? 'left '
    : part.every((name) => name.startsWith('right_'))
      ? 'right '
      : '';
  if (side) return side + (words.includes('wrist') ? 'arm' : words.includes('ankle') ? 'leg' : words[0]);
  return part.length === 2 && words[0] === words[1] ? `${words[0]}s` : jointName(first);
}

/** Giga multiply-accumulates of a pass. */
export function gmac(pass) {
  return (pass.blocks.reduce((sum, b) => sum + b.macs, 0) / 1e9).toFixed(2);
}

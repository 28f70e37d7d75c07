// Parts and costs as people say them.
import { jointName } from '../../page/words.js';
import { fixed, named, tr } from '../../words/say.js';

const LIMBS = { left: [tr`left arm`, tr`left leg`], right: [tr`right arm`, tr`right leg`] };

/** A part's name for people: what its joints have in common. */
export function partName(part) {
  if (part.includes('nose')) return tr`face`;
  const words = part.map((name) => name.replace(/^(left|right)_/, ''));
  const side = Object.keys(LIMBS).find((side) => part.every((name) => name.startsWith(`${side}_`)));
  const limb = words.includes('wrist') ? 0 : words.includes('ankle') ? 1 : null;
  if (side && limb !== null) return LIMBS[side][limb];
  return !side && part.length === 2 && words[0] === words[1] ? named(`${words[0]}s`) : jointName(part[0]);
}

/** Giga multiply-accumulates of a pass. */
export function gmac(pass) {
  return tr`${fixed(pass.blocks.reduce((sum, b) => sum + b.macs, 0) / 1e9, 2)} GMAC`;
}

/** Several things, one after another. */
export const listed = (things) => (things.length ? things.reduce((all, one) => tr`${all}, ${one}`) : '');

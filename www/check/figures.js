// COCO's figures as people read them: from 0 to 100, each with what it says.
import { el } from '../inside/widgets/draw.js';
import { ms } from '../page/words.js';
import { fixed, tr } from '../words/say.js';

const FIGURES = [
  ['AP', 'AP', 'joints', tr`how right it is on the whole, from 0 to 100`],
  ['AP50', 'AP50', 'joints', tr`where nearly right is enough`],
  ['AP75', 'AP75', 'joints', tr`where joints must lie close`],
  ['APM', tr`AP, medium`, 'joints', tr`people of 32 × 32 to 96 × 96 px`],
  ['APL', tr`AP, large`, 'joints', tr`people above 96 × 96 px`],
  ['AR', 'AR', 'joints', tr`how many people it can find at best, averaged as AP is`],
  ['AP', tr`AP of boxes`, 'boxes', tr`how right the boxes around people are`],
];

/** A figure from 0 to 1 as it is read; null where nobody of this size is marked. */
export function figure(value) {
  return value === null ? '–' : fixed(100 * value, 1);
}

/** Fills a list; the whole number stands in each `data`. */
export function fillFigures(list, counted, pictureMs) {
  const rows = FIGURES.map(([key, name, by, says]) => {
    const value = counted[by][key];
    const shown = el('data', { value: value ?? -1, 'data-figure': `${by} ${key}` }, figure(value));
    return row(name, shown, value === null ? tr`nobody of this size is marked` : says);
  });
  rows.push(row(tr`Time`, ms(pictureMs), tr`the network alone, a picture`));
  list.replaceChildren(...rows);
}

function row(name, value, says) {
  return el('div', {}, el('dt', {}, name), el('dd.value', {}, value), el('dd.says', {}, says));
}

// Names and numbers as people say them.
import { fixed, many, named, tr } from '../words/say.js';

/** `left_elbow` as people say it. */
export const jointName = (name) => named(name.replaceAll('_', ' '));

/** A share from 0 to 1, with so many digits. */
export const percent = (share, digits = 0) => tr`${fixed(100 * share, digits)} %`;

/** So many people. */
export const countWords = (n) => many(n, '{0} person', '{0} people');

/** Several things, one after another. */
export const apart = (things) => things.reduce((all, one) => tr`${all}; ${one}`);

/** Where a network runs. */
export const engineName = (backend) => (backend === 'webgpu' ? 'WebGPU' : tr`the processor`);

/** Milliseconds; many of them as seconds. */
export function ms(value) {
  if (value >= 10_000) return tr`${fixed(value / 1000, 1)} s`;
  return tr`${fixed(value, value < 10 ? 1 : 0)} ms`;
}

/** How long something will take, from seconds. */
export function duration(s) {
  if (s <= 59) return tr`${Math.max(1, Math.ceil(s))} s`;
  const minutes = Math.round(s / 60);
  return minutes < 60 ? tr`${minutes} min` : tr`${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

// The group "Engine": where the network runs, why, and how long it takes. What flickers is averaged.

import { fixed, put, told, tr } from '../words/say.js';
import { engineName } from './words.js';

const AVERAGE_MS = 500;

export class EnginePanel {
  #frames = [];
  #painted = 0;

  constructor(byId) {
    this.byId = byId;
  }

  /** Says where the network runs. */
  describe({ backend, reason, adapter }) {
    const name = engineName(backend);
    put(this.byId('backend'), backend === 'webgpu' && adapter ? tr`${name}, ${adapter}` : name);
    this.byId('backend').dataset.backend = backend;
    put(this.byId('reason'), told(reason));
  }

  /** A new source: what was measured before says nothing about it. */
  reset() {
    this.#frames = [];
    this.#painted = 0;
  }

  /** Tells a photo's milliseconds, and the `sizes` it was looked at. */
  look(speed, [first, second]) {
    this.reset();
    this.#tell([{ parts: parts(speed) }], false);
    put(this.byId('seen'), second ? tr`${second} px, after a glance at ${first} px` : tr`${first} px`);
  }

  /**
   * Adds a frame's milliseconds; shows the mean of the last half second, twice a second. Also how `late` it was drawn, and
   * the `size` it was looked at, smaller than `own` where that is too much.
   */
  frame(speed, { late, size, own, near }) {
    const now = performance.now();
    this.#frames.push({ at: now, parts: [...parts(speed), late] });
    const last = this.#frames.filter((f) => now - f.at <= AVERAGE_MS);
    const second = this.#frames.filter((f, i, all) => now - f.at <= 2000 || i >= all.length - 2);
    this.#frames = second;
    if (now - this.#painted < AVERAGE_MS) return;
    this.#painted = now;
    this.#tell(last, true);
    const why = near ? tr`${size} px, for people so near` : tr`${size} px, to keep up`;
    put(this.byId('seen'), size < own ? why : tr`${size} px`);
    const span = now - second[0].at;
    put(this.byId('fps'), span > 0 ? fixed(((second.length - 1) * 1000) / span, 1) : '–');
  }

  /** Means over frames; what only moving pictures have is shown where they are `live`. */
  #tell(frames, live) {
    frames[0].parts.forEach((_, i) => {
      const mean = frames.reduce((sum, f) => sum + f.parts[i], 0) / frames.length;
      put(this.byId(MS[i]), tr`${fixed(mean, mean < 100 ? 1 : 0)} ms`);
    });
    for (const row of ['late-row', 'fps-row']) this.byId(row).hidden = !live;
    this.byId('seen-row').hidden = false;
  }
}

const MS = ['ms-before', 'ms-network', 'ms-after', 'ms-late'];
const parts = ({ preprocess, inference, postprocess }) => [preprocess, inference, postprocess];

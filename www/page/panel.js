// The group "Engine": where the network runs, why, and how long it takes. What flickers is averaged.

const AVERAGE_MS = 500;
const NAMES = { webgpu: 'WebGPU', cpu: 'the processor' };

export class EnginePanel {
  #frames = [];
  #painted = 0;

  constructor(byId) {
    this.byId = byId;
  }

  /** Says where the network runs. */
  describe({ backend, reason, adapter }) {
    this.byId('backend').textContent = backend === 'webgpu' && adapter ? `${NAMES.webgpu}, ${adapter}` : NAMES[backend];
    this.byId('backend').dataset.backend = backend;
    this.byId('reason').textContent = reason;
  }

  /** A new source: what was measured before says nothing about it. */
  reset() {
    this.#frames = [];
    this.#painted = 0;
  }

  /** Adds a frame's milliseconds; shows the mean of the last half second, twice a second. */
  add({ preprocess, inference, postprocess }, live) {
    const now = performance.now();
    this.#frames.push({ at: now, parts: [preprocess, inference, postprocess] });
    const last = this.#frames.filter((f) => now - f.at <= AVERAGE_MS);
    const second = this.#frames.filter((f, i, all) => now - f.at <= 2000 || i >= all.length - 2);
    this.#frames = second;
    if (live && now - this.#painted < AVERAGE_MS) return;
    this.#painted = now;
    const mean = (i) => last.reduce((sum, f) => sum + f.parts[i], 0) / last.length;
    ['ms-before', 'ms-network', 'ms-after'].forEach((id, i) => {
      this.byId(id).textContent = `${mean(i) < 100 ? mean(i).toFixed(1) : Math.round(mean(i))} ms`;
    });
    this.byId('fps-row').hidden = !live;
    const span = now - second[0].at;
    if (live) this.byId('fps').textContent = span > 0 ? (((second.length - 1) * 1000) / span).toFixed(1) : '–';
  }
}

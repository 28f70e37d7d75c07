// QueryPose in a worker: give it a picture, get people's skeletons in the picture's own pixels.
//
//   const net = await QueryPose.load('models/nano/', { backend: 'auto', onProgress });
//   const { poses, speed, backend } = await net.detect(source, { threshold, maxPeople });
//   net.dispose();
//
// The network runs in a worker, so that the page never stands still.
import { QueryPoseError } from './error.js';
import { pixelsOf } from './pixels.js';
import { readTrace } from './trace.js';

export { QueryPoseError, readTrace };

export class QueryPose extends EventTarget {
  #worker;
  #calls = new Map();
  #nextId = 1;
  #queue = [];
  #busy = false;
  #dead = null;

  constructor(worker) {
    super();
    this.#worker = worker;
    /** 'webgpu' or 'cpu'; may change to 'cpu' when the graphics device is lost (event 'backend'). */
    this.backend = null;
    /** Why this backend, in a sentence. */
    this.reason = '';
    /** Name of the graphics adapter, where there is one. */
    this.adapter = '';
    /** Facts of the model: its name, bytes, parameters, … */
    this.model = null;
    /** Shortest edge in pixels that pictures are brought to; 0 is the model's own. */
    this.size = 0;
    worker.onmessage = ({ data }) => this.#receive(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new QueryPoseError('worker', `The engine stopped: ${event.message || 'its files could not be loaded'}. Reload the page to start it again.`));
    };
  }

  /**
   * Opens a model and chooses where to run it: the address of a model folder, or of a `.safetensors` or `.pth` file,
   * or a File, the Files of a folder, or `{ kept: name }` for one from an earlier visit. Files are read in slices.
   * Rejects with a sentence if the model cannot be had, is damaged, or cannot run here.
   */
  static async load(model, { backend = 'auto', onProgress = () => {}, signal } = {}) {
    signal?.throwIfAborted();
    const net = new QueryPose(new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }));
    const stop = () => net.#fail(signal.reason);
    signal?.addEventListener('abort', stop);
    try {
      net.#take(await net.#call('load', { source: sourceOf(model), backend }, [], onProgress));
      return net;
    } catch (error) {
      net.#fail(error);
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /**
   * Finds the people in a picture. Calls wait for one another; of video frames that wait, only the
   * newest is looked at and the others reject with an `AbortError`.
   */
  async detect(source, { threshold = this.model.threshold, maxPeople = 20, size = this.size } = {}) {
    const { scale, ...result } = await this.#look(source, 'detect', { threshold, maxPeople, size });
    return scale === 1 ? result : scaled(result, scale);
  }

  /**
   * Looks at a picture and resolves with what the network computed on the way, `{ facts, tensors, backend }`;
   * `tensors` are typed arrays with a `shape`, by name. `intervention` switches parts of the network off.
   */
  async trace(source, { threshold = this.model.threshold, maxPeople = 20, size = this.size, all = false, taps = true, timed = false, intervention = {} } = {}) {
    const { stopAfter, gates = 'learned', attention = 'learned' } = intervention;
    const named = { all, taps, timed, [`stop=${stopAfter}`]: stopAfter !== undefined, [`gates=${gates}`]: true, [`attention=${attention}`]: true };
    const wishes = Object.keys(named).filter((name) => named[name]).join(' ');
    const { file, backend } = await this.#look(source, 'trace', { threshold, maxPeople, size, wishes });
    return { ...readTrace(file), backend };
  }

  #look(source, type, body) {
    return new Promise((resolve, reject) => {
      const isFrame = source instanceof HTMLVideoElement;
      if (isFrame) {
        const stale = this.#queue.findIndex((job) => job.isFrame && job.source === source);
        if (stale >= 0) this.#queue.splice(stale, 1)[0].reject(new DOMException('A newer frame came in.', 'AbortError'));
      }
      this.#queue.push({ source, isFrame, type, body, resolve, reject });
      this.#next();
    });
  }

  /**
   * What a picture of so many pixels with so many people costs at each of `sizes` (shortest edges), and the bytes that
   * are held now: `{ costs: [{ size, pixels, gmac, bytes }], memory: { wasm, engine } }`.
   */
  costs(width, height, people, sizes) {
    return this.#call('costs', { width, height, people, sizes }, []);
  }

  /** Ends the worker and frees what it held. Calls under way reject. */
  dispose() {
    this.#fail(new DOMException('This network was disposed of.', 'AbortError'));
  }

  async #next() {
    if (this.#busy || this.#queue.length === 0) return;
    const job = this.#queue.shift();
    this.#busy = true;
    try {
      if (this.#dead) throw this.#dead;
      const start = performance.now();
      const { data, width, height, scale } = await pixelsOf(job.source);
      const read = performance.now() - start;
      const result = await this.#call(job.type, { rgba: data.buffer, width, height, ...job.body }, [data.buffer]);
      if (result.speed) result.speed.preprocess += read;
      job.resolve({ ...result, scale });
    } catch (error) {
      job.reject(error);
    } finally {
      this.#busy = false;
      this.#next();
    }
  }

  #call(type, body, transfer, onProgress) {
    if (this.#dead) return Promise.reject(this.#dead);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject, onProgress });
      this.#worker.postMessage({ id, type, ...body }, transfer);
    });
  }

  #receive({ id, type, value }) {
    const call = this.#calls.get(id);
    if (type === 'backend') {
      this.#take(value);
      this.dispatchEvent(new CustomEvent('backend', { detail: value }));
    } else if (type === 'kept') {
      this.model.kept = value;
      this.dispatchEvent(new CustomEvent('kept', { detail: value }));
    } else if (type === 'progress') {
      call?.onProgress?.(value);
    } else if (call) {
      this.#calls.delete(id);
      if (type === 'error') call.reject(new QueryPoseError(value.code, value.message));
      else call.resolve(value);
    }
  }

  #take({ backend, reason, adapter, model }) {
    Object.assign(this, { backend, reason, adapter, model: model ?? this.model });
  }

  #fail(error) {
    this.#dead ??= error;
    this.#worker.terminate();
    for (const call of this.#calls.values()) call.reject(error);
    this.#calls.clear();
    for (const job of this.#queue.splice(0)) job.reject(error);
  }
}

/** What the worker is told to open. */
function sourceOf(model) {
  if (model instanceof Blob) return { files: [model], folder: '' };
  // A worker gets the files without the path they were chosen with.
  if (Array.isArray(model)) return { files: model, folder: model.folder ?? model[0]?.webkitRelativePath?.split('/').at(-2) ?? '' };
  if (model?.kept) return { kept: model.kept };
  const { href, pathname } = new URL(model, document.baseURI);
  return { url: /\/$|\.(safetensors|pth|pt)$/i.test(pathname) ? href : `${href}/` };
}

/** Results of a picture that was read smaller than it is, in its own pixels. */
function scaled(result, scale) {
  for (const pose of result.poses) {
    for (const point of pose.keypoints) {
      point.x *= scale;
      point.y *= scale;
    }
    for (const side of Object.keys(pose.box)) pose.box[side] *= scale;
  }
  return result;
}

// QueryPose in a worker: give it a picture, get people's skeletons in the picture's own pixels.
//
//   const net = await QueryPose.load('models/nano/', { backend: 'auto', onProgress });
//   const { poses, speed, backend } = await net.detect(source, { threshold, maxPeople });
//   net.dispose();
//
// The network runs in a worker, so that the page never stands still. Runs in a page and in a worker.
import { costsOf, detectOptions, edge, loadOptions, modelSource, only, tagOf, traceOptions } from './check.js';
import { QueryPoseError } from './error.js';
import { SILENCE_MS, within } from './patience.js';
import { Queue } from './queue.js';
import { needsWorkers, startWorker } from './starting.js';
import { Stream } from './stream.js';
import { readTrace } from './trace.js';

export { QueryPoseError, readTrace };

export class QueryPose extends EventTarget {
  #worker;
  #calls = new Map();
  #nextId = 1;
  #streams = 0;
  #queue = new Queue((pixels, { type, ...asked }) => this.#run(pixels, type, asked));
  #dead = null;
  #size = 0;
  #started;

  constructor(worker) {
    super();
    this.#worker = worker;
    /** 'webgpu' or 'cpu'; changes when WebGPU is ready, and when the graphics device is lost (event 'backend'). */
    this.backend = null;
    /** Why this backend, in a sentence. */
    this.reason = '';
    /** Name of the graphics adapter, where there is one. */
    this.adapter = '';
    /** Facts of the model: its name, bytes, parameters, … */
    this.model = null;
    const started = new Promise((resolve) => (this.#started = resolve));
    within(
      SILENCE_MS,
      started,
      `The engine's files did not arrive within ${SILENCE_MS / 1000} seconds. Check the connection and try again.`,
    ).catch((error) => this.#fail(error));
    worker.onmessage = ({ data }) => this.#receive(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(
        new QueryPoseError(
          'worker',
          `The engine stopped: ${event.message || 'its files could not be loaded'}. Reload the page to start it again.`,
        ),
      );
    };
    worker.onmessageerror = () =>
      this.#fail(
        new QueryPoseError(
          'worker',
          'The engine gave an answer that cannot be read. Reload the page to start it again.',
        ),
      );
  }

  /** Shortest edge in pixels that pictures are brought to; 0 is the model's choice, see `DetectOptions`. */
  get size() {
    return this.#size;
  }

  set size(size) {
    this.#size = edge('size', size);
  }

  /**
   * Opens a model and chooses where to run it: the address of a model folder, or of a `.safetensors` or `.pth` file,
   * or a File or Blob, the Files of a folder, or `{ kept: name }` for one from an earlier visit. Files are read in
   * slices. Rejects with a sentence if the model cannot be had, is damaged, or cannot run here.
   */
  static async load(model, options) {
    needsWorkers();
    const { signal, onProgress, worker, ...how } = loadOptions(options);
    const source = modelSource(model);
    signal?.throwIfAborted();
    const net = new QueryPose(startWorker(worker));
    const stop = () => net.#fail(signal.reason);
    signal?.addEventListener('abort', stop);
    try {
      net.#take(await net.#call('load', { source, ...how }, [], onProgress));
      return net;
    } catch (error) {
      net.#fail(error);
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /**
   * Finds the people in a picture, as it is at the call. Calls wait for one another; of video frames that wait, only
   * the newest is looked at, and its answer is that of the calls before it too.
   */
  async detect(source, options) {
    return this.#look('detect', source, detectOptions(only('detect', options), this));
  }

  /**
   * Follows the people of a camera or video: `stream.detect(frame, timeMs)` gives each an `id` and calm joints. What is
   * known of them outlives a change of the backend, and ends with this network.
   */
  stream(options) {
    if (this.#dead) throw this.#dead;
    return new Stream(this, ++this.#streams, options, {
      look: (frame, asked, signal) => this.#look('follow', frame, { ...asked, signal }),
      close: (id) => this.#call('close', { stream: id }, []).catch(() => {}),
    });
  }

  /**
   * Looks at a picture and resolves with what the network computed on the way, `{ facts, tensors, backend }`;
   * `tensors` are typed arrays with a `shape`, by name. `intervention` switches parts of the network off.
   */
  async trace(source, options) {
    return this.#look('trace', source, traceOptions(only('trace', options), this));
  }

  #look(type, source, { signal, timeMs, ...asked }) {
    if (this.#dead) throw this.#dead;
    // Only a video has newer pictures to offer.
    const kind = tagOf(source) === 'HTMLVideoElement' ? JSON.stringify([type, asked]) : null;
    return this.#queue.look(source, { type, timeMs, ...asked, kind, signal });
  }

  async #run({ data, frame, width, height, of: [w, h] }, type, asked) {
    const pixels = frame ? { frame } : { rgba: data.buffer };
    const body = { ...pixels, width, height, ...asked };
    const { file, poses, ...answer } = await this.#call(type, body, Object.values(pixels));
    if (file) return { ...readTrace(file), ...answer };
    return { poses: scaled(poses, w / width, h / height), width: w, height: h, ...answer };
  }

  /**
   * What a picture of so many pixels with so many people costs at each of `sizes` (shortest edges), and the bytes that
   * are held now: `{ costs: [{ size, pixels, gmac, bytes }], memory: { wasm, engine } }`.
   */
  async costs(width, height, people, sizes) {
    return this.#call('costs', costsOf(width, height, people, sizes), []);
  }

  /** Ends the worker and frees what it held. Calls under way reject with the code `disposed`. */
  dispose() {
    this.#fail(new QueryPoseError('disposed', 'This network was disposed of.'));
  }

  #call(type, body, transfer, onProgress) {
    if (this.#dead) return Promise.reject(this.#dead);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#worker.postMessage({ id, type, ...body }, transfer);
      this.#calls.set(id, { resolve, reject, onProgress });
    });
  }

  #receive({ id, type, value }) {
    this.#started();
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
    this.#started();
    this.#dead ??= error;
    this.#worker.terminate();
    for (const call of this.#calls.values()) call.reject(error);
    this.#calls.clear();
    this.#queue.end(error);
  }
}

/** Poses of a picture that was read smaller than it is, in its own pixels. */
function scaled(poses, across, down) {
  if (across === 1 && down === 1) return poses;
  for (const { keypoints, box } of poses) {
    for (const point of keypoints) {
      point.x *= across;
      point.y *= down;
    }
    for (const side of ['xMin', 'xMax', 'width']) box[side] *= across;
    for (const side of ['yMin', 'yMax', 'height']) box[side] *= down;
  }
  return poses;
}

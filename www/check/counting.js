// The page's side of the worker that reads annotations and counts.
import { QueryPoseError } from '../lib/error.js';

const GONE = 'What counts could not be started. Check the connection and reload the page.';

/** Annotations, and what was found on their pictures so far. Calls reject with sentences. */
export class Counting {
  #worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  #calls = new Map();
  #nextId = 1;

  constructor() {
    this.#worker.onmessage = ({ data: { id, value, sentence, died } }) => {
      const call = this.#calls.get(id);
      this.#calls.delete(id);
      if (sentence === undefined) call?.resolve(value);
      else call?.reject(new QueryPoseError('argument', sentence));
      if (died) this.end(sentence);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.end(GONE);
    };
  }

  /** Reads annotations; resolves with what is known of them, see `About` in `src/web/accuracy.rs`. */
  open(file, asked) {
    return this.#call('open', { file, ...asked });
  }

  /** Keeps the people that were found on a picture. */
  add(image, poses) {
    const numbers = poses.flatMap(({ score, box, keypoints }) => [
      ...[score, box.xMin, box.yMin, box.xMax, box.yMax],
      ...keypoints.flatMap((k) => [k.x, k.y, k.score]),
    ]);
    return this.#call('add', { image, people: Float32Array.from(numbers) });
  }

  /** Forgets what was found. */
  reset() {
    return this.#call('reset');
  }

  /** All figures, see `Counted` in `src/web/accuracy.rs`. */
  count(threshold) {
    return this.#call('count', { threshold });
  }

  /** The results as a file. */
  async results() {
    return new Blob([await this.#call('results')], { type: 'application/json' });
  }

  end(sentence = GONE) {
    this.#worker.terminate();
    for (const { reject } of this.#calls.values()) reject(new QueryPoseError('worker', sentence));
    this.#calls.clear();
    this.#call = () => Promise.reject(new QueryPoseError('worker', sentence));
  }

  #call = (type, body = {}) => {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve, reject });
      this.#worker.postMessage({ id, type, ...body });
    });
  };
}

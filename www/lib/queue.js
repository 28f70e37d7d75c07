// Pictures that wait for the network, one after the other. Every call settles, whatever becomes of its picture.
import { take } from './pixels.js';

export class Queue {
  /** Taken, and not yet looked at; the oldest first. */
  #jobs = [];
  #running = null;
  #run;

  /** `run(pixels, wish)` looks at a picture and resolves with the answer. */
  constructor(run) {
    this.#run = run;
  }

  /**
   * Takes a source as it is now and resolves with what `run` says of it. With a `kind`, calls for the same source and
   * of the same kind stand in for one another while they wait: the newest picture is looked at, for all of them. Calls for
   * a source that has nothing to show yet wait together, from the first of them on.
   */
  look(source, { kind, signal, ...wish }) {
    signal?.throwIfAborted();
    const start = performance.now();
    const stop = new AbortController();
    const taken = take(source, stop.signal);
    /** @type {{ ms: number, arrives?: Promise<unknown> | null, isEmpty?: boolean, [more: string]: any }} */
    const job = { source, kind, wish, stop, callers: new Set(), ms: performance.now() - start, ...taken };
    const waits = job.isEmpty && kind && this.#jobs.find((other) => other.isEmpty && same(other, job));
    if (waits) {
      job.arrives.catch(() => {});
      stop.abort();
      return this.#called(Object.assign(waits, { wish }), signal);
    }
    const answer = this.#called(job, signal);
    this.#jobs.push(job);
    const arrived = () => {
      if (job.arrives && !job.isEmpty) job.ms = performance.now() - start;
      Object.assign(job, { arrives: null, isEmpty: false });
      // Only now: a picture that is there is never given up for one that may not come.
      this.#standIn(job);
      this.#next();
    };
    if (job.arrives) job.arrives.then(arrived, (error) => this.#settle(job, 'reject', error));
    else arrived();
    return answer;
  }

  /** Rejects whatever waits. */
  end(error) {
    for (const job of [this.#running, ...this.#jobs]) if (job) this.#settle(job, 'reject', error);
  }

  #called(job, signal) {
    return new Promise((resolve, reject) => {
      const caller = { resolve, reject, job, settled: () => signal?.removeEventListener('abort', abort) };
      const abort = () => {
        const { job: mine } = caller;
        mine.callers.delete(caller);
        reject(signal.reason);
        if (mine.callers.size === 0) this.#drop(mine);
      };
      job.callers.add(caller);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Takes over the callers of older jobs for the same. */
  #standIn(job) {
    if (!job.kind || !this.#jobs.includes(job)) return;
    for (const other of this.#jobs.slice(0, this.#jobs.indexOf(job))) {
      if (!same(other, job)) continue;
      for (const caller of other.callers) job.callers.add(Object.assign(caller, { job }));
      other.callers.clear();
      this.#drop(other);
    }
  }

  #drop(job) {
    this.#jobs = this.#jobs.filter((other) => other !== job);
    job.stop.abort();
  }

  #settle(job, how, value) {
    this.#drop(job);
    const callers = [...job.callers];
    job.callers.clear();
    // A picture has one owner; nobody's is let go.
    const { picture, ...others } = how === 'resolve' ? value : {};
    if (callers.length === 0) picture?.close();
    callers.forEach((caller, i) => {
      caller.settled();
      caller[how](picture && i > 0 ? others : value);
    });
  }

  async #next() {
    const job = this.#jobs.find(({ arrives }) => !arrives);
    if (this.#running || !job) return;
    this.#jobs = this.#jobs.filter((other) => other !== job);
    this.#running = job;
    try {
      const start = performance.now();
      const pixels = await job.read();
      // Nobody waits for it any more.
      job.stop.signal.throwIfAborted();
      const read = performance.now() - start;
      const answer = await this.#run(pixels, job.wish);
      if (answer.speed) answer.speed.preprocess += job.ms + read;
      this.#settle(job, 'resolve', answer);
    } catch (error) {
      this.#settle(job, 'reject', error);
    }
    this.#running = null;
    this.#next();
  }
}

/** Whether two jobs ask the same of the same source. */
function same(one, other) {
  return one.source === other.source && one.kind === other.kind;
}

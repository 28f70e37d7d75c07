// One check: picture after picture through the network, paused and ended at will. Nothing of a picture is kept but the
// people that were found on it.

/** Errors that are a picture's own fault: it counts as if nobody had been found on it. */
const UNREAD = ['picture', 'heic', 'too-large', 'memory', 'timeout'];
/** Before so many pictures nobody knows how long it takes. */
const FIRST = 3;

export class Run {
  /** Pictures that could not be read, with the error that says why: `{ name, error }`. */
  unread = [];
  done = 0;
  /** Milliseconds of the network alone, on all pictures together. */
  networkMs = 0;
  #spentMs = 0;
  #stop = new AbortController();
  #goesOn = null;
  #paused = null;

  /** `pictures` are `{ image, name, open() }`, `wish` what the network is told; `tell()` is called after each. */
  constructor(net, counting, pictures, wish, tell) {
    Object.assign(this, { net, counting, pictures, wish, tell });
  }

  get paused() {
    return this.#paused !== null;
  }

  pause() {
    this.#paused ??= new Promise((resolve) => (this.#goesOn = resolve));
  }

  resume() {
    this.#paused = null;
    this.#goesOn?.();
  }

  cancel() {
    this.#stop.abort();
    this.resume();
  }

  /** Seconds that are left, once there is something to tell them by. */
  get secondsLeft() {
    if (this.done < FIRST) return null;
    return ((this.#spentMs / this.done) * (this.pictures.length - this.done)) / 1000;
  }

  /** Milliseconds of the network, a picture. */
  get pictureMs() {
    return this.networkMs / Math.max(1, this.done - this.unread.length);
  }

  /** Goes through the pictures; resolves with whether it came to the end. Rejects if the network stops. */
  async go() {
    await this.counting.reset();
    for (const picture of this.pictures) {
      await this.#paused;
      if (this.#stop.signal.aborted) return false;
      const start = performance.now();
      try {
        await this.#look(picture);
      } catch (error) {
        if (this.#stop.signal.aborted) return false;
        if (!UNREAD.includes(error?.code)) throw error;
        this.unread.push({ name: picture.name, error });
      }
      this.#spentMs += performance.now() - start;
      this.done++;
      this.tell();
    }
    await this.#paused;
    return !this.#stop.signal.aborted;
  }

  async #look({ image, open }) {
    const file = await open().catch(() => {
      throw Object.assign(new Error('This file cannot be read any more: was it moved?'), { code: 'picture' });
    });
    const { poses, speed } = await this.net.detect(file, { ...this.wish, signal: this.#stop.signal });
    await this.counting.add(image, poses);
    this.networkMs += speed.inference;
  }
}

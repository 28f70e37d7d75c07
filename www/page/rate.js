// How large a live picture may be looked at so that the rate holds. Below that, the engine chooses what suits the people in
// it. Knows nothing of the page; time comes from outside.

/** Frames a second that are held. A camera's 30 come by themselves where the network is quick enough. */
export const WISHED = 15;
/** Milliseconds that a frame may take, from being taken to being drawn: a little is left for the wait for the next. */
const BUDGET_MS = 1000 / WISHED - 5;
/** A size is chosen that should take at most this share of it: smaller at once when it is too much … */
const DOWN_TO = 0.85;
/** … and larger only where there is room to spare. Between the two nothing changes. */
const UP_TO = 0.75;
/** What this many milliseconds of frames say is believed. */
const WINDOW_MS = 1000;
/** Frames without which nothing is decided, but for one that takes so many times too long. */
const FRAMES = 3;
const FAR_TOO_LONG = 2.5;
/** A larger size is tried so long after a change at the earliest; each time it was too much, twice as long. */
const UP_AFTER_MS = 2500;
const UP_AFTER_MOST_MS = 60_000;
/** A larger size that was left sooner than this was too much. */
const PROVEN_MS = 8000;
/** Smaller pictures show nobody any more. */
const SMALLEST = 160;
const STEP = 32;

/** The sizes of a model whose own is `own`, the smallest first: multiples of 32 px, and its own. */
export function ladder(own) {
  const sizes = [];
  for (let size = SMALLEST; size < own; size += STEP) sizes.push(size);
  return [...sizes, own];
}

/** What counts of a list of frames at `now`: the last second, and a few in any case. */
const recent = (frames, now) => frames.filter((f, i) => now - f.now <= WINDOW_MS || i >= frames.length - FRAMES);

export class Rate {
  #sizes;
  #frames = [];
  /** Size of the last frame: the first at a size also prepares the network for it. */
  #last = 0;
  #changedAt = null;
  #grewAt = -Infinity;
  #upAfter = UP_AFTER_MS;
  /** The largest size that keeps up. */
  #most;

  /** Begins at the model's own shortest edge, in pixels. */
  constructor(own) {
    this.#sizes = ladder(own);
    this.#most = own;
  }

  /** Largest shortest edge at which the next frame is to be looked at. */
  get size() {
    return this.#most;
  }

  /** The largest of its sizes. */
  get own() {
    return this.#sizes.at(-1);
  }

  /** A frame of this size, at most the present one, took `ms`, and was drawn at `now` (both milliseconds). */
  add(now, ms, size) {
    this.#changedAt ??= now;
    if (size !== this.#last) {
      this.#last = size;
      this.#renew(now);
      return;
    }
    this.#frames = recent([...this.#frames, { now, ms }], now);
    const sorted = this.#frames.map((f) => f.ms).sort((a, b) => a - b);
    const share = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
    const middle = share(0.5);
    /** What a frame of another size should take: work grows with the area. */
    const at = (other, ms) => ms * (other / size) ** 2;
    if (middle > BUDGET_MS && (sorted.length >= FRAMES || middle > FAR_TOO_LONG * BUDGET_MS)) {
      const smaller = this.#sizes.filter((other) => other < size);
      const fits = smaller.filter((other) => at(other, middle) <= DOWN_TO * BUDGET_MS);
      this.#change(now, fits.at(-1) ?? smaller[0]);
    } else if (size >= this.#most && sorted.length >= FRAMES && now - this.#changedAt >= this.#upAfter) {
      const high = share(0.8);
      const larger = this.#sizes.filter((other) => other > size);
      const fits = larger.filter((other) => at(other, high) <= UP_TO * BUDGET_MS);
      this.#change(now, fits.at(-1));
    }
  }

  #change(now, size) {
    if (!size) return;
    if (size > this.#most) this.#grewAt = now;
    else if (now - this.#grewAt < PROVEN_MS) this.#upAfter = Math.min(2 * this.#upAfter, UP_AFTER_MOST_MS);
    this.#most = size;
    this.#renew(now);
  }

  /** Frames of another size begin. */
  #renew(now) {
    this.#changedAt = now;
    this.#frames = [];
  }
}

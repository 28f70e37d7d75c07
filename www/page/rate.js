// At which size a live picture is looked at: as large as keeps up, and as is good for the people in it. Knows nothing of
// the page; time comes from outside.

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
/** A larger picture must be good for people by so much, else the size would go to and fro with a step back and forth. */
const SURELY = 1.15;
/** While nobody is seen, somebody may be too near to be: a smaller picture is looked at for a part of every so many ms. */
const SEARCH = { everyMs: 3000, forMs: 1000 };
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
  /** The first frame at a size also prepares the network for it. */
  #isFirst = true;
  #changedAt = null;
  #grewAt = -Infinity;
  #upAfter = UP_AFTER_MS;
  #scale;
  #seen = [];
  #nobodySince = null;
  /** The largest size that keeps up, and the largest that is good for people. */
  #fast;
  #good;

  /**
   * Begins at the model's own shortest edge, in pixels. `scale` is the model's `adaptiveScale`, which suits people as it
   * does on photos; null where it has none.
   */
  constructor(own, scale = null) {
    this.#sizes = ladder(own);
    this.#scale = scale;
    this.#fast = own;
    this.#good = own;
  }

  /** Shortest edge at which the next frame is to be looked at. */
  get size() {
    return Math.min(this.#fast, this.#good);
  }

  /** The largest of its sizes. */
  get own() {
    return this.#sizes.at(-1);
  }

  /** Whether it is people's nearness that keeps the size down. */
  get near() {
    return this.#isHeld && this.#nobodySince === null;
  }

  get #isHeld() {
    return this.#good < this.#fast;
  }

  /** People of these sides, shares of the frame's shorter edge, were on a frame at `now`: may set `size` for the next. */
  see(now, sides) {
    if (!this.#scale) return;
    const [least, most] = this.#scale.people;
    const best = sides.length ? Math.max(most / Math.max(...sides), least / Math.min(...sides)) : this.#searched(now);
    if (sides.length) this.#nobodySince = null;
    this.#seen = recent([...this.#seen, { now, best }], now);
    if (this.#seen.length < FRAMES) return;
    const middle = this.#seen.map((s) => s.best).sort((a, b) => a - b)[this.#seen.length >> 1];
    const fits = (most) => this.#sizes.filter((size) => size <= most).at(-1) ?? this.#sizes[0];
    const { size } = this;
    this.#good = Math.max(Math.min(this.#good, fits(middle)), fits(middle / SURELY));
    if (this.size !== size) this.#renew(now);
  }

  /** The size that may show somebody after nobody was seen until `now`. */
  #searched(now) {
    this.#nobodySince ??= now;
    const { everyMs, forMs } = SEARCH;
    return (now - this.#nobodySince) % everyMs < everyMs - forMs ? Infinity : this.#scale.nobodyEdge;
  }

  /** A frame at the present size took `ms`, and was drawn at `now` (both milliseconds): sets `size` for the next. */
  add(now, ms) {
    this.#changedAt ??= now;
    if (this.#isFirst) {
      this.#isFirst = false;
      return;
    }
    this.#frames = recent([...this.#frames, { now, ms }], now);
    const sorted = this.#frames.map((f) => f.ms).sort((a, b) => a - b);
    const share = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
    const middle = share(0.5);
    if (middle > BUDGET_MS && (sorted.length >= FRAMES || middle > FAR_TOO_LONG * BUDGET_MS)) {
      const smaller = this.#sizes.filter((size) => size < this.size);
      const fits = smaller.filter((size) => this.#at(size, middle) <= DOWN_TO * BUDGET_MS);
      this.#change(now, fits.at(-1) ?? smaller[0]);
    } else if (!this.#isHeld && sorted.length >= FRAMES && now - this.#changedAt >= this.#upAfter) {
      const high = share(0.8);
      const larger = this.#sizes.filter((size) => size > this.size && size <= this.#good);
      const fits = larger.filter((size) => this.#at(size, high) <= UP_TO * BUDGET_MS);
      this.#change(now, fits.at(-1));
    }
  }

  /** What a frame of another size should take: work grows with the area. */
  #at(size, ms) {
    return ms * (size / this.size) ** 2;
  }

  #change(now, size) {
    if (!size) return;
    if (size > this.#fast) this.#grewAt = now;
    else if (now - this.#grewAt < PROVEN_MS) this.#upAfter = Math.min(2 * this.#upAfter, UP_AFTER_MOST_MS);
    this.#fast = size;
    this.#renew(now);
  }

  /** Frames of another size begin. */
  #renew(now) {
    this.#changedAt = now;
    this.#frames = [];
    this.#isFirst = true;
  }
}

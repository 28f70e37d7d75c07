// "Measure this video": goes through the file frame by frame, then shows what was measured as plots and files. A place in
// a plot is a frame: it comes to the stage with the people that were measured in it.
import { save } from '../page/coco.js';
import { duration, jointName } from '../page/words.js';
import { fixed, many, option, put, told, tr } from '../words/say.js';
import { move, openFilm } from './frames.js';
import { drawPlot } from './plot.js';
import { Results } from './results.js';
import { ANGLES, KINDS, series, seriesCsv } from './series.js';

/** The stage shows a measured frame so often. */
const SHOW_MS = 100;
/** A video whose frames end so long before it does is not whole. */
const MISSING_S = 0.5;
/** Size of a saved plot. */
const SAVED = [1200, 600];
const HEIGHT = 200;
/** Frames that the keys of a plot go on by. */
const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
const PLAIN = { ink: '#1b1b1a', quiet: '#63635f', line: '#d6d6d2', mark: '#00639c', ground: '#ffffff' };

export class Measuring {
  #stop = null;
  /** The file that was measured, and what came of it. */
  #film = null;
  #results = null;
  #rows = [];
  #rowAt = () => null;
  /** The number of the measured frame on the stage, or null. */
  #chosen = null;
  /** The one that is wanted there, `{ frame, isStep }`, or null. */
  #wish = null;
  #isFetching = false;
  /** Ends the moving of the video to the chosen frame. */
  #moving = new AbortController();
  #hint = document.createElement('p');

  /**
   * `show(poses, picture)` puts a frame on the stage, and without one people on what is there; `done()` is called when
   * the stage is free again.
   */
  constructor(byId, { stage, sources, say, show, done }) {
    Object.assign(this, { byId, stage, sources, say, show, done });
    for (const id of ['plot-person', 'plot-kind', 'plot-joint'])
      byId(id).addEventListener('change', () => this.#plot(id === 'plot-kind'));
    byId('measure-cancel').addEventListener('click', () => this.#stop?.abort());
    byId('measure-close').addEventListener('click', () => {
      const isShown = this.#chosen !== null || this.#wish !== null;
      this.#close();
      byId('measure').focus();
      if (isShown) this.done();
    });
    byId('all-csv').addEventListener('click', () => save(this.#results.csv(), this.#named('poses.csv')));
    byId('all-json').addEventListener('click', () => save(this.#results.coco(), this.#named('poses.json')));
    byId('plot-csv').addEventListener('click', () =>
      save(seriesCsv(this.#rows, this.#shown.kind), this.#named(`${this.#name}.csv`)),
    );
    byId('plot-png').addEventListener('click', () => this.#savePlot());
    this.#wirePlot();
    new ResizeObserver(() => this.#draw()).observe(byId('plot').parentElement);
    for (const type of ['language', 'theme']) document.addEventListener(type, () => this.#draw());
    for (const type of ['timeupdate', 'seeked']) stage.video.addEventListener(type, () => this.#draw());
    // What was measured is of the video that was there.
    sources.addEventListener('started', () => this.#close());
  }

  #wirePlot() {
    const { byId, sources, stage } = this;
    const plot = byId('plot');
    plot.tabIndex = 0;
    plot.setAttribute('role', 'slider');
    plot.setAttribute('aria-valuemin', 0);
    this.#hint.className = 'note';
    plot.after(this.#hint);
    plot.addEventListener('click', ({ offsetX, offsetY }) => {
      const row = this.#rowAt(offsetX, offsetY);
      if (row) this.#ask(row.frame);
    });
    plot.addEventListener('keydown', (event) => {
      const last = this.#rows.length - 1;
      const from = this.#wish?.frame ?? this.#now;
      const to = { Home: 0, End: last }[event.key] ?? from + STEPS[event.key];
      if (Number.isNaN(to) || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      this.#ask(Math.min(Math.max(to, 0), last), true);
    });
    // Something else is wanted of the stage, or is there already.
    byId('scrub').addEventListener('input', () => this.#letGo());
    sources.addEventListener('paused', ({ detail }) => detail.paused || this.#letGo());
    new MutationObserver(() => stage.still.hidden && this.#choose(null)).observe(stage.still, {
      attributeFilter: ['hidden'],
    });
  }

  /** Measures a video's file with a network; resolves when that is done, was cancelled, or cannot be done. */
  async start(net, file, { threshold, steadiness }) {
    this.#close();
    const mine = new AbortController();
    this.#stop = mine;
    this.#running(true);
    this.say(tr`Measuring, frame by frame. Everything stays on this device.`);
    const results = new Results(file.name || 'video');
    let sentence = '';
    let film = null;
    let stream = null;
    try {
      stream = net.stream({ threshold, steadiness });
      film = await openFilm(file);
      await this.#go(film, stream, results, mine.signal);
    } catch (error) {
      if (!mine.signal.aborted) sentence = told(error);
    } finally {
      stream?.close();
    }
    if (this.#stop !== mine) return film?.close();
    this.#stop = null;
    this.#running(false);
    this.done();
    const n = results.frames.length;
    const known = many(results.people.length, '{0} person followed', '{0} people followed');
    if (n === 0) {
      film?.close();
      this.#leave();
      this.say(sentence || tr`Nothing was measured.`, Boolean(sentence));
      return;
    }
    const end = results.frames.at(-1).timeS;
    if (sentence) this.say(tr`${sentence} What was measured until then, ${n} frames, is below.`, true);
    else if (mine.signal.aborted) this.say(tr`Stopped after ${n} frames, ${known}.`);
    else if (film.lastS - end > MISSING_S + (2 * end) / n)
      this.say(
        tr`Measured ${n} frames, ${known}. The end is missing: the file says ${fixed(film.seconds, 1)} s, its last frame is at ${fixed(end, 1)} s.`,
        true,
      );
    else this.say(tr`Measured ${n} frames, ${known}.`);
    this.#show(results, film);
  }

  async #go(film, stream, results, signal) {
    const start = performance.now();
    let shownAt = -Infinity;
    const frames = film.frames();
    for await (const { timeS, picture } of frames) {
      // Leaving the loop lets the file go.
      if (signal.aborted) return;
      const isShown = performance.now() - shownAt >= SHOW_MS;
      const { poses, picture: seen } = await stream.detect(picture, 1000 * timeS, { picture: isShown });
      if (signal.aborted) return seen?.close();
      results.add(timeS, poses);
      if (!isShown) continue;
      const now = performance.now();
      shownAt = now;
      this.show(poses, seen);
      this.#progress(results.frames.length, Math.min(1, Math.max(0.001, timeS / film.seconds)), now - start);
    }
  }

  #progress(n, share, ms) {
    const rate = (1000 * n) / ms;
    const left = (ms / 1000 / share) * (1 - share);
    this.byId('measure-progress').value = share;
    const words = n > 3 ? tr`Frame ${n}, ${fixed(rate, 1)} a second, ${duration(left)} left` : tr`Frame ${n}`;
    put(this.byId('measure-left'), words);
  }

  /** Nothing else moves the video while it is measured. */
  #running(now) {
    const { byId } = this;
    for (const id of ['pause', 'scrub', 'record', 'measure']) byId(id).disabled = now;
    byId('measuring').hidden = false;
    byId('measure-run').hidden = !now;
    byId('measured').hidden = true;
    byId('measure-progress').value = 0;
    put(byId('measure-left'), tr`Opening the video.`);
    if (now) byId('measure-cancel').focus();
  }

  /** What has the focus here is gone: it goes back to where it came from. */
  #leave() {
    const { byId } = this;
    const had = byId('measuring').contains(document.activeElement);
    byId('measuring').hidden = true;
    if (had) byId('measure').focus();
  }

  #close() {
    this.#stop?.abort();
    if (this.#stop) {
      this.#stop = null;
      this.#running(false);
    }
    this.#letGo();
    this.#film?.close();
    this.#film = this.#results = null;
    this.byId('plot-joint').replaceChildren();
    this.byId('measuring').hidden = true;
  }

  #show(results, film) {
    this.#results = results;
    this.#film = film;
    const { byId } = this;
    const people = results.people.map(([id, frames]) => option(tr`${id}, in ${frames} frames`, id));
    byId('plot-person').replaceChildren(...people);
    // Nobody was followed: there is nothing to plot.
    const parts = ['plot-person', 'plot-kind', 'plot-joint'].map((id) => byId(id).parentElement);
    const more = [byId('plot'), this.#hint, byId('plot-png'), byId('plot-csv')];
    for (const part of [...parts, ...more]) part.hidden = people.length === 0;
    byId('measured').hidden = false;
    this.#plot(true);
    byId(people.length ? 'plot-person' : 'all-csv').focus();
  }

  get #shown() {
    const value = (id) => this.byId(id).value;
    return { person: Number(value('plot-person')), kind: value('plot-kind'), joint: value('plot-joint') };
  }

  #plot(isNewKind) {
    const select = this.byId('plot-joint');
    if (isNewKind) {
      const names = this.#shown.kind === 'angle' ? Object.keys(ANGLES) : this.#results.names;
      const { person, kind } = this.#shown;
      const inSight = (joint) => series(this.#results, { person, kind, joint }).filter(({ values }) => values).length;
      // What was looked at before, else what was seen most.
      const before = names.includes(select.value)
        ? select.value
        : names.reduce((best, name) => (inSight(name) > inSight(best) ? name : best), names[0]);
      select.replaceChildren(...names.map((name) => option(jointName(name), name, name === before)));
    }
    this.#rows = series(this.#results, this.#shown);
    this.#draw();
    const seen = this.#rows.filter(({ values }) => values);
    const numbers = seen.map(({ values }) => values[0]);
    const most = (sign) => sign * numbers.reduce((most, value) => Math.max(most, sign * value), -Infinity);
    const words = tr`${this.#title}, in sight in ${seen.length} of ${this.#rows.length} frames`;
    const hasRange = numbers.length > 0 && this.#shown.kind !== 'path';
    const range = [most(-1), most(1)].map((value) => fixed(value, 0));
    this.byId('plot').setAttribute('aria-valuemax', this.#rows.length - 1);
    const label = hasRange ? tr`${words}, from ${range[0]} to ${range[1]} ${this.#unit}` : words;
    put(this.byId('plot'), label, 'aria-label');
  }

  /**
   * Wants a measured frame on the stage; the newest wish is the one that counts. Whoever goes step by step sees the frames
   * on the way, as they come.
   */
  async #ask(frame, isStep = false) {
    if (!this.sources.paused) this.sources.pause();
    this.#supersede();
    this.#wish = { frame, isStep };
    if (this.#isFetching) return;
    this.#isFetching = true;
    this.byId('plot').setAttribute('aria-busy', true);
    let mine = null;
    while (this.#wish && this.#wish !== mine) {
      mine = this.#wish;
      await this.#fetch(mine);
    }
    this.#wish = null;
    this.#isFetching = false;
    this.byId('plot').setAttribute('aria-busy', false);
  }

  async #fetch(mine) {
    const results = this.#results;
    const [{ timeS }, next] = results.frames.slice(mine.frame);
    try {
      const picture = await this.#film.at(timeS, next?.timeS);
      const isWanted = this.#results === results && (this.#wish === mine || this.#wish?.isStep);
      if (!isWanted) return picture.close();
      this.#supersede();
      // A frame that stands still is listed at once, and said in full.
      this.show(results.poses(mine.frame).toSorted((a, b) => (a.id ?? Infinity) - (b.id ?? Infinity)));
      this.stage.setStill(picture);
      this.#follow(timeS, next?.timeS);
      this.#choose(mine.frame);
    } catch (error) {
      if (this.#wish !== mine) return undefined;
      this.#wish = null;
      this.say(told(error), true);
      this.done();
    }
    return undefined;
  }

  /** The video behind the chosen frame comes along, so that it goes on from there; whether it can is another matter. */
  #follow(timeS, until) {
    this.#moving.abort();
    this.#moving = new AbortController();
    move(this.stage.video, timeS, until, this.#moving.signal).catch(() => {});
  }

  /** Whoever looks at what is on the stage now comes too late. */
  #supersede() {
    this.sources.turn += 1;
  }

  /** Another frame, or none, is the measured one on the stage. */
  #choose(frame) {
    if (frame === this.#chosen) return;
    this.#chosen = frame;
    this.#draw();
  }

  #letGo() {
    this.#wish = null;
    this.#moving.abort();
    this.#choose(null);
  }

  /** The frame that is on the stage, or that the video is at. */
  get #now() {
    const time = this.stage.video.currentTime + 1e-6;
    const after = this.#rows.findIndex(({ timeS }) => timeS > time);
    return this.#chosen ?? Math.max(0, (after < 0 ? this.#rows.length : after) - 1);
  }

  /** The time of a frame, and what the plot says of it. */
  #words(frame) {
    const { timeS, values } = this.#rows[frame];
    const { kind } = this.#shown;
    const [first, second] = (values ?? []).map((value) => fixed(value, 0));
    const value = {
      angle: tr`${first}°`,
      speed: tr`${first} px per second`,
      path: tr`${tr`${first} px`}, ${tr`${second} px`}`,
    }[kind];
    return tr`${tr`${fixed(timeS, 3)} s`} · ${values ? value : tr`not in sight`}`;
  }

  get #unit() {
    return KINDS[this.#shown.kind].unit;
  }

  get #title() {
    const { person, kind, joint } = this.#shown;
    return tr`Person ${person} ${jointName(joint)} ${KINDS[kind].name}`;
  }

  /** What a file of the plot is called. */
  get #name() {
    const { person, kind, joint } = this.#shown;
    return ['person', person, joint.replaceAll('_', '-'), kind].join('-');
  }

  #drawn(context, width, height, colours, place = {}) {
    const { kind } = this.#shown;
    const title = kind === 'path' ? this.#title : tr`${this.#title}, ${this.#unit}`;
    const { size } = this.stage;
    return drawPlot(context, this.#rows, { width, height, kind, size, title, unit: this.#unit, colours, ...place });
  }

  #draw() {
    const canvas = this.byId('plot');
    if (!this.#results || !canvas.clientWidth) return;
    const [width, dpr] = [canvas.clientWidth, Math.min(3, devicePixelRatio || 1)];
    Object.assign(canvas, { width: Math.round(width * dpr), height: Math.round(HEIGHT * dpr) });
    const context = canvas.getContext('2d');
    context.scale(dpr, dpr);
    const style = getComputedStyle(document.documentElement);
    const [ink, quiet, line, mark, ground] = ['ink', 'quiet', 'line', 'accent', 'ground'].map((name) =>
      style.getPropertyValue(`--${name}`),
    );
    const [frame, chosen] = [this.#now, this.#chosen];
    const words = this.#words(frame);
    const place =
      chosen === null ? { now: this.stage.video.currentTime } : { now: this.#rows[chosen].timeS, words: String(words) };
    this.#rowAt = this.#drawn(context, width, HEIGHT, { ink, quiet, line, mark, ground }, place).rowAt;
    canvas.setAttribute('aria-valuenow', frame);
    put(canvas, words, 'aria-valuetext');
    const hint = tr`Choose a place to see its frame as it was measured.`;
    put(this.#hint, chosen === null ? hint : tr`Frame ${chosen}, as it was measured.`);
  }

  async #savePlot() {
    const [width, height] = SAVED;
    const canvas = Object.assign(document.createElement('canvas'), { width: 2 * width, height: 2 * height });
    const context = canvas.getContext('2d');
    context.scale(2, 2);
    this.#drawn(context, width, height, PLAIN);
    const name = this.#named(`${this.#name}.png`);
    canvas.toBlob((blob) => save(blob, name), 'image/png');
  }

  #named(ending) {
    return `${this.#results.source.replace(/\.[^.]*$/, '') || 'video'}-${ending}`;
  }
}

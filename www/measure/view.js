// "Measure this video": goes through the file frame by frame, then shows what was measured as plots and files.
import { save } from '../page/coco.js';
import { duration, jointName } from '../page/words.js';
import { fixed, many, option, put, told, tr } from '../words/say.js';
import { openFilm } from './frames.js';
import { drawPlot } from './plot.js';
import { Results } from './results.js';
import { ANGLES, KINDS, series, seriesCsv } from './series.js';

/** The stage shows a measured frame so often. */
const SHOW_MS = 100;
/** Size of a saved plot. */
const SAVED = [1200, 600];
const HEIGHT = 200;
const PLAIN = { ink: '#1b1b1a', quiet: '#63635f', line: '#d6d6d2', mark: '#00639c', ground: '#ffffff' };

export class Measuring {
  #stop = null;
  #results = null;
  #rows = [];
  #timeAt = () => null;

  /** `show(poses, picture)` puts a frame on the stage; `done()` is called when the stage is free again. */
  constructor(byId, { stage, sources, say, show, done }) {
    Object.assign(this, { byId, stage, sources, say, show, done });
    for (const id of ['plot-person', 'plot-kind', 'plot-joint'])
      byId(id).addEventListener('change', () => this.#choose(id === 'plot-kind'));
    byId('measure-cancel').addEventListener('click', () => this.#stop?.abort());
    byId('measure-close').addEventListener('click', () => this.#close());
    byId('all-csv').addEventListener('click', () => save(this.#results.csv(), this.#named('poses.csv')));
    byId('all-json').addEventListener('click', () => save(this.#results.coco(), this.#named('poses.json')));
    byId('plot-csv').addEventListener('click', () =>
      save(seriesCsv(this.#rows, this.#wish.kind), this.#named(`${this.#name}.csv`)),
    );
    byId('plot-png').addEventListener('click', () => this.#savePlot());
    byId('plot').addEventListener('pointerdown', ({ offsetX }) => {
      const time = this.#timeAt(offsetX);
      if (time === null) return;
      sources.pause();
      stage.video.currentTime = time;
    });
    new ResizeObserver(() => this.#draw()).observe(byId('plot').parentElement);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
    byId('theme').addEventListener('click', () => this.#draw());
    document.addEventListener('language', () => this.#draw());
    for (const type of ['timeupdate', 'seeked']) stage.video.addEventListener(type, () => this.#draw());
    // What was measured is of the video that was there.
    sources.addEventListener('started', () => this.#close());
  }

  /** Measures a video's file with a network; resolves when that is done, was cancelled, or cannot be done. */
  async start(net, file, { threshold, steadiness }) {
    this.#close();
    const mine = new AbortController();
    this.#stop = mine;
    this.#running(true);
    this.say(tr`Measuring, frame by frame. Everything stays on this device.`);
    const results = new Results(file.name || 'video');
    const stream = net.stream({ threshold, steadiness, size: net.size || net.model.size });
    let sentence = '';
    try {
      await this.#go(await openFilm(file), stream, results, mine.signal);
    } catch (error) {
      if (!mine.signal.aborted) sentence = told(error);
    } finally {
      stream.close();
    }
    if (this.#stop !== mine) return;
    this.#stop = null;
    this.#running(false);
    this.done();
    const n = results.frames.length;
    const known = many(results.people.length, '{0} person followed', '{0} people followed');
    if (n === 0) {
      this.byId('measuring').hidden = true;
      this.say(sentence || tr`Nothing was measured.`, Boolean(sentence));
      return;
    }
    if (sentence) this.say(tr`${sentence} What was measured until then, ${n} frames, is below.`, true);
    else this.say(mine.signal.aborted ? tr`Stopped after ${n} frames, ${known}.` : tr`Measured ${n} frames, ${known}.`);
    this.#show(results);
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

  #close() {
    this.#stop?.abort();
    if (this.#stop) {
      this.#stop = null;
      this.#running(false);
    }
    this.#results = null;
    this.byId('plot-joint').replaceChildren();
    this.byId('measuring').hidden = true;
  }

  #show(results) {
    this.#results = results;
    const { byId } = this;
    const people = results.people.map(([id, frames]) => option(tr`${id}, in ${frames} frames`, id));
    byId('plot-person').replaceChildren(...people);
    // Nobody was followed: there is nothing to plot.
    for (const id of ['plot-person', 'plot-png', 'plot-csv']) byId(id).disabled = people.length === 0;
    byId('plot').hidden = people.length === 0;
    byId('measured').hidden = false;
    this.#choose(true);
    byId('plot-person').focus();
  }

  get #wish() {
    const value = (id) => this.byId(id).value;
    return { person: Number(value('plot-person')), kind: value('plot-kind'), joint: value('plot-joint') };
  }

  #choose(isNewKind) {
    const select = this.byId('plot-joint');
    if (isNewKind) {
      const names = this.#wish.kind === 'angle' ? Object.keys(ANGLES) : this.#results.names;
      const { person, kind } = this.#wish;
      const inSight = (joint) => series(this.#results, { person, kind, joint }).filter(({ values }) => values).length;
      // What was looked at before, else what was seen most.
      const before = names.includes(select.value)
        ? select.value
        : names.reduce((best, name) => (inSight(name) > inSight(best) ? name : best), names[0]);
      select.replaceChildren(...names.map((name) => option(jointName(name), name, name === before)));
    }
    this.#rows = series(this.#results, this.#wish);
    this.#draw();
    const seen = this.#rows.filter(({ values }) => values);
    const numbers = seen.map(({ values }) => values[0]);
    const most = (sign) => sign * numbers.reduce((most, value) => Math.max(most, sign * value), -Infinity);
    const words = tr`${this.#title}, in sight in ${seen.length} of ${this.#rows.length} frames`;
    const hasRange = numbers.length > 0 && this.#wish.kind !== 'path';
    const range = [most(-1), most(1)].map((value) => fixed(value, 0));
    const label = hasRange ? tr`${words}, from ${range[0]} to ${range[1]} ${this.#unit}` : words;
    put(this.byId('plot'), label, 'aria-label');
  }

  get #unit() {
    return KINDS[this.#wish.kind].unit;
  }

  get #title() {
    const { person, kind, joint } = this.#wish;
    return tr`Person ${person} ${jointName(joint)} ${KINDS[kind].name}`;
  }

  /** What a file of the plot is called. */
  get #name() {
    const { person, kind, joint } = this.#wish;
    return ['person', person, joint.replaceAll('_', '-'), kind].join('-');
  }

  #drawn(context, width, height, colours, now) {
    const { kind } = this.#wish;
    const title = kind === 'path' ? this.#title : tr`${this.#title}, ${this.#unit}`;
    const { size } = this.stage;
    return drawPlot(context, this.#rows, { width, height, kind, size, title, unit: this.#unit, colours, now });
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
    const { timeAt } = this.#drawn(
      context,
      width,
      HEIGHT,
      { ink, quiet, line, mark, ground },
      this.stage.video.currentTime,
    );
    this.#timeAt = timeAt;
  }

  async #savePlot() {
    const [width, height] = SAVED;
    const canvas = Object.assign(document.createElement('canvas'), { width: 2 * width, height: 2 * height });
    const context = canvas.getContext('2d');
    context.scale(2, 2);
    this.#drawn(context, width, height, PLAIN, null);
    const name = this.#named(`${this.#name}.png`);
    canvas.toBlob((blob) => save(blob, name), 'image/png');
  }

  #named(ending) {
    return `${this.#results.source.replace(/\.[^.]*$/, '') || 'video'}-${ending}`;
  }
}

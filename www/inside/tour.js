// The guided tour: figure after figure, by itself or by key.
import { late, put, tr } from '../words/say.js';
import { el, still } from './widgets/draw.js';

/** A figure is shown at least so long; with a demonstration, until a moment after it. */
const STEP_MS = 9000;
const AFTER_MS = 3500;

export class Tour {
  #timers = [];
  /** Puts back what a demonstration moved. */
  #leave = () => {};
  #at = -1;
  playing = false;

  constructor(view) {
    this.view = view;
    this.words = el('span', { role: 'status' });
    const button = (words, onclick, label) => el('button', { type: 'button', onclick, 'aria-label': label }, words);
    this.pause = button(tr`Pause`, () => (this.playing ? this.#hold() : this.#play()), tr`Pause or go on`);
    this.bar = el(
      'div.tour',
      { role: 'group', 'aria-label': tr`Tour`, hidden: true },
      button(tr`Back`, () => this.step(-1), tr`Step back`),
      this.pause,
      button(tr`Next`, () => this.step(1), tr`Next step`),
      this.words,
      button(tr`End`, () => this.end(), tr`End the tour`),
    );
    view.root.append(this.bar);
    document.addEventListener('keydown', (event) => this.#key(event));
  }

  toggle() {
    if (!this.bar.hidden) this.end();
    else this.start();
  }

  start() {
    this.bar.hidden = false;
    this.#at = -1;
    this.playing = true;
    this.step(1);
    // Space pauses; on the button that was pressed it would end the tour.
    this.pause.focus({ preventScroll: true });
  }

  end() {
    this.#clear();
    this.playing = false;
    this.bar.hidden = true;
    this.view.root.classList.remove('touring');
    this.view.figures.forEach(({ section }) => section.classList.remove('now'));
  }

  /** To the next figure, or the one before; past the last one the tour is over. */
  step(by) {
    const { figures, root, state } = this.view;
    const next = this.#at + by;
    if (next >= figures.length) return this.end();
    this.#clear();
    this.#at = Math.max(0, next);
    root.classList.add('touring');
    figures.forEach(({ section }, i) => section.classList.toggle('now', i === this.#at));
    const { section, figure } = figures[this.#at];
    section.scrollIntoView({ behavior: still() ? 'auto' : 'smooth', block: 'start' });
    state.set({ figure: this.#at + 1 });
    const title = late(() => section.querySelector('h3').lastChild.textContent.trim());
    put(this.words, tr`${this.#at + 1} of ${figures.length}: ${title}`);
    const { stage, gates, part, photo, unit } = state;
    this.#leave = () => {
      figure.hold?.();
      figure.rest?.();
      state.set({ stage, gates, part, photo, unit });
      this.#leave = () => {};
    };
    const demo = this.view.pass ? figure.demo() : [];
    for (const [at, act] of demo) this.#timers.push(setTimeout(act, at));
    const long = Math.max(STEP_MS, ...demo.map(([at]) => at + AFTER_MS));
    if (this.playing) this.#timers.push(setTimeout(() => this.step(1), long));
    put(this.pause, this.playing ? tr`Pause` : tr`Play`);
    return undefined;
  }

  #play() {
    this.playing = true;
    this.step(this.#at < 0 ? 1 : 0);
  }

  /** What is shown stays for as long as one wants to look. */
  #hold() {
    this.playing = false;
    this.#timers.splice(0).forEach(clearTimeout);
    this.view.figures[this.#at]?.figure.hold?.();
    put(this.pause, tr`Play`);
  }

  #clear() {
    this.#timers.splice(0).forEach(clearTimeout);
    this.#leave();
  }

  /** N and P step; in a tour also the arrow keys, space and Escape. T starts it, C is the classroom. */
  #key(event) {
    const { view } = this;
    if (view.root.hidden || !view.pass || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrows = event.key.startsWith('Arrow') || event.key === ' ';
    const typing = event.target.closest?.(arrows ? 'input, select' : 'select, input:not([type=range])');
    const touring = !this.bar.hidden;
    const pressing = event.target.closest?.('button, summary, a');
    const act = {
      n: () => this.#byHand(1),
      p: () => this.#byHand(-1),
      t: () => this.toggle(),
      c: () => view.tools.classroom.click(),
      ArrowRight: touring && (() => this.#byHand(1)),
      ArrowLeft: touring && (() => this.#byHand(-1)),
      ' ': touring && !pressing && (() => (this.playing ? this.#hold() : this.#play())),
      Escape: touring && (() => this.end()),
    }[event.key];
    if (!act || typing) return;
    event.preventDefault();
    act();
  }

  /** Who steps by hand has the time they want. */
  #byHand(by) {
    if (this.bar.hidden) {
      this.bar.hidden = false;
      this.#at = this.view.at;
    }
    this.playing = false;
    this.step(by);
  }
}

// Figure 8: the same picture with a part of the network switched off, side by side.
import { around, colour, drawGhost, drawPerson, drawPicture, el, legible, Plate } from '../widgets/draw.js';
import { apart, ms, percent } from '../../page/words.js';
import { many, put, tr } from '../../words/say.js';
import { gmac, listed } from '../widgets/words.js';
import { moved } from '../pass.js';
import { AS_LEARNED } from '../state.js';

/** Each is a switch of the command line too; see `querypose detect --help`. */
function cases(stages) {
  const stops = Array.from({ length: stages - 1 }, (_, k) => ({
    name: tr`Stop after stage ${k + 1}`,
    patch: { stop: k + 1 },
    intervention: { stopAfter: k + 1 },
  }));
  return [
    { name: tr`As learned`, patch: {}, intervention: {} },
    ...stops,
    { name: tr`Skip SIM`, patch: { gates: 'sum' }, intervention: { gates: 'sum' } },
    { name: tr`Only the new look`, patch: { gates: 'new' }, intervention: { gates: 'new' } },
    { name: tr`Only the memory`, patch: { gates: 'old' }, intervention: { gates: 'old' } },
    { name: tr`Parts look everywhere alike`, patch: { attention: 'uniform' }, intervention: { attention: 'uniform' } },
    { name: tr`Decode all queries`, patch: { decode: 'all' }, intervention: {}, all: true },
  ];
}

const wishOf = ({ intervention, all }) => ({ intervention, ...(all && { all }) });

export class WhatIf {
  #turn = 0;
  /** The turn in which all are run, while they are. */
  #measuring = null;
  results = [];

  constructor(root, context) {
    this.context = context;
    this.cards = el('div.cards');
    this.said = el('p.said', { 'aria-live': 'polite' });
    this.button = el('button', { type: 'button', onclick: () => this.measure() }, tr`Run them all`);
    root.append(this.cards, el('div.switches', {}, this.button), this.said);
  }

  draw() {
    const { pass, picture, person } = this.context;
    if (this.shown !== pass) {
      this.shown = pass;
      this.#turn++;
      this.results = cases(pass.stages).map((c, i) => ({ ...c, pass: i === 0 ? pass : null, ms: null }));
      this.#build();
    }
    // By a link, or in another figure.
    const set = this.results.find((c) => this.#chosen(c) && !c.pass && !c.running);
    if (set) this.#show(set, this.#turn);
    this.results.forEach((c) => {
      c.button.setAttribute('aria-pressed', this.#chosen(c));
      c.plate.show(picture, around(person, picture));
      this.#numbers(c);
    });
    this.#offer();
    const words = this.context.ready
      ? tr`Press a case to run it, or run them all.`
      : tr`The cases run as soon as the network is here.`;
    put(this.said, words);
  }

  words() {
    const { person } = this.context;
    const of = this.results
      .filter((c) => c.pass)
      .map((c) => {
        const twin = c.pass.twin(person);
        const away = twin
          ? tr`joints ${percent(moved(person, twin), 1)} of the box’s height away`
          : tr`the person is lost`;
        return tr`${c.name}: ${listed([gmac(c.pass), ...(c.ms === null ? [] : [ms(c.ms)]), away])}`;
      });
    return tr`${apart(of)}.`;
  }

  demo() {
    if (this.context.ready) this.measure();
    return [];
  }

  light() {}

  /** Runs every case, one after the other. */
  async measure() {
    const turn = ++this.#turn;
    this.#measuring = turn;
    this.#offer();
    for (const c of this.results) {
      if (turn !== this.#turn) return;
      await this.#run(c, turn);
    }
    this.#measuring = null;
    this.#offer();
  }

  /** Not while they run, nor before the network is here. */
  #offer() {
    this.button.disabled = !this.context.ready || this.#measuring === this.#turn;
  }

  #chosen(c) {
    const { state } = this.context;
    return Object.entries({ ...AS_LEARNED, ...c.patch }).every(([name, value]) => state[name] === value);
  }

  #build() {
    this.cards.replaceChildren(
      ...this.results.map((c) => {
        const host = el('span.thumb');
        c.numbers = el('span.numbers');
        c.button = el(
          'button.card',
          { type: 'button', onclick: () => this.#choose(c) },
          host,
          el('strong', {}, c.name),
          c.numbers,
        );
        c.plate = new Plate(host, { label: '', most: 190, focus: false });
        c.plate.paint = (g, view) => this.#paint(g, view, c);
        return c.button;
      }),
    );
  }

  #choose(c) {
    c.running = true;
    this.context.state.set({ ...AS_LEARNED, ...c.patch });
    this.#run(c, this.#turn);
  }

  /** Runs a case once, and shares the run with whoever else asked for it: what comes out, not how long it takes. */
  async #show(c, turn) {
    c.running = true;
    const pass = await this.context.run(wishOf(c));
    c.running = false;
    if (!pass || turn !== this.#turn || c.pass) return;
    c.pass = pass;
    c.plate.draw();
    this.#numbers(c);
  }

  async #run(c, turn) {
    c.running = true;
    await this.#time(c, turn);
    c.running = false;
  }

  async #time(c, turn) {
    const wish = wishOf(c);
    const first = await this.context.run(wish);
    if (!first || turn !== this.#turn) return;
    // The first run of a case also makes room for it; the second is what it costs.
    const second = await this.context.run({ ...wish, again: true });
    if (!second || turn !== this.#turn) return;
    c.pass = second;
    c.ms = Math.min(first.ms, second.ms);
    c.plate.draw();
    this.#numbers(c);
  }

  #numbers(c) {
    if (!c.pass) {
      put(c.numbers, tr`not run yet`);
      return;
    }
    const twin = c.pass.twin(this.context.person);
    const away =
      c === this.results[0]
        ? []
        : [twin ? tr`joints ${percent(moved(this.context.person, twin), 1)} away` : tr`person lost`];
    // More queries may pass when a part is switched off, and each that does costs a pose.
    const cost = c.ms === null ? gmac(c.pass) : tr`${ms(c.ms)} · ${gmac(c.pass)}`;
    const lines = [cost, many(c.pass.count, '{0} pose decoded', '{0} poses decoded'), ...away];
    put(c.numbers, '');
    c.numbers.replaceChildren(...lines.flatMap((line) => [el('span', {}, line), ' ']));
  }

  #paint(g, view, c) {
    const { person, hue } = this.context;
    drawPicture(g, view, { grey: !c.pass, veil: c.pass ? 0.25 : 0.4 });
    const twin = c.pass?.twin(person);
    if (twin && c !== this.results[0]) drawGhost(g, view, person);
    if (twin) drawPerson(g, view, legible(twin.joints), twin.box, hue ?? colour('accent'));
  }
}

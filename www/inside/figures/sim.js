// Figure 4: the gates of SIM, and what comes out when they are forced.
import {
  around,
  colour,
  drawGhost,
  drawPerson,
  drawPicture,
  el,
  legible,
  Plate,
  ramp,
  shade,
} from '../widgets/draw.js';
import { apart, percent } from '../../page/words.js';
import { fixed, put, tr } from '../../words/say.js';
import { mean, moved } from '../pass.js';
import { AS_LEARNED } from '../state.js';
import { partName } from '../widgets/words.js';

const SWITCHES = [
  ['learned', tr`As learned`],
  ['new', tr`Only new`],
  ['old', tr`Only old`],
  ['sum', tr`No gates`],
];
const EFFECT = {
  new: tr`The memory is shut out: each stage starts again from what it sees.`,
  old: tr`Nothing new comes in: the network answers without having looked inside the box.`,
  sum: tr`SIM is skipped: look and memory are added as they are.`,
};

export class Sim {
  constructor(root, context) {
    this.context = context;
    this.rows = el('div.gates', { role: 'table', 'aria-label': tr`Gates by part` });
    this.buttons = SWITCHES.map(([gates, words]) =>
      el(
        'button',
        { type: 'button', onclick: () => context.state.set({ ...AS_LEARNED, gates }), 'data-gates': gates },
        words,
      ),
    );
    const hosts = [el('div.mount'), el('div.mount')];
    this.plates = hosts.map((host) => new Plate(host, { label: '', most: 300, focus: false }));
    this.captions = hosts.map(() => el('figcaption.caption'));
    this.said = el('p.said', { 'aria-live': 'polite' });
    root.append(
      this.rows,
      el('div.switches', { role: 'group', 'aria-label': tr`Gates` }, ...this.buttons),
      el('div.pair', {}, ...hosts.map((host, i) => el('figure', {}, host, this.captions[i]))),
      this.said,
    );
    this.plates[0].paint = (g, view) => this.#paint(g, view, this.context.person, this.context.hue);
    this.plates[1].paint = (g, view) => this.#paint(g, view, this.other, this.context.hue, this.context.person);
  }

  draw() {
    const { state } = this.context;
    this.buttons.forEach((button) => button.setAttribute('aria-pressed', button.dataset.gates === state.gates));
    this.#strips();
    this.#rerun();
  }

  words() {
    const { pass, person, lookStage } = this.context;
    const of = pass.parts.map((part, p) => {
      const { look, memory } = pass.gates(person, lookStage, p);
      const [takes, keeps] = [look, memory].map((gates) => fixed(mean(gates), 2));
      return tr`${partName(part)}: ${takes} of the new look, ${keeps} of the memory`;
    });
    return tr`Stage ${lookStage}, mean gates: ${apart(of)}.`;
  }

  demo() {
    const { state } = this.context;
    const learned = SWITCHES.map(([gates], i) => [1200 + 2200 * i, () => state.set({ gates })]);
    return [...learned, [1200 + 2200 * SWITCHES.length, () => state.set({ gates: 'learned' })]];
  }

  light(symbol) {
    this.rows.dataset.lit = symbol ?? '';
  }

  #strips() {
    const { pass, person, lookStage, part } = this.context;
    const ends = ramp();
    const strip = (values, words) => {
      const canvas = el('canvas.strip', { role: 'img', 'aria-label': words });
      Object.assign(canvas, { width: values.length, height: 1 });
      const g = canvas.getContext('2d');
      values.forEach((v, c) => {
        g.fillStyle = shade(v, ends);
        g.fillRect(c, 0, 1, 1);
      });
      return canvas;
    };
    const cell = (kind, values, name) => {
      const m = fixed(mean(values), 2);
      return el(
        `div.cell.${kind}`,
        { role: 'cell' },
        strip(values, tr`${name}: ${values.length} gates, mean ${m}`),
        el('span.number', {}, m),
      );
    };
    const head = el(
      'div.row.head',
      { role: 'row' },
      ...[tr`Part`, tr`New look  g₁`, tr`Memory  g₂`].map((words) => el('div', { role: 'columnheader' }, words)),
    );
    const rows = pass.parts.map((name, p) => {
      const { look, memory } = pass.gates(person, lookStage, p);
      return el(
        `div.row${p === part ? '.chosen' : ''}`,
        { role: 'row' },
        el('div', { role: 'rowheader' }, partName(name)),
        cell('look', look, tr`new look`),
        cell('memory', memory, tr`memory`),
      );
    });
    this.rows.replaceChildren(head, ...rows);
  }

  async #rerun() {
    const { pass, state, person, picture } = this.context;
    const region = around(person, picture);
    put(this.captions[0], tr`As learned`);
    put(this.captions[1], SWITCHES.find(([gates]) => gates === state.gates)[1]);
    this.plates[0].show(picture, region);
    const { gates } = state;
    if (gates === 'learned') {
      this.other = person;
      this.plates[1].show(picture, region);
      put(this.said, tr`Force the gates to see what they are for. The decoder runs again.`);
      return;
    }
    this.other = null;
    this.plates[1].show(picture, region);
    const words = this.context.ready
      ? tr`The decoder runs again …`
      : tr`The decoder runs again as soon as the network is here.`;
    put(this.said, words);
    const result = await this.context.run({ intervention: { gates } });
    if (!result || state.gates !== gates || this.context.pass !== pass || this.context.person !== person) return;
    this.other = result.twin(person);
    this.plates[1].show(picture, region);
    const by = this.other
      ? tr`The joints move by ${percent(moved(person, this.other), 1)} of the box’s height on average.`
      : tr`Nobody passes the threshold any more.`;
    put(this.said, tr`${EFFECT[gates]} ${by}`);
  }

  #paint(g, view, person, hue, ghost = null) {
    drawPicture(g, view, { veil: 0.3 });
    if (ghost && ghost !== person) drawGhost(g, view, ghost);
    if (person) drawPerson(g, view, legible(person.joints), person.box, hue ?? colour('accent'));
  }
}

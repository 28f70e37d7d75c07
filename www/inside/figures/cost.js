// Figure 9: what each block of the network costs, on demand and if all queries were decoded.
import { colour, el } from '../widgets/draw.js';
import { listed } from '../widgets/words.js';
import { ms, percent } from '../../page/words.js';
import { fixed, many, put, text, tr } from '../../words/say.js';

const GROUPS = [
  [tr`Picture`, (name) => name === 'before', '#999999'],
  [tr`Backbone`, (name) => name === 'backbone', '#0072b2'],
  [tr`Pyramid`, (name) => name === 'fpn', '#56b4e9'],
  [tr`Box stages`, (name) => name.startsWith('box'), '#009e73'],
  [tr`Choice`, (name) => name === 'select', '#cc79a7'],
  [tr`Pose stages`, (name) => name.startsWith('pose'), '#e69f00'],
];

/** Pieces this long, in parts of the longest bar, have room for their name. */
const NAMED = 0.3;

export class Cost {
  /** The pass that is being measured. */
  #measuring = null;

  constructor(root, context) {
    this.context = context;
    const choose = (unit) => () => {
      context.state.set({ unit });
    };
    this.buttons = [
      [tr`Multiplications`, 'macs'],
      [tr`Milliseconds here`, 'ms'],
    ].map(([words, unit]) => el('button', { type: 'button', onclick: choose(unit), 'data-unit': unit }, words));
    this.bars = el('div.costs');
    this.said = el('p.said', { 'aria-live': 'polite' });
    root.append(el('div.switches', { role: 'group', 'aria-label': tr`Unit` }, ...this.buttons), this.bars, this.said);
  }

  draw() {
    const { pass, state } = this.context;
    if (this.shown !== pass) {
      this.shown = pass;
      this.measured = null;
    }
    this.buttons.forEach((button) => button.setAttribute('aria-pressed', button.dataset.unit === state.unit));
    if (state.unit === 'ms' && !this.measured && this.#measuring !== pass) this.#measure(pass);
    this.#show();
  }

  words() {
    const [demand, all] = this.#rows();
    const say = ({ name, parts }) => tr`${name}: ${listed(parts.map((p) => tr`${p.group} ${this.#number(p.value)}`))}`;
    return demand ? tr`${say(demand)}. ${say(all)}.` : '';
  }

  demo() {
    const { state } = this.context;
    return [[3000, () => state.set({ unit: 'ms' })]];
  }

  light() {}

  /** A run of each kind to make room, then one with a clock on every step. */
  async #measure(pass) {
    this.#measuring = pass;
    const run = async (all) => {
      if (!(await this.context.run({ all }))) return null;
      return this.context.run({ all, timed: true });
    };
    const demand = await run(false);
    const all = demand && (await run(true));
    if (this.#measuring === pass) this.#measuring = null;
    if (this.context.pass !== pass || !all) return;
    this.measured = { demand, all };
    this.#show();
  }

  #rows() {
    const { pass, state } = this.context;
    const timed = state.unit === 'ms' ? this.measured : null;
    const name = many(pass.count, 'On demand: {0} pose', 'On demand: {0} poses');
    const every = tr`All ${pass.proposals} queries`;
    const split = (blocks, value) =>
      GROUPS.map(([group, has, hue]) => ({
        group,
        hue,
        value: blocks.filter((b) => has(b.name)).reduce((sum, b) => sum + (value(b) ?? 0), 0),
      }));
    if (state.unit === 'ms') {
      if (!timed) return [];
      const told = timed.demand.blocks.some((b) => b.ms !== null);
      // An engine that cannot time its steps still knows the whole.
      const whole = (p) => [{ group: tr`Network`, hue: colour('accent'), value: p.ms }];
      const parts = (p) => (told ? split(p.blocks, (b) => b.ms) : whole(p));
      return [
        { name, parts: parts(timed.demand) },
        { name: every, parts: parts(timed.all) },
      ];
    }
    return [
      { name, parts: split(pass.blocks, (b) => b.macs) },
      { name: every, parts: split(pass.blocks, (b) => b.macsAll) },
    ];
  }

  #number(value) {
    return this.context.state.unit === 'ms' ? ms(value) : tr`${fixed(value / 1e9, 2)} GMAC`;
  }

  #show() {
    const rows = this.#rows();
    if (rows.length === 0) {
      this.bars.replaceChildren();
      const words = this.context.ready ? tr`Measuring on this device …` : tr`Measured as soon as the network is here.`;
      put(this.said, words);
      return;
    }
    const total = (row) => row.parts.reduce((sum, p) => sum + p.value, 0);
    const most = Math.max(...rows.map(total));
    const say = (row, part) => () => {
      const share = percent(part.value / total(row), 1);
      put(this.said, tr`${row.name}, ${part.group}: ${this.#number(part.value)}, ${share} of the whole.`);
    };
    this.bars.replaceChildren(
      ...rows.map((row) => {
        const bar = el('div.costbar');
        bar.style.width = `${(100 * total(row)) / most}%`;
        for (const part of row.parts.filter((p) => p.value > 0)) {
          const piece = el('button.piece', {
            type: 'button',
            'aria-label': tr`${row.name}, ${part.group}: ${this.#number(part.value)}`,
            onpointerenter: say(row, part),
            onfocus: say(row, part),
            onclick: say(row, part),
          });
          piece.style.flexGrow = part.value;
          piece.style.background = part.hue;
          if (part.value > NAMED * most) piece.append(text(part.group));
          bar.append(piece);
        }
        return el(
          'div.costrow',
          {},
          el('p.caption', {}, el('strong', {}, row.name), ' ', this.#number(total(row))),
          bar,
        );
      }),
      el(
        'ul.legend',
        {},
        ...rows[0].parts
          .filter((p) => p.value > 0.001 * total(rows[0]))
          .map((p) => {
            const dot = el('span.swatch');
            dot.style.background = p.hue;
            return el('li', {}, dot, tr`${p.group} ${this.#number(p.value)}`);
          }),
      ),
    );
    const saved = total(rows[1]) / total(rows[0]);
    put(this.said, tr`Decoding on demand does the same for ${fixed(saved, 1)} times less.`);
  }
}

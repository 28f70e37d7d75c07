// Figure 9: what each block of the network costs, on demand and if all queries were decoded.
import { colour, el } from '../widgets/draw.js';
import { many, ms } from '../../page/words.js';

const GROUPS = [
  ['Picture', (name) => name === 'before', '#999999'],
  ['Backbone', (name) => name === 'backbone', '#0072b2'],
  ['Pyramid', (name) => name === 'fpn', '#56b4e9'],
  ['Box stages', (name) => name.startsWith('box'), '#009e73'],
  ['Choice', (name) => name === 'select', '#cc79a7'],
  ['Pose stages', (name) => name.startsWith('pose'), '#e69f00'],
];

/** Pieces this long, in parts of the longest bar, have room for their name. */
const NAMED = 0.3;

export class Cost {
  #turn = 0;

  constructor(root, context) {
    this.context = context;
    const choose = (unit) => () => {
      context.state.set({ unit });
    };
    this.buttons = [
      ['Multiplications', 'macs'],
      ['Milliseconds here', 'ms'],
    ].map(([words, unit]) => el('button', { type: 'button', onclick: choose(unit), 'data-unit': unit }, words));
    this.bars = el('div.costs');
    this.said = el('p.said', { 'aria-live': 'polite' });
    root.append(el('div.switches', { role: 'group', 'aria-label': 'Unit' }, ...this.buttons), this.bars, this.said);
  }

  draw() {
    const { pass, state } = this.context;
    if (this.shown !== pass) {
      this.shown = pass;
      this.measured = null;
      this.#turn++;
    }
    this.buttons.forEach((button) => button.setAttribute('aria-pressed', button.dataset.unit === state.unit));
    if (state.unit === 'ms' && !this.measured) this.#measure();
    this.#show();
  }

  words() {
    const [demand, all] = this.#rows();
    const say = ({ name, parts }) => `${name}: ${parts.map((p) => `${p.group} ${this.#number(p.value)}`).join(', ')}`;
    return `${say(demand)}. ${say(all)}.`;
  }

  demo() {
    const { state } = this.context;
    return [[3000, () => state.set({ unit: 'ms' })]];
  }

  light() {}

  /** A run of each kind to make room, then one with a clock on every step. */
  async #measure() {
    const turn = ++this.#turn;
    const run = async (all) => {
      if (!(await this.context.run({ all }))) return null;
      return this.context.run({ all, timed: true });
    };
    const demand = await run(false);
    const all = demand && (await run(true));
    if (turn !== this.#turn || !all) return;
    this.measured = { demand, all };
    this.#show();
  }

  #rows() {
    const { pass, state } = this.context;
    const timed = state.unit === 'ms' ? this.measured : null;
    const name = `On demand: ${many(pass.count, 'pose', 'poses')}`;
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
      const whole = (p) => [{ group: 'Network', hue: colour('accent'), value: p.ms }];
      const parts = (p) => (told ? split(p.blocks, (b) => b.ms) : whole(p));
      return [
        { name, parts: parts(timed.demand) },
        { name: `All ${pass.proposals} queries`, parts: parts(timed.all) },
      ];
    }
    return [
      { name, parts: split(pass.blocks, (b) => b.macs) },
      { name: `All ${pass.proposals} queries`, parts: split(pass.blocks, (b) => b.macsAll) },
    ];
  }

  #number(value) {
    return this.context.state.unit === 'ms' ? ms(value) : `${(value / 1e9).toFixed(2)} GMAC`;
  }

  #show() {
    const rows = this.#rows();
    if (rows.length === 0) {
      this.bars.replaceChildren();
      this.said.textContent = this.context.ready
        ? 'Measuring on this device …'
        : 'Measured as soon as the network is here.';
      return;
    }
    const total = (row) => row.parts.reduce((sum, p) => sum + p.value, 0);
    const most = Math.max(...rows.map(total));
    const say = (row, part) => () => {
      this.said.textContent = `${row.name}, ${part.group}: ${this.#number(part.value)}, ${((100 * part.value) / total(row)).toFixed(1)} % of the whole.`;
    };
    this.bars.replaceChildren(
      ...rows.map((row) => {
        const bar = el('div.costbar');
        bar.style.width = `${(100 * total(row)) / most}%`;
        for (const part of row.parts.filter((p) => p.value > 0)) {
          const piece = el('button.piece', {
            type: 'button',
            'aria-label': `${row.name}, ${part.group}: ${this.#number(part.value)}`,
            onpointerenter: say(row, part),
            onfocus: say(row, part),
            onclick: say(row, part),
          });
          piece.style.flexGrow = part.value;
          piece.style.background = part.hue;
          if (part.value > NAMED * most) piece.append(part.group);
          bar.append(piece);
        }
        return el(
          'div.costrow',
          {},
          el('p.caption', {}, el('strong', {}, row.name), ` ${this.#number(total(row))}`),
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
            return el('li', {}, dot, `${p.group} ${this.#number(p.value)}`);
          }),
      ),
    );
    const saved = total(rows[1]) / total(rows[0]);
    this.said.textContent = `Decoding on demand does the same for ${saved.toFixed(1)} times less.`;
  }
}

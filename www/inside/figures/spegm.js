// Figure 3: where each part looks in its person's box, stage by stage.
import { apart, jointName, percent } from '../../page/words.js';
import { fixed, put, tr } from '../../words/say.js';
import { colour, drawBox, drawPicture, el, heat, onLeave, Plate, svg } from '../widgets/draw.js';
import { listed, partName } from '../widgets/words.js';
import { entropy } from '../pass.js';

export class Spegm {
  #cell = null;
  /** The symbol of the formula that is pointed at. */
  #lit = null;

  constructor(root, context) {
    this.context = context;
    this.large = el('div.mount');
    this.small = el('div.maps', { role: 'group', 'aria-label': tr`Parts` });
    this.said = el('p.said', { 'aria-live': 'polite' });
    this.chart = el('div.chart');
    root.append(this.small, el('div.side', {}, this.large, el('div', {}, this.said, this.chart)));
    this.plate = new Plate(this.large, { label: tr`Where the chosen part looks`, most: 460 });
    this.plate.paint = (g, view) => this.#paint(g, view);
    const { canvas } = this.plate;
    canvas.addEventListener('pointermove', (e) => this.#point(this.plate.at(e)));
    canvas.addEventListener('pointerdown', (e) => this.#point(this.plate.at(e), true));
    onLeave(canvas, () => this.#hold(null));
    canvas.addEventListener('keydown', (e) => {
      const [dx, dy] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[e.key] ?? [];
      if (dx === undefined) return;
      e.preventDefault();
      e.stopPropagation();
      const n = this.context.pass.side;
      const [x, y] = this.#cell ?? [n >> 1, n >> 1];
      this.#hold([Math.min(n - 1, Math.max(0, x + dx)), Math.min(n - 1, Math.max(0, y + dy))]);
    });
  }

  draw() {
    const { pass, picture } = this.context;
    if (this.small.children.length !== pass.parts.length) this.#parts();
    [...this.small.children].forEach((button, p) => button.setAttribute('aria-pressed', p === this.context.part));
    this.minis.forEach((plate) => plate.show(picture, this.#region()));
    this.plate.show(picture, this.#region());
    this.#say();
    this.#entropies();
  }

  words() {
    const { pass, person, lookStage } = this.context;
    const of = pass.parts.map((part, p) => {
      const map = pass.attention(person, lookStage, p);
      const most = map.indexOf(Math.max(...map));
      const [x, y] = [most % pass.side, Math.floor(most / pass.side)];
      const bits = fixed(entropy(map), 1);
      return tr`${partName(part)}: most at row ${y + 1}, column ${x + 1} of ${pass.side} (entropy ${bits} bits)`;
    });
    const alike = fixed(Math.log2(pass.side ** 2), 1);
    const who = this.context.personIndex + 1;
    return tr`Person ${who}, stage ${lookStage}, where each part looks: ${apart(of)}. Looking everywhere alike would be ${alike} bits.`;
  }

  demo() {
    const { state, pass } = this.context;
    return pass.parts.map((_, p) => [900 * (p + 1), () => state.set({ part: p })]);
  }

  light(symbol) {
    this.#lit = symbol;
    this.plate.draw();
  }

  #region() {
    const [x0, y0, x1, y1] = this.#box();
    return [x0, y0, x1 - x0, y1 - y0];
  }

  #box() {
    const { pass, person, lookStage } = this.context;
    return pass.box(lookStage, person.id);
  }

  #parts() {
    const { pass, state } = this.context;
    this.minis = [];
    this.small.replaceChildren(
      ...pass.parts.map((part, p) => {
        const button = el('button.map', {
          type: 'button',
          onclick: () => state.set({ part: p }),
          onpointerenter: () => state.set({ part: p }),
        });
        const host = el('span.mini');
        button.append(host, el('span', {}, partName(part)));
        const plate = new Plate(host, { label: '', most: 110, focus: false });
        plate.paint = (g, view) => this.#look(g, view, p);
        this.minis.push(plate);
        return button;
      }),
    );
  }

  #look(g, view, part) {
    const { pass, person, lookStage } = this.context;
    drawPicture(g, view, { grey: true, veil: 0.35 });
    const map = heat(pass.attention(person, lookStage, part), pass.side);
    g.imageSmoothingEnabled = false;
    g.drawImage(map, 0, 0, view.width, view.height);
    g.imageSmoothingEnabled = true;
  }

  #paint(g, view) {
    const { pass, person, lookStage, part } = this.context;
    this.#look(g, view, part);
    const joints = pass.joints(person, lookStage);
    for (const j of joints) {
      const [x, y] = view.map(j.x, j.y);
      const own = j.part === part;
      g.beginPath();
      g.arc(x, y, (own ? 6 : 3) * view.unit, 0, 2 * Math.PI);
      g.fillStyle = own ? '#fff' : 'rgba(255, 255, 255, 0.55)';
      g.fill();
      g.lineWidth = (own ? 2 : 1) * view.unit;
      g.strokeStyle = 'rgba(0, 0, 0, 0.8)';
      g.stroke();
    }
    if (this.#cell) drawBox(g, view, this.#cellBox(this.#cell), { stroke: '#fff', width: 2, edge: true });
    if (this.#lit === 'a') {
      const map = pass.attention(person, lookStage, part);
      const most = map.indexOf(Math.max(...map));
      drawBox(g, view, this.#cellBox([most % pass.side, Math.floor(most / pass.side)]), {
        stroke: '#fff',
        width: 3,
        edge: true,
      });
    }
  }

  #cellBox([cx, cy]) {
    const [x0, y0, x1, y1] = this.#box();
    const n = this.context.pass.side;
    const [w, h] = [(x1 - x0) / n, (y1 - y0) / n];
    return [x0 + cx * w, y0 + cy * h, x0 + (cx + 1) * w, y0 + (cy + 1) * h];
  }

  /** A joint under the pointer chooses its part; anything else is a cell of the map. */
  #point([x, y], press = false) {
    const { pass, person, lookStage, state } = this.context;
    const [x0, y0, x1, y1] = this.#box();
    const n = pass.side;
    const reach = 10 * ((x1 - x0) / this.plate.canvas.clientWidth);
    const near = pass.joints(person, lookStage).filter((j) => Math.hypot(j.x - x, j.y - y) < reach);
    near.sort((a, b) => Math.hypot(a.x - x, a.y - y) - Math.hypot(b.x - x, b.y - y));
    if (near.length && (press || near[0].part !== state.part)) state.set({ part: near[0].part });
    const cell = [Math.floor(((x - x0) / (x1 - x0)) * n), Math.floor(((y - y0) / (y1 - y0)) * n)];
    this.#hold(cell.every((c) => c >= 0 && c < n) ? cell : null);
  }

  #hold(cell) {
    this.#cell = cell;
    this.plate.draw();
    this.#say();
  }

  #say() {
    const { pass, person, lookStage, part } = this.context;
    const name = partName(pass.parts[part]);
    const map = pass.attention(person, lookStage, part);
    const joints = listed(pass.parts[part].map(jointName));
    if (!this.#cell) {
      put(
        this.said,
        tr`Stage ${lookStage}, ${name} (${joints}). Point at a joint to choose its part, at a cell to read its weight.`,
      );
      return;
    }
    const [x, y] = this.#cell;
    const weight = map[y * pass.side + x];
    const times = fixed(weight * map.length, 1);
    put(
      this.said,
      tr`Stage ${lookStage}, ${name}: the weight here is ${percent(weight, 2)}, ${times} times the even share.`,
    );
  }

  /** How widely each part looks, over the stages. */
  #entropies() {
    const { pass, person, part, lookStage } = this.context;
    const [w, h, left, right] = [320, 250, 38, 118];
    const most = Math.log2(pass.side ** 2);
    const values = pass.parts.map((_, p) =>
      Array.from({ length: pass.stages }, (_, s) => entropy(pass.attention(person, s + 1, p))),
    );
    const low = Math.max(0, Math.floor(Math.min(...values.flat()) - 0.5));
    const x = (s) => left + (pass.stages === 1 ? 0 : (s / (pass.stages - 1)) * (w - left - right));
    const y = (v) => 14 + (1 - (v - low) / (most - low)) * (h - 40);
    const line = (p) => values[p].map((v, s) => `${s ? 'L' : 'M'}${x(s).toFixed(1)} ${y(v).toFixed(1)}`).join('');
    const chart = svg('svg', {
      viewBox: `0 0 ${w} ${h}`,
      role: 'img',
      'aria-label': tr`Entropy of each part’s map over the stages`,
    });
    chart.append(
      svg('line', {
        x1: left,
        x2: w - right,
        y1: y(most),
        y2: y(most),
        stroke: 'currentColor',
        'stroke-dasharray': '3 4',
        opacity: 0.5,
      }),
      svg('text', { x: w - right + 10, y: y(most) + 4 }, tr`everywhere alike`),
      svg('text', { x: left - 8, y: y(most) + 4, 'text-anchor': 'end' }, fixed(most, 1)),
      svg('text', { x: left - 8, y: y(low) + 4, 'text-anchor': 'end' }, low),
      svg('line', {
        x1: x(lookStage - 1),
        x2: x(lookStage - 1),
        y1: y(most),
        y2: y(low),
        stroke: 'currentColor',
        opacity: 0.25,
      }),
    );
    chart.append(svg('text', { x: w - right + 10, y: h - 4 }, tr`stage`));
    for (let s = 0; s < pass.stages; s++)
      chart.append(svg('text', { x: x(s), y: h - 4, 'text-anchor': 'middle' }, s + 1));
    values.forEach((_v, p) => {
      if (p !== part)
        chart.append(
          svg('path', { d: line(p), fill: 'none', stroke: 'currentColor', 'stroke-width': 1.5, opacity: 0.3 }),
        );
    });
    const accent = colour('accent');
    chart.append(svg('path', { d: line(part), fill: 'none', stroke: accent, 'stroke-width': 3 }));
    values[part].forEach((v, s) => chart.append(svg('circle', { cx: x(s), cy: y(v), r: 4, fill: accent })));
    chart.append(
      svg(
        'text',
        { x: x(pass.stages - 1) + 10, y: y(values[part].at(-1)) + 4, fill: accent, 'font-weight': 600 },
        tr`${partName(pass.parts[part])} ${fixed(values[part].at(-1), 1)}`,
      ),
    );
    this.chart.replaceChildren(el('p.caption', {}, tr`Entropy of each part’s map, bits`), chart);
  }
}

// Figures 5 and 6: who listens to whom – the parts of one person, and the queries of the whole picture.
import { apart, percent } from '../../page/words.js';
import { put, tr } from '../../words/say.js';
import { around, drawBox, drawLabel, drawPerson, drawPicture, el, Plate } from '../widgets/draw.js';
import { Matrix } from '../widgets/matrix.js';
import { partName } from '../widgets/words.js';
import { mean } from '../pass.js';

export class PartTalk {
  constructor(root, context) {
    this.context = context;
    const [square, crop] = [el('div.square'), el('div.mount')];
    this.left = el('div.names.left', { 'aria-hidden': 'true' });
    this.top = el('div.names.top', { 'aria-hidden': 'true' });
    const grid = el('div.labelled', {}, this.top, this.left, square);
    this.matrix = new Matrix(square, { label: tr`Part-to-part attention`, onpoint: () => this.#tell() });
    this.plate = new Plate(crop, { label: '', most: 380, focus: false });
    this.plate.paint = (g, view) => this.#paint(g, view);
    this.said = el('p.said', { 'aria-live': 'polite' });
    root.append(el('div.pair', {}, grid, crop), this.said);
  }

  draw() {
    const { pass, person, lookStage, picture } = this.context;
    const names = pass.parts.map(partName);
    if (this.left.children.length !== names.length) {
      this.left.replaceChildren(...names.map((name) => el('span', {}, name)));
      this.top.replaceChildren(...names.map((name) => el('span', {}, el('i', {}, name))));
    }
    const talk = pass.partTalk(person, lookStage);
    this.matrix.show(names.length, (i, j) => talk[i * names.length + j]);
    this.plate.show(picture, around(person, picture));
    this.#tell();
  }

  words() {
    const { pass, person, lookStage } = this.context;
    const n = pass.parts.length;
    const talk = pass.partTalk(person, lookStage);
    const most = pass.parts.map((part, i) => {
      const row = talk.subarray(i * n, (i + 1) * n);
      const j = row.indexOf(Math.max(...row));
      return tr`${partName(part)}: most to ${i === j ? tr`itself` : partName(pass.parts[j])} (${percent(row[j])})`;
    });
    return tr`Stage ${lookStage}, whom each part listens to: ${apart(most)}.`;
  }

  demo() {
    return [];
  }

  light() {}

  #centre(part) {
    const own = this.context.person.joints.filter((j) => j.part === part);
    return [mean(own.map((j) => j.x)), mean(own.map((j) => j.y))];
  }

  /** Without a cell: all that the chosen part listens to. */
  #paint(g, view) {
    const { pass, person, lookStage, hue, part } = this.context;
    drawPicture(g, view, { grey: true, veil: 0.45 });
    drawPerson(g, view, person.joints, person.box, hue);
    const n = pass.parts.length;
    const talk = pass.partTalk(person, lookStage);
    const [listener, only] = this.matrix.at ?? [part, null];
    const most = Math.max(...talk.subarray(listener * n, (listener + 1) * n).filter((_, j) => j !== listener));
    for (let j = 0; j < n; j++) {
      if (j === listener || (only !== null && j !== only)) continue;
      g.globalAlpha = only === null ? 0.2 + (0.8 * talk[listener * n + j]) / most : 1;
      arrow(g, view, this.#centre(j), this.#centre(listener), talk[listener * n + j]);
    }
    g.globalAlpha = 1;
    // Beside the joints, not on them.
    const label = (part) => {
      const [x, y] = this.#centre(part);
      drawLabel(
        g,
        view,
        [x + (14 * view.unit) / view.scale, y - (18 * view.unit) / view.scale],
        partName(pass.parts[part]),
      );
    };
    label(listener);
    if (only !== null && only !== listener) label(only);
  }

  #tell() {
    const { pass, person, lookStage, part } = this.context;
    this.plate.draw();
    const n = pass.parts.length;
    const talk = pass.partTalk(person, lookStage);
    const [i, j] = this.matrix.at ?? [part, null];
    const name = (p) => partName(pass.parts[p]);
    if (j === null) {
      put(
        this.said,
        tr`Stage ${lookStage}. The arrows show what “${name(i)}” listens to; point at a cell to see one pair.`,
      );
      return;
    }
    const from = i === j ? tr`itself` : tr`“${name(j)}”`;
    const [share, even] = [talk[i * n + j], 1 / n].map((share) => percent(share));
    put(
      this.said,
      tr`Stage ${lookStage}: “${name(i)}” takes ${share} of what is heard from ${from}; an even share would be ${even}.`,
    );
  }
}

export class QueryTalk {
  constructor(root, context) {
    this.context = context;
    const [square, whole] = [el('div.square'), el('div.mount')];
    this.matrix = new Matrix(square, { label: tr`Query-to-query attention`, onpoint: () => this.#tell() });
    this.plate = new Plate(whole, { label: '', most: 380, focus: false });
    this.plate.paint = (g, view) => this.#paint(g, view);
    this.said = el('p.said', { 'aria-live': 'polite' });
    const caption = el(
      'p.caption',
      {},
      tr`A row for each query that listens, a column for each it listens to; the surest first.`,
    );
    root.append(el('div.pair.wider', {}, el('div', {}, square, caption), el('div', {}, whole, this.said)));
  }

  draw() {
    const { pass, lookStage, picture } = this.context;
    const score = (q) => pass.score(pass.stages, q);
    this.order = Array.from({ length: pass.proposals }, (_, q) => q).sort((a, b) => score(b) - score(a));
    const talk = pass.queryTalk(lookStage);
    this.matrix.show(pass.proposals, (i, j) => talk[this.order[i] * pass.proposals + this.order[j]]);
    this.plate.show(picture);
    this.#tell();
  }

  words() {
    const { pass, lookStage, people } = this.context;
    const talk = pass.queryTalk(lookStage);
    const n = pass.proposals;
    const of = people.map((p, i) => {
      const row = talk.subarray(p.id * n, (p.id + 1) * n);
      const j = row.indexOf(Math.max(...row));
      const to = j === p.id ? tr`itself` : tr`query ${j}`;
      return tr`person ${i + 1} (query ${p.id}) listens most to ${to} (${percent(row[j])})`;
    });
    return tr`Stage ${lookStage}: ${apart(of)}.`;
  }

  demo() {
    return [];
  }

  light() {}

  #name(query) {
    const i = this.context.people.findIndex((p) => p.id === query);
    return i < 0 ? tr`query ${query}` : tr`person ${i + 1}`;
  }

  #paint(g, view) {
    const { pass, person, lookStage, people, colours } = this.context;
    drawPicture(g, view, { veil: 0.45 });
    const talk = pass.queryTalk(lookStage);
    const n = pass.proposals;
    const at = this.matrix.at?.map((i) => this.order[i]);
    const [listener, only] = at ?? [person.id, null];
    const row = talk.subarray(listener * n, (listener + 1) * n);
    const most = Math.max(...row);
    const hue = (q) => colours[people.findIndex((p) => p.id === q)] ?? '#fff';
    // Boxes as they were when this stage let the queries talk.
    for (let q = 0; q < n; q++) {
      if (q === listener || (only !== null && q !== only)) continue;
      drawBox(g, view, pass.box(lookStage - 1, q), {
        stroke: hue(q),
        width: only === null ? 0.5 + (3 * row[q]) / most : 3,
        alpha: only === null ? Math.min(1, 0.08 + row[q] / most) : 1,
      });
    }
    drawBox(g, view, pass.box(lookStage - 1, listener), { stroke: hue(listener), width: 3.5, edge: true });
    const inside = (box) => [box[0] + (6 * view.unit) / view.scale, box[1] + (18 * view.unit) / view.scale];
    drawLabel(g, view, inside(pass.box(lookStage - 1, listener)), this.#name(listener));
    if (only === null || only === listener) return;
    // At the other end of its box: the two often begin at one place.
    const [x, , , y] = pass.box(lookStage - 1, only);
    drawLabel(g, view, [x + (6 * view.unit) / view.scale, y - (8 * view.unit) / view.scale], this.#name(only));
  }

  #tell() {
    const { pass, person, lookStage } = this.context;
    this.plate.draw();
    const talk = pass.queryTalk(lookStage);
    if (!this.matrix.at) {
      const name = this.#name(person.id);
      put(
        this.said,
        tr`Stage ${lookStage}. The boxes that ${name} listens to, the thicker the more. Point at a cell to see one pair.`,
      );
      return;
    }
    const [a, b] = this.matrix.at.map((i) => this.order[i]);
    const weight = talk[a * pass.proposals + b];
    const from = a === b ? tr`itself` : this.#name(b);
    const [share, even] = [weight, 1 / pass.proposals].map((share) => percent(share, 1));
    const sure = percent(pass.score(pass.stages, a));
    put(
      this.said,
      tr`Stage ${lookStage}: ${this.#name(a)} (${sure} sure in the end) takes ${share} of what it hears from ${from}; an even share would be ${even}.`,
    );
  }
}

function arrow(g, { map, unit }, from, to, weight) {
  const [x0, y0] = map(...from);
  const [x1, y1] = map(...to);
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (length < 1) return;
  const width = Math.max(0.8, 16 * weight) * unit;
  // Bent a little, so that two ways between two parts stay apart.
  const [mx, my] = [(x0 + x1) / 2 + (y1 - y0) * 0.18, (y0 + y1) / 2 - (x1 - x0) * 0.18];
  const way = Math.atan2(y1 - my, x1 - mx);
  const head = Math.max(6 * unit, 1.9 * width);
  for (const [extra, style] of [
    [2.5 * unit, 'rgba(0, 0, 0, 0.7)'],
    [0, '#fff'],
  ]) {
    g.strokeStyle = g.fillStyle = style;
    g.lineWidth = width + extra;
    g.lineCap = 'butt';
    g.beginPath();
    g.moveTo(x0, y0);
    g.quadraticCurveTo(mx, my, x1 - Math.cos(way) * head, y1 - Math.sin(way) * head);
    g.stroke();
    g.beginPath();
    g.moveTo(x1, y1);
    for (const turn of [2.6, -2.6])
      g.lineTo(x1 + Math.cos(way + turn) * (head + extra), y1 + Math.sin(way + turn) * (head + extra));
    g.fill();
  }
}

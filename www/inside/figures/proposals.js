// Figure 1: the boxes the network starts from, the same for every picture.
import { colour, drawBox, drawLabel, drawPicture, el, onLeave, Plate } from '../widgets/draw.js';
import { percent } from '../../page/words.js';
import { put, tr } from '../../words/say.js';

export class Proposals {
  #at = null;

  constructor(root, context) {
    this.context = context;
    const choose = (photo) => () => context.state.set({ photo });
    this.buttons = [
      [tr`An empty frame`, 0],
      [tr`On this picture`, 1],
    ].map(([words, photo]) => el('button', { type: 'button', onclick: choose(photo) }, words));
    const host = root.appendChild(el('div.mount'));
    this.plate = new Plate(host, { label: tr`The boxes the network starts from`, most: 520 });
    this.said = el('p.said', { 'aria-live': 'polite' });
    root.append(el('div.switches', { role: 'group', 'aria-label': tr`Behind the boxes` }, ...this.buttons), this.said);
    this.plate.paint = (g, view) => this.#paint(g, view);
    const { canvas } = this.plate;
    canvas.addEventListener('pointermove', (e) => this.#point(this.#under(this.plate.at(e))));
    canvas.addEventListener('pointerdown', (e) => this.#point(this.#under(this.plate.at(e))));
    onLeave(canvas, () => this.#point(null));
    canvas.addEventListener('keydown', (e) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
      if (!step) return;
      e.preventDefault();
      e.stopPropagation();
      const n = context.pass.proposals;
      this.#point(((this.#at ?? (step > 0 ? -1 : 0)) + step + n) % n);
    });
  }

  draw() {
    const { state, picture } = this.context;
    this.buttons.forEach((button, i) => button.setAttribute('aria-pressed', state.photo === i));
    this.plate.show(picture);
    this.#say();
  }

  words() {
    const { pass, picture } = this.context;
    const shares = this.#queries()
      .map((q) => area(pass.box(0, q)) / (picture.width * picture.height))
      .sort((a, b) => a - b);
    const middle = shares[Math.floor(shares.length / 2)];
    const [least, most] = [shares[0], shares.at(-1)].map((share) => percent(share, 1));
    return tr`${pass.proposals} boxes. Half of them cover less than ${percent(middle)} of the picture; the smallest ${least}, the largest ${most}.`;
  }

  /** The tour: from the empty frame to the picture. */
  demo() {
    this.context.state.set({ photo: 0 });
    return [[3500, () => this.context.state.set({ photo: 1 })]];
  }

  light(symbol) {
    this.#point(symbol ? 0 : null);
  }

  #queries() {
    return Array.from({ length: this.context.pass.proposals }, (_, q) => q);
  }

  #paint(g, view) {
    const { pass, state } = this.context;
    if (state.photo) drawPicture(g, view, { veil: 0.45 });
    const stroke = state.photo ? '#fff' : colour('ink');
    for (const q of this.#queries())
      drawBox(g, view, pass.box(0, q), { stroke, width: 1.2, alpha: this.#at === null ? 0.42 : 0.16 });
    if (this.#at === null) return;
    const box = pass.box(0, this.#at);
    drawBox(g, view, box, { stroke: state.photo ? '#ffc14d' : colour('accent'), width: 3, edge: Boolean(state.photo) });
    if (state.photo)
      drawLabel(
        g,
        view,
        [box[0] + (6 / view.scale) * view.unit, box[1] + (18 / view.scale) * view.unit],
        tr`query ${this.#at}`,
      );
  }

  /** Of the boxes under a point, the smallest. */
  #under([x, y]) {
    const { pass } = this.context;
    const within = this.#queries().filter((q) => {
      const [x0, y0, x1, y1] = pass.box(0, q);
      return x >= x0 && x <= x1 && y >= y0 && y <= y1;
    });
    return within.length ? within.reduce((a, b) => (area(pass.box(0, b)) < area(pass.box(0, a)) ? b : a)) : null;
  }

  #point(query) {
    if (query === this.#at) return;
    this.#at = query;
    this.plate.draw();
    this.#say();
  }

  #say() {
    const { pass, picture } = this.context;
    if (this.#at === null) {
      put(this.said, tr`${pass.proposals} boxes, learned once, the same for every picture. Point at one.`);
      return;
    }
    const [x0, y0, x1, y1] = pass.box(0, this.#at);
    const [w, h] = [picture.width, picture.height];
    const end = pass.score(pass.stages, this.#at);
    const [left, top] = [percent((x0 + x1) / 2 / w), percent((y0 + y1) / 2 / h)];
    const [wide, high] = [percent((x1 - x0) / w), percent((y1 - y0) / h)];
    put(
      this.said,
      tr`Query ${this.#at} starts around ${left} from the left, ${top} from the top, ${wide} wide and ${high} high. On this picture it ends with the score ${percent(end)}.`,
    );
  }
}

function area([x0, y0, x1, y1]) {
  return Math.max(0, x1 - x0) * Math.max(0, y1 - y0);
}

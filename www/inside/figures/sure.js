// Figure 7: how sure the network is of each joint, and how that changes when something is covered.
import { apart, jointName, percent } from '../../page/words.js';
import { fixed, option, put, tr } from '../../words/say.js';
import { around, drawGhost, drawPerson, drawPicture, el, legible, Plate } from '../widgets/draw.js';
import { mean } from '../pass.js';
import { partName } from '../widgets/words.js';

export class Sure {
  /** Discs over the picture: x, y, radius in its pixels. */
  #covered = [];
  /** What was covered before the tour covered more; null once the visitor paints on. */
  #before = null;
  #joint = null;
  /** The symbol of the formula that is pointed at. */
  #lit = null;
  #painting = false;
  #turn = 0;
  result = null;

  constructor(root, context) {
    this.context = context;
    const host = el('div.mount');
    this.plate = new Plate(host, { label: tr`Joints with the spread the network expects; paint to cover`, most: 480 });
    this.plate.paint = (g, view) => this.#paint(g, view);
    this.plate.canvas.classList.add('brush');
    this.bars = el('div.sigmas');
    this.part = el('select', { 'aria-label': tr`Part to cover` });
    this.cover = el(
      'button',
      { type: 'button', onclick: () => this.#coverPart(Number(this.part.value)) },
      tr`Cover it`,
    );
    this.clear = el('button', { type: 'button', onclick: () => this.#uncover() }, tr`Uncover`);
    this.said = el('p.said', { 'aria-live': 'polite' });
    root.append(
      el('div.side.wide', {}, host, this.bars),
      el('div.switches', {}, this.part, this.cover, this.clear),
      this.said,
    );
    const { canvas } = this.plate;
    canvas.addEventListener('pointerdown', (e) => {
      e.preventDefault();
      canvas.setPointerCapture(e.pointerId);
      this.#painting = true;
      this.#dab(e);
    });
    canvas.addEventListener('pointermove', (e) => this.#painting && this.#dab(e));
    for (const type of ['pointerup', 'pointercancel']) {
      canvas.addEventListener(type, () => {
        if (!this.#painting) return;
        this.#painting = false;
        this.#rerun();
      });
    }
  }

  draw() {
    const { pass, picture, person } = this.context;
    if (this.shown !== pass || this.whose !== person.id) {
      // The live run takes a stored one's place: what was painted stays.
      const stays = this.where === picture.source && this.whose === person.id && this.#covered.length > 0;
      Object.assign(this, { shown: pass, whose: person.id, where: picture.source, result: null });
      this.#turn++;
      if (stays) queueMicrotask(() => this.#rerun());
      else this.#covered = [];
      this.#before = null;
      this.part.replaceChildren(...pass.parts.map((part, p) => option(partName(part), p)));
    }
    this.clear.disabled = this.#covered.length === 0;
    this.plate.show(picture, around(person, picture, 0.2));
    this.#tell();
  }

  words() {
    const { person } = this.context;
    const sorted = [...person.joints].sort((a, b) => a.score - b.score);
    const say = (j) => tr`${jointName(j.name)} ${percent(j.sigma[0])} across, ${percent(j.sigma[1])} down`;
    return tr`Spread in parts of the box, the least sure first: ${apart(sorted.map(say))}.`;
  }

  demo() {
    const cover = () => {
      this.#before = this.#covered;
      this.#coverPart(0);
    };
    return [
      [1500, cover],
      [6500, () => this.rest()],
    ];
  }

  /** The tour goes on: what it covered is open again. */
  rest() {
    if (!this.#before) return;
    this.#covered = this.#before;
    this.#before = null;
    if (this.#covered.length > 0) this.#rerun();
    else this.#uncover();
  }

  light(symbol) {
    this.#lit = symbol;
    this.plate.draw();
  }

  get #radius() {
    const [x0, y0, x1, y1] = this.context.person.box;
    return 0.07 * Math.max(x1 - x0, y1 - y0);
  }

  #dab(event) {
    this.#before = null;
    this.#covered.push([...this.plate.at(event), this.#radius]);
    this.plate.draw();
  }

  #coverPart(part) {
    const own = this.context.person.joints.filter((j) => j.part === part);
    const radius = 1.4 * this.#radius;
    this.#covered = [...this.#covered];
    for (let i = 0; i < own.length; i++) {
      const [a, b] = [own[i], own[(i + 1) % own.length]];
      for (const share of [0, 0.33, 0.67])
        this.#covered.push([a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share, radius]);
    }
    this.#rerun();
  }

  #uncover() {
    this.#covered = [];
    this.result = null;
    this.#turn++;
    this.draw();
  }

  async #rerun() {
    const turn = ++this.#turn;
    this.draw();
    put(this.said, tr`Looking again …`);
    const { person } = this.context;
    const result = await this.context.run({ cover: this.#covered });
    if (turn !== this.#turn || person.id !== this.context.person.id) return;
    this.result = result ? { seen: result, person: result.twin(person) } : 'waiting';
    this.draw();
  }

  #paint(g, view) {
    const { person, hue } = this.context;
    drawPicture(g, view, { veil: 0.15 });
    for (const [x, y, r] of this.#covered) {
      const [px, py] = view.map(x, y);
      g.fillStyle = '#808080';
      g.beginPath();
      g.arc(px, py, r * view.scale, 0, 2 * Math.PI);
      g.fill();
    }
    const now = this.result?.person;
    if (now) drawGhost(g, view, person);
    const joints = (now ?? person).joints;
    this.#ellipses(g, view, joints, hue, this.#lit ? 0.3 : 0);
    drawPerson(g, view, now ? legible(joints) : joints, (now ?? person).box, hue, {
      joint: this.#joint,
      show: { limbs: !this.#lit },
    });
    if (!now) return;
    joints.forEach((j, i) => {
      const [x0, y0] = view.map(person.joints[i].x, person.joints[i].y);
      const [x1, y1] = view.map(j.x, j.y);
      g.strokeStyle = '#fff';
      g.lineWidth = 1.5 * view.unit;
      g.beginPath();
      g.moveTo(x0, y0);
      g.lineTo(x1, y1);
      g.stroke();
    });
  }

  /** Large ones are faint, so that the small can be seen; the joint that is pointed at stands out. */
  #ellipses(g, view, joints, hue, fill) {
    joints.forEach((j, i) => {
      const pointed = i === this.#joint;
      if (this.#joint !== null && !pointed) return;
      const [x, y] = view.map(j.x, j.y);
      g.beginPath();
      g.ellipse(x, y, Math.max(1, j.rx * view.scale), Math.max(1, j.ry * view.scale), 0, 0, 2 * Math.PI);
      g.globalAlpha = pointed ? 0.35 : fill;
      g.fillStyle = hue;
      g.fill();
      const sure = Math.max(0, j.score) ** 2;
      g.globalAlpha = pointed ? 1 : 0.1 + 0.9 * sure;
      g.lineWidth = (pointed ? 2.5 : 0.8 + sure) * view.unit;
      g.strokeStyle = hue;
      g.stroke();
    });
    g.globalAlpha = 1;
  }

  #tell() {
    const { person } = this.context;
    const now = this.result?.person;
    const spread = (j) => (j.sigma[0] + j.sigma[1]) / 2;
    const most = Math.max(0.02, ...person.joints.map(spread), ...(now?.joints.map(spread) ?? []));
    const order = person.joints.map((_, i) => i).sort((a, b) => spread(person.joints[b]) - spread(person.joints[a]));
    this.bars.replaceChildren(
      el('p.caption', {}, now ? tr`σ of each joint: before ▏ and now` : tr`σ of each joint, the least sure first`),
      ...order.map((i) => {
        const j = person.joints[i];
        const value = spread(now ? now.joints[i] : j);
        const bar = el('span.bar');
        bar.style.width = `${(100 * value) / most}%`;
        const room = el('span.room', {}, bar);
        if (now) {
          const mark = el('span.mark');
          mark.style.left = `${(100 * spread(j)) / most}%`;
          room.append(mark);
        }
        const point = (joint) => () => {
          this.#joint = joint;
          this.plate.draw();
        };
        return el(
          'div.sigma',
          {
            tabindex: 0,
            role: 'img',
            'aria-label': tr`${jointName(j.name)}: spread ${percent(value, 1)} of the box`,
            onpointerenter: point(i),
            onpointerleave: point(null),
            onfocus: point(i),
            onblur: point(null),
          },
          el('span', {}, jointName(j.name)),
          room,
          el('span.number', {}, percent(value, 1)),
        );
      }),
    );
    if (this.result === 'waiting') put(this.said, tr`The network looks again as soon as it is here.`);
    else if (this.result && !now) put(this.said, tr`Covered like this, nobody is found here any more.`);
    else if (now) {
      const grew = person.joints
        .map((j, i) => ({ name: j.name, by: spread(now.joints[i]) / spread(j) }))
        .sort((a, b) => b.by - a.by)[0];
      const before = mean(person.joints.map(spread));
      const after = mean(now.joints.map(spread));
      put(
        this.said,
        tr`The mean σ goes from ${fixed(100 * before, 1)} to ${percent(after, 1)} of the box; most for the ${jointName(grew.name)}, times ${fixed(grew.by, 1)}. The white lines show where the joints wandered.`,
      );
    } else
      put(
        this.said,
        tr`Each ellipse reaches one σ to each side; the surer the joint, the stronger its line. Paint over the person, or choose a part to cover, and the network looks again.`,
      );
  }
}

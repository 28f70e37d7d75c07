// Figure 2: boxes walk to people stage by stage; of the queries that look at the same person, one wins.
import { apart, percent } from '../../page/words.js';
import { put, tr } from '../../words/say.js';
import { colour, drawBox, drawLabel, drawPerson, drawPicture, el, Plate, still } from '../widgets/draw.js';
import { listed } from '../widgets/words.js';
import { iou } from '../pass.js';

/** Boxes that overlap the chosen one by so much, in the end, looked at the same person. */
const SAME_PERSON = 0.4;
const RIVALS = 5;
const STAGE_MS = 1300;

export class Stages {
  /** Where the animation is, 0 … S; the state holds whole stages. */
  #t = null;
  #frame = 0;
  #playing = false;
  #rival = null;
  /** The stage the table tells of. */
  #told = null;
  /** The symbol of the formula that is pointed at. */
  #lit = null;

  constructor(root, context) {
    this.context = context;
    const host = root.appendChild(el('div.mount'));
    this.plate = new Plate(host, { label: tr`Boxes and poses, stage by stage`, most: 600 });
    this.plate.paint = (g, view) => this.#paint(g, view);
    this.play = el('button', { type: 'button', onclick: () => (this.#playing ? this.#stop() : this.#run()) }, tr`Play`);
    this.range = el('input', { type: 'range', min: 0, step: 'any', 'aria-label': tr`Stage` });
    this.now = el('output');
    this.table = el('div.rivals');
    root.append(el('div.transport', {}, this.play, this.range, this.now), this.table);
    this.range.addEventListener('input', () => {
      this.#stop();
      this.#go(Number(this.range.value));
    });
    this.range.addEventListener('change', () => this.#slide(Math.round(this.range.value)));
    this.range.addEventListener('keydown', (e) => {
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[e.key];
      if (!step) return;
      e.preventDefault();
      e.stopPropagation();
      this.#stop();
      this.#slide(Math.min(context.pass.stages, Math.max(0, Math.round(this.#t) + step)));
    });
    const { canvas } = this.plate;
    canvas.addEventListener('pointerdown', (e) => this.#choose(this.plate.at(e)));
    canvas.addEventListener('keydown', (e) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
      if (!step) return;
      e.preventDefault();
      e.stopPropagation();
      context.choosePerson(context.personIndex + step);
    });
  }

  draw() {
    const { pass, picture } = this.context;
    this.range.max = pass.stages;
    if (this.#t === null) this.#t = this.context.stageNumber;
    // The network of a visitor's own may have fewer stages than the one before.
    this.#t = Math.min(this.#t, pass.stages);
    if (!this.#playing && this.context.stageNumber !== Math.round(this.#t)) this.#slide(this.context.stageNumber);
    this.plate.show(picture);
    this.#tell();
  }

  words() {
    const { pass, person } = this.context;
    const sizes = Array.from({ length: pass.stages + 1 }, (_, k) => {
      const box = pass.box(k, person.id);
      const score = pass.score(k, person.id);
      const place = listed(box.map(Math.round));
      const overlap = percent(iou(box, pass.box(pass.stages, person.id)));
      return score === null
        ? tr`at the start the box spans ${place} px, overlapping its last box by ${overlap}`
        : tr`after stage ${k} the box spans ${place} px with score ${percent(score)}, overlapping its last box by ${overlap}`;
    });
    return tr`Query ${person.id}: ${apart(sizes)}.`;
  }

  demo() {
    const { pass } = this.context;
    this.#go(0);
    if (still()) return Array.from({ length: pass.stages }, (_, k) => [1500 * (k + 1), () => this.#slide(k + 1)]);
    return [
      [800, () => this.#run()],
      [800 + 2.2 * STAGE_MS * pass.stages, () => {}],
    ];
  }

  /** The tour pauses, or goes on. */
  hold() {
    this.#stop();
  }

  light(symbol) {
    this.#lit = symbol;
    this.plate.draw();
  }

  #run() {
    const { pass } = this.context;
    if (this.#t >= pass.stages - 0.01) this.#go(0);
    if (still()) {
      this.#slide(Math.min(pass.stages, Math.round(this.#t) + 1));
      return;
    }
    this.#playing = true;
    put(this.play, tr`Pause`);
    // A frame's time may lie before the moment in which it was asked for.
    let last = null;
    const step = (now) => {
      if (!this.#playing) return;
      last ??= now;
      // A rest at each whole stage, so that one can look.
      const inStage = this.#t % 1;
      const speed = inStage < 0.03 ? 0.09 : 1.6;
      this.#go(Math.min(pass.stages, this.#t + ((now - last) / STAGE_MS) * speed));
      last = now;
      if (this.#t >= pass.stages) this.#stop();
      else this.#frame = requestAnimationFrame(step);
    };
    this.#frame = requestAnimationFrame(step);
  }

  #stop() {
    if (!this.#playing) return;
    this.#playing = false;
    cancelAnimationFrame(this.#frame);
    put(this.play, tr`Play`);
    this.context.state.set({ stage: Math.round(this.#t) });
  }

  /** Slides to a whole stage. */
  #slide(stage) {
    cancelAnimationFrame(this.#frame);
    const [from, begin] = [this.#t, performance.now()];
    const settle = () => {
      this.#go(stage);
      this.context.state.set({ stage });
    };
    if (still() || from === stage) return settle();
    const step = (now) => {
      const share = Math.max(0, Math.min(1, (now - begin) / 240));
      this.#go(from + (stage - from) * share * share * (3 - 2 * share));
      if (share < 1) this.#frame = requestAnimationFrame(step);
      else settle();
    };
    this.#frame = requestAnimationFrame(step);
    return undefined;
  }

  #go(wanted) {
    const t = Math.max(0, Math.min(wanted, this.context.pass.stages));
    this.#t = t;
    this.range.value = t;
    const stage = Math.round(t);
    const words = stage === 0 ? tr`before the first stage` : tr`after stage ${stage} of ${this.context.pass.stages}`;
    put(this.now, words);
    put(this.range, words, 'aria-valuetext');
    this.plate.draw();
    if (stage !== this.#told) this.#list(stage);
  }

  #tell() {
    this.#told = null;
    this.#go(this.#t);
  }

  /** The queries that end on the chosen person, the surest so far first; how it ends is told after the last stage. */
  #list(stage) {
    this.#told = stage;
    const { pass, person, hue } = this.context;
    const over = stage === pass.stages;
    const last = pass.box(pass.stages, person.id);
    const rivals = this.#rivals();
    const cells = (query) =>
      Array.from({ length: pass.stages }, (_, k) => el('td', {}, k < stage ? percent(pass.score(k + 1, query)) : ''));
    const why = (query) => {
      const kept = pass.people.find((p) => p.id === query);
      const score = pass.score(pass.stages, query);
      if (kept && kept.score >= pass.threshold) return tr`kept too: the network sees another person, or a double`;
      if (score < pass.threshold) return tr`lost: its score is below ${percent(pass.threshold)}`;
      return tr`lost: with its unsure joints it stays below ${percent(pass.threshold)}`;
    };
    const row = (query, name, words) =>
      el(
        'tr',
        {
          tabindex: 0,
          onpointerenter: () => this.#compare(query),
          onpointerleave: () => this.#compare(null),
          onfocus: () => this.#compare(query),
          onblur: () => this.#compare(null),
        },
        el('th', { scope: 'row' }, name),
        ...cells(query),
        el('td', {}, over ? percent(iou(pass.box(pass.stages, query), last)) : ''),
        el('td.why', {}, over ? words : ''),
      );
    const head = el(
      'tr',
      {},
      el('th', { scope: 'col' }, tr`Query`),
      ...Array.from({ length: pass.stages }, (_, k) => el('th', { scope: 'col' }, tr`Stage ${k + 1}`)),
      el('th', { scope: 'col' }, tr`Overlap`),
      el('th.why', { scope: 'col' }, tr`What became of it`),
    );
    const won = person.score >= pass.threshold;
    const outcome = won
      ? tr`won: person ${this.context.personIndex + 1}`
      : tr`comes nearest: its score is below ${percent(pass.threshold)}`;
    const own = row(person.id, `${person.id}`, outcome);
    if (over) own.firstChild.prepend(swatch(hue));
    const ranked = [[person.id, own], ...rivals.map((q) => [q, row(q, `${q}`, why(q))])];
    if (stage > 0) ranked.sort(([a], [b]) => pass.score(stage, b) - pass.score(stage, a));
    else ranked.sort(([a], [b]) => a - b);
    // A column for each stage and one for the overlap: on a phone the words stand below them.
    this.table.style.setProperty('--numbers', pass.stages + 1);
    const note = rivals.length ? '' : tr`No other query ends on this person.`;
    this.table.replaceChildren(
      el(
        'table',
        {},
        el('caption', {}, tr`Score after each stage of the queries that end on this person`),
        el('thead', {}, head),
        el('tbody', {}, ...ranked.map(([, row]) => row)),
      ),
      el('p.note', {}, note),
    );
  }

  #rivals() {
    const { pass, person } = this.context;
    const last = pass.box(pass.stages, person.id);
    return Array.from({ length: pass.proposals }, (_, q) => q)
      .filter((q) => q !== person.id && iou(pass.box(pass.stages, q), last) >= SAME_PERSON)
      .sort((a, b) => pass.score(pass.stages, b) - pass.score(pass.stages, a))
      .slice(0, RIVALS);
  }

  #compare(query) {
    this.#rival = query;
    this.plate.draw();
  }

  #box(t, query) {
    const { pass } = this.context;
    const k = Math.min(pass.stages - 1, Math.floor(t));
    return mix(pass.box(k, query), pass.box(k + 1, query), t - k);
  }

  #paint(g, view) {
    const { pass, person, people, colours } = this.context;
    const t = this.#t ?? pass.stages;
    drawPicture(g, view, { veil: 0.4 });
    const k = Math.min(pass.stages - 1, Math.floor(t));
    const known = new Map(people.map((p, i) => [p.id, i]));
    for (let q = 0; q < pass.proposals; q++) {
      if (known.has(q)) continue;
      const before = pass.score(k, q) ?? 0.35;
      const score = before + (pass.score(k + 1, q) - before) * (t - k);
      const alpha = this.#lit === 's' ? score : Math.min(0.55, 0.04 + 0.75 * score);
      drawBox(g, view, this.#box(t, q), {
        stroke: '#fff',
        width: 1.2,
        alpha: this.#rival === null ? alpha : alpha * 0.4,
      });
    }
    // The chosen one last, so that no double hides it.
    const order = [...people.keys()].sort((a, b) => (people[a] === person) - (people[b] === person));
    order.forEach((i) => {
      const p = people[i];
      const chosen = p === person;
      const hue = colours[i];
      if (chosen) {
        // Where it was before.
        for (let past = 0; past < t - 0.05; past++)
          drawBox(g, view, pass.box(past, p.id), { stroke: hue, width: 1.6, alpha: 0.75, dash: [5, 4] });
      }
      drawBox(g, view, this.#box(t, p.id), {
        stroke: hue,
        width: chosen ? 3 : 1.8,
        alpha: chosen || this.#rival === null ? 1 : 0.5,
        edge: true,
      });
      if (t > 0.5) {
        g.save();
        const [from, to] = [Math.max(1, Math.floor(t)), Math.max(1, Math.ceil(t))];
        const [a, b] = [pass.joints(p, from), pass.joints(p, to)];
        const joints = a.map((j, n) => ({
          ...j,
          x: j.x + (b[n].x - j.x) * (t % 1),
          y: j.y + (b[n].y - j.y) * (t % 1),
          score: j.score + (b[n].score - j.score) * (t % 1),
        }));
        drawPerson(g, view, joints, this.#box(t, p.id), hue);
        g.restore();
      }
    });
    if (this.#rival !== null) {
      const box = this.#box(t, this.#rival);
      drawBox(g, view, box, { stroke: '#fff', width: 3, edge: true });
      drawLabel(
        g,
        view,
        [box[0] + (6 * view.unit) / view.scale, box[1] + (18 * view.unit) / view.scale],
        tr`query ${this.#rival}`,
      );
    }
  }

  #choose([x, y]) {
    const { people } = this.context;
    const t = this.#t;
    let best = null;
    people.forEach((p, i) => {
      const [x0, y0, x1, y1] = this.#box(t, p.id);
      const size = (x1 - x0) * (y1 - y0);
      if (x >= x0 && x <= x1 && y >= y0 && y <= y1 && (!best || size < best.size)) best = { i, size };
    });
    if (best) this.context.choosePerson(best.i);
  }
}

function mix(a, b, share) {
  return a.map((v, i) => v + (b[i] - v) * share);
}

function swatch(hue) {
  const dot = el('span.swatch');
  dot.style.background = hue ?? colour('accent');
  return dot;
}

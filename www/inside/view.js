// The Inside view: nine figures about one run of the network on the picture that is on the stage.
import { MOST_PEOPLE } from '../lib/check.js';
import { readTrace } from '../lib/trace.js';
import { COLOURS } from '../lib/skeleton.js';
import { SAMPLES } from '../page/sources.js';
import { Cost } from './figures/cost.js';
import { el } from './widgets/draw.js';
import { Pass } from './pass.js';
import { Proposals } from './figures/proposals.js';
import { Sim } from './figures/sim.js';
import { Spegm } from './figures/spegm.js';
import { Stages } from './figures/stages.js';
import { readHash, State } from './state.js';
import { Sure } from './figures/sure.js';
import { PartTalk, QueryTalk } from './figures/talk.js';
import { Tools } from './tools.js';
import { Tour } from './tour.js';
import { WhatIf } from './figures/whatif.js';
import { engineName, ms } from '../page/words.js';
import { put, read, told, tr } from '../words/say.js';

const FIGURES = {
  proposals: Proposals,
  stages: Stages,
  spegm: Spegm,
  sim: Sim,
  partTalk: PartTalk,
  queryTalk: QueryTalk,
  sure: Sure,
  whatif: WhatIf,
  cost: Cost,
};
/** The picture is drawn from a copy no larger than this, pixels a side. */
const DRAWN = 1400;
/** Covered pictures are looked at in at most so many pixels a side; the network sees a few hundred. */
const COVERED = 3000;
/** A figure has come when its head is so near to what stays above it, CSS pixels. */
const NEAR = 40;

export class Inside {
  figures = [];
  pass = null;
  /** What the pass is of, and what the next one will be of: `{ canvas, width, height, source }`. */
  picture = null;
  waiting = null;
  net = null;
  #runs = new Map();
  #turn = 0;
  #open = false;
  #drawing = 0;
  /** How the live run was asked for. */
  #asked = {};
  /** From which score on people are shown; the model's own where that is undefined. */
  #threshold;
  /** The sample and person of a link, until that picture is here, and whether it leads to a figure. */
  #linked = null;
  #leads = false;

  constructor(root, { stage, sources, article, threshold }) {
    Object.assign(this, { root, stage, sources, article, threshold, state: new State() });
    this.state.addEventListener('change', () => this.#schedule());
    sources.addEventListener('photo', ({ detail }) => this.#open && this.#newPicture(detail.sample ?? ''));
    sources.addEventListener(
      'paused',
      ({ detail }) => this.#open && (detail.paused ? this.#newPicture('') : this.#stop()),
    );
    sources.addEventListener('problem', ({ detail }) => this.#open && this.tools.say(told(detail)));
    for (const type of ['language', 'theme']) document.addEventListener(type, () => this.#schedule());
  }

  /** What a link asks for; called again when the address changes by hand. */
  follow() {
    // Back from Look: everything is as it was left.
    if (!location.hash.includes('?')) return this.state.write();
    const wanted = readHash(location.hash);
    this.#linked = wanted;
    this.#leads = wanted.figure > 1;
    this.state.set(wanted);
    const sample = SAMPLES.find(({ file }) => file === `${wanted.sample}.jpg`);
    if (sample && this.sources.name !== sample.file) this.sources.sample(sample);
    return undefined;
  }

  open() {
    this.#open = true;
    this.root.hidden = false;
    if (!this.story) this.#build();
    if (this.sources.live && !this.sources.paused) this.sources.pause();
    else this.#newPicture(this.#sampleName());
  }

  close() {
    this.#open = false;
    this.root.hidden = true;
    this.tour?.end();
    // What was computed to be looked at need not stay.
    this.#runs.clear();
    this.#turn++;
  }

  /** The network came, or went. */
  setNetwork(net) {
    this.net = net;
    this.#runs.clear();
    if (net && this.#open && this.waiting) this.#look();
  }

  get ready() {
    return this.net !== null && Boolean(this.pass?.live);
  }

  get people() {
    const shown = this.pass.people.filter((p) => p.score >= this.pass.threshold);
    return shown.length ? shown : this.pass.people.slice(0, 1);
  }

  get personIndex() {
    return Math.min(Math.max(1, this.state.person), this.people.length) - 1;
  }

  get person() {
    return this.people[this.personIndex];
  }

  get colours() {
    return this.people.map((_, i) => COLOURS[i % COLOURS.length]);
  }

  get hue() {
    return this.colours[this.personIndex];
  }

  /** 0 … S. */
  get stageNumber() {
    return Math.min(this.state.stage ?? this.pass.stages, this.pass.stages);
  }

  /** The last figure that has come to the top of the view, counted from 0; -1 where none has. */
  get at() {
    const top = Math.max(0, this.tools.root.getBoundingClientRect().bottom) + NEAR;
    return this.figures.findLastIndex(({ section }) => section.getBoundingClientRect().top <= top);
  }

  /** The stage whose look is shown where the start has none. */
  get lookStage() {
    return Math.max(1, this.stageNumber);
  }

  get part() {
    return Math.min(this.state.part, this.pass.parts.length - 1);
  }

  choosePerson(index) {
    const n = this.people.length;
    this.state.set({ person: ((index + n) % n) + 1 });
  }

  /**
   * Runs the network on this picture once more, with a part switched off, covered, or timed; null while there is none.
   * What was run before is kept, unless it is asked for `again` or timed.
   */
  async run({ cover = [], again = false, ...wish }) {
    // Between two pictures there is none.
    if (!this.ready || this.picture !== this.waiting) return null;
    const turn = this.#turn;
    // Where the network is less strict more may pass than are shown otherwise, and each costs a pose.
    const most = wish.intervention && { maxPeople: this.pass.proposals };
    const options = { taps: false, ...most, ...this.#asked, ...wish };
    const key = JSON.stringify([cover, options]);
    if (!this.#runs.has(key) || again || options.timed) {
      const source = cover.length ? this.#covered(cover) : this.picture.source;
      const trace = this.net
        .trace(source, options)
        .then((found) => new Pass(found, [this.picture.width, this.picture.height], this.#threshold));
      this.#runs.set(key, trace);
    }
    try {
      const pass = await this.#runs.get(key);
      return turn === this.#turn ? pass : null;
    } catch (error) {
      this.#runs.delete(key);
      if (error.name !== 'AbortError') this.tools.say(told(error));
      return null;
    }
  }

  #build() {
    const story = el('div.story');
    story.innerHTML = this.article;
    read(story);
    this.tools = new Tools(this);
    this.root.replaceChildren(this.tools.root, story);
    for (const section of story.querySelectorAll('section')) {
      const figure = new FIGURES[section.dataset.figure](section.querySelector('.figure'), this);
      const words = el('p');
      const details = el('details.words', {}, el('summary', {}, tr`In words`), words);
      const tell = () => {
        if (details.open && this.pass) put(words, figure.words());
      };
      details.addEventListener('toggle', tell);
      section.querySelector('.figure').append(details);
      section.id = `inside-${section.dataset.figure}`;
      this.figures.push({ figure, section, tell });
      for (const symbol of section.querySelectorAll('.symbol')) {
        for (const type of ['pointerenter', 'focus'])
          symbol.addEventListener(type, () => this.pass && figure.light(symbol.dataset.symbol));
        for (const type of ['pointerleave', 'blur'])
          symbol.addEventListener(type, () => this.pass && figure.light(null));
      }
    }
    this.tour = new Tour(this);
    story.hidden = true;
    this.story = story;
  }

  #sampleName() {
    return SAMPLES.some(({ file }) => file === this.sources.name) ? this.sources.name : '';
  }

  /** Only a picture that stands still can be looked into: a video dropped here stops at its first frame. */
  #stop() {
    const { video } = this.stage;
    const stop = () => this.#open && this.sources.live && !this.sources.paused && this.sources.pause();
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(stop);
    else video.addEventListener('timeupdate', stop, { once: true });
  }

  async #newPicture(sample) {
    const turn = ++this.#turn;
    this.#runs.clear();
    const { source } = this.stage;
    const { width, height } = this.stage.size;
    // A picture that is still on its way tells when it is there.
    if (source instanceof HTMLImageElement && source.naturalWidth !== width) return;
    // A video goes on; its frame is kept.
    const still = source instanceof HTMLVideoElement ? drawn(source, width, height) : source;
    const shrink = Math.min(1, DRAWN / Math.max(width, height));
    const canvas = drawn(still, ...[width, height].map((side) => Math.max(1, Math.round(side * shrink))));
    const name = sample.replace(/\.[^.]*$/, '');
    const isLinked = this.#linked !== null && ['', name].includes(this.#linked.sample);
    const stays = !this.picture || this.picture.source === still;
    const person = isLinked ? this.#linked.person : stays ? this.state.person : 1;
    if (isLinked) this.#linked = null;
    this.waiting = { canvas, width, height, source: still };
    this.state.set({ sample: name, person });
    const live = this.net ? this.#look() : null;
    if (!live && !sample) this.tools.say(tr`The figures are drawn as soon as the network is here.`);
    if (sample) await this.#stored(sample, turn);
    await live;
  }

  /** The run that was stored when the page was built. */
  async #stored(sample, turn) {
    try {
      const file = await fetch(`pictures/${sample.replace(/\.[^.]*$/, '.trace')}`).then((r) =>
        r.ok ? r.arrayBuffer() : null,
      );
      if (file && turn === this.#turn && !(this.pass?.live && this.picture === this.waiting))
        this.#show(new Pass(readTrace(file)), 'stored');
    } catch {
      // Then the network's own run is the first.
    }
  }

  /** The network's own run on this picture. */
  async #look() {
    const turn = this.#turn;
    const { source } = this.waiting;
    // As on Look.
    const threshold = this.threshold();
    try {
      let found = await this.net.trace(source, { threshold, maxPeople: MOST_PEOPLE });
      // Whatever is switched off or covered: what is compared is seen at one size.
      let asked = { threshold, maxPeople: MOST_PEOPLE, size: found.facts.sizes.at(-1) };
      // Nobody passes: then the query that comes nearest is still worth a look.
      if (found.facts.poses.length === 0) {
        asked = { ...asked, threshold: 0, maxPeople: 1 };
        found = await this.net.trace(source, asked);
      }
      if (turn !== this.#turn) return;
      this.#asked = asked;
      this.#threshold = threshold;
      this.#show(new Pass(found, [this.waiting.width, this.waiting.height], threshold), 'live');
    } catch (error) {
      if (error.name !== 'AbortError') this.tools.say(told(error));
    }
  }

  #show(pass, origin) {
    if (pass.people.length === 0) return;
    this.picture = this.waiting;
    this.pass = pass;
    this.story.hidden = false;
    this.tools.update();
    const nobody = pass.people.every((p) => p.score < pass.threshold);
    const how =
      origin === 'live' ? from(pass) : tr`A stored run of this picture, of its surest people; the live one follows.`;
    this.tools.say(nobody ? tr`${how} Nobody passes the threshold here; shown is the query that comes nearest.` : how);
    this.#draw();
    // A link may lead to one of the figures.
    if (this.#leads) this.figures[this.state.figure - 1]?.section.scrollIntoView();
    this.#leads = false;
    document.body.dataset.inside = origin;
    document.body.dataset.insideMs ??= Math.round(performance.now());
  }

  #schedule() {
    if (!this.pass || !this.#open || this.#drawing) return;
    this.#drawing = requestAnimationFrame(() => {
      this.#drawing = 0;
      if (this.pass) this.#draw();
    });
  }

  #draw() {
    this.tools.update();
    for (const { figure, tell } of this.figures) {
      figure.draw();
      tell();
    }
  }

  #covered(discs) {
    const { source, width, height } = this.picture;
    const shrink = Math.min(1, COVERED / Math.max(width, height));
    const canvas = el('canvas');
    Object.assign(canvas, { width: Math.round(width * shrink), height: Math.round(height * shrink) });
    const g = canvas.getContext('2d');
    g.drawImage(source, 0, 0, canvas.width, canvas.height);
    g.fillStyle = '#808080';
    for (const [x, y, r] of discs) {
      g.beginPath();
      g.arc(x * shrink, y * shrink, r * shrink, 0, 2 * Math.PI);
      g.fill();
    }
    return canvas;
  }
}

/** Drawn, a video is as it is to be seen; some browsers leave a bitmap of it lying on its side. */
function drawn(source, width, height) {
  const canvas = Object.assign(el('canvas'), { width, height });
  canvas.getContext('2d').drawImage(source, 0, 0, width, height);
  return canvas;
}

/** Where a pass comes from, and at which sizes its picture was looked at. */
function from({ backend, ms: took, sizes: [first, second] }) {
  const engine = engineName(backend);
  return second
    ? tr`Live from ${engine}, ${ms(took)}: a glance at ${first} px, then this look at ${second} px.`
    : tr`Live from ${engine}, ${ms(took)}.`;
}

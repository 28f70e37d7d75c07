// The group "Engine": which model, at which size, and what is known about it. Fetched when the first network runs.
import { addressOf } from '../lib/check.js';
import { forget, kept } from '../lib/own/keep.js';
import { fixed, late, named, put, told, tr } from '../words/say.js';
import { countWords, ms } from './words.js';

/** Shortest edges to choose from, beside the model's own. */
const SIZES = [256, 320, 480, 640, 800];
/** The costs are reckoned anew at most so often. */
const COSTS_MS = 500;

const mb = (bytes) =>
  bytes < 1e9 ? tr`${fixed(bytes / 1e6, bytes < 1e8 ? 1 : 0)} MB` : tr`${fixed(bytes / 1e9, 2)} GB`;
const count = (n) => (n < 1e9 ? tr`${fixed(n / 1e6, n < 1e7 ? 1 : 0)} million` : tr`${fixed(n / 1e9, 2)} billion`);
const gmac = (n) => tr`${fixed(n, n < 10 ? 2 : n < 100 ? 1 : 0)} GMAC`;

/** Whether a model is the page's own: there are others of its name, built elsewhere. */
const isOurs = ({ shipped, name, url }) => shipped && url === addressOf(`models/${name}/`, document.baseURI);

export class Chooser {
  #net = null;
  #size = 0;
  #shipped = [];
  #kept = [];
  #costs = [];
  #measured = new Map();
  #memory = null;
  /** Whether the last look was at a camera or video. */
  #live = false;
  #looked = { people: 1, width: 4, height: 3, sizes: [] };
  /** What the costs were reckoned for. */
  #reckoned = '';
  #reckoning = false;
  #reckonedAt = 0;
  #turn = 0;

  /** `load(source)` opens a model and resolves with whether it took over; `setSize(px)` looks at another size. */
  constructor(byId, { load, say, setSize }) {
    Object.assign(this, { byId, load, say, setSize });
    byId('model').addEventListener('change', ({ target }) => this.#choose(target.value));
    byId('size').addEventListener('change', ({ target }) => this.#resize(Number(target.value)));
    for (const what of ['file', 'folder']) {
      const input = byId(`own-${what}-input`);
      byId(`own-${what}`).disabled = false;
      byId(`own-${what}`).addEventListener('click', () => input.click());
      input.addEventListener('change', () => {
        const files = [...input.files];
        input.value = '';
        if (files.length) this.open(files);
      });
    }
    byId('forget').addEventListener('click', () => this.#forget());
    byId('about').addEventListener('toggle', () => this.#reckon());
    fetch('models/models.json')
      .then((response) => response.json())
      .catch(() => [])
      .then((list) => {
        this.#shipped = list;
        this.#list();
      });
  }

  /** The model that the page's address asks for; its size is that of the first network. */
  asked(wishes) {
    const size = Number(wishes.get('size') ?? 0);
    this.#size = SIZES.includes(size) ? size : 0;
    return wishes.get('kept') ? { kept: wishes.get('kept') } : (wishes.get('model') ?? undefined);
  }

  /** Opens dropped or chosen files: a list of them, or the entry of a folder. */
  async open(dropped) {
    const files = Array.isArray(dropped) ? dropped : await filesOf(dropped);
    return this.load(files);
  }

  /** A network took over. */
  opened(net) {
    if (net === this.#net) return;
    this.#net = net;
    this.#costs = [];
    this.#reckoned = '';
    this.#measured.clear();
    net.addEventListener('kept', () => this.#list());
    net.addEventListener('backend', () => this.#measured.clear());
    this.byId('size').disabled = false;
    // A size somebody chose is theirs, whatever the model.
    if (this.#size) this.#resize(this.#size);
    else this.#resized(0);
    this.#list();
  }

  /**
   * The network took so many `milliseconds` for what it `looked` at, so many pixels with so many people, at these `sizes`
   * one after the other; `live` of a camera or video.
   */
  measured(milliseconds, looked, live) {
    this.#live = live;
    if (looked.sizes.length === 1) this.#measured.set(looked.sizes[0], milliseconds);
    this.#looked = looked;
    // A live picture has people coming and going; twice a second is enough to read, and nothing changes in a list
    // that may be open.
    if (!live) this.#reckon();
    else if (performance.now() - this.#reckonedAt > COSTS_MS && document.activeElement !== this.byId('size'))
      this.#reckon();
  }

  #resize(size) {
    this.#resized(size);
    this.setSize(size);
  }

  #resized(size) {
    this.#size = size;
    this.#address();
    this.#reckon();
  }

  async #choose(value) {
    const from = JSON.parse(value);
    if (!(await this.load(from))) this.#list();
  }

  async #forget() {
    await forget(this.#net.model.name);
    this.#net.model.kept = 'memory';
    this.byId('forget').hidden = true;
    await this.#list();
    this.byId('about').querySelector('summary').focus();
  }

  /** The models there are: shipped ones, kept ones, and the one in use. */
  async #list() {
    const turn = ++this.#turn;
    const found = await kept().catch(() => []);
    if (turn !== this.#turn) return;
    this.#kept = found;
    const { model } = this.#net ?? {};
    const elsewhere = model?.shipped && !isOurs(model) ? model.url : null;
    const now = model && (elsewhere ?? (model.shipped ? `models/${model.name}/` : { kept: model.name }));
    const options = this.#shipped.map(({ name }) => [name, `models/${name}/`]);
    for (const { name } of this.#kept) options.push([name, { kept: name }]);
    const same = (from) => JSON.stringify(from) === JSON.stringify(now);
    const called = elsewhere ? new URL(elsewhere).pathname : model?.name;
    if (model && !options.some(([, from]) => same(from))) options.push([called, now]);
    const select = this.byId('model');
    select.replaceChildren(
      ...options.map(([name, from]) => new Option(name, JSON.stringify(from), same(from), same(from))),
    );
    select.disabled = options.length === 0;
    if (model) select.dataset.model = model.name;
    this.#address();
    this.#facts();
  }

  /** The address says what is shown, so that it can be kept or sent on. */
  #address() {
    const { model } = this.#net ?? {};
    if (!model) return;
    const url = new URL(location.href);
    const set = (name, value) => (value ? url.searchParams.set(name, value) : url.searchParams.delete(name));
    const first = model.name === (this.#shipped[0]?.name ?? model.name);
    // A model from another address stands there already.
    if (isOurs(model) || !model.url) set('model', first || !model.url ? '' : `models/${model.name}/`);
    set('kept', !model.url && model.kept === 'device' ? model.name : '');
    set('size', SIZES.includes(this.#size) ? this.#size : '');
    // Slashes may stand there as they are, and are easier to read.
    url.search = url.searchParams.toString().replaceAll('%2F', '/');
    if (url.href !== location.href) history.replaceState(history.state, '', url);
  }

  /** Asks the engine what the sizes cost for the picture on the stage. */
  async #reckon() {
    const net = this.#net;
    if (!net || this.#reckoning) return;
    this.#reckonedAt = performance.now();
    const looked = this.#looked;
    const { people, width, height, sizes } = looked;
    const wanted = JSON.stringify(looked);
    if (wanted !== this.#reckoned || this.byId('about').open) {
      this.#reckoning = true;
      try {
        const all = new Set([net.model.size, ...SIZES, ...sizes]);
        const { costs, memory } = await net.costs(width, height, Math.max(1, people), [...all]);
        if (net === this.#net) [this.#costs, this.#memory, this.#reckoned] = [costs, memory, wanted];
      } catch {
        // The network went away meanwhile; the next one is asked again.
      }
      this.#reckoning = false;
      // Meanwhile something else was looked at, or by another network.
      if (net !== this.#net || this.#looked !== looked) return this.#reckon();
    }
    this.#sizes();
    this.#facts();
  }

  #sizes() {
    const select = this.byId('size');
    const [own] = this.#costs;
    const options = this.#costs
      .filter(({ size }) => size === own.size || SIZES.includes(size))
      .map(({ size, gmac: work }) => {
        const measured = this.#measured.get(size);
        const parts = [tr`${size} px`, gmac(work), ...(measured ? [ms(measured)] : [])];
        return { value: size, words: late(() => parts.join(' · ')) };
      });
    // A live picture is looked at as large as keeps up, a photo as suits its people, unless a size is chosen.
    const suits = this.#net.model.adaptiveScale;
    const now = this.#size ? null : this.#looked.sizes.at(-1);
    if (own && this.#live)
      options.unshift({ value: 0, words: now ? tr`what keeps up · now ${now} px` : tr`what keeps up` });
    else if (own && suits)
      options.unshift({ value: 0, words: now ? tr`suits people · now ${now} px` : tr`what suits people` });
    else if (own && this.#size !== own.size) options[0].value = 0;
    else if (own) options.unshift({ value: 0, words: tr`what keeps up` });
    if (select.options.length !== options.length)
      select.replaceChildren(...options.map(({ value }) => new Option('', value)));
    options.forEach(({ value, words }, i) => {
      put(select.options[i], words);
      Object.assign(select.options[i], { value, selected: value === this.#size });
    });
  }

  #facts() {
    const { model } = this.#net ?? {};
    if (!model) return;
    const cost = this.#cost();
    const { accuracy, measured, notes } =
      (isOurs(model) && this.#shipped.find(({ name }) => name === model.name)) || {};
    const [ap, on] = model.published ?? [];
    const people = Math.max(1, this.#looked.people);
    const size = mb(model.bytes);
    const data = (facts) => Object.entries(facts ?? {}).map((fact) => fact.map(named));
    const facts = [
      [tr`Network`, told(model.network)],
      [tr`Learned numbers`, count(model.parameters)],
      [tr`File`, model.kept === 'device' ? tr`${size}, kept on this device` : tr`${size}, until you close the page`],
      cost && [tr`Sees`, tr`${cost.pixels[0]} × ${cost.pixels[1]} px`],
      cost && [tr`Work`, tr`${gmac(cost.gmac)}, ${countWords(people)}`],
      this.#memory && [tr`Memory`, this.#taken()],
      accuracy && [tr`Accuracy`, tr`${accuracy.ap} AP on ${named(accuracy.on)}, ${named(accuracy.source)}`],
      ...data(measured),
      ...data(notes),
      ap && [tr`Accuracy`, tr`${fixed(ap, 1)} AP on ${on}, published for the official weights, ${'arXiv 2212.07855'}`],
      model.inferred && [tr`Settings`, tr`read off the file; 8 heads and pictures of ${model.size} px are assumed`],
      model.unused && [tr`Unused`, tr`Tensors of the file that are not part of the network: ${model.unused}`],
    ];
    const rows = facts.filter(Boolean).map((fact) => {
      const row = document.createElement('div');
      ['dt', 'dd'].forEach((kind, i) => put(row.appendChild(document.createElement(kind)), fact[i]));
      return row;
    });
    this.byId('model-facts').replaceChildren(...rows);
    this.byId('forget').hidden = model.shipped || model.kept !== 'device';
  }

  /** What the last look cost, all its sizes together; what the network saw is of the last. */
  #cost() {
    const { sizes } = this.#looked;
    const seen = sizes.length && !this.#size ? sizes : [this.#size || this.#net.model.size];
    const costs = seen.map((size) => this.#costs.find((cost) => cost.size === size));
    if (costs.includes(undefined)) return undefined;
    return { ...costs.at(-1), gmac: costs.reduce((sum, cost) => sum + cost.gmac, 0) };
  }

  #taken() {
    const { wasm, engine } = this.#memory;
    return this.#net.backend === 'webgpu'
      ? tr`${mb(wasm)} in the page, ${mb(engine)} in the graphics device`
      : tr`${mb(wasm)} in the page`;
  }
}

/** The files of a dropped folder, with its name; deeper folders are not looked into. */
async function filesOf(folder) {
  const reader = folder.createReader();
  const files = [];
  for (;;) {
    // Browsers give a hundred at a time.
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) break;
    for (const entry of entries) {
      if (entry.isFile) files.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
    }
  }
  return Object.assign(files, { folder: folder.name });
}

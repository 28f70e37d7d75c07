// The group "Engine": which model, at which size, and what is known about it. Fetched when the first network runs.
import { forget, kept } from '../lib/own/keep.js';
import { countWords, ms } from './words.js';

/** Shortest edges to choose from, beside the model's own. */
const SIZES = [256, 320, 480, 640, 800];
/** The costs are reckoned anew at most so often. */
const COSTS_MS = 500;

const mb = (bytes) =>
  bytes < 1e9 ? `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
const count = (n) => (n < 1e9 ? `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)} million` : `${(n / 1e9).toFixed(2)} billion`);
const gmac = (n) => (n < 10 ? n.toFixed(2) : n < 100 ? n.toFixed(1) : Math.round(n).toString());

export class Chooser {
  #net = null;
  #size = 0;
  #shipped = [];
  #kept = [];
  #costs = [];
  #measured = new Map();
  #memory = null;
  /** The size of the last live frame; none of a photo. */
  #live;
  #looked = { people: 1, width: 4, height: 3 };
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

  /** The network looked at something; at which size, is said of a camera or video. */
  measured(milliseconds, people, { width, height }, live) {
    this.#live = live;
    const seen = live ?? this.#size;
    this.#measured.set(seen === this.#net.model.size ? 0 : seen, milliseconds);
    this.#looked = { people, width, height };
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
    const now = model && (model.shipped ? `models/${model.name}/` : { kept: model.name });
    const options = this.#shipped.map(({ name }) => [name, `models/${name}/`]);
    for (const { name } of this.#kept) options.push([name, { kept: name }]);
    const same = (from) => JSON.stringify(from) === JSON.stringify(now);
    if (model && !options.some(([, from]) => same(from))) options.push([model.name, now]);
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
    const first = model.shipped && model.name === (this.#shipped[0]?.name ?? model.name);
    // An own model from an address stands there already.
    if (model.shipped || !model.url) set('model', first || !model.url ? '' : `models/${model.name}/`);
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
    const { people, width, height } = this.#looked;
    const wanted = `${width} ${height} ${people}`;
    if (wanted !== this.#reckoned || this.byId('about').open) {
      this.#reckoning = true;
      try {
        const { costs, memory } = await net.costs(width, height, Math.max(1, people), [net.model.size, ...SIZES]);
        if (net === this.#net) [this.#costs, this.#memory, this.#reckoned] = [costs, memory, wanted];
      } catch {
        // The network went away meanwhile; the next one is asked again.
      }
      this.#reckoning = false;
      // Meanwhile something else was looked at, or by another network.
      if (
        net !== this.#net ||
        this.#looked.people !== people ||
        this.#looked.width !== width ||
        this.#looked.height !== height
      )
        return this.#reckon();
    }
    this.#sizes();
    this.#facts();
  }

  #sizes() {
    const select = this.byId('size');
    const [own] = this.#costs;
    const options = this.#costs
      .filter(({ size }, i) => i === 0 || size !== own.size)
      .map(({ size, gmac: work }, i) => {
        const value = i === 0 ? 0 : size;
        const measured = this.#measured.get(value);
        const words = [`${size} px`, `${gmac(work)} GMAC`, ...(measured ? [ms(measured)] : [])].join(' · ');
        return { value, words };
      });
    // A live picture is looked at as large as keeps up, unless a size is chosen, be it the model's own.
    if (own && (this.#live || this.#size === own.size)) {
      options.splice(1, 0, { value: own.size, words: options[0].words });
      options[0].words = `what keeps up${this.#size || !this.#live ? '' : ` · now ${this.#live} px`}`;
    }
    if (select.options.length !== options.length)
      select.replaceChildren(...options.map(({ value }) => new Option('', value)));
    options.forEach(({ value, words }, i) => {
      Object.assign(select.options[i], { value, text: words, selected: value === this.#size });
    });
  }

  #facts() {
    const { model } = this.#net ?? {};
    if (!model) return;
    const cost = this.#costs.find(({ size }) => size === (this.#size || model.size));
    const { accuracy, measured, notes } =
      (model.shipped && this.#shipped.find(({ name }) => name === model.name)) || {};
    const [ap, on] = model.published ?? [];
    const people = Math.max(1, this.#looked.people);
    const facts = {
      Network: model.network,
      'Learned numbers': count(model.parameters),
      File: `${mb(model.bytes)}, ${model.kept === 'device' ? 'kept on this device' : 'until you close the page'}`,
      ...(cost && {
        Sees: `${cost.pixels.join(' × ')} px`,
        Work: `${gmac(cost.gmac)} GMAC, ${countWords(people)}`,
      }),
      ...(this.#memory && {
        Memory: `${mb(this.#memory.wasm)} in the page${this.#net.backend === 'webgpu' ? `, ${mb(this.#memory.engine)} in the graphics device` : ''}`,
      }),
      ...(accuracy && { Accuracy: `${accuracy.ap} AP on ${accuracy.on}, ${accuracy.source}` }),
      ...measured,
      ...notes,
      ...(ap && { Accuracy: `${ap.toFixed(1)} AP on ${on}, published for the official weights, arXiv 2212.07855` }),
      ...(model.inferred && { Settings: 'read off the file, 8 heads assumed' }),
      ...(model.unused && { Unused: `${model.unused} tensors of the file are not part of the network` }),
    };
    const rows = Object.entries(facts).map(([name, value]) => {
      const row = document.createElement('div');
      row.append(
        Object.assign(document.createElement('dt'), { textContent: name }),
        Object.assign(document.createElement('dd'), { textContent: value }),
      );
      return row;
    });
    this.byId('model-facts').replaceChildren(...rows);
    this.byId('forget').hidden = model.shipped || model.kept !== 'device';
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

// The views of the page, each with an address: Look, and #inside and #check, which are fetched when they are first
// opened.

import { put, tr } from '../words/say.js';

const WORDS = tr`Drop a picture, a video or a model here`;
const OTHERS = {
  inside: { name: 'Inside', title: tr`Inside`, file: 'article.html', drop: WORDS },
  check: { name: 'Check', title: tr`Check`, file: 'sheet.html', drop: tr`Drop pictures and their annotations here` },
};
/** What Inside's `view.js` asks for in its turn, listed by the page's build, so that nobody waits for it. */
const MODULES = 'inside/modules.json';

/** Switches between the views as the address says. `setNetwork` hands the network on to those that were opened. */
export class Views {
  /** By name, promises of the views that were fetched. */
  #opened = {};
  #net = null;

  constructor(byId, parts) {
    Object.assign(this, { byId, parts });
    addEventListener('hashchange', () => this.show());
    this.show();
  }

  /** The name of the view that the address asks for. */
  get now() {
    return /^#(inside|check)\b/.exec(location.hash)?.[1] ?? 'look';
  }

  /** The sample that a link to Inside asks for. */
  get sample() {
    return new URLSearchParams(this.now === 'inside' ? location.hash.split('?')[1] : '').get('sample') ?? '';
  }

  async show() {
    const { byId, now } = this;
    put(byId('drop'), OTHERS[now]?.drop ?? WORDS);
    for (const name of ['look', ...Object.keys(OTHERS)]) {
      byId(name).hidden = name !== now;
      if (name === now) byId(`to-${name}`).setAttribute('aria-current', 'page');
      else byId(`to-${name}`).removeAttribute('aria-current');
      if (name !== now) this.#opened[name]?.then((view) => view?.close());
    }
    if (now === 'look') return undefined;
    this.#opened[now] ??= this.#fetch(now);
    const view = await this.#opened[now];
    if (!view || this.now !== now) return undefined;
    view.follow?.();
    return view.open();
  }

  /** What is dropped on a view of its own: whether it takes it. `dropped` are entries of a file system, or Files. */
  take(dropped) {
    if (this.now !== 'check') return false;
    this.#opened.check?.then((view) => view?.take(dropped));
    return true;
  }

  setNetwork(net) {
    this.#net = net;
    for (const view of Object.values(this.#opened)) view.then((view) => view?.setNetwork(net));
  }

  /** All that a view needs, asked for at once: the first figure of Inside should be there within a second. */
  async #fetch(now) {
    const root = this.byId(now);
    const { name, title, file } = OTHERS[now];
    if (now === 'inside') this.#hurry();
    try {
      const [module, article] = await Promise.all([
        now === 'inside' ? import('../inside/view.js') : import('../check/view.js'),
        text(`${now}/${file}`),
        styled(`${now}/${now}.css`),
      ]);
      // What was said of an earlier try is not to be said again in another language.
      put(root, '');
      const view = new module[name](root, { ...this.parts, article });
      view.setNetwork(this.#net);
      // A handle for whoever wants to look at the numbers from the console.
      root.view = view;
      return view;
    } catch {
      delete this.#opened[now];
      put(root, tr`${title} could not be fetched. Check the connection and reload the page.`);
      return null;
    }
  }

  #hurry() {
    text(MODULES)
      .then((list) => JSON.parse(list).forEach((href) => preload(href, { rel: 'modulepreload' })))
      .catch(() => {}); // They come a little later then.
    if (/^[\w-]+$/.test(this.sample))
      preload(`pictures/${this.sample}.trace`, { rel: 'preload', as: 'fetch', crossOrigin: 'anonymous' });
  }
}

async function text(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(url);
  return response.text();
}

function preload(href, how) {
  document.head.append(Object.assign(document.createElement('link'), { href, ...how }));
}

function styled(href) {
  return new Promise((resolve) => {
    const link = Object.assign(document.createElement('link'), {
      rel: 'stylesheet',
      href,
      onload: resolve,
      onerror: resolve,
    });
    document.head.append(link);
  });
}

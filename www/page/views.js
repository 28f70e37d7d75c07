// The two views of the page, each with an address: Look, and #inside, which is fetched when it is first opened.

const INSIDE = 'inside/';
/** What `view.js` asks for in its turn, listed by the page's build, so that nobody waits for it. */
const MODULES = `${INSIDE}modules.json`;

/** Switches between the views as the address says. `setNetwork` hands the network on to Inside. */
export class Views {
  #inside = null;
  #net = null;

  constructor(byId, parts) {
    Object.assign(this, { byId, parts });
    addEventListener('hashchange', () => this.show());
    this.show();
  }

  get isInside() {
    return /^#inside\b/.test(location.hash);
  }

  /** The sample that a link to Inside asks for. */
  get sample() {
    return new URLSearchParams(this.isInside ? location.hash.split('?')[1] : '').get('sample') ?? '';
  }

  async show() {
    const { byId, isInside } = this;
    byId('look').hidden = isInside;
    byId('inside').hidden = !isInside;
    for (const [id, now] of [
      ['to-look', !isInside],
      ['to-inside', isInside],
    ]) {
      if (now) byId(id).setAttribute('aria-current', 'page');
      else byId(id).removeAttribute('aria-current');
    }
    if (!isInside) return this.#inside?.then((view) => view?.close());
    this.#inside ??= this.#fetch();
    const view = await this.#inside;
    if (!view || !this.isInside) return undefined;
    view.follow();
    return view.open();
  }

  setNetwork(net) {
    this.#net = net;
    this.#inside?.then((view) => view?.setNetwork(net));
  }

  /** All that Inside needs, asked for at once: its first figure should be there within a second. */
  async #fetch() {
    const root = this.byId('inside');
    text(MODULES)
      .then((list) => JSON.parse(list).forEach((href) => preload(href, { rel: 'modulepreload' })))
      .catch(() => {}); // They come a little later then.
    if (/^[\w-]+$/.test(this.sample))
      preload(`pictures/${this.sample}.trace`, { rel: 'preload', as: 'fetch', crossOrigin: 'anonymous' });
    try {
      const [{ Inside }, article] = await Promise.all([
        import('../inside/view.js'),
        text(`${INSIDE}article.html`),
        styled(`${INSIDE}inside.css`),
      ]);
      const view = new Inside(root, { ...this.parts, article });
      view.net = this.#net;
      // A handle for whoever wants to look at the numbers from the console.
      root.view = view;
      return view;
    } catch {
      this.#inside = null;
      root.textContent = 'Inside could not be fetched. Check the connection and reload the page.';
      return null;
    }
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

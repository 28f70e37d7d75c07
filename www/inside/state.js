// What the visitor has chosen, all of it in the URL: #inside?sample=group&person=2&stage=3&part=1&gates=new …

/** What is switched in the network, as it was learned. */
export const AS_LEARNED = { gates: 'learned', attention: 'learned', stop: 0, decode: 'demand' };

const DEFAULTS = {
  sample: '',
  person: 1,
  stage: null,
  part: 0,
  figure: 1,
  photo: 0,
  ...AS_LEARNED,
  unit: 'macs',
};
const WORDS = {
  gates: ['learned', 'new', 'old', 'sum'],
  attention: ['learned', 'uniform'],
  decode: ['demand', 'all'],
  unit: ['macs', 'ms'],
};

/** Reads the state off a hash; what is missing or makes no sense is the default. */
export function readHash(hash) {
  const state = { ...DEFAULTS };
  const given = new URLSearchParams(hash.split('?')[1] ?? '');
  for (const [name, text] of given) {
    if (!Object.hasOwn(DEFAULTS, name)) continue;
    if (name === 'sample') state.sample = /^[\w-]+$/.test(text) ? text : '';
    else if (WORDS[name]) state[name] = WORDS[name].includes(text) ? text : DEFAULTS[name];
    else if (/^\d{1,3}$/.test(text)) state[name] = Number(text);
  }
  return state;
}

export function writeHash(state) {
  const given = Object.entries(state).filter(
    ([name, value]) => name in DEFAULTS && value !== DEFAULTS[name] && value !== null,
  );
  const query = given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return query ? `#inside?${query}` : '#inside';
}

/** Browsers refuse to write the address too often. */
const ADDRESS_MS = 150;

/** A state that tells what changed; the URL follows it a moment later, without filling the history. */
export class State extends EventTarget {
  #timer = 0;

  constructor() {
    super();
    Object.assign(this, readHash(location.hash));
  }

  set(patch) {
    const changed = Object.keys(patch).filter((name) => this[name] !== patch[name]);
    if (changed.length === 0) return;
    Object.assign(this, patch);
    this.write();
    this.dispatchEvent(new CustomEvent('change', { detail: changed }));
  }

  /** Puts the state into the address. */
  write() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (location.hash.startsWith('#inside')) history.replaceState(history.state, '', writeHash(this));
    }, ADDRESS_MS);
  }
}

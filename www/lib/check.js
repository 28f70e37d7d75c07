// Arguments, wherever they come from: what may be asked for, its ranges and defaults, and a sentence for everything
// else.

/** Shortest edges that pictures can be brought to. @type {[number, number]} */
export const SIZES = [32, 2048];
/** Shortest edges that models may have of their own. @type {[number, number]} */
const OWN_SIZES = [16, 4096];
const BACKENDS = ['auto', 'gpu', 'cpu'];
const GATES = ['learned', 'new', 'old', 'sum'];
const ATTENTION = ['learned', 'uniform'];
/** No model has more; whether this one has so many, the engine knows. @type {[number, number]} */
const STAGES = [1, 16];
/** No model proposes more. */
export const MOST_PEOPLE = 1000;
/** Milliseconds that a JS date can tell, in either direction. */
const MOST_MS = 8.64e15;
/** Beyond the widest picture any browser holds. */
const MOST_PIXELS = 1e6;

/** What an object is, wherever it was made: `instanceof` knows those of this window or worker only. */
export function tagOf(value) {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** A value as messages show it. */
export function shown(value) {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (value === null || ['number', 'boolean', 'undefined'].includes(typeof value)) return String(value);
  return typeof value === 'object'
    ? `${/^[AEIO]/.test(tagOf(value)) ? 'an' : 'a'} ${tagOf(value)}`
    : `a ${typeof value}`;
}

/**
 * A number from `least` to `most`; `or` where nothing is given.
 * @param {string} name
 * @param {unknown} value
 * @param {[number, number]} range
 * @param {{ whole?: boolean, or?: number }} [how]
 */
export function number(name, value, [least, most], { whole = false, or } = {}) {
  const given = value ?? or;
  const kind = whole ? 'a whole number' : 'a number';
  if (typeof given !== 'number')
    throw new TypeError(`${name} must be ${kind} from ${least} to ${most}, not ${shown(given)}.`);
  if (given >= least && given <= most && (!whole || Number.isInteger(given))) return given;
  throw new RangeError(`${name} is ${given}; it must be ${kind} from ${least} to ${most}.`);
}

/** One of some words. */
function word(name, value, words, or) {
  const given = value ?? or;
  const list = words.join(', ').replace(/, (\w+)$/, ' or $1');
  if (typeof given !== 'string') throw new TypeError(`${name} must be ${list}, not ${shown(given)}.`);
  if (words.includes(given)) return given;
  throw new RangeError(`${name} is ${shown(given)}; it must be ${list}.`);
}

function flag(name, value, or) {
  const given = value ?? or;
  if (typeof given !== 'boolean') throw new TypeError(`${name} must be true or false, not ${shown(given)}.`);
  return given;
}

function object(name, value) {
  const given = value ?? {};
  if (typeof given !== 'object' || Array.isArray(given))
    throw new TypeError(`${name} must be an object, not ${shown(given)}.`);
  return given;
}

/** What every look at a picture can be told. */
const LOOK = ['threshold', 'maxPeople', 'size'];
/** The options there are, by where they are given. */
const OPTIONS = {
  load: ['backend', 'onProgress', 'signal', 'reference', 'worker'],
  detect: [...LOOK, 'signal'],
  stream: [...LOOK, 'maxSize', 'steadiness'],
  frame: ['picture'],
  trace: [...LOOK, 'signal', 'all', 'taps', 'timed', 'intervention'],
  intervention: ['stopAfter', 'gates', 'attention'],
};

/**
 * The options that were given, an object; none may have a name that is none: it would be ignored in silence.
 * @param {keyof typeof OPTIONS} kind
 * @param {any} options
 * @param {string} [called]
 */
export function only(kind, options, called = 'options') {
  const known = OPTIONS[kind];
  const given = object(called, options);
  const stranger = Object.keys(given).find((name) => !known.includes(name));
  if (stranger === undefined) return given;
  throw new TypeError(`there is no option ${shown(stranger)} here; there are ${known.join(', ')}.`);
}

function signalOf({ signal }) {
  if (signal === undefined || signal === null) return null;
  if (tagOf(signal) !== 'AbortSignal') throw new TypeError(`signal must be an AbortSignal, not ${shown(signal)}.`);
  return signal;
}

/** A shortest edge; 0 leaves it to the model. */
export function edge(name, value, or = 0) {
  return (value ?? or) === 0 ? 0 : number(name, value, SIZES, { whole: true, or });
}

/**
 * What every look at a picture can be told, checked; `model` and `size` are the network's.
 * @param {any} options
 * @param {{ model: { threshold?: number }, size?: number }} net
 */
export function detectOptions(options, { model, size }) {
  const given = object('options', options);
  return {
    signal: signalOf(given),
    wish: {
      threshold: number('threshold', given.threshold, [0, 1], { or: model.threshold }),
      maxPeople: number('maxPeople', given.maxPeople, [1, MOST_PEOPLE], { whole: true, or: 20 }),
      size: edge('size', given.size, size),
    },
  };
}

/** What a stream can be told, checked: as every look, but for the signal, the largest size to choose, how calm joints are. */
export function streamOptions(options, net) {
  const { wish } = detectOptions(options, net);
  return {
    ...wish,
    maxSize: edge('maxSize', options?.maxSize),
    steadiness: number('steadiness', options?.steadiness, [0, 1], { or: 0.5 }),
  };
}

/** When a frame of a stream was taken, in milliseconds. */
export function timeOf(timeMs) {
  return number('timeMs', timeMs, [-MOST_MS, MOST_MS]);
}

/** Whether a frame of a stream is wanted back. */
export function pictureOf(options) {
  return flag('picture', object('options', options).picture, false);
}

/** What a trace can be told, flat: what is left out of an intervention is as learned. */
export function traceOptions(options, net) {
  const { signal, wish } = detectOptions(options, net);
  const { all, taps, timed, intervention } = options ?? {};
  const { stopAfter, gates, attention } = only('intervention', intervention, 'intervention');
  const more = {
    all: flag('all', all, false),
    taps: flag('taps', taps, true),
    timed: flag('timed', timed, false),
    stopAfter:
      (stopAfter ?? null) === null ? null : number('intervention.stopAfter', stopAfter, STAGES, { whole: true }),
    gates: word('intervention.gates', gates, GATES, 'learned'),
    attention: word('intervention.attention', attention, ATTENTION, 'learned'),
  };
  return { signal, wish: { ...wish, ...more } };
}

export function loadOptions(options) {
  const given = only('load', options);
  const onProgress = given.onProgress ?? (() => {});
  if (typeof onProgress !== 'function') throw new TypeError(`onProgress must be a function, not ${shown(onProgress)}.`);
  return {
    signal: signalOf(given),
    onProgress,
    // A worker made from a Blob has no place where others could lie.
    reference: given.reference || /^http/.test(base()) ? folderOf('reference', given.reference ?? 'models/nano/') : '',
    backend: backendOf(given.backend),
    worker: (given.worker ?? null) === null ? '' : address('worker', given.worker).href,
  };
}

export function backendOf(value) {
  return word('backend', value, BACKENDS, 'auto');
}

/** What costs are asked for. */
export function costsOf(width, height, people, sizes) {
  if (!Array.isArray(sizes)) throw new TypeError(`sizes must be an array of numbers, not ${shown(sizes)}.`);
  const side = (name, value) => number(name, value, [1, MOST_PIXELS], { whole: true });
  return {
    width: side('width', width),
    height: side('height', height),
    people: number('people', people, [0, MOST_PEOPLE], { whole: true }),
    sizes: sizes.map((size) => number('a size', size, OWN_SIZES, { whole: true })),
  };
}

/** What the worker is told to open: `{ files, folders }`, `{ kept }` or `{ url }`. */
export function modelSource(model) {
  const tag = tagOf(model);
  if (tag === 'Blob' || tag === 'File') return { files: [model], folders: [''] };
  if (tag === 'FileList' || Array.isArray(model)) {
    const files = [...model];
    const stranger = files.find((file) => !['Blob', 'File'].includes(tagOf(file)));
    if (stranger !== undefined) throw new TypeError(`A model's files must be Files, not ${shown(stranger)}.`);
    if (files.length === 0) throw new TypeError('A model cannot be opened from an empty list of files.');
    // A worker gets the files without the path they were chosen with, in a folder and in those below it.
    const folderOf = ({ webkitRelativePath: path }) => model.folder ?? path?.split('/').slice(0, -1).join('/') ?? '';
    return { files, folders: files.map(folderOf) };
  }
  if (typeof model === 'string' || tag === 'URL') {
    if (/\.(safetensors|pth|pt)$/i.test(address('model', model).pathname)) return { url: address('model', model).href };
    return { url: folderOf('model', model) };
  }
  if (typeof model?.kept === 'string' && model.kept) return { kept: model.kept };
  throw new TypeError(`A model is an address, a File, the Files of a folder, or { kept: name }, not ${shown(model)}.`);
}

/** A folder's whole address, with whatever stands behind its `?`. */
function folderOf(name, value) {
  const url = address(name, value);
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url.href;
}

/** Where relative addresses begin: a worker's, where its script lies. */
function base() {
  return globalThis.document?.baseURI ?? location.href;
}

function address(name, value) {
  const isAddress = (typeof value === 'string' && value.trim()) || tagOf(value) === 'URL';
  if (!isAddress) throw new TypeError(`${name} must be an address, not ${shown(value)}.`);
  let url;
  try {
    url = new URL(value, base());
  } catch {
    throw new TypeError(`${name} is ${shown(String(value))}, which is no address.`);
  }
  url.hash = '';
  return url;
}

/**
 * The whole address that a text names, seen from `base`; null where it names none. `URL.canParse` is younger than browsers
 * that run this.
 */
export function addressOf(text, base) {
  try {
    return new URL(text, base).href;
  } catch {
    return null;
  }
}

// The worker that owns the wasm engine: GPU handles live and die in the thread that made them.
//
// Everything is imported at once, not when it is needed: bundlers make one plain file of it.
import {
  addressOf,
  backendOf,
  costsOf,
  detectOptions,
  number,
  pictureOf,
  shown,
  streamOptions,
  tagOf,
  timeOf,
  traceOptions,
} from './check.js';
import { chooseBackend, compared, FAULTS, letGo, needsAdapter, withinPatience } from './choose.js';
import start, { Network, Stream } from './engine/querypose.js';
import { QueryPoseError, reason } from './error.js';
import { nameOf, pieces, plain, request } from './fetching.js';
import { rehearsal } from './rehearsal.js';
import { chooseForOwn } from './own/trial.js';
import { keep, openOwn, slices } from './own/open.js';
import { readFrame } from './pixels.js';
import { hasRelaxedSimd } from './simd.js';
import { findTile } from './tile.js';
import { fetchModel } from './weights.js';

let memory = null;
let model = null;
let network = null;
let facts = null;
/** The same on the processor, for pictures that are too much for the graphics device. */
let spare = null;
/** Who is known in each stream, and since which reset. */
const streams = new Map();

const work = {
  async load({ source, reference, backend }, progress) {
    let bytes = { loaded: 0, total: 0, cached: false };
    const tell = (stage, more) => {
      bytes = { ...bytes, ...more };
      progress({ stage, ...bytes });
    };
    if (network)
      throw new QueryPoseError(
        'argument',
        'This worker has a model already. Load the other one with a worker of its own.',
      );
    if (backend === 'gpu') await needsAdapter();
    const engine = startEngine();
    // A graphics device runs none of it.
    const onArrival = backend === 'gpu' ? () => {} : rehearsal(engine);
    const fetching = fetchShipped(source, (more) => {
      tell('weights', more);
      onArrival(more);
    });
    const [fetched, started] = await Promise.all([fetching, engine]);
    memory = started;
    if (!fetched) return loadOwn(source, reference, backend, tell);
    tell('engine');
    model = shippedModel(source.url, fetched);
    const chosen = await chooseBackend(model, backend, () => tell('check'));
    ({ network, facts } = chosen);
    chosen.rival?.then((rival) => inTurn(() => meets(rival)));
    return described({ bytes: bytes.total, kept: 'device', shipped: true, url: source.url });
  },

  async detect(asked) {
    const { rgba, ms } = await pixels(asked);
    return found(await lasting((network) => network.detect(rgba, asked.width, asked.height, asked.wish)), ms);
  },

  async follow(asked) {
    const { width, height, wish, timeMs } = asked;
    const known = streamOf(asked.stream);
    const { rgba, ms } = await pixels(asked);
    // Of the same pixels as what is looked at: no other frame can come between.
    const picture = asked.picture ? await createImageBitmap(new ImageData(rgba, width, height)) : undefined;
    const moment = { ...wish, timeMs };
    const answer = await lasting((network) => network.follow(known, rgba, width, height, moment));
    return { ...found(answer, ms), ...(picture && { picture }) };
  },

  close({ stream }) {
    const known = streams.get(stream);
    streams.delete(stream);
    if (known) letGo(known.stream);
    return {};
  },

  async trace(asked) {
    const { rgba } = await pixels(asked);
    const [file, backend] = await lasting((network) => network.trace(rgba, asked.width, asked.height, asked.wish));
    return { file: file.buffer, backend };
  },

  async costs({ width, height, people, sizes }) {
    // wasm's memory never shrinks: what it is now is the most it was.
    const held = { wasm: memory.buffer.byteLength, engine: network.bytes() };
    return { costs: JSON.parse(network.costs(width, height, people, new Uint32Array(sizes))), memory: held };
  },
};

/** Messages are checked once more here: what reaches the engine is what it was made for. */
const checked = {
  load({ source, reference, backend }) {
    const { url, kept, files, folders } = source ?? {};
    const isFile = (file) => ['Blob', 'File'].includes(tagOf(file));
    const isSource =
      isAddress(url) ||
      typeof kept === 'string' ||
      (Array.isArray(files) && files.length && files.every(isFile) && isTexts(folders, files.length));
    if (!isSource) throw new TypeError(`source must name a model, not be ${shown(source)}.`);
    if (reference !== '' && !isAddress(reference))
      throw new TypeError(`reference must be an address, not ${shown(reference)}.`);
    backendOf(backend);
  },

  detect({ rgba, frame, width, height, wish }) {
    detectOptions(wish, { model: {} });
    for (const [name, side] of Object.entries({ width, height })) number(name, side, [1, 2 ** 16], { whole: true });
    if (tagOf(frame) === 'VideoFrame') {
      const { displayWidth: w, displayHeight: h } = frame;
      if (w !== width || h !== height) throw new RangeError(`frame has ${w} × ${h} pixels, not ${width} × ${height}.`);
      return;
    }
    if (tagOf(rgba) !== 'ArrayBuffer') throw new TypeError(`rgba must be an ArrayBuffer, not ${shown(rgba)}.`);
    const bytes = width * height * 4;
    if (rgba.byteLength !== bytes)
      throw new RangeError(`rgba has ${rgba.byteLength} bytes, not the ${bytes} of ${width} × ${height} pixels.`);
  },

  follow(asked) {
    checked.detect(asked);
    streamOptions(asked.wish, { model: {} });
    timeOf(asked.timeMs);
    pictureOf(asked);
    for (const name of ['id', 'turn']) number(`stream.${name}`, asked.stream?.[name], [0, 2 ** 31], { whole: true });
  },

  close({ stream }) {
    number('stream', stream, [0, 2 ** 31], { whole: true });
  },

  trace(asked) {
    checked.detect(asked);
    const { stopAfter, gates, attention, ...wish } = asked.wish;
    traceOptions({ ...wish, intervention: { stopAfter, gates, attention } }, { model: {} });
  },

  costs({ width, height, people, sizes }) {
    costsOf(width, height, people, sizes);
  },
};

const isTexts = (list, n) => Array.isArray(list) && list.length === n && list.every((text) => typeof text === 'string');

function isAddress(value) {
  return typeof value === 'string' && /^https?:/.test(value) && addressOf(value) !== null;
}

/** The tracker of a stream, which begins with its first frame, and forgets everybody with each `turn`. */
function streamOf({ id, turn }) {
  if (!streams.has(id)) streams.set(id, { stream: new Stream(), turn });
  const known = streams.get(id);
  if (known.turn !== turn) known.stream.reset();
  known.turn = turn;
  return known.stream;
}

/** The picture's pixels, read here where it came as a frame, and how long that took. */
async function pixels({ rgba, frame, width, height }) {
  const start = performance.now();
  const data = frame ? await readFrame(frame, width, height) : new Uint8ClampedArray(rgba);
  return { rgba: data, ms: performance.now() - start };
}

function found([json, backend], ms) {
  const { speed, ...answer } = JSON.parse(json);
  return { ...answer, speed: { ...speed, preprocess: speed.preprocess + ms }, backend };
}

/** Fetches the engine and starts it; resolves with its memory. */
async function startEngine() {
  const url = hasRelaxedSimd()
    ? new URL('./engine/querypose_relaxed.wasm', import.meta.url)
    : new URL('./engine/querypose_bg.wasm', import.meta.url);
  let broken;
  try {
    const file = pieces(await request(url), url);
    const pull = async (to) => {
      const { done, value } = await file.next().catch((error) => {
        // Whoever reads the stream says it in other words.
        broken = error;
        throw error;
      });
      if (done) to.close();
      else to.enqueue(value);
    };
    // Compiled while it comes, whatever the host calls it.
    const response = new Response(new ReadableStream({ pull }), { headers: { 'content-type': 'application/wasm' } });
    return (await start({ module_or_path: response })).memory;
  } catch (error) {
    const cause = broken ?? error;
    // What fetches says of every file that it is a model's.
    if (cause instanceof QueryPoseError)
      throw cause.code === 'weights' ? new QueryPoseError('engine', cause.message) : cause;
    throw new QueryPoseError(
      'engine',
      `The engine (${nameOf(url)}) could not be started: it arrived damaged, or this page's Content-Security-Policy lacks 'wasm-unsafe-eval' (${reason(cause)}). Reload the page.`,
    );
  }
}

/** A model folder made by a build of the page, which knows its answers; null for everything else. */
async function fetchShipped({ url }, onProgress) {
  return url && new URL(url).pathname.endsWith('/') ? fetchModel(url, onProgress) : null;
}

function shippedModel(url, { manifest, files }) {
  const name = plain(new URL(url).pathname.split('/').at(-2) ?? '');
  const config = new TextDecoder().decode(files['config.json']);
  const weights = files['model.safetensors'];
  return {
    open: (which) =>
      Network.open(config, (at, n) => weights.subarray(at, at + n), weights.length, `${name}/model.safetensors`, which),
    check: { ...manifest.check, rgba: files[manifest.check.picture] },
    facts: { name },
  };
}

/** Opens a model of the visitor's own, and keeps its file for the next visit once it runs. */
async function loadOwn(source, reference, backend, tell) {
  const own = await openOwn(source, (more) => tell('weights', more));
  const total = own.blob.size;
  model = {
    open(which) {
      let loaded = 0;
      let told = 0;
      tell('read', { loaded, total });
      const read = slices(own.blob, (more) => {
        loaded += more;
        if (loaded - told < total / 100) return;
        told = loaded;
        tell('read', { loaded, total });
      });
      return Network.open(own.config, read, total, own.weights, which);
    },
    facts: { name: own.name },
  };
  const openReference = async () => {
    const fetched = reference && (await fetchModel(reference, () => {}));
    const where = reference && ` at ${new URL(reference).pathname}`;
    if (!fetched) throw new Error(`there is no model with known answers${where} to check it with (option reference)`);
    const shipped = shippedModel(reference, fetched);
    return { network: await shipped.open('gpu'), check: shipped.check };
  };
  try {
    ({ network, facts } = await chooseForOwn(model, backend, () => tell('check'), openReference));
  } catch (error) {
    await own.held?.drop();
    throw error;
  }
  // Once the page knows that the model is there.
  setTimeout(async () => postMessage({ type: 'kept', value: await keep(own) }));
  return described({ bytes: total, kept: own.kept, shipped: false, url: source.url ?? '' });
}

function described(more) {
  Object.assign(model.facts, JSON.parse(network.about()), more);
  return { ...facts, model: model.facts };
}

/**
 * What the network gives, and where it ran. Whatever the graphics device dies of, the picture is still here: goes on with
 * the processor.
 * @returns {Promise<[any, string]>}
 */
async function lasting(run) {
  try {
    return [await run(network), facts.backend];
  } catch (error) {
    // What wasm dies of on the way to the device has no code.
    const code = error instanceof WebAssembly.RuntimeError ? 'trap' : error?.code;
    const fault = FAULTS[code];
    if (facts.backend !== 'webgpu' || !fault) throw error;
    // Says nothing of the next picture, which may be smaller.
    if (code === 'limits') {
      spare ??= await model.open('cpu');
      return [await run(spare), 'cpu'];
    }
    const lost = network;
    network = spare ?? (await model.open('cpu'));
    spare = null;
    facts = { ...facts, backend: 'cpu', reason: `${fault} (${reason(error)}), so the processor took over.` };
    postMessage({ type: 'backend', value: facts });
    letGo(lost);
    return [await run(network), 'cpu'];
  }
}

/** What wasm dies of has no words of its own. */
function sentence(error) {
  if (!(error instanceof WebAssembly.RuntimeError)) return error?.message ?? String(error);
  return `The engine stopped in the middle (${error.message}). Most likely ${model?.facts.name ?? 'the model'} needs more memory than this browser gives.`;
}

async function answer(message) {
  const { id, type, ...body } = Object(message);
  try {
    if (!Object.hasOwn(work, String(type))) throw new TypeError(`nothing is known of ${shown(type)}.`);
    if (type !== 'load' && !network) throw new TypeError('no model is open yet.');
    checked[type](body);
    const value = await work[type](body, (value) => postMessage({ id, type: 'progress', value }));
    postMessage({ id, type: 'done', value }, { transfer: [value.file, value.picture].filter(Boolean) });
  } catch (error) {
    const usual = error instanceof TypeError || error instanceof RangeError ? 'argument' : 'engine';
    // A DOMException's is a number, and says nothing here.
    const code = typeof error?.code === 'string' ? error.code : usual;
    postMessage({ id, type: 'error', value: { code, message: sentence(error) } });
  }
}

/** The network on WebGPU is ready: from now on whichever is faster answers. */
async function meets(rival) {
  ({ network, facts } = await compared(model, { network, facts }, rival));
  postMessage({ type: 'backend', value: facts });
  rest();
}

/** Nobody asked for anything for so long: the visitor looks at what was found. */
const QUIET_MS = 2000;
let quiet = 0;
let waiting = 0;
/** The network whose adapter was asked what it likes. */
let tuned = null;

/** Whoever asks next ends the rest. */
function rest() {
  clearTimeout(quiet);
  if (!waiting) quiet = setTimeout(() => inTurn(tune), QUIET_MS);
}

/** Finds out how this adapter likes its work cut. Whoever comes meanwhile is answered first. */
async function tune() {
  if (facts?.backend !== 'webgpu' || network === tuned || !model.check) return;
  const finding = findTile(network, model.check, () => waiting > 0);
  // What the device dies of, the next picture tells; one that falls silent here keeps it no longer than elsewhere.
  const isDone = await withinPatience('auto', finding).catch(() => true);
  if (isDone) tuned = network;
}

let turn = Promise.resolve();
/** One after the other: an engine that is replaced is replaced between two pictures. */
const inTurn = (job) => (turn = turn.then(job));
self.onmessage = ({ data }) => {
  waiting += 1;
  clearTimeout(quiet);
  inTurn(async () => {
    await answer(data);
    waiting -= 1;
    rest();
  });
};
self.onmessageerror = () => answer(null);
postMessage({ type: 'ready' });

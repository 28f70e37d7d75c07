// The worker that owns the wasm engine: GPU handles live and die in the thread that made them.
import { chooseBackend } from './choose.js';
import { fetchModel } from './weights.js';

/** Shipped models lie here; everything else is somebody's own. */
const SHIPPED = new URL('./models/', import.meta.url).href;
/** The shipped model whose known answers check an adapter for other models. */
const KNOWN = new URL('nano/', SHIPPED).href;

let engine = null;
let model = null;
let network = null;
let facts = null;

/** Fetches the engine and starts it: `{ Network, memory }`. */
async function loadEngine() {
  const { default: start, Network } = await import('./engine/querypose.js');
  const { memory } = await start({ module_or_path: new URL('./engine/querypose_bg.wasm', import.meta.url) });
  return { Network, memory };
}

const work = {
  async load({ source, backend }, progress) {
    let bytes = { loaded: 0, total: 0, cached: false };
    const tell = (stage, more) => progress({ stage, ...(bytes = { ...bytes, ...more }) });
    if (!source.url?.startsWith(SHIPPED)) return loadOwn(source, backend, tell);
    const [fetched, started] = await Promise.all([fetchModel(source.url, (more) => tell('weights', more)), loadEngine()]);
    engine = started;
    tell('engine');
    model = shippedModel(source.url, fetched);
    ({ network, facts } = await chooseBackend(model, backend, () => tell('check')));
    return described({ bytes: bytes.total, kept: 'device', shipped: true, url: source.url });
  },

  async detect({ rgba, width, height, threshold, maxPeople, size }) {
    const pixels = new Uint8Array(rgba);
    const found = await lasting(() => network.detect(pixels, width, height, threshold, maxPeople, size));
    return { ...JSON.parse(found), backend: facts.backend };
  },

  async trace({ rgba, width, height, threshold, maxPeople, size, wishes }) {
    const pixels = new Uint8Array(rgba);
    const file = await lasting(() => network.trace(pixels, width, height, threshold, maxPeople, size, wishes));
    return { file: file.buffer, backend: facts.backend };
  },

  async costs({ width, height, people, sizes }) {
    // wasm's memory never shrinks: what it is now is the most it was.
    const memory = { wasm: engine.memory.buffer.byteLength, engine: network.bytes() };
    return { costs: JSON.parse(network.costs(width, height, people, new Uint32Array(sizes))), memory };
  },
};

function shippedModel(url, { manifest, files }) {
  const name = decodeURIComponent(new URL(url).pathname.split('/').at(-2) ?? '');
  const config = new TextDecoder().decode(files['config.json']);
  const weights = files['model.safetensors'];
  return {
    open: (which) => engine.Network.open(config, (at, n) => weights.subarray(at, at + n), weights.length, `${name}/model.safetensors`, which),
    check: { ...manifest.check, rgba: files[manifest.check.picture] },
    facts: { name },
  };
}

/** Opens a model of the visitor's own, and keeps its file for the next visit once it runs. */
async function loadOwn(source, backend, tell) {
  const [{ openOwn, slices, keep }, { chooseForOwn }] = await Promise.all([import('./own/open.js'), import('./own/choose.js')]);
  const [own, started] = await Promise.all([openOwn(source, (more) => tell('weights', more)), loadEngine()]);
  engine = started;
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
      return engine.Network.open(own.config, read, total, own.weights, which);
    },
    facts: { name: own.name },
  };
  const openShipped = async () => {
    const shipped = shippedModel(KNOWN, await fetchModel(KNOWN, () => {}));
    return { network: await shipped.open('gpu'), check: shipped.check };
  };
  try {
    ({ network, facts } = await chooseForOwn(model, backend, () => tell('check'), openShipped));
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

/** Runs the network; whatever the graphics device dies of, the picture is still here: goes on with the processor. */
async function lasting(run) {
  try {
    return await run();
  } catch (error) {
    if (facts.backend !== 'webgpu') throw error;
    const lost = network;
    network = await model.open('cpu');
    facts = { ...facts, backend: 'cpu', reason: `The graphics device stopped (${trimmed(error)}), so the processor took over.` };
    postMessage({ type: 'backend', value: facts });
    lost.free();
    return run();
  }
}

function trimmed(error) {
  return String(error?.message ?? error).trim().replace(/\.$/, '');
}

/** What wasm dies of has no words of its own. */
function sentence(error) {
  if (!(error instanceof WebAssembly.RuntimeError)) return error?.message ?? String(error);
  return `The engine stopped in the middle (${error.message}). Most likely ${model?.facts.name ?? 'the model'} needs more memory than this browser gives.`;
}

self.onmessage = async ({ data: { id, type, ...body } }) => {
  try {
    const value = await work[type](body, (value) => postMessage({ id, type: 'progress', value }));
    postMessage({ id, type: 'done', value }, value.file ? [value.file] : []);
  } catch (error) {
    postMessage({ id, type: 'error', value: { code: error?.code ?? 'engine', message: sentence(error) } });
  }
};

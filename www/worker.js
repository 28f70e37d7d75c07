// The worker that owns the wasm engine: GPU handles live and die in the thread that made them.
import start, { Network } from './engine/querypose.js';
import { chooseBackend } from './choose.js';
import { fetchModel } from './weights.js';

let model = null;
let network = null;
let facts = null;

const work = {
  async load({ url, backend }, progress) {
    let bytes = { loaded: 0, total: 0, cached: false };
    const tell = (stage, more) => progress({ stage, ...(bytes = { ...bytes, ...more }) });
    const [{ manifest, files }] = await Promise.all([
      fetchModel(url, (more) => tell('weights', more)),
      start({ module_or_path: new URL('./engine/querypose_bg.wasm', import.meta.url) }),
    ]);
    tell('engine');
    const config = new TextDecoder().decode(files['config.json']);
    model = {
      open: (which) => Network.open(config, files['model.safetensors'], which),
      check: { ...manifest.check, rgba: files[manifest.check.picture] },
      facts: {
        name: decodeURIComponent(new URL(url).pathname.split('/').at(-2) ?? ''),
        bytes: bytes.total,
        keypoints: JSON.parse(config).keypoints ?? [],
      },
    };
    ({ network, facts } = await chooseBackend(model, backend, () => tell('check')));
    model.facts.threshold = network.threshold();
    return { ...facts, model: model.facts };
  },

  async detect({ rgba, width, height, threshold, maxPeople }) {
    const pixels = new Uint8Array(rgba);
    const found = await lasting(() => network.detect(pixels, width, height, threshold, maxPeople));
    return { ...JSON.parse(found), backend: facts.backend };
  },

  async trace({ rgba, width, height, threshold, maxPeople, wishes }) {
    const pixels = new Uint8Array(rgba);
    const file = await lasting(() => network.trace(pixels, width, height, threshold, maxPeople, wishes));
    return { file: file.buffer, backend: facts.backend };
  },
};

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

self.onmessage = async ({ data: { id, type, ...body } }) => {
  try {
    const value = await work[type](body, (value) => postMessage({ id, type: 'progress', value }));
    postMessage({ id, type: 'done', value }, value.file ? [value.file] : []);
  } catch (error) {
    const message = error?.message ?? String(error);
    postMessage({ id, type: 'error', value: { code: error?.code ?? 'engine', message } });
  }
};

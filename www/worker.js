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
    const run = async () => JSON.parse(await network.detect(pixels, width, height, threshold, maxPeople));
    try {
      return { ...(await run()), backend: facts.backend };
    } catch (error) {
      if (facts.backend !== 'webgpu') throw error;
      // Whatever the graphics device died of, the picture is still here: go on with the processor.
      const lost = network;
      network = await model.open('cpu');
      facts = { ...facts, backend: 'cpu', reason: `The graphics device stopped (${trimmed(error)}), so the processor took over.` };
      postMessage({ type: 'backend', value: facts });
      lost.free();
      return { ...(await run()), backend: facts.backend };
    }
  },
};

function trimmed(error) {
  return String(error?.message ?? error).trim().replace(/\.$/, '');
}

self.onmessage = async ({ data: { id, type, ...body } }) => {
  try {
    const value = await work[type](body, (value) => postMessage({ id, type: 'progress', value }));
    postMessage({ id, type: 'done', value });
  } catch (error) {
    const message = error?.message ?? String(error);
    postMessage({ id, type: 'error', value: { code: error?.code ?? 'engine', message } });
  }
};

// Where to run a model of the visitor's own. Nobody knows its answers, and running it twice may not fit, so the
// adapter is checked with a shipped model, and the own one has to give numbers for one small picture.
import { FAULTS, letGo, refused, withinPatience } from '../choose.js';
import { QueryPoseError, reason } from '../error.js';
import { differs } from '../known.js';
import { useKeptTile } from '../tile.js';

/** Shortest edge of the trial: what counts is that everything fits and runs. */
const TRIAL = 64;

/**
 * Opens `model` by `wanted` and says why there. `openReference()` opens a model on WebGPU whose answers are known.
 */
export async function chooseForOwn(model, wanted, onCheck, openReference) {
  const words = { cpu: 'The processor was asked for.', gpu: 'WebGPU was asked for.' };
  if (wanted === 'cpu') return tried(model, 'cpu', '', words.cpu, onCheck);
  let adapter;
  try {
    const why = wanted === 'auto' ? await speaksAgainst() : '';
    if (why) throw new Error(why);
    const { network, check } = await openReference();
    let wrong;
    try {
      onCheck();
      adapter = network.adapter();
      wrong = await withinPatience(wanted, differs(network, check));
    } finally {
      letGo(network);
    }
    if (wrong) throw new Error(`this adapter (${adapter}) gives wrong answers, ${wrong}`);
  } catch (error) {
    const why = reason(error);
    if (wanted === 'gpu') throw refused(why);
    return tried(model, 'cpu', '', `WebGPU is not used: ${why}.`, onCheck);
  }
  try {
    return await tried(
      model,
      'gpu',
      adapter,
      wanted === 'gpu' ? words.gpu : 'WebGPU gave the right answers here.',
      onCheck,
    );
  } catch (error) {
    // A file that is no model is none for the processor either; what the device has no room for may fit there.
    const isDevices = error.tried || error.code in FAULTS;
    if (wanted === 'gpu' || !isDevices) throw error;
    return tried(model, 'cpu', adapter, `WebGPU cannot run this model here: ${reason(error)}.`, onCheck);
  }
}

async function tried(model, which, adapter, reason, onCheck) {
  const network = await model.open(which);
  onCheck();
  try {
    await useKeptTile(network);
    const rgba = new Uint8Array(TRIAL * TRIAL * 4).fill(128);
    const looked = network.detect(rgba, TRIAL, TRIAL, { threshold: 0, maxPeople: 1, size: TRIAL });
    const { poses } = JSON.parse(await (which === 'gpu' ? withinPatience('gpu', looked) : looked));
    const isNumber = ({ x, y, score }) => [x, y, score].every(Number.isFinite);
    if (!poses.every(({ keypoints }) => keypoints.every(isNumber))) throw new Error('it gives no numbers');
  } catch (error) {
    letGo(network);
    throw Object.assign(new QueryPoseError('engine', `${model.facts.name} cannot be run: ${error.message}`), {
      tried: true,
    });
  }
  return { network, facts: { backend: which === 'gpu' ? 'webgpu' : 'cpu', adapter, reason } };
}

/** Why WebGPU need not be tried, if there is a reason. */
async function speaksAgainst() {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) return 'this browser offers no graphics adapter';
  const { vendor = '', architecture = '', description = '', isFallbackAdapter = false } = adapter.info ?? {};
  // Graphics computed by the processor are slower than using the processor right away.
  const isSoftware =
    isFallbackAdapter || /swiftshader|llvmpipe|basic render/i.test(`${vendor} ${architecture} ${description}`);
  return isSoftware ? 'the only graphics adapter here is made of software' : '';
}

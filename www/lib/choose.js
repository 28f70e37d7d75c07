// Where to run: on the processor at once, and on WebGPU from when this very adapter gave the known answers and is faster.
import { QueryPoseError, reason } from './error.js';
import { detect, differs } from './known.js';
import { within } from './patience.js';
import { useKeptTile } from './tile.js';

/** Errors that are the graphics device's own fault, and how they are told. Only they are a reason to leave it. */
export const FAULTS = {
  lost: 'The graphics device stopped',
  driver: 'The graphics device stopped',
  trap: 'The engine stopped while it used the graphics device',
  memory: 'The graphics device has too little memory',
  limits: 'This is too much for the graphics device',
};

/** A GPU that needs longer than this for its first picture is no help; one that was asked for has more time. */
const PATIENCE_MS = { auto: 30_000, gpu: 300_000 };
/** An adapter may take so long to say that it is there. */
const ADAPTER_MS = 2000;
/** The first picture is not kept waiting for what prepares WebGPU. */
const QUIET_MS = 1000;

/**
 * Opens a network by `wanted` ('auto', 'gpu' or 'cpu') and says why it is the one.
 * With 'gpu', an adapter that fails is an error. With 'auto' it is the processor, which needs no preparation; where there
 * is an adapter the answer has a `rival`, a promise, see `compared`.
 */
export async function chooseBackend(model, wanted, onCheck) {
  if (wanted === 'cpu') return onProcessor(model, onCheck, 'The processor was asked for.');
  if (wanted === 'auto') {
    // It answers while the processor works.
    const adapter = hasAdapter();
    const cpu = await onProcessor(model, onCheck, 'The processor answers until WebGPU is ready.');
    if (!(await adapter)) return compared(model, cpu, await rivalOf(model));
    return { ...cpu, rival: new Promise((resolve) => setTimeout(() => resolve(rivalOf(model)), QUIET_MS)) };
  }
  try {
    const network = await withinPatience(wanted, openGpu(model, onCheck), letGo);
    return { network, facts: { backend: 'webgpu', adapter: network.adapter(), reason: 'WebGPU was asked for.' } };
  } catch (error) {
    throw refused(reason(error));
  }
}

/** The error for who asked for WebGPU. */
export const refused = (why) =>
  new QueryPoseError('webgpu', `WebGPU cannot be used here: ${why}. Choose the processor instead.`);

/** Throws where there is no graphics adapter: nothing need be fetched to know that. */
export async function needsAdapter() {
  if (!(await hasAdapter())) throw refused('this browser offers no graphics adapter');
}

/** Whether a graphics adapter can be had. One that does not say may be slow, and is waited for later. */
async function hasAdapter() {
  const asked = navigator.gpu?.requestAdapter().catch(() => null);
  return asked && within(ADAPTER_MS, asked, '').catch(() => true);
}

/** Why there is no WebGPU, in a sentence. */
const unusable = (error) => `WebGPU cannot be used here: ${reason(error)}.`;

/** The same network on WebGPU, where this very adapter gives the known answers; else `{ why }` not. */
async function rivalOf(model) {
  try {
    return { network: await withinPatience('auto', openGpu(model), letGo) };
  } catch (error) {
    return { why: unusable(error) };
  }
}

/** Which of the two is to go on, the network on the processor or its rival, and why; the other one is let go. */
export async function compared({ check }, cpu, rival) {
  if (rival.why) return { ...cpu, facts: { ...cpu.facts, reason: rival.why } };
  const adapter = rival.network.adapter();
  const stays = (why) => {
    letGo(rival.network);
    return { ...cpu, facts: { ...cpu.facts, adapter, reason: why } };
  };
  try {
    const cpuMs = await time(cpu.network, check);
    // Pictures wait meanwhile.
    const gpuMs = await withinPatience('auto', time(rival.network, check));
    const figures = `${ms(gpuMs)} a picture on WebGPU, ${ms(cpuMs)} on the processor`;
    if (cpuMs < gpuMs) return stays(`The processor is faster here: ${figures}.`);
    letGo(cpu.network);
    return { ...rival, facts: { backend: 'webgpu', adapter, reason: `WebGPU is faster here: ${figures}.` } };
  } catch (error) {
    return stays(unusable(error));
  }
}

async function onProcessor(model, onCheck, reason) {
  const network = await model.open('cpu');
  onCheck();
  // The same steps at a smaller size: the first picture waits for it.
  const wrong = await differs(network, { ...model.check, ...model.check.quick });
  if (wrong)
    throw new QueryPoseError(
      'check',
      `The engine gives wrong answers in this browser: ${wrong}. Please try another browser.`,
    );
  return { network, facts: { backend: 'cpu', adapter: '', reason } };
}

async function openGpu(model, onCheck = () => {}) {
  const network = await model.open('gpu');
  try {
    onCheck();
    await useKeptTile(network);
    const wrong = await differs(network, model.check);
    if (wrong) throw new Error(`this adapter (${network.adapter()}) gives wrong answers, ${wrong}`);
    return network;
  } catch (error) {
    letGo(network);
    throw error;
  }
}

/** Frees a network, also one that wasm died in: that one is still lent to the call it died in, and cannot be freed. */
export function letGo(network) {
  try {
    network.free();
  } catch {
    // Nobody asks it again.
  }
}

/**
 * What a graphics device gives, or an error where nothing comes from it; what comes too late is `dropped`.
 * @type {(wanted: string, promise: Promise<any>, dropped?: (given: any) => void) => Promise<any>}
 */
export async function withinPatience(wanted, promise, dropped = () => {}) {
  const ms = PATIENCE_MS[wanted];
  let isLate = false;
  // Whoever comes too late is not kept waiting with all its memory.
  promise.then(
    (given) => isLate && dropped(given),
    () => {},
  );
  try {
    return await within(ms, promise, `the adapter needed more than ${ms / 1000} seconds for one picture`);
  } catch (error) {
    isLate = error.code === 'timeout';
    throw error;
  }
}

/** Milliseconds of one picture after the first, the better of two; one has to do where it is slow. */
async function time(network, check) {
  let best = Infinity;
  for (let i = 0; i < 2 && !(best < Infinity && best > 500); i++) {
    const start = performance.now();
    await detect(network, check);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function ms(value) {
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

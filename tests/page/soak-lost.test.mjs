// The card lost at every moment: while it is opened, checked, waits, computes, gives its results back, and in Inside.
// There is always an answer: the right people, from the processor, or a sentence that says what happened.
//
// `QUERYPOSE_SOAK=1` loses it 50 times in each state, or as often as QUERYPOSE_SOAK_MINUTES (15) allow: each time but
// in the first state, a software GPU compiles every shader anew.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { blank, choosesGpu, inWorker, launch, open, samePeople } from './harness.mjs';
import { FULL, patience, small } from './small.mjs';

const MODEL = 'models/tiny/';
const TIMES = 50;
/** Longer than anything here takes on a busy machine. */
const HANGS_MS = 240_000;

/** Where the device is destroyed; a number is the most calls of that kind which may come before. */
const STATES = {
  loading: { device: 0, createBuffer: 300, createShaderModule: 30, createComputePipeline: 30, popErrorScope: 2 },
  checking: { writeBuffer: 300, submit: 1, submitted: 1, mapAsync: 1, mapped: 1, getMappedRange: 1 },
  waiting: { now: 0 },
  'in a frame': {
    createCommandEncoder: 0,
    beginComputePass: 0,
    dispatchWorkgroups: 200,
    finish: 0,
    submit: 0,
    submitted: 0,
  },
  'reading back': { mapAsync: 0, mapping: 0, mapped: 0, getMappedRange: 0, unmap: 0 },
  'in Inside': {
    createBuffer: 20,
    createCommandEncoder: 0,
    dispatchWorkgroups: 200,
    submitted: 0,
    mapping: 0,
    mapped: 0,
    getMappedRange: 0,
  },
};

/** In the worker: `{ type: 'lose', at, after }` destroys the device at the call `at`, once `after` others were made. */
const LOSING = `{
  const devices = [];
  let armed = null;
  const lose = () => {
    armed = null;
    for (const device of devices) device.destroy();
    postMessage({ type: 'lost' });
  };
  const strike = (at) => armed?.at === at && armed.after-- <= 0 && lose();
  const wrap = (type, name, after = () => {}) => {
    const call = type.prototype[name];
    type.prototype[name] = function (...args) {
      strike(name);
      const value = call.apply(this, args);
      return after(value) ?? value;
    };
  };
  const names = {
    GPUDevice: ['createBuffer', 'createShaderModule', 'createComputePipeline', 'popErrorScope', 'createCommandEncoder'],
    GPUQueue: ['writeBuffer'],
    GPUBuffer: ['getMappedRange', 'unmap'],
    GPUCommandEncoder: ['beginComputePass', 'finish'],
    GPUComputePassEncoder: ['dispatchWorkgroups'],
  };
  for (const [type, calls] of Object.entries(names)) for (const name of calls) wrap(self[type], name);
  wrap(GPUQueue, 'submit', () => void strike('submitted'));
  wrap(GPUBuffer, 'mapAsync', (mapped) => {
    setTimeout(() => strike('mapping'));
    return mapped.then(() => void strike('mapped'));
  });
  wrap(GPUAdapter, 'requestDevice', (opening) => opening.then((device) => (devices.push(device), strike('device'), device)));
  addEventListener('message', (event) => {
    if (event.data?.type !== 'lose') return;
    event.stopImmediatePropagation();
    armed = event.data;
    strike('now');
  });
}`;

/** In the page: workers can be told to lose their device, the next one from its start. */
function remote() {
  window.lost = 0;
  window.Worker = class extends Worker {
    constructor(...args) {
      super(...args);
      window.lose = (order) => this.postMessage({ type: 'lose', ...order });
      this.addEventListener('message', (event) => {
        if (event.data.type !== 'lost') return;
        event.stopImmediatePropagation();
        window.lost++;
      });
      if (window.fromTheStart) window.lose(window.fromTheStart);
      window.fromTheStart = null;
    }
  };
}

let site, browser, page, known;
before(async () => {
  site = await small(64);
  browser = await launch({ webgpu: true });
  page = await blank(browser, site);
  await inWorker(LOSING)(page, page.context());
  await page.evaluate(remote);
  known = await page.evaluate(
    async ({ model, ms }) => {
      const { QueryPose } = await import('./lib/querypose.js');
      const bitmap = await createImageBitmap(await (await fetch('pictures/collins.jpg')).blob());
      const picture = new OffscreenCanvas(96, 96);
      picture.getContext('2d').drawImage(bitmap, 0, 0, 96, 96);
      const options = { threshold: 0, maxPeople: 2 };
      const late = () => new Promise((resolve) => setTimeout(resolve, ms, { hangs: true }));
      const said = (error) => ({ error: error.name, code: error.code, message: error.message });
      window.settled = (promise) => Promise.race([promise.catch(said), late()]);
      window.load = (backend) => window.settled(QueryPose.load(model, { backend }));
      window.detect = (net) => window.settled(net.detect(picture, options));
      window.trace = (net) =>
        window.settled(
          net.trace(picture, options).then(({ facts, tensors, backend }) => ({
            poses: facts.poses,
            tensors: Object.keys(tensors).length,
            backend,
          })),
        );
      const net = await window.load('cpu');
      const { poses } = await window.detect(net);
      const { tensors } = await window.trace(net);
      net.dispose();
      return { poses, tensors };
    },
    { model: MODEL, ms: HANGS_MS },
  );
});
after(async () => {
  await browser?.close();
  site?.close();
});

/** Loses the device while a network is opened. */
async function whileOpened(order, wanted) {
  const answer = await page.evaluate(
    async ({ order, wanted }) => {
      window.lost = 0;
      window.fromTheStart = order;
      const net = await window.load(wanted);
      if (net.error || net.hangs) return { ...net, lost: window.lost };
      if (/until WebGPU/.test(net.reason))
        await window.settled(new Promise((tell) => net.addEventListener('backend', tell)));
      const { lost } = window;
      const { backend, reason } = net;
      const { poses } = await window.detect(net);
      net.dispose();
      return { backend, reason, poses, lost };
    },
    { order, wanted },
  );
  assert.ok(!answer.hangs, 'it hangs');
  // A software GPU on a busy machine may be given up before it comes to that call.
  const late = wanted === 'auto' && /needed more than 30 seconds/.test(answer.reason);
  assert.equal(answer.lost, late ? 0 : 1, `it was lost: ${answer.reason}`);
  if (wanted === 'gpu') {
    assert.equal(answer.code, 'webgpu', JSON.stringify(answer));
    assert.match(answer.message, /^WebGPU cannot be used here: .{10,}[^.]\. Choose the processor instead\.$/);
    return answer.message;
  }
  assert.equal(answer.backend, 'cpu', JSON.stringify(answer));
  assert.match(answer.reason, /^WebGPU cannot be used here: .{10,}[^.]\.$/);
  samePeople(answer.poses, known.poses, 0.02, 0);
  return answer.reason;
}

/** Loses the device of a network that is open, and asks it twice. */
async function whileUsed(order, call) {
  const answer = await page.evaluate(
    async ({ order, call }) => {
      const net = await window.load('gpu');
      if (net.error || net.hangs) return net;
      const reasons = [];
      net.addEventListener('backend', ({ detail }) => reasons.push(detail.reason));
      window.lost = 0;
      window.lose(order);
      if (order.at === 'now') await new Promise((resolve) => setTimeout(resolve, 300));
      const first = await window[call](net);
      const second = await window.detect(net);
      net.dispose();
      return { first, second, reasons, lost: window.lost };
    },
    { order, call },
  );
  assert.ok(!answer.hangs && !answer.first?.hangs && !answer.second?.hangs, 'it hangs');
  assert.ok(answer.first, JSON.stringify(answer));
  assert.equal(answer.lost, 1, 'it was lost');
  for (const { poses, message } of [answer.first, answer.second]) {
    assert.ok(poses, message);
    samePeople(poses, known.poses, 0.02, 0);
  }
  if (call === 'trace') assert.equal(answer.first.tensors, known.tensors);
  assert.equal(answer.second.backend, 'cpu');
  assert.equal(answer.reasons.length, 1);
  assert.match(answer.reasons[0], /^The graphics device stopped \(.{10,}[^.]\), so the processor took over\.$/);
  return answer.reasons[0];
}

/** Every state in its turn, so that the time is shared; the moment is another one each time. */
function* orders() {
  if (!FULL) {
    yield { state: 'loading', turn: 0, order: { at: Object.keys(STATES.loading)[0], after: 0 } };
    // Between the answer and its reading: the driver's own words are not for visitors.
    yield { state: 'reading back', turn: 0, order: { at: 'getMappedRange', after: 0 } };
    return;
  }
  for (let turn = 0; turn < TIMES; turn++) {
    for (const state of Object.keys(STATES)) {
      const moments = Object.entries(STATES[state]);
      const [at, most] = moments[turn % moments.length];
      yield { state, turn, order: { at, after: most && (turn * 7919) % most } };
    }
  }
}

test('the card is lost', async () => {
  const enough = patience();
  const counts = {};
  const sentences = new Set();
  const faults = [];
  for (const { state, turn, order } of orders()) {
    // What is lost before shaders are compiled costs next to nothing.
    if (state !== 'loading' && enough()) continue;
    const opening = state === 'loading' || state === 'checking';
    const lose = opening
      ? whileOpened(order, turn % 2 ? 'auto' : 'gpu')
      : whileUsed(order, state === 'in Inside' ? 'trace' : 'detect');
    await lose.then(
      (sentence) => sentences.add(sentence),
      (error) => faults.push(`${state}, ${JSON.stringify(order)}: ${error.message}`),
    );
    counts[state] = (counts[state] ?? 0) + 1;
  }
  console.log(`  lost: ${JSON.stringify(counts)}\n  ${[...sentences].join('\n  ')}`);
  assert.deepEqual(faults, []);
  assert.deepEqual(page.notes.errors, []);
});

test('in Inside a network of fewer stages takes over from the recorded one', async () => {
  const page = await open(browser, `${site.url}?model=${MODEL}#inside?sample=collins`);
  page.setDefaultTimeout(HANGS_MS);
  await page.waitForFunction(() => document.getElementById('inside').view?.pass?.live);
  const [range, stages] = await page.evaluate(() => [
    document.querySelector('#inside input[type=range]').value,
    document.getElementById('inside').view.pass.stages,
  ]);
  assert.deepEqual([Number(range), stages], [3, 3]);
  assert.deepEqual(page.notes.errors, []);
  await page.context().close();
});

test('the card is lost under Inside, on the page', { skip: !FULL }, async () => {
  const prepare = async (page, context) => {
    await inWorker(LOSING)(page, context);
    await page.addInitScript(remote);
    await choosesGpu(page);
  };
  const page = await open(browser, `${site.url}?model=${MODEL}#inside?sample=collins`, { prepare });
  page.setDefaultTimeout(HANGS_MS);
  await page.waitForFunction(() => document.getElementById('inside').view?.pass?.backend === 'webgpu');
  await page.evaluate(() => window.lose({ at: 'submitted', after: 0 }));
  await page.click('[data-gates=old]');
  await page.waitForFunction(() =>
    /The joints move by [\d.]+ %/.test(document.querySelector('#inside-sim .said').textContent),
  );
  assert.equal(await page.evaluate(() => window.lost), 1);
  assert.equal(await page.getAttribute('#backend', 'data-backend'), 'cpu');
  assert.match(await page.textContent('#message'), /graphics device stopped .+ the processor took over/);
  assert.deepEqual(page.notes.errors, []);
  await page.context().close();
});

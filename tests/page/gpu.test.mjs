// With WebGPU, on SwiftShader: the same people, every shader compiled by the browser, and adapters that lie or die.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { blank, host, inWorker, launch, loadNet, looked, open, ROOT, says, SLOW } from './harness.mjs';
import { comparesWithCommandLine } from './people.mjs';
import { small } from './small.mjs';

/** A software GPU on a busy machine may need longer than the page waits. */
const LATE = /needed more than 30 seconds for one picture/;

const UNTIL = 'The processor answers until WebGPU is ready.';

/** Why the network runs where it does, once WebGPU is ready or given up. */
async function decided(page) {
  const isDecided = (until) => ![until, ''].includes(document.getElementById('reason').textContent);
  await page.waitForFunction(isDecided, UNTIL, { timeout: SLOW });
  return page.textContent('#reason');
}

let site, quick, browser;
before(async () => {
  site = await host();
  quick = await small();
  browser = await launch({ webgpu: true });
});
after(async () => {
  await browser?.close();
  site?.close();
  quick?.close();
});

/** A page with a network on WebGPU: a software GPU takes its time over each one. */
let own;
test('the people on WebGPU are those of the command line on its cpu engine', async () => {
  own = await blank(browser, site);
  const facts = await loadNet(own, 'gpu');
  assert.equal(facts.backend, 'webgpu');
  assert.match(facts.adapter, /./);
  await comparesWithCommandLine(own, ['collins', 'group']);
  assert.deepEqual(own.notes.errors, []);
  assert.deepEqual(own.notes.elsewhere, []);
});

test('what is asked wrongly, or is too large, is no reason to leave the device', async () => {
  const { refused, events, backend, answers } = await own.evaluate(async () => {
    const { net } = window;
    const events = [];
    net.addEventListener('backend', ({ detail }) => events.push(detail.reason));
    const fails = (promise) =>
      promise.then(
        () => 'no error',
        (error) => `${error.name} ${error.code ?? ''}: ${error.message}`,
      );
    const small = new ImageData(32, 32);
    const refused = [
      await fails(net.detect(small, { size: 5000 })),
      // Only the engine knows how many stages there are.
      await fails(net.trace(small, { size: 32, intervention: { stopAfter: 16 } })),
      await fails(net.detect(new OffscreenCanvas(13_000, 10_000))),
    ];
    const { backend } = await net.detect(small, { size: 32 });
    return { refused, events, backend, answers: net.backend };
  });
  assert.match(refused[0], /^RangeError : size is 5000/);
  assert.match(refused[1], /^QueryPoseError argument: cannot stop after stage 16/);
  assert.match(refused[2], /^QueryPoseError too-large: .+130 million pixels/);
  assert.deepEqual([events, backend, answers], [[], 'webgpu', 'webgpu']);
  await own.context().close();
});

test('a size that needs more memory than there is: the processor tries, says so, and the device stays', async () => {
  // Of the processor's 4 GB, which nano does not fill at any size, a quarter.
  const poor = await launch({ webgpu: true, args: ['--js-flags=--expose-gc --wasm-max-mem-pages=16384'] });
  const page = await blank(poor, quick);
  const { answers, events, afterwards } = await page.evaluate(async () => {
    const { QueryPose } = await import('./lib/querypose.js');
    const at = async (name) => (await fetch(`models/nano/${name}`)).blob();
    const config = JSON.parse(await (await at('config.json')).text());
    Object.assign(config.image, { shortest_edge: 4096, longest_edge: 4096 });
    const files = [
      new File([JSON.stringify(config)], 'config.json'),
      new File([await at('model.safetensors')], 'model.safetensors'),
    ];
    const net = await QueryPose.load(files, { backend: 'gpu', reference: 'models/nano/' });
    const events = [];
    net.addEventListener('backend', ({ detail }) => events.push(`${detail.backend}: ${detail.reason}`));
    const small = new ImageData(64, 64);
    const answers = [];
    for (let i = 0; i < 2; i++) answers.push(await net.detect(small).catch(({ code, message }) => [code, message]));
    const { backend, poses } = await net.detect(small, { size: 64 });
    return { answers, events, afterwards: [backend, net.backend, Array.isArray(poses)] };
  });
  // One step alone has 144 channels of 2048 × 2048 px between, 2.4 GB on a graphics card.
  const needs = /^this takes \d{4,} MB of memory, which are not to be had here; use a smaller size or model$/i;
  for (const [code, message] of answers) {
    assert.equal(code, 'memory');
    assert.match(message, needs);
  }
  assert.deepEqual(events, []);
  assert.deepEqual(afterwards, ['webgpu', 'webgpu', true]);
  await poor.close();
});

/** A page that measures, whose workers can be told to lose the device. */
let page;
test('auto answers from the processor at once, measures both and says which is faster', async () => {
  const losing = `{
    const devices = [];
    const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...args) {
      devices.push(await request.apply(this, args));
      return devices.at(-1);
    };
    addEventListener('message', (event) => {
      if (event.data.type !== 'lose') return;
      event.stopImmediatePropagation();
      devices.forEach((device) => device.destroy());
    });
  }`;
  const prepare = async (page, context) => {
    await inWorker(losing)(page, context);
    await page.addInitScript(() => {
      window.workers = [];
      window.Worker = class extends Worker {
        constructor(...args) {
          super(...args);
          window.workers.push(this);
        }
      };
    });
  };
  page = await open(browser, quick.url, { prepare });
  await looked(page);
  assert.equal(await page.textContent('#reason'), UNTIL);
  assert.equal(await page.getAttribute('#backend', 'data-backend'), 'cpu');
  const measured = /^(The processor|WebGPU) is faster here: \d.* ms a picture on WebGPU, \d.* ms on the processor\.$/;
  const reason = await decided(page);
  assert.ok(measured.test(reason) || LATE.test(reason), reason);
  console.log(`  ${reason}`);
});

test('WebGPU that is faster takes over between two pictures, and streams go on', async (t) => {
  // A clock that goes on by ten seconds whenever it is looked at and the device was not used since.
  const slow = `{
    let [used, more] = [false, 0];
    const submit = GPUQueue.prototype.submit;
    GPUQueue.prototype.submit = function (...args) {
      used = true;
      return submit.apply(this, args);
    };
    const now = performance.now.bind(performance);
    performance.now = () => {
      more += used ? 0 : 10_000;
      used = false;
      return now() + more;
    };
  }`;
  const page = await blank(browser, quick);
  await inWorker(slow)(page, page.context());
  const { seen, reasons, late } = await page.evaluate(async () => {
    const { QueryPose } = await import('./lib/querypose.js');
    const net = await QueryPose.load('models/nano/');
    const reasons = [net.reason];
    const decided = new Promise((resolve) => net.addEventListener('backend', resolve, { once: true }));
    const bitmap = await createImageBitmap(await (await fetch('pictures/collins.jpg')).blob());
    const stream = net.stream({ threshold: 0.05 });
    const seen = [];
    for (const time of [0, 100, 200]) {
      if (time === 200) reasons.push((await decided).detail.reason);
      const { poses, backend } = await stream.detect(bitmap, time);
      seen.push([backend, poses.length > 0, poses[0]?.id]);
    }
    net.dispose();
    return { seen, reasons, late: net.backend };
  });
  assert.equal(reasons[0], UNTIL);
  if (LATE.test(reasons[1])) return t.skip(reasons[1]);
  assert.match(reasons[1], /^WebGPU is faster here: \d+ ms a picture on WebGPU, \d{5,} ms on the processor\.$/);
  assert.deepEqual(seen, [
    ['cpu', true, undefined],
    ['cpu', true, 1],
    ['webgpu', true, 1],
  ]);
  assert.equal(late, 'webgpu');
  await page.context().close();
});

test('a device that falls silent after its check keeps no picture waiting for ever', async () => {
  // And then a second is as long as the thirty that it has.
  const silent = `{
    let answers = 0;
    const map = GPUBuffer.prototype.mapAsync;
    GPUBuffer.prototype.mapAsync = function (...args) {
      return answers++ ? new Promise(() => {}) : map.apply(this, args);
    };
    const later = setTimeout;
    self.setTimeout = (then, ms) => later(then, answers && ms === 30_000 ? 1000 : ms);
  }`;
  const page = await blank(browser, quick);
  await inWorker(silent)(page, page.context());
  const [reason, backend, people] = await page.evaluate(async () => {
    const { QueryPose } = await import('./lib/querypose.js');
    const net = await QueryPose.load('models/nano/');
    const { detail } = await new Promise((resolve) => net.addEventListener('backend', resolve));
    const { backend, poses } = await net.detect(await (await fetch('pictures/collins.jpg')).blob());
    net.dispose();
    return [detail.reason, backend, poses.length];
  });
  assert.match(reason, LATE);
  assert.deepEqual([backend, people > 0], ['cpu', true]);
  await page.context().close();
});

test('a device that is lost hands over to the processor', async () => {
  const n = Number(await page.evaluate(() => document.body.dataset.looked));
  await page.selectOption('#wanted', 'gpu');
  await looked(page, n);
  assert.equal(await page.getAttribute('#backend', 'data-backend'), 'webgpu');
  await page.evaluate(() => window.workers.at(-1).postMessage({ type: 'lose' }));
  await page.click('#samples button >> nth=1');
  await says(page, /graphics device stopped .+ the processor took over/);
  await looked(page, n + 1);
  assert.equal(await page.getAttribute('#backend', 'data-backend'), 'cpu');
});

test('who is known in a stream stays known when the processor takes over', async () => {
  const seen = await page.evaluate(async () => {
    const { QueryPose } = await import('./lib/querypose.js');
    const net = await QueryPose.load('models/nano/', { backend: 'gpu' });
    const worker = window.workers.at(-1);
    const stream = net.stream({ threshold: 0.05 });
    const bitmap = await createImageBitmap(await (await fetch('pictures/collins.jpg')).blob());
    const seen = [];
    for (const time of [0, 100, 200]) {
      if (time === 200) worker.postMessage({ type: 'lose' });
      const { poses, backend } = await stream.detect(bitmap, time);
      seen.push([backend, poses.length > 0, poses[0]?.id]);
    }
    net.dispose();
    return seen;
  });
  assert.deepEqual(seen, [
    ['webgpu', true, undefined],
    ['webgpu', true, 1],
    ['cpu', true, 1],
  ]);
  await page.context().close();
});

test('how matrix products are cut on an adapter is tried in a quiet moment, kept, and used on the next visit', async () => {
  // A clock that is slow makes a software GPU as quick as a card; what is compiled says how things are cut.
  const watched = `{
    const now = performance.now.bind(performance);
    performance.now = () => now() / 100;
    const { createShaderModule } = GPUDevice.prototype;
    const seen = new BroadcastChannel('cuts');
    GPUDevice.prototype.createShaderModule = function (text) {
      const [, tall] = /const TALL: u32 = (\\d)/.exec(text.code) ?? [];
      if (tall) seen.postMessage(tall);
      return createShaderModule.call(this, text);
    };
  }`;
  const page = await blank(browser, quick);
  await inWorker(watched)(page, page.context());
  const visit = () =>
    page.evaluate(async () => {
      const { QueryPose } = await import('./lib/querypose.js');
      const cuts = new Set();
      const seen = new BroadcastChannel('cuts');
      seen.onmessage = ({ data }) => cuts.add(data);
      const net = await QueryPose.load('models/tiny/', { backend: 'gpu' });
      const picture = await (await fetch('pictures/collins.jpg')).blob();
      const people = async () => (await net.detect(picture, { threshold: 0, maxPeople: 3 })).poses;
      const before = await people();
      const atOnce = [...cuts].sort().join('');
      const kept = async () => {
        const cache = await caches.open('querypose-tiles');
        const [entry] = await cache.keys();
        return entry && [entry.url, await (await cache.match(entry)).text()];
      };
      // Somebody comes while it is tried, and is answered first.
      await new Promise((resolve) => setTimeout(resolve, 2300));
      const meanwhile = await people();
      while (!(await kept())) await new Promise((resolve) => setTimeout(resolve, 100));
      const after = await people();
      const [url, tile] = await kept();
      const points = (poses) => poses.flatMap(({ keypoints }) => keypoints.flatMap(({ x, y }) => [x, y]));
      const [a, b, c] = [before, meanwhile, after].map(points);
      const off = Math.max(...a.map((value, i) => Math.max(Math.abs(value - b[i]), Math.abs(value - c[i]))));
      const { adapter } = net;
      net.dispose();
      seen.close();
      return { atOnce, atLast: [...cuts].sort().join(''), url, tile, adapter, off, joints: a.length };
    });
  const keep = (tile) =>
    page.evaluate(async (tile) => {
      const cache = await caches.open('querypose-tiles');
      const [entry] = await cache.keys();
      await cache.put(entry, new Response(tile));
    }, tile);
  const first = await visit();
  assert.equal(new URL(first.url).searchParams.get('adapter'), first.adapter);
  assert.match(first.tile, /^[012]$/);
  assert.equal(first.atLast, '01', 'every cut was compiled');
  assert.ok(first.joints > 0 && first.off < 0.01, `${first.joints} numbers, ${first.off} px`);
  assert.equal(first.atOnce, '01', 'a software GPU likes tall tiles');
  await keep('0');
  const second = await visit();
  assert.deepEqual([second.atOnce, second.atLast, second.tile], ['0', '0', '0'], 'as it was kept, and no other');
  // What nobody here wrote is as good as nothing.
  await keep('3');
  const third = await visit();
  assert.equal(third.atLast, '01');
  await page.context().close();
});

test('every shader is compiled by the browser', async () => {
  const file = join(ROOT, 'target/tmp/shaders.json');
  assert.ok(existsSync(file), `${file} is missing; write it with: cargo test --release --test shaders`);
  const shaders = JSON.parse(readFileSync(file, 'utf8'));
  const page = await blank(browser, site);
  const complaints = await page.evaluate(async (shaders) => {
    const device = await (await navigator.gpu.requestAdapter()).requestDevice();
    const complaints = [];
    // Every text is checked; one of each shader also becomes a pipeline, which takes a software GPU a while.
    const piped = new Set();
    for (const [name, code] of Object.entries(shaders)) {
      device.pushErrorScope('validation');
      const module = device.createShaderModule({ code });
      const { messages } = await module.getCompilationInfo();
      const [stem] = name.split(' ');
      if (!piped.has(stem)) device.createComputePipeline({ layout: 'auto', compute: { module } });
      piped.add(stem);
      const error = await device.popErrorScope();
      const said = messages.filter((m) => m.type === 'error').map((m) => `line ${m.lineNum}: ${m.message}`);
      if (error || said.length) complaints.push(`${name}: ${said.join('; ') || error.message}`);
    }
    device.destroy();
    return complaints;
  }, shaders);
  assert.ok(Object.keys(shaders).length > 20, 'a shader for each operation');
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test('an adapter that computes something else is noticed', async () => {
  // Each dispatch does one workgroup less work than it should.
  const lying = `{
    const dispatch = GPUComputePassEncoder.prototype.dispatchWorkgroups;
    GPUComputePassEncoder.prototype.dispatchWorkgroups = function (x, y, z) {
      return dispatch.call(this, Math.max(1, x >> 1), y, z);
    };
  }`;
  const page = await open(browser, quick.url, { prepare: inWorker(lying) });
  await looked(page);
  const noticed = /^WebGPU cannot be used here: this adapter .+ gives wrong answers/;
  const reason = await decided(page);
  if (LATE.test(reason))
    await assert.rejects(loadNet(page, 'gpu'), ({ message }) => noticed.test(message.replace(/^.*?(?=WebGPU)/s, '')));
  else assert.match(reason, noticed);
  assert.equal(await page.getAttribute('#backend', 'data-backend'), 'cpu');
  await page.context().close();
});

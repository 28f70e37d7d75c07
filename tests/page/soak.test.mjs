// Long use: thousands of camera frames, hundreds of picture sizes and networks; memory stays level, answers stay the
// same.
//
// `QUERYPOSE_SOAK=1 node --test tests/page/soak*.test.mjs` does all of it, each test for QUERYPOSE_SOAK_MINUTES (15) at
// most: a software GPU on a shared machine may not get to the end, and the test says how far it came.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { blank, choosesGpu, fakeCamera, inWorker, launch, looked, memory, open } from './harness.mjs';
import { FULL, patience, small } from './small.mjs';

const ALL = { cpu: { frames: 10_000, sizes: 300, networks: 200 }, gpu: { frames: 2_000, sizes: 300, networks: 200 } };
const FEW = { cpu: { frames: 90, sizes: 16, networks: 8 }, gpu: { frames: 0, sizes: 6, networks: 0 } };
const COUNTS = FULL ? ALL : FEW;
/** On the software GPU the network is the tiny one: what counts there is the engine, whose steps are the same. */
const MODEL = { cpu: 'models/nano/', gpu: 'models/tiny/' };
/** Looks before memory is read the first time: buffers for one picture and the next are there by then. */
const WARM = { frames: 30, sizes: FULL ? 100 : 8, networks: 4 };
/** Everything but the network service, which keeps what it fetched as long as it likes. */
const PROCESSES = ['browser', 'renderer', 'GPU'];

/** In the worker: bytes of buffers on the card that were made and not given back; garbage does not count. */
const COUNTING = `{
  const sizes = new Map();
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (wish) {
    const buffer = createBuffer.call(this, wish);
    sizes.set(buffer, wish.size);
    return buffer;
  };
  const { destroy } = GPUBuffer.prototype;
  GPUBuffer.prototype.destroy = function () {
    sizes.delete(this);
    return destroy.call(this);
  };
  globalThis.onCard = () => [...sizes.values()].reduce((sum, size) => sum + size, 0);
}`;

let site, browsers;
before(async () => {
  site = await small(96);
  const args = fakeCamera(await smallFilm());
  browsers = { cpu: await launch({ args }), gpu: await launch({ webgpu: true, args }) };
});
after(async () => {
  for (const browser of Object.values(browsers ?? {})) await browser.close();
  site?.close();
});

/** Two frames of 128 × 128 px: what is drawn and scaled is not what is tested here. */
async function smallFilm() {
  const browser = await launch();
  const page = await blank(browser, site);
  const base64 = await page.evaluate(async () => {
    const bitmap = await createImageBitmap(await (await fetch('pictures/collins.jpg')).blob());
    const canvas = new OffscreenCanvas(128, 128);
    canvas.getContext('2d').drawImage(bitmap, 0, 0, 128, 128);
    const bytes = new Uint8Array(
      await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })).arrayBuffer(),
    );
    return btoa(String.fromCharCode(...bytes));
  });
  await browser.close();
  const frame = Buffer.from(base64, 'base64');
  return Buffer.concat([frame, frame]);
}

/** Megabytes: of the page's objects, of the browser's processes, and what the engine tells of its own. */
async function figures(page, held) {
  const session = await page.context().browser().newBrowserCDPSession();
  const rss = await memory(session, page, PROCESSES);
  await session.detach();
  const own = await page.context().newCDPSession(page);
  const { usedSize } = await own.send('Runtime.getHeapUsage');
  await own.detach();
  return { rss, heap: usedSize / 1e6, ...(await held()) };
}

const shown = (all) =>
  Object.entries(all)
    .map(([name, mb]) => `${name} ${mb.toFixed(1)}`)
    .join(', ');

/** Asserts that nothing grew with what was done in between. A picture of the camera is 1 MB, a network 10 to 60. */
function level(what, done, first, last) {
  console.log(`  ${what}: ${done}; MB before: ${shown(first)}; after: ${shown(last)}`);
  assert.ok(last.rss - first.rss < 80, `the processes grew by ${(last.rss - first.rss).toFixed(0)} MB`);
  assert.ok(last.heap - first.heap < 4, `the page grew by ${(last.heap - first.heap).toFixed(1)} MB`);
  // Memory of wasm never shrinks, and its largest picture may come late.
  for (const name of ['wasm', 'engine'])
    assert.ok(last[name] <= 1.5 * first[name], `${name}: ${last[name]} MB instead of ${first[name]}`);
}

/** What "About this model" says of memory. */
async function told(page, backend) {
  const read = () =>
    page.evaluate(
      () =>
        [...document.querySelectorAll('#model-facts div')].find((row) => row.children[0].textContent === 'Memory')
          ?.children[1].textContent,
    );
  await page.evaluate(() => (document.getElementById('about').open = true));
  await page.waitForFunction(() => /Memory/.test(document.getElementById('model-facts').textContent));
  const [wasm, engine = 0] = (await read()).match(/[\d.]+(?= MB)/g).map(Number);
  assert.equal(engine > 0, backend === 'gpu');
  return { wasm, engine };
}

for (const backend of ['cpu', 'gpu']) {
  const { frames, sizes, networks } = COUNTS[backend];
  const { [backend]: model } = MODEL;

  test(`${frames} frames of a camera on ${backend}`, { skip: frames === 0 }, async () => {
    const page = await open(browsers[backend], `${site.url}?model=${model}`, {
      prepare: backend === 'gpu' ? choosesGpu : undefined,
    });
    let n = await looked(page);
    assert.equal(await page.getAttribute('#backend', 'data-backend'), backend === 'gpu' ? 'webgpu' : 'cpu');
    await page.click('#camera');
    n = await looked(page, n + Math.min(WARM.frames, frames / 3));
    const held = () => told(page, backend);
    const first = await figures(page, held);
    const enough = patience();
    const begin = n;
    while (n - begin < frames && !enough()) n = await looked(page, Math.min(n + 20, begin + frames - 1));
    const people = await page.textContent('#count');
    level(
      `camera on ${backend}`,
      `${n - begin} frames, ${people} people, ${await page.textContent('#fps')} a second`,
      first,
      await figures(page, held),
    );
    assert.match(people, /^\d+$/);
    assert.equal(await page.getAttribute('#backend', 'data-backend'), backend === 'gpu' ? 'webgpu' : 'cpu');
    assert.deepEqual(page.notes.errors, []);
    await page.context().close();
  });

  test(`${sizes} picture sizes on ${backend}`, { skip: sizes === 0 }, async () => {
    const page = await blank(browsers[backend], site);
    if (backend === 'gpu') await inWorker(COUNTING)(page, page.context());
    await page.evaluate(
      async ({ backend, model }) => {
        const { QueryPose } = await import('./lib/querypose.js');
        window.net = await QueryPose.load(model, { backend });
        const bitmap = await createImageBitmap(await (await fetch('pictures/collins.jpg')).blob());
        window.look = async (width, height) => {
          const canvas = new OffscreenCanvas(width, height);
          canvas.getContext('2d').drawImage(bitmap, 0, 0, width, height);
          return JSON.stringify((await window.net.detect(canvas, { threshold: 0.1, maxPeople: 2 })).poses);
        };
        window.held = async () => {
          const { memory } = await window.net.costs(96, 96, 1, [64]);
          return { wasm: memory.wasm / 1e6, engine: memory.engine / 1e6 };
        };
      },
      { backend, model },
    );
    const held = () => page.evaluate(() => window.held());
    const look = (size) => page.evaluate((size) => window.look(...size), size);
    // Flat, tall and tiny ones too.
    const size = (i) =>
      [
        [1600, 100],
        [100, 1600],
        [1, 1],
      ][i] ?? [40 + ((i * 7919) % 1201), 40 + ((i * 104_729) % 997)];
    const known = await look([300, 200]);
    const enough = patience();
    let done = 0;
    for (; done < Math.min(WARM.sizes, sizes); done++) await look(size(done));
    const first = await figures(page, held);
    for (; done < sizes && !enough(); done++) await look(size(done));
    const last = await figures(page, held);
    if (backend === 'gpu') {
      const there = (await page.workers()[0].evaluate(() => globalThis.onCard())) / 1e6;
      console.log(`  on the card ${there.toFixed(1)} MB, told ${last.engine.toFixed(1)} MB`);
      assert.ok(
        there <= 1.1 * last.engine,
        `${there} MB of buffers are on the card, not the ${last.engine} MB that are used`,
      );
    }
    level(`sizes on ${backend}`, `${done} sizes`, first, last);
    assert.equal(await look([300, 200]), known, 'and the answer is the same as before');
    assert.deepEqual(page.notes.errors, []);
    await page.context().close();
  });

  test(`${networks} networks on ${backend}, opened, used and disposed of`, { skip: networks === 0 }, async () => {
    const page = await blank(browsers[backend], site);
    const cycle = (i) =>
      page.evaluate(
        async ({ i, backend, model }) => {
          const { QueryPose } = await import('./lib/querypose.js');
          // Each third is given up on its way, at another moment each time.
          const stop = new AbortController();
          if (i % 3 === 2) setTimeout(() => stop.abort(), (i * 37) % 700);
          const net = await QueryPose.load(model, { backend, signal: stop.signal }).catch((error) => error);
          if (net instanceof Error) return net.name;
          const { poses } = await net.detect(new ImageData(48, 48), { maxPeople: 1, threshold: 0 });
          const { memory } = await net.costs(96, 96, 1, [64]);
          net.dispose();
          window.held = { wasm: memory.wasm / 1e6, engine: memory.engine / 1e6 };
          return poses.length;
        },
        { i, backend, model },
      );
    const held = () => page.evaluate(() => window.held);
    const enough = patience();
    const answers = [];
    while (answers.length < WARM.networks) answers.push(await cycle(answers.length));
    const first = await figures(page, held);
    while (answers.length < networks && !enough()) answers.push(await cycle(answers.length));
    const opened = answers.filter((answer) => answer === 1).length;
    level(
      `networks on ${backend}`,
      `${opened} opened, ${answers.length - opened} given up`,
      first,
      await figures(page, held),
    );
    assert.deepEqual(
      [...new Set(answers)].filter((answer) => answer !== 1 && answer !== 'AbortError'),
      [],
    );
    for (let tries = 0; page.workers().length > 0 && tries < 100; tries++) await page.waitForTimeout(100);
    assert.equal(page.workers().length, 0, 'no worker is left');
    assert.deepEqual(page.notes.errors, []);
    await page.context().close();
  });
}

// Choosing models and sizes: files and folders of the visitor's own, kept ones, addresses, hostile files, cancelling.
//
// `QUERYPOSE_LARGE=1` also loads ResNet-50 light at its real size (378 MB in f16), which takes minutes; its weights are
// made by: cargo test --release --test golden -- --ignored write_res50
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  blank,
  commandLine,
  DIST,
  host,
  inWorker,
  launch,
  looked,
  open,
  ROOT,
  samePeople,
  says,
  screenshot,
  SLOW,
} from './harness.mjs';
import { decoded, SAME } from './people.mjs';
import { configAt } from './small.mjs';

const SMALL = 256;
/** What 800 and 1333 px become when the shortest edge is 256. */
const EDGES = ['--edges', '256,427'];
const THRESHOLD = 0.3;

let site, browser, scene;
before(async () => {
  site = await host();
  browser = await launch();
  scene = mkdtempSync(join(tmpdir(), 'querypose-models-'));
  writeFileSync(file('light.pth'), gunzipSync(readFileSync(join(ROOT, 'tests/fixtures/pth/light.pth.gz'))));
  // Random weights see in a JPEG decoder's last bits what no trained network would: they get a PNG.
  const page = await open(browser, `${site.url}icon.svg`);
  const pixels = await page.evaluate(async (side) => {
    const bitmap = await createImageBitmap(await (await fetch('pictures/hopper.jpg')).blob());
    const canvas = new OffscreenCanvas(side, side);
    canvas.getContext('2d').drawImage(bitmap, 0, 0, side, side);
    const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
    return Array.from(bytes);
  }, 96);
  writeFileSync(file('scene.png'), Buffer.from(pixels));
  await page.context().close();
  querypose(['convert', file('light.pth'), file('mine'), '--dtype', 'f16', ...EDGES]);
});
after(async () => {
  await browser?.close();
  site?.close();
  if (scene) rmSync(scene, { recursive: true });
});

const file = (name) => join(scene, name);

function querypose(run) {
  return execFileSync(join(ROOT, 'target/release/querypose'), run, { encoding: 'utf8', maxBuffer: 1 << 26 });
}

/** Drops files or folders of this machine on the page, as a hand would. */
async function drop(page, ...files) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'])
    await session.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
  await session.detach();
}

/** The name of the model in use, once it is this one. */
async function uses(page, name) {
  const chosen = () => page.evaluate(() => document.getElementById('model').dataset.model);
  await page
    .waitForFunction((name) => document.getElementById('model').dataset.model === name, name, { timeout: SLOW })
    .catch(async () => assert.equal(await chosen(), name, await page.textContent('#message')));
}

/** What "About this model" says. */
async function facts(page) {
  await page.evaluate(() => (document.getElementById('about').open = true));
  await page.waitForFunction(() => /Memory/.test(document.getElementById('model-facts').textContent), null, {
    timeout: SLOW,
  });
  return page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll('#model-facts div')].map((row) => [
        row.children[0].textContent,
        row.children[1].textContent,
      ]),
    ),
  );
}

const sizes = (page) => page.evaluate(() => [...document.getElementById('size').options].map((option) => option.text));

async function kept(page) {
  await page.waitForFunction(
    () => /kept on this device/.test(document.getElementById('model-facts').textContent),
    null,
    { timeout: SLOW },
  );
}

/** The people of a small picture by a model of these files, opened as another page would, and what that took. */
async function peopleOf(page, files, { size, backend = 'cpu', threshold = THRESHOLD, maxPeople = 100 }) {
  await page.evaluate(() =>
    document.body.append(
      Object.assign(document.createElement('input'), { type: 'file', id: 'for-test', multiple: true }),
    ),
  );
  await page.setInputFiles('#for-test', files);
  return page.evaluate(
    async ({ size, backend, threshold, maxPeople, png }) => {
      const { QueryPose } = await import('./lib/querypose.js');
      const read = [];
      const net = await QueryPose.load([...document.getElementById('for-test').files], {
        backend,
        onProgress: ({ stage, loaded, total }) => stage === 'read' && read.push([loaded, total]),
      });
      document.getElementById('for-test').remove();
      const { poses } = await net.detect(new Blob([Uint8Array.from(atob(png), (c) => c.charCodeAt(0))]), {
        threshold,
        maxPeople,
        size,
      });
      const { memory } = await net.costs(96, 96, 1, [64]);
      const { model, adapter } = net;
      net.dispose();
      return { poses, model, memory, adapter, read };
    },
    { size, backend, threshold, maxPeople, png: readFileSync(file('scene.png'), 'base64') },
  );
}

/** What the command line finds in the same pixels. */
const expectedOf = (model, more = []) => commandLine(file('scene.png'), THRESHOLD, ['--model', model, ...more]);

test('sizes: what they cost, what they take here, and the same people as on the command line', async () => {
  const page = await open(browser, site.url);
  let n = await looked(page);
  await page.waitForFunction(() => document.getElementById('size').options.length === 7);
  const before = await sizes(page);
  const config = JSON.parse(readFileSync(join(ROOT, 'www/models/nano/config.json'), 'utf8'));
  const { shortest_edge, adaptive_scale } = config.image;
  const said = /^suits people · now (\d+) px$/.exec(before[0]);
  assert.ok(said, `the size it chose: ${before[0]}`);
  assert.match(before[1], new RegExp(`^${shortest_edge} px · [\\d.]+ GMAC$`), 'its own size, not measured yet');
  const glance = adaptive_scale.first_edge;
  const seen = Number(said[1]) === glance ? `${glance} px` : `${said[1]} px, after a glance at ${glance} px`;
  assert.equal(await page.textContent('#seen'), seen);
  const work = before.slice(2).map((text) => Number(/· ([\d.]+) GMAC/.exec(text)[1]));
  assert.deepEqual(
    work,
    work.toSorted((a, b) => a - b),
  );
  await page.selectOption('#size', String(SMALL));
  n = await looked(page, n);
  await page.waitForFunction(
    (at) => /GMAC · .+ m?s$/.test(document.getElementById('size').options[at].text),
    before.findIndex((text) => text.startsWith(`${SMALL} px`)),
  );
  assert.match(page.url(), /\?size=256$/);

  writeFileSync(file('small.json'), configAt(join(ROOT, 'www/models/nano/config.json'), SMALL));
  const expected = await commandLine(await decoded(page, 'hopper'), 0.1, ['--config', file('small.json')]);
  const [poses, ...chosen] = await page.evaluate(async (size) => {
    const { QueryPose } = await import('./lib/querypose.js');
    const net = await QueryPose.load('models/nano/', { backend: 'cpu' });
    const photo = await (await fetch('pictures/hopper.jpg')).blob();
    const look = (options) => net.detect(photo, { threshold: 0.1, maxPeople: 100, ...options });
    const found = await look({ size });
    const own = await look();
    const same = await look({ size: own.sizes.at(-1) });
    const stream = net.stream();
    const frame = await stream.detect(photo, 0);
    net.dispose();
    return [found.poses, own.poses, same.poses, [found.sizes, own.sizes, same.sizes, frame.sizes], net.model];
  }, SMALL);
  const [own, same, looks, model] = chosen;
  const { firstEdge, edges } = model.adaptiveScale;
  const last = looks[1].at(-1);
  assert.deepEqual(looks, [[SMALL], [firstEdge, last], [last], [model.size]]);
  assert.ok(last >= edges[0] && last <= edges[1] && own.length > 0);
  assert.deepEqual(own, same, 'the answer is that of the last look');
  assert.ok(expected.length > 0, 'there was somebody to compare');
  samePeople(poses, expected, SAME, 0.1);

  await page.reload();
  await looked(page);
  await page.waitForFunction(() => document.getElementById('size').value === '256');
  const shipped = await facts(page);
  assert.match(shipped.Network, /^light QueryPose, MoveNet's body$/);
  assert.match(shipped['Learned numbers'], /^7\.\d million$/);
  const { accuracy, measured, notes } = JSON.parse(readFileSync(join(ROOT, 'www/models/nano/about.json'), 'utf8'));
  assert.equal(shipped.Accuracy, `${accuracy.ap} AP on ${accuracy.on}, ${accuracy.source}`);
  for (const [name, said] of Object.entries({ ...measured, ...notes })) assert.equal(shipped[name], said);
  assert.match(shipped.Sees, /^256 × 256 px$|^\d+ × \d+ px$/);
  await page.selectOption('#size', '0');
  await page.waitForFunction(() => location.search === '');
  assert.deepEqual(page.notes.errors, []);
  await page.context().close();
});

test('a dropped checkpoint, kept for the next visit, and forgotten', async (t) => {
  const page = await open(browser, site.url);
  let n = await looked(page);
  await page.waitForFunction(() => !document.getElementById('own-file').disabled);
  await drop(page, file('light.pth'));
  await uses(page, 'light.pth');
  n = await looked(page, n);
  const known = await facts(page);
  assert.equal(known.Network, 'light QueryPose, resnet');
  assert.match(known.Settings, /read off the file/);
  assert.match(known.File, /^4\.0 MB, /);
  assert.equal(known.Accuracy, undefined, 'nothing was published about it');
  assert.match((await sizes(page))[0], /^800 px · /);
  await kept(page);
  await page.waitForFunction(() => location.search === '?kept=light.pth');
  await t.test('its people are those of the command line', async () => {
    const { poses, model, read } = await peopleOf(page, [file('light.pth')], { size: SMALL });
    const expected = await expectedOf(file('light.pth'), EDGES);
    assert.ok(expected.length > 0, 'there was somebody to compare');
    samePeople(poses, expected, 1, THRESHOLD);
    assert.equal(model.inferred, true);
    assert.ok(
      read.length > 1 && read.every(([loaded, total]) => loaded <= total && total === statSync(file('light.pth')).size),
      'progress in bytes',
    );
  });
  await t.test('the next visit opens it without its file', async () => {
    await page.reload();
    await uses(page, 'light.pth');
    await looked(page);
    await page.selectOption('#model', { label: 'nano' });
    await uses(page, 'nano');
    assert.equal(new URL(page.url()).search, '');
    await page.selectOption('#model', { label: 'light.pth' });
    await uses(page, 'light.pth');
  });
  await t.test('forgotten', async () => {
    await facts(page);
    await page.click('#forget');
    await page.waitForFunction(() => location.search === '');
    assert.match((await facts(page)).File, /until you close the page/);
    await page.goto(`${site.url}?kept=light.pth`);
    await says(page, /light\.pth is not kept on this device any more/);
    await uses(page, 'nano');
    await looked(page);
  });
  assert.deepEqual(page.notes.errors, []);
  assert.deepEqual(page.notes.elsewhere, []);
  await page.context().close();
});

test('a folder, dropped and chosen', async () => {
  const page = await open(browser, site.url);
  await looked(page);
  await page.waitForFunction(() => !document.getElementById('own-file').disabled);
  await drop(page, file('mine'));
  await uses(page, 'mine');
  assert.equal((await facts(page)).Settings, undefined, 'its config.json was read');
  assert.match((await sizes(page))[0], /^256 px · /);
  await page.selectOption('#model', { label: 'nano' });
  await uses(page, 'nano');
  await page.setInputFiles('#own-folder-input', file('mine'));
  await uses(page, 'mine');
  const { poses } = await peopleOf(page, [file('mine/config.json'), file('mine/model.safetensors')], { size: 0 });
  samePeople(poses, await expectedOf(file('mine')), 1, THRESHOLD);
  assert.deepEqual(page.notes.errors, []);
  await page.context().close();
});

/** A checkpoint with a change to its header. */
function altered(name, change) {
  const whole = readFileSync(file('mine/model.safetensors'));
  const length = Number(whole.readBigUInt64LE());
  const header = Buffer.from(JSON.stringify(change(JSON.parse(whole.subarray(8, 8 + length)))));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(file(name), Buffer.concat([size, header, whole.subarray(8 + length)]));
}

test('a config.json that went away after it was chosen is named', async () => {
  const page = await open(browser, site.url);
  await looked(page);
  const folder = file('moved');
  mkdirSync(folder);
  for (const name of ['config.json', 'model.safetensors']) copyFileSync(join(file('mine'), name), join(folder, name));
  await page.evaluate(() =>
    document.body.append(
      Object.assign(document.createElement('input'), { type: 'file', id: 'for-test', multiple: true }),
    ),
  );
  await page.setInputFiles(
    '#for-test',
    ['config.json', 'model.safetensors'].map((name) => join(folder, name)),
  );
  rmSync(join(folder, 'config.json'));
  const { code, message } = await page.evaluate(async () => {
    const { QueryPose } = await import('./lib/querypose.js');
    const files = [...document.getElementById('for-test').files];
    return QueryPose.load(files, { backend: 'cpu' }).catch(({ code, message }) => ({ code, message }));
  });
  assert.equal(code, 'config');
  assert.match(message, /^config\.json: cannot be read \(.+\): was it moved or changed\?$/);
  await page.context().close();
});

test('hostile files: a sentence with file and tensor, and the model before goes on', async (t) => {
  const page = await open(browser, site.url);
  await looked(page);
  await page.waitForFunction(() => !document.getElementById('own-file').disabled);
  const tensor = 'head.head_series.1.linear1.weight';
  writeFileSync(file('cut.pth'), readFileSync(file('light.pth')).subarray(0, 1_000_000));
  writeFileSync(file('letter.safetensors'), 'Dear reader, this is no checkpoint.');
  altered('gap.safetensors', ({ [tensor]: gone, ...rest }) => ({ ...rest, 'somebody.else': gone }));
  altered('turned.safetensors', (header) => ({
    ...header,
    [tensor]: { ...header[tensor], shape: header[tensor].shape.toReversed() },
  }));
  altered('other.safetensors', (header) =>
    Object.fromEntries(Object.entries(header).map(([name, info]) => [name.replace(/^(?!__)(.*)$/, '$1.x'), info])),
  );
  mkdirSync(file('empty'));
  writeFileSync(file('empty/notes.txt'), 'nothing');
  const broken = { ...JSON.parse(readFileSync(file('mine/config.json'), 'utf8')), num_stages: 99 };
  mkdirSync(file('wrong'));
  writeFileSync(file('wrong/config.json'), JSON.stringify(broken));
  writeFileSync(file('wrong/model.safetensors'), readFileSync(file('mine/model.safetensors')));
  mkdirSync(file('pieces'));
  writeFileSync(file('pieces/config.json'), '{}');
  for (const name of ['model-00001-of-00002', 'model-00002-of-00002'])
    writeFileSync(file(`pieces/${name}.safetensors`), readFileSync(file('mine/model.safetensors')));
  const cases = {
    'cut.pth': /cut\.pth: .+cut short.+ nano goes on working\.$/,
    'letter.safetensors': /letter\.safetensors: no safetensors file.+ nano goes on working\.$/,
    'gap.safetensors':
      /gap\.safetensors: tensor "head\.head_series\.1\.linear1\.weight" is missing.+ nano goes on working\.$/,
    'turned.safetensors':
      /turned\.safetensors: tensor "head\.head_series\.1\.linear1\.weight" has the shape .+ nano goes on working\.$/,
    'other.safetensors': /other\.safetensors: this is no QueryPose.+ nano goes on working\.$/,
    empty: /There is no model here, only notes\.txt\..+ nano goes on working\.$/,
    pieces: /in several pieces: `querypose convert .+ nano goes on working\.$/,
    wrong: /config\.json: num_stages is 99; it must lie between .+ nano goes on working\.$/,
  };
  for (const [name, words] of Object.entries(cases)) {
    await t.test(name, async () => {
      await page.evaluate(() => (document.getElementById('message').textContent = ''));
      await drop(page, file(name));
      await says(page, words);
      assert.equal(await page.getAttribute('#message', 'role'), 'alert');
      const n = Number(await page.evaluate(() => document.body.dataset.looked));
      await page.click(`#samples button >> nth=${n % 2}`);
      await looked(page, n);
      await uses(page, 'nano');
    });
  }
  await t.test('nothing of them was kept', async () => {
    const left = await page.evaluate(async () => (await (await import('./lib/own/keep.js')).kept()).length);
    assert.equal(left, 0);
  });
  assert.deepEqual(page.notes.errors, []);
  await page.context().close();
});

test('cancelled: what was there goes on', async () => {
  // Each piece of a file takes a second to read.
  const slow = `{
    const read = FileReaderSync.prototype.readAsArrayBuffer;
    FileReaderSync.prototype.readAsArrayBuffer = function (blob) {
      for (const end = Date.now() + 1000; Date.now() < end; );
      return read.call(this, blob.slice(0, 1 << 16));
    };
  }`;
  const page = await open(browser, site.url, { prepare: inWorker(slow) });
  let n = await looked(page);
  await page.waitForFunction(() => !document.getElementById('own-file').disabled);
  assert.equal(await page.isVisible('#cancel'), false);
  await page.setInputFiles('#own-file-input', file('light.pth'));
  await says(page, /Reading the network: 0\.0 of 4\.0 MB\./);
  await page.click('#cancel');
  await says(page, /Cancelled\. nano goes on\./);
  assert.equal(await page.isVisible('#loading'), false);
  await page.click('#samples button >> nth=1');
  n = await looked(page, n);
  await uses(page, 'nano');
  assert.deepEqual(page.notes.errors, []);
  await page.context().close();
});

/** Serves a folder below `name`; what `hold` names comes when its promise is there. */
const folderAt =
  (name, at, hold = {}) =>
  (_page, context) =>
    context.route(`**/${name}/*`, async (route) => {
      const path = join(at, basename(new URL(route.request().url()).pathname));
      await hold[basename(path)];
      // Whoever asked may have gone meanwhile.
      await route.fulfill(existsSync(path) ? { path } : { status: 404 }).catch(() => {});
    });

/** A promise, and what fulfils it. */
function gate() {
  let opens;
  const opened = new Promise((resolve) => (opens = resolve));
  return { opened, opens };
}

test('what is no model takes nobody the first network away', async () => {
  const { opened, opens } = gate();
  const nano = join(DIST, 'models/nano');
  const prepare = folderAt('models/nano', nano, { 'model.safetensors': opened });
  const page = await open(browser, site.url, { prepare });
  await page.waitForRequest('**/models/nano/model.safetensors');
  writeFileSync(file('noise.pth'), 'no weights');
  await drop(page, file('noise.pth'));
  await page.waitForRequest('**/models/nano/model.safetensors');
  opens();
  await uses(page, 'nano');
  await looked(page);
  await says(page, /^noise\.pth/);
  assert.deepEqual(page.notes.errors, []);
  await page.context().close();
});

test('a model built elsewhere, run somewhere else while it is fetched', async () => {
  const { opened, opens } = gate();
  const nano = join(DIST, 'models/nano');
  const prepare = folderAt('elsewhere/nano', nano, { 'model.safetensors': opened });
  const page = await open(browser, `${site.url}?model=elsewhere/nano/`, { prepare });
  await page.waitForRequest('**/elsewhere/nano/model.safetensors');
  await page.selectOption('#wanted', 'cpu');
  await page.waitForRequest('**/elsewhere/nano/model.safetensors');
  opens();
  await uses(page, 'nano');
  await looked(page);
  assert.equal((await facts(page)).Accuracy, undefined, 'what was measured is said of what was measured');
  const chosen = await page.evaluate(() => document.getElementById('model').selectedOptions[0].text);
  assert.equal(chosen, '/elsewhere/nano/');
  assert.equal(new URL(page.url()).search, '?model=elsewhere/nano/');
  assert.equal(page.notes.requests.filter((url) => url.endsWith('models/nano/model.safetensors')).length, 0);
  await page.selectOption('#model', { label: 'nano' });
  await page.waitForFunction(() => location.search === '');
  assert.match((await facts(page)).Accuracy, /AP/);
  assert.deepEqual(page.notes.errors, []);
  await page.context().close();
});

test('a chosen folder with others in it', async () => {
  const page = await open(browser, site.url);
  await looked(page);
  await page.waitForFunction(() => !document.getElementById('own-file').disabled);
  const put = (from, ...to) => {
    mkdirSync(join(...to), { recursive: true });
    copyFileSync(file(join('mine', from)), join(...to, from));
  };
  const both = (...to) => ['config.json', 'model.safetensors'].forEach((name) => put(name, ...to));
  // An older try below, whose configuration is another's.
  both(file('tries'), 'newest');
  put('model.safetensors', file('tries'), 'newest/older');
  writeFileSync(file('tries/newest/older/config.json'), '{}');
  writeFileSync(file('tries/config.json'), '{}');
  await page.setInputFiles('#own-folder-input', file('tries'));
  await uses(page, 'newest');
  assert.equal((await facts(page)).Settings, undefined, 'its own config.json was read');
  both(file('tries'), 'second');
  await page.setInputFiles('#own-folder-input', file('tries'));
  await says(
    page,
    /There are several models here: tries\/\w+\/model\.safetensors, tries\/\w+\/model\.safetensors\. Choose/,
  );
  assert.deepEqual(page.notes.errors, []);
  await page.context().close();
});

test('addresses', async (t) => {
  const serve = (_page, context) =>
    context.route('**/mine/*', async (route) => {
      const path = join(scene, 'mine', basename(new URL(route.request().url()).pathname));
      const there = existsSync(path);
      await route.fulfill(
        there ? { path, headers: { etag: '"1"', 'content-length': String(statSync(path).size) } } : { status: 404 },
      );
    });
  const page = await open(browser, `${site.url}?model=mine/&size=320`, { prepare: serve });
  const weights = () => page.notes.requests.filter((url) => url.endsWith('mine/model.safetensors')).length;
  await uses(page, 'mine');
  await looked(page);
  assert.equal(new URL(page.url()).search, '?model=mine/&size=320');
  assert.equal(await page.evaluate(() => document.getElementById('size').value), '320');
  await facts(page);
  await kept(page);
  assert.equal(weights(), 1);
  await t.test('the next visit takes it from the device', async () => {
    await page.reload();
    await says(page, /Opening the network from your last visit|Reading|joint/);
    await uses(page, 'mine');
  });
  await t.test('not there', async () => {
    await page.goto(`${site.url}?model=mine/none.pth`);
    await says(page, /mine\/none\.pth could not be fetched: the server answered 404\./);
    await uses(page, 'nano');
  });
  await t.test('elsewhere', async () => {
    await page.goto(`${site.url}?model=https://example.org/model.pth`);
    await says(page, /only be fetched from this page's own address, not from example\.org/);
    await uses(page, 'nano');
  });
  assert.deepEqual(page.notes.errors, []);
  assert.deepEqual(
    page.notes.elsewhere.filter((url) => !url.startsWith(site.url)),
    [],
  );
  await page.context().close();
});

test('on WebGPU: the same people, and what the graphics device holds', async () => {
  const webgpu = await launch({ webgpu: true });
  const page = await blank(webgpu, site);
  const { poses, memory, adapter } = await peopleOf(page, [file('light.pth')], { size: SMALL, backend: 'gpu' });
  samePeople(poses, await expectedOf(file('light.pth'), EDGES), 1, THRESHOLD);
  assert.ok(memory.engine > statSync(file('light.pth')).size / 2, `${memory.engine} bytes on ${adapter}`);
  assert.deepEqual(page.notes.errors, []);
  await webgpu.close();
});

test('ResNet-50 light at its real size, dropped', {
  skip: !process.env.QUERYPOSE_LARGE && 'set QUERYPOSE_LARGE=1',
}, async (t) => {
  const made = join(ROOT, 'target/tmp/res50_light.safetensors');
  assert.ok(
    existsSync(made),
    `${made} is missing; write it with: cargo test --release --test golden -- --ignored write_res50`,
  );
  const folder = join(ROOT, 'target/tmp/res50_light_small');
  querypose(['convert', made, folder, '--dtype', 'f16', '--edges', '64,107']);
  const files = ['config.json', 'model.safetensors'].map((name) => join(folder, name));
  const bytes = statSync(files[1]).size;
  const run = [
    'detect',
    file('scene.png'),
    '--model',
    folder,
    '--backend',
    'cpu',
    '--format',
    'tfjs',
    '--threshold',
    '0.3',
    '--max-people',
    '1',
  ];
  const expected = [JSON.parse(querypose(run))].flat()[0];
  const mb = (n) => `${(n / 1e6).toFixed(0)} MB`;
  await t.test('on the processor', async () => {
    const page = await open(browser, site.url);
    let n = await looked(page);
    // Random weights find everybody everywhere; their poses would take minutes.
    await page.fill('#threshold', '0.95');
    n = await looked(page, n);
    await page.waitForFunction(() => !document.getElementById('own-file').disabled);
    await drop(page, folder);
    await uses(page, 'res50_light_small');
    await looked(page, n);
    const known = await facts(page);
    console.log(`  ${JSON.stringify(known)}`);
    assert.equal(known.Network, 'light QueryPose, ResNet-50');
    assert.equal(known['Learned numbers'], '189 million');
    await screenshot(page, 'models-real-size');
    await page.selectOption('#model', { label: 'nano' });
    await uses(page, 'nano');
    const { poses, memory } = await peopleOf(page, files, { size: 0, threshold: 0.3, maxPeople: 1 });
    samePeople(poses, expected.poses ?? expected, 1, 0.3);
    console.log(`  file ${mb(bytes)}, wasm's memory at most ${mb(memory.wasm)}`);
    // Packed for the processor, numbers are f32: twice the file.
    assert.ok(memory.wasm < 2.6 * bytes, mb(memory.wasm));
    assert.deepEqual(page.notes.errors, []);
    await page.context().close();
  });
  await t.test('on WebGPU', async () => {
    const webgpu = await launch({ webgpu: true });
    const page = await blank(webgpu, site);
    const { poses, memory, adapter } = await peopleOf(page, files, {
      size: 0,
      threshold: 0.3,
      maxPeople: 1,
      backend: 'gpu',
    });
    samePeople(poses, expected.poses ?? expected, 1, 0.3);
    console.log(
      `  ${adapter}: file ${mb(bytes)}, wasm's memory at most ${mb(memory.wasm)}, graphics memory ${mb(memory.engine)}`,
    );
    assert.ok(memory.wasm < 1.6 * bytes, mb(memory.wasm));
    assert.ok(memory.engine < 1.6 * bytes, mb(memory.engine));
    assert.deepEqual(page.notes.errors, []);
    await webgpu.close();
  });
});

test('how it looks', async (t) => {
  const desktop = { viewport: { width: 1440, height: 900 } };
  const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
  const views = {
    'desktop-light': desktop,
    'desktop-dark': { ...desktop, colorScheme: 'dark' },
    'phone-light': phone,
    'phone-dark': { ...phone, colorScheme: 'dark' },
  };
  for (const [name, context] of Object.entries(views)) {
    await t.test(name, async () => {
      const page = await open(browser, site.url, { context: { ...context, reducedMotion: 'reduce' } });
      await looked(page);
      await page.waitForFunction(() => document.getElementById('size').options.length === 7);
      await facts(page);
      await page.evaluate(() => {
        document.getElementById('own-model').open = true;
        document.querySelector('.rail').scrollTo(0, 1e6);
        scrollTo(0, document.body.scrollHeight);
      });
      await screenshot(page, `models-${name}`);
      const { wide, small } = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        small: [...document.querySelectorAll('button, select, summary')]
          .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44)
          .map((e) => e.textContent),
      }));
      assert.equal(wide, 0, 'nothing sticks out to the side');
      if (context.hasTouch) assert.deepEqual(small, [], 'large enough for a thumb');
      await page.context().close();
    });
  }
});

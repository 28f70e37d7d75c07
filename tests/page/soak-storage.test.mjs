// What is kept on the device, when others are at it too: two tabs at once, a full disk, a tab closed in the middle of a
// download, a clock that is set back.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { blank, inWorker, launch, looked, open, SLOW } from './harness.mjs';
import { small } from './small.mjs';

const LARGE = 600e6;
const DAY = 86_400_000;
const path = (name) => join(site.folder, name);

let site, browser;
before(async () => {
  site = await small(64);
  browser = await launch();
  // A model as its owner would lay it beside the page: without a list of its files.
  mkdirSync(path('mine'));
  for (const name of ['config.json', 'model.safetensors']) cpSync(path(`models/tiny/${name}`), path(`mine/${name}`));
  mkdirSync(path('large'));
  cpSync(path('mine/config.json'), path('large/config.json'));
  writeFileSync(path('large/model.safetensors'), '');
  truncateSync(path('large/model.safetensors'), LARGE);
});
after(async () => {
  await browser?.close();
  site?.close();
});

/** The name of the model in use, once it is this one, and whether it is kept. */
async function uses(page, name, kept) {
  const there = ({ name, kept }) =>
    document.getElementById('model').dataset.model === name &&
    new RegExp(kept).test(document.getElementById('model-facts').textContent);
  await page.evaluate(() => (document.getElementById('about').open = true));
  const said = async () =>
    assert.fail(`${await page.textContent('#message')} ${await page.textContent('#model-facts')}`);
  await page.waitForFunction(there, { name, kept }, { timeout: SLOW }).catch(said);
}

const KEPT = 'kept on this device';
const NOT_KEPT = 'until you close the page';

/** Names of whole models that are kept, and how many folders there are. */
const store = (page) =>
  page.evaluate(async () => {
    const { kept } = await import('./lib/own/keep.js');
    const names = (await kept()).map(({ name }) => name);
    const root = await navigator.storage.getDirectory();
    const room = await root.getDirectoryHandle('querypose-models', { create: true });
    let folders = 0;
    for await (const _ of room.keys()) folders++;
    return { names, folders };
  });

/** Clicks the next sample and waits until it was looked at. */
async function looksAgain(page, sample) {
  const n = await looked(page, -1);
  await page.click(`#samples button >> nth=${sample}`);
  await looked(page, n);
}

test('two tabs at once', async (t) => {
  const one = await open(browser, `${site.url}icon.svg`);
  const two = await one.context().newPage();
  const both = (what) => Promise.all([one, two].map(what));
  await t.test('open and keep the same model', async () => {
    await both((page) => page.goto(`${site.url}?model=mine/`));
    await both((page) => uses(page, 'mine', KEPT));
    await both((page) => looked(page));
    assert.deepEqual((await store(one)).names, ['mine']);
  });
  await t.test('open it from the device', async () => {
    await both((page) => page.goto(`${site.url}?kept=mine`));
    await both((page) => uses(page, 'mine', KEPT));
    await both((page) => looked(page));
  });
  await t.test('one forgets it, the other goes on', async () => {
    await one.click('#forget');
    await uses(one, 'mine', NOT_KEPT);
    await looksAgain(two, 1);
    assert.deepEqual((await store(two)).names, []);
  });
  assert.deepEqual(one.notes.errors, []);
  await one.context().close();
});

test('what one tab has written and tries, another does not tidy away', async () => {
  const page = await blank(browser, site);
  const found = await page.evaluate(async () => {
    const base = new URL('.', location.href).href;
    const script = `
      import { place } from '${base}lib/own/keep.js';
      let blob;
      onmessage = async ({ data }) => {
        if (data === 'read') return postMessage(await blob.text().catch((error) => error.name));
        const there = await place(data, 5);
        there.write(new TextEncoder().encode('model'));
        blob = await there.file();
        postMessage('written');
      };`;
    const start = () =>
      new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })), { type: 'module' });
    const ask = (worker, word) =>
      new Promise((resolve) => Object.assign(worker, { onmessage: ({ data }) => resolve(data) }).postMessage(word));
    const [one, two, three] = [start(), start(), start()];
    await ask(one, 'a');
    await ask(two, 'b');
    const whole = await ask(one, 'read');
    // Whoever is gone has left something broken behind.
    one.terminate();
    for (let tries = 0; tries < 100 && (await navigator.locks.query()).held.length > 1; tries++)
      await new Promise((done) => setTimeout(done, 50));
    await ask(three, 'c');
    const room = await (await navigator.storage.getDirectory()).getDirectoryHandle('querypose-models');
    let folders = 0;
    for await (const _ of room.keys()) folders++;
    return { whole, folders };
  });
  assert.deepEqual(found, { whole: 'model', folders: 2 });
  await page.context().close();
});

test('of several tabs that are done at once, the last one is kept', async () => {
  const page = await blank(browser, site);
  const rounds = await page.evaluate(async () => {
    const base = new URL('.', location.href).href;
    const script = `
      import { place } from '${base}lib/own/keep.js';
      onmessage = async () => {
        const there = await place('mine', 5);
        there.write(new TextEncoder().encode('model'));
        await there.file();
        await there.done({ from: 'here' });
        postMessage('kept');
      };`;
    const at = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
    const workers = Array.from({ length: 4 }, () => new Worker(at, { type: 'module' }));
    const { kept } = await import(`${base}lib/own/keep.js`);
    const rounds = [];
    for (let round = 0; round < 20; round++) {
      const done = (worker) =>
        new Promise((resolve) => Object.assign(worker, { onmessage: resolve }).postMessage('keep'));
      await Promise.all(workers.map(done));
      rounds.push((await kept()).map(({ name }) => name).join());
    }
    return rounds;
  });
  assert.deepEqual(rounds, Array(20).fill('mine'));
  await page.context().close();
});

test('the disk is full', async (t) => {
  // What the browser estimates is not what there is, as on a disk that others write to.
  const lies = 'navigator.storage.estimate = async () => ({ quota: 1e12, usage: 0 });';
  const full = async (page, quotaSize) => {
    const session = await page.context().newCDPSession(page);
    await session.send('Storage.overrideQuotaForOrigin', {
      origin: new URL(site.url).origin,
      ...(quotaSize === undefined ? {} : { quotaSize }),
    });
  };
  const wordless = `{
    const { write } = FileSystemSyncAccessHandle.prototype;
    FileSystemSyncAccessHandle.prototype.write = function (bytes, ...at) {
      if (bytes.length < 5000) throw new DOMException('full', 'QuotaExceededError');
      return write.call(this, bytes, ...at);
    };
  }`;
  const ways = {
    'in the middle of a download': { script: lies, quota: 1_200_000, address: '?model=mine/' },
    'as it is told': { script: '', quota: 1_200_000, address: '?model=mine/' },
    'for a dropped file': { script: lies, quota: 1_200_000, address: '' },
    'for the last few words': { script: wordless, address: '?model=mine/' },
  };
  for (const [name, { script, quota, address }] of Object.entries(ways)) {
    await t.test(name, async () => {
      const page = await open(browser, `${site.url}icon.svg`, { prepare: inWorker(script) });
      await full(page, quota);
      await page.goto(`${site.url}${address}`);
      const n = await looked(page);
      if (!address) {
        await page.waitForFunction(() => !document.getElementById('own-file').disabled);
        await page.setInputFiles('#own-file-input', path('mine/model.safetensors'));
        await looked(page, n);
      }
      await uses(page, address ? 'mine' : 'model.safetensors', NOT_KEPT);
      await looksAgain(page, 1);
      assert.deepEqual((await store(page)).names, []);
      assert.deepEqual(page.notes.errors, []);
      // With room, the next visit keeps it, and what broke before is gone.
      await full(page);
      if (address) {
        await page.unrouteAll();
        await page.context().unrouteAll();
        await page.reload();
        await uses(page, 'mine', KEPT);
        assert.deepEqual(await store(page), { names: ['mine'], folders: 1 });
      }
      await page.context().close();
    });
  }
});

test('a tab is closed in the middle of a download', async () => {
  const page = await open(browser, `${site.url}icon.svg`);
  const context = page.context();
  const closing = await context.newPage();
  await closing.goto(`${site.url}?model=large/`);
  await closing.waitForFunction(() => Number(document.getElementById('progress').value) > 5e6, null, {
    polling: 20,
    timeout: SLOW,
  });
  const { value, max } = await closing.evaluate(() => ({
    value: document.getElementById('progress').value,
    max: document.getElementById('progress').max,
  }));
  assert.ok(value < max && max === LARGE, `${value} of ${max} bytes`);
  await closing.close();
  assert.equal((await fetch(site.url)).status, 200, 'the server goes on');
  assert.equal(site.child.exitCode, null);
  await page.goto(`${site.url}?model=mine/`);
  await uses(page, 'mine', KEPT);
  await looked(page);
  assert.deepEqual(await store(page), { names: ['mine'], folders: 1 }, 'what the closed tab left is tidied away');
  assert.deepEqual(page.notes.errors, []);
  await context.close();
});

test('the clock is set back', async (t) => {
  const back = `{
    const { now } = Date;
    let by = 0;
    Date.now = () => now() - by;
    globalThis.setBack = (ms) => (by = ms);
  }`;
  await t.test('between two versions of a model: the later one is kept', async () => {
    const page = await open(browser, `${site.url}?model=mine/`, { prepare: inWorker('Date.now = () => 4e12;') });
    await uses(page, 'mine', KEPT);
    const { from } = await page.evaluate(async () => (await import('./lib/own/keep.js')).keptModel('mine'));
    await page.context().unrouteAll();
    await inWorker('Date.now = () => 1e12;')(page, page.context());
    const old = new Date(Date.now() - 1000 * DAY);
    utimesSync(path('mine/model.safetensors'), old, old);
    await page.goto(`${site.url}?model=mine/&again`);
    await uses(page, 'mine', KEPT);
    const now = await page.evaluate(async () => (await import('./lib/own/keep.js')).keptModel('mine'));
    assert.notEqual(now.from, from);
    assert.equal(now.at, 1e12);
    assert.deepEqual((await store(page)).names, ['mine']);
    assert.deepEqual(page.notes.errors, []);
    await page.context().close();
  });
  await t.test('while the page looks', async () => {
    const page = await open(browser, site.url, {
      prepare: async (page, context) => {
        await inWorker(back)(page, context);
        await page.addInitScript(back);
      },
    });
    await looked(page);
    await page.evaluate((ms) => globalThis.setBack(ms), 400 * DAY);
    for (const worker of page.workers()) await worker.evaluate((ms) => globalThis.setBack(ms), 400 * DAY);
    for (const sample of [1, 2]) await looksAgain(page, sample);
    assert.match(await page.textContent('#count'), /^\d+$/);
    assert.deepEqual(page.notes.errors, []);
    await page.context().close();
  });
  await t.test('files of the server from another time', async () => {
    const file = path('dated.js');
    const ask = (headers) => fetch(`${site.url}dated.js`, { headers });
    for (const year of [1903, 1960, 1970, 2037, 2100, 2400]) {
      writeFileSync(file, `// ${year}`);
      const date = new Date(Date.UTC(year, 5, 1));
      utimesSync(file, date, date);
      const answer = await ask({});
      const words = await answer.text();
      if (year < 1970)
        assert.match(`${answer.status} ${words}`, /^500 This file is dated before 1970 .+ Give it another date/);
      else assert.deepEqual([answer.status, words], [200, `// ${year}`]);
    }
    // Another file of the same length, older than the one that the browser has.
    const before = await ask({});
    const known = Object.fromEntries(
      [
        ['if-none-match', 'etag'],
        ['if-modified-since', 'last-modified'],
      ].map(([ask, told]) => [ask, before.headers.get(told) ?? '']),
    );
    writeFileSync(file, '// 1999');
    const older = new Date(Date.UTC(1999, 1, 1));
    utimesSync(file, older, older);
    const answer = await ask(known);
    assert.deepEqual([answer.status, await answer.text()], [200, '// 1999']);
    assert.equal(site.child.exitCode, null, 'the server goes on');
  });
});

// Visits without a network: after one visit the page opens, finds people, shows Inside, checks and takes the camera; a new
// build is offered and never forced; where storage is refused the page works without.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createHash } from 'node:crypto';
import { checked, give, scenery, told } from './checking.mjs';
import { asFile, fakeCamera, launch, looked, open, says } from './harness.mjs';
import { small } from './small.mjs';

const ALLOW = { serviceWorkers: 'allow' };

let site, browser, scene;
before(async () => {
  site = await small(128);
  relist();
  browser = await launch({ args: fakeCamera() });
  scene = await scenery(browser, site);
});
after(async () => {
  await browser?.close();
  site?.close();
});

/** Files of the folder were changed after the build: its list must say so, as another build's would. */
function relist() {
  const path = join(site.folder, 'service-worker.js');
  const text = readFileSync(path, 'utf8');
  const [list] = /\{"files":\{.*?\},"name":"[0-9a-f]{64}"\}/.exec(text);
  const { files } = JSON.parse(list);
  for (const name of Object.keys(files))
    files[name] = createHash('sha256')
      .update(readFileSync(join(site.folder, name)))
      .digest('hex');
  const name = createHash('sha256').update(JSON.stringify(files)).digest('hex');
  writeFileSync(path, text.replace(list, JSON.stringify({ files, name })));
}

const kept = (page) =>
  page.waitForFunction(() => /works without a network/.test(document.getElementById('offline').textContent));

test('after one visit the page works in flight mode: people, Inside, Check, the camera', async () => {
  const page = await open(browser, site.url, { context: ALLOW });
  await looked(page);
  await kept(page);
  const people = await page.textContent('#count');
  await page.context().setOffline(true);
  site.child.kill('SIGSTOP');
  try {
    await page.reload();
    let n = await looked(page);
    assert.equal(await page.textContent('#count'), people);
    await page.click('#to-inside');
    await page.waitForFunction(() => document.body.dataset.inside === 'live');
    await page.click('#to-check');
    await give(page, scene.folder, asFile(Buffer.from(JSON.stringify(scene.annotations)), 'ann.json'));
    await told(page, /^Ready/);
    assert.ok((await checked(page)).counted.joints.AP > 0);
    await page.click('#to-look');
    await page.click('#camera');
    n = await looked(page, n);
    await looked(page, n);
    assert.deepEqual(page.notes.errors, []);
  } finally {
    site.child.kill('SIGCONT');
    await page.context().close();
  }
});

test('a new build is offered, taken when it is wanted, and nothing of the old one stays', async () => {
  const page = await open(browser, site.url, { context: ALLOW });
  await looked(page);
  await kept(page);
  const path = join(site.folder, 'index.html');
  const before = readFileSync(path, 'utf8');
  const neighbour = new URL('neighbour/', site.url).href;
  await page.evaluate((scope) => caches.open(`querypose-page-${scope} 1`), neighbour);
  writeFileSync(path, before.replace('>QueryPose</h1>', '>QueryPose 2</h1>'));
  relist();
  try {
    await page.reload();
    await looked(page);
    assert.equal(await page.textContent('h1'), 'QueryPose', 'in the middle of something nothing changes');
    await page.waitForSelector('#update:not([hidden])');
    const unasked = await page.evaluate(() => performance.getEntriesByType('navigation')[0].type);
    assert.equal(unasked, 'reload');
    const other = await page.context().newPage();
    await other.goto(site.url);
    await page.click('#update');
    await page.waitForFunction(() => /^Another tab/.test(document.getElementById('offline').textContent));
    assert.equal(await page.textContent('h1'), 'QueryPose', 'what another tab shows is never of two builds');
    await other.close();
    await Promise.all([page.waitForEvent('load'), page.click('#update')]);
    await looked(page);
    assert.equal(await page.textContent('h1'), 'QueryPose 2');
    assert.ok(await page.isHidden('#update'));
    const caches = await page.evaluate(() => caches.keys());
    assert.deepEqual(
      caches
        .filter((name) => name.startsWith('querypose-page-'))
        .map((name) => name.split(' ')[0])
        .sort(),
      [site.url, neighbour].map((scope) => `querypose-page-${scope}`).sort(),
      "one of this page's, and the neighbour's",
    );
    assert.deepEqual(page.notes.errors, []);
  } finally {
    writeFileSync(path, before);
    relist();
    await page.context().close();
  }
});

test('a release in which every script is another: what is open goes on as it was, then all of it is new', async () => {
  const files = JSON.parse(readFileSync(join(site.folder, 'files.json'), 'utf8'));
  const modules = files.filter((name) => name.endsWith('.js') && name !== 'service-worker.js');
  const before = modules.map((name) => readFileSync(join(site.folder, name), 'utf8'));
  const page = await open(browser, site.url, { context: ALLOW });
  const newer = async () => {
    const told = [page, ...page.workers()].map((where) => where.evaluate(() => globalThis.newer ?? []));
    return (await Promise.all(told)).flat();
  };
  try {
    await looked(page);
    await kept(page);
    modules.forEach((name, i) => {
      const marked = `${before[i]}\n(globalThis.newer ??= []).push(import.meta.url);\n`;
      writeFileSync(join(site.folder, name), marked);
    });
    relist();
    // What is fetched late belongs to what is there already, before and after a visit's end.
    await page.click('#to-inside');
    await page.waitForFunction(() => document.body.dataset.inside === 'live');
    await page.reload();
    await page.waitForSelector('#update:not([hidden])', { state: 'attached' });
    await page.click('#to-check');
    await page.waitForFunction(() => document.getElementById('check').view?.net);
    assert.deepEqual(await newer(), []);
    await page.click('#to-look');
    await Promise.all([page.waitForEvent('load'), page.click('#update')]);
    await looked(page);
    await page.click('#to-inside');
    await page.waitForFunction(() => document.body.dataset.inside === 'live');
    const loaded = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .map(({ name }) => name)
        .filter((name) => name.endsWith('.js')),
    );
    const marked = new Set(await newer());
    assert.ok(marked.size > 20, `${marked.size} modules`);
    assert.deepEqual(
      loaded.filter((name) => !marked.has(name)),
      [],
    );
    assert.deepEqual(page.notes.errors, []);
  } finally {
    modules.forEach((name, i) => writeFileSync(join(site.folder, name), before[i]));
    relist();
    await page.context().close();
  }
});

test('a file of another build is never kept: the page goes on from the network', async () => {
  const path = join(site.folder, 'page/words.js');
  const before = readFileSync(path, 'utf8');
  writeFileSync(path, `${before}\n// changed after its build\n`);
  const page = await open(browser, site.url, { context: ALLOW });
  try {
    await looked(page);
    await page.waitForFunction(() => /could not be kept/.test(document.getElementById('offline').textContent));
    const held = await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.active ?? null);
    assert.equal(held, null);
  } finally {
    writeFileSync(path, before);
    await page.context().close();
  }
});

test('storage refused: it works without and says so', async () => {
  const page = await open(browser, site.url, {
    context: ALLOW,
    prepare: (page) =>
      page.addInitScript(() => {
        const refuse = () => Promise.reject(new DOMException('Storage is refused.', 'SecurityError'));
        Object.defineProperty(ServiceWorkerContainer.prototype, 'register', { value: refuse });
      }),
  });
  await looked(page);
  await page.waitForFunction(() => /could not be kept/.test(document.getElementById('offline').textContent));
  await says(page, /joint|Nobody/);
  await page.context().close();
});

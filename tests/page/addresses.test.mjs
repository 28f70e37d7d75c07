// Where a model is loaded from: files of every kind, addresses with more than a path, hosts that answer with something
// else.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { DIST, host, launch, open, ROOT } from './harness.mjs';

const LIGHT = gunzipSync(readFileSync(join(ROOT, 'tests/fixtures/pth/light.pth.gz')));

let site, browser;
before(async () => {
  site = await host();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  site?.close();
});

/** A page whose own models stay out of the way, with `routes` of its host's. */
async function bare(routes, more = () => {}) {
  const prepare = async (page, context) => {
    for (const [pattern, answer] of Object.entries(routes)) await context.route(pattern, answer);
    await more(page, context);
  };
  const page = await open(browser, `${site.url}models/models.json`, { prepare });
  await page.evaluate(() => {
    /** What became of loading something: facts and people of a grey picture, or the error. */
    window.opened = async (model, options = {}) => {
      const { QueryPose } = await import('/lib/querypose.js');
      try {
        const net = await QueryPose.load(model, { backend: 'cpu', ...options });
        const { poses } = await net.detect(new ImageData(64, 64), { threshold: 0, maxPeople: 2, size: 64 });
        net.dispose();
        return {
          name: net.model.name,
          shipped: net.model.shipped,
          reason: net.reason,
          kept: net.model.kept,
          people: JSON.stringify(poses),
        };
      } catch (error) {
        return { error: `${error.code}: ${error.message}` };
      }
    };
  });
  return page;
}

test('a Blob, a File, and a FileList', async () => {
  const page = await bare({ '**/own/light.pth': (route) => route.fulfill({ body: LIGHT }) });
  const { address, blob, file, list, array, two, none } = await page.evaluate(async () => {
    const { opened } = window;
    const bytes = await (await fetch('/own/light.pth')).arrayBuffer();
    const asFile = new File([bytes], 'light.pth');
    const input = Object.assign(document.createElement('input'), { type: 'file', multiple: true });
    const data = new DataTransfer();
    for (const one of [new File(['notes'], 'notes.txt'), asFile]) data.items.add(one);
    input.files = data.files;
    return {
      address: await opened('/own/light.pth'),
      blob: await opened(new Blob([bytes])),
      file: await opened(asFile),
      list: await opened(input.files),
      array: await opened([new Blob([bytes])]),
      two: await opened([new Blob([bytes]), new File(['notes'], 'notes.txt')]),
      none: await opened(new Blob(['<!doctype html>'])),
    };
  });
  assert.match(address.people, /"nose"/);
  for (const found of [blob, file, list, array]) assert.equal(found.people, address.people);
  assert.equal(file.name, 'light.pth');
  assert.equal(blob.name, 'model');
  assert.match(two.error, /^model: There is no model here, only a Blob without a name, notes\.txt\./);
  assert.match(none.error, /^model: model: /);
  assert.deepEqual(page.notes.errors, []);
  await page.context().close();
});

test('what stands behind the question mark goes along', async () => {
  const asked = [];
  const only = (query, bytes) => (route) => {
    const url = new URL(route.request().url());
    asked.push(url.pathname + url.search);
    return url.search === query
      ? route.fulfill({ body: bytes(url.pathname.split('/').at(-1)) })
      : route.fulfill({ status: 403 });
  };
  const page = await bare({
    '**/own/light.pth?*': only('?token=a%2Fb', () => LIGHT),
    '**/v3/**': only('?v=3', (name) => readFileSync(join(DIST, 'models/nano', name))),
  });
  const [file, folder, bare_, moved, kept] = await page.evaluate(async () => [
    await window.opened('/own/light.pth?token=a%2Fb#here'),
    await window.opened('/v3/?v=3'),
    await window.opened(new URL('/v3?v=3', location.href)),
    await window.opened('/v3/?v=4'),
    (await (await caches.open('querypose-models')).keys()).map(({ url }) => url),
  ]);
  assert.equal(file.name, 'light.pth');
  assert.deepEqual([folder.name, folder.shipped], ['v3', true]);
  assert.equal(bare_.people, folder.people);
  assert.match(moved.error, /^weights: v3\/config\.json could not be fetched: the server answered 403/);
  assert.ok(
    kept.length > 0 && kept.every((url) => /\?sha256=[0-9a-f]{64}$/.test(url)),
    'neither version nor token is kept',
  );
  assert.equal(
    asked.filter((path) => path === '/v3/model.safetensors?v=3').length,
    1,
    'the second time from the device',
  );
  await page.context().close();
});

test('a host that answers missing files with a page', async () => {
  const html = '<!doctype html><title>My app</title>';
  const page = await bare({
    '**/app/**': (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: '<p>Not here.' }),
    '**/bytes/**': (route) => route.fulfill({ contentType: 'application/octet-stream', body: html }),
    '**/pwa/manifest.json': (route) => route.fulfill({ json: { name: 'My app', icons: [] } }),
    '**/pwa/config.json': (route) => route.fulfill({ status: 404 }),
  });
  const answers = await page.evaluate(() =>
    Promise.all(
      ['/app/', '/app/model.safetensors', '/bytes/model.safetensors', '/bytes/a.pth', '/pwa/'].map((path) =>
        window.opened(path),
      ),
    ),
  );
  for (const { error } of answers.slice(0, 4))
    assert.match(
      error,
      /^web-page: (app|bytes)\/.+ came as a web page: this host answers with a page for files that it does not have\./,
    );
  assert.match(answers[4].error, /^weights: pwa\/config\.json could not be fetched: the server answered 404/);
  assert.deepEqual(page.notes.errors, []);
  await page.context().close();
});

test('a model made elsewhere by the same build has known answers, wherever its address', async () => {
  const page = await bare({
    '**/deep/er/nano/**': (route) =>
      route.fulfill({
        body: readFileSync(join(DIST, 'models/nano', new URL(route.request().url()).pathname.split('/').at(-1))),
      }),
  });
  const found = await page.evaluate(() => window.opened('/deep/er/nano/', { backend: 'auto' }));
  assert.equal(found.shipped, true);
  assert.match(found.reason, /WebGPU cannot be used here/);
  await page.context().close();
});

test('what never answers is given up', async (t) => {
  // A minute is six hundred milliseconds there.
  const fast = '{ const wait = setTimeout; self.setTimeout = (run, ms, ...more) => wait(run, ms / 100, ...more); }';
  const hurried = (_page, context) =>
    context.route('**/worker.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${fast}\n${await response.text()}` });
    });
  for (const name of ['manifest.json', 'model.safetensors', 'querypose_relaxed.wasm']) {
    await t.test(name, async () => {
      const page = await bare({ [`**/${name}`]: () => {} }, hurried);
      const { error } = await page.evaluate(() => window.opened('/models/nano/'));
      assert.match(error, new RegExp(`^timeout: (nano|engine)/${name} did not arrive: nothing came for 60 seconds\\.`));
      await page.context().close();
    });
  }
  await t.test('the worker itself', async () => {
    const page = await bare({ '**/worker.js': () => {} }, (page) => page.clock.install());
    const asked = page.waitForRequest('**/worker.js');
    await page.evaluate(() => {
      window.late = window.opened('/models/nano/');
    });
    await asked;
    await page.clock.fastForward(61_000);
    const { error } = await page.evaluate(() => window.late);
    assert.match(error, /^timeout: The engine's files did not arrive within 60 seconds\./);
    await page.context().close();
  });
});

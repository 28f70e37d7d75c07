// A stranger's page, built with Vite as it comes: the module, its worker and its wasm go where Vite puts them, the
// model stays where its address says. WebGPU is used, and the people are those of the plain page.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build, preview } from 'vite';
import { blank, launch, loadNet, open, picture } from './harness.mjs';
import { small } from './small.mjs';

const HTML =
  '<!doctype html><meta charset="utf-8"><title>A stranger\'s page</title><script type="module" src="./main.js"></script>';
const MAIN = `
import { QueryPose } from './querypose/querypose.js';
window.found = (async () => {
  const net = await QueryPose.load('models/nano/', { backend: 'gpu' });
  const { poses, backend } = await net.detect(await (await fetch('collins.jpg')).blob(), { threshold: 0.1 });
  return { poses, backend, reason: net.reason };
})();
`;

let site, browser, folder, plain;
before(async () => {
  // What is built is the same; a software GPU looks at small pictures sooner.
  site = await small();
  browser = await launch({ webgpu: true });
  folder = mkdtempSync(join(tmpdir(), 'querypose-vite-'));
  cpSync(join(site.folder, 'lib'), join(folder, 'querypose'), { recursive: true });
  mkdirSync(join(folder, 'public'));
  cpSync(join(site.folder, 'models'), join(folder, 'public/models'), { recursive: true });
  cpSync(picture('collins'), join(folder, 'public/collins.jpg'));
  writeFileSync(join(folder, 'index.html'), HTML);
  writeFileSync(join(folder, 'main.js'), MAIN);
  const page = await blank(browser, site);
  await loadNet(page, 'gpu');
  plain = await page.evaluate(
    async () => (await window.net.detect(await (await fetch('pictures/collins.jpg')).blob(), { threshold: 0.1 })).poses,
  );
  await page.context().close();
});
after(async () => {
  await browser?.close();
  site?.close();
  if (folder) rmSync(folder, { recursive: true });
});

test('built with Vite as it comes', async () => {
  const common = { root: folder, configFile: false, logLevel: 'error' };
  await build({ ...common, build: { outDir: 'built', emptyOutDir: true } });
  const assets = readdirSync(join(folder, 'built/assets'));
  assert.ok(
    assets.some((file) => /^worker-.+\.js$/.test(file)) && assets.some((file) => file.endsWith('.wasm')),
    assets.join(' '),
  );
  const server = await preview({ ...common, build: { outDir: 'built' }, preview: { port: 0, host: '127.0.0.1' } });
  const page = await open(browser, server.resolvedUrls.local[0]);
  const { poses, backend, reason } = await page.evaluate(() => window.found);
  assert.equal(backend, 'webgpu');
  assert.equal(reason, 'WebGPU was asked for.');
  assert.ok(plain.length > 0, 'somebody is there');
  assert.deepEqual(poses, plain);
  assert.ok(
    !page.notes.requests.some((url) => /assets\/models/.test(url)),
    'the model is looked for at its own address',
  );
  assert.deepEqual(page.notes.errors, []);
  assert.deepEqual(page.notes.elsewhere, []);
  await page.context().close();
  await server.close();
});

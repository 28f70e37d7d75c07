// Every shader variant (left in target/tmp by `cargo test --test shaders`) compiles in the browser too, whose
// WGSL compiler is stricter about barriers than ours.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { launch } from './harness.mjs';

const file = join(resolve(import.meta.dirname, '../..'), 'target/tmp/shaders.json');

/** Names and first complaints of the texts that do not become pipelines. */
async function compile(page, texts) {
  return page.evaluate(async (texts) => {
    const adapter = await navigator.gpu.requestAdapter();
    const device = await adapter.requestDevice();
    const faults = {};
    for (const [name, code] of Object.entries(texts)) {
      const info = await device.createShaderModule({ code }).getCompilationInfo();
      const error = info.messages.find((m) => m.type === 'error');
      if (error) faults[name] = `line ${error.lineNum}: ${error.message}`;
    }
    return faults;
  }, texts);
}

test('every shader variant compiles', { timeout: 300_000 }, async () => {
  assert.ok(existsSync(file), `${file} is not there; run: cargo test --release --test shaders`);
  const texts = JSON.parse(readFileSync(file, 'utf8'));
  assert.ok(Object.keys(texts).length > 100);
  const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>'));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const browser = await launch({ webgpu: true });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    assert.deepEqual(await compile(page, texts), {});
    const barrier = '@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) i: u32) { if (i == 0u) { return; } workgroupBarrier(); }';
    assert.match((await compile(page, { barrier })).barrier ?? '', /uniform/, 'a barrier after a return is noticed');
  } finally {
    await browser.close();
    server.close();
  }
});

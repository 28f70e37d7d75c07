// What the tests of Inside share: opening it on any picture, and the command line's numbers for the very same pixels.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asFile, DIST, open, ROOT, SLOW } from './harness.mjs';

export const DESKTOP = { viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' };
export const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
  reducedMotion: 'reduce',
};
export const FIGURES = ['proposals', 'stages', 'spegm', 'sim', 'partTalk', 'queryTalk', 'sure', 'whatif', 'cost'];

/** Opens Inside and waits for the stored run, or for the network's own. */
export async function inside(browser, url, query, { context = DESKTOP, until = 'live', prepare } = {}) {
  const page = await open(browser, `${url}#inside${query}`, { context, prepare });
  await page.waitForFunction(
    (until) => (until === 'any' ? document.body.dataset.inside : document.body.dataset.inside === until),
    until,
    { timeout: SLOW },
  );
  return page;
}

/** Waits until Inside shows the network's own run on a picture of this size, by this engine. */
export function shows(page, [width, height], backend = 'cpu') {
  return page.waitForFunction(
    ({ width, height, backend }) => {
      const { picture, waiting, pass } = document.getElementById('inside').view ?? {};
      return (
        picture &&
        picture === waiting &&
        picture.width === width &&
        picture.height === height &&
        pass.backend === backend
      );
    },
    { width, height, backend },
    { timeout: SLOW },
  );
}

/** Drops a file onto the page, as a visitor would. */
export function drop(page, name, bytes, type = 'image/png') {
  return page.evaluate(
    ({ name, base64, type }) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name, { type }));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
    },
    { name, base64: bytes.toString('base64'), type },
  );
}

/**
 * Bytes of a picture nobody prepared: pieces of two samples, mirrored, cropped and laid side by side. A PNG loses
 * nothing.
 */
export async function montage(page) {
  const base64 = await page.evaluate(async () => {
    const [collins, group] = await Promise.all(
      ['collins', 'group'].map(async (name) => createImageBitmap(await (await fetch(`pictures/${name}.jpg`)).blob())),
    );
    const canvas = new OffscreenCanvas(641, 403);
    const g = canvas.getContext('2d');
    g.fillStyle = '#7a8a6c';
    g.fillRect(0, 0, 641, 403);
    g.drawImage(collins, 0, 0, 420, 511, 20, 20, 300, 365);
    g.setTransform(-1, 0, 0, 1, 641, 0);
    g.drawImage(group, 470, 0, 380, 480, 5, 0, 310, 392);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
    return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(''));
  });
  return Buffer.from(base64, 'base64');
}

/** The pixels that Inside gives to the network, as the page decoded them, in a PNG file: it loses nothing. */
export async function pixelsAsPng(page) {
  const base64 = await page.evaluate(async () => {
    const { take } = await import('./lib/pixels.js');
    const { source } = document.getElementById('inside').view.picture;
    const { data, width, height } = await take(source, new AbortController().signal).read();
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext('2d').putImageData(new ImageData(data, width, height), 0, 0);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
    let text = '';
    for (let i = 0; i < bytes.length; i += 1 << 15) text += String.fromCharCode(...bytes.subarray(i, i + (1 << 15)));
    return btoa(text);
  });
  return asFile(Buffer.from(base64, 'base64'));
}

/** Tensors of `querypose detect --dump`, by name. As the page asks for: at most 20 people, unless `more` says so. */
export async function dump(picture, more = []) {
  const file = join(mkdtempSync(join(tmpdir(), 'querypose-inside-')), 'taps.safetensors');
  const run = ['detect', picture, '--model', join(DIST, 'models/nano'), '--backend', 'cpu', '--dump', file, ...more];
  await promisify(execFile)(join(ROOT, 'target/release/querypose'), run);
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, 8 + length));
  const tensors = {};
  for (const [
    key,
    {
      shape,
      data_offsets: [from, to],
    },
  ] of Object.entries(header)) {
    if (key === '__metadata__') continue;
    const words = bytes.subarray(8 + length + from, 8 + length + to);
    tensors[key] = {
      shape,
      data: new Float32Array(words.buffer.slice(words.byteOffset, words.byteOffset + words.length)),
    };
  }
  return tensors;
}

/** The largest difference of two lists of numbers of one length. */
export function worst(a, b) {
  assert.equal(a.length, b.length);
  return a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);
}

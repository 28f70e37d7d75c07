// What the server's tests share: a folder with a file of each kind, and clients that are ruder than browsers.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from './harness.mjs';

/** Larger than what systems keep on the way for a reader that stalls. */
export const LARGE = 64 << 20;
export const FILM = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7919) >> 5));

export const TYPES = {
  'a.js': 'text/javascript; charset=utf-8',
  'a.mjs': 'text/javascript; charset=utf-8',
  'a.wasm': 'application/wasm',
  'a.json': 'application/json',
  'a.svg': 'image/svg+xml',
  'a.webmanifest': 'application/manifest+json',
  'a.safetensors': 'application/octet-stream',
  'a.pth': 'application/octet-stream',
  'a.md': 'text/plain; charset=utf-8',
  'README.MD': 'text/plain; charset=utf-8',
  'B.TS': 'text/plain; charset=utf-8',
  'a.d.ts': 'text/plain; charset=utf-8',
  'a.css': 'text/css; charset=utf-8',
  'a.html': 'text/html; charset=utf-8',
  'a.jpg': 'image/jpeg',
  'a.png': 'image/png',
  'film.mp4': 'video/mp4',
  'unknown.abcd': 'application/octet-stream',
};

/** Serves a folder `site` that has a secret beside it, and links that lead there. */
export async function scenery() {
  const scene = mkdtempSync(join(tmpdir(), 'querypose-serve-'));
  const folder = join(scene, 'site');
  for (const name of ['sub dir', 'empty']) mkdirSync(join(folder, name), { recursive: true });
  for (const name of Object.keys(TYPES)) writeFileSync(join(folder, name), name.startsWith('film') ? FILM : name);
  for (const name of ['index.html', 'sub dir/index.html']) writeFileSync(join(folder, name), name);
  writeFileSync(join(scene, 'secret.txt'), 'SECRET');
  symlinkSync(join(scene, 'secret.txt'), join(folder, 'link.txt'));
  symlinkSync(scene, join(folder, 'up'));
  symlinkSync('a.json', join(folder, 'same.json'));
  writeFileSync(join(folder, 'large.bin'), '');
  truncateSync(join(folder, 'large.bin'), LARGE);
  const site = await serve(folder);
  const close = () => {
    site.close();
    rmSync(scene, { recursive: true, force: true });
  };
  return { url: site.url, folder, path: (name) => join(scene, name), at: (name) => new URL(name, site.url), close };
}

/** Waits for something that comes by itself; `what` tells what is there instead. */
export async function until(ready, what) {
  for (let tries = 0; !ready(); tries++) {
    assert.ok(tries < 200, what());
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** What the server answers to these very bytes, which no client would tidy up before. */
export function raw(url, text) {
  return new Promise((done, failed) => {
    const { hostname, port } = new URL(url);
    let answer = '';
    const socket = connect(port, hostname, () => socket.write(text));
    socket
      .setEncoding('latin1')
      .on('data', (part) => (answer += part))
      .on('end', () => done(answer))
      .on('error', failed);
  });
}

/** A download that stopped after its first bytes; `rest()` goes on and tells how many came in all. */
export async function stalled(url, file) {
  const { hostname, port } = new URL(url);
  const socket = connect(port, hostname);
  let count = 0;
  socket.write(`GET ${file} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const first = await new Promise((done, failed) => socket.once('data', done).once('error', failed));
  socket.pause();
  count += first.length - (first.indexOf('\r\n\r\n') + 4);
  assert.match(first.toString('latin1'), /^HTTP\/1.1 200 /);
  const rest = async () => {
    for await (const part of socket) count += part.length;
    return count;
  };
  return { socket, rest };
}

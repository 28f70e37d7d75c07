// The server that users take: files, parts of files, https, many connections, and browsers among them.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect as secure } from 'node:tls';
import jsqr from 'jsqr';
import puppeteer from 'puppeteer-core';
import { bytesOf, DIST, launch, looked, open, PROGRAM, says, screenshot, serve, serving, SLOW } from './harness.mjs';

const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
/** Larger than what systems keep on the way for a reader that stalls. */
const LARGE = 64 << 20;
const FILM = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7919) >> 5));

const TYPES = {
  'a.js': 'text/javascript; charset=utf-8', 'a.mjs': 'text/javascript; charset=utf-8', 'a.wasm': 'application/wasm', 'a.json': 'application/json',
  'a.svg': 'image/svg+xml', 'a.webmanifest': 'application/manifest+json', 'a.safetensors': 'application/octet-stream', 'a.pth': 'application/octet-stream',
  'a.md': 'text/plain; charset=utf-8', 'a.d.ts': 'text/plain; charset=utf-8', 'a.css': 'text/css; charset=utf-8', 'a.html': 'text/html; charset=utf-8',
  'a.jpg': 'image/jpeg', 'a.png': 'image/png', 'film.mp4': 'video/mp4', 'unknown.abcd': 'application/octet-stream',
};

let scene, folder, site;
before(async () => {
  scene = mkdtempSync(join(tmpdir(), 'querypose-serve-'));
  folder = join(scene, 'site');
  for (const name of ['sub dir', 'empty']) mkdirSync(join(folder, name), { recursive: true });
  for (const name of Object.keys(TYPES)) writeFileSync(join(folder, name), name.startsWith('film') ? FILM : name);
  for (const name of ['index.html', 'sub dir/index.html']) writeFileSync(join(folder, name), name);
  writeFileSync(join(scene, 'secret.txt'), 'SECRET');
  symlinkSync(join(scene, 'secret.txt'), join(folder, 'link.txt'));
  symlinkSync(scene, join(folder, 'up'));
  symlinkSync('a.json', join(folder, 'same.json'));
  writeFileSync(join(folder, 'large.bin'), '');
  truncateSync(join(folder, 'large.bin'), LARGE);
  site = await serve(folder);
});
after(() => {
  site?.close();
  if (scene) rmSync(scene, { recursive: true, force: true });
});

const at = (path) => new URL(path, site.url);
const path = (name) => join(scene, name);

async function until(ready, what) {
  for (let tries = 0; !ready(); tries++) {
    assert.ok(tries < 200, what());
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** What the server answers to these very bytes, which no client would tidy up before. */
function raw(text, url = site.url) {
  return new Promise((done, failed) => {
    const { hostname, port } = new URL(url);
    let answer = '';
    const socket = connect(port, hostname, () => socket.write(text));
    socket.setEncoding('latin1').on('data', (part) => (answer += part)).on('end', () => done(answer)).on('error', failed);
  });
}

/** A download that stopped after its first bytes; `rest()` goes on and tells how many came in all. */
async function stalled(url, file) {
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

/** 60 connections that stay: half of them have had a file, the others never said a word. */
async function crowd(url) {
  const { hostname, port } = new URL(url);
  const sockets = [];
  for (let i = 0; i < 60; i++) {
    const socket = connect(port, hostname);
    await new Promise((done, failed) => socket.once('connect', done).once('error', failed));
    if (i % 2) {
      socket.write('GET /icon.svg HTTP/1.1\r\nHost: x\r\n\r\n');
      await new Promise((done) => socket.once('data', done));
    }
    sockets.push(socket.resume().on('error', () => {}));
  }
  return sockets;
}

/** How the program refuses these arguments. */
function refused(more) {
  const { status, stderr } = spawnSync(PROGRAM, serving(folder, more), { encoding: 'utf8', timeout: 20_000 });
  return { status, stderr };
}

test('files have the types that browsers want', async () => {
  for (const [name, type] of Object.entries(TYPES)) {
    const answer = await fetch(at(name));
    assert.equal(answer.headers.get('content-type'), type, name);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(answer.headers.get('cache-control'), 'no-cache');
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), readFileSync(join(folder, name)));
  }
  assert.equal(await (await fetch(at('sub%20dir/?x=1'))).text(), 'sub dir/index.html');
  assert.equal(await (await fetch(at('same.json'))).text(), 'a.json', 'a link that stays inside');
  const moved = await fetch(at('sub%20dir?x=1'), { redirect: 'manual' });
  assert.deepEqual([moved.status, moved.headers.get('location')], [307, './sub%20dir/?x=1']);
});

test('parts of a file, as a film that is wound needs them', async () => {
  const part = async (range, more = {}, method = 'GET') => {
    const answer = await fetch(at('film.mp4'), { method, headers: { range, ...more } });
    return [answer.status, answer.headers.get('content-range'), Buffer.from(await answer.arrayBuffer())];
  };
  assert.deepEqual(await part('bytes=1000-1999'), [206, 'bytes 1000-1999/200000', FILM.subarray(1000, 2000)]);
  assert.deepEqual(await part('bytes=199990-'), [206, 'bytes 199990-199999/200000', FILM.subarray(199_990)]);
  assert.deepEqual(await part('bytes=-10'), [206, 'bytes 199990-199999/200000', FILM.subarray(199_990)]);
  assert.deepEqual((await part('bytes=200000-')).slice(0, 2), [416, 'bytes */200000']);
  assert.deepEqual(await part('bytes=0-1,5-6'), [200, null, FILM], 'several parts are the whole');
  assert.deepEqual(await part('bytes=0-9', {}, 'HEAD'), [206, 'bytes 0-9/200000', Buffer.alloc(0)]);
  const { headers } = await fetch(at('film.mp4'), { method: 'HEAD' });
  assert.equal(headers.get('content-length'), '200000');
  assert.equal(headers.get('accept-ranges'), 'bytes');
  assert.deepEqual(await part('bytes=0-9', { 'if-range': headers.get('etag') }), [206, 'bytes 0-9/200000', FILM.subarray(0, 10)]);
  assert.deepEqual(await part('bytes=0-9', { 'if-range': '"another"' }), [200, null, FILM], 'of another version nothing is mixed in');
});

test('what has not changed is not sent again, what has is', async () => {
  const file = join(folder, 'a.json');
  const { headers } = await fetch(at('a.json'));
  const again = { etag: { 'if-none-match': headers.get('etag') }, date: { 'if-modified-since': headers.get('last-modified') } };
  for (const [name, headers] of Object.entries(again)) {
    const answer = await fetch(at('a.json'), { headers });
    assert.deepEqual([answer.status, await answer.text(), answer.headers.get('cache-control')], [304, '', 'no-cache'], name);
  }
  writeFileSync(file, 'A.JSON');
  utimesSync(file, new Date(), new Date(Date.now() + 5000));
  for (const [name, headers] of Object.entries(again)) {
    const answer = await fetch(at('a.json'), { headers });
    assert.deepEqual([answer.status, await answer.text()], [200, 'A.JSON'], name);
  }
});

test('only GET and HEAD, no lists, and words for what is missing', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const answer = await fetch(at('a.json'), { method });
    assert.deepEqual([answer.status, answer.headers.get('allow'), await answer.text()], [405, 'GET, HEAD', 'Only GET and HEAD are answered here.\n']);
  }
  for (const name of ['none.js', 'empty/', 'empty', 'a.js/', 'a.js/b']) {
    const answer = await fetch(at(name));
    assert.deepEqual([answer.status, await answer.text()], [404, 'There is no such file here.\n'], name);
    assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
  }
});

test('nothing from outside of the folder, whatever the address', async () => {
  const ways = [
    '/../secret.txt', '/../../../../../../etc/passwd', '/sub%20dir/../../secret.txt', '/%2e%2e/secret.txt', '/%2E%2E%2Fsecret.txt', '/..%2fsecret.txt',
    '/..%5csecret.txt', '/..\\secret.txt', '/%252e%252e/secret.txt', '/./../secret.txt', '/.../secret.txt', '//etc/passwd', '///etc/passwd',
    '/%2fetc%2fpasswd', '/link.txt', '/up/secret.txt', '/up/site/../secret.txt', '/..;/secret.txt', '/a.js/../../secret.txt', '/..%00/secret.txt', '/link.txt%00.js',
    '/%c0%ae%c0%ae/secret.txt', `http://x/../secret.txt`, '../secret.txt', '/?/../secret.txt', `/${'../'.repeat(50)}etc/passwd`, '/proc/self/environ',
    `//${encodeURIComponent(path('secret.txt'))}`, path('secret.txt'), `file://${path('secret.txt')}`, '/%', '/%zz', '/%ff', '*', '',
  ];
  for (const way of ways) {
    const answer = await raw(`GET ${way} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const status = Number(/^HTTP\/1.\d (\d+)/.exec(answer)?.[1]);
    if (way === '/?/../secret.txt') assert.match(answer, /index\.html$/, 'a question is no path');
    else assert.ok(status === 404 || status === 400, `${way}: ${answer}`);
    assert.doesNotMatch(answer, /SECRET|root:|PATH=/, way);
  }
  // What is no HTTP at all is hung up on, and the next one is served.
  for (const noise of ['\x16\x03\x01\x02\x00', 'GET\r\n\r\n', `GET /${'a'.repeat(1 << 20)} HTTP/1.1\r\n\r\n`]) await raw(noise).catch(() => {});
  assert.equal((await fetch(at('a.js'))).status, 200);
});

test('a request byte by byte, and 300 connections that say nothing', async () => {
  const { hostname, port } = new URL(site.url);
  const idle = Array.from({ length: 300 }, () => connect(port, hostname).on('error', () => {}));
  const slow = connect(port, hostname);
  let answer = '';
  slow.setEncoding('latin1').on('data', (part) => (answer += part));
  for (const byte of 'GET /a.css HTTP/1.1\r\nHost: x\r\n\r\n') {
    slow.write(byte);
    await new Promise((done) => setTimeout(done, 10));
  }
  assert.equal(await (await fetch(at('a.js'))).text(), 'a.js');
  await until(() => answer.endsWith('a.css'), () => answer);
  for (const socket of [slow, ...idle]) socket.destroy();
});

test('Ctrl-C in the middle of a download ends it at once', { skip: process.platform === 'win32' }, async () => {
  const server = await serve(folder);
  const { socket } = await stalled(server.url, '/large.bin');
  socket.on('error', () => {});
  const start = performance.now();
  const ended = new Promise((done) => server.child.once('exit', (_, signal) => done(signal)));
  server.child.ref();
  server.child.kill('SIGINT');
  assert.equal(await ended, 'SIGINT');
  const took = performance.now() - start;
  assert.ok(took < 2000, `${took.toFixed(0)} ms`);
  socket.destroy();
});

test('a taken port: the next free one is offered, and is free', async () => {
  const taken = createServer();
  await new Promise((done) => taken.listen(0, '127.0.0.1', done));
  const { port } = taken.address();
  const { status, stderr } = refused(['--port', String(port)]);
  const [, offered] = /^querypose: Port \d+ of 127\.0\.0\.1 is taken by another program\. Port (\d+) is free: add --port \1\.\n$/.exec(stderr) ?? [];
  assert.equal(status, 1);
  assert.ok(Number(offered) > port, stderr);
  const server = await serve(folder, ['--port', offered]);
  assert.equal(server.url, `http://127.0.0.1:${offered}/`);
  server.close();
  taken.close();
  assert.match(refused(['--host', '203.0.113.77']).stderr, /203\.0\.113\.77 is no address of this machine/);
});

/** Every address of this machine that a browser can be given. */
const addresses = () => Object.values(networkInterfaces()).flat().filter(({ address }) => !address.startsWith('fe80'));

/** The words of the half blocks that were printed. */
function decode(text) {
  const lines = text.split('\n').filter((line) => /[▀▄█]/.test(line));
  const [width, height, scale] = [Math.max(...lines.map((line) => line.length)) + 8, lines.length * 2 + 8, 4];
  const pixels = new Uint8ClampedArray(width * height * scale * scale * 4).fill(255);
  const dark = (x, y) => {
    const shape = lines[(y - 4) >> 1]?.[x - 4] ?? ' ';
    return shape === '█' || shape === (y % 2 ? '▄' : '▀');
  };
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      if (dark(Math.floor(x / scale), Math.floor(y / scale))) pixels.fill(0, (y * width * scale + x) * 4, (y * width * scale + x) * 4 + 3);
    }
  }
  return jsqr(pixels, width * scale, height * scale)?.data;
}

for (const more of [[], ['--https']]) {
  const scheme = more.length ? 'https' : 'http';
  test(`for other devices, over ${scheme}: addresses, a square, and what to know`, async () => {
    const server = await serve(folder, ['--host', '0.0.0.0', ...more]);
    const { port } = new URL(server.url);
    await until(() => /asks once[^]*Risk|only over https/.test(server.said()), server.said);
    const outward = addresses().filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => `${scheme}://${address}:${port}/`);
    assert.equal(server.url, `${scheme}://127.0.0.1:${port}/`);
    const listed = server.said().split('\n').filter((line) => line.startsWith('  http')).map((line) => line.trim());
    assert.deepEqual([...listed].sort(), outward.sort());
    if (outward.length) {
      assert.equal(decode(server.said()), listed[0]);
      assert.ok(server.said().includes(`opens ${listed[0]}`));
    }
    assert.equal(/start with --https/.test(server.said()), scheme === 'http' && outward.length > 0);
    server.close();
  });
}

/** The certificate a server shows, and whether it holds for a name when `ca` is trusted. */
function shown(url, name, ca) {
  return new Promise((done, failed) => {
    const { port } = new URL(url);
    const socket = secure({ port, host: '127.0.0.1', servername: /[a-z]/.test(name) ? name : undefined, ca, rejectUnauthorized: false }, () => {
      done({ certificate: socket.getPeerX509Certificate(), why: socket.authorizationError });
      socket.destroy();
    }).on('error', failed);
  });
}

function get(url, options) {
  return new Promise((done, failed) => {
    const asked = request(url, options, async (answer) => done([answer.statusCode, Buffer.concat(await answer.toArray()).toString()]));
    asked.on('error', failed).end();
  });
}

test('a certificate made on the spot holds for every address of this machine', async () => {
  const server = await serve(folder, ['--https']);
  assert.match(server.url, /^https:\/\/127\.0\.0\.1:\d+\/$/);
  const { certificate } = await shown(server.url, 'localhost');
  for (const name of ['127.0.0.1', '::1', ...addresses().map(({ address }) => address)]) assert.ok(certificate.checkIP(name), name);
  assert.ok(certificate.checkHost('localhost'));
  const days = (date) => (new Date(date) - Date.now()) / 86_400_000;
  assert.ok(days(certificate.validFrom) < -0.9 && days(certificate.validTo) > 300 && days(certificate.validTo) < 398);
  assert.deepEqual(await get(server.url + 'a.js', { ca: certificate.toString() }), [200, 'a.js'], 'trusted by whoever keeps it');
  const other = await serve(folder, ['--https']);
  const second = (await shown(other.url, 'localhost')).certificate;
  assert.notEqual(second.serialNumber, certificate.serialNumber);
  other.close();
  // Typed without "https://".
  const plain = await raw('GET /a.js?x HTTP/1.1\r\nHost: here:1\r\nConnection: close\r\n\r\n', server.url);
  assert.match(plain, /^HTTP\/1\.1 308 [^]*location: https:\/\/here:1\/a\.js\?x\r\n/i);
  server.close();
});

test("the user's own certificate, and files that are none", async (t) => {
  const make = (name) => execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=test', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', path(`${name}.key`), '-out', path(`${name}.crt`)], { stdio: 'pipe' });
  make('mine');
  make('other');
  const server = await serve(folder, ['--cert', path('mine.crt'), '--key', path('mine.key')]);
  assert.match(server.url, /^https:/);
  assert.deepEqual(await get(server.url + 'a.js', { ca: readFileSync(path('mine.crt')) }), [200, 'a.js']);
  server.close();
  const pem = (what, bytes) => `-----BEGIN ${what}-----\n${Buffer.from(bytes).toString('base64')}\n-----END ${what}-----\n`;
  writeFileSync(path('words'), 'no certificate');
  writeFileSync(path('broken.crt'), pem('CERTIFICATE', 'no certificate'));
  writeFileSync(path('broken.key'), pem('PRIVATE KEY', 'no key'));
  writeFileSync(path('cut.crt'), readFileSync(path('mine.crt'), 'utf8').slice(0, 300));
  execFileSync('openssl', ['pkey', '-in', path('mine.key'), '-aes256', '-passout', 'pass:x', '-out', path('locked.key')], { stdio: 'pipe' });
  const cases = {
    'none.crt mine.key': 'The certificate [^ ]*none.crt cannot be read: No such file',
    'mine.crt none.key': 'The key [^ ]*none.key cannot be read: No such file',
    'words mine.key': '[^ ]*words holds no certificate in PEM form',
    'mine.key mine.key': '[^ ]*mine.key holds no certificate in PEM form',
    'broken.crt mine.key': 'The certificate [^ ]*broken.crt is damaged',
    'cut.crt mine.key': 'The certificate [^ ]*cut.crt is damaged',
    'mine.crt words': '[^ ]*words holds no private key in PEM form',
    'mine.crt mine.crt': '[^ ]*mine.crt holds no private key in PEM form',
    'mine.crt broken.key': 'The key [^ ]*broken.key cannot be used',
    'mine.crt locked.key': 'The key [^ ]*locked.key is locked with a password. Unlock it: openssl pkey',
    'mine.crt other.key': 'The key [^ ]*other.key does not belong to the certificate [^ ]*mine.crt',
  };
  for (const [files, words] of Object.entries(cases)) {
    await t.test(files, () => {
      const [cert, key] = files.split(' ').map(path);
      const { status, stderr } = refused(['--cert', cert, '--key', key]);
      assert.match(stderr, new RegExp(`^querypose: ${words}`));
      assert.equal(status, 1);
    });
  }
  assert.equal(refused(['--cert', path('mine.crt')]).status, 2, 'one without the other');
});

test('--open opens this address in the browser, and says when there is none', { skip: process.platform !== 'linux' }, async () => {
  mkdirSync(path('bin'));
  writeFileSync(path('bin/xdg-open'), `#!/bin/sh\necho "$1" > '${path('opened')}'\n`);
  chmodSync(path('bin/xdg-open'), 0o755);
  const before = process.env.PATH;
  try {
    process.env.PATH = path('bin') + delimiter + before;
    const server = await serve(folder, ['--host', '0.0.0.0', '--open']);
    await until(() => existsSync(path('opened')) && readFileSync(path('opened'), 'utf8'), server.said);
    assert.equal(readFileSync(path('opened'), 'utf8').trim(), server.url);
    server.close();
    process.env.PATH = path('empty');
    const bare = await serve(folder, ['--open']);
    await until(() => bare.said().includes(`open ${bare.url} in it yourself`), bare.said);
    assert.equal((await fetch(bare.url)).status, 200);
    bare.close();
  } finally {
    process.env.PATH = before;
  }
});

/** The page, with a file beside it that is large enough to stall in. */
async function crowded(look) {
  const page = join(scene, 'page');
  if (!existsSync(page)) cpSync(DIST, page, { recursive: true });
  cpSync(join(folder, 'large.bin'), join(page, 'large.bin'));
  const server = await serve(page);
  const sockets = await crowd(server.url);
  const download = await stalled(server.url, '/large.bin');
  await look(server.url);
  assert.equal(sockets.filter((socket) => socket.readyState === 'open').length, 60, 'all are still there');
  assert.equal(await download.rest(), LARGE, 'and the stalled one comes to its end');
  for (const socket of sockets) socket.destroy();
  server.close();
}

test('Chromium shows its first skeleton among 60 connections and a stalled download', async () => {
  const browser = await launch();
  await crowded(async (url) => {
    const page = await open(browser, url);
    await looked(page);
    assert.ok(Number(await page.textContent('#count')) > 0);
    assert.deepEqual(page.notes.errors, []);
  }).finally(() => browser.close());
});

test('and so does Firefox', { skip: !existsSync(FIREFOX) && `${FIREFOX} is not installed` }, async () => {
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath: FIREFOX, headless: true });
  await crowded(async (url) => {
    const page = await browser.newPage();
    await page.goto(url);
    await page.waitForFunction(() => Number(document.body.dataset.looked) > 0, { timeout: SLOW });
    assert.ok(Number(await page.evaluate(() => document.getElementById('count').textContent)) > 0);
  }).finally(() => browser.close());
});

test('on a phone over https the camera works, by the address it is told', async () => {
  const film = path('camera.mjpeg');
  writeFileSync(film, Buffer.concat([bytesOf('collins'), bytesOf('collins')]));
  const fake = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-video-capture=${film}`];
  const [browser, server] = [await launch({ args: fake }), await serve(DIST, ['--host', '0.0.0.0', '--https'])];
  try {
    await until(() => /asks once/.test(server.said()), server.said);
    const url = /^ {2}(https:\S+)$/m.exec(server.said())?.[1] ?? server.url;
    const page = await open(browser, url, { context: { ...PHONE, ignoreHTTPSErrors: true } });
    let n = await looked(page);
    assert.equal(await page.evaluate(() => isSecureContext), true);
    await page.fill('#threshold', '0.05');
    n = await looked(page, n);
    await page.tap('#camera');
    await looked(page, n + 3);
    assert.equal(await page.isVisible('#video'), true);
    assert.equal(await page.textContent('#camera'), 'Stop');
    await page.waitForFunction(() => Number(document.getElementById('count').textContent) > 0);
    assert.deepEqual(page.notes.errors, []);
    assert.deepEqual(page.notes.elsewhere, []);
    await screenshot(page, 'phone-https-camera');
    const fps = await page.textContent('#fps');
    await page.context().close();
    if (url !== server.url) {
      const plain = await serve(DIST, ['--host', '0.0.0.0']);
      const bare = await open(browser, url.replace(/^https(.*:)\d+/, `http$1${new URL(plain.url).port}`), { context: PHONE });
      await looked(bare);
      await bare.tap('#camera');
      await says(bare, /camera only over https/);
      plain.close();
    }
    console.log(`  ${url}: ${fps} frames a second`);
  } finally {
    await browser.close();
    server.close();
  }
});

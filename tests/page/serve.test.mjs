// The server that users take: many connections, other devices, https, and browsers among all that.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { delimiter } from 'node:path';
import { connect as secure } from 'node:tls';
import { after, before, test } from 'node:test';
import jsqr from 'jsqr';
import puppeteer from 'puppeteer-core';
import {
  DIST,
  fakeCamera,
  filmOf,
  launch,
  looked,
  lookedInFirefox,
  open,
  PROGRAM,
  says,
  screenshot,
  serve,
  serving,
  SLOW,
} from './harness.mjs';
import { LARGE, raw, scenery, stalled, until } from './served.mjs';

const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
/** A server that does not answer is a failure, not a wait. */
const LIMIT = { timeout: 2 * SLOW };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

let site;
before(async () => (site = await scenery()));
after(() => site?.close());

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
  const { status, stderr } = spawnSync(PROGRAM, serving(site.folder, more), { encoding: 'utf8', timeout: 20_000 });
  return { status, stderr };
}

test('a request byte by byte, and 300 connections that say nothing', LIMIT, async () => {
  const { hostname, port } = new URL(site.url);
  const idle = Array.from({ length: 300 }, () => connect(port, hostname).on('error', () => {}));
  const slow = connect(port, hostname);
  let answer = '';
  slow.setEncoding('latin1').on('data', (part) => (answer += part));
  for (const byte of 'GET /a.css HTTP/1.1\r\nHost: x\r\n\r\n') {
    slow.write(byte);
    await new Promise((done) => setTimeout(done, 10));
  }
  assert.equal(await (await fetch(site.at('a.js'))).text(), 'a.js');
  await until(
    () => answer.endsWith('a.css'),
    () => answer,
  );
  for (const socket of [slow, ...idle]) socket.destroy();
});

/** As `serve`, on a system that lets a program open few files: 256 is what macOS gives. */
async function serveWithFew(folder, files, more = []) {
  const limited = (args) => [
    '-c',
    `ulimit -S -n ${files} && ulimit -H -n ${files} && exec "$0" "$@"`,
    PROGRAM,
    ...args,
  ];
  return serve(folder, more, { program: '/bin/sh', limited });
}

for (const more of [[], ['--https']]) {
  test(`more idle connections than files may be open: the next one is answered${more.length ? ', over https too' : ''}`, {
    ...LIMIT,
    skip: process.platform === 'win32',
  }, async () => {
    const server = await serveWithFew(site.folder, 128, more);
    const { hostname, port } = new URL(server.url);
    let left = 0;
    const idle = [];
    for (let i = 0; i < 200; i++) {
      const socket = connect(port, hostname)
        .on('error', () => {})
        .on('close', () => left++)
        .resume();
      await new Promise((done) => socket.once('connect', done));
      if (i % 2 && !more.length) socket.write('GET /a.js HTTP/1.1\r\nHost: x\r\n\r\n');
      idle.push(socket);
    }
    const download = more.length ? null : await stalled(server.url, '/large.bin');
    for (let i = 0; i < 3; i++) {
      const answer = more.length
        ? await get(`${server.url}a.js`, { rejectUnauthorized: false, agent: false, timeout: 5000 })
        : [200, await (await fetch(`${server.url}a.js`, { signal: AbortSignal.timeout(5000) })).text()];
      assert.deepEqual(answer, [200, 'a.js']);
    }
    assert.ok(left >= 40, `${left} of those that were idle had to leave`);
    if (download) assert.equal(await download.rest(), LARGE, 'a download under way did not');
    for (const socket of idle) socket.destroy();
    server.close();
  });
}

test('Ctrl-C in the middle of a download ends it at once', { skip: process.platform === 'win32' }, async () => {
  const server = await serve(site.folder);
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
  const [, offered] =
    /^querypose: Port \d+ of 127\.0\.0\.1 is taken by another program\. Port (\d+) is free: add --port \1\.\n$/.exec(
      stderr,
    ) ?? [];
  assert.equal(status, 1);
  assert.ok(Number(offered) > port, stderr);
  const server = await serve(site.folder, ['--port', offered]);
  assert.equal(server.url, `http://127.0.0.1:${offered}/`);
  server.close();
  taken.close();
  assert.match(refused(['--host', '203.0.113.77']).stderr, /203\.0\.113\.77 is no address of this machine/);
});

/** Every address of this machine that a browser can be given. */
const addresses = () =>
  Object.values(networkInterfaces())
    .flat()
    .filter(({ address }) => !address.startsWith('fe80'));

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
      if (dark(Math.floor(x / scale), Math.floor(y / scale)))
        pixels.fill(0, (y * width * scale + x) * 4, (y * width * scale + x) * 4 + 3);
    }
  }
  return jsqr(pixels, width * scale, height * scale)?.data;
}

for (const more of [[], ['--https']]) {
  const scheme = more.length ? 'https' : 'http';
  test(`for other devices, over ${scheme}: addresses, a square, and what to know`, async () => {
    const server = await serve(site.folder, ['--host', '0.0.0.0', ...more]);
    const { port } = new URL(server.url);
    await until(() => /asks once[\s\S]*Risk|only over https/.test(server.said()), server.said);
    const outward = addresses()
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address }) => `${scheme}://${address}:${port}/`);
    assert.equal(server.url, `${scheme}://127.0.0.1:${port}/`);
    const listed = server
      .said()
      .split('\n')
      .filter((line) => line.startsWith('  http'))
      .map((line) => line.trim());
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
    const socket = secure(
      { port, host: '127.0.0.1', servername: /[a-z]/.test(name) ? name : undefined, ca, rejectUnauthorized: false },
      () => {
        done({ certificate: socket.getPeerX509Certificate(), why: socket.authorizationError });
        socket.destroy();
      },
    ).on('error', failed);
  });
}

function get(url, options) {
  return new Promise((done, failed) => {
    const asked = request(url, options, async (answer) =>
      done([answer.statusCode, Buffer.concat(await answer.toArray()).toString()]),
    );
    asked.on('error', failed).end();
  });
}

test('a certificate made on the spot holds for every address of this machine', async () => {
  const server = await serve(site.folder, ['--https']);
  assert.match(server.url, /^https:\/\/127\.0\.0\.1:\d+\/$/);
  const { certificate } = await shown(server.url, 'localhost');
  for (const name of ['127.0.0.1', '::1', ...addresses().map(({ address }) => address)])
    assert.ok(certificate.checkIP(name), name);
  assert.ok(certificate.checkHost('localhost'));
  const days = (date) => (new Date(date) - Date.now()) / 86_400_000;
  assert.ok(days(certificate.validFrom) < -0.9 && days(certificate.validTo) > 300 && days(certificate.validTo) < 398);
  assert.deepEqual(
    await get(`${server.url}a.js`, { ca: certificate.toString() }),
    [200, 'a.js'],
    'trusted by whoever keeps it',
  );
  const other = await serve(site.folder, ['--https']);
  const second = (await shown(other.url, 'localhost')).certificate;
  assert.notEqual(second.serialNumber, certificate.serialNumber);
  other.close();
  // Typed without "https://".
  const plain = await raw(server.url, 'GET /a.js?x HTTP/1.1\r\nHost: here:1\r\nConnection: close\r\n\r\n');
  assert.match(plain, /^HTTP\/1\.1 308 [\s\S]*location: https:\/\/here:1\/a\.js\?x\r\n/i);
  server.close();
});

test("the user's own certificate, and files that are none", async (t) => {
  const make = (name) =>
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=test',
        '-addext',
        'subjectAltName=DNS:localhost,IP:127.0.0.1',
        '-keyout',
        site.path(`${name}.key`),
        '-out',
        site.path(`${name}.crt`),
      ],
      { stdio: 'pipe' },
    );
  make('mine');
  make('other');
  const server = await serve(site.folder, ['--cert', site.path('mine.crt'), '--key', site.path('mine.key')]);
  assert.match(server.url, /^https:/);
  assert.deepEqual(await get(`${server.url}a.js`, { ca: readFileSync(site.path('mine.crt')) }), [200, 'a.js']);
  server.close();
  const pem = (what, bytes) =>
    `-----BEGIN ${what}-----\n${Buffer.from(bytes).toString('base64')}\n-----END ${what}-----\n`;
  writeFileSync(site.path('words'), 'no certificate');
  writeFileSync(site.path('broken.crt'), pem('CERTIFICATE', 'no certificate'));
  writeFileSync(site.path('broken.key'), pem('PRIVATE KEY', 'no key'));
  writeFileSync(site.path('cut.crt'), readFileSync(site.path('mine.crt'), 'utf8').slice(0, 300));
  execFileSync(
    'openssl',
    ['pkey', '-in', site.path('mine.key'), '-aes256', '-passout', 'pass:x', '-out', site.path('locked.key')],
    { stdio: 'pipe' },
  );
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
      const [cert, key] = files.split(' ').map(site.path);
      const { status, stderr } = refused(['--cert', cert, '--key', key]);
      assert.match(stderr, new RegExp(`^querypose: ${words}`));
      assert.equal(status, 1);
    });
  }
  assert.equal(refused(['--cert', site.path('mine.crt')]).status, 2, 'one without the other');
});

test('--open opens this address in the browser, and says when there is none', {
  skip: process.platform !== 'linux',
}, async () => {
  mkdirSync(site.path('bin'));
  writeFileSync(site.path('bin/xdg-open'), `#!/bin/sh\necho "$1" > '${site.path('opened')}'\n`);
  chmodSync(site.path('bin/xdg-open'), 0o755);
  const before = process.env.PATH;
  try {
    process.env.PATH = site.path('bin') + delimiter + before;
    const server = await serve(site.folder, ['--host', '0.0.0.0', '--open']);
    await until(() => existsSync(site.path('opened')) && readFileSync(site.path('opened'), 'utf8'), server.said);
    assert.equal(readFileSync(site.path('opened'), 'utf8').trim(), server.url);
    server.close();
    process.env.PATH = site.path('empty');
    const bare = await serve(site.folder, ['--open']);
    await until(() => bare.said().includes(`open ${bare.url} in it yourself`), bare.said);
    assert.equal((await fetch(bare.url)).status, 200);
    bare.close();
  } finally {
    process.env.PATH = before;
  }
});

/** The page, with a file beside it that is large enough to stall in. */
async function crowded(look) {
  const page = site.path('page');
  if (!existsSync(page)) cpSync(DIST, page, { recursive: true });
  cpSync(site.path('site/large.bin'), `${page}/large.bin`);
  const server = await serve(page);
  const sockets = await crowd(server.url);
  const download = await stalled(server.url, '/large.bin');
  await look(server.url);
  assert.equal(sockets.filter((socket) => socket.readyState === 'open').length, 60, 'all are still there');
  assert.equal(await download.rest(), LARGE, 'and the stalled one comes to its end');
  for (const socket of sockets) socket.destroy();
  server.close();
}

test('Chromium shows its first skeleton among 60 connections and a stalled download', LIMIT, async () => {
  const browser = await launch();
  await crowded(async (url) => {
    const page = await open(browser, url);
    await looked(page);
    assert.ok(Number(await page.textContent('#count')) > 0);
    assert.deepEqual(page.notes.errors, []);
  }).finally(() => browser.close());
});

test('and so does Firefox', { ...LIMIT, skip: !existsSync(FIREFOX) && `${FIREFOX} is not installed` }, async () => {
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath: FIREFOX, headless: true });
  await crowded(async (url) => {
    const page = await browser.newPage();
    await page.goto(url);
    await lookedInFirefox(page);
    assert.ok(Number(await page.evaluate(() => document.getElementById('count').textContent)) > 0);
  }).finally(() => browser.close());
});

test('on a phone over https the camera works, by the address it is told', async () => {
  const [browser, server] = [
    await launch({ args: fakeCamera(filmOf('collins')) }),
    await serve(DIST, ['--host', '0.0.0.0', '--https']),
  ];
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
      const bare = await open(browser, url.replace(/^https(.*:)\d+/, `http$1${new URL(plain.url).port}`), {
        context: PHONE,
      });
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

// What the page's tests share: the program's own server, Chromium with the right flags, the command line's answers.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

export const ROOT = resolve(import.meta.dirname, '../..');
export const DIST = process.env.QUERYPOSE_DIST ?? join(ROOT, 'dist');
export const SCREENSHOTS = process.env.QUERYPOSE_SCREENSHOTS ?? join(tmpdir(), 'querypose-screenshots');
/** Patience for anything that runs a network: software GPUs on shared machines are slow. */
export const SLOW = 120_000;

/** More than a model proposes: nobody is left out for being one too many, which nearly equal scores would decide. */
export const EVERYBODY = 100;

export const SAMPLES = ['collins', 'crew', 'group', 'hopper', 'photographer', 'ride', 'stairs', 'street', 'telephones'];

export const PROGRAM = join(ROOT, 'target/release/querypose');

/** How users serve a folder that is built already: at any free port, or with `more` arguments. */
export const serving = (folder, more = []) => [
  'serve',
  '--no-build',
  '--out',
  folder,
  ...(more.includes('--port') ? [] : ['--port', '0']),
  ...more,
];

const servers = new Set();
process.on('exit', () => servers.forEach((child) => child.kill('SIGKILL')));

/** Serves a folder as users do; `said()` is what the program printed. `through` is a program that starts it. */
export async function serve(folder, more, through) {
  const [program, args] = through
    ? [through.program, through.limited(serving(folder, more))]
    : [PROGRAM, serving(folder, more)];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  servers.add(child);
  const close = () => servers.delete(child) && child.kill('SIGKILL');
  let text = '';
  const url = await new Promise((done, failed) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (part) => {
        text += part;
        const [, address] = /QueryPose is at (\S+)/.exec(text) ?? [];
        if (address) done(address);
      });
    }
    child.on('error', failed).on('exit', (code) => failed(new Error(`the server ended (${code}): ${text}`)));
  });
  // Whoever forgets to close it does not keep the test waiting.
  for (const handle of [child, child.stdout, child.stderr]) handle.unref();
  return { url, child, said: () => text, close };
}

/** Serves `dist/` under a path with the program's own server, as users do. */
export async function host(prefix = '/') {
  assert.ok(existsSync(join(DIST, 'index.html')), `${DIST} has no page; build it with: cargo run --release -- page`);
  if (prefix === '/') return serve(DIST);
  const folder = mkdtempSync(join(tmpdir(), 'querypose-site-'));
  cpSync(DIST, join(folder, prefix), { recursive: true });
  const site = await serve(folder);
  const close = () => {
    site.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...site, url: site.url.replace(/\/$/, prefix), close };
}

const PLAIN = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const WEBGPU = [
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-angle=swiftshader',
  '--ignore-gpu-blocklist',
];

/** Chromium; with `webgpu` on SwiftShader, without it there is no adapter. */
export function launch({ webgpu = false, args = [] } = {}) {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  return chromium.launch({
    executablePath,
    args: ['--js-flags=--expose-gc', ...PLAIN, ...(webgpu ? WEBGPU : []), ...args],
  });
}

/** Arguments of a Chromium with a camera that is made up, and plays `film`, the bytes of a motion JPEG, where given. */
export function fakeCamera(film) {
  const plays = film ? [`--use-file-for-fake-video-capture=${asFile(film, 'camera.mjpeg')}`] : [];
  return ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', ...plays];
}

/** A sample picture as a film of two frames that are alike. */
export const filmOf = (name) => Buffer.concat([bytesOf(name), bytesOf(name)]);

/** A page that notes every error, CSP violation and request to elsewhere; `context` is Playwright's. */
export async function open(browser, url, { context = {}, prepare } = {}) {
  // A page that is kept answers by itself: only the tests of that want it.
  const surroundings = await browser.newContext({ serviceWorkers: 'block', ...context });
  const page = await surroundings.newPage();
  page.setDefaultTimeout(SLOW);
  const notes = { errors: [], elsewhere: [], requests: [] };
  page.on('pageerror', (error) => notes.errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
      notes.errors.push(message.text());
  });
  surroundings.on('request', (request) => {
    notes.requests.push(request.url());
    if (!request.url().startsWith(new URL('.', url).href) && !/^(blob|data):/.test(request.url()))
      notes.elsewhere.push(request.url());
  });
  await prepare?.(page, surroundings);
  await page.goto(url);
  return Object.assign(page, { notes });
}

/** An empty page of the site: the real one opens a network at once, which takes a software GPU a minute. */
export function blank(browser, site) {
  const prepare = (_page, context) =>
    context.route('**/blank.html', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><body>' }),
    );
  return open(browser, `${site.url}blank.html`, { prepare });
}

/** Puts a script in front of the worker's own. */
export function inWorker(script) {
  return (_page, context) =>
    context.route('**/worker.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${script}\n${await response.text()}` });
    });
}

/** Opens the page as if WebGPU had been chosen on it before its first network was there. */
export async function choosesGpu(page) {
  await page.route(
    (url) => url.pathname.endsWith('/') && !url.pathname.includes('models'),
    async (route) => {
      const response = await route.fetch();
      const html = (await response.text()).replace('<option value="gpu"', '<option selected value="gpu"');
      await route.fulfill({ response, body: html });
    },
  );
}

/** Waits until the network has looked at the stage, more often than `after` times. */
export async function looked(page, after = 0) {
  await page.waitForFunction((n) => Number(document.body.dataset.looked ?? 0) > n, after, { timeout: SLOW });
  return page.evaluate(() => Number(document.body.dataset.looked));
}

/**
 * Waits until the network has looked at the stage of a page in Firefox: Puppeteer's own waiting evaluates text, which the
 * page's security policy forbids, and newer Firefoxes heed.
 */
export async function lookedInFirefox(page) {
  const isThere = () => page.evaluate(() => Number(document.body.dataset.looked) > 0);
  for (const end = Date.now() + SLOW; !(await isThere()); await setTimeout(200))
    assert.ok(Date.now() < end, 'no picture was looked at');
}

/** Waits for words in the page's message line. */
export async function says(page, pattern) {
  const read = () => page.textContent('#message');
  await page
    .waitForFunction(
      ({ source, flags }) => new RegExp(source, flags).test(document.getElementById('message').textContent),
      { source: pattern.source, flags: pattern.flags },
      { timeout: SLOW },
    )
    .catch(async () => assert.match(await read(), pattern));
}

/** Opens a network in the page and keeps it as `window.net`; resolves with its facts. */
export function loadNet(page, backend) {
  return page.evaluate(async (backend) => {
    const { QueryPose } = await import('./lib/querypose.js');
    window.net = await QueryPose.load('models/nano/', { backend });
    const { backend: used, reason, adapter, model } = window.net;
    return { backend: used, reason, adapter, model };
  }, backend);
}

/** What the command line finds in a picture, in the page's own shape; `more` are further arguments. */
export async function commandLine(file, threshold, more = []) {
  const model = more.includes('--model') ? [] : ['--model', join(DIST, 'models/nano')];
  const all = more.includes('--max-people') ? [] : ['--max-people', String(EVERYBODY)];
  const run = [
    'detect',
    file,
    ...model,
    '--backend',
    'cpu',
    '--format',
    'tfjs',
    ...all,
    '--threshold',
    String(threshold),
    ...more,
  ];
  const { stdout } = await promisify(execFile)(PROGRAM, run, { maxBuffer: 1 << 26 });
  const [answer] = [JSON.parse(stdout)].flat();
  return answer.poses ?? answer;
}

/**
 * Asserts that two lists of poses are the same people within `pixels`. People are compared with the nearest of the
 * other list, because scores that are nearly equal may change places; whoever is nearly at the threshold may be
 * missing. Returns by how many pixels a joint was off at most.
 */
export function samePeople(found, expected, pixels, threshold) {
  const sure = (poses) => poses.filter((pose) => pose.score > threshold + 0.01);
  const far = (a, b) =>
    Math.max(...a.keypoints.map((k, j) => Math.hypot(k.x - b.keypoints[j].x, k.y - b.keypoints[j].y)));
  let most = 0;
  for (const [these, others] of [
    [expected, found],
    [found, expected],
  ]) {
    for (const pose of sure(these)) {
      assert.ok(others.length > 0, 'somebody is missing');
      const twin = others.reduce((best, other) => (far(pose, other) < far(pose, best) ? other : best));
      const off = far(pose, twin);
      most = Math.max(most, off);
      assert.ok(off <= pixels, `a joint of somebody with score ${pose.score} is ${off.toFixed(2)} px off`);
      assert.ok(Math.abs(pose.score - twin.score) < 0.01, `score ${twin.score}, not ${pose.score}`);
      assert.deepEqual(
        pose.keypoints.map((k) => k.name),
        twin.keypoints.map((k) => k.name),
      );
      for (const side of ['xMin', 'yMin', 'xMax', 'yMax'])
        assert.ok(Math.abs(pose.box[side] - twin.box[side]) <= pixels, side);
    }
  }
  return most;
}

/** Megabytes of memory that the browser's processes of these kinds have, what they share with one another included. */
export async function memory(session, page, kinds = ['renderer']) {
  // Garbage first: how much of it lies about depends on how fast the machine is, what is kept does not.
  for (let i = 0; i < 2; i++) {
    await page.evaluate(() => globalThis.gc());
    // One that was ended just now has no garbage left.
    for (const thread of page.workers()) await thread.evaluate(() => globalThis.gc()).catch(() => {});
    await page.waitForTimeout(500);
  }
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const rss = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  return processInfo.filter((p) => kinds.includes(p.type)).reduce((sum, p) => sum + rss(p.id), 0) / 1024;
}

/** What axe finds serious or critical on the page as it is, a line each. */
export async function axe(page) {
  const require = createRequire(import.meta.url);
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
  const where = (nodes) => nodes.slice(0, 3).map((node) => node.html);
  return serious.map(({ id, nodes }) => `${id}: ${where(nodes).join(' ')}`);
}

export const picture = (name) => join(ROOT, 'www/pictures', `${name}.jpg`);
export const bytesOf = (name) => readFileSync(picture(name));

/** A new file with these bytes, in a folder of its own. */
export function asFile(bytes, name = 'picture.png') {
  const file = join(mkdtempSync(join(tmpdir(), 'querypose-')), name);
  writeFileSync(file, bytes);
  return file;
}

/** Keeps a screenshot of a page, or of an element of it, to be looked at: in the folder QUERYPOSE_SCREENSHOTS. */
export async function screenshot(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

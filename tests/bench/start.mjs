// A first visit over a slow line, from the address to the first skeleton that this browser computed itself:
//
//   cargo run --release -- page && (cd tests && npm install --no-package-lock)
//   node tests/bench/start.mjs [ANOTHER_BUILD] [--webgpu [--asked]]      with another build's folder both take turns
//
// With --webgpu there is a (software) GPU, which the page may take or not; with --asked it has to.
//
// The line is a proxy in front of the program's own server: MBIT (10) million bits a second for all connections
// together, and LATENCY (20) milliseconds each way. Nothing is kept from visit to visit. The sample's stored skeleton,
// which is there at once, does not count.
import { choosesGpu, DIST, launch, open, serve, SLOW } from '../page/harness.mjs';
import { slowLine } from '../page/line.mjs';

const MBIT = Number(process.env.MBIT ?? 10);
const LATENCY = Number(process.env.LATENCY ?? 20);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const webgpu = process.argv.includes('--webgpu');
const asked = process.argv.includes('--asked');
const [other] = process.argv.slice(2).filter((a) => !a.startsWith('--'));

/** In page and worker: what was fetched when, in milliseconds of the clock on the wall. */
const fetched = () =>
  performance.getEntriesByType('resource').map(({ name, startTime, responseEnd }) => ({
    name: new URL(name).pathname.replace(/^\//, ''),
    from: performance.timeOrigin + startTime,
    to: performance.timeOrigin + responseEnd,
  }));

async function visit(folder) {
  const site = await serve(folder);
  const { line, url, close } = await slowLine(new URL(site.url).port, MBIT, LATENCY);
  const browser = await launch({ webgpu });
  try {
    const page = await open(browser, url, {
      prepare: async (page) => {
        if (asked) await choosesGpu(page);
        await page.addInitScript(() => {
          new MutationObserver(() => {
            if (document.body?.dataset.looked) window.seenAt ??= performance.now();
          }).observe(document, { subtree: true, childList: true, attributes: true });
        });
      },
    });
    await page.waitForFunction(() => window.seenAt, null, { timeout: SLOW });
    const skeleton = await page.evaluate(() => window.seenAt);
    const files = (await Promise.all([page, ...page.workers()].map((thread) => thread.evaluate(fetched)))).flat();
    const begin = await page.evaluate(() => performance.timeOrigin);
    const since = (ms) => ms - begin;
    return {
      bytes: line.sent,
      last: since(Math.max(...files.filter(({ name }) => name.endsWith('.safetensors')).map(({ to }) => to))),
      skeleton,
      files: files.map(({ name, from, to }) => ({ name, from: since(from), to: since(to) })),
    };
  } finally {
    await browser.close();
    close();
    site.close();
  }
}

/** Each file as a bar over the seconds until the skeleton. */
function waterfall({ files, skeleton }) {
  const WIDTH = 60;
  const column = (ms) => Math.max(0, Math.min(WIDTH, Math.round((ms / skeleton) * WIDTH)));
  for (const { name, from, to } of files.toSorted((a, b) => a.from - b.from)) {
    const bar = ' '.repeat(column(from)) + '█'.repeat(Math.max(1, column(to) - column(from)));
    console.log(`  ${name.padEnd(36).slice(-36)} ${bar.padEnd(WIDTH + 1)} ${(to / 1000).toFixed(2)} s`);
  }
}

const seconds = (ms) => (ms / 1000).toFixed(2);
const builds = { [DIST]: [], ...(other && { [other]: [] }) };
for (let round = 0; round < ROUNDS; round++)
  for (const [folder, visits] of Object.entries(builds)) visits.push(await visit(folder));
for (const [folder, visits] of Object.entries(builds)) {
  const middle = visits.toSorted((a, b) => a.skeleton - b.skeleton)[visits.length >> 1];
  const where = asked ? 'WebGPU' : webgpu ? 'the page chooses' : 'processor';
  console.log(`${folder}, ${where}, ${MBIT} Mbit/s, the middle one of ${visits.length} visits:`);
  waterfall(middle);
  const { bytes, last, skeleton } = middle;
  const atLeast = (bytes * 8) / (MBIT * 1000);
  console.log(
    `  ${(bytes / 1e6).toFixed(2)} MB, at least ${seconds(atLeast)} s on this line; the weights are here at ${seconds(last)} s;` +
      ` the first skeleton at ${seconds(skeleton)} s: ${seconds(skeleton - last)} s after it`,
  );
}

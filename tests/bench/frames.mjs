// What a camera's frame costs the page's own thread, from the browser's trace:
//
//   cargo run --release -- page && (cd tests && npm install --no-package-lock)
//   node tests/bench/frames.mjs [ANOTHER_BUILD]      with another build's folder both take turns
//
// A camera of each size is followed for a while. The camera is made up by the browser, from a film that ffmpeg makes of a
// sample. Tasks also draw the video and the page, thirty times a second, which without a graphics card is the most of it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DIST, fakeCamera, launch, looked, open, ROOT, serve } from '../page/harness.mjs';

const SIZES = ['640x480', '1280x720', '1920x1080'];
const FRAMES = Number(process.env.FRAMES ?? 40);
const folder = mkdtempSync(join(tmpdir(), 'querypose-frames-'));

/** Of a frame that is shown: milliseconds of the page's scripts, of all tasks of its thread, and of the longest task. */
async function measured(site, film) {
  const browser = await launch({ args: fakeCamera().concat(`--use-file-for-fake-video-capture=${film}`) });
  try {
    const page = await open(browser, site.url, { context: { viewport: { width: 1280, height: 800 } } });
    const n = await looked(page);
    await page.click('#camera');
    await page.waitForSelector("#size option[value='256']", { state: 'attached' });
    await page.selectOption('#size', '256');
    await looked(page, n + 5);
    const shown = await page.evaluate(() => {
      const { videoWidth, videoHeight } = document.getElementById('video');
      return `${videoWidth}x${videoHeight}`;
    });
    return { shown, script: await scripts(page), ...(await tasks(browser, page)) };
  } finally {
    await browser.close();
  }
}

/** By the profiler; what the browser does besides is not in it. */
async function scripts(page) {
  const profiler = await page.context().newCDPSession(page);
  await profiler.send('Profiler.enable');
  await profiler.send('Profiler.setSamplingInterval', { interval: 200 });
  const first = await looked(page);
  await profiler.send('Profiler.start');
  const last = await looked(page, first + FRAMES);
  const { profile } = await profiler.send('Profiler.stop');
  const other = new Set(
    profile.nodes
      .filter(({ callFrame }) => /^\((idle|program|root)\)$/.test(callFrame.functionName))
      .map(({ id }) => id),
  );
  const microseconds = profile.timeDeltas.filter((_, i) => !other.has(profile.samples[i]));
  return microseconds.reduce((a, b) => a + b, 0) / 1000 / (last - first);
}

async function tasks(browser, page) {
  const first = await looked(page);
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  const last = await looked(page, first + FRAMES);
  const { traceEvents } = JSON.parse(await browser.stopTracing());
  const threads = traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
  const all = traceEvents.filter(({ name, dur }) => name === 'ThreadControllerImpl::RunTask' && dur);
  const sum = (list) => list.reduce((ms, { dur }) => ms + dur / 1000, 0);
  // The page's own renderer is the one that worked.
  const [mine] = threads
    .map(({ pid, tid }) => all.filter((task) => task.pid === pid && task.tid === tid))
    .sort((a, b) => sum(b) - sum(a));
  return { all: sum(mine) / (last - first), longest: Math.max(...mine.map(({ dur }) => dur / 1000)) };
}

const sites = await Promise.all([DIST, ...process.argv.slice(2)].map((dist) => serve(dist)));
for (const size of SIZES) {
  const film = join(folder, `${size}.mjpeg`);
  const fit = size.replace('x', ':');
  const filter = `scale=${fit}:force_original_aspect_ratio=increase,crop=${fit}`;
  const picture = join(ROOT, 'www/pictures/group.jpg');
  execFileSync('ffmpeg', [
    '-v',
    'error',
    '-loop',
    '1',
    '-i',
    picture,
    '-vf',
    filter,
    '-frames:v',
    '2',
    '-q:v',
    '3',
    film,
  ]);
  for (const [i, site] of sites.entries()) {
    const { shown, script, all, longest } = await measured(site, film);
    const figures = `scripts ${script.toFixed(2)} ms a frame, all tasks ${all.toFixed(1)}, the longest ${longest.toFixed(1)}`;
    console.log(`${size} ${i ? process.argv[2] : 'this build'}, shown at ${shown}: ${figures}`);
  }
}
for (const site of sites) site.close();
rmSync(folder, { recursive: true });

// The page's engine beside what people would use instead, in one browser and one run:
//
//   python training/onnx_export.py --model www/models/nano --extent 448 336 --out nano336.onnx
//   python training/onnx_export.py --model www/models/nano --extent 341 256 --out nano256.onnx
//   cargo run --release -- page
//   (cd tests && npm install --no-package-lock) && (cd tests/bench && npm install --no-package-lock)
//   node tests/bench/run.mjs nano336.onnx nano256.onnx             wasm, one thread, and MoveNet besides
//   node tests/bench/run.mjs nano336.onnx nano256.onnx --webgpu    WebGPU, here on SwiftShader
//   node tests/bench/run.mjs … --ap ap.json --plot plot.svg        milliseconds against AP
//
// The export needs onnx and onnxscript. Same network: ours and onnxruntime-web's nano at 448 × 336 and 341 × 256,
// whichever files there are; as many people are decoded as the file was exported with. Ratio: ours over theirs, of
// medians and of best runs. Another network: MoveNet MultiPose Lightning in TensorFlow.js at 256 and 384 px, which always
// decodes six, on wasm only. All look at one photo of 640 × 480. Ours and MoveNet's count the letterbox and the reading of
// the pixels, onnxruntime-web's does not; all count the reading of the answer. Runs take turns (ROUNDS of them), so that a
// busy machine is busy for all.
//
// AP is not measured here. The model's about.json has it for its own size, `--ap` the rest:
// {"nano at 256": AP, "MoveNet at 256": AP, "MoveNet at 384": AP}. What has none is not drawn.
import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { DIST, launch } from '../page/harness.mjs';
import { plot } from './plot.mjs';

function wrong(sentence) {
  console.error(`${sentence}\nnode tests/bench/run.mjs FILE.onnx … [--webgpu] [--ap FILE.json] [--plot FILE.svg]`);
  process.exit(2);
}

function asked() {
  try {
    const options = { webgpu: { type: 'boolean', default: false }, ap: { type: 'string' }, plot: { type: 'string' } };
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    return wrong(error.message);
  }
}

const { values, positionals: onnx } = asked();
const { webgpu } = values;
const rounds = Number(process.env.ROUNDS ?? (webgpu ? 5 : 20));
if (!(rounds >= 1)) wrong('ROUNDS is a number of runs.');
if (onnx.length === 0) wrong('Name the ONNX files.');
for (const file of onnx.concat(values.ap ?? [])) if (!existsSync(file)) wrong(`There is no ${file}.`);
if (!existsSync(join(DIST, 'index.html'))) wrong(`${DIST} has no page; build it with: cargo run --release -- page`);
if (!existsSync(join(import.meta.dirname, 'node_modules')))
  wrong('First, its packages: (cd tests/bench && npm install --no-package-lock)');
const ap = { ...ofShipped(join(DIST, 'models/nano')), ...(values.ap && json(values.ap)) };

function json(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** AP that the model tells of itself, at its own size. */
function ofShipped(model) {
  const { shortest_edge } = json(join(model, 'config.json')).image;
  return { [`nano at ${shortest_edge}`]: json(join(model, 'about.json')).accuracy?.ap };
}

const types = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** The built page, this folder as bench/, and the ONNX files by their number. */
function fileOf(path) {
  const [, place, rest] = /^\/(onnx|bench)\/(.*)$/.exec(path) ?? [null, '', path];
  if (place === 'onnx') return onnx[rest] && resolve(onnx[rest]);
  const folder = place ? import.meta.dirname : resolve(DIST);
  const file = join(folder, rest);
  return file.startsWith(folder + sep) ? file : undefined;
}

const server = createServer((request, response) => {
  const path = decodeURIComponent(request.url.split('?')[0]);
  // An empty page, so that nothing else works in it.
  if (path === '/bench/') return response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
  const file = fileOf(path);
  if (!file || !existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' });
  return createReadStream(file).pipe(response);
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));

/** All runners with their `times`, in milliseconds. */
async function race() {
  const browser = await launch({ webgpu });
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(error.message));
    await page.goto(`http://127.0.0.1:${server.address().port}/bench/`);
    return await page.evaluate(async (how) => (await import('/bench/runners.mjs')).race(how), {
      webgpu,
      rounds,
      files: onnx.length,
    });
  } finally {
    await browser.close();
    server.close();
  }
}

const sorted = (times) => times.toSorted((a, b) => a - b);
const median = (times) => sorted(times)[times.length >> 1];
const best = (times) => sorted(times)[0];

const runners = (await race()).map((runner) => ({
  ...runner,
  label: `${runner.engine}, ${runner.pixels.join('×')}`,
  ap: ap[`${runner.network} at ${runner.size}`],
  median: median(runner.times),
  best: best(runner.times),
}));
const where = webgpu ? 'WebGPU' : 'wasm, one thread';
console.log(`${where}, ${rounds} runs each, in turns`);
for (const { label, network, people, ...runner } of runners) {
  const times = `median ${runner.median.toFixed(1).padStart(7)} ms, best ${runner.best.toFixed(1).padStart(7)} ms`;
  console.log(`${label.padEnd(38)} ${network.padEnd(8)} people ${people}   ${times}   AP ${runner.ap ?? '–'}`);
}
for (const ours of runners.filter(({ engine }) => engine === 'QueryPose')) {
  const theirs = runners.find(({ engine, size }) => engine === 'QueryPose in onnxruntime-web' && size === ours.size);
  const ratio = (of) => (ours[of] / theirs[of]).toFixed(2);
  console.log(
    theirs
      ? `ratio at ${ours.pixels.join('×')}: ${ratio('median')} of medians, ${ratio('best')} of best runs`
      : `no ratio at ${ours.pixels.join('×')}: no ONNX file of that size`,
  );
}
if (values.plot) {
  const points = runners.filter((runner) => Number.isFinite(runner.ap));
  writeFileSync(values.plot, plot(points, `milliseconds a picture (${where}, median of ${rounds} runs)`));
  console.log(`${values.plot} shows ${points.length} of ${runners.length}`);
}

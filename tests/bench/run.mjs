// The network's milliseconds against onnxruntime-web's, in the same browser and run:
//
//   python training/onnx_export.py --model www/models/nano --out nano.onnx
//   cargo run --release -- page
//   (cd tests && npm install --no-package-lock) && (cd tests/bench && npm install --no-package-lock)
//   node tests/bench/run.mjs nano.onnx             wasm against wasm, one thread
//   node tests/bench/run.mjs nano.onnx --webgpu    WebGPU against WebGPU, here on SwiftShader
//
// Both see a picture of 448 × 336 and decode one person. Ours counts the letterbox and the reading of the pixels too;
// runs take turns, so that a busy machine is busy for both. Ratio: ours over theirs, of medians and of best runs.
import { copyFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { DIST, launch } from '../page/harness.mjs';

const [onnx] = process.argv.slice(2).filter((a) => !a.startsWith('--'));
const webgpu = process.argv.includes('--webgpu');
const rounds = Number(process.env.ROUNDS ?? (webgpu ? 5 : 20));
if (!onnx || !existsSync(onnx)) {
  console.error('Name the ONNX file: node tests/bench/run.mjs nano.onnx [--webgpu]');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'querypose-bench-'));
cpSync(DIST, folder, { recursive: true });
cpSync(join(import.meta.dirname, 'node_modules/onnxruntime-web/dist'), join(folder, 'ort'), {
  recursive: true,
  filter: (f) => !f.endsWith('.map'),
});
copyFileSync(resolve(onnx), join(folder, 'model.onnx'));
const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.css': 'text/css',
};
const server = createServer((request, response) => {
  // An empty page, so that nothing else works in it.
  if (request.url === '/bench') return response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
  const file = join(folder, decodeURIComponent(request.url.split('?')[0]));
  if (!file.startsWith(folder) || !existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' });
  return createReadStream(file).pipe(response);
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));

const browser = await launch({ webgpu });
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(600_000);
  page.on('pageerror', (error) => console.error(error.message));
  await page.goto(`http://127.0.0.1:${server.address().port}/bench`);
  const { ours, theirs } = await page.evaluate(
    async ({ webgpu, rounds }) => {
      const { QueryPose } = await import('/lib/querypose.js');
      const ort = await import(webgpu ? '/ort/ort.all.bundle.min.mjs' : '/ort/ort.wasm.bundle.min.mjs');
      ort.env.wasm.wasmPaths = '/ort/';
      ort.env.wasm.numThreads = 1;
      const net = await QueryPose.load('/models/nano/', { backend: webgpu ? 'gpu' : 'cpu' });
      const session = await ort.InferenceSession.create('/model.onnx', {
        executionProviders: [webgpu ? 'webgpu' : 'wasm'],
        graphOptimizationLevel: 'all',
      });
      const [width, height] = [448, 336];
      const picture = new ImageData(width, height);
      for (let i = 0; i < picture.data.length; i++) picture.data[i] = i % 4 === 3 ? 255 : (i * 2654435761) >>> 24;
      const padded = [1, 3, Math.ceil(height / 32) * 32, Math.ceil(width / 32) * 32];
      const input = new ort.Tensor(
        'float32',
        Float32Array.from({ length: padded.reduce((a, b) => a * b) }, (_, i) => Math.sin(i)),
        padded,
      );
      const our = async () => (await net.detect(picture, { threshold: 0, maxPeople: 1 })).speed.inference;
      const their = async () => {
        const start = performance.now();
        const outputs = await session.run({ image: input });
        await Promise.all(Object.values(outputs).map((o) => o.getData()));
        return performance.now() - start;
      };
      for (let i = 0; i < 2; i++) {
        await our();
        await their();
      }
      const result = { ours: [], theirs: [] };
      for (let i = 0; i < rounds; i++) {
        result.ours.push(await our());
        result.theirs.push(await their());
      }
      return result;
    },
    { webgpu, rounds },
  );
  const sorted = (times) => times.toSorted((a, b) => a - b);
  const median = (times) => sorted(times)[times.length >> 1];
  const line = (name, times) =>
    console.log(
      `${name.padEnd(28)} median ${median(times).toFixed(1)} ms, best ${sorted(times)[0].toFixed(1)} ms, ${times.length} runs`,
    );
  const where = webgpu ? 'WebGPU' : 'wasm, one thread';
  line(`QueryPose, ${where}`, ours);
  line(`onnxruntime-web, ${where}`, theirs);
  console.log(
    `ratio ${(median(ours) / median(theirs)).toFixed(2)} of medians, ${(sorted(ours)[0] / sorted(theirs)[0]).toFixed(2)} of best runs`,
  );
} finally {
  await browser.close();
  server.close();
  rmSync(folder, { recursive: true, force: true });
}

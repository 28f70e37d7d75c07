// The shipped types: a program that uses everything compiles, strictly, and one that misuses it does not.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from './harness.mjs';

const TSC = join(ROOT, 'tests/node_modules/typescript/bin/tsc');

const USES = `
import { QueryPose, QueryPoseError, readTrace } from './querypose.js';
import type { BackendFacts, Detection, ErrorCode, ModelSource, Pose, Source, Stream, Trace } from './querypose.js';

const button: EventListenerObject = { handleEvent() {} };

export async function everything(source: Source, files: FileList, frame: VideoFrame, video: HTMLVideoElement): Promise<string> {
  const models: ModelSource[] = ['models/nano/', new URL('https://example.org/'), new Blob([]), files, [new File([], 'a.pth')], { kept: 'a' }];
  const { signal } = new AbortController();
  const net: QueryPose = await QueryPose.load(models[0]!, { backend: 'auto', onProgress: ({ stage, loaded }) => console.log(stage, loaded), signal, reference: null });
  const target: EventTarget = net;
  target.addEventListener('backend', button);
  net.addEventListener('backend', ({ detail }) => { const facts: BackendFacts = detail; return facts.reason; }, { once: true });
  net.addEventListener('kept', ({ detail }) => { const where: 'device' | 'memory' = detail; return where; });
  const listener = (event: CustomEvent<BackendFacts>): void => console.log(event.detail.backend);
  net.addEventListener('backend', listener);
  net.removeEventListener('backend', listener);
  net.addEventListener('kept', null);
  net.size = 320;
  const found: Detection = await net.detect(source, { threshold: 0.3, maxPeople: null, size: undefined, signal });
  for (const other of [frame, video, new Blob([]), new ImageData(1, 1)]) await net.detect(other);
  setInterval(() => net.detect(video).then(({ poses, width }) => console.log(poses, width)), 30);
  const stream: Stream = net.stream({ steadiness: 0.5, threshold: null, maxPeople: 3, size: 320 });
  stream.change({ steadiness: 0 });
  const id: number | undefined = (await stream.detect(video, 1000 * video.currentTime)).poses[0]?.id;
  const seen: ImageBitmap | undefined = (await stream.detect(frame, 0, { picture: true })).picture;
  stream.reset();
  stream.close();
  const trace: Trace = await net.trace(source, { taps: false, intervention: { stopAfter: 1, gates: 'old', attention: 'uniform' } });
  const { facts, tensors } = readTrace(new ArrayBuffer(8));
  const nose: Pose['keypoints'][number] | undefined = found.poses[0]?.keypoints[0];
  const { costs } = await net.costs(640, 480, 1, [256]);
  try {
    net.dispose();
  } catch (error) {
    if (error instanceof QueryPoseError) { const code: ErrorCode = error.code; return code; }
  }
  return [net.backend, net.model.url, nose?.name, id, trace.facts.ms, facts.stages, tensors['x']?.data[0], costs[0]?.gmac].join();
}
`;

const MISUSES = {
  'a wrong event': "net.addEventListener('backend', (event: CustomEvent<number>) => event.detail);",
  'a wrong backend': "QueryPose.load('models/nano/', { backend: 'webgl' });",
  'a threshold in words': "net.detect(new Image(), { threshold: 'low' });",
  'a frame without its time': 'net.stream().detect(new Image());',
  'a stream with a signal': 'net.stream({ signal: new AbortController().signal });',
  'no picture': 'net.detect({ width: 1, height: 1 });',
  'a constructor': 'new QueryPose();',
};

async function compiled(program) {
  const folder = mkdtempSync(join(tmpdir(), 'querypose-types-'));
  for (const file of ['querypose.js', 'querypose.d.ts']) cpSync(join(ROOT, 'www/lib', file), join(folder, file));
  writeFileSync(join(folder, 'program.ts'), program);
  const run = [
    '--strict',
    '--noEmit',
    '--noUncheckedIndexedAccess',
    '--exactOptionalPropertyTypes',
    '--target',
    'es2022',
    '--module',
    'es2022',
    '--moduleResolution',
    'bundler',
    '--lib',
    'es2022,dom,dom.iterable',
    'program.ts',
  ];
  const options = { cwd: folder, maxBuffer: 1 << 24 };
  return new Promise((done) =>
    execFile(process.execPath, [TSC, ...run], options, (error, stdout) => done(error ? stdout || String(error) : '')),
  );
}

test('everything compiles', async () => assert.equal(await compiled(USES), ''));

test('what is wrong does not', async (t) => {
  for (const [name, line] of Object.entries(MISUSES)) {
    await t.test(name, async () => {
      const program = `import { QueryPose } from './querypose.js';\ndeclare const net: QueryPose;\n${line}\n`;
      assert.match(await compiled(program), /program\.ts[(:]3/);
    });
  }
});

test('the library itself is sound', async () => {
  const run = [TSC, '-p', join(ROOT, 'tests/tsconfig.json')];
  const said = await new Promise((done) =>
    execFile(process.execPath, run, (error, stdout) => done(error ? stdout || String(error) : '')),
  );
  assert.equal(said, '');
});

test('no name of the page is undeclared, no import leads nowhere or is unused', async () => {
  const run = [TSC, '-p', join(ROOT, 'tests/tsconfig.names.json')];
  const said = await new Promise((done) =>
    execFile(process.execPath, run, { maxBuffer: 1 << 24 }, (_, stdout) => done(stdout)),
  );
  // What else it says is of the DOM, whose elements it does not know by their ids.
  assert.deepEqual(
    said.split('\n').filter((line) => /TS(2304|2305|2307|2552|2614|6133|6192)\b/.test(line)),
    [],
  );
});

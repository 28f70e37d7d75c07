// The built page whose model looks at much smaller pictures, for what is done thousands of times or on a software GPU:
// the same weights, engine and page. Only `config.json` is another, and with it the known answers, by the command line.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { asFile, commandLine, DIST, PROGRAM, ROOT, serve } from './harness.mjs';

/** RGBA pixels as a file of Windows, which loses nothing. */
function bmp(rgba, width, height) {
  const row = Math.ceil((width * 3) / 4) * 4;
  const bytes = Buffer.alloc(54 + row * height);
  bytes.write('BM', 0, 'latin1');
  for (const [at, value] of [
    [2, bytes.length],
    [10, 54],
    [14, 40],
    [18, width],
    [22, height],
  ])
    bytes.writeUInt32LE(value, at);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 4 * (y * width + x);
      for (let c = 0; c < 3; c++) bytes[54 + row * (height - 1 - y) + 3 * x + c] = rgba[from + 2 - c];
    }
  }
  return bytes;
}

/** The text of a `config.json`, with pictures brought to this shortest edge (px). */
export function configAt(file, edge) {
  const config = JSON.parse(readFileSync(file, 'utf8'));
  const { image } = config;
  Object.assign(image, {
    shortest_edge: edge,
    longest_edge: Math.ceil((image.longest_edge * edge) / image.shortest_edge),
  });
  // There is nothing to choose.
  delete image.adaptive_scale;
  return JSON.stringify(config);
}

/** Writes what a built page knows of a model: checksums, and the answers that engines are checked with. */
async function describe(model, check) {
  const picture = asFile(bmp(check.rgba, check.width, check.height), 'check.bmp');
  const poses = await commandLine(picture, 0, ['--model', model, '--max-people', String(check.people)]);
  writeFileSync(join(model, check.picture), check.rgba);
  const files = {};
  for (const name of ['config.json', check.picture, 'model.safetensors']) {
    const bytes = readFileSync(join(model, name));
    files[name] = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  }
  // All at one size.
  const { rgba, quick, ...known } = check;
  writeFileSync(join(model, 'manifest.json'), JSON.stringify({ files, check: { ...known, poses } }));
}

/**
 * Serves the built page with the program's own server, its model looking at pictures of this shortest edge (px); and
 * `models/tiny/`, a network of random weights with every kind of step, hundreds of times smaller.
 */
export async function small(edge = 96) {
  const folder = mkdtempSync(join(tmpdir(), 'querypose-small-'));
  cpSync(DIST, folder, { recursive: true });
  const [nano, tiny] = ['nano', 'tiny'].map((name) => join(folder, 'models', name));
  const { check } = JSON.parse(readFileSync(join(nano, 'manifest.json'), 'utf8'));
  check.rgba = readFileSync(join(nano, check.picture));
  check.size = edge;
  writeFileSync(join(nano, 'config.json'), configAt(join(nano, 'config.json'), edge));
  const checkpoint = asFile(gunzipSync(readFileSync(join(ROOT, 'tests/fixtures/pth/light.pth.gz'))), 'light.pth');
  execFileSync(PROGRAM, ['convert', checkpoint, tiny, '--dtype', 'f16', '--edges', `${edge},${2 * edge}`], {
    stdio: 'ignore',
  });
  for (const model of [nano, tiny]) await describe(model, check);
  const site = await serve(folder);
  const close = () => {
    site.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...site, folder, close };
}

/** All of the long tests' work, or a taste of it. */
export const FULL = Boolean(process.env.QUERYPOSE_SOAK);

/** Says whether a long test has gone on for long enough. */
export function patience() {
  const end = performance.now() + 60_000 * Number(process.env.QUERYPOSE_SOAK_MINUTES ?? 15);
  return () => performance.now() > end;
}

// What the tests of Check share: a folder of pictures with annotations, made from the samples and from what the command
// line finds on them, and the figures of the command line and of pycocotools.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { open, PROGRAM, ROOT, SLOW } from './harness.mjs';

/** Pixels of the pictures' longest side. */
const SIDE = 320;
/** Two have one name, in two folders; on the last nobody is to be seen. */
const PICTURES = { 'cam1/0001.png': 'group', 'cam2/0001.png': 'collins', '7.png': 'hopper', 'grey.png': null };
/** Ids that are no places, and not in their order. */
const IDS = [139, 7, 42, 5];

/** Writes the pictures as PNGs, which lose nothing, and resolves with the folder and annotations of all kinds. */
export async function scenery(browser, site) {
  const folder = join(mkdtempSync(join(tmpdir(), 'querypose-check-')), 'scene');
  const page = await open(browser, `${site.url}icon.svg`);
  for (const [name, sample] of Object.entries(PICTURES)) {
    const bytes = await page.evaluate(
      async ({ sample, most }) => {
        const canvas = new OffscreenCanvas(200, 150);
        const g = canvas.getContext('2d');
        g.fillStyle = '#808080';
        g.fillRect(0, 0, 200, 150);
        if (sample) {
          const bitmap = await createImageBitmap(await (await fetch(`pictures/${sample}.jpg`)).blob());
          const scale = most / Math.max(bitmap.width, bitmap.height);
          Object.assign(canvas, { width: bitmap.width * scale, height: bitmap.height * scale });
          g.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
        }
        return Array.from(new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer()));
      },
      { sample, most: SIDE },
    );
    write(join(folder, 'photos', name), Buffer.from(bytes));
  }
  await page.context().close();
  const model = join(site.folder, 'models/nano');
  const annotations = await annotated(folder, model);
  return { folder, model, annotations };
}

export function write(path, bytes) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

/** What the network finds, moved a little: some of it is right then and some is not. A crowd, somebody without joints. */
async function annotated(folder, model) {
  const names = Object.keys(PICTURES);
  const annotations = [];
  for (const [n, name] of names.entries()) {
    const run = ['detect', join(folder, 'photos', name), '--model', model, '--format', 'coco', '--threshold', '0.05'];
    const { stdout } = await promisify(execFile)(PROGRAM, [...run, '--backend', 'cpu'], { maxBuffer: 1 << 26 });
    for (const [i, { keypoints, bbox }] of JSON.parse(stdout).slice(0, 8).entries()) {
      const far = (0.02 + 0.05 * ((i + n) % 3)) * Math.sqrt(bbox[2] * bbox[3]);
      const moved = keypoints.map((v, k) => (k % 3 === 2 ? (k % 5 ? 2 : 0) : v + far * Math.sin(7 * k + i)));
      const labels = moved.filter((v, k) => k % 3 === 2 && v > 0).length;
      const bare = i === 4;
      annotations.push({
        id: annotations.length + 1,
        image_id: IDS[n],
        category_id: 1,
        keypoints: bare ? moved.map(() => 0) : moved,
        num_keypoints: bare ? 0 : labels,
        bbox: bbox.map((v) => v + far / 3),
        area: 0.6 * bbox[2] * bbox[3],
        iscrowd: i === 3 ? 1 : 0,
      });
    }
  }
  assert.ok(annotations.length > 6, `${annotations.length} people are found on the samples`);
  const images = names.map((file_name, n) => ({ id: IDS[n], file_name }));
  return { images, categories: [{ id: 1, name: 'person' }], annotations };
}

/** The command line's row of figures, what it said, and its results. */
export async function evalLine({ folder, model }, file, size) {
  const out = join(mkdtempSync(join(tmpdir(), 'querypose-eval-')), 'r.json');
  const more = size ? ['--sizes', `${size}`] : [];
  const run = ['eval', '--annotations', file, '--images', join(folder, 'photos'), '--model', model, '--out', out];
  const done = await promisify(execFile)(PROGRAM, [...run, '--backend', 'cpu', ...more]).catch((failed) => failed);
  const [, ...row] = done.stdout.split('\n')[1].trim().split(/\s+/).map(Number);
  return { row, said: done.stderr, results: JSON.parse(readFileSync(out, 'utf8')) };
}

/** All figures that pycocotools counts of these results, by keypoints and by boxes; null without a Python that has it. */
export function pycocotools({ images, annotations }, results) {
  const python = process.env.QUERYPOSE_PYTHON;
  if (!python) return null;
  const places = images.map(({ id }) => id).sort((a, b) => a - b);
  const placed = (rows) => rows.map((row) => ({ ...row, image_id: places.indexOf(row.image_id) + 1 }));
  const set = { pictures: images.length, truth: placed(annotations), found: placed(results) };
  const script = readFileSync(join(ROOT, 'tests/coco/count.py'), 'utf8');
  const { stdout, stderr } = spawnSync(python, ['-c', script], { input: JSON.stringify([set]), encoding: 'utf8' });
  assert.ok(stdout, stderr);
  const [[joints, boxes]] = JSON.parse(stdout);
  return { joints, boxes };
}

/** Opens Check and waits until it is there, and its network. */
export async function checkView(browser, site, how) {
  const page = await open(browser, `${site.url}#check`, how);
  await page.waitForFunction(() => document.getElementById('check').view?.net, null, { timeout: SLOW });
  return page;
}

/** Waits for words in Check's own message line. */
export async function told(page, pattern, timeout = SLOW) {
  const found = ({ source }) => new RegExp(source).test(document.getElementById('check-message').textContent);
  await page
    .waitForFunction(found, { source: pattern.source }, { timeout })
    .catch(async () => assert.match(await page.textContent('#check-message'), pattern));
}

/** Gives Check a folder and annotations, as if they had been chosen. */
export async function give(page, folder, annotations) {
  if (folder) await page.setInputFiles('#check-folder-input', folder);
  if (annotations) await page.setInputFiles('#check-file-input', annotations);
}

/** Starts a check, and resolves with its figures, as numbers and as they are shown, and its results as a file. */
export async function checked(page) {
  await page.click('#check-start');
  await told(page, /^Done/);
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#check-save')]);
  const results = JSON.parse(readFileSync(await download.path(), 'utf8'));
  const { counted, shown } = await page.evaluate(() => ({
    counted: document.getElementById('check').view.counted,
    shown: [...document.querySelectorAll('#check-figures data')].map((e) => [e.dataset.figure, e.value, e.textContent]),
  }));
  return { counted, shown, results, name: download.suggestedFilename() };
}

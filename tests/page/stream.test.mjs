// A stream in a stranger's hands: people keep their ids while the picture pans, and are those of `querypose track`.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { blank, DIST, host, launch, loadNet, PROGRAM } from './harness.mjs';

const FRAMES = 8;
const RATE = 15;
/** Pixels that the window over the picture moves on from frame to frame. */
const STEP = 12;
const THRESHOLD = 0.3;
/** Pixels that a joint may be off: both look at the same pixels. */
const SAME = 0.02;

let site, browser, page, folder;
before(async () => {
  site = await host();
  browser = await launch();
  page = await blank(browser, site);
  await loadNet(page, 'cpu');
  folder = mkdtempSync(join(tmpdir(), 'querypose-frames-'));
  const pngs = await page.evaluate(
    async ({ frames, step }) => {
      const bitmap = await createImageBitmap(await (await fetch('pictures/group.jpg')).blob());
      const pngs = [];
      window.frames = [];
      for (let i = 0; i < frames; i++) {
        const canvas = new OffscreenCanvas(960, 480);
        canvas.getContext('2d').drawImage(bitmap, -200 - i * step, 0);
        window.frames.push(canvas);
        const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
        pngs.push(btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join('')));
      }
      /** Looks at all frames in turn; `[{ id, x, y, … }]` of each. */
      window.watch = async (stream, from = 0) => {
        const all = [];
        for (const [i, frame] of window.frames.entries())
          all.push((await stream.detect(frame, from + (i * 1000) / 15)).poses);
        return all;
      };
      return pngs;
    },
    { frames: FRAMES, step: STEP },
  );
  pngs.forEach((png, i) => {
    writeFileSync(join(folder, `${i}.png`), Buffer.from(png, 'base64'));
  });
});
after(async () => {
  await browser?.close();
  site?.close();
});

/** What `querypose track` says of the same frames, frame by frame. */
async function track(more) {
  const run = ['track', folder, '--fps', String(RATE), '--format', 'coco', '--backend', 'cpu'];
  const model = ['--model', join(DIST, 'models/nano'), '--threshold', String(THRESHOLD)];
  const { stdout } = await promisify(execFile)(PROGRAM, [...run, ...model, ...more], { maxBuffer: 1 << 26 });
  const frames = Array.from({ length: FRAMES }, () => []);
  for (const row of JSON.parse(stdout)) frames[row.image_id].push(row);
  return frames;
}

/** The most that a joint is off, in pixels. */
function compare(found, expected) {
  let most = 0;
  found.forEach((poses, frame) => {
    const ids = (list) => list.map((id) => id ?? 0).sort((a, b) => a - b);
    assert.deepEqual(ids(poses.map(({ id }) => id)), ids(expected[frame].map((row) => row.track_id)), `frame ${frame}`);
    for (const { track_id: id, keypoints, score, bbox } of expected[frame]) {
      const off = (pose) =>
        Math.max(
          ...pose.keypoints.map((k, j) => Math.hypot(k.x - 0.5 - keypoints[3 * j], k.y - 0.5 - keypoints[3 * j + 1])),
        );
      // Who has no id yet is the nearest of those without.
      const [twin] = poses.filter((pose) => pose.id === id).sort((a, b) => off(a) - off(b));
      most = Math.max(most, off(twin));
      assert.ok(Math.abs(twin.score - score) < 0.001, `frame ${frame}: score ${twin.score}, not ${score}`);
      assert.ok(Math.abs(twin.box.width - bbox[2]) < SAME, `frame ${frame}: ${twin.box.width} wide, not ${bbox[2]}`);
    }
  });
  assert.ok(most < SAME, `a joint is ${most} px off`);
  return most;
}

test('two people keep their ids while the picture pans, and are those of the command line', async (t) => {
  for (const [name, options, more] of [
    ['in the middle', {}, []],
    ['quick, one person', { steadiness: 0, maxPeople: 1 }, ['--smooth', '0', '--max-people', '1']],
    ['as calm as it gets', { steadiness: 1 }, ['--smooth', '1']],
  ]) {
    await t.test(name, async () => {
      const [found, expected] = await Promise.all([
        page.evaluate(
          async (options) => {
            const stream = window.net.stream(options);
            const found = await window.watch(stream);
            stream.close();
            return found;
          },
          { ...options, threshold: THRESHOLD },
        ),
        track(more),
      ]);
      assert.ok(found[0].length > 0 && found[0].every((pose) => !('id' in pose)), 'nobody is known yet');
      const steady = found[1]
        .map(({ id }) => id)
        .filter((id) => found.slice(1).every((f) => f.some((p) => p.id === id)));
      assert.ok(steady.length >= (options.maxPeople ?? 2), `${steady.length} people keep their ids`);
      for (const id of steady) {
        const [first, last] = [found[1], found.at(-1)].map((poses) => poses.find((pose) => pose.id === id).box.xMin);
        // A box at the frame's edge stays there.
        if (Math.min(first, last) > 5)
          assert.ok(Math.abs(first - last - STEP * (FRAMES - 2)) < 25, `${id}: from ${first} to ${last}`);
      }
      console.log(`  ${steady.length} people through ${FRAMES} frames, joints within ${compare(found, expected)} px`);
    });
  }
});

test('frames are looked at once, at the size that suits who was seen before', async () => {
  const sizes = await page.evaluate(async () => {
    const { net, frames } = window;
    // The same people twice as near.
    const near = frames.map((frame) => {
      const canvas = new OffscreenCanvas(480, 240);
      canvas.getContext('2d').drawImage(frame, 240, 60, 480, 240, 0, 0, 480, 240);
      return canvas;
    });
    const watch = async (options, frames, change = {}) => {
      const stream = net.stream(options);
      const sizes = [];
      for (const [i, frame] of frames.entries()) {
        if (i === 4) stream.change(change);
        sizes.push((await stream.detect(frame, (i * 1000) / 15)).sizes);
      }
      stream.close();
      return sizes.flat();
    };
    return {
      own: net.model.size,
      edges: net.model.adaptiveScale.edges,
      far: await watch({}, frames),
      near: await watch({}, near),
      capped: await watch({ maxSize: 160 }, frames, { maxSize: 0 }),
      fixed: await watch({ size: 256, maxSize: 160 }, frames, { size: 0 }),
      all: await watch({}, [...frames, ...near, ...near, ...near]),
    };
  });
  const { own, edges, far, near, capped, fixed, all } = sizes;
  for (const list of [far, near, capped, fixed]) assert.equal(list.length, FRAMES, 'one look a frame');
  assert.equal(far[0], own, 'the model’s own, before anybody was seen');
  for (const size of [...far, ...near].filter((size) => size !== own))
    assert.ok(size % 32 === 0 && size >= edges[0] && size <= edges[1], `${size}`);
  assert.ok(near.at(-1) < far.at(-1), `${near} for who is near, ${far} for who is far`);
  assert.deepEqual(capped.slice(0, 4), Array(4).fill(160));
  assert.ok(
    capped.slice(4).every((size) => size > 160),
    `${capped}`,
  );
  assert.deepEqual(fixed, [...Array(4).fill(256), ...Array(4).fill(160)]);
  assert.equal(all.at(-1), near.at(-1), `${all}`);
  console.log(`  far ${far}; near ${near}; from far to near ${all}`);
});

test('frames that become smaller keep their people, a camera that is turned does not', async () => {
  const [small, turned] = await page.evaluate(async (threshold) => {
    const drawn = ([width, height]) => {
      const canvas = new OffscreenCanvas(width, height);
      canvas.getContext('2d').drawImage(window.frames[0], 0, 0, width, height);
      return canvas;
    };
    const watch = async (size) => {
      const stream = window.net.stream({ threshold });
      const all = [];
      for (let i = 0; i < 8; i++) all.push((await stream.detect(i < 4 ? window.frames[0] : drawn(size), i * 40)).poses);
      stream.close();
      return all.map((poses) => poses.map(({ id, box }) => [id ?? 0, box.xMin, box.xMax]).sort((a, b) => a[0] - b[0]));
    };
    return [await watch([480, 240]), await watch([480, 960])];
  }, THRESHOLD);
  const known = (frame) => frame.map(([id]) => id);
  for (const frame of small.slice(4)) {
    assert.deepEqual(known(frame), known(small[3]));
    frame.forEach(([, from, to], i) => {
      const off = Math.max(Math.abs(2 * from - small[3][i][1]), Math.abs(2 * to - small[3][i][2]));
      assert.ok(off < 15, `${off} px`);
    });
  }
  assert.ok(
    known(turned[4]).every((id) => id === 0),
    `${turned[4]}`,
  );
});

test('reset and a cut give new ids, streams know nothing of each other, close ends', async () => {
  const seen = await page.evaluate(async (threshold) => {
    const { net, watch } = window;
    const [stream, other] = [net.stream({ threshold }), net.stream({ threshold })];
    const ids = (all) => all.map((poses) => poses.map(({ id }) => id ?? null));
    const first = ids(await watch(stream));
    stream.reset();
    const second = ids(await watch(stream, 600));
    const third = ids(await watch(stream, 10_000));
    const others = ids(await watch(other));
    stream.change({ threshold: 1 });
    const nobody = await watch(stream, 20_000);
    const words = (promise) => promise.catch((error) => `${error.code}: ${error.message}`);
    const waiting = [words(other.detect(window.frames[0], 900)), words(other.detect(window.frames[1], 967))];
    other.close();
    other.close();
    const closed = [...(await Promise.all(waiting)), await words(other.detect(window.frames[0], 0))];
    return { first, second, third, others, nobody, closed, after: (await net.detect(window.frames[0])).poses };
  }, THRESHOLD);
  const known = (all) => new Set(all.flat().filter((id) => id !== null));
  const most = (all) => Math.max(...known(all));
  for (const run of [seen.first, seen.second, seen.third, seen.others]) {
    assert.ok(run[0].every((id) => id === null) && known(run).size >= 2);
  }
  assert.ok(Math.min(...known(seen.second)) > most(seen.first), 'new after reset');
  assert.ok(Math.min(...known(seen.third)) > most(seen.second), 'new after a cut');
  assert.deepEqual(seen.others, seen.first);
  assert.ok(seen.nobody.every((poses) => poses.length === 0));
  assert.deepEqual(seen.closed, Array(3).fill('disposed: This stream was closed.'));
  assert.ok(
    seen.after.every((pose) => !('id' in pose)),
    'a photo knows nobody',
  );
});

test('a frame comes back as it was looked at, read by the worker', async () => {
  const seen = await page.evaluate(async () => {
    const pixels = (drawable) => {
      const canvas = new OffscreenCanvas(drawable.width ?? drawable.displayWidth, 480);
      canvas.getContext('2d').drawImage(drawable, 0, 0);
      return [...new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, 480).data.buffer)];
    };
    const stream = window.net.stream();
    const answers = {};
    const same = async (name, source, timeMs) => {
      const { picture, width, poses } = await stream.detect(source, timeMs, { picture: true });
      const [found, want] = [pixels(picture), pixels(window.frames[0])];
      const fresh = (await window.net.detect(window.frames[0])).poses.map(({ score }) => score);
      const scores = (await window.net.detect(source)).poses.map(({ score }) => score);
      answers[name] = [width, found.length, found.filter((p, i) => p !== want[i]).length, poses.length > 0];
      answers[`${name}: scores`] = JSON.stringify(scores) === JSON.stringify(fresh);
      picture.close();
    };
    await same('canvas', window.frames[0], 0);
    const frame = new VideoFrame(window.frames[0], { timestamp: 0 });
    await same('frame', frame, 30);
    answers.kept = frame.displayWidth;
    frame.close();
    answers.none = 'picture' in (await stream.detect(window.frames[0], 60));
    const canvas = Object.assign(document.createElement('canvas'), { width: 960, height: 480 });
    const video = Object.assign(document.createElement('video'), { muted: true, srcObject: canvas.captureStream(30) });
    const paint = setInterval(() => canvas.getContext('2d').drawImage(window.frames[0], 0, 0), 20);
    await video.play();
    const calls = [61, 62, 63].map((timeMs) => stream.detect(video, timeMs, { picture: true }));
    const shared = await Promise.all(calls);
    clearInterval(paint);
    answers.pictures = [new Set(shared.map(({ poses }) => poses)).size, shared.map(({ picture }) => Boolean(picture))];
    for (const { picture } of shared) picture?.close();
    const waiting = new AbortController();
    const clones = [];
    const { clone } = VideoFrame.prototype;
    VideoFrame.prototype.clone = function () {
      clones.push(clone.call(this));
      return clones.at(-1);
    };
    const other = new VideoFrame(window.frames[0], { timestamp: 0 });
    const first = window.net.detect(window.frames[0]);
    const given = window.net.detect(other, { signal: waiting.signal }).catch(({ name }) => name);
    waiting.abort();
    answers.aborted = [await given, clones.map(({ format }) => format)];
    VideoFrame.prototype.clone = clone;
    other.close();
    await first;
    stream.close();
    return answers;
  });
  const whole = [960, 960 * 480, 0, true];
  const yes = { 'canvas: scores': true, 'frame: scores': true };
  assert.deepEqual(seen, {
    canvas: whole,
    frame: whole,
    ...yes,
    kept: 960,
    none: false,
    // The first was under way; the others share an answer, and a picture has one owner.
    pictures: [2, [true, false, true]],
    aborted: ['AbortError', [null]],
  });
});

const REFUSED = {
  'net.stream({ steadiness: 2 })': /^RangeError: steadiness is 2; it must be a number from 0 to 1\.$/,
  "net.stream({ steadiness: 'calm' })": /^TypeError: steadiness must be a number from 0 to 1, not "calm"\.$/,
  'net.stream({ size: 5000 })': /^RangeError: size is 5000/,
  'net.stream({ maxSize: NaN })': /^RangeError: maxSize is NaN/,
  "net.stream({ maxSize: '336' })": /^TypeError: maxSize must be a whole number from 32 to 2048, not "336"\.$/,
  'net.stream().change({ maxSize: 31 })': /^RangeError: maxSize is 31/,
  'net.detect(canvas, { maxSize: 336 })': /^TypeError: there is no option "maxSize" here/,
  'net.stream({ threshold: NaN })': /^RangeError: threshold is NaN/,
  'net.stream({ maxPeople: 0 })': /^RangeError: maxPeople is 0/,
  'net.stream({ signal: null })':
    /^TypeError: there is no option "signal" here; there are threshold, .+, steadiness\.$/,
  'net.stream().detect(canvas, 0, { pictures: true })':
    /^TypeError: there is no option "pictures" here; there are picture\.$/,
  'net.stream(0.5)': /^TypeError: options must be an object, not 0\.5\.$/,
  'net.stream().change({ steadiness: -1 })': /^RangeError: steadiness is -1/,
  'net.stream().detect(canvas, 0, { picture: 1 })': /^TypeError: picture must be true or false, not 1\.$/,
  'net.stream().detect(canvas)': /^TypeError: timeMs must be a number .+, not undefined\.$/,
  'net.stream().detect(canvas, NaN)': /^RangeError: timeMs is NaN/,
  "net.stream().detect(canvas, '0:01')": /^TypeError: timeMs must be/,
  'net.stream().detect(null, 0)': /^TypeError: Only an image, .+ can be looked at, not null\.$/,
};

test('arguments that are refused', async (t) => {
  const answers = await page.evaluate(
    (calls) =>
      Promise.all(
        calls.map(async (call) => {
          try {
            await new Function('net', 'canvas', `return ${call}`)(window.net, window.frames[0]);
            return 'taken';
          } catch (error) {
            return `${error.name}: ${error.message}`;
          }
        }),
      ),
    Object.keys(REFUSED),
  );
  for (const [i, [call, words]] of Object.entries(REFUSED).entries())
    await t.test(call, () => assert.match(answers[i], words));
  assert.deepEqual(page.notes.errors, []);
});

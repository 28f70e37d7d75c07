// The rule that holds the rate, under simulated loads: settled within 3 seconds, and no flapping.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ladder, Rate, WISHED } from '../../www/page/rate.js';

const OWN = 336;

function random(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * A camera of `fps` and a device that takes `base + area × whole` ms, trembling, for so many seconds; `load(t)` makes
 * it slower. Gives every change of the size, `[seconds, size]`, and the frames a second of the last half.
 */
function run({ whole, base = 8, seconds = 40, fps = 30, noise = 0.15, load = () => 1, seed = 7, spikes = 0.03 }) {
  const rate = new Rate(OWN);
  const chance = random(seed);
  const changes = [];
  let [now, frames, first] = [0, 0, rate.size];
  while (now < seconds * 1000) {
    const { size } = rate;
    const swing = 1 + noise * (2 * chance() - 1) + (chance() < spikes ? 2 : 0);
    // A new size is prepared first.
    const ms = (base + whole * (size / OWN) ** 2) * load(now / 1000) * swing + (size === first ? 0 : 60);
    first = size;
    rate.add(now + ms, ms);
    // The camera's next frame.
    now = Math.ceil((now + ms) / (1000 / fps) + 1e-9) * (1000 / fps);
    if (rate.size !== size) changes.push([now / 1000, rate.size]);
    if (now > seconds * 500) frames++;
  }
  return { changes, size: rate.size, fps: frames / (seconds / 2) };
}

test('sizes are multiples of 32, and the model’s own', () => {
  assert.deepEqual(ladder(336), [160, 192, 224, 256, 288, 320, 336]);
  assert.deepEqual(ladder(96), [96]);
  assert.deepEqual(ladder(800).slice(-2), [768, 800]);
});

test('settles within 3 seconds, stays, and holds the rate', async (t) => {
  for (const whole of [5, 20, 40, 60, 80, 100, 140, 180, 200]) {
    for (const noise of [0.05, 0.2]) {
      await t.test(`${whole} ms a frame, ± ${noise * 100} %`, () => {
        const { changes, size, fps } = run({ whole, noise });
        const late = changes.filter(([at]) => at > 3);
        // Later it may try a larger size or two, no more.
        assert.ok(late.length <= 2, JSON.stringify(changes));
        assert.ok(fps > WISHED - 2, `${fps} frames a second at ${size} px`);
        if (whole <= 40) assert.equal(size, OWN);
        console.log(`  ${whole} ms: ${size} px, ${fps.toFixed(1)} a second, changes ${JSON.stringify(changes)}`);
      });
    }
  }
});

test('far too slow a device gets the smallest size at once', () => {
  const { changes, size } = run({ whole: 900 });
  assert.equal(size, 160);
  assert.ok(changes.length === 1 && changes[0][0] < 3, JSON.stringify(changes));
});

test('a device that gets hot, and cools down again', () => {
  const { changes } = run({ whole: 45, seconds: 90, load: (s) => (s > 20 && s < 50 ? 2.2 : 1) });
  const [down, up] = [changes.filter(([at]) => at > 20 && at < 50), changes.filter(([at]) => at >= 50)];
  assert.ok(down.length >= 1 && down[0][0] < 23, `down soon: ${JSON.stringify(changes)}`);
  assert.ok(down.length <= 3, JSON.stringify(changes));
  assert.ok(up.length >= 1 && up.at(-1)[1] >= 288, `up again: ${JSON.stringify(changes)}`);
});

/** Frames of 10 ms, 30 a second, with people of these sides at second s; the sizes they are looked at, by second. */
function seen(sides, seconds, scale = { people: [64, 140], nobodyEdge: 192 }) {
  const rate = new Rate(OWN, scale);
  const sizes = [];
  for (let frame = 0; frame < 30 * seconds; frame++) {
    const now = (frame * 1000) / 30;
    rate.see(now, sides(now / 1000));
    rate.add(now, 10);
    if (frame % 30 === 29) sizes.push(rate.size);
  }
  return { sizes, near: rate.near };
}

test('somebody near is looked at smaller, the largest size that is good for them', () => {
  const webcam = seen(() => [0.7], 5);
  assert.deepEqual(webcam, { sizes: [192, 192, 192, 192, 192], near: true });
  const far = seen(() => [0.4, 0.2], 5);
  assert.deepEqual(far, { sizes: [336, 336, 336, 336, 336], near: false });
  assert.equal(seen(() => [2], 3).sizes.at(-1), 160, 'never smaller than the smallest');
  assert.equal(seen(() => [0.7], 3, null).sizes.at(-1), OWN, 'another model may see large people as well');
});

test('while nobody is seen, smaller pictures are looked at too: somebody may be too near', () => {
  const { sizes } = seen(() => [], 20);
  assert.equal(sizes[0], OWN);
  const small = sizes.filter((size) => size === 192).length;
  assert.ok(small >= 3 && sizes.filter((size) => size === OWN).length > small, `${sizes}`);
  // Found only there, they are followed there.
  const found = seen((s) => (s > 2.5 ? [0.7] : []), 8).sizes;
  assert.ok(
    found.slice(4).every((size) => size === 192),
    `${found}`,
  );
});

test('for the sake of who is near nobody small is lost', () => {
  assert.equal(seen(() => [0.9, 0.2], 3).sizes.at(-1), 320);
  assert.equal(seen(() => [0.9, 0.3], 3).sizes.at(-1), 192);
});

test('who comes near and steps back is followed, who sways is not', () => {
  const { sizes } = seen((s) => [s < 5 || s > 10 ? 0.3 : 0.7], 20);
  assert.ok(sizes.slice(0, 5).every((size) => size === OWN) && sizes.slice(6, 10).every((size) => size === 192));
  assert.equal(sizes[14], OWN, `back again: ${sizes}`);
  const swaying = seen((s) => [0.7 * (1 + 0.05 * Math.sin(2 * s))], 30).sizes.slice(3);
  assert.ok(new Set(swaying).size === 1, `${swaying}`);
});

test('work that comes and goes does not make it flap', () => {
  const { changes } = run({ whole: 50, seconds: 120, load: (s) => (Math.floor(s / 4) % 2 ? 1.7 : 1) });
  // 30 swings of the load: it goes along less and less often.
  const [early, later] = [changes.filter(([at]) => at < 60), changes.filter(([at]) => at >= 60)];
  assert.ok(early.length <= 10 && later.length <= 5, JSON.stringify(changes));
});

test('time that stands still, and frames that take no time, are no harm', () => {
  const rate = new Rate(OWN, { people: [64, 140], nobodyEdge: 192 });
  for (let i = 0; i < 100; i++) rate.add(0, 0);
  assert.equal(rate.size, OWN);
  for (let i = 0; i < 100; i++) rate.add(0, 1e9);
  assert.equal(rate.size, 160);
  for (const strange of [NaN, -1, Infinity]) {
    rate.see(strange, [strange, 0]);
    rate.add(strange, strange);
  }
  assert.ok(ladder(OWN).includes(rate.size));
});

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
    rate.add(now + ms, ms, size);
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

test('frames that are small for the sake of people say nothing of larger ones, unless they are too much themselves', () => {
  const rate = new Rate(OWN);
  let now = 0;
  const frames = (n, whole, size) => {
    for (let i = 0; i < n; i++) {
      now += 33;
      rate.add(now, whole * (size() / OWN) ** 2, size());
    }
  };
  frames(30, 100, () => rate.size);
  const held = rate.size;
  assert.ok(held < OWN, `${held}`);
  // Somebody is near; then steps back.
  frames(900, 5, () => 160);
  assert.equal(rate.size, held);
  frames(300, 20, () => rate.size);
  assert.equal(rate.size, OWN);
  frames(300, 400, () => Math.min(224, rate.size));
  assert.ok(rate.size < 224, `${rate.size}`);
});

test('work that comes and goes does not make it flap', () => {
  const { changes } = run({ whole: 50, seconds: 120, load: (s) => (Math.floor(s / 4) % 2 ? 1.7 : 1) });
  // 30 swings of the load: it goes along less and less often.
  const [early, later] = [changes.filter(([at]) => at < 60), changes.filter(([at]) => at >= 60)];
  assert.ok(early.length <= 10 && later.length <= 5, JSON.stringify(changes));
});

test('time that stands still, and frames that take no time, are no harm', () => {
  const rate = new Rate(OWN);
  for (let i = 0; i < 100; i++) rate.add(0, 0, rate.size);
  assert.equal(rate.size, OWN);
  for (let i = 0; i < 100; i++) rate.add(0, 1e9, rate.size);
  assert.equal(rate.size, 160);
  for (const strange of [NaN, -1, Infinity, undefined]) rate.add(strange, strange, strange);
  assert.ok(ladder(OWN).includes(rate.size));
});

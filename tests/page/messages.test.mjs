// The worker fed with random messages and broken buffers: each one is answered or refused, none hangs, and a good one
// after them is still answered as before. `QUERYPOSE_MESSAGES=100000 node --test tests/page/messages.test.mjs` sends
// more.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { host, launch, open } from './harness.mjs';

const MESSAGES = Number(process.env.QUERYPOSE_MESSAGES ?? 2000);
const SEED = Number(process.env.QUERYPOSE_SEED ?? 11);

let site, browser;
before(async () => {
  site = await host();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  site?.close();
});

/** Runs in the page. */
async function feed({ messages, seed }) {
  let state = seed >>> 0 || 1;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n) => Math.floor(random() * n);
  const one = (list) => list[below(list.length)];
  const bytes = (n) => Uint8Array.from({ length: n }, () => below(256)).buffer;
  const STRANGE = [
    () => undefined,
    () => null,
    () => NaN,
    () => -1,
    () => 0,
    () => 1e9,
    () => 2 ** 32 + 1,
    () => Infinity,
    () => 0.5,
    () => '',
    () => 'x'.repeat(below(2000)),
    () => [],
    () => [[[]]],
    () => ({}),
    () => new Map([[1, 2]]),
    () => new Date(NaN),
    () => 10n,
    () => true,
    () => /x/,
    () => new Error('x'),
    () => bytes(below(300)),
    () => new Float32Array(below(9)),
    () => new Blob([bytes(below(99))]),
    () => new ImageData(1 + below(4), 1),
    () => ({ length: 1e9 }),
    () => ({ valueOf: 1, toString: 1 }),
    () => ({ a: bytes(4), b: [bytes(1)] }),
  ];
  const strange = () => one(STRANGE)();
  /** A good message of a kind; small pictures, so that there is time for many. */
  const good = () => {
    // Another size is another plan to prepare, which takes its time.
    const [width, height, maxPeople] = below(10) ? [8, 8, 1] : [1 + below(12), 1 + below(12), 1 + below(3)];
    const wish = { threshold: random(), maxPeople, size: 32 };
    const more = () => ({
      all: one([true, false]),
      taps: one([true, false]),
      stopAfter: one([null, 1, 99]),
      gates: one(['learned', 'sum', 'words']),
    });
    const look = { rgba: bytes(width * height * 4), width, height, wish };
    return one([
      () => ({ type: 'detect', ...look }),
      () => ({ type: 'trace', ...look, wish: { ...wish, ...more() } }),
      () => ({ type: 'follow', ...look, stream: { id: below(3), turn: below(2) }, timeMs: below(5000) }),
      () => ({ type: 'close', stream: below(3) }),
      () => ({ type: 'costs', width, height, people: below(4), sizes: [32, 64] }),
      () => ({
        type: 'load',
        source: one([
          { url: `${location.origin}/none/` },
          { files: [new Blob([bytes(200)])], folders: [''] },
          { kept: 'nobody' },
          {},
        ]),
        reference: '',
        backend: 'cpu',
      }),
    ])();
  };
  const broken = () => {
    const message = good();
    // Most are broken in a place or two; a few in none.
    for (let i = below(8) ? 1 + below(2) : 0; i > 0; i--) {
      // A wish that was broken before may be anything, a list of numbers too, which takes no words.
      const broken = message.wish?.constructor === Object && below(3) === 0 ? message.wish : message;
      const name = one(Object.keys(broken)) ?? 'wish';
      broken[name] = strange();
    }
    if (below(20) === 0) delete message[one(Object.keys(message))];
    return message;
  };
  const crashes = [];
  let waiting = null;
  const strays = [];
  const fresh = () => {
    const worker = new Worker(new URL('lib/worker.js', document.baseURI), { type: 'module' });
    worker.onerror = (event) => crashes.push(event.message);
    worker.onmessage = ({ data }) => {
      if (!['done', 'error'].includes(data.type)) return;
      if (waiting) waiting(data);
      else strays.push(data);
    };
    return worker;
  };
  let worker = fresh();
  const ask = (message) =>
    new Promise((resolve) => {
      const timer = setTimeout(() => waiting?.({ type: 'hangs' }), 60_000);
      waiting = (data) => {
        clearTimeout(timer);
        waiting = null;
        resolve(data);
      };
      worker.postMessage(message);
    });
  const counts = { done: 0, error: 0 };
  const faults = [];
  const codes = {};
  const show = (message) => JSON.stringify(message, (_, v) => (typeof v === 'bigint' ? `${v}n` : v))?.slice(0, 300);
  const first = await ask({
    id: 0,
    type: 'load',
    source: { url: `${location.origin}/models/nano/` },
    reference: '',
    backend: 'cpu',
  });
  const known = {
    type: 'detect',
    rgba: bytes(40 * 40 * 4),
    width: 40,
    height: 40,
    wish: { threshold: 0, maxPeople: 2, size: 64 },
  };
  const poses = async () => JSON.stringify((await ask(known)).value?.poses);
  const before = await poses();
  /** Sends a message and keeps count of what comes back. */
  const send = async (message) => {
    const told = message?.id;
    const { type, value, id: answered } = await ask(message);
    counts[type] = (counts[type] ?? 0) + 1;
    if (type === 'error') codes[value.code] = (codes[value.code] ?? 0) + 1;
    const isSentence =
      type !== 'error' ||
      (typeof value.message === 'string' &&
        value.message.length > 5 &&
        !/\[object|reading '|is not a function|is not iterable|unreachable/.test(value.message));
    const isAnswer = type === 'done' || (type === 'error' && typeof value.code === 'string');
    const isSame =
      told === answered || (typeof told === 'object' && typeof answered === 'object') || Number.isNaN(told);
    if ((!isSentence || !isAnswer || !isSame) && faults.length < 10)
      faults.push({ message: show(message), type, answer: value?.message ?? value });
    if (type === 'hangs') throw new Error(`no answer to ${show(message)}`);
  };
  for (let id = 1; id <= messages; id++) await send(below(15) ? { id, ...broken() } : strange());
  const after = await poses();
  worker.terminate();
  // Weights that are cut short, with bytes of their head changed, for a worker that has no model yet.
  const [config, weights] = await Promise.all(
    ['config.json', 'model.safetensors'].map(async (name) => (await fetch(`/models/nano/${name}`)).arrayBuffer()),
  );
  worker = fresh();
  for (let id = 1; id <= messages / 20; id++) {
    const cut = new Uint8Array(weights.slice(0, one([0, 7, 8, 100, 20_000, 200_000])));
    for (let i = below(4); i > 0 && cut.length; i--) cut[below(Math.min(cut.length, 20_000))] = below(256);
    const text = new Uint8Array(config.slice(0));
    if (below(2)) text[below(text.length)] = below(256);
    const files = [
      new File([cut], one(['model.safetensors', 'a.pth', 'a.pt'])),
      ...(below(3) ? [new File([text], 'config.json')] : []),
    ];
    await send({ id, type: 'load', source: { files, folders: [''] }, reference: '', backend: 'cpu' });
  }
  await send({
    id: 'last',
    type: 'load',
    source: { url: `${location.origin}/models/nano/` },
    reference: '',
    backend: 'cpu',
  });
  worker.terminate();
  return { first: first.type, before, after, counts, codes, faults, crashes, strays: strays.length };
}

test(`${MESSAGES} random messages`, async () => {
  const page = await open(browser, `${site.url}icon.svg`);
  await page.goto(`${site.url}models/models.json`);
  await page.evaluate((url) => {
    document.write(`<!doctype html><base href="${url}">`);
    document.close();
  }, site.url);
  const { first, before, after, counts, codes, faults, crashes, strays } = await page.evaluate(feed, {
    messages: MESSAGES,
    seed: SEED,
  });
  console.log(`  ${JSON.stringify(counts)}, refused with ${JSON.stringify(codes)}`);
  assert.equal(first, 'done');
  assert.deepEqual(faults, []);
  assert.deepEqual(crashes, []);
  assert.equal(strays, 0, 'one answer each');
  assert.equal(counts.done + counts.error, MESSAGES + Math.floor(MESSAGES / 20) + 1);
  assert.ok(counts.done > MESSAGES / 100 && counts.error > MESSAGES / 100, 'of both kinds');
  assert.match(before, /"nose"/);
  assert.equal(after, before, 'and the network is what it was');
  await page.context().close();
});

// The worker that counts: annotations and what was found live in a wasm of their own, so that another model may come
// and go, and a large file never makes the page stand still.
import start, { Accuracy } from './engine/accuracy.js';

let engine = null;
let accuracy = null;

const work = {
  async open({ file, ...asked }) {
    engine ??= start({ module_or_path: new URL('./engine/accuracy_bg.wasm', import.meta.url) });
    await engine;
    accuracy?.free();
    accuracy = null;
    let text;
    try {
      text = new Uint8Array(await file.arrayBuffer());
    } catch {
      throw new Error(`${asked.name}: this file cannot be read. It may be too large, or was moved. Choose it again.`);
    }
    accuracy = Accuracy.open(text, JSON.stringify(asked));
    return JSON.parse(accuracy.about());
  },
  add: ({ image, people }) => accuracy.add(image, people),
  reset: () => accuracy.reset(),
  count: ({ threshold }) => JSON.parse(accuracy.count(threshold)),
  results: () => accuracy.results(),
};

async function answer({ id, type, ...body }) {
  try {
    const value = await work[type](body);
    postMessage({ id, value });
  } catch (error) {
    // What wasm dies of has no words of its own, and nothing works after it.
    const died = error instanceof WebAssembly.RuntimeError;
    const words = 'This is too much for this browser: its memory is full. Try fewer pictures.';
    postMessage({ id, sentence: died ? words : (error?.message ?? String(error)), died });
  }
}

let turn = Promise.resolve();
self.onmessage = ({ data }) => (turn = turn.then(() => answer(data)));

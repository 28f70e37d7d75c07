// The engine's code, run with made-up numbers while the weights are on their way: browsers translate what is run often once
// more, into faster code, and the first picture would have to wait for that.
import { Network } from './engine/querypose.js';

/** So many pictures of this shortest edge, px: the browser has seen enough then. */
const PICTURES = 60;
const EDGE = 160;
/** It begins where so much of the way (ms) is left, and ends where no more than a little is. */
const WORTH_MS = 1500;
const OVER_MS = 400;
/** Bytes and milliseconds after which it can be told how fast the weights come. */
const KNOWN_BYTES = 1 << 18;
const KNOWN_MS = 250;

/**
 * To be told `{ loaded, total, cached }` as the model arrives. Runs by itself where the network, not this device, sends it, and
 * slowly; `engine` is the promise of the engine.
 */
export function rehearsal(engine) {
  let begin = null;
  let isBegun = false;
  let leftMs = 0;
  return ({ loaded, total, cached }) => {
    if (cached) return;
    const now = performance.now();
    begin ??= { now, loaded };
    const [ms, bytes] = [now - begin.now, loaded - begin.loaded];
    leftMs = bytes > KNOWN_BYTES && ms > KNOWN_MS ? ((total - loaded) * ms) / bytes : 0;
    if (isBegun || leftMs < WORTH_MS) return;
    isBegun = true;
    engine.then(() => run(() => leftMs > OVER_MS)).catch(() => {});
  };
}

/** What fails here says nothing of the real network. */
async function run(isEarly) {
  const begun = performance.now();
  const network = await Network.rehearsal();
  try {
    const rgba = new Uint8Array(EDGE * EDGE * 4).fill(128);
    for (let i = 0; i < PICTURES && isEarly(); i++) {
      await network.detect(rgba, EDGE, EDGE, { threshold: 0, maxPeople: 1, size: EDGE });
      // What arrived meanwhile is taken in between.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  } finally {
    network.free();
  }
  performance.measure('querypose rehearsal', { start: begun });
}

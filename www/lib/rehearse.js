// The engine's code, run with made-up numbers while the weights are on their way: browsers translate what is run often once
// more, into faster code, and the first picture would have to wait for that.
import { Network } from './engine/querypose.js';

/** So many pictures of this shortest edge, px: the browser has seen enough then. */
const PICTURES = 8;
const EDGE = 160;

/** Runs while `isEarly()`; resolves when there is nothing more to do. What fails here says nothing of the real network. */
export async function rehearse(engine, config, isEarly) {
  try {
    await engine;
    if (!isEarly()) return;
    const begun = performance.now();
    const network = await Network.rehearsal(config);
    try {
      const rgba = new Uint8Array(EDGE * EDGE * 4).fill(128);
      for (let i = 0; i < PICTURES && isEarly(); i++) {
        await network.detect(rgba, EDGE, EDGE, { threshold: 0, maxPeople: 1, size: EDGE });
        // What arrived meanwhile is taken in between.
        await new Promise((resolve) => setTimeout(resolve));
      }
    } finally {
      network.free();
    }
    performance.measure('querypose rehearsal', { start: begun });
  } catch {
    // Said where the model itself is opened.
  }
}

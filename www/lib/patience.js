// Nothing is waited for without an end.
import { QueryPoseError } from './error.js';

/** A picture, or a video's first frame, has so long to arrive. */
export const PICTURE_MS = 30_000;
/** So long may pass without a byte of what is fetched. */
export const SILENCE_MS = 60_000;

/** What `promise` resolves with, or a `timeout` error with this sentence after `ms` milliseconds. */
export async function within(ms, promise, sentence) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new QueryPoseError('timeout', sentence)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

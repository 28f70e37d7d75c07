// Pictures and videos that are still on their way: waited for, but not without an end.
import { QueryPoseError } from './error.js';
import { PICTURE_MS, within } from './patience.js';

/** So often a video is asked whether it has a picture: no event tells. */
const AGAIN_MS = 100;

const SECONDS = `${PICTURE_MS / 1000} seconds`;

/** An error's words for an `<img>` that is none. */
export function unreadable() {
  return new QueryPoseError('picture', 'This picture could not be read. Try another file, for example a JPEG or PNG.');
}

/**
 * The picture that an `<img>` is fetching, in an image of our own: the page's may be given another `src` meanwhile.
 * Resolves when it can be drawn; `signal` ends the waiting.
 */
export async function arrivedImage(image, signal) {
  const { parentNode } = image;
  // In a <picture> the neighbours choose the file.
  const twin =
    parentNode?.localName === 'picture' ? parentNode.cloneNode(true).querySelector('img') : image.cloneNode(false);
  // Attributes were copied: what the page does when its image loads is not done twice.
  Object.assign(twin, { loading: 'eager', onload: null, onerror: null });
  const words = `This picture did not arrive within ${SECONDS}. Check its address and the connection.`;
  const look = (type) => {
    if (type === 'error') throw unreadable();
    return twin.complete && twin.naturalWidth > 0;
  };
  try {
    await happens(twin, ['load', 'error'], look, signal, words);
  } catch (error) {
    twin.removeAttribute('srcset');
    twin.removeAttribute('src');
    throw error;
  }
  return twin;
}

/** Whether a video shows a frame now. Throws for one that never will. */
export function hasFrame(video) {
  if (video.error) throw new QueryPoseError('video', 'This video could not be played. Try an MP4 or WebM file.');
  if (video.readyState < 2) return false;
  if (!video.videoWidth) throw new QueryPoseError('video', 'This video has sound but no pictures. Choose another one.');
  // A stream's pictures begin with playing, which is its page's business.
  if (video.srcObject) return true;
  try {
    new VideoFrame(video).close();
  } catch (error) {
    // Chromium may know a video's sizes and not have decoded a picture yet, whatever its readyState. An older browser, or a
    // video of another site, is looked at all the same.
    return error.name !== 'InvalidStateError';
  }
  return true;
}

/** Resolves when a video shows its first frame; `signal` ends the waiting. */
export async function firstFrame(video, signal) {
  const words = `The video has had no picture for ${SECONDS}. Start it, and wait for its first frame.`;
  const { preload } = video;
  // One that nobody sees or plays is decoded no sooner.
  video.preload = 'auto';
  try {
    await happens(video, ['loadeddata', 'canplay', 'seeked', 'error'], () => hasFrame(video), signal, words, AGAIN_MS);
  } finally {
    video.preload = preload;
  }
}

/** Resolves when `look(type)` gives true after one of the events, or every so many ms. */
async function happens(target, events, look, signal, words, everyMs = 0) {
  const end = new AbortController();
  let timer;
  const listen = { signal: end.signal };
  /** @type {Promise<void>} */
  const happened = new Promise((resolve, reject) => {
    const check = ({ type }) => {
      try {
        if (look(type)) resolve();
      } catch (error) {
        reject(error);
      }
    };
    for (const event of events) target.addEventListener(event, check, listen);
    if (everyMs) timer = setInterval(check, everyMs, { type: 'again' });
    signal.addEventListener('abort', () => reject(signal.reason), listen);
  });
  try {
    await within(PICTURE_MS, happened, words);
  } finally {
    clearInterval(timer);
    end.abort();
  }
}

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
    // An SVG of no size loads, and never has one.
    if (type === 'error' || (type === 'load' && !twin.naturalWidth)) throw unreadable();
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

/**
 * What a video shows now, `{ frame }`, for the caller to close; the frame is null where this browser makes none of it, and it is
 * to be drawn. Null while the video shows nothing. Throws for one that never will.
 */
export function shownFrame(video) {
  if (video.error) throw new QueryPoseError('video', 'This video could not be played. Try an MP4 or WebM file.');
  if (video.readyState < 2) return null;
  if (!video.videoWidth) throw new QueryPoseError('video', 'This video has sound but no pictures. Choose another one.');
  try {
    return { frame: new VideoFrame(video) };
  } catch (error) {
    // Chromium may know a video's sizes and not have decoded a picture yet, whatever its readyState; a stream's pictures
    // begin with playing, which is its page's business. An older browser, or a video of another site, throws other errors.
    return error.name === 'InvalidStateError' && !video.srcObject ? null : { frame: null };
  }
}

/** Videos that are waited for: how many wait, and what the page had asked to be loaded of them. */
const waiting = new WeakMap();

/** Resolves with what a video shows first, as `shownFrame` gives it; `signal` ends the waiting. */
export async function arrivedFrame(video, signal) {
  const words = `The video has had no picture for ${SECONDS}. Start it, and wait for its first frame.`;
  const known = waiting.get(video) ?? { calls: 0, preload: video.getAttribute('preload') };
  waiting.set(video, known);
  known.calls++;
  // One that nobody sees or plays is decoded no sooner.
  video.preload = 'auto';
  try {
    const look = () => shownFrame(video);
    return await happens(video, ['loadeddata', 'canplay', 'seeked', 'error'], look, signal, words, AGAIN_MS);
  } finally {
    if (!--known.calls) {
      waiting.delete(video);
      if (known.preload === null) video.removeAttribute('preload');
      else video.setAttribute('preload', known.preload);
    }
  }
}

/** Resolves when a video shows its first frame; `signal` ends the waiting. */
export async function firstFrame(video, signal) {
  (await arrivedFrame(video, signal)).frame?.close();
}

/** Resolves with what `look(type)` gives once it gives something, after one of the events or every so many ms. */
async function happens(target, events, look, signal, words, everyMs = 0) {
  const end = new AbortController();
  let timer;
  const listen = { signal: end.signal };
  const happened = new Promise((resolve, reject) => {
    const check = ({ type }) => {
      try {
        const seen = look(type);
        if (!seen) return;
        // Nothing is looked at twice, however the promise is waited for.
        end.abort();
        resolve(seen);
      } catch (error) {
        reject(error);
      }
    };
    for (const event of events) target.addEventListener(event, check, listen);
    if (everyMs) timer = setInterval(check, everyMs, { type: 'again' });
    signal.addEventListener('abort', () => reject(signal.reason), listen);
  });
  try {
    return await within(PICTURE_MS, happened, words);
  } finally {
    clearInterval(timer);
    end.abort();
  }
}

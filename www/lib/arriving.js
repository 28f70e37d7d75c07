// Pictures and videos that are still on their way: waited for, but not without an end.
import { QueryPoseError } from './error.js';
import { PICTURE_MS, within } from './patience.js';

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
  return true;
}

/** Resolves when a video shows its first frame; `signal` ends the waiting. */
export function firstFrame(video, signal) {
  const words = `The video has had no picture for ${SECONDS}. Start it, and wait for its first frame.`;
  return happens(video, ['loadeddata', 'canplay', 'seeked', 'error'], () => hasFrame(video), signal, words);
}

/** Resolves when `look(type)` gives true after one of the events. */
async function happens(target, events, look, signal, words) {
  const end = new AbortController();
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
    signal.addEventListener('abort', () => reject(signal.reason), listen);
  });
  try {
    await within(PICTURE_MS, happened, words);
  } finally {
    end.abort();
  }
}

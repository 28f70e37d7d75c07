// Every kind of source becomes plain pixels here: upright, on white where it is see-through, as it is at the call. Only
// frames of a camera or video stay what they are: the worker reads them, so that the page has no work with them.
import { arrivedFrame, arrivedImage, shownFrame, unreadable } from './arriving.js';
import { shown, tagOf } from './check.js';
import { decode, decodeLarge, isLarge, MAX_PIXELS, noRoom, READ_PIXELS, tooLarge } from './decode.js';
import { QueryPoseError } from './error.js';
import { PICTURE_MS, within } from './patience.js';

/** Longest side that the engine takes. */
const READ_SIDE = 16_384;

const LATE = 'This file could not be read in time. Try a copy of it.';

let canvas = null;

/**
 * Takes a source as it is now. `read()` gives its pixels, `{ data, width, height, of: [w, h] }`, where `of` is the size
 * of the source, or a `frame` in the place of `data`, to be read with `readFrame`. Where they are on their way,
 * `arrives` resolves when they are there; `isEmpty` says that the source has yet to show anything. `signal` ends the
 * waiting, and lets go of a frame that nobody asks for any more. Throws for what cannot be looked at.
 */
export function take(source, signal) {
  switch (tagOf(source)) {
    case 'ImageData':
      return now(ofImageData(source));
    case 'HTMLCanvasElement':
    case 'OffscreenCanvas':
    case 'ImageBitmap':
      return now(draw(source, source.width, source.height));
    case 'HTMLImageElement':
      if (source.complete) return soon(ofImage(source, signal));
      return { ...soon(arrivedImage(source, signal), (image) => ofImage(image, signal)), isEmpty: true };
    case 'HTMLVideoElement': {
      const picture = shownFrame(source);
      if (picture) return now(ofVideo(source, picture, signal));
      const arrives = arrivedFrame(source, signal).then((first) => ofVideo(source, first, signal));
      return { ...soon(arrives), isEmpty: true };
    }
    case 'VideoFrame':
      if (source.format === null && !source.displayWidth) throw unreadable();
      return now(ofFrame(source.clone(), source.displayWidth, source.displayHeight, signal));
    case 'Blob':
    case 'File':
      // Its bytes stay what they are: decoded at its turn, so that many files may wait.
      return { read: () => within(PICTURE_MS, ofBlob(source), LATE) };
    default:
      throw new TypeError(
        `Only an image, video, canvas, OffscreenCanvas, ImageBitmap, VideoFrame, ImageData or Blob can be looked at, not ${shown(source)}.`,
      );
  }
}

function now(pixels) {
  return { read: () => pixels };
}

function soon(promise, then = (pixels) => pixels) {
  return promise instanceof Promise ? { read: async () => then(await promise), arrives: promise } : now(promise);
}

function ofImage(image, signal) {
  const { naturalWidth: width, naturalHeight: height } = image;
  if (!width) throw unreadable();
  return isLarge(width, height) ? ofLarge(image, signal) : draw(image, width, height);
}

/** So that it need not be decoded whole, its file is fetched once more, which the browser has. */
async function ofLarge(image, signal) {
  const { naturalWidth: width, naturalHeight: height, currentSrc } = image;
  const file = fetch(currentSrc, { signal }).then((response) => response.blob());
  const smaller = await within(PICTURE_MS, file, LATE)
    .then((blob) => decodeLarge(blob, { width, height }))
    .catch(() => null);
  if (smaller) return drawn(smaller);
  if (signal.aborted) throw signal.reason;
  // Another picture is in its place by now.
  if (image.currentSrc !== currentSrc) throw unreadable();
  return draw(image, width, height);
}

function ofImageData(image) {
  const { width, height, data } = image;
  if (width * height > MAX_PIXELS) throw tooLarge(width, height);
  if (data.length !== width * height * 4)
    throw new QueryPoseError('picture', 'This ImageData has no pixels any more: its memory was given away.');
  const isPlain = tagOf(data) === 'Uint8ClampedArray' && (image.colorSpace ?? 'srgb') === 'srgb';
  // A copy, for the worker to keep; the engine lays it over white.
  if (isPlain && fits(width, height) === 1)
    return { data: new Uint8ClampedArray(data), width, height, of: [width, height] };
  const whole = newCanvas(width, height);
  whole.getContext('2d').putImageData(image, 0, 0);
  return draw(whole, width, height);
}

async function ofBlob(blob) {
  return drawn(await decode(blob));
}

/** The pixels of what `decode` gave. */
function drawn({ picture, width, height }) {
  try {
    return draw(picture, width, height);
  } finally {
    picture.close();
  }
}

/** What a video shows, by its frame where there is one. Takes the frame over. */
function ofVideo(video, { frame }, signal) {
  const { videoWidth: width, videoHeight: height } = video;
  if (frame && isUpright(frame, width, height)) return ofFrame(frame, width, height, signal);
  frame?.close();
  return draw(video, width, height);
}

/** A frame for the worker to read, or the pixels of one that is turned or too large. Takes the frame over. */
function ofFrame(frame, width, height, signal) {
  if (isUpright(frame, width, height)) {
    signal.addEventListener('abort', () => frame.close(), { once: true });
    return { frame, width, height, of: [width, height] };
  }
  try {
    return draw(frame, width, height);
  } finally {
    frame.close();
  }
}

/** A turned or stretched video shows other pixels than its frames do. */
function isUpright({ displayWidth, displayHeight, rotation, flip }, width, height) {
  return displayWidth === width && displayHeight === height && !rotation && !flip && fits(width, height) === 1;
}

let copies = null;

/** Whether this browser turns a VideoFrame into RGBA itself; older ones ignore the wish and give what they have. */
async function copiesRgba() {
  const blue = new Uint8Array([255, 0, 0, 255]);
  const frame = new VideoFrame(blue, { format: 'BGRA', codedWidth: 1, codedHeight: 1, timestamp: 0 });
  const out = new Uint8Array(4);
  await frame.copyTo(out, { format: 'RGBA' }).finally(() => frame.close());
  return out[2] === 255 && out[0] === 0;
}

/**
 * A frame's pixels (RGBA), without a canvas where the browser can: Chromium without a graphics device keeps a shared
 * buffer for every video frame that is drawn on one (1 to 3 MB a frame, for as long as the page lives). Closes the frame.
 */
export async function readFrame(frame, width, height) {
  try {
    copies ??= copiesRgba().catch(() => false);
    return ((await copies) && (await copy(frame, width, height))) || draw(frame, width, height).data;
  } finally {
    frame.close();
  }
}

async function copy(frame, width, height) {
  // A camera's frame may be a part of a larger one, shown at another size.
  if (frame.visibleRect?.width !== width || frame.visibleRect.height !== height) return null;
  try {
    const data = new Uint8ClampedArray(width * height * 4);
    const planes = await frame.copyTo(data, { format: 'RGBA' });
    return planes.length === 1 && planes[0].stride === width * 4 ? data : null;
  } catch {
    return null;
  }
}

/** By how much a picture has to be shrunk to be read. */
function fits(width, height) {
  return Math.min(1, Math.sqrt(READ_PIXELS / (width * height)), READ_SIDE / Math.max(width, height));
}

function newCanvas(width, height) {
  if (typeof OffscreenCanvas !== 'undefined') return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement('canvas'), { width, height });
}

function draw(drawable, width, height) {
  // A frame may have been shrunk already.
  const held = (drawable.displayWidth ?? width) * (drawable.displayHeight ?? height);
  if (held > MAX_PIXELS) throw tooLarge(width, height);
  if (!width || !height)
    throw new QueryPoseError('picture', 'This picture has no size, so there is nothing to look at.');
  const shrink = fits(width, height);
  // Never larger than it is.
  const w = Math.min(drawable.displayWidth ?? width, Math.max(1, Math.round(width * shrink)));
  const h = Math.min(drawable.displayHeight ?? height, Math.max(1, Math.round(height * shrink)));
  canvas ??= newCanvas(1, 1);
  // A new size clears the canvas; the same size keeps it, which is cheaper for frames.
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const context = canvas.getContext('2d', { willReadFrequently: true, alpha: false });
  if (!context) throw noRoom();
  context.fillStyle = '#fff';
  context.fillRect(0, 0, w, h);
  context.imageSmoothingQuality = 'high';
  try {
    context.drawImage(drawable, 0, 0, w, h);
    return { data: context.getImageData(0, 0, w, h).data, width: w, height: h, of: [width, height] };
  } catch (error) {
    // Once a picture of another site was drawn on it, nothing can be read from this canvas any more.
    canvas = null;
    if (error.name !== 'SecurityError') throw unreadable();
    throw new QueryPoseError(
      'cross-origin',
      'This picture comes from another site, which does not let pages read its pixels. Save it and open the file.',
    );
  }
}

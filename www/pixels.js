// Every kind of source becomes plain pixels here: upright, on white where it is see-through.

import { QueryPoseError } from './error.js';

/** Pictures above this are refused: browsers cannot hold them on all devices. */
export const MAX_PIXELS = 50e6;
/** Pictures above this are read smaller. The network sees a few hundred pixels a side, so nothing is lost. */
const READ_PIXELS = 12e6;

let canvas = null;

/**
 * Pixels of an image, video, canvas, OffscreenCanvas, ImageBitmap, ImageData or Blob:
 * `{ data, width, height, scale }`, where `scale` takes these pixels to the source's own.
 */
export async function pixelsOf(source) {
  if (source instanceof ImageData) {
    // A copy, for the worker to keep; the engine lays it over white.
    return { data: new Uint8ClampedArray(source.data), width: source.width, height: source.height, scale: 1 };
  }
  if (source instanceof Blob) {
    const bitmap = await decode(source);
    try {
      return draw(bitmap, bitmap.width, bitmap.height);
    } finally {
      bitmap.close();
    }
  }
  if (source instanceof HTMLImageElement) {
    await source.decode().catch(() => {
      throw new QueryPoseError('picture', 'This picture could not be read. Try another file, for example a JPEG or PNG.');
    });
    return draw(source, source.naturalWidth, source.naturalHeight);
  }
  if (source instanceof HTMLVideoElement) {
    if (source.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || !source.videoWidth) {
      throw new QueryPoseError('no-frame', 'The video has no picture yet. Wait for its first frame.');
    }
    return (await framePixels(source)) ?? draw(source, source.videoWidth, source.videoHeight);
  }
  if (source && source.width > 0 && source.height > 0) return draw(source, source.width, source.height);
  throw new QueryPoseError('source', 'Only an image, video, canvas, ImageBitmap, ImageData or Blob can be looked at.');
}

/** Decodes a file as the browser does, turned upright by its EXIF orientation. */
export async function decode(blob) {
  if (blob.size === 0) throw new QueryPoseError('picture', 'This file is empty. Choose another picture.');
  const size = await headerSize(blob);
  if (size && size.width * size.height > MAX_PIXELS) throw tooLarge(size.width, size.height);
  try {
    return await createImageBitmap(blob);
  } catch {
    throw await notAPicture(blob);
  }
}

async function notAPicture(blob) {
  const head = new TextDecoder('latin1').decode(await blob.slice(0, 32).arrayBuffer());
  if (/ftyp(heic|heix|heif|hevc|mif1|msf1)/.test(head)) {
    return new QueryPoseError('heic', 'This is a HEIC picture, which this browser cannot open. Save it as JPEG first: on an iPhone, choose Settings, Camera, Formats, Most Compatible.');
  }
  return new QueryPoseError('picture', 'This file is not a picture this browser can open. Try a JPEG, PNG or WebP.');
}

function tooLarge(width, height) {
  const millions = Math.round((width * height) / 1e6);
  return new QueryPoseError('too-large', `This picture has ${millions} million pixels (${width} × ${height}); at most ${MAX_PIXELS / 1e6} million fit. Make it smaller and try again.`);
}

/** Width and height a PNG or JPEG says it has, before a browser tries to make room for it. */
async function headerSize(blob) {
  const bytes = new DataView(await blob.slice(0, 1 << 18).arrayBuffer());
  const n = bytes.byteLength;
  if (n >= 24 && bytes.getUint32(0) === 0x89504e47) return { width: bytes.getUint32(16), height: bytes.getUint32(20) };
  if (n < 4 || bytes.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 9 < n && bytes.getUint8(at) === 0xff; at += 2 + bytes.getUint16(at + 2)) {
    const marker = bytes.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: bytes.getUint16(at + 7), height: bytes.getUint16(at + 5) };
  }
  return null;
}

let copies = null;

/** Whether this browser turns a VideoFrame into RGBA itself; older ones ignore the wish and give what they have. */
async function copiesRgba() {
  if (typeof VideoFrame === 'undefined') return false;
  const blue = new Uint8Array([255, 0, 0, 255]);
  const frame = new VideoFrame(blue, { format: 'BGRA', codedWidth: 1, codedHeight: 1, timestamp: 0 });
  const out = new Uint8Array(4);
  await frame.copyTo(out, { format: 'RGBA' }).finally(() => frame.close());
  return out[2] === 255 && out[0] === 0;
}

/**
 * The frame a video shows, without a canvas: Chromium without a graphics device keeps a shared buffer for every video
 * frame that is drawn on one (1 to 3 MB a frame, for as long as the page lives). null where the browser cannot.
 */
async function framePixels(video) {
  const { videoWidth: width, videoHeight: height } = video;
  if (width * height > READ_PIXELS || !(await (copies ??= copiesRgba().catch(() => false)))) return null;
  let frame;
  try {
    frame = new VideoFrame(video);
    // A turned or stretched video shows other pixels than its frames hold.
    if (frame.visibleRect.width !== width || frame.visibleRect.height !== height || frame.rotation) return null;
    const data = new Uint8ClampedArray(width * height * 4);
    const planes = await frame.copyTo(data, { format: 'RGBA' });
    return planes.length === 1 && planes[0].stride === width * 4 ? { data, width, height, scale: 1 } : null;
  } catch {
    return null;
  } finally {
    frame?.close();
  }
}

function draw(drawable, width, height) {
  if (width * height > MAX_PIXELS) throw tooLarge(width, height);
  if (!width || !height) throw new QueryPoseError('picture', 'This picture has no size, so there is nothing to look at.');
  const shrink = Math.min(1, Math.sqrt(READ_PIXELS / (width * height)));
  const w = Math.max(1, Math.round(width * shrink));
  const h = Math.max(1, Math.round(height * shrink));
  canvas ??= typeof OffscreenCanvas === 'undefined' ? document.createElement('canvas') : new OffscreenCanvas(1, 1);
  // A new size clears the canvas; the same size keeps it, which is cheaper for frames.
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const context = canvas.getContext('2d', { willReadFrequently: true, alpha: false });
  if (!context) throw new QueryPoseError('too-large', 'This browser has no room for the picture. Make it smaller and try again.');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, w, h);
  context.imageSmoothingQuality = 'high';
  context.drawImage(drawable, 0, 0, w, h);
  try {
    return { data: context.getImageData(0, 0, w, h).data, width: w, height: h, scale: width / w };
  } catch {
    throw new QueryPoseError('cross-origin', 'This picture comes from another site, which does not let pages read its pixels. Save it and open the file.');
  }
}

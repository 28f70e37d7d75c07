// Picture files: decoded as the browser does, and a sentence for those that it cannot.
import { QueryPoseError } from './error.js';

/** Pictures above this are shrunk while they are decoded, where the browser can: JPEGs, in Chromium. */
const LARGE_PIXELS = 50e6;
/** The others are decoded whole, which takes four bytes a pixel for a moment: above this (512 MB) they are refused. */
export const MAX_PIXELS = 128e6;
/** Pictures above this are read smaller (48 MB). The network sees a few hundred pixels a side, so nothing is lost. */
export const READ_PIXELS = 12e6;

/**
 * Decodes a file, turned upright by its EXIF orientation: `{ picture, width, height }`, the size of the file's picture
 * and what can be drawn, an ImageBitmap or a smaller VideoFrame, which is the caller's to close.
 */
export async function decode(blob) {
  if (blob.size === 0) throw new QueryPoseError('picture', 'This file is empty. Choose another picture.');
  let bytes;
  try {
    bytes = new DataView(await blob.slice(0, 1 << 18).arrayBuffer());
  } catch {
    throw new QueryPoseError('picture', 'This file cannot be read any more: was it moved or changed? Choose it again.');
  }
  const size = headerSize(bytes);
  if (size && isLarge(size.width, size.height)) {
    const smaller = await decodeLarge(blob, size);
    if (smaller) return smaller;
    if (size.width * size.height > MAX_PIXELS) throw tooLarge(size.width, size.height);
  }
  const picture = await createImageBitmap(blob).catch(() => {
    throw notAPicture(bytes);
  });
  const { width, height } = picture;
  if (width * height <= MAX_PIXELS) return { picture, width, height };
  picture.close();
  throw tooLarge(width, height);
}

/** Whether a picture of so many pixels had better be shrunk while it is decoded. */
export function isLarge(width, height) {
  return width * height > LARGE_PIXELS;
}

/**
 * The same of a large file, of which `width` and `height` are known: with a JPEG of 200 million pixels Chromium's process
 * has 207 MB at most, where decoding it whole took it to 1,180. Null where the browser cannot do that, or it is no JPEG.
 */
export async function decodeLarge(blob, { width, height }) {
  const head = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  const isJpeg = head[0] === 0xff && head[1] === 0xd8;
  // One that does not know of turned frames would not turn it.
  if (!isJpeg || !('ImageDecoder' in globalThis && 'rotation' in VideoFrame.prototype)) return null;
  const shrink = Math.sqrt(READ_PIXELS / (width * height));
  const [desiredWidth, desiredHeight] = [width, height].map((side) => Math.max(1, Math.round(side * shrink)));
  const decoder = new ImageDecoder({ data: blob.stream(), type: 'image/jpeg', desiredWidth, desiredHeight });
  try {
    const { image: picture } = await decoder.decode();
    const isTurned = picture.displayWidth > picture.displayHeight !== width > height;
    return isTurned ? { picture, width: height, height: width } : { picture, width, height };
  } catch {
    return null;
  } finally {
    decoder.close();
  }
}

/** Pictures that some browsers cannot open, by their first bytes. */
const KINDS = {
  TIFF: /^(II\*\0|MM\0\*)/,
  AVIF: /^.{4}ftypavi[fs]/s,
  'JPEG XL': /^(.{4}JXL |ÿ\n)/s,
  'JPEG 2000': /^(.{4}jP {2}|ÿOÿQ)/s,
  Photoshop: /^8BPS/,
  SVG: /^\s*(<\?xml|<svg)/,
  PDF: /^%PDF/,
};

function notAPicture(bytes) {
  const head = new TextDecoder('latin1').decode(new Uint8Array(bytes.buffer, 0, Math.min(32, bytes.byteLength)));
  if (/ftyp(heic|heix|heif|hevc|mif1|msf1)/.test(head)) {
    return new QueryPoseError(
      'heic',
      'This is a HEIC picture, which this browser cannot open. Save it as JPEG first: on an iPhone, choose Settings, Camera, Formats, Most Compatible.',
    );
  }
  const [kind] = Object.entries(KINDS).find(([, begins]) => begins.test(head)) ?? [];
  if (kind)
    return new QueryPoseError(
      'picture',
      `This is a ${kind} file, which this browser cannot open. Save it as JPEG or PNG first.`,
    );
  return new QueryPoseError('picture', 'This file is not a picture this browser can open. Try a JPEG, PNG or WebP.');
}

/** An error's words for a picture for which no canvas is to be had. */
export function noRoom() {
  return new QueryPoseError('too-large', 'This browser has no room for the picture. Make it smaller and try again.');
}

export function tooLarge(width, height) {
  const millions = Math.round((width * height) / 1e6);
  return new QueryPoseError(
    'too-large',
    `This picture has ${millions} million pixels (${width} × ${height}); at most ${MAX_PIXELS / 1e6} million fit. Make it smaller and try again.`,
  );
}

/** Width and height that a PNG, BMP or JPEG says it has, before a browser tries to make room for it. */
function headerSize(bytes) {
  const n = bytes.byteLength;
  if (n >= 24 && bytes.getUint32(0) === 0x89504e47) return { width: bytes.getUint32(16), height: bytes.getUint32(20) };
  if (n >= 26 && bytes.getUint16(0) === 0x424d)
    return { width: Math.abs(bytes.getInt32(18, true)), height: Math.abs(bytes.getInt32(22, true)) };
  if (n < 4 || bytes.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 9 < n && bytes.getUint8(at) === 0xff; at += 2 + bytes.getUint16(at + 2)) {
    const marker = bytes.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: bytes.getUint16(at + 7), height: bytes.getUint16(at + 5) };
  }
  return null;
}

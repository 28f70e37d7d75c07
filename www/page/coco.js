// Results as files.

/** Bytes of a PNG's signature and of its first chunk, after which others may stand. */
const HEAD = 33;

const round = (x) => Math.round(x * 1000) / 1000;

/** What stands in a saved picture, and as `mirrored: false` in the list of people: they fit each other. */
export const NOT_MIRRORED = 'Not mirrored: as the camera took it.';

/**
 * COCO's results list in pixels of the original picture; the third number of a keypoint is its score. COCO counts
 * pixel indices, so that a pixel's centre is a whole number: half a pixel less than a pose's x and y.
 */
export function cocoResults(poses, fileName) {
  return poses.map(({ id, score, keypoints, box }) => ({
    image_id: imageId(fileName),
    file_name: fileName,
    category_id: 1,
    keypoints: keypoints.flatMap((k) => [round(k.x - 0.5), round(k.y - 0.5), round(k.score)]),
    score,
    bbox: [box.xMin, box.yMin, box.width, box.height].map(round),
    ...(id && { track_id: id }),
    mirrored: false,
  }));
}

/** The file's name if it is a number, as COCO names its pictures; else 1, as for a single picture on the command line. */
function imageId(fileName) {
  const [, digits] = /^(?:COCO_(?:train2014|val2014|test2014|test2015)_)?(\d+)(?:\.[^.]*)?$/.exec(fileName) ?? [];
  const id = Number(digits ?? 1);
  return Number.isSafeInteger(id) ? id : 1;
}

/** A PNG with a comment in it. */
export function commented(png, text) {
  const chunk = new TextEncoder().encode(`tEXtComment\0${text}`);
  const parts = [png.slice(0, HEAD), word(chunk.length - 4), chunk, word(crc32(chunk)), png.slice(HEAD)];
  return new Blob(parts, { type: png.type });
}

function word(n) {
  return Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n);
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

/** Hands a Blob to the browser's downloads. */
export function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

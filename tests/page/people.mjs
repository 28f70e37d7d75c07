// The same people everywhere: the page and the command line, every kind of source, every orientation.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import { asFile, commandLine, EVERYBODY, SAMPLES, samePeople } from './harness.mjs';

/** Pixels of the picture that a joint may be off where both look at the same decoded pixels; 0.0011 was measured. */
export const SAME = 0.02;
/** Where each decodes the JPEG itself: a grey level of difference here and there, which a wrist may
 * feel. 1.25 was the worst seen, half a pixel of what the network looks at: 588 px for the 1370 of `group`. */
const PIXELS = 2;
/** Low, so that there is somebody to compare in every picture. */
export const THRESHOLD = 0.25;

/** A sample picture as the page decodes it, in a PNG file: JPEG decoders differ by a grey level here and there. */
export async function decoded(page, sample) {
  const base64 = await page.evaluate(async (sample) => {
    const bitmap = await createImageBitmap(await (await fetch(`pictures/${sample}.jpg`)).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
    return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(''));
  }, sample);
  return asFile(Buffer.from(base64, 'base64'));
}

/** Every sample picture through `window.net` and, as the page decodes it, through the command line. */
export async function comparesWithCommandLine(page, samples = SAMPLES) {
  let people = 0;
  for (const sample of samples) {
    const expected = await commandLine(await decoded(page, sample), THRESHOLD);
    const { poses } = await page.evaluate(
      async ({ sample, threshold, maxPeople }) =>
        window.net.detect(await (await fetch(`pictures/${sample}.jpg`)).blob(), { threshold, maxPeople }),
      { sample, threshold: THRESHOLD, maxPeople: EVERYBODY },
    );
    samePeople(poses, expected, SAME, THRESHOLD);
    people += poses.length;
  }
  assert.ok(people > 0, 'there was somebody to compare');
}

/** A JPEG with an EXIF orientation put in front of its other segments. */
export function oriented(jpeg, orientation) {
  const tiff = Buffer.from('49492a00080000000100120103000100000000000000' + '00000000', 'hex');
  tiff.writeUInt16LE(orientation, 18);
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]);
}

/** A sample picture turned by quarters to the left, as a JPEG. At quality 1, colours keep their full resolution. */
async function turned(page, sample, quarters) {
  const base64 = await page.evaluate(
    async ({ sample, quarters }) => {
      const bitmap = await createImageBitmap(await (await fetch(`pictures/${sample}.jpg`)).blob());
      const { width: w, height: h } = bitmap;
      const canvas = new OffscreenCanvas(quarters % 2 ? h : w, quarters % 2 ? w : h);
      const context = canvas.getContext('2d');
      context.translate(canvas.width / 2, canvas.height / 2);
      context.rotate((-quarters * Math.PI) / 2);
      context.drawImage(bitmap, -w / 2, -h / 2);
      const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 1 });
      return btoa(Array.from(new Uint8Array(await blob.arrayBuffer()), (b) => String.fromCharCode(b)).join(''));
    },
    { sample, quarters },
  );
  return Buffer.from(base64, 'base64');
}

/** A photo lying on its side gives people in the upright picture's pixels, as on the command line. */
export async function turnsPhotosUpright(page) {
  for (const [orientation, quarters] of [
    [6, 1],
    [3, 2],
    [8, 3],
  ]) {
    const bytes = oriented(await turned(page, 'group', quarters), orientation);
    const expected = await commandLine(asFile(bytes, 'turned.jpg'), THRESHOLD);
    assert.ok(expected.length > 0, 'there was somebody to compare');
    const { poses } = await page.evaluate(
      async ({ base64, threshold, maxPeople }) => {
        const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        return window.net.detect(new Blob([bytes], { type: 'image/jpeg' }), { threshold, maxPeople });
      },
      { base64: bytes.toString('base64'), threshold: THRESHOLD, maxPeople: EVERYBODY },
    );
    samePeople(poses, expected, PIXELS, THRESHOLD);
  }
}

/** A colour profile of the simplest kind (ICC, version 2): these primaries (XYZ), and linear light to a power. */
function profile(primaries, gamma) {
  const fixed = (v) => Math.round(v * 65536);
  const xyz = (values) => {
    const bytes = Buffer.alloc(20);
    bytes.write('XYZ ', 'latin1');
    values.forEach((v, i) => bytes.writeInt32BE(fixed(v), 8 + 4 * i));
    return bytes;
  };
  const curve = Buffer.alloc(16);
  curve.write('curv', 'latin1');
  curve.writeUInt32BE(1, 8);
  curve.writeUInt16BE(Math.round(gamma * 256), 12);
  const text = Buffer.from('text\0\0\0\0none\0\0\0\0', 'latin1');
  const name = Buffer.alloc(112);
  name.write('desc', 'latin1');
  name.writeUInt32BE(5, 8);
  name.write('test', 12, 'latin1');
  const tags = [
    ['desc', name],
    ['cprt', text],
    ['wtpt', xyz([0.9642, 1, 0.8249])],
    ...['r', 'g', 'b'].flatMap((letter, i) => [
      [`${letter}XYZ`, xyz(primaries[i])],
      [`${letter}TRC`, curve],
    ]),
  ];
  const head = Buffer.alloc(132 + 12 * tags.length);
  head.write('mntrRGB XYZ ', 12, 'latin1');
  head.writeUInt32BE(0x02400000, 8);
  head.write('acsp', 36, 'latin1');
  [0.9642, 1, 0.8249].forEach((v, i) => head.writeInt32BE(fixed(v), 68 + 4 * i));
  head.writeUInt32BE(tags.length, 128);
  let at = head.length;
  tags.forEach(([tag, { length }], i) => {
    head.write(tag, 132 + 12 * i, 'latin1');
    head.writeUInt32BE(at, 136 + 12 * i);
    head.writeUInt32BE(length, 140 + 12 * i);
    at += length;
  });
  head.writeUInt32BE(at, 0);
  return Buffer.concat([head, ...tags.map(([, bytes]) => bytes)]);
}

/** A PNG with a colour profile put behind its head. */
function coloured(png, icc) {
  const body = Buffer.concat([Buffer.from('iCCPtest\0\0', 'latin1'), deflateSync(icc)]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(body.length - 4, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), chunk.length - 4);
  const HEAD = 33;
  return Buffer.concat([png.subarray(0, HEAD), chunk, png.subarray(HEAD)]);
}

/** Colours of a profile become the screen's before anybody looks, on the command line as in the browser. */
export async function convertsColours(page, sample = 'collins') {
  const plain = await decoded(page, sample);
  // Green's and blue's primaries changed places, darker in the middle: nobody has such a screen, and nobody who does
  // not convert finds the same people.
  const icc = profile(
    [
      [0.436, 0.2225, 0.0139],
      [0.1431, 0.0606, 0.7139],
      [0.3851, 0.7169, 0.0971],
    ],
    3,
  );
  const bytes = coloured(readFileSync(plain), icc);
  const [asItIs, expected] = [
    await commandLine(plain, THRESHOLD),
    await commandLine(asFile(bytes, 'coloured.png'), THRESHOLD),
  ];
  const { poses } = await page.evaluate(
    async ({ base64, threshold, maxPeople }) => {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      return window.net.detect(new Blob([bytes], { type: 'image/png' }), { threshold, maxPeople });
    },
    { base64: bytes.toString('base64'), threshold: THRESHOLD, maxPeople: EVERYBODY },
  );
  assert.throws(() => samePeople(asItIs, expected, PIXELS, THRESHOLD), 'the profile makes a difference');
  return samePeople(poses, expected, PIXELS, THRESHOLD);
}

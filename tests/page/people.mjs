// The same people everywhere: the page and the command line, every kind of source, every orientation.
import assert from 'node:assert/strict';
import { writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesOf, commandLine, picture, SAMPLES, samePeople } from './harness.mjs';

/** Pixels of the picture that a joint may be off; decoders of 4:4:4 JPEGs and PIL-like resizing leave about 0.1. */
const PIXELS = 1;
/** Low, so that there is somebody to compare in every picture. */
export const THRESHOLD = 0.1;

/** Every sample picture through `window.net` and through the command line. */
export async function comparesWithCommandLine(page, samples = SAMPLES) {
  let people = 0;
  for (const sample of samples) {
    const expected = await commandLine(picture(sample), THRESHOLD);
    const { poses } = await page.evaluate(
      async ({ sample, threshold }) => window.net.detect(await (await fetch(`pictures/${sample}.jpg`)).blob(), { threshold }),
      { sample, threshold: THRESHOLD },
    );
    samePeople(poses, expected, PIXELS, THRESHOLD);
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

/** A photo lying on its side gives people in the upright picture's pixels, as on the command line. */
export async function turnsPhotosUpright(page) {
  for (const orientation of [3, 6]) {
    const bytes = oriented(bytesOf('collins'), orientation);
    const file = join(mkdtempSync(join(tmpdir(), 'querypose-')), 'turned.jpg');
    writeFileSync(file, bytes);
    const expected = await commandLine(file, 0.02);
    const { poses } = await page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      return window.net.detect(new Blob([bytes], { type: 'image/jpeg' }), { threshold: 0.02 });
    }, bytes.toString('base64'));
    samePeople(poses, expected, PIXELS, 0.02);
  }
}

// Accessibility of every view, as axe sees it: nothing serious, in light and dark, on a desktop and on a phone.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checked, give, scenery, told } from './checking.mjs';
import { asFile, axe, fakeCamera, launch, looked, open, picture, says, SLOW } from './harness.mjs';
import { DESKTOP, PHONE } from './inside.mjs';
import { small } from './small.mjs';

let site, browser, scene, folder, film;
before(async () => {
  site = await small(128);
  browser = await launch({ args: fakeCamera() });
  scene = await scenery(browser, site);
  folder = mkdtempSync(join(tmpdir(), 'querypose-axe-'));
  film = join(folder, 'film.webm');
  const made = ['-v', 'error', '-loop', '1', '-framerate', '10', '-i', picture('collins'), '-frames:v', '12'];
  execFileSync('ffmpeg', [...made, '-vf', 'scale=240:-2', '-c:v', 'libvpx', film]);
});
after(async () => {
  await browser?.close();
  site?.close();
  if (folder) rmSync(folder, { recursive: true });
});

/** Each brings the page into a state of one of its views. */
const STATES = {
  picture: async (page) => {
    await looked(page);
    for (const summary of await page.locator('.rail details > summary').all()) await summary.press('Enter');
  },
  live: async (page) => {
    const n = await looked(page);
    await page.click('#camera');
    await page.waitForSelector('#transport:not([hidden])');
    await looked(page, n);
  },
  measure: async (page) => {
    await page.setInputFiles('#film-file', film);
    await page.click('#measure');
    await says(page, /^Measured \d+ frames/);
  },
  Inside: async (page) => {
    await page.click('#to-inside');
    await page.waitForFunction(() => document.body.dataset.inside === 'live', null, { timeout: SLOW });
    for (const summary of await page.locator('#inside summary').all()) await summary.press('Enter');
  },
  'Check, empty': async (page) => {
    await page.click('#to-check');
    await page.waitForSelector('#check-folder');
  },
  'Check, refused': async (page) => {
    await give(page, null, asFile(Buffer.from('{}'), 'ann.json'));
    await told(page, /not COCO annotations/);
  },
  'Check, paused': async (page) => {
    await give(page, scene.folder, asFile(Buffer.from(JSON.stringify(scene.annotations)), 'ann.json'));
    await told(page, /^Ready/);
    // In one go: it is a matter of milliseconds.
    await page.evaluate(() => ['check-start', 'check-pause'].forEach((id) => document.getElementById(id).click()));
    await told(page, /^Paused/);
  },
  'Check, done': async (page) => {
    await page.click('#check-cancel');
    await told(page, /^Cancelled/);
    await checked(page);
    for (const summary of await page.locator('#check-result summary:visible').all()) await summary.press('Enter');
  },
};

for (const [size, context] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
  test(`nothing serious, ${size}`, async (t) => {
    const page = await open(browser, site.url, { context });
    for (const [name, into] of Object.entries(STATES)) {
      await t.test(name, async () => {
        await into(page);
        for (const colorScheme of ['light', 'dark']) {
          await page.emulateMedia({ colorScheme });
          assert.deepEqual(await axe(page), [], colorScheme);
        }
      });
    }
    await page.context().close();
  });
}

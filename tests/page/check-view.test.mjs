// Check: COCO's figures of the visitor's own pictures are those of `querypose eval`, and pycocotools' of the same
// results; whatever is dropped gets a sentence; a check can be paused, left and cancelled.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checked, checkView, evalLine, give, pycocotools, scenery, told, write } from './checking.mjs';
import { asFile, launch, looked, says, screenshot } from './harness.mjs';
import { DESKTOP, PHONE } from './inside.mjs';
import { small } from './small.mjs';

/** pycocotools' order, see `Evaluation::figures`. */
const JOINTS = ['AP', 'AP50', 'AP75', 'APM', 'APL', 'AR', 'AR50', 'AR75', 'ARM', 'ARL'];
const BOXES = ['AP', 'AP50', 'AP75', 'APS', 'APM', 'APL', 'AR1', 'AR10', 'AR100', 'ARS', 'ARM', 'ARL'];
/** The command line shows so many digits. */
const SHOWN = 0.00006;

let site, browser, scene;
before(async () => {
  site = await small(128);
  browser = await launch();
  scene = await scenery(browser, site);
  writeFileSync(join(scene.folder, 'photos/broken.png'), 'no picture');
});
after(async () => {
  await browser?.close();
  site?.close();
});

const json = (value, name = 'ann.json') => asFile(Buffer.from(JSON.stringify(value)), name);

function same(ours, theirs, names, what, within = 1e-9) {
  names.forEach((name, i) => {
    const value = ours[name] ?? -1;
    assert.ok(Math.abs(value - theirs[i]) <= within, `${what} ${name}: ${value} instead of ${theirs[i]}`);
  });
}

test("figures are the command line's and pycocotools'", async (t) => {
  const page = await checkView(browser, site);
  const { folder, annotations } = scene;
  const bare = ({ area, num_keypoints, ...one }) => one;
  const one = annotations.images[0].id;
  const kinds = {
    'as COCO has them': annotations,
    'area and num_keypoints are missing': { ...annotations, annotations: annotations.annotations.map(bare) },
    'one picture': {
      ...annotations,
      images: annotations.images.filter(({ id }) => id === one),
      annotations: annotations.annotations.filter(({ image_id }) => image_id === one),
    },
    'only crowds': { ...annotations, annotations: annotations.annotations.map((one) => ({ ...one, iscrowd: 1 })) },
    'nobody is found': {
      ...annotations,
      images: annotations.images.slice(3),
      annotations: [{ ...annotations.annotations[0], image_id: annotations.images[3].id }],
    },
    'a picture is not there, another is none': {
      ...annotations,
      images: [...annotations.images, { id: 900, file_name: 'gone.png' }, { id: 901, file_name: 'broken.png' }],
      annotations: [...annotations.annotations, { ...annotations.annotations[0], id: 99, image_id: 900 }],
    },
  };
  for (const [name, value] of Object.entries(kinds)) {
    await t.test(name, async () => {
      const file = json(value);
      await give(page, folder, file);
      await told(page, /^Ready/);
      const { counted, shown, results } = await checked(page);
      const line = await evalLine(scene, file);
      same(counted.joints, line.row, JOINTS.slice(0, 6), 'the command line says', SHOWN);
      same(counted.boxes, line.row.slice(6), ['AP'], 'the command line says of boxes', SHOWN);
      const [, right, wrong] = counted.at;
      const rates = [right / Math.max(1, right + wrong), right / Math.max(1, counted.people)];
      same(rates, line.row.slice(7), [0, 1], 'precision and recall', 0.0006);
      assert.equal(results.length, line.results.length);
      // The same people, but for the last bits of two processors.
      const far = (row, other) => Math.max(...row.keypoints.map((v, i) => Math.abs(v - other.keypoints[i])));
      for (const row of results.filter(({ score }) => score > 0.02)) {
        const twins = line.results.filter(({ image_id }) => image_id === row.image_id).map((other) => far(row, other));
        assert.ok(Math.min(...twins) < 0.05, `${row.file_name}: ${Math.min(...twins)} px`);
      }
      // What pycocotools does not compute by itself, it is given as the command line computes it.
      const whole = value.annotations.map((one) => ({
        ...one,
        area: one.area ?? one.bbox[2] * one.bbox[3],
        num_keypoints: one.num_keypoints ?? one.keypoints.filter((v, i) => i % 3 === 2 && v > 0).length,
      }));
      const theirs = pycocotools({ ...value, annotations: whole }, results);
      if (!theirs) return t.diagnostic('pycocotools was not asked: QUERYPOSE_PYTHON names no Python');
      same(counted.joints, theirs.joints, JOINTS, 'pycocotools says');
      same(counted.boxes, theirs.boxes, BOXES, 'pycocotools says of boxes');
      for (const [key, value, text] of shown) {
        const [by, figure] = key.split(' ');
        assert.equal(Number(value), counted[by][figure] ?? -1);
        assert.equal(text, Number(value) < 0 ? '–' : (100 * value).toFixed(1));
      }
      if (name === 'as COCO has them')
        assert.ok(counted.joints.AP > 0.05 && counted.joints.AP < 0.95, 'says something');
    });
  }
  await t.test('what is missing is said and counted', async () => {
    assert.match(await page.textContent('#check-notes'), /Not here: 1 picture of them\. They count as if nobody/);
    assert.match(await page.textContent('#check-of'), /2 pictures could not be read, and count as if nobody/);
    assert.match(await page.textContent('#check-unread'), /broken\.png: This file is not a picture/);
    assert.match(await page.textContent('#check-missing'), /gone\.png/);
  });
  await t.test('another size', async () => {
    const file = json(annotations);
    await give(page, null, file);
    await told(page, /^Ready/);
    await page.selectOption('#check-size', '256');
    const { counted } = await checked(page);
    same(counted.joints, (await evalLine(scene, file, 256)).row, JOINTS.slice(0, 6), 'at 256 px', SHOWN);
    assert.match(await page.textContent('#check-of'), /nano at 256 px/);
  });
  assert.deepEqual(page.notes.errors, []);
  assert.deepEqual(page.notes.elsewhere, []);
  await page.context().close();
});

test('whatever is given gets a sentence', async (t) => {
  const page = await checkView(browser, site);
  const { folder, annotations } = scene;
  const empty = write(join(mkdtempSync(join(tmpdir(), 'querypose-check-')), 'empty/notes.txt'), 'nothing');
  const cases = [
    ['a folder without pictures', [join(empty, '..')], /There are no pictures here\. Drop a folder/],
    ['a folder without annotations', [join(folder, 'photos')], /5 pictures are here\. Now the annotations/],
    ['no JSON', [null, asFile(Buffer.from('{"images": ['), 'ann.json')], /ann\.json: not COCO annotations/],
    [
      'a picture by the name of annotations',
      [null, asFile(Buffer.from([0xff, 0xd8, 0xff]), 'a.json')],
      /a\.json: not CO/,
    ],
    ['nothing at all', [null, asFile(Buffer.alloc(0), 'ann.json')], /ann\.json: not COCO annotations/],
    ['another JSON', [null, json({ a: 1 })], /not COCO annotations.*images/],
    ['a list', [null, json([])], /no COCO annotations, but a list/],
    ['very deep', [null, asFile(Buffer.from('{"a":'.repeat(1e6)), 'deep.json')], /deep\.json: not COCO annotations/],
    ['no pictures', [null, json({ images: [] })], /names no pictures/],
    ['nobody', [null, json({ ...annotations, annotations: [] })], /there is not a single person annotated/],
    [
      'no person',
      [null, json({ ...annotations, categories: [1, 2].map((id) => ({ id, name: `cat ${id}` })) })],
      /person/,
    ],
    [
      'another folder',
      [null, json({ ...annotations, images: [{ id: 7, file_name: 'x.jpg' }] })],
      /None of its pictures/,
    ],
    ['a file name that leads out', [null, json(renamed('../../../etc/passwd'))], /None of its pictures is here/],
    ['markup for a name', [null, json(renamed('<img src=x onerror=alert(1)>.png'))], /would be 0<img src=x/],
  ];
  for (const [name, [pictures, file], pattern] of cases) {
    await t.test(name, async () => {
      await give(page, pictures, file);
      await told(page, pattern, 20_000);
      assert.ok(await page.isHidden('#check-start'), 'nothing can be started');
    });
  }
  await t.test('and then the right ones work', async () => {
    await give(page, folder, json(annotations));
    await told(page, /^Ready: 4 pictures/);
  });
  await t.test('what is neither pictures nor annotations takes nothing away', async () => {
    await give(page, null, asFile(Buffer.from('no film'), 'film.mp4'));
    await told(page, /^There are no pictures here\./);
    assert.ok(await page.isVisible('#check-start'));
  });
  await t.test('a folder with several files of annotations: one can be chosen', async () => {
    const several = mkdtempSync(join(tmpdir(), 'querypose-check-'));
    cpSync(folder, several, { recursive: true });
    write(join(several, 'annotations/captions.json'), '{}');
    write(join(several, 'annotations/person_keypoints.json'), JSON.stringify(annotations));
    await give(page, several);
    await told(page, /^Ready: 4 pictures/);
    await page.selectOption('#check-files', { index: 1 });
    await told(page, /captions\.json: not COCO/);
  });
  await t.test('other JSON in a folder takes nothing away', async () => {
    const other = mkdtempSync(join(tmpdir(), 'querypose-check-'));
    cpSync(folder, other, { recursive: true });
    for (let i = 0; i < 12; i++) write(join(other, `photos/label-${i}.json`), '{"shapes": []}');
    await give(page, other);
    await told(page, /^Ready: 4 pictures/);
    assert.match(await page.locator('#check-files option:checked').textContent(), /person_keypoints\.json/);
  });
  await t.test('but who chooses a file hears what is wrong with it', async () => {
    await give(page, null, asFile(Buffer.from('{"images": ['), 'mine.json'));
    await told(page, /mine\.json: not COCO annotations/);
    assert.ok(await page.isHidden('#check-start'));
  });
  await t.test('annotations beside saved results and other files', async () => {
    const beside = mkdtempSync(join(tmpdir(), 'querypose-check-'));
    write(join(beside, 'person_keypoints-results.json'), '[]');
    write(join(beside, 'set.json'), JSON.stringify(annotations));
    write(join(beside, 'README.txt'), 'a folder of annotations');
    await give(page, beside);
    await told(page, /^Ready: 4 pictures/);
    assert.match(await page.locator('#check-files option:checked').textContent(), /set\.json/);
  });
  await t.test('pictures in two goes', async () => {
    const fresh = await checkView(browser, site);
    const flat = { ...annotations, images: annotations.images.slice(2) };
    const photo = (image) => join(folder, 'photos', image.file_name);
    await fresh.setInputFiles('#check-pictures-input', photo(flat.images[0]));
    await told(fresh, /1 picture is here/);
    await give(fresh, null, json(flat));
    await told(fresh, /^Ready: 1 picture to/);
    await fresh.setInputFiles('#check-pictures-input', photo(flat.images[1]));
    await told(fresh, /^Ready: 2 pictures/);
    await fresh.context().close();
  });
  await t.test('two folders, one after the other, with pictures of one name', async () => {
    const fresh = await checkView(browser, site);
    await give(fresh, join(folder, 'photos/cam1'), json({ ...annotations, images: annotations.images.slice(0, 2) }));
    await told(fresh, /^Ready: 1 picture/);
    await give(fresh, join(folder, 'photos/cam2'));
    await told(fresh, /^Ready: 2 pictures/);
    await fresh.context().close();
  });
  assert.deepEqual(page.notes.errors, []);
  await page.context().close();

  function renamed(file_name) {
    return {
      ...annotations,
      images: annotations.images.map((image, i) => ({ ...image, file_name: `${i}${file_name}` })),
    };
  }
});

test('dropped, paused, left, cancelled, another network', async (t) => {
  const page = await checkView(browser, site, { context: DESKTOP });
  const many = { images: [], categories: [{ id: 1, name: 'person' }], annotations: scene.annotations.annotations };
  const folder = join(mkdtempSync(join(tmpdir(), 'querypose-check-')), 'many');
  for (let i = 0; i < 60; i++) {
    cpSync(join(scene.folder, 'photos/7.png'), join(folder, `${i}.png`), { recursive: true });
    many.images.push({ id: i, file_name: `${i}.png` });
  }
  write(join(folder, 'ann.json'), JSON.stringify(many));
  const done = () => page.locator('#check-progress').evaluate((bar) => bar.value);
  /** Waits until what was under way is done, and makes sure that nothing follows it, however slow this machine is. */
  const standsStill = async () => {
    await page.waitForFunction(() => window.looks === document.getElementById('check-progress').value);
    const before = await done();
    await page.waitForTimeout(300);
    assert.deepEqual([await done(), await page.evaluate(() => window.looks)], [before, before]);
    return before;
  };
  const more = (than) => page.waitForFunction((n) => document.getElementById('check-progress').value > n, than);
  await t.test('a folder is dropped', async () => {
    const session = await page.context().newCDPSession(page);
    const data = { items: [], files: [folder], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver'])
      await session.send('Input.dispatchDragEvent', { type, x: 500, y: 300, data });
    assert.equal(await page.textContent('#drop'), 'Drop pictures and their annotations here');
    assert.ok(await page.isVisible('#drop'));
    await session.send('Input.dispatchDragEvent', { type: 'drop', x: 500, y: 300, data });
    await told(page, /^Ready: 60 pictures/);
  });
  await t.test('paused: nothing goes on, and then it does', async () => {
    await page.evaluate(() => {
      window.looks = 0;
      const { net } = document.getElementById('check').view;
      const { detect } = net;
      net.detect = (file, wish) => {
        if (file instanceof File) window.looks++;
        return detect.call(net, file, wish);
      };
    });
    await page.focus('#check-start');
    // Once too often does no harm.
    for (const _ of ['starts', 'does nothing']) await page.keyboard.press('Enter');
    await more(3);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'check-pause', 'the next one');
    await page.waitForFunction(() => / left/.test(document.getElementById('check-left').textContent));
    await page.click('#check-pause');
    await told(page, /^Paused after \d+ of 60 pictures/);
    const before = await standsStill();
    await page.click('#check-pause');
    await more(before);
  });
  await t.test('other pictures are refused meanwhile', async () => {
    assert.ok(await page.isDisabled('#check-folder'));
  });
  await t.test('who leaves finds it paused', async () => {
    await page.click('#to-look');
    const n = await looked(page);
    await page.click('#samples button:nth-child(2)');
    await looked(page, n);
    const before = await standsStill();
    await page.click('#to-check');
    await told(page, /It waited while you were elsewhere/);
    await page.click('#check-pause');
    await more(before);
  });
  await t.test('cancelled: it can be started again', async () => {
    await page.click('#check-cancel');
    await told(page, /^Cancelled after \d+ pictures/);
    assert.ok((await page.isVisible('#check-start')) && (await page.isHidden('#check-result')));
  });
  await t.test('another network ends it', async () => {
    await page.click('#check-start');
    await more(2);
    await page.click('#to-look');
    await page.selectOption('#wanted', 'cpu');
    await says(page, /Point at a joint|Nobody/);
    await page.click('#to-check');
    await told(page, /^Another network took over/);
    const { results } = await checked(page);
    assert.equal(new Set(results.map(({ image_id }) => image_id)).size, 60, 'from the beginning, each once');
  });
  assert.deepEqual(page.notes.errors, []);
  assert.deepEqual(page.notes.elsewhere, []);
  await page.context().close();
});

test('the threshold that was chosen on Look is marked', async () => {
  const page = await checkView(browser, site);
  await page.click('#to-look');
  const n = await looked(page);
  await page.fill('#threshold', '0.7');
  await looked(page, n);
  await page.click('#to-check');
  await give(page, scene.folder, json(scene.annotations));
  await told(page, /^Ready/);
  // However often it is begun, everybody is counted once.
  await page.evaluate(() => ['', ''].forEach(() => document.getElementById('check-start').click()));
  await told(page, /^Done/);
  assert.match(await page.textContent('#check-at'), /^From 70\s%\ssure/);
  const once = await page.evaluate(() => document.getElementById('check').view.counted.joints.AP);
  const { counted, name } = await checked(page);
  assert.equal(counted.joints.AP, once);
  assert.match(name, /^ann-.+-results\.json$/);
  assert.deepEqual(page.notes.errors, []);
  await page.context().close();
});

test('by keyboard alone, and in words', async () => {
  const page = await checkView(browser, site, { context: DESKTOP });
  const press = async (id, key = 'Enter') => {
    for (let i = 0; i < 40 && (await page.evaluate(() => document.activeElement.id)) !== id; i++)
      await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.id), id, `${id} is reached by Tab`);
    await page.keyboard.press(key);
  };
  for (const [id, files] of [
    ['check-folder', scene.folder],
    ['check-file', json(scene.annotations)],
  ]) {
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), press(id)]);
    await chooser.setFiles(files);
  }
  await told(page, /^Ready: 4 pictures/);
  await page.evaluate(() => {
    window.heard = [];
    const line = document.getElementById('check-message');
    new MutationObserver(() => window.heard.push(line.textContent)).observe(line, { childList: true });
  });
  await press('check-start');
  await told(page, /^Done\. AP is \d+\.\d/);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'check-start', 'not lost with the buttons');
  assert.equal(await page.getAttribute('#check-progress', 'aria-valuetext'), '4 of 4');
  assert.equal((await page.evaluate(() => window.heard)).length, 3, 'looking, counting, done: nothing at each picture');
  assert.match(
    await page.getAttribute('#check-plot svg', 'aria-label'),
    /over the threshold\. At 10 %: \d+ % and \d+ %/,
  );
  assert.equal(await page.getAttribute('#check-message', 'role'), 'status');
  await page.context().close();
});

test('at two sizes, in light and dark', async (t) => {
  for (const [size, context] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    for (const colorScheme of ['light', 'dark']) {
      await t.test(`${size}, ${colorScheme}`, async () => {
        const page = await checkView(browser, site, { context: { ...context, colorScheme } });
        await screenshot(page, `check-${size}-${colorScheme}-empty`);
        await give(page, scene.folder, json(scene.annotations));
        await told(page, /^Ready/);
        await screenshot(page, `check-${size}-${colorScheme}-ready`);
        const { counted } = await checked(page);
        for (const part of ['result', 'worst']) {
          await page.locator(`#check-${part}`).evaluate((e) => e.scrollIntoView());
          await page.waitForTimeout(300);
          await screenshot(page, `check-${size}-${colorScheme}-${part}`);
        }
        const { wide, low, drawn } = await page.evaluate(() => ({
          wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
          low: [...document.querySelectorAll('#check button, #check select, #check summary, .bar a')]
            .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44)
            .map((e) => e.textContent),
          drawn: [...document.querySelectorAll('#check-worst canvas')].filter((e) => e.width > 100).length,
        }));
        assert.equal(wide, 0, 'nothing sticks out to the side');
        if (size === 'phone') {
          await page.setViewportSize({ width: 360, height: 740 });
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360, 'nor on a smaller one');
        }
        if (size === 'phone') assert.deepEqual(low, [], 'large enough for a thumb');
        assert.ok(counted.worst.length > 0 && counted.worst.length <= 20);
        assert.equal(await page.locator('#check-worst li').count(), counted.worst.length);
        assert.ok(drawn >= 2, 'truth and answer are drawn');
        const mark = await page.textContent('#check-plot text.now');
        assert.match(mark, /threshold \d+ %/);
        assert.deepEqual(page.notes.errors, []);
        await page.context().close();
      });
    }
  }
});

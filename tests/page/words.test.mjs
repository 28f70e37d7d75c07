// What the page says: every sentence stands in every table, none is said outside of them, errors too; languages are
// chosen by the browser and by hand; layouts hold with longer words and from right to left.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summary } from '../../www/page/people.js';
import { duration } from '../../www/page/words.js';
import { LANGUAGES } from '../../www/words/say.js';
import { bytesOf, host, launch, looked, open, SLOW, screenshot } from './harness.mjs';
import { drop } from './inside.mjs';
import { code, errors, names, sentences, strangers } from './sentences.mjs';

const OTHERS = Object.keys(LANGUAGES).filter((tag) => tag !== 'en');
const tables = Object.fromEntries(
  await Promise.all(OTHERS.map(async (tag) => [tag, await import(`../../www/words/${tag}.js`)])),
);
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

const forms = (value) => (typeof value === 'string' ? [value] : Object.values(value));
/** What varies in a sentence, and what stands in it: `{0}`, `<0>`, `</0>`, `<0/>`, in order of their names. */
const marks = (text) => (text.match(/\{\d\}|<\/?\d\/?>/g) ?? []).sort().join(' ');

for (const [tag, { default: table, names: words, errors: known }] of Object.entries(tables)) {
  test(`${tag}: no sentence is missing, and none is of no use`, () => {
    const compare = (found, wanted) => assert.deepEqual(Object.keys(found).sort(), [...wanted].sort());
    compare(table, sentences);
    compare(words, names());
    for (const sentence of errors) assert.ok(Object.hasOwn(known, sentence), sentence);
    for (const [key, value] of Object.entries({ ...table, ...words, ...known })) {
      for (const form of forms(value)) {
        assert.notEqual(form.trim(), '', key);
        assert.equal(marks(form), marks(key), key);
      }
      if (typeof value === 'string') continue;
      const { pluralCategories } = new Intl.PluralRules(tag).resolvedOptions();
      assert.ok('other' in value && Object.keys(value).every((form) => pluralCategories.includes(form)), key);
    }
  });

  test(`${tag}: errors are those of the code`, () => {
    for (const key of Object.keys(known)) {
      for (const piece of key.split(/\{\d\}/)) {
        const quoted = piece.replaceAll('"', '\\"');
        assert.ok(code.includes(piece) || code.includes(quoted), `nobody says ${JSON.stringify(piece)}, of: ${key}`);
      }
    }
  });
}

test('what is left of a long time', () => {
  const said = [0.2, 59, 59.5, 3569, 3585, 7190, 7500].map((s) => String(duration(s)));
  assert.deepEqual(said, ['1 s', '59 s', '1 min', '59 min', '1 h 0 min', '2 h 0 min', '2 h 5 min']);
});

test('who is where is said as it is seen, also in a mirror', () => {
  const pose = { score: 0.9, box: { xMin: 0, xMax: 20 }, keypoints: [] };
  const where = (mirrored) => /Person 1, ([^,]+),/.exec(String(summary([pose], 100, mirrored)))[1];
  assert.deepEqual([false, true].map(where), ['on the left', 'on the right']);
});

test('nothing is said outside of the tables', () => {
  // For files and programs, not for people.
  const silent = ['Something else is loaded instead.', 'Not mirrored: as the camera took it.'];
  const spoken = strangers.filter(({ text }) => !silent.includes(text) && !Object.hasOwn(tables.de.errors, text));
  assert.deepEqual(
    spoken.map(({ file, text }) => `${file}: ${text}`),
    [],
  );
});

/** A table whose words are longer by 30 %, in words that break where others do. */
const longer = (text) => text.replace(/\p{L}{3,}/gu, (word) => word + word.slice(0, Math.max(1, word.length * 0.3)));
const table = (change, more = '') => {
  const changed = ([key, value]) => [key, forms(value).map(change)[0]];
  const { default: sentences, names } = tables.de;
  const english = (of) => Object.fromEntries(Object.keys(of).map((key) => changed([key, key])));
  return `export default ${JSON.stringify(english(sentences))};
    export const names = ${JSON.stringify(english(names))};\n${more}`;
};

/** A page in German, or in what is put in its place. */
const speaking = (browser, site, more, { viewport = DESKTOP, hash = '', words = null, ...context } = {}) =>
  open(browser, `${site.url}${more}${hash}`, {
    context: { viewport, ...context },
    prepare: (_page, surroundings) =>
      words &&
      surroundings.route('**/words/de.js', (route) =>
        route.fulfill({ contentType: 'text/javascript; charset=utf-8', body: words }),
      ),
  });

test('languages in a browser', { timeout: 10 * SLOW }, async (t) => {
  const site = await host();
  const browser = await launch();
  t.after(async () => {
    await browser.close();
    site.close();
  });
  const heading = (page) => page.textContent('#people-title');
  const speaks = (page, tag) => page.waitForFunction((tag) => document.documentElement.lang === tag, tag);

  await t.test('the browser chooses', async () => {
    for (const [locale, tag] of [
      ['de-AT', 'de'],
      ['es-MX', 'es'],
      ['zh-CN', 'zh-CN'],
      ['zh-TW', 'en'],
      ['fr-FR', 'en'],
    ]) {
      const page = await speaking(browser, site, '', { locale });
      await page.waitForFunction(() => document.getElementById('count').textContent === '3');
      await speaks(page, tag);
      assert.equal(await heading(page), tables[tag]?.default.People ?? 'People');
      assert.equal(await page.inputValue('#language'), tag);
      assert.equal(await page.title(), tables[tag]?.default[Object.keys(tables.de.default)[0]] ?? (await page.title()));
      assert.deepEqual(page.notes.errors, []);
      assert.equal(
        page.notes.requests.some((url) => url.includes('/words/') && !url.endsWith('say.js')),
        tag !== 'en',
      );
      await page.context().close();
    }
  });

  await t.test('the address wins, the hand goes on', async () => {
    const page = await speaking(browser, site, '?lang=es', { locale: 'de-DE' });
    await speaks(page, 'es');
    await page.selectOption('#language', 'zh-CN');
    await speaks(page, 'zh-CN');
    assert.equal(await heading(page), tables['zh-CN'].default.People);
    assert.ok(!page.url().includes('lang'));
    await page.reload();
    await speaks(page, 'zh-CN');
    await page.selectOption('#language', 'en');
    await speaks(page, 'en');
    assert.equal(await heading(page), 'People');
    assert.equal(
      await page.textContent('label[for=threshold] > span'),
      `Show from ${await page.textContent('#threshold-value')} sure`,
    );
    assert.deepEqual(page.notes.errors, []);
    await page.context().close();
  });

  await t.test('a language that does not come leaves the one before', async () => {
    const page = await speaking(browser, site, '');
    await page.route('**/words/de.js', (route) => route.abort());
    await page.selectOption('#language', 'de');
    await page.waitForFunction(() => document.getElementById('language').value === 'en');
    assert.equal(await heading(page), 'People');
    await page.context().close();
  });

  await t.test('what is there stays: a dropped photo, its people, the message', async () => {
    const page = await speaking(browser, site, '?lang=en');
    const before = await looked(page);
    await drop(page, 'own.jpg', bytesOf('collins'), 'image/jpeg');
    await looked(page, before);
    const src = await page.getAttribute('#photo', 'src');
    await page.selectOption('#language', 'de');
    await speaks(page, 'de');
    assert.equal(await page.getAttribute('#photo', 'src'), src);
    assert.match(await page.textContent('#people .score'), /^\d+\s%$/);
    assert.match(await page.textContent('#people summary'), /Person 1/);
    assert.equal(await page.textContent('#message'), tables.de.default['Point at a joint to see its name and score.']);
    assert.match(await page.textContent('#ms-network'), /^[\d,]+\sms$/);
    assert.match(await page.getAttribute('#overlay', 'aria-label'), /^1 Person gefunden\./);
    await page.hover('#people summary');
    await page.click('#people summary');
    assert.match(await page.textContent('#people li li'), /Nase/);
    await page.context().close();
  });

  await t.test('errors: translated, and what no table knows in English after what it is about', async () => {
    const page = await speaking(browser, site, '?lang=de');
    await looked(page);
    await drop(page, 'a.jpg', Buffer.from('no picture'), 'image/jpeg');
    const message = tables.de.errors['This file is not a picture this browser can open. Try a JPEG, PNG or WebP.'];
    await page.waitForFunction((words) => document.getElementById('message').textContent === words, message);
    const said = await page.evaluate(async () => {
      const { told } = await import('./words/say.js');
      const of = (message, code) => String(told(Object.assign(new Error(message), { code })));
      return [
        of('Nobody translated this <b>sentence</b>.', 'picture'),
        of('WebGPU cannot be used here: the adapter needed more than 30 seconds for one picture.', 'webgpu'),
        of('b.pth: no weights, but packed with gzip: unpack it first', 'model'),
      ];
    });
    assert.deepEqual(said, [
      'Zum Bild: Nobody translated this <b>sentence</b>.',
      'WebGPU lässt sich hier nicht verwenden: die Grafikkarte brauchte mehr als 30 Sekunden für ein Bild.',
      'b.pth: keine Gewichte, sondern mit gzip gepackt: bitte erst auspacken',
    ]);
    await page.selectOption('#language', 'en');
    await speaks(page, 'en');
    assert.match(await page.textContent('#message'), /^This file is not a picture/);
    await page.context().close();
  });

  await t.test('layouts hold', async (t) => {
    const looks = {
      long: table(longer),
      rtl: table(longer, "export const dir = 'rtl';"),
      de: null,
      'zh-CN': null,
    };
    for (const [name, words] of Object.entries(looks)) {
      for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
        await t.test(`${name}, ${size}`, async () => {
          const page = await speaking(browser, site, `?lang=${words ? 'de' : name}`, { viewport, words });
          await looked(page);
          await page.evaluate(() => {
            for (const details of document.querySelectorAll('details')) details.open = true;
            for (const id of ['transport', 'scrub-row', 'measure', 'camera-row', 'steady-row', 'late-row', 'seen-row'])
              document.getElementById(id).hidden = false;
          });
          await fits(page, `words-${name}-${size}-look`);
          for (const view of ['inside', 'check']) {
            await page.click(`#to-${view}`);
            await page.waitForFunction(
              (view) => document.body.dataset.inside || (view === 'check' && document.getElementById('check-start')),
              view,
              { timeout: SLOW },
            );
            await page.waitForTimeout(500);
            await fits(page, `words-${name}-${size}-${view}`);
          }
          assert.deepEqual(page.notes.errors, []);
          await page.context().close();
        });
      }
    }
  });
});

/** Nothing is wider than its place: the page, and whatever has words in a frame. */
async function fits(page, name) {
  await screenshot(page, name);
  const wide = await page.evaluate(() => {
    const root = document.scrollingElement;
    const found = root.scrollWidth > root.clientWidth ? [`the page: ${root.scrollWidth} of ${root.clientWidth}`] : [];
    const views = [...document.querySelectorAll('.rail, .inside, .accuracy')];
    const framed = [
      ...document.querySelectorAll(
        'button:not(.piece), label, summary, dt, dd, h2, h3, p, td, header, .names.left span',
      ),
    ];
    for (const node of [...views, ...framed]) {
      const seen =
        node.checkVisibility() && !node.classList.contains('unseen') && getComputedStyle(node).display !== 'inline';
      if (seen && node.clientWidth && node.scrollWidth > node.clientWidth)
        found.push(
          `${node.localName}#${node.id}.${node.className} "${node.textContent.trim().slice(0, 40)}": ${node.scrollWidth} of ${node.clientWidth}`,
        );
    }
    return found;
  });
  assert.deepEqual(wide, [], name);
}

// Without WebGPU: the processor takes over, says so, and finds the same people.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { blank, commandLine, host, launch, loadNet, looked, memory, open, samePeople } from './harness.mjs';
import { slowLine } from './line.mjs';
import { comparesWithCommandLine, convertsColours, decoded, SAME, turnsPhotosUpright } from './people.mjs';

let site, browser, page;
before(async () => {
  site = await host();
  browser = await launch();
  page = await open(browser, site.url);
});
after(async () => {
  await browser?.close();
  site?.close();
});

test('the page says that there is no WebGPU, and works', async () => {
  await looked(page);
  assert.equal(await page.getAttribute('#backend', 'data-backend'), 'cpu');
  assert.match(await page.textContent('#reason'), /WebGPU cannot be used here: .+\./);
});

test('who asks for WebGPU hears that there is none before anything is fetched', async () => {
  const other = await blank(browser, site);
  const error = await loadNet(other, 'gpu').catch(({ message }) => message);
  assert.match(error, /WebGPU cannot be used here: this browser offers no graphics adapter\. Choose the processor/);
  assert.deepEqual(
    other.notes.requests.filter((url) => /\.wasm$|models/.test(url)),
    [],
  );
  await other.context().close();
});

test('the people are those of the command line', async () => {
  const facts = await loadNet(page, 'cpu');
  assert.equal(facts.backend, 'cpu');
  assert.equal(facts.model.name, 'nano');
  await comparesWithCommandLine(page);
});

test('with relaxed SIMD and without it: each gets its engine, and the same people', async () => {
  const engines = (page) =>
    page.notes.requests.filter((url) => url.endsWith('.wasm')).map((url) => url.split('/').pop());
  assert.deepEqual([...new Set(engines(page))], ['querypose_relaxed.wasm']);
  const without = (_page, context) =>
    context.route('**/lib/simd.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: 'export const hasRelaxedSimd = () => false;' }),
    );
  const other = await open(browser, site.url, { prepare: without });
  await loadNet(other, 'cpu');
  assert.deepEqual([...new Set(engines(other))], ['querypose_bg.wasm']);
  await comparesWithCommandLine(other, ['collins', 'group']);
  await other.context().close();
});

test('while the weights come slowly the engine rehearses, and not where they were kept', async () => {
  const rehearsals = async (page) => {
    const counted = page
      .workers()
      .map((worker) => worker.evaluate(() => performance.getEntriesByName('querypose rehearsal').length));
    return (await Promise.all(counted)).reduce((sum, n) => sum + n, 0);
  };
  // Four seconds' worth.
  const { url, close } = await slowLine(new URL(site.url).port, 20, 5);
  const other = await open(browser, url + new URL(site.url).pathname.slice(1));
  await looked(other);
  assert.equal(await rehearsals(other), 1);
  const { poses } = await (await fetch(`${site.url}pictures/crew.json`)).json();
  assert.equal(await other.textContent('#count'), String(poses.length), 'made-up numbers are forgotten');
  await other.reload();
  await looked(other);
  assert.equal(await rehearsals(other), 0);
  await other.context().close();
  close();
});

test('an engine that gives other answers, known answers that are none, and a broken engine are told apart', async (t) => {
  const manifest = await (await fetch(`${site.url}models/nano/manifest.json`)).json();
  const changed = (change) => {
    const copy = structuredClone(manifest);
    change(copy.check);
    return ['**/nano/manifest.json', { json: copy }];
  };
  const engine = (answer) => ['**/querypose_relaxed.wasm', { contentType: 'application/wasm', ...answer }];
  const wrong = /^check: The engine gives wrong answers in this browser: /;
  const broken = /^weights: The list of the model's files .+ is broken/;
  const cases = {
    'a joint elsewhere': [...changed(({ quick }) => (quick.poses[1].keypoints[3].x += 2)), wrong],
    'fewer joints': [...changed(({ quick }) => quick.poses[1].keypoints.pop()), wrong],
    'no joints': [...changed(({ quick }) => (quick.poses[0].keypoints = [])), broken],
    'no answer': [...changed((check) => (check.quick = { size: 160 })), broken],
    'a picture of another size': [...changed((check) => check.width++), broken],
    'no engine': [
      ...engine({ status: 404 }),
      /^engine: engine\/\w+\.wasm .+ answered 404\. Check its address, or try again\.$/,
    ],
    'a damaged engine': [
      ...engine({ body: Buffer.alloc(1000) }),
      /^engine: The engine \(engine\/\w+\.wasm\) could not be started/,
    ],
  };
  for (const [name, [pattern, answer, words]] of Object.entries(cases))
    await t.test(name, async () => {
      const prepare = (_page, context) => context.route(pattern, (route) => route.fulfill(answer));
      const other = await open(browser, `${site.url}icon.svg`, { prepare });
      const error = await other.evaluate(async () => {
        const { QueryPose } = await import('./lib/querypose.js');
        return QueryPose.load('models/nano/', { backend: 'cpu' }).catch(({ code, message }) => `${code}: ${message}`);
      });
      assert.match(error, words);
      await other.context().close();
    });
});

test('a size at which a step has more rows than fit a product of 32 bits', async () => {
  const other = await open(browser, `${site.url}icon.svg`);
  await loadNet(other, 'cpu');
  const file = await decoded(page, 'collins');
  const expected = await commandLine(file, 0.02, ['--size', '1792', '--max-people', '3']);
  const { poses } = await other.evaluate(async () => {
    const blob = await (await fetch('pictures/collins.jpg')).blob();
    return window.net.detect(blob, { threshold: 0.02, maxPeople: 3, size: 1792 });
  });
  samePeople(poses, expected, SAME, 0.02);
  await other.context().close();
});

test('photos on their side are turned upright', () => turnsPhotosUpright(page));

test('colours of a profile are converted', async () => {
  console.log(`  ${(await convertsColours(page)).toFixed(2)} px`);
});

test('every kind of source gives the same people', async () => {
  const results = await page.evaluate(async () => {
    const blob = await (await fetch('pictures/collins.jpg')).blob();
    const image = Object.assign(new Image(), { src: 'pictures/collins.jpg' });
    const bitmap = await createImageBitmap(blob);
    const { width, height } = bitmap;
    const offscreen = new OffscreenCanvas(width, height);
    offscreen.getContext('2d').drawImage(bitmap, 0, 0);
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    const pixels = offscreen.getContext('2d').getImageData(0, 0, width, height);
    const sources = { blob, image, bitmap, offscreen, canvas, pixels };
    const answers = {};
    for (const [name, source] of Object.entries(sources)) {
      answers[name] = (await window.net.detect(source, { threshold: 0.02, maxPeople: 3 })).poses;
    }
    answers.pixelsAreStillOurs = pixels.data.length === width * height * 4;
    return answers;
  });
  assert.ok(results.blob.length > 0, 'somebody is there');
  assert.ok(results.pixelsAreStillOurs, 'an ImageData is copied, not taken');
  for (const name of ['image', 'bitmap', 'offscreen', 'canvas', 'pixels'])
    assert.deepEqual(results[name], results.blob, name);
});

test('see-through pixels are looked at on white', async () => {
  const [clear, white] = await page.evaluate(async () => {
    const fill = (rgba) => {
      const image = new ImageData(64, 64);
      for (let i = 0; i < image.data.length; i += 4) image.data.set(rgba, i);
      return window.net.detect(image, { threshold: 0, maxPeople: 1 });
    };
    return [(await fill([0, 0, 0, 0])).poses, (await fill([255, 255, 255, 255])).poses];
  });
  assert.deepEqual(clear, white);
});

test('threshold and number of people are kept', async () => {
  const { all, one, none } = await page.evaluate(async () => {
    const blob = await (await fetch('pictures/group.jpg')).blob();
    const count = async (options) => (await window.net.detect(blob, options)).poses.length;
    return {
      all: await count({ threshold: 0, maxPeople: 5 }),
      one: await count({ threshold: 0, maxPeople: 1 }),
      none: await count({ threshold: 1 }),
    };
  });
  assert.ok(all > 1 && all <= 5, `${all}`);
  assert.equal(one, 1);
  assert.equal(none, 0);
});

test('memory stays level over many large pictures', async () => {
  const session = await browser.newBrowserCDPSession();
  const look = (n) =>
    page.evaluate(async (n) => {
      const canvas = new OffscreenCanvas(2000, 1500);
      canvas.getContext('2d').fillRect(0, 0, 9, 9);
      for (let i = 0; i < n; i++) await window.net.detect(canvas, { threshold: 1 });
    }, n);
  await look(10);
  const before = await memory(session, page);
  await look(30);
  const after = await memory(session, page);
  console.log(`  ${before.toFixed(0)} MB before, ${after.toFixed(0)} MB after`);
  // A picture is 12 MB: one copy of each kept would be 360 MB. Seen: 2 MB less.
  assert.ok(after - before < 120, `${(after - before).toFixed(0)} MB more`);
});

test('after dispose, calls reject', async () => {
  const name = await page.evaluate(async () => {
    window.net.dispose();
    return window.net.detect(new ImageData(8, 8)).catch((error) => `${error.name} ${error.code}`);
  });
  assert.equal(name, 'QueryPoseError disposed');
});

test('nothing went wrong meanwhile, and nothing was asked of other sites', () => {
  assert.deepEqual(page.notes.errors, []);
  assert.deepEqual(page.notes.elsewhere, []);
});

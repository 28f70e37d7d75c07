// Bad files and broken downloads are sentences, and the page goes on working.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { bytesOf, host, launch, loadNet, looked, open, picture, says } from './harness.mjs';
import { oriented } from './people.mjs';

let site, browser;
before(async () => {
  site = await host();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  site?.close();
});

/** A PNG that only says it is huge. */
function hugePng(width, height) {
  const head = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
  const size = Buffer.alloc(8);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  return Buffer.concat([head, size, Buffer.from('0806000000', 'hex')]);
}

const BAD = {
  'empty.jpg': [Buffer.alloc(0), /empty/],
  'words.jpg': [Buffer.from('these are words'), /not a picture/],
  'cut.png': [Buffer.from('89504e470d0a1a0a', 'hex'), /not a picture/],
  'phone.heic': [Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), /HEIC.+JPEG/],
  'huge.png': [hugePng(30000, 30000), /900 million pixels.+at most 128 million/],
  'scan.tif': [Buffer.from('II*\0\b\0\0\0', 'latin1'), /is a TIFF file.+JPEG or PNG/],
  'new.jxl': [Buffer.from('\0\0\0\x0cJXL \r\n', 'latin1'), /is a JPEG XL file/],
  'text.pdf': [Buffer.from('%PDF-1.7'), /is a PDF file/],
};

test('files that cannot be looked at', async (t) => {
  const page = await open(browser, site.url);
  let n = await looked(page);
  for (const [name, [buffer, words]] of Object.entries(BAD)) {
    await t.test(name, async () => {
      await page.setInputFiles('#pick-file', { name, mimeType: '', buffer });
      await says(page, words);
      assert.equal(await page.getAttribute('#message', 'role'), 'alert');
    });
  }
  await t.test('noise.mp4', async () => {
    await page.setInputFiles('#film-file', {
      name: 'noise.mp4',
      mimeType: 'video/mp4',
      buffer: Buffer.from('no video'),
    });
    await says(page, /not a video/);
  });
  await t.test('a good picture afterwards', async () => {
    n = Number(await page.evaluate(() => document.body.dataset.looked));
    await page.setInputFiles('#pick-file', { name: 'mine 12.jpg', mimeType: 'image/jpeg', buffer: bytesOf('collins') });
    await looked(page, n);
    assert.equal(await page.evaluate(() => document.getElementById('photo').naturalWidth), 512);
    assert.equal(await page.locator('#message.error').count(), 0);
  });
  await t.test('results as files', async () => {
    await page.fill('#threshold', '0.05');
    await looked(page, n + 1);
    const [json] = await Promise.all([page.waitForEvent('download'), page.click('#save-json')]);
    assert.equal(json.suggestedFilename(), 'mine 12-poses.json');
    const results = JSON.parse(await streamText(await json.createReadStream()));
    assert.equal(results.length, Number(await page.textContent('#count')));
    for (const person of results) {
      assert.equal(person.image_id, 1, 'a name with other words in it is no id');
      assert.equal(person.category_id, 1);
      assert.equal(person.keypoints.length, 51);
      assert.equal(person.bbox.length, 4);
    }
    const ids = await page.evaluate(async () => {
      const { cocoResults } = await import('./page/coco.js');
      const nobody = { id: 1, score: 1, keypoints: [], box: {} };
      const names = [
        '000000000139.jpg',
        '7',
        'COCO_val2014_000000000042.jpg',
        'IMG_0001.jpg',
        'a (3).png',
        '9'.repeat(20),
      ];
      return names.map((name) => cocoResults([nobody], name)[0].image_id);
    });
    assert.deepEqual(ids, [139, 7, 42, 1, 1, 1]);
    const [png] = await Promise.all([page.waitForEvent('download'), page.click('#save-png')]);
    const chunks = [];
    for await (const chunk of await png.createReadStream()) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    assert.equal(bytes.readUInt32BE(16), 512, 'as wide as the picture');
  });
  assert.deepEqual(page.notes.errors, []);
  await page.context().close();
});

/** A picture of one bit a pixel, which browsers decode, but of more pixels than fit. */
function hugeBmp(width, height) {
  const row = Math.ceil(width / 32) * 4;
  const head = Buffer.alloc(62);
  head.write('BM', 0, 'latin1');
  for (const [at, value] of [
    [2, 62 + row * height],
    [10, 62],
    [14, 40],
    [18, width],
    [22, height],
    [58, 0xffffff],
  ])
    head.writeUInt32LE(value, at);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(1, 28);
  return Buffer.concat([head, Buffer.alloc(row * height)]);
}

/** A second of silence. */
function silentWav() {
  const head = Buffer.from('524946460000000057415645666d74201000000001000100401f0000803e00000200100064617461', 'hex');
  const data = Buffer.alloc(16_000);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(data.length);
  head.writeUInt32LE(36 + data.length, 4);
  return Buffer.concat([head, size, data]);
}

test('what is shown, listed, counted and saved belongs to one source', async (t) => {
  const page = await open(browser, site.url);
  await looked(page);
  const state = () =>
    page.evaluate(() => ({
      count: document.getElementById('count').textContent,
      rows: document.querySelectorAll('#people > li').length,
      saves: ['save-png', 'save-json'].map((id) => !document.getElementById(id).disabled),
      shows: document.getElementById('photo').naturalWidth,
      drawn: (() => {
        const { width, height } = document.getElementById('overlay');
        const { data } = document.getElementById('overlay').getContext('2d').getImageData(0, 0, width, height);
        return data.some((byte) => byte > 0);
      })(),
    }));
  const n = await looked(page);
  await page.fill('#threshold', '0.05');
  await looked(page, n);
  await page.setInputFiles('#pick-file', { name: 'mine.jpg', mimeType: 'image/jpeg', buffer: bytesOf('collins') });
  await page.waitForFunction(
    () => document.getElementById('photo').naturalWidth === 512 && !document.getElementById('save-json').disabled,
  );
  const mine = await state();
  assert.ok(mine.drawn && mine.rows > 0 && mine.count === String(mine.rows));
  const bad = {
    'a video without pictures': [
      '#film-file',
      { name: 'sound.webm', mimeType: 'video/webm', buffer: silentWav() },
      /has sound but no pictures/,
    ],
    'a broken video': [
      '#film-file',
      { name: 'noise.mp4', mimeType: 'video/mp4', buffer: Buffer.from('no video') },
      /not a video/,
    ],
    'a broken picture': [
      '#pick-file',
      { name: 'words.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('words') },
      /not a picture/,
    ],
    'a picture that is too large': [
      '#pick-file',
      { name: 'huge.bmp', mimeType: 'image/bmp', buffer: hugeBmp(13_000, 10_000) },
      /has 130 million pixels \(13000 × 10000\); at most 128 million fit/,
    ],
  };
  for (const [name, [input, file, words]] of Object.entries(bad)) {
    await t.test(`${name}: the one before stays, with its people and its name`, async () => {
      await page.evaluate(() => (document.getElementById('message').textContent = ''));
      await page.setInputFiles(input, file);
      await says(page, words);
      assert.deepEqual(await state(), mine);
      const [json] = await Promise.all([page.waitForEvent('download'), page.click('#save-json')]);
      assert.equal(json.suggestedFilename(), 'mine-poses.json');
      const results = JSON.parse(await streamText(await json.createReadStream()));
      assert.ok(
        results.length === mine.rows && results.every((one) => one.file_name === 'mine.jpg' && one.mirrored === false),
      );
    });
  }
  await t.test('20,000 px wide is read', async () => {
    const n = Number(await page.evaluate(() => document.body.dataset.looked));
    await page.setInputFiles('#pick-file', { name: 'wide.bmp', mimeType: 'image/bmp', buffer: hugeBmp(20_000, 500) });
    await looked(page, n);
    const { shows, saves, rows, count } = await state();
    assert.deepEqual([shows, saves, count], [20_000, [true, true], String(rows)]);
  });
  assert.deepEqual(page.notes.errors, []);
  await page.context().close();
});

test('a photo of 60 million pixels, turned by its EXIF: shown and looked at', async (t) => {
  // Of 512 × 600 pixels fourteen times as many a side; lying in its file as a phone's sensor lies.
  const scale = 14;
  const filter = `transpose=2,scale=iw*${scale}:ih*${scale}`;
  const how = [
    '-v',
    'error',
    '-i',
    picture('hopper'),
    '-vf',
    filter,
    '-frames:v',
    '1',
    '-q:v',
    '3',
    '-f',
    'mjpeg',
    '-',
  ];
  const buffer = oriented(execFileSync('ffmpeg', how, { maxBuffer: 1 << 26 }), 6);
  const page = await open(browser, site.url);
  let n = await looked(page);
  await page.fill('#threshold', '0.05');
  n = await looked(page, n);
  await page.setInputFiles('#pick-file', { name: 'small.jpg', mimeType: 'image/jpeg', buffer: bytesOf('hopper') });
  n = await looked(page, n);
  await page.setInputFiles('#pick-file', { name: 'phone.jpg', mimeType: 'image/jpeg', buffer });
  await looked(page, n);
  await t.test('in the page', async () => {
    const { count, shows, message } = await page.evaluate(() => ({
      count: Number(document.getElementById('count').textContent),
      shows: [document.getElementById('photo').naturalWidth, document.getElementById('photo').naturalHeight],
      message: document.getElementById('message').classList.contains('error'),
    }));
    assert.deepEqual([shows, message], [[512 * scale, 600 * scale], false]);
    assert.ok(count > 0);
  });
  await t.test(
    'a Blob and an image, a canvas and its PNG: the people of the small one, in its own pixels',
    async () => {
      await loadNet(page, 'cpu');
      const { small, large } = await page.evaluate(async (scale) => {
        const look = async (source) => window.net.detect(source, { threshold: 0.4 });
        const photo = document.getElementById('photo');
        const blob = await (await fetch('pictures/hopper.jpg')).blob();
        const small = await look(blob);
        const large = [await look(photo), await look(await (await fetch(photo.src)).blob())];
        // Nothing shrinks these while they are decoded.
        const canvas = new OffscreenCanvas(512 * scale, 600 * scale);
        canvas.getContext('2d').drawImage(await createImageBitmap(blob), 0, 0, canvas.width, canvas.height);
        large.push(await look(canvas), await look(await canvas.convertToBlob()));
        return { small, large };
      }, scale);
      for (const { width, height, poses } of large) {
        assert.deepEqual([width, height, poses.length], [512 * scale, 600 * scale, small.poses.length]);
        poses.forEach(({ keypoints, box }, i) => {
          const of = small.poses[i];
          const off = keypoints.map((k, j) =>
            Math.hypot(k.x / scale - of.keypoints[j].x, k.y / scale - of.keypoints[j].y),
          );
          // Enlarged, shrunk again, and in a JPEG twice.
          assert.ok(Math.max(...off) < 0.05 * of.box.height, `${Math.max(...off)} px`);
          assert.ok(Math.abs(box.width / scale - of.box.width) < 0.05 * of.box.width);
        });
      }
    },
  );
  assert.deepEqual(page.notes.errors, []);
  await page.context().close();
});

test('dropped and pasted pictures', async () => {
  const page = await open(browser, site.url);
  let n = await looked(page);
  for (const type of ['drop', 'paste']) {
    await page.evaluate(async (type) => {
      const blob = await (await fetch('pictures/hopper.jpg')).blob();
      const data = new DataTransfer();
      data.items.add(new File([blob], `${type}.jpg`, { type: 'image/jpeg' }));
      const event =
        type === 'drop'
          ? new DragEvent('drop', { dataTransfer: data, bubbles: true })
          : new ClipboardEvent('paste', { clipboardData: data, bubbles: true });
      document.body.dispatchEvent(event);
    }, type);
    n = await looked(page, n);
    assert.equal(await page.evaluate(() => document.getElementById('photo').naturalHeight), 600);
  }
  await page.context().close();
});

test('weights that do not arrive', async (t) => {
  const flipped = async (route) => {
    const response = await route.fetch();
    const body = await response.body();
    body[body.length >> 1] ^= 1;
    await route.fulfill({ response, body });
  };
  const cases = {
    'not there': [
      '**/model.safetensors',
      (route) => route.fulfill({ status: 404 }),
      /nano\/model.safetensors could not be fetched: the server answered 404/,
    ],
    'one bit flipped': ['**/model.safetensors', flipped, /does not match its checksum/],
    'cut short': [
      '**/model.safetensors',
      (route) => route.fulfill({ body: Buffer.alloc(1000) }),
      /does not match its checksum/,
    ],
    'no connection': ['**/model.safetensors', (route) => route.abort(), /could not be fetched. Check the connection/],
    'broken list': [
      '**/manifest.json',
      (route) => route.fulfill({ body: '{' }),
      /list of the model's files .+ is broken/,
    ],
  };
  for (const [name, [pattern, answer, words]] of Object.entries(cases)) {
    await t.test(name, async () => {
      const page = await open(browser, site.url, { prepare: (_page, context) => context.route(pattern, answer) });
      await says(page, words);
      assert.equal(await page.textContent('#backend'), 'not running');
      // The stored results still show, and other samples can still be looked through.
      await page.click('#samples button >> nth=1');
      await page.waitForFunction(() => document.getElementById('photo').src.endsWith('ride.jpg'));
      assert.deepEqual(page.notes.errors, []);
      await page.context().close();
    });
  }
});

test('weights that did not arrive are fetched when the connection is back', async () => {
  let isDown = true;
  const prepare = (_page, context) =>
    context.route('**/model.safetensors', (route) => (isDown ? route.abort() : route.continue()));
  const page = await open(browser, site.url, { prepare });
  await says(page, /could not be fetched. Check the connection/);
  await page.context().setOffline(true);
  isDown = false;
  await page.context().setOffline(false);
  await looked(page);
  assert.match(await page.textContent('#message'), /^Point at a joint/);
  assert.equal(await page.locator('#message.error').count(), 0);
  await page.context().close();
});

test('the sample shows its people before the weights are in', async () => {
  let release;
  const held = new Promise((done) => (release = done));
  const prepare = (_page, context) =>
    context.route('**/model.safetensors', async (route) => {
      await held;
      return route.continue();
    });
  const page = await open(browser, site.url, { prepare });
  const stored = await (await fetch(`${site.url}pictures/crew.json`)).json();
  await page.waitForFunction((n) => document.getElementById('count').textContent === String(n), stored.poses.length);
  await says(page, /Fetching the network: 0\.\d of \d+\.\d MB/);
  release();
  await looked(page);
  assert.equal(await page.textContent('#count'), String(stored.poses.length), 'live, the same people');
  await page.context().close();
});

test('the second visit takes the weights from the first', async () => {
  const page = await open(browser, site.url);
  await looked(page);
  page.notes.requests.length = 0;
  await page.reload();
  await looked(page);
  const fetched = page.notes.requests.filter((url) => url.endsWith('.safetensors'));
  assert.deepEqual(fetched, []);
  await page.context().close();
});

async function streamText(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

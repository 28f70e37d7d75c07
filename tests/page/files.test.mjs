// Bad files and broken downloads are sentences, and the page goes on working.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bytesOf, host, launch, looked, open, says } from './harness.mjs';

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
  'huge.png': [hugePng(30000, 30000), /900 million pixels.+at most 50 million/],
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
    await page.setInputFiles('#film-file', { name: 'noise.mp4', mimeType: 'video/mp4', buffer: Buffer.from('no video') });
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
      assert.equal(person.image_id, 12);
      assert.equal(person.category_id, 1);
      assert.equal(person.keypoints.length, 51);
      assert.equal(person.bbox.length, 4);
    }
    const [png] = await Promise.all([page.waitForEvent('download'), page.click('#save-png')]);
    const chunks = [];
    for await (const chunk of await png.createReadStream()) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    assert.equal(bytes.readUInt32BE(16), 512, 'as wide as the picture');
  });
  assert.deepEqual(page.notes.errors, []);
  await page.context().close();
});

test('dropped and pasted pictures', async () => {
  const page = await open(browser, site.url);
  let n = await looked(page);
  for (const type of ['drop', 'paste']) {
    await page.evaluate(
      async (type) => {
        const blob = await (await fetch('pictures/hopper.jpg')).blob();
        const data = new DataTransfer();
        data.items.add(new File([blob], `${type}.jpg`, { type: 'image/jpeg' }));
        const event = type === 'drop' ? new DragEvent('drop', { dataTransfer: data, bubbles: true }) : new ClipboardEvent('paste', { clipboardData: data, bubbles: true });
        document.body.dispatchEvent(event);
      },
      type,
    );
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
    'not there': ['**/model.safetensors', (route) => route.fulfill({ status: 404 }), /nano\/model.safetensors could not be fetched: the server answered 404/],
    'one bit flipped': ['**/model.safetensors', flipped, /does not match its checksum/],
    'cut short': ['**/model.safetensors', (route) => route.fulfill({ body: Buffer.alloc(1000) }), /does not match its checksum/],
    'no connection': ['**/model.safetensors', (route) => route.abort(), /could not be fetched. Check the connection/],
    'broken list': ['**/manifest.json', (route) => route.fulfill({ body: '{' }), /list of the model's files .+ is broken/],
  };
  for (const [name, [pattern, answer, words]] of Object.entries(cases)) {
    await t.test(name, async () => {
      const page = await open(browser, site.url, { prepare: (page, context) => context.route(pattern, answer) });
      await says(page, words);
      assert.equal(await page.textContent('#backend'), 'not running');
      // The stored results still show, and other samples can still be looked through.
      await page.click('#samples button >> nth=1');
      await page.waitForFunction(() => document.getElementById('photo').src.endsWith('collins.jpg'));
      assert.deepEqual(page.notes.errors, []);
      await page.context().close();
    });
  }
});

test('the sample shows its people before the weights are in', async () => {
  let release;
  const held = new Promise((done) => (release = done));
  const prepare = (page, context) => context.route('**/model.safetensors', async (route) => (await held, route.continue()));
  const page = await open(browser, site.url, { prepare });
  const stored = await (await fetch(`${site.url}pictures/group.json`)).json();
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

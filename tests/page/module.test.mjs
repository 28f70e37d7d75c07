// The module in a stranger's hands: when pixels are taken, what settles, what is refused, where it runs.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { bytesOf, host, launch, loadNet, open } from './harness.mjs';

let site, elsewhere, browser, page;
before(async () => {
  site = await host();
  browser = await launch();
  // Another site: pictures that pages may not read, and some that never arrive.
  elsewhere = await new Promise((done) => {
    const server = createServer((request, response) => {
      if (request.url.startsWith('/never')) return;
      response.writeHead(200, { 'content-type': 'image/jpeg' }).end(bytesOf('collins'));
    });
    server.listen(0, '127.0.0.1', () =>
      done({
        url: `http://127.0.0.1:${server.address().port}/`,
        close: () => {
          server.closeAllConnections();
          server.close();
        },
      }),
    );
  });
  page = await open(browser, `${site.url}icon.svg`);
  await page.goto(`${site.url}models/models.json`);
  await page.evaluate(async (url) => {
    document.write(`<!doctype html><base href="${url}"><title>A page of one's own</title>`);
    document.close();
    window.unhandled = [];
    addEventListener('unhandledrejection', ({ reason }) => window.unhandled.push(String(reason)));
    window.sleep = (ms) => new Promise((done) => setTimeout(done, ms));
    /** A canvas of 512 × 512 with a sample picture, or grey. */
    window.canvasOf = async (name) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 512, height: 512 });
      await window.paint(canvas, name);
      return canvas;
    };
    window.bitmaps = {};
    for (const name of ['collins', 'group'])
      window.bitmaps[name] = await createImageBitmap(await (await fetch(`pictures/${name}.jpg`)).blob());
    window.paint = (canvas, name) => {
      const context = canvas.getContext('2d');
      if (name) context.drawImage(window.bitmaps[name], 0, 0, 512, 512);
      else context.fillRect(0, 0, 512, 512);
    };
    window.imageOf = async (src) => {
      const image = Object.assign(new Image(), { src });
      await image.decode();
      return image;
    };
    window.answer = (promise) =>
      promise.then(
        ({ poses }) => JSON.stringify(poses),
        (error) => `${error.name} ${error.code ?? ''}: ${error.message}`,
      );
    window.OPTIONS = { threshold: 0.1, maxPeople: 5 };
  }, site.url);
  await loadNet(page, 'cpu');
});
after(async () => {
  await browser?.close();
  site?.close();
  elsewhere?.close();
});

test('pixels are taken at the call', async (t) => {
  const { known, answers } = await page.evaluate(async () => {
    const { canvasOf, paint, imageOf, OPTIONS, answer } = window;
    const look = (source) => answer(window.net.detect(source, OPTIONS));
    const known = [await look(await canvasOf('collins')), await look(await canvasOf('group'))];
    const answers = {};
    const canvas = await canvasOf('collins');
    const twice = async (first, change, second) => {
      const one = first();
      change();
      return Promise.all([one, second()]);
    };
    answers.canvas = await twice(
      () => look(canvas),
      () => paint(canvas, 'group'),
      () => look(canvas),
    );
    const offscreen = new OffscreenCanvas(512, 512);
    paint(offscreen, 'collins');
    answers.offscreen = await twice(
      () => look(offscreen),
      () => paint(offscreen, 'group'),
      () => look(offscreen),
    );
    const [a, b] = await Promise.all(
      ['collins', 'group'].map(async (name) => (await canvasOf(name)).getContext('2d').getImageData(0, 0, 512, 512)),
    );
    answers.imageData = await twice(
      () => look(a),
      () => a.data.set(b.data),
      () => look(a),
    );
    const urls = await Promise.all(
      ['collins', 'group'].map((name) =>
        canvasOf(name).then(
          (canvas) => new Promise((done) => canvas.toBlob((blob) => done(URL.createObjectURL(blob)))),
        ),
      ),
    );
    const image = await imageOf(urls[0]);
    answers['shown image'] = await twice(
      () => look(image),
      () => (image.src = urls[1]),
      () => look(image),
    );
    const fresh = Object.assign(new Image(), { src: urls[0] });
    answers['image on its way'] = await twice(
      () => look(fresh),
      () => (fresh.src = urls[1]),
      () => look(fresh),
    );
    const [one, two] = await Promise.all(
      ['collins', 'group'].map(async (name) => createImageBitmap(await canvasOf(name))),
    );
    answers.bitmap = await twice(
      () => look(one),
      () => one.close(),
      () => look(two),
    );
    const frames = await Promise.all(
      ['collins', 'group'].map(async (name) => new VideoFrame(await canvasOf(name), { timestamp: 0 })),
    );
    answers['video frame'] = await twice(
      () => look(frames[0]),
      () => frames[0].close(),
      () => look(frames[1]),
    );
    frames[1].close();
    return { known, answers };
  });
  assert.notEqual(known[0], known[1]);
  for (const poses of known) assert.ok(JSON.parse(poses).length > 0, 'somebody is there');
  for (const [name, found] of Object.entries(answers)) await t.test(name, () => assert.deepEqual(found, known));
});

test('every promise settles, and others do not wait', async (t) => {
  await t.test('an image that never arrives: aborted', async () => {
    const answers = await page.evaluate(async (url) => {
      const { answer, canvasOf } = window;
      const late = Object.assign(new Image(), { src: `${url}never.jpg` });
      const stop = new AbortController();
      const stuck = answer(window.net.detect(late, { signal: stop.signal }));
      const other = JSON.parse(await answer(window.net.detect(await canvasOf('collins'), window.OPTIONS))).length;
      stop.abort();
      const reasoned = AbortSignal.abort(new Error('not now'));
      return { other, stuck: await stuck, before: await answer(window.net.trace(late, { signal: reasoned })) };
    }, elsewhere.url);
    assert.ok(answers.other > 0, 'another picture is looked at meanwhile');
    assert.match(answers.stuck, /^AbortError/);
    assert.match(answers.before, /^Error : not now/);
  });
  await t.test('an image that never arrives: after 30 seconds', async () => {
    const prepare = async (page, context) => {
      await page.clock.install();
      await context.route('**/never.jpg', () => {});
    };
    const clocked = await open(browser, site.url, { prepare });
    await loadNet(clocked, 'cpu');
    await clocked.evaluate(() => {
      const late = Object.assign(new Image(), { src: 'never.jpg' });
      const video = document.createElement('video');
      window.late = [];
      for (const source of [late, video])
        window.net.detect(source).catch((error) => window.late.push(`${error.code}: ${error.message}`));
    });
    await clocked.clock.fastForward(29_000);
    assert.deepEqual(await clocked.evaluate(() => window.late), []);
    await clocked.clock.fastForward(2_000);
    await clocked.waitForFunction(() => window.late.length === 2);
    const [image, video] = await clocked.evaluate(() => window.late);
    assert.match(image, /^timeout: This picture did not arrive within 30 seconds\..+\.$/);
    assert.match(video, /^timeout: The video has had no picture for 30 seconds\..+\.$/);
    await clocked.context().close();
  });
  await t.test('disposed: whatever waits, runs or loads', async () => {
    const answers = await page.evaluate(async (url) => {
      const { QueryPose } = await import('./lib/querypose.js');
      const net = await QueryPose.load('models/nano/', { backend: 'cpu' });
      const late = Object.assign(new Image(), { src: `${url}never.jpg` });
      const canvas = await window.canvasOf('collins');
      const calls = [
        net.detect(late),
        net.detect(document.createElement('video')),
        net.detect(canvas),
        net.trace(canvas),
        net.costs(10, 10, 1, [64]),
      ];
      net.dispose();
      calls.push(net.detect(canvas), net.costs(10, 10, 1, [64]));
      const stop = new AbortController();
      const loading = QueryPose.load('models/nano/', { signal: stop.signal, onProgress: () => stop.abort() });
      return Promise.all([...calls, loading].map(window.answer));
    }, elsewhere.url);
    for (const answer of answers.slice(0, -1)) assert.match(answer, /^QueryPoseError disposed: /);
    assert.match(answers.at(-1), /^AbortError/);
  });
  await t.test('broken and cross-origin images', async () => {
    const answers = await page.evaluate(async (url) => {
      const { answer } = window;
      const broken = Object.assign(new Image(), { src: URL.createObjectURL(new Blob(['words'])) });
      const waiting = await answer(window.net.detect(broken));
      const known = await answer(window.net.detect(broken));
      const svg = new Blob(['<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0"/>'], {
        type: 'image/svg+xml',
      });
      const start = performance.now();
      const nothing = await answer(window.net.detect(Object.assign(new Image(), { src: URL.createObjectURL(svg) })));
      const ms = performance.now() - start;
      const foreign = await window.imageOf(`${url}collins.jpg`);
      const stranger = await answer(window.net.detect(foreign));
      const { naturalWidth: width, naturalHeight: height } = foreign;
      const own = Object.assign(document.createElement('canvas'), { width, height });
      own.getContext('2d').drawImage(window.bitmaps.collins, 0, 0);
      const after = JSON.parse(await answer(window.net.detect(own, window.OPTIONS))).length;
      return { waiting, known, nothing, ms, stranger, after };
    }, elsewhere.url);
    assert.match(answers.waiting, /^QueryPoseError picture: /);
    assert.match(answers.known, /^QueryPoseError picture: /);
    assert.match(answers.nothing, /^QueryPoseError picture: /);
    assert.ok(answers.ms < 10_000, `a picture of no size is waited for, ${answers.ms} ms`);
    assert.match(answers.stranger, /^QueryPoseError cross-origin: .+another site/);
    assert.ok(answers.after > 0, 'a picture of the same size is looked at afterwards');
  });
});

test('a video is looked at once there is a picture, whatever was loaded of it', async () => {
  const film = await page.evaluate(async () => {
    const canvas = await window.canvasOf('collins');
    const recorder = new MediaRecorder(canvas.captureStream(10), { mimeType: 'video/webm;codecs=vp8' });
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise((done) => (recorder.onstop = done));
    recorder.start();
    for (let i = 0; i < 10; i++) {
      window.paint(canvas, 'collins');
      await window.sleep(100);
    }
    recorder.stop();
    await stopped;
    const url = URL.createObjectURL(new Blob(parts, { type: 'video/webm' }));
    const found = {};
    for (const preload of ['', 'none', 'metadata', 'auto']) {
      for (const isShown of [false, true]) {
        const video = Object.assign(document.createElement('video'), { muted: true });
        if (preload) video.preload = preload;
        if (isShown) document.body.append(video);
        video.src = url;
        // Two that wait for one video, and the second began when the first had asked for all of it already.
        const calls = [
          window.net.detect(video, window.OPTIONS),
          window.net.detect(video, { ...window.OPTIONS, size: 128 }),
        ];
        const [{ poses }] = await Promise.all(calls);
        found[`${preload} ${isShown}`] = [poses.length, (video.getAttribute('preload') ?? '') === preload];
        video.remove();
      }
    }
    return found;
  });
  for (const [how, [people, isAsBefore]] of Object.entries(film)) {
    assert.ok(people > 0, `${how}: nobody`);
    assert.ok(isAsBefore, `${how}: preload was changed`);
  }
});

test('a timer that looks at a video which never shows anything hears so', async () => {
  const [asked, answers] = await page.evaluate(async () => {
    const { setTimeout: real } = window;
    // Thirty seconds are one.
    window.setTimeout = (what, ms, ...more) => real(what, ms === 30_000 ? 1000 : ms, ...more);
    const video = document.createElement('video');
    const answers = [];
    let asked = 0;
    const timer = setInterval(() => {
      asked++;
      window.answer(window.net.detect(video)).then((words) => answers.push(words));
    }, 30);
    while (answers.length < 20) await window.sleep(50);
    clearInterval(timer);
    window.setTimeout = real;
    return [asked, answers];
  });
  assert.ok(asked > 20);
  for (const words of answers) assert.match(words, /^QueryPoseError timeout: The video has had no picture/);
});

test('a timer that looks at a video needs nothing else', async () => {
  const seen = await page.evaluate(async () => {
    window.unhandled.length = 0;
    const canvas = await window.canvasOf('collins');
    const video = Object.assign(document.createElement('video'), { muted: true });
    const drawn = [];
    // Begins before there is a picture, and asks more often than any engine answers.
    const timer = setInterval(() => window.net.detect(video, window.OPTIONS).then((found) => drawn.push(found)), 5);
    await window.sleep(300);
    const before = drawn.length;
    video.srcObject = canvas.captureStream(30);
    const paint = setInterval(() => window.paint(canvas, 'collins'), 20);
    await video.play();
    for (let tries = 0; new Set(drawn).size < 5 && tries < 300; tries++) await window.sleep(100);
    clearInterval(timer);
    clearInterval(paint);
    const last = await window.net.detect(video, window.OPTIONS);
    return {
      before,
      calls: drawn.length,
      answers: new Set(drawn).size,
      people: last.poses.length,
      size: [last.width, last.height],
      unhandled: window.unhandled,
    };
  });
  assert.equal(seen.before, 0);
  assert.ok(seen.answers >= 5 && seen.calls > 2 * seen.answers, `${seen.calls} calls, ${seen.answers} answers`);
  assert.ok(seen.people > 0);
  assert.deepEqual(seen.size, [512, 512]);
  assert.deepEqual(seen.unhandled, []);
});

test('of waiting frames the newest is looked at, for all who asked the same', async () => {
  const outcome = await page.evaluate(async () => {
    const canvas = await window.canvasOf();
    const video = Object.assign(document.createElement('video'), { muted: true, srcObject: canvas.captureStream(30) });
    const paint = setInterval(() => window.paint(canvas), 30);
    await video.play();
    const stop = new AbortController();
    const busy = window.net.detect(await window.canvasOf('collins'));
    const same = [1, 2, 3].map(() => window.net.detect(video));
    const aborted = window.answer(window.net.detect(video, { signal: stop.signal }));
    const other = window.net.detect(video, { threshold: 0.9 });
    const traced = window.net.trace(video);
    stop.abort();
    const found = await Promise.all(same);
    clearInterval(paint);
    await busy;
    return {
      same: new Set(found).size,
      aborted: await aborted,
      other: found.includes(await other),
      tensors: Object.keys((await traced).tensors).length,
    };
  });
  assert.equal(outcome.same, 1);
  assert.match(outcome.aborted, /^AbortError/);
  assert.equal(outcome.other, false, 'another threshold, another answer');
  assert.ok(outcome.tensors > 0);
});

const REFUSED = {
  "net.detect(canvas, { threshold: '0.5' })": /^TypeError : threshold must be a number from 0 to 1, not "0.5"\.$/,
  'net.detect(canvas, { threshold: NaN })': /^RangeError : threshold is NaN/,
  'net.detect(canvas, { threshold: -0.1 })': /^RangeError : threshold is -0.1; it must be a number from 0 to 1\.$/,
  'net.detect(canvas, { maxPeople: 0 })': /^RangeError : maxPeople is 0; it must be a whole number from 1 to 1000\.$/,
  'net.detect(canvas, { maxPeople: 2.5 })': /^RangeError : maxPeople is 2.5/,
  "net.detect(canvas, { maxPeople: 'all' })": /^TypeError : maxPeople must be/,
  'net.detect(canvas, { maxPeople: 2 ** 32 + 1 })': /^RangeError : maxPeople is 4294967297/,
  'net.detect(canvas, { size: 5000 })': /^RangeError : size is 5000; it must be a whole number from 32 to 2048\.$/,
  'net.detect(canvas, { size: -1 })': /^RangeError : size is -1/,
  'net.detect(canvas, 0.5)': /^TypeError : options must be an object, not 0.5\.$/,
  'net.detect(canvas, [{ threshold: 0.5 }])': /^TypeError : options must be an object, not .+\.$/,
  'net.detect(canvas, { treshold: 0.5 })':
    /^TypeError : there is no option "treshold" here; there are threshold, maxPeople, size, signal\.$/,
  "net.trace(canvas, { gates: 'new' })": /^TypeError : there is no option "gates" here; there are threshold, .+\.$/,
  'net.trace(canvas, { intervention: { stop: 1 } })':
    /^TypeError : there is no option "stop" here; there are stopAfter/,
  "QueryPose.load('models/nano/', { backends: 'gpu' })":
    /^TypeError : there is no option "backends" here; there are backend/,
  'net.detect(canvas, { signal: {} })': /^TypeError : signal must be an AbortSignal, not an Object\.$/,
  "net.trace(canvas, { all: 'yes' })": /^TypeError : all must be true or false/,
  'net.trace(canvas, { taps: 1 })': /^TypeError : taps must be true or false, not 1\.$/,
  "net.trace(canvas, { intervention: { gates: 'none' } })":
    /^RangeError : intervention.gates is "none"; it must be learned, new, old or sum\.$/,
  'net.trace(canvas, { intervention: { attention: 3 } })': /^TypeError : intervention.attention must be/,
  'net.trace(canvas, { intervention: { stopAfter: 0 } })': /^RangeError : intervention.stopAfter is 0/,
  'net.trace(canvas, { intervention: { stopAfter: 16 } })': /^QueryPoseError argument: cannot stop after stage 16/,
  "net.trace(canvas, { intervention: 'all' })": /^TypeError : intervention must be an object/,
  'net.costs(0, 10, 1, [64])': /^RangeError : width is 0/,
  'net.costs(10, 10, 1, 64)': /^TypeError : sizes must be an array/,
  'net.costs(10, 10, 1, [9999])': /^RangeError : a size is 9999/,
  'Promise.resolve().then(() => (net.size = 5000))': /^RangeError : size is 5000/,
  'net.detect(null)': /^TypeError : Only an image, .+ can be looked at, not null\.$/,
  'net.detect({ width: 8, height: 8 })': /^TypeError : Only .+, not an Object\.$/,
  "net.detect('picture.jpg')": /^TypeError : Only .+, not "picture.jpg"\.$/,
  'net.detect(document.createElementNS("http://www.w3.org/2000/svg", "image"))':
    /^TypeError : Only .+, not a SVGImageElement\.$/,
  'net.detect(new Image())': /^QueryPoseError picture: /,
  'net.detect(new OffscreenCanvas(0, 5))': /^QueryPoseError picture: .+no size/,
  'net.detect(new Blob([]))': /^QueryPoseError picture: This file is empty/,
  "net.detect(new Blob(['words']))": /^QueryPoseError picture: This file is not a picture/,
  'net.detect(gone)': /^QueryPoseError picture: This ImageData has no pixels any more/,
  'QueryPose.load()': /^TypeError : A model is an address, .+, not undefined\.$/,
  "QueryPose.load('')": /^TypeError : model must be an address, not ""\.$/,
  "QueryPose.load('http://[')": /^TypeError : model is "http:\/\/\[", which is no address\.$/,
  'QueryPose.load([])': /^TypeError : .+empty list/,
  "QueryPose.load(['a.pth'])": /^TypeError : A model's files must be Files, not "a.pth"\.$/,
  'QueryPose.load({ kept: 3 })': /^TypeError : A model is/,
  "QueryPose.load('models/nano/', { backend: 'webgl' })":
    /^RangeError : backend is "webgl"; it must be auto, gpu or cpu\.$/,
  "QueryPose.load('models/nano/', { backend: 1 })": /^TypeError : backend must be auto, gpu or cpu, not 1\.$/,
  "QueryPose.load('models/nano/', { onProgress: {} })": /^TypeError : onProgress must be a function/,
  "QueryPose.load('models/nano/', { reference: 7 })": /^TypeError : reference must be an address/,
  "QueryPose.load('models/nano/', { signal: 'stop' })": /^TypeError : signal must be/,
};

test('arguments that are refused', async (t) => {
  const answers = await page.evaluate(async (calls) => {
    const { net, answer } = window;
    const { QueryPose } = await import('./lib/querypose.js');
    const canvas = await window.canvasOf('collins');
    const gone = new ImageData(8, 8);
    structuredClone(gone.data.buffer, { transfer: [gone.data.buffer] });
    const run = (call) =>
      new Function('net', 'canvas', 'gone', 'QueryPose', `return ${call}`)(net, canvas, gone, QueryPose);
    return Promise.all(calls.map((call) => answer(run(call))));
  }, Object.keys(REFUSED));
  for (const [i, [call, words]] of Object.entries(REFUSED).entries())
    await t.test(call, () => assert.match(answers[i], words));
});

test('null and undefined mean the default', async () => {
  const [plain, ...others] = await page.evaluate(async () => {
    const canvas = await window.canvasOf('collins');
    const none = (value) => ({ threshold: value, maxPeople: value, size: value, signal: value });
    return Promise.all(
      [
        window.net.detect(canvas),
        window.net.detect(canvas, null),
        window.net.detect(canvas, none(null)),
        window.net.detect(canvas, none(undefined)),
      ].map(window.answer),
    );
  });
  assert.ok(JSON.parse(plain).length > 0);
  for (const other of others) assert.equal(other, plain);
});

test('sources of another frame, with wide colours, or very wide', async (t) => {
  const { known, answers, wide } = await page.evaluate(async () => {
    const frame = document.body.appendChild(document.createElement('iframe'));
    const { contentWindow: there, contentDocument: inside } = frame;
    const canvas = inside.createElement('canvas');
    Object.assign(canvas, { width: 512, height: 512 });
    window.paint(canvas, 'collins');
    const blob = await new Promise((done) => canvas.toBlob(done));
    const image = Object.assign(inside.createElement('img'), { src: URL.createObjectURL(blob) });
    await image.decode();
    const context = canvas.getContext('2d');
    const pixels = context.getImageData(0, 0, 512, 512);
    const offscreen = new there.OffscreenCanvas(512, 512);
    window.paint(offscreen, 'collins');
    const sources = {
      canvas,
      image,
      pixels,
      offscreen,
      bitmap: await there.createImageBitmap(canvas),
      blob: new there.Blob([blob]),
      frame: new there.VideoFrame(canvas, { timestamp: 0 }),
      signal: canvas,
    };
    const answers = {};
    for (const [name, source] of Object.entries(sources)) {
      const signal = name === 'signal' ? new there.AbortController().signal : null;
      answers[name] = await window.answer(window.net.detect(source, { ...window.OPTIONS, signal }));
    }
    const p3 = new ImageData(512, 512, { colorSpace: 'display-p3' });
    const of = await window.canvasOf('collins');
    const painted = Object.assign(document.createElement('canvas'), { width: 512, height: 512 }).getContext('2d', {
      colorSpace: 'display-p3',
    });
    painted.drawImage(of, 0, 0);
    p3.data.set(painted.getImageData(0, 0, 512, 512, { colorSpace: 'display-p3' }).data);
    const wideColours = (await window.net.detect(p3, window.OPTIONS)).poses;
    const long = new OffscreenCanvas(20_000, 512);
    long.getContext('2d').drawImage(of, 9_000, 0);
    const found = await window.net.detect(long, window.OPTIONS);
    return {
      known: await window.answer(window.net.detect(of, window.OPTIONS)),
      answers,
      wide: { colours: wideColours, size: [found.width, found.height] },
    };
  });
  assert.ok(JSON.parse(known).length > 0);
  for (const [name, found] of Object.entries(answers)) await t.test(name, () => assert.equal(found, known));
  await t.test('wide colours are brought to sRGB', () => {
    const nose = ([{ keypoints }]) => keypoints[0];
    const [a, b] = [nose(JSON.parse(known)), nose(wide.colours)];
    assert.ok(Math.hypot(a.x - b.x, a.y - b.y) < 1, `${a.x} ${a.y}, ${b.x} ${b.y}`);
  });
  await t.test('20,000 px wide', () => assert.deepEqual(wide.size, [20_000, 512]));
});

test('in a worker', async () => {
  const { known, found, refused } = await page.evaluate(async () => {
    const script = `
      onmessage = async ({ data: { module, model, bitmap, options } }) => {
        const { QueryPose } = await import(module);
        const net = await QueryPose.load(model, { backend: 'cpu' }).catch((error) => setTimeout(() => {
          throw error;
        }));
        const { poses } = await net.detect(bitmap, options);
        const refused = await net.detect({}).catch((error) => error.name);
        postMessage({ found: JSON.stringify(poses), refused });
        net.dispose();
      };`;
    const worker = new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })), { type: 'module' });
    const canvas = await window.canvasOf('collins');
    const bitmap = await createImageBitmap(canvas);
    const answer = new Promise((resolve, reject) =>
      Object.assign(worker, { onmessage: ({ data }) => resolve(data), onerror: (e) => reject(new Error(e.message)) }),
    );
    const { baseURI } = document;
    worker.postMessage(
      { module: `${baseURI}lib/querypose.js`, model: `${baseURI}models/nano/`, bitmap, options: window.OPTIONS },
      [bitmap],
    );
    return { ...(await answer), known: await window.answer(window.net.detect(canvas, window.OPTIONS)) };
  });
  assert.equal(found, known);
  assert.equal(refused, 'TypeError');
});

test('nothing went wrong meanwhile', async () => {
  assert.deepEqual(await page.evaluate(() => window.unhandled), []);
  assert.deepEqual(page.notes.errors, []);
});

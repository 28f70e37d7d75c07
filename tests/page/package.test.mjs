// The packages as others use them: packed by npm, installed from the tarballs into every example, built by its bundler
// where it has one, opened in Chromium. The people are those of the command line.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import * as esbuild from 'esbuild';
import { build, createServer as createVite } from 'vite';
import webpack from 'webpack';
import {
  commandLine,
  fakeCamera,
  launch,
  open,
  picture,
  PROGRAM,
  ROOT,
  samePeople,
  screenshot,
  serve,
} from './harness.mjs';

const EXAMPLES = join(ROOT, 'tests/examples');
const TOOLS = join(ROOT, 'tests/node_modules');
const PHOTO = 'collins';
/** Two JPEG decoders stand between the browser's pixels and the command line's, px. */
const APART = 2;

let folder, packages, browser, known, threshold;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'querypose-package-'));
  // A build of its own: what lies in `dist/` may be newer or older than the program.
  const args = ['page', '--out', join(folder, 'page'), '--package', join(folder, 'npm')];
  await promisify(execFile)(PROGRAM, args, { cwd: ROOT });
  packages = join(folder, 'installed');
  mkdirSync(packages);
  writeFileSync(join(packages, 'package.json'), '{ "private": true }');
  const npm = (args, cwd) => execFileSync('npm', [...args, '--loglevel=error'], { cwd, encoding: 'utf8' });
  const tarballs = ['querypose', 'querypose-nano'].map((name) =>
    join(
      folder,
      npm(['pack', `./npm/${name}`], folder)
        .trim()
        .split('\n')
        .at(-1),
    ),
  );
  npm(['install', '--offline', '--no-audit', '--no-fund', ...tarballs], packages);
  browser = await launch();
  const model = join(packages, 'node_modules/querypose-nano');
  ({ threshold } = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8')));
  known = await commandLine(picture(PHOTO), threshold, ['--model', model]);
  assert.ok(known.length > 0, 'somebody is there');
});
after(async () => {
  await browser?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** An example in a folder of its own, with all that its reader would have put there. */
function example(name, copy = name) {
  const at = join(folder, copy);
  cpSync(join(EXAMPLES, name), at, { recursive: true });
  const modules = join(at, 'node_modules');
  cpSync(join(packages, 'node_modules'), modules, { recursive: true });
  // What the example's own package.json would have asked for.
  for (const tool of ['react', 'react-dom', 'scheduler', 'svelte']) {
    const path = join(TOOLS, tool);
    if (existsSync(path)) symlinkSync(path, join(modules, tool));
  }
  for (const where of [at, join(at, 'public')]) {
    cpSync(join(modules, 'querypose-nano'), join(where, 'models/nano'), { recursive: true });
    cpSync(picture(PHOTO), join(where, 'photo.jpg'));
  }
  return at;
}

/** Opens a page and compares the people that it tells. */
async function people(url, { elsewhere = [], read = told } = {}) {
  const page = await open(browser, url);
  const poses = await read(page).catch((error) => assert.fail(`${error.message}\n${page.notes.errors.join('\n')}`));
  samePeople(poses, known, APART, threshold);
  assert.deepEqual(page.notes.errors, []);
  const other = page.notes.elsewhere.filter((address) => !elsewhere.some((start) => address.startsWith(start)));
  assert.deepEqual(other, [], 'no request leaves the site');
  return page;
}

async function told(page) {
  await page.waitForFunction(() => document.getElementById('people')?.textContent.startsWith('['));
  return JSON.parse(await page.textContent('#people'));
}

async function served(at, check) {
  const site = await serve(at);
  try {
    const page = await check(site.url);
    await page?.context().close();
  } finally {
    site.close();
  }
}

test('what is in the packages', (t) => {
  const at = (name) => join(packages, 'node_modules', name);
  const manifest = JSON.parse(readFileSync(join(at('querypose'), 'package.json'), 'utf8'));
  for (const entry of Object.values(manifest.exports).flatMap((e) => (typeof e === 'string' ? [e] : Object.values(e))))
    assert.ok(existsSync(join(at('querypose'), entry)), entry);
  for (const name of ['querypose', 'querypose-nano'])
    for (const file of ['README.md', 'LICENSE']) assert.ok(existsSync(join(at(name), file)), `${name}/${file}`);
  const code = ['querypose.js', 'worker.js', 'engine/querypose.js', 'engine/querypose_bg.wasm'].map((file) =>
    readFileSync(join(at('querypose'), file)),
  );
  const kb = code.reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0) / 1000;
  t.diagnostic(`${kb.toFixed(1)} KB gzipped in the module's largest files; the model is a package by itself`);
  assert.ok(!existsSync(join(at('querypose'), 'models')));
});

test('packing leaves a folder alone that is something else', () => {
  const to = join(folder, 'other');
  mkdirSync(join(to, 'querypose'), { recursive: true });
  writeFileSync(join(to, 'querypose/thesis.txt'), 'months of work');
  const out = join(folder, 'unwanted');
  const packing = () => execFileSync(PROGRAM, ['page', '--out', out, '--package', to], { cwd: ROOT, stdio: 'pipe' });
  assert.throws(packing, /querypose is not an older package of this/);
  assert.equal(readFileSync(join(to, 'querypose/thesis.txt'), 'utf8'), 'months of work');
  assert.ok(!existsSync(out), 'it is said before the page is built');
});

test('in Node it can be imported, and says what it wants', () => {
  const script = `
    import { QueryPose } from 'querypose';
    import 'querypose/element';
    await QueryPose.load('https://example.org/models/nano/').catch(({ code, message }) => console.log(code, message));
  `;
  const said = execFileSync('node', ['--input-type=module', '-e', script], { cwd: packages, encoding: 'utf8' });
  assert.match(said, /^worker QueryPose runs in browsers: there are no Workers here\./);
});

test('without a bundler', () => served(example('plain'), (url) => people(url)));

test('below a path', async () => {
  const top = join(folder, 'top');
  mkdirSync(top);
  example('plain', 'top/some/where');
  await served(top, (url) => people(`${url}some/where/`));
});

for (const [name, plugins] of Object.entries({ bundled: [], react: [], svelte: [svelte({ configFile: false })] })) {
  test(`built with Vite: ${name}`, async () => {
    const at = example(name, `vite-${name}`);
    // With module workers and in a folder; as it comes, and on WebGPU: vite.test.mjs.
    const common = { configFile: false, logLevel: 'error', base: './', worker: { format: 'es' } };
    await build({ root: at, plugins, ...common });
    await served(join(at, 'dist'), (url) => people(url));
  });
}

test("in Vite's development server, as its README says", async () => {
  const at = example('bundled', 'vite-dev');
  const server = await createVite({
    root: at,
    configFile: false,
    logLevel: 'error',
    server: { port: 0, host: '127.0.0.1' },
    optimizeDeps: { exclude: ['querypose'] },
  });
  try {
    await server.listen();
    await (await people(server.resolvedUrls.local[0])).context().close();
  } finally {
    await server.close();
  }
});

test('built with webpack', async () => {
  const at = example('bundled', 'webpack');
  const stats = await promisify(webpack)({
    mode: 'production',
    context: at,
    entry: './main.js',
    output: { path: join(at, 'built'), filename: 'main.js' },
    performance: false,
  });
  assert.deepEqual(stats.toJson().errors, []);
  const page = readFileSync(join(at, 'index.html'), 'utf8').replace('./main.js', './built/main.js');
  writeFileSync(join(at, 'index.html'), page);
  await served(at, (url) => people(url));
});

test('built with esbuild, which is told where the worker lies', async () => {
  const at = example('bundled', 'esbuild');
  const entryPoints = [join(at, 'main.js')];
  await esbuild.build({ entryPoints, bundle: true, format: 'esm', outfile: join(at, 'built.js'), logLevel: 'error' });
  const page = readFileSync(join(at, 'index.html'), 'utf8')
    .replace('./main.js', './built.js')
    .replace('<title>', '<meta name="worker" content="node_modules/querypose/worker.js"><title>');
  writeFileSync(join(at, 'index.html'), page);
  await served(at, (url) => people(url));
});

/** Another site, as a CDN: files for everybody. With `policy`, pages under a strict policy. */
async function answering(at, headers) {
  const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm', '.jpg': 'image/jpeg' };
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://here').pathname;
    const file = join(at, path.endsWith('/') ? `${path}index.html` : path);
    if (!existsSync(file)) return response.writeHead(404).end();
    const type = types[extname(file)] ?? 'application/octet-stream';
    return response.writeHead(200, { 'content-type': type, ...headers }).end(readFileSync(file));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}

test('a notebook cell that imports it from another site', async () => {
  const cdn = await answering(packages, { 'access-control-allow-origin': '*' });
  const at = example('notebook');
  const library = `${cdn.url}node_modules/querypose`;
  const cell = readFileSync(join(at, 'cell.js'), 'utf8')
    .replace(/^\/\/.*\n/, '')
    .replace(/;\s*$/, '');
  writeFileSync(
    join(at, 'index.html'),
    `<!doctype html><title>Notebook</title><pre id="people"></pre><script type="module">
       const poses = await (${cell})(${JSON.stringify(library)});
       document.getElementById('people').textContent = JSON.stringify(poses);
     </script>`,
  );
  try {
    await served(at, (url) => people(url, { elsewhere: [cdn.url] }));
  } finally {
    cdn.close();
  }
});

for (const [name, more] of Object.entries({
  'a strict policy': '',
  'Trusted Types': "; require-trusted-types-for 'script'; trusted-types querypose",
})) {
  test(`under ${name}`, async () => {
    const at = example('bundled', `policy-${more.length}`);
    const csp = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; img-src 'self'; connect-src 'self'${more}`;
    const page = '<!doctype html><title>Strict</title><img id="photo" src="photo.jpg"><pre id="people"></pre>';
    writeFileSync(join(at, 'index.html'), `${page}<script type="module" src="strict.js"></script>`);
    const main = readFileSync(join(at, 'main.js'), 'utf8');
    writeFileSync(join(at, 'strict.js'), main.replace("'querypose'", "'./node_modules/querypose/querypose.js'"));
    const site = await answering(at, { 'content-security-policy': csp });
    try {
      await (await people(site.url)).context().close();
    } finally {
      site.close();
    }
  });
}

test('<query-pose> on a slide', async () => {
  const at = example('slide');
  const lines = readFileSync(join(at, 'index.html'), 'utf8').trim().split('\n').length;
  assert.ok(lines <= 8, `${lines} lines`);
  const read = async (page) => {
    await page.waitForFunction(() => document.querySelector('query-pose')?.poses?.length > 0);
    return page.evaluate(() => document.querySelector('query-pose').poses);
  };
  await served(at, async (url) => {
    const page = await people(url, { read });
    await screenshot(page, 'element');
    const drawn = await page.evaluate(() => {
      const { shadowRoot } = document.querySelector('query-pose');
      const { data } = shadowRoot.querySelector('canvas').getContext('2d').getImageData(0, 0, 4000, 4000);
      const box = (element) => JSON.stringify(element.getBoundingClientRect());
      return {
        opaque: data.filter((value, i) => i % 4 === 3 && value > 0).length,
        same: box(shadowRoot.querySelector('canvas')) === box(shadowRoot.querySelector('img')),
        count: shadowRoot.querySelector('[role=status]').textContent,
        fallback: shadowRoot.querySelector('slot').hidden,
      };
    });
    assert.ok(drawn.opaque > 500, `${drawn.opaque} pixels are drawn`);
    assert.deepEqual(
      { ...drawn, opaque: 0 },
      {
        opaque: 0,
        same: true,
        count: `${known.length} ${known.length === 1 ? 'person' : 'people'} found`,
        fallback: true,
      },
    );
    return page;
  });
});

test('<query-pose>: attributes, events, and what cannot be shown', async () => {
  const at = example('slide', 'element');
  await served(at, async (url) => {
    const page = await open(browser, url);
    await page.waitForFunction(() => document.querySelector('query-pose')?.poses?.length > 0);
    const seen = await page.evaluate(async () => {
      const element = document.querySelector('query-pose');
      const next = (type) =>
        new Promise((done) => element.addEventListener(type, ({ detail }) => done(detail), { once: true }));
      const changed = async (type, attributes) => {
        const happens = next(type);
        for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
        return happens;
      };
      const { net } = element;
      // Nobody draws by it any more, but it is the element's.
      await new Promise((done) => setTimeout(done, 3000));
      await net.detect(new ImageData(32, 32));
      const usual = element.poses.length;
      const empty = await changed('poses', { threshold: '', size: '', 'max-people': ' ' });
      const nobody = await changed('poses', { threshold: '1' });
      const wrong = await changed('fail', { threshold: 'high' });
      const message = element.shadowRoot.querySelector('[role=alert]');
      const shown = [message.hidden, message.textContent];
      const missing = await changed('fail', { threshold: '0.1', src: 'nowhere.jpg' });
      const nowhere = await changed('fail', { model: 'http://' });
      element.removeAttribute('model');
      const again = await changed('poses', { src: 'photo.jpg' });
      const shared = element.net === net;
      const poses = again.poses.length;
      element.remove();
      await new Promise((done) => setTimeout(done, 3000));
      const after = await net.detect(new ImageData(32, 32)).catch(({ code }) => code);
      return {
        usual,
        empty: empty.poses.length,
        nobody: nobody.poses.length,
        wrong,
        shown,
        missing,
        nowhere,
        shared,
        poses,
        after,
      };
    });
    assert.equal(seen.empty, seen.usual, 'an empty attribute says nothing');
    assert.equal(seen.nobody, 0);
    assert.match(seen.wrong.message, /^threshold must be a number from 0 to 1|^threshold is NaN/);
    assert.deepEqual(seen.shown, [false, seen.wrong.message]);
    assert.equal(seen.missing.code, 'picture');
    assert.match(
      seen.missing.message,
      /nowhere\.jpg is no picture or video that this browser can read\. Check its address/,
    );
    assert.deepEqual([seen.nowhere.code, seen.nowhere.message], ['argument', 'model must be an address, not http://.']);
    assert.ok(seen.shared && seen.poses >= known.length);
    assert.equal(seen.after, 'disposed');
    return page;
  });
});

test('<query-pose>: a video that ends while it is looked at', async () => {
  const at = example('slide', 'element-film');
  // Somebody, and then nobody.
  const nobody = "scale=320:-2,drawbox=t=fill:color=black:enable='gte(t,0.3)'";
  const still = ['-loop', '1', '-framerate', '10', '-t', '0.6', '-i', picture(PHOTO), '-vf', nobody];
  execFileSync('ffmpeg', ['-v', 'error', ...still, '-c:v', 'libvpx', '-b:v', '2M', join(at, 'film.webm')]);
  const html = readFileSync(join(at, 'index.html'), 'utf8').replace('src="photo.jpg"', 'src="film.webm" size="480"');
  writeFileSync(join(at, 'index.html'), html);
  await served(at, async (url) => {
    const page = await open(browser, url);
    const counts = (people, time) =>
      page.waitForFunction(
        ([people, time]) => {
          const element = document.querySelector('query-pose');
          const video = element.shadowRoot.querySelector('video');
          const isThere = time === 0 ? video.currentTime === 0 : video.ended;
          return isThere && element.net && element.poses.length === people;
        },
        [people, time],
      );
    await counts(0, 'end');
    // The last look at it may have been under way.
    await page.waitForTimeout(3000);
    await counts(0, 'end');
    await page.evaluate(() => {
      document.querySelector('query-pose').shadowRoot.querySelector('video').currentTime = 0;
    });
    await counts(known.length, 0);
    assert.deepEqual(page.notes.errors, []);
    return page;
  });
});

test('<query-pose camera>', async () => {
  const camera = await launch({ args: fakeCamera() });
  const at = example('slide', 'element-camera');
  const html = readFileSync(join(at, 'index.html'), 'utf8').replace('src="photo.jpg"', 'camera size="96"');
  writeFileSync(join(at, 'index.html'), html);
  try {
    await served(at, async (url) => {
      const page = await open(camera, url);
      await page.evaluate(
        () =>
          new Promise((done) => {
            let looks = 0;
            document.querySelector('query-pose').addEventListener('poses', () => ++looks === 3 && done());
          }),
      );
      const [playing, mirrored] = await page.evaluate(() => {
        const root = document.querySelector('query-pose').shadowRoot;
        const { srcObject } = root.querySelector('video');
        document.querySelector('query-pose').remove();
        const ended = srcObject.getTracks().every(({ readyState }) => readyState === 'ended');
        return [ended, root.querySelector('.frame').classList.contains('mirrored')];
      });
      assert.deepEqual([playing, mirrored], [true, true], 'the camera is let go with the element');
      const wrong = await page.evaluate(async () => {
        const element = document.createElement('query-pose');
        for (const [name, value] of Object.entries({ camera: '', threshold: '2' })) element.setAttribute(name, value);
        const video = element.shadowRoot.querySelector('video');
        let stream = null;
        video.addEventListener('loadstart', () => (stream ??= video.srcObject));
        const fails = new Promise((done) => element.addEventListener('fail', ({ detail }) => done(detail.message)));
        document.body.append(element);
        const message = await fails;
        const ended = stream.getTracks().every(({ readyState }) => readyState === 'ended');
        element.remove();
        return [message, ended, video.srcObject, video.hidden];
      });
      assert.match(wrong[0], /^threshold is 2; it must be a number from 0 to 1/);
      assert.deepEqual(wrong.slice(1), [true, null, true], 'a camera that nobody looks at is let go');
      assert.deepEqual(page.notes.errors, []);
      return page;
    });
  } finally {
    await camera.close();
  }
});

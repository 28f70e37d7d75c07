// A camera or video with its skeletons as a file: what is drawn for the page is drawn once more, at its own size.
import { QueryPoseError } from '../lib/error.js';

const KINDS = ['video/mp4;codecs=avc1.42E01F', 'video/webm;codecs=vp9', 'video/webm;codecs=vp8', 'video/webm'];
/** Bits a second for each pixel of a frame. */
const BITS = 6;

export class Recorder {
  #canvas = document.createElement('canvas');
  #parts = [];
  #recorder;
  #stopped;

  /** Begins at the size of the first frame. Throws where the browser records nothing. */
  constructor({ width, height }) {
    const mimeType = KINDS.find((kind) => globalThis.MediaRecorder?.isTypeSupported(kind));
    if (!mimeType || !this.#canvas.captureStream)
      throw new QueryPoseError('video', 'This browser cannot record. Try another one.');
    // Most encoders want even sides.
    Object.assign(this.#canvas, { width: width - (width % 2), height: height - (height % 2) });
    this.#canvas.getContext('2d', { alpha: false });
    const stream = this.#canvas.captureStream();
    this.#recorder = new MediaRecorder(stream, {
      mimeType,
      videoBitsPerSecond: Math.max(2.5e6, BITS * width * height),
    });
    this.#recorder.ondataavailable = ({ data }) => this.#parts.push(data);
    this.#stopped = new Promise((resolve) => {
      this.#recorder.onstop = () => {
        stream.getTracks().forEach((track) => track.stop());
        resolve(new Blob(this.#parts, { type: mimeType.split(';')[0] }));
      };
    });
    // In pieces, so that little is lost if the page has to go.
    this.#recorder.start(1000);
  }

  /** Adds a frame: `paint(context)` draws it at its own size. */
  add(paint) {
    paint(this.#canvas.getContext('2d'));
  }

  /** Resolves with the file, and how its name ends. */
  async stop() {
    if (this.#recorder.state !== 'inactive') this.#recorder.stop();
    const blob = await this.#stopped;
    return { blob, ending: blob.type === 'video/mp4' ? 'mp4' : 'webm' };
  }
}

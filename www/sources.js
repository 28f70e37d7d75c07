// Where pictures come from: samples, files, drag and drop, the clipboard, the camera, videos.
import { cameraFacts, listCameras, openCamera } from './camera.js';
import { QueryPoseError } from './error.js';
import { decode } from './pixels.js';

/** The sample pictures; `pictures/README.md` tells where they come from. */
export const SAMPLES = [
  { file: 'group.jpg', title: 'Three people side by side' },
  { file: 'collins.jpg', title: 'Eileen Collins, astronaut' },
  { file: 'hopper.jpg', title: 'Grace Hopper, computer scientist' },
  { file: 'photographer.jpg', title: 'A photographer at work' },
];

/**
 * Puts sources on the stage one at a time. Events: `photo` (detail `{ url, name, sample }`), `live`,
 * `paused`, `seeked`, `stopped`, and `problem` (detail: an error with a sentence).
 */
export class Sources extends EventTarget {
  /** 'photo', 'camera' or 'film'. */
  kind = 'photo';
  name = '';
  #url = null;
  #turn = 0;

  constructor(stage) {
    super();
    this.stage = stage;
    this.video = stage.video;
    this.video.addEventListener('seeked', () => this.kind === 'film' && this.video.paused && this.#tell('seeked'));
    this.video.addEventListener('error', () => {
      if (this.kind !== 'film' || !this.video.src) return;
      this.#problem('video', 'This file is not a video this browser can play. Try an MP4 or WebM file.');
    });
  }

  get live() {
    return this.kind !== 'photo';
  }

  async sample({ file }) {
    const turn = this.#begin('photo', file);
    await this.stage.showPhoto(`pictures/${file}`);
    if (turn === this.#turn) this.#tell('photo', { sample: file });
  }

  /** Any file: a picture is shown, a video is played, anything else is a sentence. */
  async file(file) {
    if (file.type.startsWith('video/')) return this.film(file);
    try {
      // Decoded once to see whether it is a picture; what is on the stage stays there if it is not.
      const bitmap = await decode(file);
      const { width, height } = bitmap;
      bitmap.close();
      const turn = this.#begin('photo', file.name || 'picture');
      this.#url = URL.createObjectURL(file);
      await this.stage.showPhoto(this.#url, width, height);
      if (turn === this.#turn) this.#tell('photo', {});
    } catch (error) {
      this.dispatchEvent(new CustomEvent('problem', { detail: error }));
    }
  }

  async film(file) {
    const turn = this.#begin('film', file.name || 'video');
    this.#url = URL.createObjectURL(file);
    Object.assign(this.video, { src: this.#url, loop: true });
    await this.#firstFrame();
    if (turn === this.#turn) await this.#knowLength();
    if (turn !== this.#turn) return;
    this.stage.showVideo(false);
    this.#tell('live');
    await this.play();
  }

  /** Starts a camera, or the chosen one. What is on the stage stays until its first frame. */
  async camera(deviceId = '') {
    const turn = ++this.#turn;
    try {
      // A camera that runs must be let go before another of the same device can start.
      if (this.kind === 'camera') this.#release();
      const stream = await openCamera(deviceId);
      if (turn !== this.#turn) return stream.getTracks().forEach((t) => t.stop());
      this.#begin('camera', 'camera');
      const started = this.#turn;
      this.video.srcObject = stream;
      stream.getVideoTracks()[0].addEventListener('ended', () => {
        if (this.video.srcObject !== stream) return;
        const words = 'The camera was unplugged or stopped. Connect it, then press Camera again.';
        this.stop().then(() => this.#problem('camera', words));
      });
      await this.#firstFrame();
      if (started !== this.#turn) return undefined;
      this.stage.showVideo(cameraFacts(stream).facesUser);
      this.#tell('live');
      return this.play();
    } catch (error) {
      if (this.kind === 'camera') await this.stop();
      this.dispatchEvent(new CustomEvent('problem', { detail: error }));
      return undefined;
    }
  }

  /** Cameras to choose from, and the one in use. */
  async cameras() {
    return { list: await listCameras(), now: this.video.srcObject ? cameraFacts(this.video.srcObject).id : '' };
  }

  /** Lets the camera or video go; the last frame stays on the stage as a picture. */
  async stop() {
    const still = await this.#still();
    const turn = this.#begin('photo', `${this.name || 'picture'}.png`);
    if (still) {
      this.#url = URL.createObjectURL(still);
      await this.stage.showPhoto(this.#url);
    }
    if (turn === this.#turn) this.#tell('stopped');
    if (still && turn === this.#turn) this.#tell('photo', {});
  }

  get paused() {
    return this.video.paused;
  }

  async play() {
    // Playing may be interrupted by the next source; that is no problem of the visitor's.
    await this.video.play().catch(() => {});
    this.#tell('paused', { paused: this.video.paused });
  }

  pause() {
    this.video.pause();
    this.#tell('paused', { paused: true });
  }

  #begin(kind, name) {
    this.#release();
    Object.assign(this, { kind, name });
    if (kind !== 'camera') this.#tell('started');
    return ++this.#turn;
  }

  #release() {
    this.video.srcObject?.getTracks().forEach((t) => t.stop());
    this.video.srcObject = null;
    if (this.video.src) {
      this.video.removeAttribute('src');
      this.video.load();
    }
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = null;
  }

  #firstFrame() {
    if (this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) return Promise.resolve();
    return new Promise((resolve) => this.video.addEventListener('loadeddata', resolve, { once: true }));
  }

  /** Videos recorded by a browser do not say how long they are; their end does. */
  async #knowLength() {
    const { video } = this;
    if (video.duration !== Infinity) return;
    for (const time of [1e7, 0]) {
      const seeked = new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }));
      video.currentTime = time;
      await seeked;
    }
  }

  #still() {
    if (this.video.hidden || !this.video.videoWidth) return null;
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: this.video.videoWidth, height: this.video.videoHeight });
    canvas.getContext('2d').drawImage(this.video, 0, 0);
    return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
  }

  #problem(code, sentence) {
    this.dispatchEvent(new CustomEvent('problem', { detail: new QueryPoseError(code, sentence) }));
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

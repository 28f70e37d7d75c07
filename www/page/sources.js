// Where pictures come from: samples, files, drag and drop, the clipboard, the camera, videos.
import { firstFrame } from '../lib/arriving.js';
import { cameraFacts, listCameras, openCamera } from '../lib/camera.js';
import { decode } from '../lib/decode.js';
import { QueryPoseError } from '../lib/error.js';
import { PICTURE_MS, within } from '../lib/patience.js';
import { tr } from '../words/say.js';

/** A video that has no picture for so long is played. */
const UNPLAYED_MS = 500;
const NO_END = 'This video does not say how long it is, and its end could not be found. Try an MP4 or WebM file.';

/** The sample pictures; `pictures/README.md` tells where they come from; the build makes small copies, `pictures/small/`. */
export const SAMPLES = [
  { file: 'crew.jpg', title: tr`The crew of Apollo 11` },
  { file: 'ride.jpg', title: tr`Cyclists and those who greet them` },
  { file: 'street.jpg', title: tr`A street in India` },
  { file: 'collins.jpg', title: tr`Eileen Collins, astronaut` },
  { file: 'hopper.jpg', title: tr`Grace Hopper, computer scientist` },
  { file: 'photographer.jpg', title: tr`A photographer at work` },
  { file: 'telephones.jpg', title: tr`Two women with telephones` },
  { file: 'group.jpg', title: tr`Three people side by side` },
];

/**
 * Puts sources on the stage one at a time: the stage, `kind`, `name` and `turn` change together, once the new one can
 * be seen, and stay what they were if it never can. Events: `started` (another source is on the stage), then `photo`
 * (detail `{ sample }`) or `live`; `paused`, `seeked`, `stopped`, and `problem` (detail: an error with a sentence).
 */
export class Sources extends EventTarget {
  /** 'photo', 'camera' or 'film'. */
  kind = 'photo';
  name = '';
  /** The video's file, while one is on the stage. */
  footage = null;
  /** Another number for every source that was on the stage. */
  turn = 0;
  #url = null;
  /** Ends the wait for a source when another one is wanted. */
  #wanted = new AbortController();

  constructor(stage) {
    super();
    this.stage = stage;
    this.video = stage.video;
    this.video.addEventListener('seeked', () => this.kind === 'film' && this.video.paused && this.#tell('seeked'));
    this.video.addEventListener('error', () => {
      if (this.kind !== 'film' || !this.video.src) return;
      this.#tell('paused', { paused: true });
      this.#problem(notAFilm());
    });
  }

  get live() {
    return this.kind !== 'photo';
  }

  async sample({ file }) {
    await this.#bring((wanted) => this.#photo(`pictures/${file}`, file, { sample: file }, wanted));
  }

  /** Any file: a picture is shown, a video is played, anything else is a sentence. */
  async file(file) {
    if (file.type.startsWith('video/')) return this.film(file);
    return this.#bring(async (wanted) => {
      // Decoded once for the sake of the sentence, if it is no picture.
      (await decode(file)).picture.close();
      wanted.throwIfAborted();
      await this.#photo(URL.createObjectURL(file), file.name || 'picture', {}, wanted);
    });
  }

  async film(file) {
    await this.#bring(async (wanted) => {
      const url = URL.createObjectURL(file);
      try {
        await this.#probe(url, wanted);
        await this.#freeze(wanted);
        Object.assign(this.video, { src: url, loop: true });
        await begins(this.video, wanted);
        await this.#knowLength(wanted);
        wanted.throwIfAborted();
      } catch (error) {
        URL.revokeObjectURL(url);
        throw error;
      }
      this.#show('film', file.name || 'video', url, () => {
        this.footage = file;
        this.stage.showVideo(false);
      });
      this.#tell('live');
      await this.play();
    });
  }

  /** Starts a camera, or the chosen one. What is on the stage stays until its first frame. */
  async camera(deviceId = '') {
    await this.#bring(async (wanted) => {
      // A camera that runs must be let go before another of the same device can start; a video stays until there is one.
      if (this.kind === 'camera') await this.#freeze(wanted);
      const stream = await openCamera(deviceId);
      try {
        wanted.throwIfAborted();
        await this.#freeze(wanted);
      } catch (error) {
        stream.getTracks().forEach((t) => t.stop());
        throw error;
      }
      this.video.srcObject = stream;
      stream.getVideoTracks()[0].addEventListener('ended', () => {
        if (this.video.srcObject !== stream) return;
        const words = 'The camera was unplugged or stopped. Connect it, then press Camera again.';
        this.stop().then(() => this.#problem(new QueryPoseError('camera', words)));
      });
      await firstFrame(this.video, wanted);
      this.#show('camera', 'camera', null, () => this.stage.showVideo(cameraFacts(stream).facesUser));
      this.#tell('live');
      return this.play();
    });
  }

  /** Cameras to choose from, and the one in use. */
  async cameras() {
    return { list: await listCameras(), now: this.video.srcObject ? cameraFacts(this.video.srcObject).id : '' };
  }

  /** Lets the camera or video go; the last frame stays on the stage as a picture. */
  async stop() {
    await this.#bring(async (wanted) => {
      await this.#freeze(wanted);
      this.#tell('stopped');
    });
  }

  get paused() {
    // A file whose end is missing neither plays nor pauses.
    return this.video.paused || this.video.error !== null;
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

  /** Brings a source to the stage unless another one is wanted meanwhile; what is there stays if that fails. */
  async #bring(how) {
    this.#wanted.abort();
    this.#wanted = new AbortController();
    const { signal } = this.#wanted;
    try {
      await how(signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!this.live) this.#letGo();
      this.#problem(error);
    }
  }

  async #photo(url, name, detail, wanted) {
    try {
      const image = await this.stage.fetchPhoto(url);
      wanted.throwIfAborted();
      this.#show('photo', name, url, () => this.stage.showPhoto(image));
    } catch (error) {
      URL.revokeObjectURL(url);
      throw error;
    }
    this.#tell('photo', detail);
  }

  /** The moment in which a source takes the place of another. */
  #show(kind, name, url, onStage) {
    if (kind === 'photo') this.#letGo();
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = url?.startsWith('blob:') ? url : null;
    Object.assign(this, { kind, name, footage: null, turn: this.turn + 1 });
    onStage();
    this.#tell('started');
  }

  /** Makes a picture of what the video shows, so that the video can be given something else. */
  async #freeze(wanted) {
    if (!this.live) return this.#letGo();
    const { videoWidth, videoHeight } = this.video;
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: videoWidth || 4, height: videoHeight || 3 });
    canvas.getContext('2d').drawImage(this.video, 0, 0);
    const still = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
    wanted.throwIfAborted();
    return this.#photo(URL.createObjectURL(still), `${this.name}.png`, {}, wanted);
  }

  /** Lets the camera or the video file go. */
  #letGo() {
    this.video.srcObject?.getTracks().forEach((t) => t.stop());
    this.video.srcObject = null;
    if (!this.video.src) return;
    this.video.removeAttribute('src');
    this.video.load();
  }

  /** Whether a file can be played and has pictures: tried in a video of its own. */
  async #probe(url, wanted) {
    const how = { muted: true, playsInline: true, preload: 'auto', src: url };
    const probe = Object.assign(document.createElement('video'), how);
    try {
      await begins(probe, wanted);
    } catch (error) {
      throw probe.error ? notAFilm() : error;
    } finally {
      probe.removeAttribute('src');
      probe.load();
    }
  }

  /** Videos recorded by a browser do not say how long they are; their end does. */
  async #knowLength(wanted) {
    const { video } = this;
    if (video.duration !== Infinity) return;
    for (const time of [1e7, 0]) {
      const seeked = new Promise((resolve, reject) => {
        video.addEventListener('seeked', resolve, { once: true });
        video.addEventListener('error', () => reject(notAFilm()), { once: true });
        wanted.addEventListener('abort', () => reject(wanted.reason), { once: true });
      });
      video.currentTime = time;
      await within(PICTURE_MS, seeked, NO_END);
    }
  }

  #problem(error) {
    this.#tell('problem', error);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** Resolves when a file shows its first frame. Phones fetch no picture before it plays. */
async function begins(video, wanted) {
  const timer = setTimeout(() => video.play().catch(() => {}), UNPLAYED_MS);
  try {
    await firstFrame(video, wanted);
  } finally {
    clearTimeout(timer);
    video.pause();
  }
}

function notAFilm() {
  return new QueryPoseError('video', 'This file is not a video this browser can play. Try an MP4 or WebM file.');
}

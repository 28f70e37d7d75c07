// <query-pose>: a picture, a video or the camera with people's skeletons over it, for pages without a script of their own.
//
//   <script type="module" src="lib/element.js"></script>
//   <query-pose src="team.jpg">Skeletons of the people in team.jpg</query-pose>
import { firstFrame } from './arriving.js';
import { openCamera } from './camera.js';
import { addressOf } from './check.js';
import drawing from './drawing.js';
import { QueryPoseError, reason } from './error.js';
import { QueryPose } from './querypose.js';
import { drawPoses } from './skeleton.js';

const STYLE = `
  :host { display: block; position: relative; }
  :host([hidden]) { display: none; }
  .frame { position: relative; }
  .frame > * { display: block; width: 100%; }
  .frame > [hidden], [hidden] { display: none; }
  .frame.mirrored { transform: scaleX(-1); }
  img, video { height: auto; }
  canvas { position: absolute; inset: 0; height: 100%; pointer-events: none; opacity: var(--query-pose-opacity, 1); }
  .message { margin: 0; padding: 0.6em 0.8em; font: var(--query-pose-font, inherit); color: var(--query-pose-error, #a32a00); }
  .count { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;
const SHOWN = ['skeleton', 'joints', 'boxes'];
/** A network nobody uses any more is kept so long (ms): an element that is moved leaves the page for a moment. */
const GRACE_MS = 2000;
/** Files that are videos by their names; what else is fetched is a picture first. */
const VIDEO = /\.(mp4|m4v|mov|webm|ogv|mkv)(\?|#|$)/i;

/** Networks in use by model and backend: elements share them. */
const networks = new Map();

function borrow(model, backend) {
  const key = JSON.stringify([model, backend]);
  let shared = networks.get(key);
  if (!shared) {
    shared = { key, users: 0, net: QueryPose.load(model, { backend }) };
    // One that failed is tried anew by the next element.
    shared.net.catch(() => forget(shared));
    networks.set(key, shared);
  }
  shared.users++;
  return shared;
}

/** Whoever asks from now on gets another one. */
function forget(shared) {
  if (networks.get(shared.key) === shared) networks.delete(shared.key);
}

function giveBack(shared) {
  shared.users--;
  setTimeout(() => {
    if (shared.users > 0) return;
    forget(shared);
    shared.net.then(
      (net) => net.dispose(),
      () => {},
    );
  }, GRACE_MS);
}

/** Where there are no elements (Node), the module can be imported all the same. */
const Element = globalThis.HTMLElement ?? /** @type {typeof HTMLElement} */ (class {});

export class QueryPoseElement extends Element {
  static observedAttributes = ['src', 'camera', 'model', 'backend', 'size', 'threshold', 'max-people', 'show', 'alt'];

  #end = new AbortController();
  #asked = false;
  #poses = [];
  #net = null;
  #of = [1, 1];
  #parts;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    const make = (name, more) => Object.assign(document.createElement(name), more);
    const frame = make('div', { className: 'frame' });
    const photo = make('img', { hidden: true, part: 'media', crossOrigin: 'anonymous' });
    const video = make('video', {
      hidden: true,
      part: 'media',
      muted: true,
      playsInline: true,
      crossOrigin: 'anonymous',
    });
    const overlay = make('canvas', { part: 'overlay' });
    const message = make('p', { className: 'message', part: 'message', hidden: true });
    const count = make('p', { className: 'count' });
    const fallback = make('slot');
    overlay.setAttribute('aria-hidden', 'true');
    message.setAttribute('role', 'alert');
    count.setAttribute('role', 'status');
    frame.append(photo, video, overlay);
    // A sheet of its own rather than a <style>: a strict policy for styles allows it.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    root.append(frame, fallback, message, count);
    this.#parts = { frame, photo, video, overlay, message, count, fallback };
    new ResizeObserver(() => this.#draw()).observe(frame);
  }

  /** The people shown now, in pixels of the picture; see `Pose`. */
  get poses() {
    return this.#poses;
  }

  /** The network, once it is there; shared by all elements with the same model and backend. */
  get net() {
    return this.#net;
  }

  connectedCallback() {
    this.#ask();
  }

  disconnectedCallback() {
    this.#end.abort();
  }

  attributeChangedCallback(name, before, after) {
    if (before === after) return;
    if (name === 'show') this.#draw();
    else if (name === 'alt') this.#parts.photo.alt = after ?? '';
    else this.#ask();
  }

  /** Several attributes set at once are one wish. */
  #ask() {
    if (this.#asked) return;
    this.#asked = true;
    queueMicrotask(() => {
      this.#asked = false;
      this.#end.abort();
      if (this.isConnected) this.#start();
    });
  }

  async #start() {
    this.#end = new AbortController();
    const { signal } = this.#end;
    const { message, fallback } = this.#parts;
    message.hidden = true;
    fallback.hidden = false;
    this.#show(null);
    if (!this.hasAttribute('src') && !this.hasAttribute('camera')) return;
    try {
      const shared = borrow(this.#address('model', 'models/nano/'), this.getAttribute('backend') ?? 'auto');
      // Until then it is there for whoever asks for `net`.
      const letGo = () => {
        this.#net = null;
        giveBack(shared);
      };
      signal.addEventListener('abort', letGo, { once: true });
      const source = this.hasAttribute('camera') ? await this.#camera(signal) : await this.#file(signal);
      signal.throwIfAborted();
      const net = await shared.net;
      signal.throwIfAborted();
      this.#net = net;
      this.#tell('ready', { backend: this.#net.backend, reason: this.#net.reason });
      if (source === this.#parts.photo) await this.#look(signal);
      else await this.#follow(source, signal);
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  #address(name, or) {
    const given = this.getAttribute(name) || or;
    const address = addressOf(given, document.baseURI);
    if (address === null) throw new TypeError(`${name} must be an address, not ${given}.`);
    return address;
  }

  #number(name) {
    const given = this.getAttribute(name)?.trim();
    return given ? Number(given) : null;
  }

  /** What attributes ask of each look; a wrong value is an error with a sentence. */
  #options(signal) {
    const [threshold, size, maxPeople] = ['threshold', 'size', 'max-people'].map((name) => this.#number(name));
    return { threshold, size, maxPeople, signal };
  }

  async #file(signal) {
    const url = this.#address('src');
    const { photo, video } = this.#parts;
    if (!VIDEO.test(url)) {
      photo.src = url;
      const isPhoto = await photo.decode().then(
        () => true,
        () => false,
      );
      signal.throwIfAborted();
      if (isPhoto) return this.#show(photo);
      photo.removeAttribute('src');
    }
    Object.assign(video, { src: url, loop: this.hasAttribute('loop'), controls: true });
    try {
      return await this.#play(signal);
    } catch (error) {
      if (signal.aborted || VIDEO.test(url)) throw error;
      throw new QueryPoseError(
        'picture',
        `${url} is no picture or video that this browser can read. Check its address; a file of another site must come with CORS headers.`,
      );
    }
  }

  async #camera(signal) {
    const stream = await openCamera(this.getAttribute('camera'));
    const stop = () => stream.getTracks().forEach((track) => track.stop());
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    signal.throwIfAborted();
    Object.assign(this.#parts.video, { srcObject: stream, controls: false });
    const [track] = stream.getVideoTracks();
    track?.addEventListener('ended', () => {
      const words = 'The camera was unplugged or stopped. Connect it, then start it again.';
      if (!signal.aborted) this.#fail(new QueryPoseError('camera', words));
    });
    const facing = track?.getSettings().facingMode;
    this.#parts.frame.classList.toggle('mirrored', facing !== 'environment');
    return this.#play(signal);
  }

  async #play(signal) {
    const { video } = this.#parts;
    signal.addEventListener(
      'abort',
      () => {
        video.pause();
        video.srcObject = null;
        video.removeAttribute('src');
        video.load();
      },
      { once: true },
    );
    // A browser that lets nothing play by itself shows its controls.
    video.play().catch(() => {
      video.controls = true;
    });
    await firstFrame(video, signal);
    return this.#show(video);
  }

  /** Puts the picture, the video or nothing in the frame; resolves with it. */
  #show(media) {
    const { photo, video, fallback, frame } = this.#parts;
    photo.hidden = media !== photo;
    video.hidden = media !== video;
    if (media) fallback.hidden = true;
    if (media !== video) frame.classList.remove('mirrored');
    this.#take([], [1, 1]);
    return media;
  }

  async #look(signal) {
    const found = await this.#net.detect(this.#parts.photo, this.#options(signal));
    signal.throwIfAborted();
    this.#answer(found);
  }

  /** Looks at a video's frames, as many as there is time for, until it is let go. */
  async #follow(video, signal) {
    const { signal: _, ...options } = this.#options(signal);
    // What plays is not slowed down for the sake of who is far away.
    const stream = this.#net.stream({ ...options, maxSize: this.#net.model.size });
    try {
      while (!signal.aborted) {
        const seen = video.currentTime;
        const found = await stream.detect(video, video.srcObject ? performance.now() : seen * 1000);
        if (signal.aborted) break;
        this.#answer(found);
        // One that stands still shows what was looked at, or a frame that came meanwhile.
        while (!video.paused || video.seeking || video.currentTime === seen) {
          await nextFrame(video, signal);
          if (signal.aborted || !video.paused) break;
        }
      }
    } finally {
      stream.close();
    }
  }

  #answer(found) {
    this.#take(found.poses, [found.width, found.height]);
    const { length } = found.poses;
    const words = `${length || 'No'} ${length === 1 ? 'person' : 'people'} found`;
    if (this.#parts.count.textContent !== words) this.#parts.count.textContent = words;
    this.#tell('poses', found);
  }

  #take(poses, of) {
    const colours = drawing.people;
    this.#poses = poses;
    this.#of = of;
    poses.forEach((pose, i) => {
      pose.colour = colours[((pose.id ?? i + 1) - 1) % colours.length];
    });
    this.#draw();
  }

  #draw() {
    const { overlay } = this.#parts;
    const unit = Math.min(3, globalThis.devicePixelRatio || 1);
    const [width, height] = [Math.round(overlay.clientWidth * unit), Math.round(overlay.clientHeight * unit)];
    if (overlay.width !== width || overlay.height !== height) Object.assign(overlay, { width, height });
    const context = overlay.getContext('2d');
    context.clearRect(0, 0, width, height);
    const words = (this.getAttribute('show') ?? 'skeleton joints').split(/\s+/);
    const [limbs, joints, boxes] = SHOWN.map((word) => words.includes(word));
    const [across, down] = [width / this.#of[0], height / this.#of[1]];
    const map = (x, y) => [x * across, y * down];
    drawPoses(context, this.#poses, { map, scale: across, unit, show: { limbs, joints, boxes }, active: null });
  }

  #fail(error) {
    const { message, fallback } = this.#parts;
    const known = error instanceof QueryPoseError || error instanceof TypeError || error instanceof RangeError;
    const sentence = known ? error.message : `This could not be shown (${reason(error)}).`;
    const { photo, video } = this.#parts;
    // A picture or a film can be seen all the same; a camera that nobody looks at is let go.
    const plays = !video.hidden && !video.srcObject;
    if (!plays) this.#end.abort();
    if (plays || !photo.hidden) this.#take([], [1, 1]);
    else this.#show(null);
    Object.assign(message, { textContent: sentence, hidden: false });
    fallback.hidden = false;
    this.#tell('fail', { code: error.code ?? 'argument', message: sentence });
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

/** Resolves when a video shows another frame, and when it comes to stand still, which may be at one nobody looked at. */
function nextFrame(video, signal) {
  return new Promise((resolve) => {
    const end = new AbortController();
    const done = () => {
      end.abort();
      resolve();
    };
    signal.addEventListener('abort', done, { signal: end.signal });
    for (const type of ['pause', 'seeked']) video.addEventListener(type, done, { signal: end.signal });
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(done);
    else requestAnimationFrame(done);
  });
}

globalThis.customElements?.define('query-pose', QueryPoseElement);

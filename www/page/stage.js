// The stage: the picture or video, as large as fits, and the people drawn over it.
import { unreadable } from '../lib/arriving.js';
import { noRoom } from '../lib/decode.js';
import { drawPoses } from '../lib/skeleton.js';
import { put, tr } from '../words/say.js';
import { jointName, percent } from './words.js';

/** How near, in CSS pixels, a pointer must be to a joint to point at it. */
const REACH = 16;
/** Small pictures are enlarged at most so far. */
const LARGEST = 3;

/**
 * Events: `active` (a joint is pointed at), `stepped` (by keys; detail `{ person, joint }`), `resized` (the video goes on at
 * another size).
 */
export class Stage extends EventTarget {
  poses = [];
  show = { limbs: true, joints: true, boxes: false };
  mirrored = false;
  #active = null;
  #size = { width: 4, height: 3 };

  constructor({ room, frame, photo, video, still, overlay, tip }) {
    super();
    Object.assign(this, { room, frame, photo, video, still, overlay, tip });
    new ResizeObserver(() => this.#fit()).observe(room);
    this.#followDensity();
    video.addEventListener('resize', () => this.#resized());
    overlay.addEventListener('pointermove', (e) => this.#point(e));
    overlay.addEventListener('pointerdown', (e) => this.#point(e));
    // A finger that is lifted has pointed at something to be read.
    overlay.addEventListener('pointerleave', ({ pointerType }) => pointerType === 'touch' || this.activate(null));
    overlay.addEventListener('blur', () => this.activate(null));
    overlay.addEventListener('keydown', (e) => this.#step(e));
  }

  /** A picture (an object URL or path) that can be shown at once. */
  async fetchPhoto(url) {
    const image = Object.assign(this.photo.cloneNode(), { src: url });
    await image.decode().catch(() => {
      throw unreadable();
    });
    return image;
  }

  /** Shows what [`fetchPhoto`] gave. */
  showPhoto(image) {
    this.photo.replaceWith(image);
    this.photo = image;
    image.hidden = false;
    this.video.hidden = true;
    this.#setSource(image.naturalWidth, image.naturalHeight, false);
  }

  /** Shows the video element at its current size, and at any size it changes to. */
  showVideo(mirrored) {
    this.photo.hidden = true;
    this.video.hidden = false;
    this.#setSource(this.video.videoWidth, this.video.videoHeight, mirrored);
  }

  /** The element whose pixels are looked at. */
  get source() {
    return this.video.hidden ? this.photo : this.video;
  }

  get size() {
    return this.#size;
  }

  /** Shows the frame that the people were found in over the video, which is further on; null takes it away. Takes the bitmap over. */
  setStill(bitmap) {
    this.still.hidden = !bitmap;
    const { width, height } = bitmap ?? this.still;
    if (this.still.width !== width || this.still.height !== height) Object.assign(this.still, { width, height });
    this.still.getContext('bitmaprenderer', { alpha: false }).transferFromImageBitmap(bitmap);
  }

  /** The pixels that the people belong to. */
  get shown() {
    return this.still.hidden ? this.source : this.still;
  }

  setMirrored(mirrored) {
    this.mirrored = mirrored;
    this.frame.classList.toggle('mirrored', mirrored);
    this.draw();
  }

  setPoses(poses) {
    this.poses = poses;
    if (this.#active && !poses[this.#active.person]) this.#active = null;
    this.draw();
  }

  /** Points at a joint, a person (no `joint`), or nothing. */
  activate(active) {
    const same = active?.person === this.#active?.person && active?.joint === this.#active?.joint;
    if (same) return;
    this.#active = active;
    this.draw();
    this.dispatchEvent(new CustomEvent('active', { detail: active }));
  }

  draw() {
    const { overlay } = this;
    const dpr = Math.min(3, window.devicePixelRatio || 1);
    const [w, h] = [Math.round(overlay.clientWidth * dpr), Math.round(overlay.clientHeight * dpr)];
    if (overlay.width !== w || overlay.height !== h) Object.assign(overlay, { width: w, height: h });
    const context = overlay.getContext('2d');
    context.clearRect(0, 0, w, h);
    const scale = w / this.#size.width;
    drawPoses(context, this.poses, { map: this.#map(scale), scale, unit: dpr, show: this.show, active: this.#active });
    this.#placeTip();
  }

  /** Draws the picture with its people at the picture's own size, never mirrored: as the camera took it. */
  paint(context) {
    const { width, height } = this.#size;
    context.drawImage(this.shown, 0, 0, width, height);
    const unit = Math.max(1, width / (this.overlay.clientWidth || width));
    drawPoses(context, this.poses, { map: (x, y) => [x, y], scale: 1, unit, show: this.show, active: null });
  }

  /** The same as a file. */
  async toPng() {
    const canvas = Object.assign(document.createElement('canvas'), this.#size);
    this.paint(canvas.getContext('2d'));
    const file = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (file) return file;
    throw noRoom();
  }

  #setSource(width, height, mirrored) {
    this.#size = { width: width || 4, height: height || 3 };
    this.#active = null;
    this.poses = [];
    this.#fit();
    this.setMirrored(mirrored);
  }

  /** A camera was turned, or a video goes on at another size: its people before are of other pixels. */
  #resized() {
    const { hidden, videoWidth: width, videoHeight: height } = this.video;
    if (hidden || !width || (width === this.#size.width && height === this.#size.height)) return;
    this.#setSource(width, height, this.mirrored);
    this.dispatchEvent(new CustomEvent('resized'));
  }

  /** The page was zoomed, or moved to a screen with other pixels. */
  #followDensity() {
    const changed = () => {
      this.draw();
      this.#followDensity();
    };
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener('change', changed, { once: true });
  }

  #fit() {
    const { width, height } = this.#size;
    // On a phone the room is no higher than the picture needs.
    this.room.style.setProperty('--wanted', `${Math.ceil((this.room.clientWidth * height) / width)}px`);
    const scale = Math.min(this.room.clientWidth / width, this.room.clientHeight / height, LARGEST);
    this.frame.style.width = `${Math.floor(width * scale)}px`;
    this.frame.style.height = `${Math.floor(height * scale)}px`;
    this.draw();
  }

  #map(scale) {
    const { width } = this.#size;
    return this.mirrored ? (x, y) => [(width - x) * scale, y * scale] : (x, y) => [x * scale, y * scale];
  }

  #point(event) {
    const scale = this.overlay.clientWidth / this.#size.width;
    const map = this.#map(scale);
    let nearest = null;
    let reach = REACH;
    this.poses.forEach((pose, person) =>
      pose.keypoints.forEach((k, joint) => {
        const [x, y] = map(k.x, k.y);
        const distance = Math.hypot(x - event.offsetX, y - event.offsetY);
        if (distance < reach) [nearest, reach] = [{ person, joint }, distance];
      }),
    );
    this.activate(nearest);
  }

  #step(event) {
    const [joints, people] =
      { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key] ?? [];
    if (event.key === 'Escape') return this.activate(null);
    if (joints === undefined || this.poses.length === 0) return undefined;
    event.preventDefault();
    const now = this.#active ?? { person: 0, joint: -1 };
    const person = (now.person + people + this.poses.length) % this.poses.length;
    const n = this.poses[person].keypoints.length;
    const joint = ((now.joint ?? -1) + joints + (now.joint < 0 && joints < 1 ? 1 : 0) + n) % n;
    this.activate({ person, joint });
    this.dispatchEvent(new CustomEvent('stepped', { detail: { person, joint } }));
    return undefined;
  }

  #placeTip() {
    const pose = this.poses[this.#active?.person];
    const joint = pose?.keypoints[this.#active?.joint];
    this.tip.hidden = !joint;
    if (!joint) return;
    const [x, y] = this.#map(this.overlay.clientWidth / this.#size.width)(joint.x, joint.y);
    put(this.tip, tr`${jointName(joint.name)} · ${percent(joint.score)}`);
    const { clientWidth: w, clientHeight: h } = this.overlay;
    this.tip.style.left = `${Math.min(Math.max(x, 70), Math.max(70, w - 70))}px`;
    this.tip.style.top = `${Math.min(Math.max(y, 44), h)}px`;
  }
}

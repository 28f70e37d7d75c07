// Camera and video, frame by frame: the network looks at a frame, and it is shown together with its people, so that
// skeletons never swim behind the picture. How late that is, is said.
import { Rate } from './rate.js';

/** A video that ends or is let go shows no further frame: nobody waits for ever. */
const PATIENCE_MS = 250;

/**
 * Resolves with the video's next frame: `timeMs`, its own time, and `since`, when it was taken (a camera) or due (a
 * video) on the page's clock.
 */
export function nextFrame(video) {
  const isCamera = Boolean(video.srcObject);
  return new Promise((resolve) => {
    const timer = setTimeout(() => done(performance.now()), PATIENCE_MS);
    const done = (now, { captureTime, mediaTime, expectedDisplayTime } = {}) => {
      clearTimeout(timer);
      // A camera's frames say when they were taken, where the browser knows.
      const timeMs = isCamera ? (captureTime ?? now) : 1000 * (mediaTime ?? video.currentTime);
      resolve({ timeMs, since: (isCamera && captureTime) || Math.min(expectedDisplayTime ?? now, performance.now()) });
    };
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(done);
    else requestAnimationFrame(done);
  });
}

export class Live {
  #net = null;
  #stream = null;
  #rate = null;

  /** Another source: nobody is known. */
  reset() {
    this.#stream?.reset();
  }

  /**
   * Looks at what the video shows now, a frame of `nextFrame`; people surer than `threshold`, as calm as `steadiness`
   * says. Resolves with the network's answer, the frame itself, `picture` (ImageBitmap), the shortest edge looked at, `size`,
   * the one without need for less, `own`, whether it is people's nearness that keeps it small, `near`, and `late()`, which is
   * called when both are drawn and gives the milliseconds since the frame was taken.
   */
  async look(net, video, { timeMs, since }, { threshold, steadiness }) {
    const start = performance.now();
    if (net !== this.#net) this.#follow(net);
    const own = net.size || net.model.size;
    const maxSize = net.size ? own : this.#rate.size;
    this.#stream.change({ threshold, steadiness, maxSize, size: net.size });
    const answer = await this.#stream.detect(video, timeMs, { picture: true });
    const [size] = answer.sizes;
    const late = () => {
      const now = performance.now();
      // A size that the visitor chose says nothing about others.
      if (!net.size) this.#rate.add(now, now - start, size);
      return now - since;
    };
    return { ...answer, size, own, near: size < maxSize && answer.poses.length > 0, late };
  }

  #follow(net) {
    this.#net = net;
    this.#stream = net.stream();
    this.#rate = new Rate(net.model.size);
  }
}

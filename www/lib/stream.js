// The people of a camera or video: who is who from frame to frame, and calm joints.
//
//   const stream = net.stream({ steadiness: 0.5 });
//   const { poses } = await stream.detect(video, timeMs);
//   stream.close();
import { only, pictureOf, streamOptions, timeOf } from './check.js';
import { QueryPoseError } from './error.js';

/** Each has a tracker of its own in the worker; made by `QueryPose.stream`. */
export class Stream {
  #net;
  #look;
  #close;
  #id;
  #given;
  /** Another number after every `reset`. */
  #turn = 0;
  #end = new AbortController();

  /** `look(frame, asked, signal)` looks at a frame; `close(id)` lets the tracker go. */
  constructor(net, id, options, { look, close }) {
    this.#net = net;
    this.#id = id;
    this.#look = look;
    this.#close = close;
    this.change(options);
  }

  /** Sets some of the options anew, from the next frame on; who is known stays so. */
  change(options) {
    const given = { ...this.#given, ...options };
    // An object is checked as it was given.
    streamOptions(only('stream', typeof options === 'object' ? given : options), this.#net);
    this.#given = given;
  }

  /**
   * Finds the people in a frame that was taken at `timeMs`; with `picture` their frame comes along, an ImageBitmap.
   * Frames are looked at in the order of the calls; of frames of one video that wait, the newest only.
   */
  async detect(frame, timeMs, options) {
    const moment = timeOf(timeMs);
    const picture = pictureOf(only('frame', options));
    if (this.#end.signal.aborted) throw this.#end.signal.reason;
    const wish = streamOptions(this.#given, this.#net);
    const stream = { id: this.#id, turn: this.#turn };
    return this.#look(frame, { wish, stream, picture, timeMs: moment }, this.#end.signal);
  }

  /** Forgets everybody: a cut, another video. Whoever is seen from now on gets a new id. */
  reset() {
    this.#turn++;
  }

  /** Lets go of what the worker keeps. Calls under way, and later ones, reject with the code `disposed`. */
  close() {
    if (this.#end.signal.aborted) return;
    this.#end.abort(new QueryPoseError('disposed', 'This stream was closed.'));
    this.#close(this.#id);
  }
}

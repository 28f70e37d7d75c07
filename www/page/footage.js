// Videos taken home: measured frame by frame, or recorded with their skeletons. Both are fetched when they are wanted.
import { put, told, tr } from '../words/say.js';
import { save } from './coco.js';

const NO_RECORDING = tr`Recording could not be fetched. Check the connection, then try again.`;

export class Footage {
  #measuring = null;
  #recorder = null;
  #starting = false;

  /**
   * `wish()` gives `{ net, threshold, steadiness }`; `show(poses, picture)` puts a frame on the stage, and `done()` is
   * called when it is free again; `name()` is what files are called.
   */
  constructor(byId, parts) {
    Object.assign(this, { byId, ...parts });
    const { sources, stage } = parts;
    byId('measure').addEventListener('click', () => this.#measure());
    byId('record').addEventListener('click', () => (this.#recorder ? this.#stop() : this.#record()));
    for (const type of ['live', 'started', 'stopped']) sources.addEventListener(type, () => this.#changed());
    stage.addEventListener('resized', () => this.#stop());
  }

  /** A frame is on the stage, with its people. */
  frame() {
    this.#recorder?.add((context) => this.stage.paint(context));
  }

  #changed() {
    this.byId('measure').hidden = !this.sources.footage;
    if (!this.sources.live || this.#recorder?.turn !== this.sources.turn) this.#stop();
  }

  async #measure() {
    const { footage, turn } = this.sources;
    if (!this.wish().net || !footage)
      return this.say(tr`The network is not there yet. Wait a moment, then measure.`, true);
    this.#stop();
    this.sources.pause();
    try {
      const { Measuring } = await import('../measure/view.js');
      this.#measuring ??= new Measuring(this.byId, this);
    } catch {
      return this.say(tr`Measuring could not be fetched. Check the connection, then try again.`, true);
    }
    if (turn !== this.sources.turn) return undefined;
    // Only now: another network may have taken over meanwhile.
    const { net, threshold, steadiness } = this.wish();
    return this.#measuring.start(net, footage, { threshold, steadiness });
  }

  async #record() {
    if (this.#starting) return;
    this.#starting = true;
    const { turn } = this.sources;
    try {
      const { Recorder } = await import('../measure/recorder.js');
      if (turn !== this.sources.turn) return;
      this.#recorder = Object.assign(new Recorder(this.stage.size), { turn, name: this.name() });
      this.#label(tr`Stop recording`);
      this.say(tr`Recording. It is saved on this device when you stop.`);
    } catch (error) {
      this.say(error.code ? told(error) : NO_RECORDING, true);
    } finally {
      this.#starting = false;
    }
  }

  async #stop() {
    const recorder = this.#recorder;
    if (!recorder) return;
    this.#recorder = null;
    this.#label(tr`Record`);
    const { blob, ending } = await recorder.stop();
    if (blob.size) save(blob, `${recorder.name}-poses.${ending}`);
    this.say(blob.size ? tr`The recording was saved.` : tr`Nothing was recorded.`);
  }

  #label(words) {
    put(this.byId('record'), words);
    this.byId('record').classList.toggle('on', Boolean(this.#recorder));
  }
}

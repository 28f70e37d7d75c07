// Opens networks, one after the other: the one in use works until another can take over, and nobody is left without any.
import { QueryPose } from '../lib/querypose.js';
import { fixed, late, put, told, tr } from '../words/say.js';

/** The model everybody begins with. */
export const FIRST = 'models/nano/';

export class Opening {
  /** The network in use; null until the first one is open. */
  net = null;
  /** Resolves when the opening that is under way came to an end. */
  over = null;
  /** What the network in use was opened from, and where it was asked to run. */
  #from = FIRST;
  #ranOn = 'auto';
  /** What was asked for last. */
  #asked = FIRST;
  /** Ends the opening that is under way; null while there is none. */
  #stop = null;

  /** `say(sentence, isError)` and `mention(sentence, quiet)` tell; `took(net)` hears of each network that took over. */
  constructor(byId, { say, mention, took }) {
    Object.assign(this, { byId, say, mention, took });
    byId('cancel').addEventListener('click', () => this.#stop?.abort(new DOMException('Cancelled.', 'AbortError')));
    // Who came without a connection need not reload the page.
    addEventListener('online', () => this.net || this.#stop || this.open(this.#asked));
  }

  /** Opens a model, whatever `QueryPose.load` takes. Resolves with whether it took over. */
  open(from, backend = this.byId('wanted').value) {
    this.over = this.#openOrFirst(from, backend);
    return this.over;
  }

  /** Opens it once more, to run elsewhere: what is under way, or the one in use. */
  restart(backend) {
    return this.open(this.net && !this.#stop ? this.#from : this.#asked, backend);
  }

  async #openOrFirst(from, backend) {
    const refused = await this.#open(from, backend);
    if (!refused) return true;
    if (this.net || this.#stop || from === FIRST) return false;
    // There is something to look at with, and what was wrong stays said.
    if (!(await this.#open(FIRST, backend))) this.say(refused, true);
    else if (!this.net && !this.#stop) this.#asked = from;
    return false;
  }

  /** Resolves with what was said of a model that did not take over; with nothing of one that did. */
  async #open(from, backend) {
    this.#stop?.abort(new DOMException('Something else is loaded instead.', 'AbortError'));
    const mine = new AbortController();
    const { signal } = mine;
    this.#stop = mine;
    this.#asked = from;
    this.say('');
    this.byId('cancel').hidden = !this.net;
    if (!this.net) {
      put(this.byId('backend'), '…');
      put(this.byId('reason'), '');
    }
    const onProgress = (progress) => signal.aborted || this.#show(progress);
    try {
      const opened = await QueryPose.load(from, { backend, onProgress, signal });
      this.net?.dispose();
      this.net = opened;
      this.#from = from;
      this.#ranOn = backend;
      this.took(opened);
      return '';
    } catch (error) {
      return this.#refused(error, mine);
    } finally {
      if (this.#stop === mine) {
        this.#stop = null;
        this.byId('loading').hidden = true;
        // What could not be had is not asked for again with the next model.
        if (this.net) this.byId('wanted').value = this.#ranOn;
      }
    }
  }

  #refused(error, mine) {
    const name = this.net?.model.name;
    if (mine.signal.aborted) {
      const cancelled = tr`Cancelled. ${name} goes on.`;
      if (this.#stop === mine) this.say(cancelled);
      return cancelled;
    }
    if (!name) put(this.byId('backend'), tr`not running`);
    const sentence = name ? tr`${whole(told(error))} ${name} goes on working.` : told(error);
    this.say(sentence, true);
    return sentence;
  }

  #show({ stage, loaded, total, cached }) {
    const progress = this.byId('progress');
    this.byId('loading').hidden = false;
    const mb = (bytes) => fixed(bytes / 1e6, bytes < 1e8 ? 1 : 0);
    const known = (stage === 'weights' || stage === 'read') && total > 0;
    if (known) Object.assign(progress, { max: total, value: loaded });
    else progress.removeAttribute('value');
    const words = {
      weights: cached
        ? tr`Opening the network from your last visit.`
        : total
          ? tr`Fetching the network: ${mb(loaded)} of ${mb(total)} MB.`
          : tr`Fetching the network: ${mb(loaded)} MB.`,
      read: tr`Reading the network: ${mb(loaded)} of ${mb(total)} MB.`,
      engine: tr`Starting the network.`,
      check: tr`Checking the network against known answers.`,
    };
    // What is fetched is said once, however often its megabytes are shown.
    this.mention(words[stage], known && loaded > 0);
  }
}

/** A sentence with its end: not all errors have one. */
const whole = (sentence) => late(() => String(sentence).replace(/[^.?!。]$/, '$&.'));

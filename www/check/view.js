// The Check view: how right the network is on the visitor's own annotated pictures, counted as `querypose eval` counts.
import { el } from '../inside/widgets/draw.js';
import { listed } from '../inside/widgets/words.js';
import { save } from '../page/coco.js';
import { countWords, duration, engineName, percent } from '../page/words.js';
import { fixed, late, many, option, put, read, told, tr } from '../words/say.js';
import { Counting } from './counting.js';
import { fillFigures } from './figures.js';
import { annotationsAmong, chosen, dropped } from './folder.js';
import { drawCurve, fillTable, rates } from './plot.js';
import { Run } from './run.js';
import { showWorst } from './worst.js';

/** Shortest edges to choose from, besides the model's own. */
const SIZES = [256, 320, 480, 640, 800];
/** Files that are pictures by their names. */
const PICTURE = /\.(jpe?g|jfif|png|apng|webp|gif|bmp|avif|tiff?|heic)$/i;
/** So many files of annotations are tried, until one of them can be read. */
const TRIED = 8;
/** So many names of pictures are listed. */
const LISTED = 100;

const REPLACED = tr`Another network took over, so the check was ended. Start it again to check that one.`;
const NO_PICTURES = tr`There are no pictures here. Drop a folder of pictures and their annotations.`;

const pictures = (n) => many(n, '{0} picture', '{0} pictures');
const ended = (n) => many(n, 'The check was ended after {0} picture.', 'The check was ended after {0} pictures.');
const notRead = (n) =>
  many(
    n,
    '{0} picture could not be read, and counts as if nobody had been found there.',
    '{0} pictures could not be read, and count as if nobody had been found there.',
  );

export class Check {
  net = null;
  /** All figures of the last check. */
  counted = null;
  /** All files that were dropped or chosen, and annotations among them. */
  #files = [];
  #annotations = [];
  /** Those that are tried, the likeliest first, and those that were read last. */
  #tries = [];
  #opened = null;
  #counting = null;
  /** What is known of the annotations in use; null while there are none. */
  #about = null;
  #run = null;
  /** What the last check was of, for the name of its results. */
  #ran = '';
  #curve = null;
  #forget = () => {};
  /** Another number for each reading of annotations: an older one that comes late is of no interest. */
  #turn = 0;

  constructor(root, { sources, article, threshold }) {
    Object.assign(this, { root, sources, threshold });
    root.innerHTML = `<div class="sheet">${article}</div>`;
    read(root);
    const at = (name) => root.querySelector(`#check-${name}`);
    this.at = at;
    for (const name of ['folder', 'pictures', 'file']) {
      const input = at(`${name}-input`);
      at(name).addEventListener('click', () => input.click());
      input.addEventListener('change', () => {
        const files = chosen(input.files);
        input.value = '';
        if (files.length) this.#add(files);
      });
    }
    at('files').addEventListener('change', () => {
      this.#tries = [this.#annotations[Number(at('files').value)]];
      this.#open();
    });
    at('start').addEventListener('click', () => this.#start());
    at('pause').addEventListener('click', () => (this.#run?.paused ? this.#resume() : this.#pause()));
    at('cancel').addEventListener('click', () => this.#run?.cancel());
    at('save').addEventListener('click', () => this.#save());
    new ResizeObserver(() => this.#draw()).observe(at('plot'));
  }

  open() {
    this.root.hidden = false;
    if (this.sources.live && !this.sources.paused) this.sources.pause();
    this.#sizes();
    this.#draw();
  }

  /** A check that is under way waits until the visitor comes back and goes on with it. */
  close() {
    this.root.hidden = true;
    if (this.#run && !this.#run.paused) this.#pause(true);
  }

  /** The network came, or another one; also told when only its size is another. */
  setNetwork(net) {
    const before = this.net;
    this.net = net;
    this.#sizes();
    if (!net || before === net) return;
    if (this.#run) {
      this.#run.replaced = true;
      this.#run.cancel();
    }
    // The annotations that were read are put into the order of the model's keypoints.
    const known = this.#about?.keypoints === String(net.model.keypoints);
    if (this.#annotations.length && !known) this.#open();
  }

  /** What was dropped on the page: entries of a file system, or Files. */
  async take(things) {
    if (this.#busy()) return;
    this.#say(tr`Reading the list of files.`);
    const files = await dropped(things);
    if (files.length) this.#add(files);
    else this.#say(tr`There are no files in this folder. Drop one with pictures and their annotations.`, true);
  }

  #busy() {
    if (this.#run) this.#say(tr`A check is under way. Cancel it before you take other pictures.`, true);
    return Boolean(this.#run);
  }

  /**
   * New pictures take the place of those of the same names, or of all if annotations come with them. New annotations take
   * the place of older ones, unless other files came with them and none can be read: many folders have other JSON.
   */
  #add(files) {
    if (this.#busy()) return;
    const annotations = annotationsAmong(files);
    const rest = files.filter((file) => !annotations.includes(file));
    const hasPictures = rest.some(({ path }) => PICTURE.test(path));
    // What was counted stays where nothing came that counts.
    if (!hasPictures && !annotations.length && this.#about) return this.#say(NO_PICTURES, true);
    if (hasPictures) {
      // Two folders may have pictures of the same name; one that came alone takes the place of its namesakes.
      const paths = new Set(rest.map(({ path }) => path));
      const stays = annotations.length
        ? []
        : this.#files.filter((file) => !paths.has(file.path) && !paths.has(nameOf(file)));
      this.#files = [...rest, ...stays];
    }
    if (annotations.length) {
      const before = rest.length && this.#opened ? [this.#opened] : [];
      this.#tries = [...annotations.slice(0, TRIED), ...before];
      this.#offer(annotations);
    }
    this.#open();
  }

  #offer(annotations) {
    this.#annotations = annotations;
    this.at('files').replaceChildren(...annotations.map(({ path }, i) => new Option(path, i)));
    this.at('which').hidden = annotations.length < 2;
  }

  /** Reads the first of the annotations that can be read, and says what is there and what is still wanted. */
  async #open() {
    const turn = ++this.#turn;
    this.#about = null;
    this.#result(null);
    for (const name of ['run', 'missing']) this.at(name).hidden = true;
    this.at('notes').replaceChildren();
    if (this.#annotations.length === 0) return this.#wanted();
    if (!this.net) return this.#say(tr`The annotations are read as soon as the network is here.`);
    let refused;
    for (const tried of this.#tries) {
      const { path, open } = tried;
      this.#say(tr`Reading ${path}.`);
      try {
        // Another file, another engine: what the last one needed is free again.
        this.#counting?.end();
        this.#counting = new Counting();
        // Disks of some systems take the letters of a name apart.
        const paths = this.#files.map((file) => file.path.normalize('NFC'));
        const asked = { name: path, paths, keypoints: this.net.model.keypoints };
        const about = await this.#counting.open(await open(), asked);
        if (turn !== this.#turn) return undefined;
        if (!this.#annotations.includes(tried)) this.#offer([tried, ...this.#annotations]);
        this.at('files').value = this.#annotations.indexOf(tried);
        this.#tries = [tried];
        this.#opened = tried;
        return this.#ready({ ...about, path, keypoints: String(asked.keypoints) });
      } catch (error) {
        if (turn !== this.#turn) return undefined;
        refused ??= error;
      }
    }
    return this.#say(told(refused), true);
  }

  /** There are files, but no annotations. */
  #wanted() {
    const n = this.#files.filter(({ path }) => PICTURE.test(path)).length;
    if (n === 0) return this.#say(NO_PICTURES, true);
    const here = many(n, '{0} picture is here.', '{0} pictures are here.');
    return this.#say(tr`${here} Now the annotations: a .json file that says who is where on them.`);
  }

  #ready(about) {
    const { path, files, names, people, notes } = about;
    const missing = names.filter((_, i) => files[i] === null);
    const lines = [tr`${path}: ${pictures(names.length)} with ${countWords(people)}.`, ...notes.map(told)];
    if (missing.length > 0 && missing.length < names.length)
      lines.push(tr`Not here: ${pictures(missing.length)} of them. They count as if nobody had been found there.`);
    fillList(this.at('notes'), lines);
    this.#list('missing', missing.length < names.length ? missing : []);
    if (missing.length === names.length) {
      const here = this.#files.length
        ? tr`None of its pictures is here, the first would be ${names[0]}. Drop or choose the folder that holds them.`
        : tr`Now its pictures: drop or choose the folder that holds them.`;
      return this.#say(here, this.#files.length > 0);
    }
    this.#about = about;
    this.at('run').hidden = false;
    this.#going(false);
    this.#sizes();
    return this.#say(tr`Ready: ${pictures(names.length - missing.length)} to look at.`);
  }

  #sizes() {
    const { net } = this;
    if (!net || this.#run) return;
    const select = this.at('size');
    const own = net.model.size;
    const before = select.length ? Number(select.value) : net.size || (net.model.adaptiveScale ? 0 : own);
    const others = SIZES.filter((size) => size !== own).map((n) => [tr`${n} px`, n]);
    const options = [[tr`its own, ${own} px`, own], ...others];
    if (net.model.adaptiveScale) options.unshift([tr`what suits people`, 0]);
    select.replaceChildren(...options.map(([words, n]) => option(words, n, n === before)));
  }

  async #start() {
    // Whatever presses a button that is hidden.
    if (this.#run || !this.#about) return;
    const { net } = this;
    const { files, names, threshold, maxPeople } = this.#about;
    const size = Number(this.at('size').value);
    const there = names.flatMap((name, image) =>
      files[image] === null ? [] : [{ image, name, open: this.#files[files[image]].open }],
    );
    const run = new Run(net, this.#counting, there, { threshold, maxPeople, size }, () => this.#progress());
    this.#run = run;
    this.#result(null);
    this.#going(true);
    this.#progress();
    this.#say(tr`Looking at ${pictures(there.length)}.`);
    // Not the first button: Enter once too often would pause at once.
    this.at('message').focus();
    try {
      const whole = await run.go();
      if (whole) await this.#count(run, size);
      else if (run.replaced) this.#say(REPLACED, true);
      else this.#say(many(run.done, 'Cancelled after {0} picture.', 'Cancelled after {0} pictures.'));
    } catch (error) {
      // Whoever disposed of the network has another one.
      if (error.code === 'disposed')
        this.#say(tr`Another model took over, so the check was ended. Start it again.`, true);
      else this.#say(tr`${told(error)} ${ended(run.done)}`, true);
    }
    this.#run = null;
    // Whoever works with keys is not left on a button that is gone.
    const wasHere = ['message', 'pause', 'cancel'].some((name) => this.at(name) === document.activeElement);
    this.#going(false);
    if (wasHere) this.at('start').focus();
  }

  async #count(run, size) {
    this.#say(tr`Counting.`);
    const { net } = run;
    const at = this.threshold() ?? net.model.threshold;
    const counted = await this.#counting.count(at);
    this.counted = counted;
    const { names, files } = this.#about;
    const unseen = run.unread.length + files.filter((file) => file === null).length;
    const { name } = net.model;
    this.#ran = `${name}-${size || 'auto'}`;
    const engine = engineName(net.backend);
    const of = size
      ? tr`${name} at ${size} px on ${engine}, ${pictures(names.length)}.`
      : tr`${name} at the size that suits people on ${engine}, ${pictures(names.length)}.`;
    put(this.at('of'), unseen ? tr`${of} ${notRead(unseen)}` : of);
    fillFigures(this.at('figures'), counted, run.pictureMs);
    this.#list(
      'unread',
      run.unread.map(({ name, error }) => tr`${name}: ${told(error)}`),
    );
    this.#result({ counted, at, model: net.model, files: [...files] });
    const { AP } = counted.joints;
    this.#say(AP === null ? tr`Done. AP is unknown: nobody counts.` : tr`Done. AP is ${fixed(100 * AP, 1)}.`);
  }

  /** Shows what was counted; null takes it away. */
  #result(result) {
    this.#forget();
    this.#forget = () => {};
    this.#curve = null;
    this.at('result').hidden = !result;
    if (!result) return this.at('worst').querySelector('ol').replaceChildren();
    const { counted, at, model, files } = result;
    const rows = counted.curve.map((row) => rates(row, counted.people));
    const { precision, recall } = rates(counted.at, counted.people);
    const words = counted.people
      ? tr`From ${said(at)} sure, where the page shows people: precision ${said(precision)}, recall ${said(recall)}.`
      : tr`Nobody who counts is marked on these pictures, so there is nothing to draw.`;
    put(this.at('at'), words);
    if (counted.people) this.#curve = [rows, at];
    fillTable(this.at('table'), rows);
    this.at('worst').hidden = counted.worst.length === 0;
    // Of all files only those that are shown are kept.
    const shown = new Map(counted.worst.map(({ image }) => [image, this.#files[files[image]].open]));
    this.#forget = showWorst(this.at('worst').querySelector('ol'), counted.worst, {
      fileOf: (image) => shown.get(image)(),
      nameOf: (image) => this.#about.names[image],
      names: model.keypoints,
    });
    return this.#draw();
  }

  #draw() {
    if (this.#curve && !this.root.hidden) drawCurve(this.at('plot'), ...this.#curve);
    else if (!this.#curve) this.at('plot').replaceChildren();
  }

  #pause(isLeft = false) {
    this.#run.pause();
    this.#run.isLeft = isLeft;
    put(this.at('pause'), tr`Go on`);
    this.#paused();
  }

  #paused() {
    const { done, pictures: all, isLeft } = this.#run;
    const words = many(all.length, 'Paused after {1} of {0} picture.', 'Paused after {1} of {0} pictures.', done);
    this.#say(isLeft ? tr`${words} It waited while you were elsewhere.` : words);
  }

  #resume() {
    this.#run.resume();
    put(this.at('pause'), tr`Pause`);
    this.#say(tr`Going on.`);
  }

  #progress() {
    const { done, pictures: all, secondsLeft, unread } = this.#run;
    Object.assign(this.at('progress'), { max: all.length, value: done });
    put(this.at('progress'), tr`${done} of ${all.length}`, 'aria-valuetext');
    const words = [many(all.length, '{1} of {0} picture', '{1} of {0} pictures', done)];
    if (secondsLeft !== null) words.push(tr`${duration(secondsLeft)} left`);
    if (unread.length) words.push(tr`${unread.length} could not be read`);
    put(this.at('left'), listed(words));
    // The picture that was under way still came to its end.
    if (this.#run.paused) this.#paused();
  }

  #going(now) {
    this.at('going').hidden = !now;
    this.at('ready').hidden = now;
    put(this.at('pause'), tr`Pause`);
    for (const name of ['folder', 'pictures', 'file', 'files']) this.at(name).disabled = now;
    put(this.at('start'), this.#curve ? tr`Check again` : tr`Start`);
  }

  /** A list of names that opens; a long one ends with how many more there are. */
  #list(name, lines) {
    this.at(name).hidden = lines.length === 0;
    const more = lines.length > LISTED ? [tr`and ${lines.length - LISTED} more`] : [];
    fillList(this.at(name).querySelector('ul'), [...lines.slice(0, LISTED), ...more]);
  }

  async #save() {
    try {
      const name = this.#about.path
        .split('/')
        .at(-1)
        .replace(/\.json$/i, '');
      const of = `${name}-${this.#ran}`.replace(/[^\p{L}\p{N}._-]+/gu, '-');
      save(await this.#counting.results(), `${of}-results.json`);
    } catch (error) {
      this.#say(told(error), true);
    }
  }

  #say(sentence, isError = false) {
    const message = this.at('message');
    message.classList.toggle('error', isError);
    message.setAttribute('role', isError ? 'alert' : 'status');
    put(message, sentence);
  }
}

/** A file's name, which annotations may know it by. */
const nameOf = ({ path }) => path.split('/').at(-1);

function said(share) {
  return share === null ? tr`unknown, nobody is shown` : late(() => String(percent(share)).replace(' ', '\u00a0'));
}

function fillList(list, lines) {
  list.replaceChildren(...lines.map((line) => el('li', {}, line)));
}

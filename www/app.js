// The page: puts the source, the network and what is shown together.
import { cocoResults, save } from './coco.js';
import { wireControls } from './controls.js';
import { EnginePanel } from './panel.js';
import { Colours, countWords, PeopleList, summary } from './people.js';
import { QueryPose } from './querypose.js';
import { percent } from './skeleton.js';
import { SAMPLES, Sources } from './sources.js';
import { Stage } from './stage.js';
import { Views } from './views.js';

const MODEL = 'models/nano/';
/** The list and the numbers of a live picture change so often; more often nobody can read them. */
const LIST_MS = 500;
const HINT = 'Point at a joint to see its name and score.';
const NOBODY = 'Nobody found. Move the slider to the left to see people the network is less sure of.';

const byId = (id) => document.getElementById(id);
const stage = new Stage(Object.fromEntries(['room', 'frame', 'photo', 'video', 'overlay', 'tip'].map((id) => [id, byId(id)])));
const sources = new Sources(stage);
const list = new PeopleList(byId('people'), stage);
const colours = new Colours();
const panel = new EnginePanel(byId);
const views = new Views(byId, { stage, sources });

let net = null;
let loading = null;
/** The visitor's wish; without one, the model's own. */
let threshold;
/** Poses in the source's own pixels, as downloaded. */
let poses = [];
let listedAt = 0;
/** A still picture waits to be looked at; a newer wish replaces an older one. */
let wish = false;
let looking = false;

function say(sentence, isError = false) {
  const message = byId('message');
  message.textContent = sentence;
  message.classList.toggle('error', isError);
  message.setAttribute('role', isError ? 'alert' : 'status');
}

/** For what may be missed: never takes the place of an error. */
function mention(sentence) {
  if (!byId('message').classList.contains('error')) say(sentence);
}

function showPoses(found, live) {
  poses = found;
  const painted = colours.paint(found);
  stage.setPoses(painted);
  const now = performance.now();
  if (live && now - listedAt < LIST_MS) return;
  listedAt = now;
  list.update(painted);
  byId('count').textContent = found.length;
  byId('count-word').textContent = found.length === 1 ? 'person' : 'people';
  byId('save-json').disabled = byId('save-png').disabled = false;
  const words = summary(painted, stage.size.width);
  // A live picture would keep a screen reader talking: there, only the count is said when it changes.
  const spoken = live ? `${countWords(found.length)} in view.` : words;
  if (byId('summary').textContent !== spoken) byId('summary').textContent = spoken;
  byId('overlay').setAttribute('aria-label', words);
}

/** Looks at what is on the stage, once; while it looks, wishes add up to one. */
async function look() {
  wish = true;
  if (looking || !net) return;
  looking = true;
  while (wish && net) {
    wish = false;
    await lookOnce();
  }
  looking = false;
}

async function lookOnce() {
  const source = stage.source;
  const { name } = sources;
  const live = sources.live && !sources.paused;
  try {
    const { poses: found, speed } = await net.detect(source, { threshold });
    // Meanwhile something else may have come onto the stage.
    if (source !== stage.source || name !== sources.name) return;
    showPoses(found, live);
    if (!live) mention(found.length ? HINT : NOBODY);
    panel.add(speed, live);
    document.body.dataset.looked = Number(document.body.dataset.looked ?? 0) + 1;
  } catch (error) {
    if (error.name !== 'AbortError' && error.code !== 'no-frame') say(error.message, true);
  }
}

/** Looks at frame after frame while a camera or video plays and the page can be seen. */
async function follow() {
  const { video } = stage;
  const stream = sources.kind;
  while (sources.kind === stream && sources.live && !sources.paused) {
    await nextFrame(video);
    if (document.hidden) await visible();
    if (sources.kind !== stream || sources.paused) return;
    await look();
    if (!net) await loading;
  }
}

let following = null;
function startFollowing() {
  following ??= follow().finally(() => {
    following = null;
    if (sources.live && !sources.paused) startFollowing();
  });
}

function nextFrame(video) {
  return new Promise((resolve) => {
    // A video that ends or is let go shows no further frame: do not wait for ever.
    const timer = setTimeout(resolve, 250);
    const done = () => (clearTimeout(timer), resolve());
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(done);
    else requestAnimationFrame(done);
  });
}

function visible() {
  return new Promise((resolve) => {
    const check = () => {
      if (document.hidden) return;
      document.removeEventListener('visibilitychange', check);
      resolve();
    };
    document.addEventListener('visibilitychange', check);
    check();
  });
}

function showProgress({ stage: step, loaded, total, cached }) {
  const progress = byId('progress');
  progress.hidden = false;
  const mb = (bytes) => (bytes / 1e6).toFixed(1);
  if (step === 'weights') {
    progress.max = total;
    progress.value = loaded;
    mention(cached ? 'Opening the network from your last visit.' : `Fetching the network: ${mb(loaded)} of ${mb(total)} MB.`);
  } else {
    progress.removeAttribute('value');
    mention(step === 'check' ? 'Checking the network against known answers.' : 'Starting the network.');
  }
}

async function loadNet(backend) {
  net?.dispose();
  net = null;
  views.setNetwork(null);
  say('');
  byId('backend').textContent = '…';
  byId('reason').textContent = '';
  try {
    const opened = await QueryPose.load(MODEL, { backend, onProgress: showProgress });
    net = opened;
    panel.describe(opened);
    if (threshold === undefined) showThreshold(opened.model.threshold);
    opened.addEventListener('backend', ({ detail }) => {
      panel.describe(detail);
      say(detail.reason, true);
    });
    mention(HINT);
    views.setNetwork(opened);
    await look();
  } catch (error) {
    byId('backend').textContent = 'not running';
    say(error.message, true);
  } finally {
    byId('progress').hidden = true;
  }
}

function restart(backend) {
  loading = loadNet(backend);
  return loading;
}

function showThreshold(value) {
  byId('threshold').value = value;
  byId('threshold-value').textContent = percent(value);
}

/** People found when the page was built: they stand there before the network does. */
async function showStored(sample) {
  try {
    const response = await fetch(`pictures/${sample.replace(/\.[^.]*$/, '.json')}`);
    const stored = await response.json();
    if (sources.name === sample && !net && threshold === undefined) {
      showThreshold(stored.threshold);
      showPoses(stored.poses, false);
    }
  } catch {
    // Then the network's own answer is the first.
  }
}

sources.addEventListener('started', () => {
  colours.forget();
  panel.reset();
  say(net ? HINT : '');
});
sources.addEventListener('photo', ({ detail }) => {
  if (detail.sample && !net) showStored(detail.sample);
  look();
});
sources.addEventListener('live', startFollowing);
sources.addEventListener('paused', ({ detail }) => (detail.paused ? look() : startFollowing()));
sources.addEventListener('seeked', look);
sources.addEventListener('problem', ({ detail }) => say(detail.message, true));

wireControls({
  byId,
  stage,
  sources,
  say,
  restart,
  setThreshold(value) {
    threshold = value;
    look();
  },
  savePng: async () => save(await stage.toPng(), `${baseName()}-poses.png`),
  saveJson: () => {
    const text = JSON.stringify(cocoResults(poses, sources.name), null, 1);
    save(new Blob([text], { type: 'application/json' }), `${baseName()}-poses.json`);
  },
});

function baseName() {
  return sources.name.replace(/\.[^.]*$/, '') || 'picture';
}

sources.sample(SAMPLES.find(({ file }) => file === `${views.sample}.jpg`) ?? SAMPLES[0]);
restart('auto');

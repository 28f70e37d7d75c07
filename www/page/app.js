// The page: puts the source, the network and what is shown together.
import { cocoResults, commented, NOT_MIRRORED, save } from './coco.js';
import { wireControls } from './controls.js';
import { Footage } from './footage.js';
import { Live, nextFrame } from './live.js';
import { FIRST, Opening } from './opening.js';
import { EnginePanel } from './panel.js';
import { Colours, PeopleList, summary } from './people.js';
import { MOST_PEOPLE } from '../lib/check.js';
import { reason } from '../lib/error.js';
import { many, put, told, tr } from '../words/say.js';
import { countWords, jointName, percent } from './words.js';
import { SAMPLES, Sources } from './sources.js';
import { Stage } from './stage.js';
import { Views } from './views.js';

/** The list and the numbers of a live picture change so often; more often nobody can read them. */
const LIST_MS = 500;
const HINT = tr`Point at a joint to see its name and score.`;
const NOBODY = tr`Nobody found. Move the slider to the left to see people the network is less sure of.`;

const byId = (id) => document.getElementById(id);
const stage = new Stage(
  Object.fromEntries(['room', 'frame', 'photo', 'video', 'still', 'overlay', 'tip'].map((id) => [id, byId(id)])),
);
const sources = new Sources(stage);
const list = new PeopleList(byId('people'), stage);
const colours = new Colours();
const panel = new EnginePanel(byId);
const views = new Views(byId, { stage, sources, threshold: () => threshold });
const live = new Live();
const opening = new Opening(byId, { say, mention, took });

/** The visitor's wish; without one, the model's own. */
let threshold;
/** How calm joints of a camera or video are, 0 to 1. */
let steadiness = 0.5;
/** Poses in the source's own pixels, as downloaded. */
let poses = [];
let listedAt = 0;
/** A still picture waits to be looked at; a newer wish replaces an older one. */
let wish = false;
let looking = false;

/** Whether what the message line says is to be read before a hint takes its place. */
let unread = false;

/** Says what came of something, or what went wrong. Screen readers pass over what is `quiet`. */
function say(sentence, isError = false, quiet = false) {
  const message = byId('message');
  put(message, sentence);
  message.classList.toggle('error', isError);
  message.setAttribute('role', isError ? 'alert' : 'status');
  message.setAttribute('aria-live', quiet ? 'off' : isError ? 'assertive' : 'polite');
  unread = sentence !== '';
}

/** For what may be missed: never takes the place of an error, nor of what was just said. */
function mention(sentence, quiet = false) {
  if (unread) return;
  say(sentence, false, quiet);
  unread = false;
}

/** Shows people; of a camera or video, with the frame that they were found in. */
function showPoses(found, picture = null) {
  // Who is known keeps the place in the list.
  poses = picture
    ? found.toSorted((a, b) => (a.id ?? Number.MAX_SAFE_INTEGER) - (b.id ?? Number.MAX_SAFE_INTEGER))
    : found;
  stage.setStill(picture);
  // Who is out of sight for a moment fades, and so does who is seen for the first time.
  const sure = threshold ?? opening.net?.model.threshold;
  const fade = ({ id, score }) => (picture ? Math.min(id ? 1 : 0.5, score / sure) : 1);
  const painted = colours.paint(poses).map((pose) => ({ ...pose, fade: fade(pose) }));
  stage.setPoses(painted);
  const now = performance.now();
  if (picture && now - listedAt < LIST_MS) return;
  listedAt = now;
  list.update(painted);
  byId('count').textContent = found.length;
  put(byId('count-word'), many(found.length, 'person', 'people'));
  byId('save-json').disabled = byId('save-png').disabled = false;
  const words = summary(painted, stage.size.width, stage.mirrored);
  // A live picture would keep a screen reader talking: there, only the count is said when it changes.
  const spoken = picture ? tr`${countWords(found.length)} in view.` : words;
  if (byId('summary').textContent !== String(spoken)) put(byId('summary'), spoken);
  put(byId('overlay'), words, 'aria-label');
}

/** Nothing is known of what is on the stage now: nobody is listed, counted or saved under its name. */
function showNothing() {
  poses = [];
  colours.forget();
  live.reset();
  stage.setStill(null);
  stage.setPoses([]);
  list.update([]);
  listedAt = 0;
  byId('count').textContent = '–';
  put(byId('count-word'), many(0, 'person', 'people'));
  put(byId('summary'), '');
  put(byId('overlay'), tr`The picture`, 'aria-label');
  byId('save-json').disabled = byId('save-png').disabled = true;
}

/** Whether a camera or video plays. */
const plays = () => sources.live && !sources.paused;

/** Looks at a still picture, once; while it looks, wishes add up to one. What plays is followed anyway. */
async function look() {
  wish = true;
  // Whoever asks for another look has read what was said; an error stays.
  unread &&= byId('message').classList.contains('error');
  if (looking || !opening.net || plays()) return;
  looking = true;
  while (wish && opening.net && !plays()) {
    wish = false;
    await lookOnce();
  }
  looking = false;
}

async function lookOnce() {
  const picture = stage.source;
  // That a video cannot be played any more was said when it stopped.
  if (picture.error) return;
  const { turn } = sources;
  const by = opening.net;
  try {
    const answer = await by.detect(picture, { threshold, maxPeople: MOST_PEOPLE });
    if (!isShown(answer, turn) || plays()) return;
    showPoses(answer.poses);
    mention(answer.poses.length ? HINT : NOBODY);
    panel.look(answer.speed, answer.sizes);
    saw(answer, by);
  } catch (error) {
    // Another model took over: it looks again.
    if (by !== opening.net) wish = true;
    else if (turn === sources.turn && error.code !== 'disposed') say(told(error), true);
  }
}

/** Looks at the frame that a camera or video shows now. */
async function lookLive(frame) {
  const { turn } = sources;
  const by = opening.net;
  try {
    const sure = threshold ?? by.model.threshold;
    const answer = await live.look(by, stage.video, frame, { threshold: sure, steadiness });
    if (!isShown(answer, turn) || !plays()) return answer.picture.close();
    showPoses(answer.poses, answer.picture);
    footage.frame();
    panel.frame(answer.speed, { ...answer, late: answer.late() });
    saw(answer, by);
  } catch (error) {
    if (by === opening.net && turn === sources.turn && error.code !== 'disposed') say(told(error), true);
  }
}

/** Meanwhile something else may have come onto the stage, or the camera was turned. */
function isShown({ width, height }, turn) {
  return turn === sources.turn && width === stage.size.width && height === stage.size.height;
}

function saw({ speed, poses: found, sizes }, by) {
  if (by === opening.net) {
    lastLook = [speed.inference, { ...stage.size, people: found.length, sizes }, plays()];
    chooser?.measured(...lastLook);
  }
  document.body.dataset.looked = Number(document.body.dataset.looked ?? 0) + 1;
}

/** Looks at frame after frame while a camera or video plays and the page can be seen. */
async function follow() {
  const { turn } = sources;
  while (sources.turn === turn && plays()) {
    let frame = await nextFrame(stage.video);
    if (document.hidden) {
      await visible();
      frame = await nextFrame(stage.video);
    }
    if (sources.turn !== turn || !plays()) return;
    if (opening.net) await lookLive(frame);
    else await opening.over;
  }
}

let following = false;
async function startFollowing() {
  if (following) return;
  following = true;
  await follow().finally(() => {
    following = false;
  });
  if (plays()) startFollowing();
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

/** Another network took over. */
function took(opened) {
  lastLook = null;
  panel.describe(opened);
  panel.reset();
  if (threshold === undefined) showThreshold(opened.model.threshold);
  opened.addEventListener('backend', ({ detail }) => {
    const hasFailed = byId('backend').dataset.backend === 'webgpu';
    panel.describe(detail);
    if (hasFailed) say(told(detail.reason), true);
  });
  mention(HINT);
  chooser?.opened(opened);
  views.setNetwork(opened);
  look();
}

let chooser = null;
/** What the chooser wants to know of the last look. */
let lastLook = null;
/** Choosing models and sizes is fetched when the first network runs, or when somebody wants it earlier. */
async function fetchChooser() {
  const { Chooser } = await import('./chooser.js');
  if (chooser) return chooser;
  chooser = new Chooser(byId, {
    load: (from) => opening.open(from),
    say,
    setSize(size) {
      if (!opening.net) return;
      opening.net.size = size;
      // What Inside computed was of another size.
      views.setNetwork(opening.net);
      panel.reset();
      look();
    },
  });
  if (opening.net) chooser.opened(opening.net);
  if (opening.net && lastLook) chooser.measured(...lastLook);
  return chooser;
}

function showThreshold(value) {
  byId('threshold').value = value;
  put(byId('threshold-value'), percent(value));
}

/** People found when the page was built: they stand there before the network does. */
async function showStored(sample) {
  try {
    const response = await fetch(`pictures/${sample.replace(/\.[^.]*$/, '.json')}`);
    const stored = await response.json();
    if (sources.name === sample && !opening.net && threshold === undefined) {
      showThreshold(stored.threshold);
      showPoses(stored.poses);
    }
  } catch {
    // Then the network's own answer is the first.
  }
}

sources.addEventListener('started', () => {
  showNothing();
  panel.reset();
  say('');
  if (opening.net) mention(HINT);
});
sources.addEventListener('photo', ({ detail }) => {
  if (detail.sample && !opening.net) showStored(detail.sample);
  look();
});
sources.addEventListener('live', startFollowing);
sources.addEventListener('paused', ({ detail }) => (detail.paused ? look() : startFollowing()));
sources.addEventListener('seeked', look);
// Who sees no picture hears what the keys come to.
stage.addEventListener('stepped', ({ detail: { person, joint } }) => {
  const pose = poses[person];
  const { name, score } = pose.keypoints[joint];
  put(byId('summary'), tr`Person ${pose.id ?? person + 1}: ${jointName(name)}, ${percent(score)}`);
});
stage.addEventListener('resized', () => {
  showNothing();
  look();
});
sources.addEventListener('problem', ({ detail }) => say(told(detail), true));

wireControls({
  byId,
  stage,
  sources,
  say,
  restart: (backend) => opening.restart(backend),
  openModel: (dropped) =>
    fetchChooser()
      .then((chooser) => chooser.open(dropped))
      .catch((error) => say(tr`This could not be opened (${reason(error)}). Try it again.`, true)),
  takeDropped: (dropped) => views.take(dropped),
  setThreshold(value) {
    threshold = value;
    look();
  },
  setSteadiness(value) {
    steadiness = value;
  },
  savePng: async () => {
    // Asked first: while the file is written, something else may come onto the stage.
    const name = `${baseName()}-poses.png`;
    try {
      save(commented(await stage.toPng(), NOT_MIRRORED), name);
    } catch (error) {
      say(told(error), true);
    }
  },
  saveJson: () => {
    const text = JSON.stringify(cocoResults(poses, sources.name), null, 1);
    save(new Blob([text], { type: 'application/json' }), `${baseName()}-poses.json`);
  },
});

const footage = new Footage(byId, {
  stage,
  sources,
  say,
  name: baseName,
  wish: () => ({ net: opening.net, threshold: threshold ?? opening.net?.model.threshold, steadiness }),
  show: showPoses,
  done: look,
});

function baseName() {
  return sources.name.replace(/\.[^.]*$/, '') || 'picture';
}

sources.sample(SAMPLES.find(({ file }) => file === `${views.sample}.jpg`) ?? SAMPLES[0]);
start();

async function start() {
  const wishes = new URLSearchParams(location.search);
  const isAsked = ['model', 'kept', 'size'].some((name) => wishes.has(name));
  const ready = isAsked ? await fetchChooser().catch(() => null) : null;
  await opening.open(ready?.asked(wishes) ?? FIRST);
  // Without them the page works as it is.
  fetchChooser().catch(() => {});
  const isWhole = () => Boolean(opening.net?.model.shipped);
  import('./offline.js').then(({ keepForOffline }) => keepForOffline(sayOffline, offerUpdate, isWhole)).catch(() => {});
}

function sayOffline(sentence) {
  put(byId('offline'), sentence);
}

function offerUpdate(accept) {
  byId('update').hidden = false;
  byId('update').onclick = accept;
}

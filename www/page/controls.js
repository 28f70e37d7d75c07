// Buttons, sliders, keys, drag and drop: each does one thing to the source, the stage or the network.
import { choose, LANGUAGES, option, put, spoken, told, tr } from '../words/say.js';
import { keep, kept } from './kept.js';
import { percent } from './words.js';
import { SAMPLES } from './sources.js';

/** Files that are no pictures. */
const IS_MODEL = /\.(safetensors|pth|pt|ckpt|pkl|bin)$/i;

export function wireControls({ byId, stage, sources, say, restart, openModel, setThreshold, ...more }) {
  wireSamples(byId('samples'), sources);
  wireFiles(byId, sources, say, openModel, more.takeDropped);
  wireCamera(byId, stage, sources);
  wireTransport(byId, stage.video, sources);
  wireTheme(byId('theme'));
  wireLanguage(byId('language'));
  wireSteadiness(byId, sources, more.setSteadiness);

  byId('threshold').addEventListener('input', ({ target }) => {
    put(byId('threshold-value'), percent(Number(target.value)));
    setThreshold(Number(target.value));
  });
  for (const [id, what] of [
    ['draw-limbs', 'limbs'],
    ['draw-joints', 'joints'],
    ['draw-boxes', 'boxes'],
  ]) {
    byId(id).addEventListener('change', ({ target }) => {
      stage.show[what] = target.checked;
      stage.draw();
    });
  }
  byId('save-png').addEventListener('click', more.savePng);
  byId('save-json').addEventListener('click', more.saveJson);
  byId('wanted').addEventListener('change', ({ target }) => restart(target.value));
}

function wireSamples(group, sources) {
  for (const sample of SAMPLES) {
    const button = document.createElement('button');
    const image = document.createElement('img');
    button.type = 'button';
    for (const name of ['title', 'aria-label']) put(button, sample.title, name);
    Object.assign(image, { src: `pictures/small/${sample.file}`, alt: '', loading: 'lazy' });
    button.append(image);
    button.addEventListener('click', () => sources.sample(sample));
    group.append(button);
    for (const type of ['started', 'live']) {
      sources.addEventListener(type, () => button.setAttribute('aria-pressed', sources.name === sample.file));
    }
  }
}

function wireFiles(byId, sources, say, openModel, takeDropped) {
  for (const what of ['pick', 'film']) {
    const input = byId(`${what}-file`);
    byId(what).addEventListener('click', () => input.click());
    input.addEventListener('change', () => {
      const [file] = input.files;
      input.value = '';
      if (file) sources[what === 'film' ? 'film' : 'file'](file);
    });
  }
  const drop = byId('drop');
  const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
  document.addEventListener('dragover', (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    drop.hidden = false;
  });
  document.addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) drop.hidden = true;
  });
  document.addEventListener('drop', (event) => {
    drop.hidden = true;
    if (!holdsFiles(event)) return;
    event.preventDefault();
    const { files, items } = event.dataTransfer;
    // What lies in a folder can be asked for only now, while it is dropped.
    const entries = [...items].map((item) => item.webkitGetAsEntry?.());
    const folder = entries.find((entry) => entry?.isDirectory);
    const isModel = [...files].some(({ name }) => IS_MODEL.test(name));
    if (!isModel && takeDropped(entries.every(Boolean) ? entries : [...files])) return;
    if (folder || isModel) openModel(folder ?? [...files]);
    else if (files.length) sources.file(files[0]);
  });
  document.addEventListener('paste', (event) => {
    const [file] = event.clipboardData?.files ?? [];
    if (file) sources.file(file);
    else say(tr`The clipboard holds no picture. Copy one, then paste it here.`, true);
  });
}

function wireCamera(byId, stage, sources) {
  const button = byId('camera');
  const update = async () => {
    const on = sources.kind === 'camera';
    put(button, on ? tr`Stop` : tr`Camera`);
    put(button, on ? tr`Stop the camera` : tr`Use the camera`, 'aria-label');
    button.classList.toggle('on', on);
    byId('camera-row').hidden = !on;
    byId('mirror').checked = stage.mirrored;
    if (!on) return;
    const { list, now } = await sources.cameras();
    const options = list.map(({ id, name }) => option(told(name), id, id === now));
    byId('cameras').replaceChildren(...options);
  };
  button.addEventListener('click', () => (sources.kind === 'camera' ? sources.stop() : sources.camera()));
  byId('cameras').addEventListener('change', async ({ target }) => {
    await sources.camera(target.value);
    // The row was gone while there was no camera, and the focus with it.
    if (document.activeElement === document.body) target.focus();
  });
  byId('mirror').addEventListener('change', ({ target }) => stage.setMirrored(target.checked));
  for (const type of ['live', 'started', 'stopped']) sources.addEventListener(type, update);
  navigator.mediaDevices?.addEventListener?.('devicechange', update);
}

function wireTransport(byId, video, sources) {
  const pause = byId('pause');
  const scrub = byId('scrub');
  const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, '0')}`;
  const length = () => (Number.isFinite(video.duration) ? video.duration : 0);
  const update = () => {
    byId('transport').hidden = !sources.live;
    byId('scrub-row').hidden = sources.kind !== 'film';
    put(pause, sources.paused ? tr`Play` : tr`Pause`);
  };
  const tick = () => {
    if (sources.kind !== 'film') return;
    scrub.max = length();
    scrub.value = video.currentTime;
    put(byId('clock'), tr`${clock(video.currentTime)} of ${clock(length())}`);
  };
  pause.addEventListener('click', () => (sources.paused ? sources.play() : sources.pause()));
  scrub.addEventListener('input', () => {
    if (!sources.paused) sources.pause();
    video.currentTime = Number(scrub.value);
  });
  video.addEventListener('timeupdate', tick);
  for (const type of ['live', 'paused', 'started', 'stopped']) sources.addEventListener(type, update);
  document.addEventListener('keydown', (event) => {
    if (event.key !== ' ' || event.repeat || byId('look').hidden || !sources.live) return;
    if (event.target.closest('button, input, select, summary')) return;
    event.preventDefault();
    pause.click();
  });
}

/** How calm joints of a camera or video are; on the slider, quick is on the right. */
function wireSteadiness(byId, sources, set) {
  const slider = byId('steady');
  const update = () => {
    const quick = Number(slider.value);
    const words = quick < 0.25 ? tr`steady` : quick > 0.75 ? tr`quick` : tr`in between`;
    put(slider, words, 'aria-valuetext');
    set(1 - quick);
  };
  const before = Number(kept('quick') ?? NaN);
  if (before >= 0 && before <= 1) slider.value = before;
  slider.addEventListener('input', () => {
    keep('quick', slider.value);
    update();
  });
  for (const type of ['live', 'started', 'stopped'])
    sources.addEventListener(type, () => (byId('steady-row').hidden = !sources.live));
  update();
}

/** The language that the browser asks for, until the visitor says otherwise. */
function wireLanguage(select) {
  const options = Object.entries(LANGUAGES).map(([tag, name]) => Object.assign(new Option(name, tag), { lang: tag }));
  select.append(...options);
  const update = () => (select.value = spoken());
  select.addEventListener('change', () => choose(select.value).then(update));
  document.addEventListener('language', update);
  update();
}

/** Light or dark as the device has it, until the visitor says otherwise. */
function wireTheme(button) {
  const root = document.documentElement;
  const dark = () =>
    (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  const update = () => {
    put(button, dark() ? tr`Light` : tr`Dark`);
    // What is painted, not styled, has the colours of its moment.
    document.dispatchEvent(new Event('theme'));
  };
  const before = kept('theme');
  if (before === 'light' || before === 'dark') root.dataset.theme = before;
  button.addEventListener('click', () => {
    root.dataset.theme = dark() ? 'light' : 'dark';
    keep('theme', root.dataset.theme);
    update();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', update);
  update();
}

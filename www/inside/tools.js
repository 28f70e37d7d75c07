// The line that stays in sight: which picture, which person, which stage, where the numbers come from.
import { COLOURS } from '../lib/skeleton.js';
import { SAMPLES } from '../page/sources.js';
import { put, tr } from '../words/say.js';
import { el } from './widgets/draw.js';

export class Tools {
  constructor(view) {
    this.view = view;
    this.samples = SAMPLES.map((sample) => {
      const image = el('img', { src: `pictures/small/${sample.file}`, alt: '' });
      return el(
        'button',
        {
          type: 'button',
          title: sample.title,
          'aria-label': sample.title,
          'data-file': sample.file,
          onclick: () => view.sources.sample(sample),
        },
        image,
      );
    });
    const own = el(
      'button.own',
      { type: 'button', onclick: () => document.getElementById('pick').click() },
      tr`Your picture`,
    );
    this.people = el('div.who', { role: 'group', 'aria-label': tr`Person` });
    this.stage = el('input', { type: 'range', min: 0, step: 1, 'aria-label': tr`Stage` });
    this.stage.addEventListener('input', () => view.state.set({ stage: Number(this.stage.value) }));
    this.stageWords = el('output');
    this.origin = el('p.origin', { role: 'status' });
    this.tour = el(
      'button',
      { type: 'button', title: tr`A walk through the figures (T; N and P step)`, onclick: () => view.tour.toggle() },
      tr`Tour`,
    );
    this.classroom = el(
      'button',
      { type: 'button', title: tr`Full screen and large type (C)`, onclick: () => this.#classroom() },
      tr`Classroom`,
    );
    this.root = el(
      'div.tools',
      { role: 'group', 'aria-label': tr`Picture, person and stage` },
      el('div.samples', { role: 'group', 'aria-label': tr`Picture` }, ...this.samples, own),
      this.people,
      el('label.stages', {}, el('span', {}, tr`Stage`), this.stage, this.stageWords),
      this.tour,
      this.classroom,
      this.origin,
    );
    document.addEventListener('fullscreenchange', () => !document.fullscreenElement && this.#large(false));
  }

  update() {
    const { view } = this;
    this.samples.forEach((button) => button.setAttribute('aria-pressed', view.sources.name === button.dataset.file));
    const { people, pass } = view;
    if (this.people.children.length !== people.length) {
      this.people.replaceChildren(
        ...people.map((_, i) => {
          const dot = el('span.swatch');
          dot.style.background = COLOURS[i % COLOURS.length];
          return el(
            'button',
            { type: 'button', 'aria-label': tr`Person ${i + 1}`, onclick: () => view.choosePerson(i) },
            dot,
            `${i + 1}`,
          );
        }),
      );
    }
    [...this.people.children].forEach((button, i) => button.setAttribute('aria-pressed', i === view.personIndex));
    this.stage.max = pass.stages;
    this.stage.value = view.stageNumber;
    put(this.stageWords, tr`${view.stageNumber} of ${pass.stages}`);
  }

  say(sentence) {
    put(this.origin, sentence);
  }

  #classroom() {
    const on = !this.view.root.classList.contains('classroom');
    const seen = this.view.figures[this.view.at];
    this.#large(on);
    seen?.section.scrollIntoView();
    if (on) this.view.root.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement) document.exitFullscreen();
  }

  /** Large type, one figure at a time. */
  #large(on) {
    this.view.root.classList.toggle('classroom', on);
    put(this.classroom, on ? tr`Leave` : tr`Classroom`);
    put(this.classroom, on ? tr`Leave the classroom view` : tr`Classroom view`, 'aria-label');
    dispatchEvent(new Event('resize'));
  }
}

// Every sentence of the page, read out of its code and HTML by parsers.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'acorn';
import { ancestor } from 'acorn-walk';
import { parseHTML } from 'linkedom';
import { pieces } from '../../www/words/other.js';
import { ROOT } from './harness.mjs';

const WWW = join(ROOT, 'www');
/** Where people are spoken to. */
const ROOMS = ['page', 'inside', 'check', 'measure'];
const HTML = ['index.html', 'inside/article.html', 'check/sheet.html'];

const below = (folder, ending) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map(({ parentPath, name }) => join(parentPath, name));

/** Strings and templates of a file, `{0}` for what varies, each with the nodes around it, the nearest last. */
function strings(file) {
  const found = [];
  const add = (text, node, around) =>
    found.push({ text, node, around: around.filter((other) => other !== node), file: file.slice(WWW.length + 1) });
  ancestor(parse(readFileSync(file, 'utf8'), { ecmaVersion: 'latest', sourceType: 'module' }), {
    Literal: (node, _, around) => typeof node.value === 'string' && add(node.value, node, around),
    TemplateLiteral: (node, _, around) =>
      add(node.quasis.map(({ value }, i) => (i ? `{${i - 1}}` : '') + value.cooked).join(''), node, around),
  });
  return found;
}

const isTag = (node) => node?.type === 'TaggedTemplateExpression' && node.tag.name === 'tr';
const isMany = (node) => node?.type === 'CallExpression' && node.callee.name === 'many';

const all = [...ROOMS.flatMap((room) => below(join(WWW, room), '.js')), join(WWW, 'words/other.js')].flatMap(strings);
const plurals = all.filter(({ around }) => isMany(around.at(-1)));

/** Keys of the code: of `tr`, and of `many`, whose key is the form for more than one. */
const spoken = all.filter(({ around }) => isTag(around.at(-1))).map(({ text }) => text);
const counted = plurals.filter(({ text, around }) => around.at(-1).arguments[2].value === text).map(({ text }) => text);

/** Keys of the HTML. */
const written = HTML.flatMap((name) => {
  const { document } = parseHTML(`<main>${readFileSync(join(WWW, name), 'utf8')}</main>`);
  return [...pieces(document.documentElement)].map(({ what }) => what.key);
});

export const sentences = new Set([...spoken, ...counted, ...written]);

/** Words that come from data: joints and parts of every known configuration, and what is known of the shipped models. */
export function names() {
  const words = new Set();
  for (const file of below(join(ROOT, 'tests/fixtures/configs'), '.json')) {
    const { keypoints = [], parts = [] } = JSON.parse(readFileSync(file, 'utf8'));
    for (const name of keypoints) words.add(name.replaceAll('_', ' '));
    for (const [a, b, ...more] of parts) {
      const [left, right] = [a, b ?? ''].map((name) => name.replace(/^(left|right)_/, ''));
      if (left === right && more.length === 0) words.add(`${left}s`);
    }
  }
  for (const file of below(join(WWW, 'models'), 'about.json')) {
    const { accuracy = {}, notes = {}, measured = {} } = JSON.parse(readFileSync(file, 'utf8'));
    for (const word of [accuracy.on, accuracy.source, ...Object.entries(notes).flat(), ...Object.keys(measured)])
      words.add(word);
    // Figures change with the weights, sentences do not.
    for (const word of Object.values(measured)) {
      let n = 0;
      words.add(word.replace(/\d+/g, () => `{${n++}}`));
    }
  }
  return words;
}

/** A text that people would read as a sentence, or as the beginning of one. */
const isSentence = (text) => /^(\{\d\}\S* )?[A-Z][A-Za-z’']*[ ,].*[a-z]|^\{\d\} .*\.$/s.test(text);

/** For programmers only: arguments of the wrong type. */
const isForProgrammers = ({ around }) =>
  around.some(({ type, callee }) => type === 'NewExpression' && /^(Type|Range)Error$/.test(callee.name));

/** What the library says of errors and engines, and the page's own errors: English, translated where it is shown. */
export const errors = new Set(
  below(join(WWW, 'lib'), '.js')
    .filter((file) => !file.endsWith('element.js'))
    .flatMap(strings)
    .filter((string) => isSentence(string.text) && !isForProgrammers(string))
    .map(({ text }) => text),
);

const SHOWING = { put: 1, say: 0, mention: 0, text: 0, option: 0, fillText: 0 };
const LABELS = ['aria-label', 'aria-valuetext', 'title', 'label', 'placeholder', 'alt'];

/** Whether a text goes straight to where people read it, be it a single word. */
function isShown({ text, around, node }) {
  if (!/\p{L}{2}/u.test(text)) return false;
  const outer = [...around];
  let inner = node;
  while (/^(Conditional|Logical)Expression$/.test(outer.at(-1)?.type)) inner = outer.pop();
  const by = outer.at(-1);
  if (by?.type === 'Property') return by.value === inner && LABELS.includes(by.key.value ?? by.key.name);
  if (by?.type === 'AssignmentExpression') return /^(textContent|innerText|title)$/.test(by.left.property?.name);
  if (by?.type !== 'CallExpression') return false;
  const name = by.callee.name ?? by.callee.property?.name;
  const at = by.arguments.indexOf(inner);
  return name === 'el' || name === 'svg' ? at >= 2 : SHOWING[name] === at;
}

/** What no language can have: said to people, but neither under `tr`, nor counted. */
export const strangers = all.filter(
  (string) =>
    (isSentence(string.text) || isShown(string)) && !isTag(string.around.at(-1)) && !isMany(string.around.at(-1)),
);

/** The sources that errors come from in one text, Rust's strings in one line each. */
export const code = [
  ...below(WWW, '.js').filter((file) => !file.includes('/words/')),
  ...below(join(ROOT, 'src'), '.rs'),
]
  .map((file) =>
    readFileSync(file, 'utf8')
      .replace(/\\\n\s*/g, '')
      .replaceAll('\\`', '`'),
  )
  .join('\n');

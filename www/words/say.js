// What the page says, in the visitor's language. English stands where it is used: in the code after `tr`, and in the
// HTML. It is also the key of the other languages' tables, which are fetched when they are wanted.
import { keep, kept } from '../page/kept.js';

/** The languages, each by its own name. */
export const LANGUAGES = { en: 'English', de: 'Deutsch', es: 'Español', 'zh-CN': '简体中文' };

let language = 'en';
/** English sentences and what they are in the language. */
let table = {};
/** Sentences of errors with what varies in them, and what they are: `[RegExp, sentence]`, the most exact first. */
let errors = [];
const numbers = new Map();
let turn = 0;

/** A sentence that becomes text when it is shown, in the language of that moment. */
class Said {
  constructor(say) {
    this.toString = say;
  }
}

/** A sentence that `say` puts together when it is shown. */
export const late = (say) => new Said(say);

/** A sentence of the table: tr`Show from ${share} sure`. */
export function tr(parts, ...values) {
  const key = parts.reduce((all, part, i) => `${all}{${i - 1}}${part}`);
  return late(() => fill(entry(key) ?? key, values));
}

/** A sentence with a number in it, `{0}`, in the form that this number asks for; `{1}` and so on are `values`. */
export function many(n, one, more, ...values) {
  return late(() => {
    const forms = entry(more) ?? { one, other: more };
    const form = forms[new Intl.PluralRules(language).select(n)] ?? forms.other ?? forms;
    return fill(form, [n, ...values]);
  });
}

/** A word that comes from data, such as a joint's name; one that the table does not know stays as it is. */
export const named = (word) => late(() => entry(word) ?? word);

/** A number with so many digits behind the point. */
export const fixed = (value, digits) => late(() => digitsOf(value, digits, digits));

/** What an error says, or a sentence of the engine's; in English after what it is about where no table knows it. */
export function told(error) {
  const sentence = String(error?.message ?? error);
  const about = ABOUT[error?.code];
  const unknown = about ? tr`${about}: ${sentence}` : sentence;
  return late(() => (language === 'en' ? sentence : (known(sentence) ?? String(unknown))));
}

/** What errors are about, by their codes: picture, camera, video, model, device, engine. */
const ABOUT = Object.fromEntries(
  [
    [tr`About the picture`, ['picture', 'heic', 'too-large', 'cross-origin']],
    [tr`About the video`, ['video']],
    [tr`About the camera`, ['camera']],
    [tr`About the model`, ['model', 'config', 'weights', 'checksum', 'origin', 'web-page']],
    [tr`About the graphics device`, ['webgpu', 'lost', 'driver', 'limits']],
    [tr`About the engine`, ['engine', 'worker', 'check', 'timeout', 'memory', 'disposed']],
    [tr`About what was asked for`, ['argument']],
  ].flatMap(([about, codes]) => codes.map((code) => [code, about])),
);

const entry = (key) => (Object.hasOwn(table, key) ? table[key] : null);

function fill(sentence, values) {
  return sentence.replace(/\{(\d)\}/g, (_, i) => {
    const value = values[i];
    return typeof value === 'number' ? digitsOf(value, 0, 3) : String(value);
  });
}

function digitsOf(value, least, most) {
  const key = `${least} ${most}`;
  const how = { minimumFractionDigits: least, maximumFractionDigits: most, useGrouping: false };
  if (!numbers.has(key)) numbers.set(key, new Intl.NumberFormat(language, how));
  return numbers.get(key).format(value);
}

/** A sentence of an error in the language; what varies in it may be a sentence again. */
function known(sentence) {
  for (const [pattern, translated] of errors) {
    const found = pattern.exec(sentence);
    if (found)
      return fill(
        translated,
        found.slice(1).map((part) => known(part) ?? part),
      );
  }
  // Many begin with the file they are about.
  const [, file, rest] = /^([^:]+): (.+)$/s.exec(sentence) ?? [];
  const what = rest && known(rest);
  return what ? `${file}: ${what}` : null;
}

/** `{ English: translated }` of errors as patterns; more words are more exact. */
function patterns(sentences) {
  const plain = (key) => key.replace(/\{\d\}/g, '');
  return Object.entries(sentences)
    .sort(([a], [b]) => plain(b).length - plain(a).length)
    .map(([key, translated]) => {
      const text = key.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\d\}/g, '(.*?)');
      return [new RegExp(`^${text}$`, 's'), translated];
    });
}

/** What nodes say: sentences by the name of the attribute, '' for their text. */
const said = new WeakMap();

/** Shows something as a node's text, or as its attribute `name`. A sentence follows the language. */
export function put(node, what, name = '') {
  remember(node, what, name);
  write(node, what, name);
}

function remember(node, what, name) {
  if (what instanceof Said) said.set(node, (said.get(node) ?? new Map()).set(name, what));
  else said.get(node)?.delete(name);
}

function write(node, what, name) {
  if (what.parts) build(node, String(what), what.parts);
  else if (name) node.setAttribute(name, what);
  else node.textContent = what;
}

/** A text node, for `append`. */
export function text(what) {
  const node = document.createTextNode('');
  put(node, what);
  return node;
}

/** An option of a select. */
export function option(what, value, chosen = false) {
  const made = new Option('', value, chosen, chosen);
  put(made, what);
  return made;
}

/** Makes English HTML follow the language. */
export function read(root) {
  for (const { node, name, key, parts } of pieces(root)) {
    const [before = '', after = ''] = parts || name ? [] : [/^\s*/, /\s*$/].map((space) => space.exec(node.data)[0]);
    const what = late(() => `${before}${entry(key) ?? key}${after}`);
    remember(node, Object.assign(what, { parts }), name);
    if (language !== 'en') write(node, what, name);
  }
}

const ATTRIBUTES = ['title', 'aria-label', 'placeholder', 'alt'];
/** What stands in a sentence as it is. */
const WHOLE = ['input', 'select', 'output', 'progress', 'canvas', 'video'];
const hasWords = (what) => /\p{L}/u.test(what ?? '');
const isKept = (node) => node.getAttribute('translate') === 'no' || node.localName === 'script';

/**
 * What is said in HTML: `{ node, name, key }`, of an attribute or a text node. A text with elements in it is one
 * sentence: `node` is what it stands in, `<0>` and so on in `key` are its `parts`.
 */
export function* pieces(node) {
  if (isKept(node)) return;
  for (const name of ATTRIBUTES)
    if (hasWords(node.getAttribute(name))) yield { node, name, key: node.getAttribute(name) };
  const texts = [...node.childNodes].filter(({ nodeType, data }) => nodeType === 3 && hasWords(data));
  if (texts.length === 1 && ![...node.children].some(isInline))
    yield { node: texts[0], name: '', key: spaced(texts[0].data) };
  else if (texts.length) {
    const parts = [];
    const key = spaced(keyOf(node, parts));
    yield { node, name: '', key, parts };
    for (const part of parts.filter((part) => !isInline(part))) yield* pieces(part);
    return;
  }
  for (const child of node.children) yield* pieces(child);
}

const isInline = (node) => hasWords(node.textContent) && !WHOLE.includes(node.localName) && !isKept(node);
const spaced = (words) => words.replace(/[ \n]+/g, ' ').trim();

function keyOf(node, parts) {
  const words = [...node.childNodes].map((child) => {
    if (child.nodeType !== 1) return child.data;
    const i = parts.push(child) - 1;
    return isInline(child) ? `<${i}>${keyOf(child, parts)}</${i}>` : `<${i}/>`;
  });
  return words.join('');
}

/** Puts words and the elements that were there before in their places. */
function build(node, words, parts) {
  const found = [...words.matchAll(/<(\d+)>(.*?)<\/\1>|<(\d+)\/>|[^<]+/g)];
  const children = found.map(([all, open, inside, alone]) => {
    if (open) build(parts[open], inside, parts);
    return parts[open ?? alone] ?? all;
  });
  node.replaceChildren(...children);
}

/** Everything that is shown, once more. Who draws hears `language`. */
function refresh() {
  const walk = document.createTreeWalker(document, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walk.nextNode()) nodes.push(walk.currentNode);
  for (const node of nodes) for (const [name, what] of said.get(node) ?? []) write(node, what, name);
  document.dispatchEvent(new Event('language'));
}

/** Speaks a language from now on; without its table, the one from before. */
async function speak(tag) {
  const mine = ++turn;
  let found;
  try {
    found = tag === 'en' ? {} : await import(`./${tag}.js`);
  } catch {
    return;
  }
  if (mine !== turn) return;
  language = tag;
  table = { ...found.default, ...found.names };
  errors = patterns(found.errors ?? {});
  numbers.clear();
  Object.assign(document.documentElement, { lang: tag, dir: found.dir ?? 'ltr' });
  refresh();
}

/** The language for a tag as browsers have them; Chinese in other characters has none, and is not given these. */
function languageOf(tag) {
  try {
    const { language, script } = new Intl.Locale(tag).maximize();
    const same = (known) => new Intl.Locale(known).language === language;
    return language === 'zh' && script !== 'Hans' ? 'en' : Object.keys(LANGUAGES).find(same);
  } catch {
    return undefined;
  }
}

/** Makes a language the visitor's; resolves with the one that is spoken then. */
export async function choose(tag) {
  keep('language', tag);
  const url = new URL(location.href);
  url.searchParams.delete('lang');
  history.replaceState(history.state, '', url);
  await speak(tag);
  return language;
}

/** The language that is spoken. */
export const spoken = () => language;

if (globalThis.document) {
  read(document.documentElement);
  // The address, what was chosen by hand, what the browser is set to.
  const asked = new URLSearchParams(location.search).get('lang');
  const wanted = [asked, kept('language'), ...navigator.languages].map(languageOf).find(Boolean);
  if (wanted && wanted !== 'en') speak(wanted);
}

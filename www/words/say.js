// What the page says, in the visitor's language. English stands where it is used: in the code after `tr`, and in the
// HTML. It is also the key of the other languages' tables, which are fetched when they are wanted.
import { keep, kept } from '../page/kept.js';

/** The languages, each by its own name. */
export const LANGUAGES = { en: 'English', de: 'Deutsch', es: 'Español', 'zh-CN': '简体中文' };

let language = 'en';
/** English sentences and what they are in the language. */
let table = {};
/** What only other languages need: `other.js`, once one was spoken. */
let other = null;
/** HTML that was never said in another language. */
const roots = [];
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

/**
 * A word that comes from data, such as a joint's name; one that the table does not know stays as it is. Figures in it may
 * be others than those the table was written with.
 */
export const named = (word) => late(() => entry(word) ?? counted(word) ?? word);

function counted(word) {
  const figures = [];
  const found = entry(word.replace(/\d+/g, (figure) => `{${figures.push(figure) - 1}}`));
  return found && fill(found, figures);
}

/** A number with so many digits behind the point. */
export const fixed = (value, digits) => late(() => digitsOf(value, digits, digits));

/** What an error says, or a sentence of the engine's; in English after what it is about where no table knows it. */
export function told(error) {
  const sentence = String(error?.message ?? error);
  return late(() => (language === 'en' ? sentence : other.translated(sentence, error?.code)));
}

/** What the table has for a key; null where it has nothing. */
export const entry = (key) => (Object.hasOwn(table, key) ? table[key] : null);

/** Puts values in their places. */
export function fill(sentence, values) {
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
  if (what.build) what.build(node);
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
  if (language === 'en') roots.push(root);
  else follow(root);
}

/** What was put there meanwhile has its sentence already. */
function follow(root) {
  for (const { node, name, what } of [...other.pieces(root)]) {
    const owner = node.nodeType === 3 ? node.parentNode : node;
    if (said.get(node)?.has(name) || said.get(owner)?.has(name) || entry(what.key) === null) continue;
    remember(node, what, name);
    write(node, what, name);
  }
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
  let found = {};
  try {
    if (tag !== 'en') [found, other] = await Promise.all([import(`./${tag}.js`), import('./other.js')]);
  } catch {
    return;
  }
  if (mine !== turn) return;
  language = tag;
  table = { ...found.default, ...found.names };
  other?.know(found.errors ?? {});
  numbers.clear();
  Object.assign(document.documentElement, { lang: tag, dir: found.dir ?? 'ltr' });
  if (tag !== 'en') roots.splice(0).forEach(follow);
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

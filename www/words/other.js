// What only other languages need: errors by their English sentences, and what is said in English HTML.
import { entry, fill, late, tr } from './say.js';

/** Sentences of errors with what varies in them, and what they are: `[RegExp, sentence]`, the most exact first. */
let errors = [];

/** An error's sentence in the language; one that no table knows in English, after what it is about. */
export function translated(sentence, code) {
  const about = ABOUT[code];
  return known(sentence) ?? (about ? String(tr`${about}: ${sentence}`) : sentence);
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

/** Takes errors as `{ English: translated }`; more words are more exact. */
export function know(sentences) {
  const plain = (key) => key.replace(/\{\d\}/g, '');
  errors = Object.entries(sentences)
    .sort(([a], [b]) => plain(b).length - plain(a).length)
    .map(([key, translated]) => {
      const text = key.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\d\}/g, '(.*?)');
      return [new RegExp(`^${text}$`, 's'), translated];
    });
}

/** A sentence of HTML, between the spaces around it. */
function sentence(key, [before, after] = ['', '']) {
  return Object.assign(
    late(() => `${before}${entry(key) ?? key}${after}`),
    { key },
  );
}

const around = (text) => [/^\s*/, /\s*$/].map((space) => space.exec(text)[0]);

const ATTRIBUTES = ['title', 'aria-label', 'placeholder', 'alt'];
/** What stands in a sentence as it is. */
const WHOLE = ['input', 'select', 'output', 'progress', 'canvas', 'video'];
const hasWords = (what) => /\p{L}/u.test(what ?? '');
const isKept = (node) => node.getAttribute('translate') === 'no' || node.localName === 'script';

/**
 * What is said in HTML: `{ node, name, what }`, of an attribute or a text node; `what.key` is the English. A text with elements in it is one
 * sentence: `node` is what it stands in, `<0>` and so on in its key are the elements.
 */
export function* pieces(node) {
  if (isKept(node)) return;
  for (const name of ATTRIBUTES)
    if (hasWords(node.getAttribute(name))) yield { node, name, what: sentence(node.getAttribute(name)) };
  const texts = [...node.childNodes].filter(({ nodeType, data }) => nodeType === 3 && hasWords(data));
  if (texts.length === 1 && ![...node.children].some(isInline))
    yield { node: texts[0], name: '', what: sentence(spaced(texts[0].data), around(texts[0].data)) };
  else if (texts.length) {
    const parts = [];
    const key = spaced(keyOf(node, parts));
    const what = sentence(key);
    yield { node, name: '', what: Object.assign(what, { build: (place) => build(place, String(what), parts) }) };
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

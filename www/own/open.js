// A model of the visitor's own becomes something the engine can read piece by piece: files, a kept model, an address.
// The file stays where it is, on the disk or with the browser; the engine asks for one tensor after the other.
import { QueryPoseError } from '../error.js';
import { keptModel, place } from './keep.js';

const IS_WEIGHTS = /\.(safetensors|pth|pt)$/i;
const CONFIG = 'config.json';
/** Small tensors are read so many bytes at once: asking costs more than reading. */
const WINDOW = 4 << 20;
/** Bytes fetched into memory before the browser takes them over. */
const PART = 16 << 20;
/** Longer than any configuration. */
const LONGEST_CONFIG = 1 << 20;

/**
 * `{ name, config, weights, blob, kept, from }` of `{ files }`, `{ kept: name }` or `{ url }`.
 * `onProgress({ loaded, total, cached })` counts bytes that come over the network.
 */
export async function openOwn(source, onProgress) {
  if (source.files) return fromFiles(source.files, source.folder);
  if (source.kept) return fromKept(source.kept);
  return fromAddress(new URL(source.url), onProgress);
}

/** Reads `length` bytes of a blob from `at` on, now. */
export function slices(blob, onRead) {
  const reader = new FileReaderSync();
  let window = new Uint8Array(0);
  let from = 0;
  return (at, length) => {
    if (at < from || at + length > from + window.length) {
      window = new Uint8Array(reader.readAsArrayBuffer(blob.slice(at, at + Math.max(length, WINDOW))));
      from = at;
    }
    onRead(length);
    return window.subarray(at - from, at - from + length);
  };
}

/** Keeps the file of a model that was opened; resolves with where it is now: 'device' or 'memory'. */
export async function keep({ name, config, weights, blob, from, held, kept }) {
  if (kept === 'device' || (await keptModel(name))?.from === from) return 'device';
  const about = { config, weights, from };
  if (held) {
    await held.done(about);
    return 'device';
  }
  const to = await place(name, blob.size);
  if (!to) return 'memory';
  try {
    for (let at = 0; at < blob.size; at += WINDOW) to.write(new Uint8Array(await blob.slice(at, at + WINDOW).arrayBuffer()));
    await to.file();
    await to.done(about);
    return 'device';
  } catch {
    await to.drop();
    return 'memory';
  }
}

async function fromFiles(files, folder) {
  const named = (name) => files.find((file) => file.name === name);
  const candidates = files.filter(({ name }) => IS_WEIGHTS.test(name));
  const blob = named('model.safetensors') ?? candidates[0];
  if (!blob) {
    const there = files.slice(0, 3).map(({ name }) => name).join(', ') || 'nothing';
    throw new QueryPoseError('model', `There is no model here, only ${there}. A model is a .safetensors or .pth file, alone or in a folder with its config.json.`);
  }
  if (candidates.length > 1 && blob.name !== 'model.safetensors') {
    throw new QueryPoseError('model', `There are several models here: ${candidates.map(({ name }) => name).slice(0, 5).join(', ')}. Choose one of them.`);
  }
  const config = named(CONFIG);
  const text = config ? await textOf(config) : '';
  // A folder's name says more than "model.safetensors".
  const from = `${blob.lastModified} ${blob.size} ${text.length}`;
  return { name: (config && folder) || blob.name, config: text, weights: blob.name, blob, kept: 'memory', from };
}

async function fromKept(name) {
  const model = await keptModel(name);
  if (!model) throw new QueryPoseError('model', `${name} is not kept on this device any more. Drop its file on the page again.`);
  const { config, weights, file, from } = model;
  return { name, config, weights, blob: file, kept: 'device', from };
}

async function fromAddress(url, onProgress) {
  const alone = IS_WEIGHTS.test(url.pathname);
  const where = alone ? url : new URL('model.safetensors', url);
  const parts = decodeURIComponent(url.pathname).split('/').filter(Boolean);
  const name = parts.at(-1) ?? 'model';
  const config = alone ? '' : await textOf(await (await get(new URL(CONFIG, url))).blob());
  const response = await get(where);
  const version = ['etag', 'last-modified', 'content-length'].map((header) => response.headers.get(header) ?? '').join(' ');
  const before = await keptModel(name);
  if (before?.from === `${where.href} ${version}`) {
    await response.body?.cancel();
    onProgress({ loaded: before.bytes, total: before.bytes, cached: true });
    return { name, config, weights: before.weights, blob: before.file, kept: 'device', from: before.from };
  }
  const weights = decodeURIComponent(where.pathname.split('/').at(-1));
  const from = `${where.href} ${version}`;
  // What is packed on its way has another length than it says.
  const total = response.headers.get('content-encoding') ? 0 : Number(response.headers.get('content-length') ?? 0);
  const held = total > 0 ? await place(name, total) : null;
  const memory = [];
  let part = [];
  let size = 0;
  try {
    let loaded = 0;
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      loaded += value.length;
      onProgress({ loaded, total, cached: false });
      if (held) {
        held.write(value);
        continue;
      }
      part.push(value);
      size += value.length;
      if (size >= PART) [memory[memory.length], part, size] = [new Blob(part), [], 0];
    }
  } catch (error) {
    await held?.drop();
    throw new QueryPoseError('weights', `The connection broke while ${weights} was on its way (${String(error.message).replace(/\.$/, '')}). Try again.`);
  }
  const blob = held ? await held.file() : new Blob([...memory, ...part]);
  return { name, config, weights, blob, kept: 'memory', from, held };
}

async function get(url) {
  if (url.origin !== location.origin) {
    throw new QueryPoseError('origin', `A model can only be fetched from this page's own address, not from ${url.host}. Download it there and drop the file on the page.`);
  }
  const name = decodeURIComponent(url.pathname.split('/').slice(-2).join('/'));
  const response = await fetch(url, { cache: 'no-store' }).catch(() => null);
  if (!response) throw new QueryPoseError('weights', `${name} could not be fetched. Check the connection and try again.`);
  if (!response.ok) throw new QueryPoseError('weights', `${name} could not be fetched: the server answered ${response.status}.`);
  return response;
}

async function textOf(file) {
  if (file.size > LONGEST_CONFIG) throw new QueryPoseError('config', `config.json has ${file.size} bytes, which is no configuration of a model.`);
  const text = await file.text();
  // An empty text would mean: there is no configuration.
  return text.trim() || '{}';
}

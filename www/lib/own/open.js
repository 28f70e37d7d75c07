// A model of the visitor's own becomes something the engine can read piece by piece: files, a kept model, an address.
// The file stays where it is, on the disk or with the browser; the engine asks for one tensor after the other.
import { QueryPoseError, reason } from '../error.js';
import { get, inFolder, pieces, plain, textOf } from '../fetching.js';
import { keptModel, place } from './keep.js';

const IS_WEIGHTS = /\.(safetensors|pth|pt|ckpt|pkl|bin)$/i;
/** One of the pieces of a model. */
const IS_PIECE = /-of-\d+\.safetensors$/;
const CONFIG = 'config.json';
/** Small tensors are read so many bytes at once: asking costs more than reading. */
const WINDOW = 4 << 20;
/** So many of these pieces stay: tensors are not asked for as they lie in the file. */
const WINDOWS = 8;
/** Bytes fetched into memory before the browser takes them over. */
const PART = 16 << 20;
/** Longer than any configuration. */
const LONGEST_CONFIG = 1 << 20;

/**
 * `{ name, config, weights, blob, kept, from, held }` of `{ files }`, `{ kept: name }` or `{ url }`.
 * `onProgress({ loaded, total, cached })` counts bytes that come over the network.
 */
export async function openOwn(source, onProgress) {
  if (source.files) return fromFiles(source.files, source.folders);
  if (source.kept) return fromKept(source.kept);
  return fromAddress(new URL(source.url), onProgress);
}

/** Reads `length` bytes of a blob from `at` on, now. */
export function slices(blob, onRead) {
  const reader = new FileReaderSync();
  const read = (from, to) => new Uint8Array(reader.readAsArrayBuffer(blob.slice(from, to)));
  const windows = [];
  const windowAt = (from) => {
    const at = windows.findIndex((window) => window.from === from);
    const [window] = at < 0 ? [{ from, bytes: read(from, from + WINDOW) }] : windows.splice(at, 1);
    windows.push(window);
    if (windows.length > WINDOWS) windows.shift();
    return window.bytes;
  };
  return (at, length) => {
    onRead(length);
    const from = at - (at % WINDOW);
    // What lies in two of them is read by itself.
    return at + length > from + WINDOW ? read(at, at + length) : windowAt(from).subarray(at - from, at - from + length);
  };
}

/** Keeps the file of a model that was opened; resolves with where it is now: 'device' or 'memory'. Never rejects. */
export async function keep({ name, config, weights, blob, from, held, kept }) {
  let to;
  try {
    if (!from) return 'memory';
    if (kept === 'device' || (await keptModel(name))?.from === from) return 'device';
    const about = { config, weights, from };
    if (held) {
      // Should there be no room for these few words, the file stays as long as the page needs it.
      await held.done(about);
      return 'device';
    }
    to = await place(name, blob.size);
    if (!to) return 'memory';
    for (let at = 0; at < blob.size; at += WINDOW)
      to.write(new Uint8Array(await blob.slice(at, at + WINDOW).arrayBuffer()));
    await to.file();
    await to.done(about);
    return 'device';
  } catch {
    await to?.drop();
    return 'memory';
  }
}

async function fromFiles(given, folders) {
  // A Blob without a name is taken for weights: what it is, its first bytes tell.
  const isAlone = given.length === 1 && !given[0].name;
  const all = given.map((blob, i) => ({ name: isAlone ? 'model' : (blob.name ?? ''), blob, folder: folders[i] }));
  // A chosen folder comes with all that lies below it: the outermost model is meant, with what lies beside it.
  const depth = ({ folder }) => folder.split('/').length;
  const holding = all.filter(({ name }) => IS_WEIGHTS.test(name));
  const outermost = Math.min(...holding.map(depth));
  const candidates = holding.filter((file) => depth(file) === outermost);
  const files = candidates.length ? all.filter(({ folder }) => folder === candidates[0].folder) : all;
  const isSplit = candidates.some(({ folder }) => folder !== candidates[0].folder);
  const named = (name) => files.find((file) => file.name === name);
  const weights = named('model.safetensors') ?? candidates[0] ?? files.find(({ name }) => name === 'model');
  if (!named('model.safetensors') && files.some(({ name }) => IS_PIECE.test(name))) {
    throw new QueryPoseError(
      'model',
      'This model is in several pieces: `querypose convert FOLDER NEW_FOLDER` makes one file of them.',
    );
  }
  if (!weights) {
    const there = files
      .slice(0, 3)
      .map(({ name }) => name || 'a Blob without a name')
      .join(', ');
    throw new QueryPoseError(
      'model',
      `There is no model here${there && `, only ${there}`}. A model is a .safetensors or .pth file, alone or in a folder with its config.json.`,
    );
  }
  if (isSplit || (candidates.length > 1 && weights.name !== 'model.safetensors')) {
    throw new QueryPoseError(
      'model',
      `There are several models here: ${candidates
        .map(({ folder, name }) => (isSplit ? `${folder}/${name}` : name))
        .slice(0, 5)
        .join(', ')}. Choose one of them.`,
    );
  }
  const config = named(CONFIG);
  const text = config ? passedOver(await configOf(config.blob)) : '';
  // A folder's name says more than "model.safetensors".
  const { name, blob, folder } = weights;
  // A Blob without a name and a date cannot be told from the next one.
  const from = blob.lastModified === undefined ? '' : `${blob.lastModified} ${blob.size} ${text.length}`;
  const called = (config && folder.split('/').at(-1)) || name;
  return { name: called, config: text, weights: name, blob, kept: 'memory', from, held: null };
}

async function fromKept(name) {
  const model = await keptModel(name);
  if (!model)
    throw new QueryPoseError('model', `${name} is not kept on this device any more. Drop its file on the page again.`);
  const { config, weights, file, from } = model;
  return { name, config, weights, blob: file, kept: 'device', from, held: null };
}

async function fromAddress(url, onProgress) {
  const alone = IS_WEIGHTS.test(url.pathname);
  const where = alone ? url : inFolder('model.safetensors', url);
  const parts = plain(url.pathname).split('/').filter(Boolean);
  const name = parts.at(-1) ?? 'model';
  const config = alone ? await configBeside(url) : await fetchedConfig(inFolder(CONFIG, url));
  const response = await get(where, { cache: 'no-store' });
  const version = ['etag', 'last-modified', 'content-length']
    .map((header) => response.headers.get(header) ?? '')
    .join(' ');
  const before = await keptModel(name);
  if (before?.from === `${where.href} ${version}`) {
    await response.body?.cancel();
    onProgress({ loaded: before.bytes, total: before.bytes, cached: true });
    return { name, config, weights: before.weights, blob: before.file, kept: 'device', from: before.from, held: null };
  }
  const weights = plain(where.pathname.split('/').at(-1));
  const from = `${where.href} ${version}`;
  // What is packed on its way has another length than it says.
  const total = response.headers.get('content-encoding') ? 0 : Number(response.headers.get('content-length') ?? 0);
  let held = total > 0 ? await place(name, total) : null;
  const memory = [];
  // A full disk is no reason to stop: what did not fit stays in memory, with what was written before.
  const written = async (write) => {
    try {
      return await write();
    } catch {
      memory.push(await held.taken());
      held = null;
      return null;
    }
  };
  let blob = null;
  let part = [];
  let size = 0;
  try {
    let loaded = 0;
    for await (const piece of pieces(response, where)) {
      loaded += piece.length;
      onProgress({ loaded, total, cached: false });
      if (held) await written(() => held.write(piece));
      if (held) continue;
      part.push(piece);
      size += piece.length;
      if (size >= PART) [memory[memory.length], part, size] = [new Blob(part), [], 0];
    }
    if (held) blob = await written(() => held.file());
  } catch (error) {
    await held?.drop();
    if (error instanceof QueryPoseError) throw error;
    throw new QueryPoseError('weights', `${weights} could not be kept (${reason(error)}). Try again.`);
  }
  blob ??= new Blob([...memory, ...part]);
  return { name, config, weights, blob, kept: 'memory', from, held };
}

async function fetchedConfig(url) {
  return notEmpty(await textOf(await get(url, { cache: 'no-store' }), url));
}

/** The configuration in the folder of a file of weights, if there is one. */
async function configBeside(url) {
  const where = inFolder(CONFIG, url);
  try {
    const response = await get(where, { cache: 'no-store' }, true);
    return response ? passedOver(await textOf(response, where)) : '';
  } catch (error) {
    // A host that has a page for every address.
    if (error.code === 'web-page') return '';
    throw error;
  }
}

/** A configuration; nothing if it is another program's, as many folders have one. */
function passedOver(text) {
  try {
    return JSON.parse(text)?.model_type === 'querypose' ? text : '';
  } catch {
    // Broken: the engine says how.
    return notEmpty(text);
  }
}

async function configOf(file) {
  if (file.size > LONGEST_CONFIG)
    throw new QueryPoseError('config', `config.json has ${file.size} bytes, which is no configuration of a model.`);
  const text = await file.text().catch((error) => {
    throw new QueryPoseError('config', `config.json: cannot be read (${reason(error)}): was it moved or changed?`);
  });
  return notEmpty(text);
}

/** An empty text would mean: there is no configuration. */
function notEmpty(text) {
  return text.trim() || '{}';
}

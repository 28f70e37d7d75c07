// Fetches a model folder with progress, checks every file against the manifest, and keeps it for the next visit.
import { SIZES } from './check.js';
import { QueryPoseError } from './error.js';
import { get, inFolder, nameOf, pieces, textOf } from './fetching.js';

const CACHE = 'querypose-models';
/** Files without which a folder is no model. */
const NEEDED = ['config.json', 'model.safetensors'];

/**
 * The files of a model folder by name, and its manifest; null for a folder without one, which is somebody's own.
 * `onProgress({ loaded, total, cached })` counts bytes over all files.
 */
export async function fetchModel(url, onProgress) {
  const manifest = await fetchManifest(url);
  if (!manifest) return null;
  const names = Object.keys(manifest.files);
  const total = names.reduce((sum, name) => sum + manifest.files[name].bytes, 0);
  const loaded = {};
  const fetched = names.map(async (name) => {
    const told = (bytes, cached) => {
      loaded[name] = bytes;
      onProgress({ loaded: Object.values(loaded).reduce((sum, bytes) => sum + bytes, 0), total, cached });
    };
    return [name, await fetchFile(inFolder(name, url), manifest.files[name], told)];
  });
  return { manifest, files: Object.fromEntries(await Promise.all(fetched)) };
}

async function fetchManifest(url) {
  const where = inFolder('manifest.json', url);
  const response = await get(where, { cache: 'no-cache' }, true);
  if (!response) return null;
  const text = await textOf(response, where);
  try {
    const { files, check, ...rest } = JSON.parse(text);
    // Web apps have files of this name too.
    if (files === undefined) return null;
    const isFile = (f) =>
      Number.isInteger(f.bytes) && f.bytes > 0 && f.bytes < 2 ** 31 && /^[0-9a-f]{64}$/.test(f.sha256);
    const whole = [...NEEDED, check.picture].every((name) => Object.hasOwn(files, name));
    if (whole && Object.values(files).every(isFile) && isCheck(check, files)) return { files, check, ...rest };
  } catch {
    // Said below, with the same words.
  }
  throw new QueryPoseError(
    'weights',
    `The list of the model's files (${where.pathname}) is broken. Build the page again with \`querypose serve\`.`,
  );
}

/** Whether a picture and its known answers are what an engine can be checked with. */
function isCheck({ picture, width, height, people, size, poses, quick }, files) {
  const isAnswer = ({ size, poses }) =>
    Number.isInteger(size) && size >= SIZES[0] && size <= SIZES[1] && poses.length > 0 && poses.every(isPose);
  const isPose = ({ score, keypoints }) =>
    Number.isFinite(score) &&
    keypoints.length > 0 &&
    keypoints.every((k) => [k.x, k.y, k.score].every(Number.isFinite));
  const isPicture = Number.isInteger(width) && width > 0 && width * height * 4 === files[picture].bytes;
  return (
    isPicture && Number.isInteger(people) && people > 0 && isAnswer({ size, poses }) && (!quick || isAnswer(quick))
  );
}

async function fetchFile(url, { bytes, sha256 }, onProgress) {
  // The checksum in the key makes a new model a new entry.
  const key = `${plainHref(url)}?sha256=${sha256}`;
  // No Cache API on a page without https; the page then fetches the weights on each visit.
  const cache = await self.caches?.open(CACHE).catch(() => null);
  const kept = await readKept(cache, key);
  if (kept && (await matches(kept, bytes, sha256))) {
    onProgress(bytes, true);
    return kept;
  }
  if (kept) await cache.delete(key).catch(() => {});
  const body = await read(await get(url, { cache: 'no-cache' }), bytes, url, (loaded) => onProgress(loaded, false));
  if (!(await matches(body, bytes, sha256))) {
    throw new QueryPoseError(
      'checksum',
      `${nameOf(url)} arrived damaged: it does not match its checksum. Reload the page to fetch it again.`,
    );
  }
  // Nobody waits for the disk.
  if (cache) keep(cache, key, url, body);
  return body;
}

/** What was kept of a file; null where there is nothing, or nothing that the disk still gives. */
async function readKept(cache, key) {
  try {
    const response = await cache?.match(key);
    return response ? new Uint8Array(await response.arrayBuffer()) : null;
  } catch {
    return null;
  }
}

async function read(response, bytes, url, onProgress) {
  const body = new Uint8Array(bytes);
  let at = 0;
  for await (const piece of pieces(response, url)) {
    if (at + piece.length > bytes) return body.subarray(0, 0); // longer than it should be: fails the checksum
    body.set(piece, at);
    at += piece.length;
    onProgress(at);
  }
  return body.subarray(0, at);
}

async function matches(body, bytes, sha256) {
  if (body.length !== bytes) return false;
  // Browsers offer checksums to https pages and localhost only; elsewhere the length has to do.
  if (!self.crypto?.subtle) return true;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
  return Array.from(digest, (b) => b.toString(16).padStart(2, '0')).join('') === sha256;
}

/** Keeps a file, and drops older versions of it. A full disk is no reason to stop. */
async function keep(cache, key, url, body) {
  try {
    for (const old of await cache.keys()) {
      if (old.url !== key && old.url.startsWith(`${plainHref(url)}?`)) await cache.delete(old);
    }
    await cache.put(key, new Response(body));
  } catch {
    // Fetched again on the next visit.
  }
}

/** An address without version or token. */
function plainHref(url) {
  return url.origin + url.pathname;
}

// Fetches a model folder with progress, checks every file against the manifest, and keeps it for the next visit.
import { QueryPoseError } from './error.js';

const CACHE = 'querypose-models';

/**
 * The files of a model folder by name, and its manifest.
 * `onProgress({ loaded, total, cached })` counts bytes over all files.
 */
export async function fetchModel(url, onProgress) {
  const manifest = await fetchManifest(url);
  const names = Object.keys(manifest.files);
  const total = names.reduce((sum, name) => sum + manifest.files[name].bytes, 0);
  let done = 0;
  const files = {};
  for (const name of names) {
    const told = (loaded, cached) => onProgress({ loaded: done + loaded, total, cached });
    files[name] = await fetchFile(new URL(name, url), manifest.files[name], told);
    done += manifest.files[name].bytes;
  }
  return { manifest, files };
}

async function fetchManifest(url) {
  const where = new URL('manifest.json', url);
  const response = await get(where, { cache: 'no-cache' });
  try {
    const manifest = await response.json();
    const isFile = (f) => Number.isInteger(f.bytes) && f.bytes > 0 && f.bytes < 2 ** 31 && /^[0-9a-f]{64}$/.test(f.sha256);
    if (Object.values(manifest.files).every(isFile)) return manifest;
  } catch {
    // Said below, with the same words.
  }
  throw new QueryPoseError('weights', `The list of the model's files (${where.pathname}) is broken. Build the page again with \`querypose serve\`.`);
}

async function fetchFile(url, { bytes, sha256 }, onProgress) {
  // The checksum in the key makes a new model a new entry.
  const key = `${url.href}?sha256=${sha256}`;
  // No Cache API on a page without https; the page then fetches the weights on each visit.
  const cache = await self.caches?.open(CACHE).catch(() => null);
  const kept = await cache?.match(key).catch(() => null);
  if (kept) {
    const body = new Uint8Array(await kept.arrayBuffer());
    if (await matches(body, bytes, sha256)) {
      onProgress(bytes, true);
      return body;
    }
    await cache.delete(key);
  }
  const body = await read(await get(url, { cache: 'no-cache' }), bytes, url, (loaded) => onProgress(loaded, false));
  if (!(await matches(body, bytes, sha256))) {
    throw new QueryPoseError('checksum', `${nameOf(url)} arrived damaged: it does not match its checksum. Reload the page to fetch it again.`);
  }
  if (cache) await keep(cache, key, url, body);
  return body;
}

async function get(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch {
    throw new QueryPoseError('weights', `${nameOf(url)} could not be fetched. Check the connection and reload the page.`);
  }
  if (!response.ok) {
    throw new QueryPoseError('weights', `${nameOf(url)} could not be fetched: the server answered ${response.status}. Reload the page, or build it again.`);
  }
  return response;
}

async function read(response, bytes, url, onProgress) {
  const body = new Uint8Array(bytes);
  const reader = response.body.getReader();
  let at = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return body.subarray(0, at);
      if (at + value.length > bytes) return body.subarray(0, 0); // longer than it should be: fails the checksum
      body.set(value, at);
      at += value.length;
      onProgress(at);
    }
  } catch {
    throw new QueryPoseError('weights', `The connection broke while ${nameOf(url)} was on its way. Reload the page to try again.`);
  }
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
      if (old.url !== key && old.url.startsWith(`${url.href}?`)) await cache.delete(old);
    }
    await cache.put(key, new Response(body));
  } catch {
    // Fetched again on the next visit.
  }
}

function nameOf(url) {
  return decodeURIComponent(url.pathname.split('/').slice(-2).join('/'));
}

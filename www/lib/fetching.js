// Fetches a model's files: from this page's own address only, never without an end, and never a web page in their
// place.
import { QueryPoseError, reason } from './error.js';
import { SILENCE_MS, within } from './patience.js';

/** Longer than any configuration or list of files. */
const LONGEST_TEXT = 16 << 20;

/** A file of a folder; what stands behind the folder's `?` (a version, a token) goes along. */
export function inFolder(name, folder) {
  const url = new URL(name, folder);
  url.search ||= new URL(folder).search;
  return url;
}

/** The last two parts of an address, for messages. */
export function nameOf(url) {
  return plain(url.pathname).split('/').slice(-2).join('/').replace(/^\//, '');
}

/** A piece of an address as people read it; a lone `%` is left as it is. */
export function plain(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The answer to a request for a model's file; null where the file is not there and that is `expected`. Otherwise rejects
 * with a sentence.
 */
export async function get(url, options, expected = false) {
  if (url.origin !== location.origin) {
    throw new QueryPoseError(
      'origin',
      `A model can only be fetched from this page's own address, not from ${url.host}. Download it there and drop the file on the page.`,
    );
  }
  return request(url, options, expected);
}

/** The same for a file of this module's own, which may lie on another site than the page. */
export async function request(url, options, expected = false) {
  const stop = new AbortController();
  let response;
  try {
    response = await within(SILENCE_MS, fetch(url, { ...options, signal: stop.signal }), silent(url));
  } catch (error) {
    stop.abort();
    if (error.code === 'timeout') throw error;
    throw new QueryPoseError('weights', `${nameOf(url)} could not be fetched. Check the connection and try again.`);
  }
  const isPage = /^text\/html/i.test(response.headers.get('content-type') ?? '');
  if (response.ok && !isPage) return response;
  stop.abort();
  // Hosts that list nothing answer 403 for what they do not have; other refusals say nothing about the file.
  if (expected && (isPage || [403, 404, 410].includes(response.status))) return null;
  if (response.ok) throw webPage(url);
  throw new QueryPoseError(
    'weights',
    `${nameOf(url)} could not be fetched: the server answered ${response.status}. Check its address, or try again.`,
  );
}

/** The bytes of an answer, piece by piece. */
export async function* pieces(response, url) {
  const reader = response.body.getReader();
  let isFirst = true;
  try {
    for (;;) {
      const { done, value } = await within(SILENCE_MS, reader.read(), silent(url));
      if (done) return;
      if (isFirst && /^\s*<(!doctype|html)/i.test(new TextDecoder('latin1').decode(value.subarray(0, 64))))
        throw webPage(url);
      isFirst = false;
      yield value;
    }
  } catch (error) {
    if (error instanceof QueryPoseError) throw error;
    throw new QueryPoseError(
      'weights',
      `The connection broke while ${nameOf(url)} was on its way (${reason(error)}). Try again.`,
    );
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** The text of an answer. */
export async function textOf(response, url) {
  const parts = [];
  let size = 0;
  for await (const piece of pieces(response, url)) {
    parts.push(piece);
    size += piece.length;
    if (size > LONGEST_TEXT)
      throw new QueryPoseError(
        'config',
        `${nameOf(url)} has more than ${LONGEST_TEXT >> 20} MB, which is no text of a model.`,
      );
  }
  return new Blob(parts).text();
}

function silent(url) {
  return `${nameOf(url)} did not arrive: nothing came for ${SILENCE_MS / 1000} seconds. Check the connection and try again.`;
}

function webPage(url) {
  return new QueryPoseError(
    'web-page',
    `${nameOf(url)} came as a web page: this host answers with a page for files that it does not have. Check the address of the model.`,
  );
}

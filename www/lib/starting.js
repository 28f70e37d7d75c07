// Starts the worker: beside this module, on the page's own site or on another one; where a bundler put it; or where the
// caller says it lies. Also where a page's policy asks for trusted addresses.
import { QueryPoseError } from './error.js';

/** Not in the call itself: bundlers take `new URL('…', import.meta.url)` for a file that they should copy. */
const FILE = 'worker.js';

/** Throws a sentence where there are no workers at all. */
export function needsWorkers() {
  if (typeof Worker === 'undefined')
    throw new QueryPoseError('worker', 'QueryPose runs in browsers: there are no Workers here.');
}

/** A new worker; `address` (absolute) says where its script lies, '' that it lies where this module's own files do. */
export function startWorker(address) {
  const isAsWritten = /^https?:[^?#]*\/starting\.js$/.test(import.meta.url);
  try {
    if (address) return from(address);
    if (isAsWritten) return from(new URL(FILE, import.meta.url).href);
    // Bundlers know a worker by these very words.
    return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  } catch (error) {
    throw new QueryPoseError('worker', `The engine's worker could not be started (${error.message}).`);
  }
}

function from(address) {
  if (new URL(address).origin === location.origin) return new Worker(trusted(address), { type: 'module' });
  // No worker starts at another site's address; one of this page's own may import it.
  const words = URL.createObjectURL(new Blob([`import ${JSON.stringify(address)};`], { type: 'text/javascript' }));
  return new Worker(trusted(words), { type: 'module' });
}

let policy;

function trusted(address) {
  try {
    policy ??= globalThis.trustedTypes?.createPolicy('querypose', { createScriptURL: (url) => url });
  } catch {
    // This policy is not allowed here; perhaps none is asked for.
  }
  return policy?.createScriptURL(address) ?? address;
}

// Keeps the page for visits without a network: all files of one build, never a mixture of two. The model is kept by the
// module itself (lib/weights.js).

/** Written by the build: its name, and the SHA-256 of every file by its path. */
const BUILD = { name: '', files: {} };
/** Where the cache's names of this copy of the page begin: others may lie elsewhere on the same site. */
const CACHES = `querypose-page-${self.registration.scope} `;

const keyOf = (path) => `${new URL(path, self.registration.scope).href}?sha256=${BUILD.files[path]}`;

self.addEventListener('install', (event) => event.waitUntil(keep()));

/** Fails as a whole: a page of which a part is kept is none. Files that did not change are taken from the last build. */
async function keep() {
  const cache = await caches.open(CACHES + BUILD.name);
  for (const path of Object.keys(BUILD.files)) {
    const key = keyOf(path);
    if (await cache.match(key)) continue;
    await cache.put(key, (await caches.match(key)) ?? (await fetched(path)));
  }
}

async function fetched(path) {
  const response = await fetch(new URL(path, self.registration.scope), { cache: 'no-cache' });
  if (!response.ok) throw new Error(`${path}: the server answered ${response.status}`);
  const bytes = await response.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (hex !== BUILD.files[path]) throw new Error(`${path} is of another build`);
  const type = response.headers.get('content-type') ?? 'application/octet-stream';
  return new Response(bytes, { headers: { 'content-type': type } });
}

// The page asks for it; nobody is given a new version in the middle of something.
self.addEventListener('message', (event) => event.data === 'take over' && event.waitUntil(takeOverFor(event)));

/** Not while another tab is open, which would go on with files of both builds: then the page hears `false`. */
async function takeOverFor({ source, ports: [answer] }) {
  const open = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const isAlone = open.every(({ id, url }) => id === source.id || !url.startsWith(self.registration.scope));
  answer.postMessage(isAlone);
  if (isAlone) await self.skipWaiting();
}

self.addEventListener('activate', (event) => event.waitUntil(takeOver()));

async function takeOver() {
  const older = (await caches.keys()).filter((name) => name.startsWith(CACHES) && name !== CACHES + BUILD.name);
  await Promise.all(older.map((name) => caches.delete(name)));
  await self.clients.claim();
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const [address] = request.url.split(/[?#]/);
  if (request.method !== 'GET' || !address.startsWith(self.registration.scope)) return;
  const path = address.slice(self.registration.scope.length) || 'index.html';
  if (Object.hasOwn(BUILD.files, path)) event.respondWith(answer(path, request));
});

async function answer(path, request) {
  // Storage may have been cleared since.
  return (await caches.match(keyOf(path)).catch(() => null)) ?? fetch(request);
}

// Models of the visitor's own, kept on this device for the next visit: a folder each in the browser's private files
// (OPFS), which hold hundreds of megabytes without ever lying in the page's memory.

const ROOM = 'querypose-models';
const WEIGHTS = 'weights';
/** Written last: a folder without it is what a broken visit left behind. */
const ABOUT = 'about.json';
/** Read back so many bytes at once. */
const PART = 16 << 20;

/** The folder of all kept models; null where the browser offers none (an old one, or a page without https). */
async function room(create = false) {
  try {
    const root = await navigator.storage.getDirectory();
    return await root.getDirectoryHandle(ROOM, { create });
  } catch {
    return null;
  }
}

async function read(folder) {
  if (folder.kind !== 'directory') return null;
  try {
    const about = JSON.parse(await (await (await folder.getFileHandle(ABOUT)).getFile()).text());
    const file = await (await folder.getFileHandle(WEIGHTS)).getFile();
    return about.bytes === file.size ? { ...about, file, folder: folder.name } : null;
  } catch {
    return null;
  }
}

/** Kept models: `{ name, bytes, weights, config, from, file, folder }`, the newest first. */
export async function kept() {
  const folders = await room();
  if (!folders) return [];
  const found = [];
  for await (const folder of folders.values()) {
    const model = await read(folder);
    if (model) found.push(model);
  }
  return found.sort((a, b) => b.at - a.at);
}

/** A kept model by its name; null if there is none. */
export async function keptModel(name) {
  return (await kept()).find((model) => model.name === name) ?? null;
}

/** Lets a kept model go, but for the folder `except`. */
export async function forget(name, except = '') {
  const folders = await room();
  for (const model of await kept()) {
    if (model.name !== name || model.folder === except) continue;
    await folders.removeEntry(model.folder, { recursive: true }).catch(() => {});
  }
}

/**
 * Tells other tabs that a folder is in use, for as long as this worker lives.
 * @returns {Promise<void>}
 */
function hold(name) {
  return new Promise((resolve) => {
    const forever = () => {
      resolve();
      return new Promise((_) => {});
    };
    if (!navigator.locks) resolve();
    else navigator.locks.request(`${ROOM}/${name}`, forever).catch(() => resolve());
  });
}

/** Does `task` while no other tab does such a thing. */
const alone = (task) => (navigator.locks ? navigator.locks.request(ROOM, task) : task());

/** Lets go of what broken visits left. What another tab writes, or has written and tries before it is kept, stays. */
async function tidy(folders) {
  const there = [];
  for await (const folder of folders.values()) there.push(folder);
  // Asked later than what is there: a folder is in use before it is made.
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  const used = new Set(held.map(({ name }) => name));
  for (const folder of there) {
    if (used.has(`${ROOM}/${folder.name}`) || (await read(folder))) continue;
    await folders.removeEntry(folder.name, { recursive: true }).catch(() => {});
  }
}

/**
 * A place to write a model's weights to, piece by piece; null where there is no room for them. Workers only.
 * `done(about)` makes it the kept model of this name, `drop()` lets it go, `file()` is what was written. `write` and
 * `file` throw where the disk is full after all; `taken()` then gives what was written so far, in memory, and lets go.
 */
export async function place(name, bytes) {
  const folders = await room(true);
  if (!folders) return null;
  let access;
  try {
    await tidy(folders);
    const { quota = 0, usage = 0 } = await navigator.storage.estimate();
    // A little is left for whatever else the page keeps.
    if (bytes * 1.02 > quota - usage) return null;
    // A folder of its own: what was kept under this name stays until this one is whole.
    const own = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    await hold(own);
    const folder = await folders.getDirectoryHandle(own, { create: true });
    const handle = await folder.getFileHandle(WEIGHTS, { create: true });
    access = await handle.createSyncAccessHandle();
    let at = 0;
    const drop = async () => {
      access.close();
      await folders.removeEntry(own, { recursive: true }).catch(() => {});
    };
    const taken = async () => {
      const parts = [];
      for (let from = 0; from < at; from += PART) {
        const part = new Uint8Array(Math.min(PART, at - from));
        if (access.read(part, { at: from }) !== part.length) throw new Error('what was written cannot be read');
        parts.push(new Blob([part]));
      }
      await drop();
      return new Blob(parts);
    };
    return {
      taken,
      write(piece) {
        if (access.write(piece, { at }) !== piece.length) throw new Error('there is no room left');
        at += piece.length;
      },
      async file() {
        access.flush();
        access.close();
        return handle.getFile();
      },
      async done(about) {
        const file = await handle.getFile();
        const to = await (await folder.getFileHandle(ABOUT, { create: true })).createSyncAccessHandle();
        const text = new TextEncoder().encode(JSON.stringify({ ...about, name, bytes: file.size, at: Date.now() }));
        // Two tabs that are done at once would each see the other's as the older one, and none would be kept.
        await alone(async () => {
          try {
            if (to.write(text) !== text.length) throw new Error('there is no room left');
          } finally {
            to.close();
          }
          await forget(name, own);
        });
      },
      drop,
    };
  } catch {
    access?.close();
    return null;
  }
}

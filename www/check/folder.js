// What was dropped or chosen, as a flat list of files with the paths they have there. Nothing is read yet.

/** Nobody drops so many on purpose. */
const MOST = 300_000;

/** Files that operating systems put beside others. */
const isHidden = (name) => name.startsWith('.') || name === '__MACOSX' || name === 'Thumbs.db';

/** Files of a form's input: `{ path, open() }`, where `open` resolves with the File. */
export function chosen(files) {
  return [...files]
    .map((file) => ({ path: file.webkitRelativePath || file.name, open: async () => file }))
    .filter(({ path }) => !path.split('/').some(isHidden));
}

/** The same of what was dropped: entries of a file system, with all that lies below them, or Files. */
export async function dropped(things) {
  const found = [];
  const waiting = [...things];
  // Folders put what lies in them at the end of the list.
  for (const thing of waiting) {
    if (found.length >= MOST) break;
    if (isHidden(thing.name)) continue;
    // One by one: no call takes as many arguments as a folder may have files.
    if (thing.isDirectory) for (const entry of await entriesOf(thing)) waiting.push(entry);
    else if (thing.isFile)
      found.push({ path: thing.fullPath.replace(/^\//, ''), open: () => new Promise((...to) => thing.file(...to)) });
    else found.push(...chosen([thing]));
  }
  return found;
}

/** Browsers give a hundred at a time. A folder that cannot be read has nothing in it. */
async function entriesOf(folder) {
  const reader = folder.createReader();
  const all = [];
  try {
    for (;;) {
      const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (entries.length === 0) break;
      all.push(...entries);
    }
  } catch {
    // Whatever came until then is there.
  }
  return all;
}

/** Annotations among files: those that are most likely about keypoints first, results that were saved beside them last. */
export function annotationsAmong(files) {
  const likely = ({ path }) => (/results?\.json$/i.test(path) ? -1 : Number(/keypoint/i.test(path)));
  return files.filter(({ path }) => /\.json$/i.test(path)).sort((a, b) => likely(b) - likely(a));
}

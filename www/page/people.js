// The group "People": who was found, how sure, joint by joint, and the files to take home.
import { COLOURS } from '../lib/skeleton.js';
import { many, put, tr } from '../words/say.js';
import { apart, jointName, percent } from './words.js';

/** So many people of a stream keep their colours, the newest. */
const REMEMBERED = 64;

/**
 * Gives each person a colour and keeps it: that of her id where she has one, else that of the nearest box of the frame
 * before.
 */
export class Colours {
  #before = [];
  #known = new Map();

  paint(poses) {
    const painted = poses.map((pose) => ({ ...pose, colour: this.#known.get(pose.id) ?? null }));
    const taken = new Set(painted.map(({ colour }) => colour).filter(Boolean));
    const free = new Set(this.#before.filter(({ colour }) => !taken.has(colour)));
    for (const pose of painted.filter(({ colour }) => !colour)) {
      let best = null;
      for (const old of free) {
        const overlap = iou(pose.box, old.box);
        if (overlap > 0.3 && (!best || overlap > best.overlap)) best = { old, overlap };
      }
      if (!best) continue;
      free.delete(best.old);
      pose.colour = best.old.colour;
      taken.add(pose.colour);
    }
    let next = 0;
    for (const pose of painted) {
      if (!pose.colour) {
        while (taken.size < COLOURS.length && taken.has(COLOURS[next % COLOURS.length])) next++;
        pose.colour = COLOURS[next++ % COLOURS.length];
        taken.add(pose.colour);
      }
      if (pose.id) this.#known.set(pose.id, pose.colour);
    }
    for (const id of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(id);
    }
    this.#before = painted;
    return painted;
  }

  forget() {
    this.#before = [];
    this.#known.clear();
  }
}

function iou(a, b) {
  const w = Math.min(a.xMax, b.xMax) - Math.max(a.xMin, b.xMin);
  const h = Math.min(a.yMax, b.yMax) - Math.max(a.yMin, b.yMin);
  if (w <= 0 || h <= 0) return 0;
  return (w * h) / (a.width * a.height + b.width * b.height - w * h);
}

/** The list of people; each opens to its joints. Rows are kept from frame to frame, so that focus stays. */
export class PeopleList {
  #rows = [];

  constructor(list, stage) {
    this.list = list;
    this.stage = stage;
    list.addEventListener('pointerleave', () => stage.activate(null));
  }

  update(poses) {
    while (this.#rows.length > poses.length) this.#rows.pop().item.remove();
    while (this.#rows.length < poses.length) this.#rows.push(this.#row(this.#rows.length));
    poses.forEach((pose, i) => this.#fill(this.#rows[i], pose));
  }

  #row(person) {
    const item = document.createElement('li');
    const details = document.createElement('details');
    const summary = document.createElement('summary');
    const [swatch, name, score] = ['swatch', 'name', 'score'].map((part) => {
      const span = document.createElement('span');
      span.className = part;
      return span;
    });
    const joints = document.createElement('ul');
    summary.append(swatch, name, score);
    put(summary, tr`joints`, 'data-closed');
    put(summary, tr`close`, 'data-open');
    details.append(summary, joints);
    item.append(details);
    summary.addEventListener('pointerenter', () => this.stage.activate({ person }));
    summary.addEventListener('focus', () => this.stage.activate({ person }));
    summary.addEventListener('blur', () => this.stage.activate(null));
    const row = { item, details, swatch, name, score, joints, person, cells: [] };
    details.addEventListener('toggle', () => {
      if (this.stage.poses[person]) this.#fill(row, this.stage.poses[person]);
    });
    this.list.append(item);
    return row;
  }

  #fill(row, pose) {
    row.swatch.style.background = pose.colour;
    put(row.name, personName(pose, row.person));
    put(row.score, percent(pose.score));
    // Closed rows keep no joints: with many people that would be hundreds of nodes a frame.
    if (!row.details.open) {
      row.joints.replaceChildren();
      row.cells = [];
      return;
    }
    while (row.cells.length < pose.keypoints.length) row.cells.push(this.#joint(row, row.cells.length));
    pose.keypoints.forEach((k, i) => {
      put(row.cells[i].name, jointName(k.name));
      put(row.cells[i].score, percent(k.score));
    });
  }

  #joint(row, joint) {
    const item = document.createElement('li');
    item.tabIndex = 0;
    const name = document.createElement('span');
    const score = document.createElement('span');
    item.append(name, score);
    item.addEventListener('pointerenter', () => this.stage.activate({ person: row.person, joint }));
    item.addEventListener('focus', () => this.stage.activate({ person: row.person, joint }));
    item.addEventListener('blur', () => this.stage.activate(null));
    row.joints.append(item);
    return { name, score };
  }
}

/** What a screen reader says about the result; `mirrored` as it is seen. */
export function summary(poses, width, mirrored) {
  if (poses.length === 0) return tr`No people found.`;
  const where = ({ box }) => {
    const across = (box.xMin + box.xMax) / 2 / width;
    const centre = mirrored ? 1 - across : across;
    return centre < 0.36 ? tr`on the left` : centre > 0.64 ? tr`on the right` : tr`in the middle`;
  };
  const say = (pose, i) => {
    const sure = pose.keypoints.filter((k) => k.score >= 0.5).length;
    const all = pose.keypoints.length;
    return tr`${personName(pose, i)}, ${where(pose)}, ${percent(pose.score)} sure, ${sure} of ${all} joints clear`;
  };
  const told = poses.slice(0, 4).map(say);
  if (poses.length > 4) told.push(tr`and ${poses.length - 4} more`);
  return tr`${many(poses.length, '{0} person found.', '{0} people found.')} ${apart(told)}.`;
}

/** Who is known has a number of her own. */
function personName({ id }, i) {
  return tr`Person ${id ?? i + 1}`;
}

// The group "People": who was found, how sure, joint by joint, and the files to take home.
import { COLOURS } from '../lib/skeleton.js';
import { jointName, percent } from './words.js';

/** Gives each person a colour, and keeps it while the person moves: the nearest box of the frame before. */
export class Colours {
  #before = [];

  paint(poses) {
    const free = new Set(this.#before);
    const taken = new Set();
    const painted = poses.map((pose) => {
      let best = null;
      for (const old of free) {
        const overlap = iou(pose.box, old.box);
        if (overlap > 0.3 && (!best || overlap > best.overlap)) best = { old, overlap };
      }
      if (!best) return { ...pose, colour: null };
      free.delete(best.old);
      taken.add(best.old.colour);
      return { ...pose, colour: best.old.colour };
    });
    let next = 0;
    for (const pose of painted) {
      if (pose.colour) continue;
      while (taken.size < COLOURS.length && taken.has(COLOURS[next % COLOURS.length])) next++;
      pose.colour = COLOURS[next++ % COLOURS.length];
      taken.add(pose.colour);
    }
    this.#before = painted;
    return painted;
  }

  forget() {
    this.#before = [];
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
    name.textContent = `Person ${person + 1}`;
    const joints = document.createElement('ul');
    summary.append(swatch, name, score);
    details.append(summary, joints);
    item.append(details);
    summary.addEventListener('pointerenter', () => this.stage.activate({ person }));
    summary.addEventListener('focus', () => this.stage.activate({ person }));
    summary.addEventListener('blur', () => this.stage.activate(null));
    const row = { item, details, swatch, score, joints, person, cells: [] };
    details.addEventListener('toggle', () => {
      if (this.stage.poses[person]) this.#fill(row, this.stage.poses[person]);
    });
    this.list.append(item);
    return row;
  }

  #fill(row, pose) {
    row.swatch.style.background = pose.colour;
    row.score.textContent = percent(pose.score);
    // Closed rows keep no joints: with many people that would be hundreds of nodes a frame.
    if (!row.details.open) {
      row.joints.replaceChildren();
      row.cells = [];
      return;
    }
    while (row.cells.length < pose.keypoints.length) row.cells.push(this.#joint(row, row.cells.length));
    pose.keypoints.forEach((k, i) => {
      row.cells[i].name.textContent = jointName(k.name);
      row.cells[i].score.textContent = percent(k.score);
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

/** What a screen reader says about the result. */
export function summary(poses, width) {
  if (poses.length === 0) return 'No people found.';
  const where = ({ box }) => {
    const centre = (box.xMin + box.xMax) / 2 / width;
    return centre < 0.36 ? 'on the left' : centre > 0.64 ? 'on the right' : 'in the middle';
  };
  const say = (pose, i) => {
    const sure = pose.keypoints.filter((k) => k.score >= 0.5).length;
    return `Person ${i + 1}, ${where(pose)}, ${percent(pose.score)} sure, ${sure} of ${pose.keypoints.length} joints clear`;
  };
  const more = poses.length > 4 ? `; and ${poses.length - 4} more` : '';
  return `${countWords(poses.length)} found. ${poses.slice(0, 4).map(say).join('; ')}${more}.`;
}

export function countWords(n) {
  return `${n} ${n === 1 ? 'person' : 'people'}`;
}

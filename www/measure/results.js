// What was measured, frame by frame, and the two files it is taken home in, as `querypose track` writes them.

export const HEAD = 'frame,time_s,person,joint,x,y,score,sigma_x,sigma_y\n';
/** Numbers kept of a joint: x, y, score, sigma x, sigma y. */
const KEPT = 5;

export class Results {
  /** Of each frame, in order: `{ timeS, people: [{ id, score, box: [x, y, w, h], joints }] }`. */
  frames = [];

  /** `source` is the video's name. */
  constructor(source) {
    this.source = source;
    /** Names of the joints. */
    this.names = [];
  }

  /** Adds the next frame's people, in the shape of the module. */
  add(timeS, poses) {
    if (poses.length) this.names = poses[0].keypoints.map(({ name }) => name);
    const people = poses.map(({ id, score, box, keypoints }) => ({
      id,
      score,
      box: [box.xMin, box.yMin, box.width, box.height],
      joints: Float32Array.from(keypoints.flatMap((k) => [k.x, k.y, k.score, ...k.sigma])),
    }));
    this.frames.push({ timeS, people });
  }

  /** A joint of a person, by its place in `names`; sigma as part of the box. */
  static joint({ joints }, at) {
    const [x, y, score, sigmaX, sigmaY] = joints.subarray(KEPT * at, KEPT * (at + 1));
    return { x, y, score, sigma: [sigmaX, sigmaY] };
  }

  /** Those who are known, and in how many frames each was seen: `[[id, frames]]`, most first. */
  get people() {
    const seen = new Map();
    for (const { people } of this.frames) for (const { id } of people) if (id) seen.set(id, (seen.get(id) ?? 0) + 1);
    return [...seen].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  }

  /** The people of a frame, in the shape of the module again. */
  poses(frame) {
    return this.frames[frame].people.map((person) => {
      const { id, score, box } = person;
      const [xMin, yMin, width, height] = box;
      const keypoints = this.names.map((name, at) => ({ name, ...Results.joint(person, at) }));
      return { id, score, keypoints, box: { xMin, yMin, xMax: xMin + width, yMax: yMin + height, width, height } };
    });
  }

  /** A row a joint: pixel edges, sigma in pixels. */
  csv() {
    const parts = [HEAD];
    const names = this.names.map(quoted);
    this.frames.forEach(({ timeS, people }, frame) => {
      for (const person of people) {
        const start = `${frame},${timeS.toFixed(6)},${person.id ?? ''}`;
        const [width, height] = person.box.slice(2);
        names.forEach((name, at) => {
          const { x, y, score, sigma } = Results.joint(person, at);
          const spread = `${(sigma[0] * width).toFixed(2)},${(sigma[1] * height).toFixed(2)}`;
          parts.push(`${start},${name},${x.toFixed(2)},${y.toFixed(2)},${score.toFixed(4)},${spread}\n`);
        });
      }
    });
    return new Blob(parts, { type: 'text/csv' });
  }

  /** COCO's results list: `image_id` is the frame, `track_id` the person; a pixel's centre is a whole number. */
  coco() {
    const rows = this.frames.flatMap(({ timeS, people }, frame) =>
      people.map((person) => {
        const joints = this.names.map((_, at) => Results.joint(person, at));
        const row = {
          image_id: frame,
          file_name: this.source,
          category_id: 1,
          keypoints: joints.flatMap(({ x, y, score }) => [x - 0.5, y - 0.5, score].map(Math.fround)),
          score: person.score,
          bbox: person.box,
          ...(person.id && { track_id: person.id }),
          time_s: timeS,
        };
        return JSON.stringify(row);
      }),
    );
    return new Blob([`[\n${rows.join(',\n')}\n]\n`], { type: 'application/json' });
  }
}

/** A text as a field of a CSV file. */
export function quoted(text) {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

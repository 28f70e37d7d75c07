// One forward pass as the figures want it: taps by stage, query and person, places in pixels of the picture.
// Stage 0 is before the network has seen anything: the learned proposals. Stage k is the answer of the k-th stage.

export class Pass {
  #cut = new Map();

  /** `size` is the picture's own, where it was read smaller than it is; `threshold` the visitor's, where it is another. */
  constructor({ facts, tensors, backend = null }, size = facts.picture, threshold = facts.threshold) {
    Object.assign(this, facts, { tensors, backend, threshold });
    this.live = backend !== null;
    this.sx = size[0] / facts.picture[0];
    this.sy = size[1] / facts.picture[1];
    this.partOf = facts.keypoints.map((name) => facts.parts.findIndex((part) => part.includes(name)));
    this.ids = Array.from(tensors.ids.data.subarray(0, facts.count));
    this.people = this.ids
      .map((id, slot) => {
        const box = this.#box('people.boxes', slot);
        const joints = this.#joints('people.joints', 'sigma', slot, box);
        const [score, classScore] = this.#row('people.scores', slot, 2);
        return { id, slot, classScore, score, joints, box };
      })
      .sort((a, b) => b.score - a.score);
  }

  #box(name, row) {
    const [x0, y0, x1, y1] = this.#row(name, row, 4);
    return [x0 * this.sx, y0 * this.sy, x1 * this.sx, y1 * this.sy];
  }

  #joints(places, sigmas, slot, box) {
    const [w, h] = [box[2] - box[0], box[3] - box[1]];
    return this.keypoints.map((name, k) => {
      const row = slot * this.keypoints.length + k;
      const [x, y, score] = this.#row(places, row, 3);
      const [sx, sy] = this.#row(sigmas, row, 2);
      const at = { x: x * this.sx, y: y * this.sy };
      return { name, part: this.partOf[k], ...at, sigma: [sx, sy], rx: sx * w, ry: sy * h, score };
    });
  }

  /** x0, y0, x1, y1 of a query's box after a stage. */
  box(stage, query) {
    return this.#box(stage === 0 ? 'start.boxes' : `s${stage - 1}.boxes`, query);
  }

  /** How sure a query is, after a stage, that it holds a person; unknown before the first. */
  score(stage, query) {
    return stage === 0 ? null : this.tensors[`s${stage - 1}.scores`].data[query];
  }

  /** A person's joints as this stage would answer. */
  joints(person, stage) {
    const [joints, sigma] = ['joints', 'pose.sigma'].map((name) => `s${stage - 1}.${name}`);
    return this.#joints(joints, sigma, person.slot, this.box(stage, person.id));
  }

  /** One row of the last dimensions of a tap, cut out once. */
  #row(name, row, length) {
    const key = `${name}/${row}`;
    if (!this.#cut.has(key)) this.#cut.set(key, this.tensors[name].data.subarray(row * length, (row + 1) * length));
    return this.#cut.get(key);
  }

  /** Cells a side of the part attention. */
  get side() {
    return Math.sqrt(this.tensors['s0.pose.attn'].shape.at(-1));
  }

  /** A part's attention over its person's box: side × side weights, sum 1. */
  attention(person, stage, part) {
    return this.#row(`s${stage - 1}.pose.attn`, person.slot * this.parts.length + part, this.side ** 2);
  }

  /** SIM's gates of a part: for what is new, and for the memory. */
  gates(person, stage, part) {
    const name = `s${stage - 1}.pose.gates`;
    const both = this.tensors[name].shape.at(-1);
    const row = this.#row(name, person.slot * this.parts.length + part, both);
    return { look: row.subarray(0, both / 2), memory: row.subarray(both / 2) };
  }

  /** Part-to-part attention, a row for each part that listens. */
  partTalk(person, stage) {
    return this.#row(`s${stage - 1}.pose.mix`, person.slot, this.parts.length ** 2);
  }

  /** Query-to-query attention, a row for each query that listens. */
  queryTalk(stage) {
    return this.#row(`s${stage - 1}.box.mix`, 0, this.proposals ** 2);
  }

  /** The person here who is the one of another pass: the same query, else the box that overlaps most. */
  twin(person) {
    const same = this.people.find((p) => p.id === person.id);
    if (same) return same;
    const best = this.people.reduce((a, b) => (!a || iou(b.box, person.box) > iou(a.box, person.box) ? b : a), null);
    return best && iou(best.box, person.box) > 0.3 ? best : null;
  }
}

/** Part of the common area of two boxes. */
export function iou(a, b) {
  const area = (x) => Math.max(0, x[2] - x[0]) * Math.max(0, x[3] - x[1]);
  const common = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
  return common > 0 ? common / (area(a) + area(b) - common) : 0;
}

/** Entropy of weights that sum to one, in bits: how widely somebody looks. */
export function entropy(weights) {
  return weights.reduce((sum, w) => (w > 0 ? sum - w * Math.log2(w) : sum), 0);
}

export function mean(values) {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

/**
 * How far a person's joints are from another answer for the same person, on average, as a share of the box's height.
 */
export function moved(person, other) {
  const away = person.joints.map((j, i) => Math.hypot(j.x - other.joints[i].x, j.y - other.joints[i].y));
  return mean(away) / Math.max(1, person.box[3] - person.box[1]);
}

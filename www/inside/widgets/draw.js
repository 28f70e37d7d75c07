// What the figures are drawn with: the picture or a part of it on a canvas, boxes, poses, and small SVG.
import { drawPoses } from '../../lib/skeleton.js';
import { put, text } from '../../words/say.js';

const SVG = 'http://www.w3.org/2000/svg';

/** An HTML element: `el('p.note', { title }, 'words', child)`. Sentences follow the language. */
export function el(spec, attributes = {}, ...children) {
  const [name, ...classes] = spec.split('.');
  return fill(document.createElement(name), classes, attributes, children);
}

/** An SVG element. */
export function svg(spec, attributes = {}, ...children) {
  const [name, ...classes] = spec.split('.');
  return fill(document.createElementNS(SVG, name), classes, attributes, children);
}

function fill(node, classes, attributes, children) {
  if (classes.length) node.setAttribute('class', classes.join(' '));
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) put(node, value === true ? '' : value, key);
  }
  node.append(...children.map((child) => (child instanceof Node ? child : text(child))));
  return node;
}

/** A colour of the page's theme. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** True where the visitor wants nothing to move. */
export function still() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** Calls `clear` when a canvas is no longer pointed at; a finger that is lifted has pointed at something to be read. */
export function onLeave(canvas, clear) {
  canvas.addEventListener('pointerleave', ({ pointerType }) => pointerType === 'touch' || clear());
  canvas.addEventListener('keydown', ({ key }) => key === 'Escape' && clear());
}

/**
 * A canvas that shows a region of the picture and what is painted over it.
 *
 * `paint(g, view)` gets a 2D context and `view`: `map(x, y)` takes picture pixels to the context's, `scale` is the
 * length of a picture pixel there, `unit` that of a CSS pixel. Keys and pointers are the owner's business: `at(event)`
 * is where a pointer is on the picture.
 */
export class Plate {
  #region = [0, 0, 4, 3];
  #picture = null;

  constructor(host, { label, most = 560, focus = true }) {
    // What says nothing by itself is no picture for a screen reader.
    this.canvas = el(
      'canvas.plate',
      // What takes arrow keys must say so: a screen reader keeps them to itself elsewhere.
      label
        ? { role: focus ? 'application' : 'img', 'aria-label': label, tabindex: focus ? 0 : null }
        : { 'aria-hidden': 'true' },
    );
    this.host = host;
    this.most = most;
    this.paint = () => {};
    host.append(this.canvas);
    new ResizeObserver(() => this.draw()).observe(host);
  }

  show(picture, region = [0, 0, picture.width, picture.height]) {
    this.#picture = picture;
    this.#region = region;
    this.draw();
  }

  draw() {
    const [x, y, w, h] = this.#region;
    const room = this.host.clientWidth;
    if (!room || !this.#picture || !(w > 0 && h > 0)) return;
    const most = Math.min(this.most, innerHeight * 0.72);
    const css = Math.min(room / w, most / h);
    const unit = Math.min(2, devicePixelRatio || 1);
    const { canvas } = this;
    const [cw, ch] = [Math.max(1, Math.round(w * css)), Math.max(1, Math.round(h * css))];
    canvas.style.width = `${cw}px`;
    canvas.style.height = `${ch}px`;
    if (canvas.width !== Math.round(cw * unit) || canvas.height !== Math.round(ch * unit)) {
      Object.assign(canvas, { width: Math.round(cw * unit), height: Math.round(ch * unit) });
    }
    const g = canvas.getContext('2d');
    const scale = canvas.width / w;
    const map = (px, py) => [(px - x) * scale, (py - y) * scale];
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.globalAlpha = 1;
    g.fillStyle = colour('stage');
    g.fillRect(0, 0, canvas.width, canvas.height);
    this.view = { map, scale, unit, width: canvas.width, height: canvas.height, picture: this.#picture };
    this.paint(g, this.view);
    g.globalAlpha = 1;
  }

  at(event) {
    const [x, y, w] = this.#region;
    const css = this.canvas.clientWidth / w;
    return [event.offsetX / css + x, event.offsetY / css + y];
  }
}

/** The picture itself; `filter` as in CSS, `veil` darkens or whitens it so that lines stand out. */
export function drawPicture(g, { map, scale, picture, width, height }, { grey = false, veil = 0 } = {}) {
  const [x, y] = map(0, 0);
  g.save();
  if (grey) g.filter = 'grayscale(1)';
  g.imageSmoothingQuality = 'high';
  g.drawImage(picture.canvas, x, y, picture.width * scale, picture.height * scale);
  g.restore();
  if (!veil) return;
  g.fillStyle = `rgba(12, 12, 11, ${veil})`;
  g.fillRect(0, 0, width, height);
}

export function drawBox(g, { map, unit }, box, { stroke, width = 2, alpha = 1, dash = [], edge = false, fill = null }) {
  const [x0, y0] = map(box[0], box[1]);
  const [x1, y1] = map(box[2], box[3]);
  g.globalAlpha = alpha;
  if (fill) {
    g.fillStyle = fill;
    g.fillRect(x0, y0, x1 - x0, y1 - y0);
  }
  g.setLineDash(dash.map((d) => d * unit));
  for (const [w, style] of edge
    ? [
        [width + 2, 'rgba(0, 0, 0, 0.6)'],
        [width, stroke],
      ]
    : [[width, stroke]]) {
    g.lineWidth = w * unit;
    g.strokeStyle = style;
    g.strokeRect(x0, y0, x1 - x0, y1 - y0);
  }
  g.setLineDash([]);
  g.globalAlpha = 1;
}

/** A person as the first view draws people. */
export function drawPerson(g, { map, scale, unit }, joints, box, hue, { joint = null, show = {} } = {}) {
  const pose = {
    colour: hue,
    keypoints: joints,
    box: {
      xMin: box[0],
      yMin: box[1],
      xMax: box[2],
      yMax: box[3],
      width: Math.max(1, box[2] - box[0]),
      height: Math.max(1, box[3] - box[1]),
    },
  };
  const active = joint === null ? null : { person: 0, joint };
  drawPoses(g, [pose], { map, scale, unit, show: { limbs: true, joints: true, boxes: false, ...show }, active });
}

/** Another answer for a person, to be compared with: a quiet outline behind what is being shown. */
export function drawGhost(g, view, { joints, box }) {
  drawPerson(
    g,
    view,
    joints.map((j) => ({ ...j, score: 0.22 })),
    box,
    '#ffffff',
    { show: { joints: false } },
  );
}

/** Joints that are the point of a picture fade less where the network is unsure of them. */
export function legible(joints) {
  return joints.map((j) => ({ ...j, score: Math.max(j.score, 0.42) }));
}

/** A label on the picture, legible on anything, and never cut off by the picture's edge. */
export function drawLabel(g, { map, unit, width, height }, [x, y], words, { hue = '#fff' } = {}) {
  g.font = `600 ${13 * unit}px system-ui, sans-serif`;
  const within = (v, low, high) => Math.max(low, Math.min(high, v));
  const at = map(x, y);
  const px = within(at[0], 6 * unit, width - g.measureText(words).width - 6 * unit);
  const py = within(at[1], 18 * unit, height - 8 * unit);
  g.lineJoin = 'round';
  g.lineWidth = 3.5 * unit;
  g.strokeStyle = 'rgba(0, 0, 0, 0.75)';
  g.strokeText(words, px, py);
  g.fillStyle = hue;
  g.fillText(words, px, py);
}

/** The region of the picture around a person: the box, the joints, and a margin. */
export function around({ box, joints }, { width, height }, share = 0.08) {
  const pad = share * Math.max(box[2] - box[0], box[3] - box[1]);
  const low = (most, ...values) => Math.min(most - 1, Math.max(0, Math.min(...values) - pad));
  const high = (least, most, ...values) => Math.max(least + 1, Math.min(most, Math.max(...values) + pad));
  const [xs, ys] = [joints.map((j) => j.x), joints.map((j) => j.y)];
  const [x0, y0] = [low(width, box[0], ...xs), low(height, box[1], ...ys)];
  return [x0, y0, high(x0, width, box[2], ...xs) - x0, high(y0, height, box[3], ...ys) - y0];
}

/** Weights as a veil over what is not looked at: bright where the weight is. A canvas of side × side. */
export function heat(weights, side, { hue = [255, 168, 0] } = {}) {
  const canvas = el('canvas');
  Object.assign(canvas, { width: side, height: side });
  const g = canvas.getContext('2d');
  const image = g.createImageData(side, side);
  const most = Math.max(...weights, 1e-9);
  weights.forEach((w, i) => {
    const share = Math.sqrt(w / most);
    image.data.set([...hue, Math.round(235 * share)], 4 * i);
  });
  g.putImageData(image, 0, 0);
  return canvas;
}

/** The shade of a number between 0 and 1 on a scale from the page's ground to its accent. */
export function shade(value, [from, to]) {
  const mix = (i) => Math.round(from[i] + (to[i] - from[i]) * Math.min(1, Math.max(0, value)));
  return `rgb(${mix(0)}, ${mix(1)}, ${mix(2)})`;
}

export function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

/** The two ends of the page's scale for numbers. */
export function ramp() {
  return [rgb(colour('surface')), rgb(colour('accent'))];
}

// How a person is drawn: one colour a person, left and right told apart by tone, unsure joints faint.
import drawing from './drawing.js';

const { limbs: LIMBS, edge: EDGE, tones, opacity: fading } = drawing;

/** Okabe and Ito's colours, without black: told apart by colour-blind eyes too. */
export const COLOURS = drawing.people;

/** The person's left is lighter, the right darker, the middle plain. */
function tone(colour, name) {
  const amount = name.startsWith('left_') ? tones.left : name.startsWith('right_') ? -tones.right : 0;
  const channel = (at) => {
    const value = parseInt(colour.slice(at, at + 2), 16);
    return Math.round(amount > 0 ? value + (255 - value) * amount : value * (1 + amount));
  };
  return `rgb(${channel(1)}, ${channel(3)}, ${channel(5)})`;
}

function limbTone(colour, a, b) {
  const side = a.split('_')[0];
  return tone(colour, side === b.split('_')[0] ? a : '');
}

/** Faint where the network is unsure, never gone. */
export function opacity(score) {
  return (
    fading.least + (1 - fading.least) * Math.min(1, Math.max(0, (score - fading.from) / (fading.to - fading.from)))
  );
}

/**
 * Draws poses on a 2D context. `map(x, y)` takes picture pixels to the context's; `scale` is the length of
 * a picture pixel there; `unit` is a CSS pixel there. `active` is `{ person, joint }` or null.
 */
export function drawPoses(context, poses, { map, scale, unit, show, active }) {
  context.lineCap = 'round';
  context.lineJoin = 'round';
  poses.forEach((pose, person) => {
    const quiet = active && active.person !== person;
    context.globalAlpha = 1;
    const colour = pose.colour;
    const size = Math.sqrt(pose.box.width * pose.box.height) * scale;
    const width = Math.min(7 * unit, Math.max(2.2 * unit, size / 60));
    const dim = (quiet ? 0.35 : 1) * (pose.fade ?? 1);
    if (show.boxes) drawBox(context, pose, map, colour, unit, dim);
    const joints = new Map(pose.keypoints.map((k) => [k.name, { ...k, at: map(k.x, k.y) }]));
    if (show.limbs) {
      for (const [a, b] of LIMBS) {
        const [from, to] = [joints.get(a), joints.get(b)];
        if (!from || !to) continue;
        context.globalAlpha = dim * opacity(Math.min(from.score, to.score));
        line(context, from.at, to.at, width + 2 * unit, EDGE);
        line(context, from.at, to.at, width, limbTone(colour, a, b));
      }
    }
    if (show.joints) {
      pose.keypoints.forEach((k, joint) => {
        const chosen = active && active.person === person && active.joint === joint;
        context.globalAlpha = chosen ? 1 : dim * opacity(k.score);
        const radius = (chosen ? 1.6 : 0.85) * width + (chosen ? 2 * unit : 0);
        dot(
          context,
          joints.get(k.name).at,
          radius,
          tone(colour, k.name),
          chosen ? 2 * unit : unit,
          chosen ? '#fff' : EDGE,
        );
      });
    }
  });
  context.globalAlpha = 1;
}

function drawBox(context, { box }, map, colour, unit, dim) {
  const [x0, y0] = map(box.xMin, box.yMin);
  const [x1, y1] = map(box.xMax, box.yMax);
  context.globalAlpha = dim;
  for (const [width, style] of [
    [4 * unit, EDGE],
    [2 * unit, colour],
  ]) {
    context.lineWidth = width;
    context.strokeStyle = style;
    context.strokeRect(Math.min(x0, x1), y0, Math.abs(x1 - x0), y1 - y0);
  }
}

function line(context, [x0, y0], [x1, y1], width, style) {
  context.lineWidth = width;
  context.strokeStyle = style;
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

function dot(context, [x, y], radius, fill, width, edge) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
  context.lineWidth = width;
  context.strokeStyle = edge;
  context.stroke();
}

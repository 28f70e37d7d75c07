// What can be plotted of a person: a joint's path, its speed, the angle at a joint. Numbers only.
import { tr } from '../words/say.js';
import { Results } from './results.js';

/** Less sure joints are guesses: the line has a gap there. */
export const SURE = 0.3;
/** Steps of time longer than this, in seconds, say nothing about a speed. */
const LONGEST_STEP_S = 0.5;

/** The joints whose angle can be told, each between its two neighbours. */
export const ANGLES = Object.fromEntries(
  ['left', 'right'].flatMap((side) =>
    Object.entries({
      elbow: ['shoulder', 'wrist'],
      shoulder: ['elbow', 'hip'],
      hip: ['shoulder', 'knee'],
      knee: ['hip', 'ankle'],
    }).map(([joint, ends]) => [`${side}_${joint}`, ends.map((end) => `${side}_${end}`)]),
  ),
);

/** What is shown, its name, its columns beside `time_s`, and the unit of what is drawn. */
export const KINDS = {
  path: { name: tr`path`, columns: ['x_px', 'y_px'], unit: tr`px` },
  speed: { name: tr`speed`, columns: ['speed_px_per_s'], unit: tr`px per second` },
  angle: { name: tr`angle`, columns: ['angle_deg'], unit: '°' },
};

/** The angle at `at` between `from` and `to` in the picture's plane, in degrees from 0 to 180; null where two are one. */
export function angle(from, at, to) {
  const [ax, ay, bx, by] = [from.x - at.x, from.y - at.y, to.x - at.x, to.y - at.y];
  const [cross, dot] = [ax * by - ay * bx, ax * bx + ay * by];
  if (!Math.hypot(ax, ay) || !Math.hypot(bx, by)) return null;
  return (Math.abs(Math.atan2(cross, dot)) * 180) / Math.PI;
}

/** Rows `{ frame, timeS, values }` of one person; `values` is null where the joint was not in sight. */
export function series(results, { person, kind, joint }) {
  const at = (name) => results.names.indexOf(name);
  const needed = kind === 'angle' ? [ANGLES[joint][0], joint, ANGLES[joint][1]] : [joint];
  const places = needed.map(at);
  const points = results.frames.map(({ people }) => {
    const who = people.find(({ id }) => id === person);
    const joints = who && places.every((place) => place >= 0) && places.map((place) => Results.joint(who, place));
    return joints?.every(({ score }) => score >= SURE) ? joints : null;
  });
  return results.frames.map(({ timeS }, frame) => ({
    frame,
    timeS,
    values: value(kind, points, results.frames, frame),
  }));
}

function value(kind, points, frames, i) {
  const here = points[i];
  if (!here) return null;
  if (kind === 'path') return [here[0].x, here[0].y];
  if (kind === 'angle') {
    const found = angle(...here);
    return found === null ? null : [found];
  }
  // From the frame before to the frame after, where both are there.
  const [from, to] = [points[i - 1] ? i - 1 : i, points[i + 1] ? i + 1 : i];
  const seconds = frames[to].timeS - frames[from].timeS;
  if (!(seconds > 0 && seconds < LONGEST_STEP_S)) return null;
  const [a, b] = [points[from][0], points[to][0]];
  return [Math.hypot(b.x - a.x, b.y - a.y) / seconds];
}

/** The same as a CSV file; nothing stands where the joint was not in sight. */
export function seriesCsv(rows, kind) {
  const { columns } = KINDS[kind];
  const lines = rows.map(({ frame, timeS, values }) => {
    const numbers = columns.map((_, i) => values?.[i].toFixed(2) ?? '');
    return [frame, timeS.toFixed(6), ...numbers].join(',');
  });
  return new Blob([`${['frame', 'time_s', ...columns].join(',')}\n${lines.join('\n')}\n`], { type: 'text/csv' });
}

// A line over time, or a path over the picture, on a canvas: few ticks, no grid, units in words.
import { fixed, tr } from '../words/say.js';

/** Places of ticks from `low` to `high`, at round numbers, about `count` of them. */
export function ticks(low, high, count) {
  const rough = (high - low) / count;
  if (!(rough > 0 && Number.isFinite(rough))) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

const number = (value, step) => fixed(value, Math.max(0, Math.min(3, -Math.floor(Math.log10(step)))));

/**
 * Draws rows of `series` on a context of `width` × `height` units. `kind` as there; `size` is the video's, `title` the
 * line above, `unit` the value's; `colours` are `{ ink, quiet, line, mark, ground }`; `now` is a time in seconds or null,
 * and `words` what stands beside it. Gives `rowAt(x, y)`, the row that is nearest to a place of the plot, or null.
 */
export function drawPlot(context, rows, { width, height, kind, size, title, unit, colours, now = null, words = '' }) {
  const [left, right, top, bottom] = [58, 16, 30, 30];
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, width, height);
  context.font = '13px system-ui, sans-serif';
  context.textBaseline = 'middle';
  context.fillStyle = colours.ink;
  context.textAlign = 'left';
  // Long words of other languages begin further to the left.
  context.fillText(title, Math.max(4, Math.min(left, width - right - context.measureText(title).width)), 14);
  const isPath = kind === 'path';
  const seen = rows.filter(({ values }) => values);
  const span = (numbers, least) => {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const more = Math.max(0, least - (high - low)) / 2 + (high - low) * 0.06;
    return [low - more, high + more];
  };
  const many = (of) =>
    rows.reduce(([low, high], row) => [Math.min(low, of(row)), Math.max(high, of(row))], [Infinity, -Infinity]);
  let [x0, x1] = isPath ? [0, size.width] : many(({ timeS }) => timeS);
  let [y0, y1] = isPath ? [size.height, 0] : kind === 'angle' ? [0, 180] : [0, 1];
  if (kind === 'speed') y1 = Math.max(10, ...seenMost(seen)) * 1.05;
  if (isPath && seen.length) {
    // The part of the picture that she moves in, as wide for its height as it is.
    const [xs, ys] = [0, 1].map((i) => span(bounds(seen, i), size.height / 20));
    const scale = Math.max((xs[1] - xs[0]) / (width - left - right), (ys[1] - ys[0]) / (height - top - bottom));
    const [cx, cy] = [(xs[0] + xs[1]) / 2, (ys[0] + ys[1]) / 2];
    const [w, h] = [(scale * (width - left - right)) / 2, (scale * (height - top - bottom)) / 2];
    [x0, x1, y0, y1] = [cx - w, cx + w, cy + h, cy - h];
  }
  if (x1 === x0) x1 = x0 + 1;
  const x = (value) => left + ((value - x0) / (x1 - x0)) * (width - left - right);
  const y = (value) => height - bottom - ((value - y0) / (y1 - y0)) * (height - top - bottom);
  context.strokeStyle = colours.line;
  context.fillStyle = colours.quiet;
  context.lineWidth = 1;
  context.beginPath();
  const across = ticks(Math.min(x0, x1), Math.max(x0, x1), width / 110);
  context.textAlign = 'center';
  for (const value of across) {
    context.moveTo(x(value), height - bottom);
    context.lineTo(x(value), height - bottom + 4);
    const last = value === across.at(-1);
    const text = number(value, across[1] - across[0] || 1);
    const words = isPath ? tr`${text} px` : tr`${text} s`;
    context.fillText(last ? words : text, x(value), height - bottom + 16);
  }
  const up = kind === 'angle' ? [0, 45, 90, 135, 180] : ticks(Math.min(y0, y1), Math.max(y0, y1), height / 55);
  context.textAlign = 'right';
  for (const value of up) {
    context.moveTo(left - 4, y(value));
    context.lineTo(width - right, y(value));
    const text = number(value, Math.abs(up[1] - up[0]) || 1);
    context.fillText(kind === 'angle' ? `${text}${unit}` : text, left - 8, y(value));
  }
  context.stroke();
  const place = (row) => (isPath ? [x(row.values[0]), y(row.values[1])] : [x(row.timeS), y(row.values[0])]);
  drawLine(context, rows, place, colours.mark);
  if (now !== null) {
    const row = rows.findLast(({ timeS }) => timeS <= now + 1e-6);
    const [at, dot] = [isPath ? null : x(now), row?.values ? place(row) : null];
    drawNow(context, at, dot, colours.ink, [top, height - bottom], Boolean(words));
    const area = { left, right: width - right, top, foot: height - bottom };
    if (words) drawWords(context, words, at ?? dot?.[0] ?? left, area, seen.map(place), colours);
  }
  return {
    rowAt(px, py) {
      const far = (row) => {
        const [rowX, rowY] = isPath ? place(row) : [x(row.timeS), py];
        return Math.hypot(rowX - px, rowY - py);
      };
      return (isPath ? seen : rows).reduce((best, row) => (best && far(best) <= far(row) ? best : row), null);
    },
  };
}

const seenMost = (seen) => [seen.reduce((most, { values }) => Math.max(most, values[0]), 0)];

function bounds(seen, i) {
  return seen.reduce(
    ([low, high], { values }) => [Math.min(low, values[i]), Math.max(high, values[i])],
    [Infinity, -Infinity],
  );
}

/** A line with gaps where there is nothing; a point alone is a dot. */
function drawLine(context, rows, place, colour) {
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = 2;
  context.lineJoin = 'round';
  let run = [];
  const end = () => {
    if (run.length === 1) {
      context.beginPath();
      context.arc(...run[0], 2, 0, 2 * Math.PI);
      context.fill();
    } else if (run.length) {
      context.beginPath();
      run.forEach((point, i) => {
        if (i) context.lineTo(...point);
        else context.moveTo(...point);
      });
      context.stroke();
    }
    run = [];
  };
  for (const row of rows) {
    if (row.values) run.push(place(row));
    else end();
  }
  end();
}

/** Where the video is now: a line at `at`, and a dot on a path or where it is wanted. */
function drawNow(context, at, dot, ink, [top, foot], hasDot) {
  context.strokeStyle = context.fillStyle = ink;
  context.lineWidth = 1;
  context.beginPath();
  if (at !== null) {
    context.moveTo(at, top);
    context.lineTo(at, foot);
    context.stroke();
  }
  if (!dot || !(hasDot || at === null)) return;
  context.beginPath();
  context.arc(...dot, 4, 0, 2 * Math.PI);
  context.fill();
}

/** Words beside a place, above or below, where they hide the least of the line. */
function drawWords(context, words, beside, { left, right, top, foot }, points, { ground, ink }) {
  const width = context.measureText(words).width;
  const [low, high] = [left, Math.max(left, right - width)];
  const xs = [beside + 10, beside - 10 - width].map((x) => Math.min(Math.max(x, low), high));
  const hidden = ([x, y]) =>
    points.filter(([px, py]) => px > x - 6 && px < x + width + 6 && Math.abs(py - y) < 16).length;
  const places = xs.flatMap((x) => [top + 12, foot - 12].map((y) => [x, y]));
  const place = places.reduce((best, other) => (hidden(other) < hidden(best) ? other : best));
  context.strokeStyle = ground;
  context.fillStyle = ink;
  context.lineWidth = 4;
  context.lineJoin = 'round';
  context.textAlign = 'left';
  context.strokeText(words, ...place);
  context.fillText(words, ...place);
}

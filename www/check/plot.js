// Precision and recall over the threshold, as two lines with their names, and the threshold in use.
import { el, svg } from '../inside/widgets/draw.js';
import { percent } from '../page/words.js';
import { late, tr } from '../words/say.js';

const HEIGHT = 260;
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 20, 28, 44];
/** From a line to the foot of its name, px. */
const [ABOVE, BELOW] = [12, 24];

/** What two counts say: precision is null where nobody is shown. */
export function rates([threshold, right, wrong], people) {
  return { threshold, precision: right + wrong > 0 ? right / (right + wrong) : null, recall: right / people };
}

/** Draws rows of `rates` into an element, as wide as that is, with a mark at the threshold `now`. */
export function drawCurve(host, rows, now) {
  const width = host.clientWidth;
  if (!width) return;
  const x = (value) => LEFT + value * (width - LEFT - RIGHT);
  const y = (value) => HEIGHT - BOTTOM - value * (HEIGHT - TOP - BOTTOM);
  const word = (kind, at, text, anchor = 'middle') =>
    svg(`text.${kind}`, { x: at[0], y: at[1], 'text-anchor': anchor }, text);
  const tick = (value) => [
    svg('line.grid', { x1: LEFT - 4, x2: width - RIGHT, y1: y(value), y2: y(value) }),
    word('tick', [LEFT - 8, y(value) + 4], `${100 * value}`, 'end'),
    word('tick', [x(value), HEIGHT - BOTTOM + 20], `${100 * value}`),
  ];
  const line = (name) => {
    const seen = rows.filter((row) => row[name] !== null);
    const points = seen.map((row) => `${x(row.threshold).toFixed(1)},${y(row[name]).toFixed(1)}`);
    return svg(`polyline.${name}`, { points: points.join(' ') });
  };
  const mark = [
    svg('line.now', { x1: x(now), x2: x(now), y1: TOP - 6, y2: HEIGHT - BOTTOM }),
    word('now', [Math.min(x(now), width - 90), TOP - 12], tr`threshold ${percent(now)}`),
  ];
  const label = tr`Precision and recall in percent over the threshold. ${words(rows)}`;
  const drawn = svg('svg', { width, height: HEIGHT, role: 'img', 'aria-label': label });
  drawn.append(...[0, 0.25, 0.5, 0.75, 1].flatMap(tick), ...mark, line('recall'), line('precision'), ...names());
  drawn.append(word('tick', [x(0.5), HEIGHT - 6], tr`threshold, % sure`));
  host.replaceChildren(drawn);

  /** Each name beside its line, between the two, where they are far apart. */
  function names() {
    const both = rows.filter(({ precision, threshold }) => precision !== null && threshold > 0.3 && threshold < 0.7);
    if (both.length === 0) return [];
    const apart = ({ precision, recall }) => Math.abs(precision - recall);
    const best = both.reduce((most, row) => (apart(row) > apart(most) ? row : most), both[0]);
    const place = (value, other) => y(value) + (value >= other ? BELOW : -ABOVE);
    const { precision, recall } = best;
    return [
      word('precision', [x(best.threshold), place(precision, recall)], tr`precision`),
      word('recall', [x(best.threshold), place(recall, precision)], tr`recall`),
    ];
  }
}

/** The curve in words. */
function words(rows) {
  const at = [0.1, 0.3, 0.5, 0.7].map((wanted) => rows.find(({ threshold }) => threshold >= wanted - 1e-9));
  const say = (row) => tr`At ${percent(row.threshold)}: ${said(row.precision)} and ${said(row.recall)}.`;
  return late(() => at.map(say).join(' '));
}

function said(value) {
  return value === null ? tr`nobody shown` : percent(value);
}

/** Every tenth row as a table. */
export function fillTable(table, rows) {
  const cells = (kind, values) => {
    return el('tr', {}, ...values.map((what) => el(kind, {}, what)));
  };
  const tenths = rows.filter((_, i) => (i + 1) % 10 === 0);
  table.replaceChildren(
    cells('th', [tr`threshold`, tr`precision`, tr`recall`]),
    ...tenths.map((row) => cells('td', [percent(row.threshold), said(row.precision), said(row.recall)])),
  );
}

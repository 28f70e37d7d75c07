// Milliseconds against AP as an SVG that reads in light and dark.
const [WIDTH, HEIGHT] = [720, 420];
const [LEFT, RIGHT, TOP, BOTTOM] = [60, 28, 40, 60];
const STYLES = {
  QueryPose: 'ours',
  'QueryPose in onnxruntime-web': 'same',
  'MoveNet in TF.js': 'other',
};

const STYLE = `
  svg { --ground: #fbfbfa; --ink: #1b1b1a; --quiet: #63635f; --line: #d6d6d2; --ours: #00639c; --other: #a34700; }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #1c1c1b; --ink: #ecece9; --quiet: #a3a39e; --line: #343432; --ours: #74c0ee; --other: #f0a35e; }
  }
  text { font: 13px system-ui, sans-serif; fill: var(--ink); font-variant-numeric: tabular-nums; }
  .quiet { fill: var(--quiet); }
  .name { stroke: var(--ground); stroke-width: 4; paint-order: stroke; }
  .ground { fill: var(--ground); }
  .grid { stroke: var(--line); }
  .point { stroke-width: 2; }
  .ours { stroke: var(--ours); fill: var(--ours); }
  .same { stroke: var(--ours); fill: var(--ground); }
  .other { stroke: var(--other); fill: var(--other); }
  .way { fill: none; stroke-width: 1.5; stroke-opacity: 0.4; }`;

const nameOf = ({ engine, pixels }) => `${engine}, ${pixels.join('×')}`;

/** An SVG of points { engine, pixels, median, ap }; those of one engine are joined by a line. */
export function plot(points, across) {
  const times = points.map((point) => point.median);
  const [fast, slow] = [Math.min(...times) / 1.25, Math.max(...times) * 1.25];
  const aps = points.map((point) => point.ap);
  const [low, high] = [Math.floor(Math.min(...aps) - 1), Math.ceil(Math.max(...aps) + 1)];
  const x = (ms) => LEFT + (Math.log(ms / fast) / Math.log(slow / fast)) * (WIDTH - LEFT - RIGHT);
  const y = (ap) => HEIGHT - BOTTOM - ((ap - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const placed = points.map((point) => ({ ...point, x: x(point.median), y: y(point.ap) }));
  const drawn = [
    `<rect class="ground" width="${WIDTH}" height="${HEIGHT}" rx="8"/>`,
    ...ticks(low, high).map((ap) => line(LEFT, y(ap), WIDTH - RIGHT, y(ap)) + text(LEFT - 10, y(ap) + 4, ap, 'end')),
    ...decades(fast, slow).map(
      (ms) => line(x(ms), TOP, x(ms), HEIGHT - BOTTOM) + text(x(ms), HEIGHT - BOTTOM + 20, ms),
    ),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, `${across}, on a logarithmic scale`),
    text(LEFT, 24, 'keypoint AP; up and to the left is better', 'start'),
    ...Object.keys(STYLES).map((engine) => way(placed.filter((point) => point.engine === engine))),
    ...placed.map(mark),
    ...labels(placed),
  ];
  const told = points
    .map(({ median, ap, ...point }) => `${nameOf(point)}: ${median.toFixed(0)} ms, AP ${ap}`)
    .join('; ');
  const size = `viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">
<title>AP over milliseconds</title>
<desc>${told}</desc>
<style>${STYLE}
</style>
${drawn.join('\n')}
</svg>
`;
}

const at = (value) => Number(value.toFixed(1));

function line(x1, y1, x2, y2) {
  return `<line class="grid" x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}"/>`;
}

function text(x, y, words, anchor = 'middle', kind = 'quiet') {
  return `<text class="${kind}" x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${words}</text>`;
}

/** Round numbers between two, at most seven. */
function ticks(low, high) {
  const step = [1, 2, 5, 10].find((step) => (high - low) / step <= 6) ?? 20;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

/** 1, 2, 3, 5 and 7 of every power of ten between two. */
function decades(low, high) {
  const powers = Array.from({ length: 8 }, (_, i) => 10 ** (i - 1));
  return powers
    .flatMap((power) => [1, 2, 3, 5, 7].map((digit) => digit * power))
    .filter((ms) => ms >= low && ms <= high);
}

function way(points) {
  const corners = points.map((point) => `${at(point.x)},${at(point.y)}`).join(' ');
  return points.length > 1 ? `<polyline class="${STYLES[points[0].engine]} way" points="${corners}"/>` : '';
}

function mark({ engine, x, y }) {
  const kind = `class="${STYLES[engine]} point"`;
  if (STYLES[engine] === 'other') return `<rect ${kind} x="${at(x - 5)}" y="${at(y - 5)}" width="10" height="10"/>`;
  return `<circle ${kind} cx="${at(x)}" cy="${at(y)}" r="6"/>`;
}

/**
 * Each point's name where it covers neither another point nor another name: above, below, right or left of it. Who it
 * is stands at the first of a line, at the others only the pixels.
 */
function labels(points) {
  const taken = points.map(({ x, y }) => [x - 9, y - 9, x + 9, y + 9]);
  return points.map(({ x, y, ...point }, i) => {
    const first = points.findIndex(({ engine }) => engine === point.engine) === i;
    const name = first ? nameOf(point) : point.pixels.join('×');
    const wide = 7.6 * name.length; // of a wide typeface at 13 px
    const places = [
      [x - wide / 2, y - 14],
      [x - wide / 2, y + 24],
      [x + 14, y + 5],
      [x - 14 - wide, y + 5],
      [x - wide / 2, y - 32],
      [x - wide / 2, y + 42],
    ].map(([left, foot]) => [Math.min(Math.max(left, LEFT + 4), WIDTH - 8 - wide), foot]);
    const box = ([left, foot]) => [left, foot - 12, left + wide, foot + 4];
    const free = (place) => !taken.some((other) => overlap(other, box(place)));
    const place = places.find(free) ?? places[0];
    taken.push(box(place));
    return text(place[0] + wide / 2, place[1], name, 'middle', 'name');
  });
}

function overlap(a, b) {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

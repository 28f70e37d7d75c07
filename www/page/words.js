// Names and numbers as people say them.

/** `left_elbow` as people say it. */
export function jointName(name) {
  return name.replaceAll('_', ' ');
}

export function percent(score) {
  return `${Math.round(score * 100)} %`;
}

/** `1 person`, `2 people`. */
export function many(n, one, more) {
  return `${n} ${n === 1 ? one : more}`;
}

/** So many people. */
export const countWords = (n) => many(n, 'person', 'people');

/** Milliseconds; many of them as seconds. */
export function ms(value) {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

/** How long something will take, from seconds. */
export function duration(s) {
  if (s < 60) return `${Math.max(1, Math.ceil(s))} s`;
  return s < 3600 ? `${Math.round(s / 60)} min` : `${Math.floor(s / 3600)} h ${Math.round((s % 3600) / 60)} min`;
}

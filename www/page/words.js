// Names and numbers as people say them.

/** `left_elbow` as people say it. */
export function jointName(name) {
  return name.replaceAll('_', ' ');
}

export function percent(score) {
  return `${Math.round(score * 100)} %`;
}

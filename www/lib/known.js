// The picture whose answers are known: whether an engine gives them, in this browser and on this adapter.

/** Pixels of the check picture that a joint may be off. Drivers differ in the last bits, broken ones by far more. */
const TOLERANCE_PX = 1;
const TOLERANCE_SCORE = 0.01;

/** The answer to the picture whose answers are known. */
export async function detect(network, { rgba, width, height, people, size }) {
  return JSON.parse(await network.detect(rgba, width, height, { threshold: 0, maxPeople: people, size }));
}

/** What differs from the known answers, in words; nothing if all is well. */
export async function differs(network, check) {
  const { poses } = await detect(network, check);
  if (poses.length !== check.poses.length)
    return `${poses.length} people instead of ${check.poses.length} on the check picture`;
  const counts = check.poses.map(({ keypoints }, i) => [poses[i].keypoints.length, keypoints.length]);
  const [other] = counts.filter(([found, known]) => found !== known);
  if (other) return `${other[0]} joints instead of ${other[1]} on the check picture`;
  let off = 0;
  let score = 0;
  check.poses.forEach((known, i) => {
    score = worst(score, poses[i].score - known.score);
    known.keypoints.forEach((k, j) => {
      const found = poses[i].keypoints[j];
      off = worst(off, found.x - k.x, found.y - k.y);
      score = worst(score, found.score - k.score);
    });
  });
  if (!(off <= TOLERANCE_PX)) return `a joint ${off.toFixed(1)} px away from where it should be`;
  if (!(score <= TOLERANCE_SCORE)) return `a score off by ${score.toFixed(3)}`;
  return '';
}

/** The largest deviation; NaN counts as infinitely wrong. */
function worst(...values) {
  return Math.max(...values.map((v) => (Number.isNaN(v) ? Infinity : Math.abs(v))));
}

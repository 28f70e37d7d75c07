// Results as files.

const round = (x) => Math.round(x * 1000) / 1000;

/** COCO's results list: pixels of the original picture, the third number of a keypoint is its score. */
export function cocoResults(poses, fileName) {
  return poses.map(({ score, keypoints, box }) => ({
    image_id: imageId(fileName),
    file_name: fileName,
    category_id: 1,
    keypoints: keypoints.flatMap((k) => [round(k.x), round(k.y), round(k.score)]),
    score,
    bbox: [box.xMin, box.yMin, box.width, box.height].map(round),
  }));
}

/** The last digits of the file's name as a number, as COCO names its pictures; else 0. */
function imageId(fileName) {
  const digits = fileName.replace(/\.[^.]*$/, '').match(/(\d+)(?!.*\d)/);
  return digits ? Number(digits[1]) : 0;
}

/** Hands a Blob to the browser's downloads. */
export function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

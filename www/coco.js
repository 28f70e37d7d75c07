// Results as files.

const round = (x) => Math.round(x * 1000) / 1000;

/**
 * COCO's results list in pixels of the original picture; the third number of a keypoint is its score. COCO counts
 * pixel indices, so that a pixel's centre is a whole number: half a pixel less than a pose's x and y.
 */
export function cocoResults(poses, fileName) {
  return poses.map(({ score, keypoints, box }) => ({
    image_id: imageId(fileName),
    file_name: fileName,
    category_id: 1,
    keypoints: keypoints.flatMap((k) => [round(k.x - 0.5), round(k.y - 0.5), round(k.score)]),
    score,
    bbox: [box.xMin, box.yMin, box.width, box.height].map(round),
  }));
}

/** The last digits of the file's name as a number, as COCO names its pictures; else 1, as on the command line. */
function imageId(fileName) {
  const digits = fileName.replace(/\.[^.]*$/, '').match(/(\d+)\D*$/);
  const id = digits ? Number(digits[1]) : 1;
  return Number.isSafeInteger(id) ? id : 1;
}

/** Hands a Blob to the browser's downloads. */
export function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

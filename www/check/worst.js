// The pictures with the most mistakes, truth and answer side by side; each is decoded when it comes into sight, and only
// its two small drawings stay.
import { el } from '../inside/widgets/draw.js';
import { listed } from '../inside/widgets/words.js';
import { decode } from '../lib/decode.js';
import { COLOURS, drawPoses } from '../lib/skeleton.js';
import { countWords } from '../page/words.js';
import { tr } from '../words/say.js';

/** Pixels of a drawing's longest side. */
const DRAWN = 640;
const GREY = '#9a9a96';

/** Fills a list; `fileOf(image)` resolves with the File of a picture, `nameOf(image)` is its name. */
export function showWorst(list, worst, { fileOf, nameOf, names }) {
  const watch = new IntersectionObserver(
    (seen) => {
      for (const { target, isIntersecting } of seen) {
        if (!isIntersecting) continue;
        watch.unobserve(target);
        target.paint();
      }
    },
    { rootMargin: '300px' },
  );
  list.replaceChildren(
    ...worst.map(({ image, missed, wrong, labelled, found }) => {
      const people = labelled.filter(({ ignored }) => !ignored);
      const plates = [
        [labelled, tr`Marked: ${countWords(people.length)}`],
        [found, tr`Network: ${countWords(found.length)}`],
      ].map(([drawn, label]) => {
        const canvas = el('canvas', { role: 'img', 'aria-label': tr`${nameOf(image)}. ${label}`, width: 4, height: 3 });
        return { canvas, drawn, figure: el('figure', {}, canvas, el('figcaption', {}, label)) };
      });
      const mistakes = [missed && tr`${missed} missed`, wrong && tr`${wrong} wrong`].filter(Boolean);
      const item = el(
        'li',
        {},
        el('p', {}, el('b', {}, nameOf(image)), ' ', listed(mistakes)),
        el('div.pair', {}, ...plates.map(({ figure }) => figure)),
      );
      item.paint = () => paint(item, plates, image, fileOf, names);
      watch.observe(item);
      return item;
    }),
  );
  return () => watch.disconnect();
}

async function paint(item, plates, image, fileOf, names) {
  let decoded;
  try {
    decoded = await decode(await fileOf(image));
  } catch {
    item.append(el('p.note', {}, tr`This picture cannot be read any more.`));
    return;
  }
  const { picture, width, height } = decoded;
  const scale = Math.min(1, DRAWN / Math.max(width, height));
  for (const { canvas, drawn } of plates) {
    Object.assign(canvas, { width: Math.round(width * scale), height: Math.round(height * scale) });
    const g = canvas.getContext('2d');
    g.imageSmoothingQuality = 'high';
    g.drawImage(picture, 0, 0, canvas.width, canvas.height);
    // Half a pixel: COCO's numbers are those of pixels, not of their edges.
    const map = (x, y) => [(x + 0.5) * scale, (y + 0.5) * scale];
    // How many of its pixels one on the screen is.
    const unit = Math.max(1, canvas.width / canvas.clientWidth, canvas.height / canvas.clientHeight);
    const how = { map, scale, unit: Number.isFinite(unit) ? unit : 1, active: null };
    const poses = drawn.map((person, i) => poseOf(person, i, names));
    const [ignored, counted] = [true, false].map((is) => poses.filter((pose) => pose.ignored === is));
    drawPoses(g, ignored, { ...how, show: { boxes: true } });
    drawPoses(g, counted, { ...how, show: { limbs: true, joints: true } });
  }
  picture.close();
}

/** A person as skeletons are drawn: only the joints that are marked. */
function poseOf({ bbox: [x, y, width, height], keypoints, ignored }, i, names) {
  const joints = keypoints.map(([jx, jy, seen], k) => ({ x: jx, y: jy, seen, score: 1, name: names[k] }));
  return {
    box: { xMin: x, yMin: y, xMax: x + width, yMax: y + height, width, height },
    keypoints: joints.filter(({ seen }) => seen),
    colour: ignored ? GREY : COLOURS[i % COLOURS.length],
    ignored,
  };
}

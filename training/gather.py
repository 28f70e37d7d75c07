#!/usr/bin/env python3
r"""Makes training groups of COCO train2017 photos that lie about under their numbers, and of COCO's labels in YOLO's text form.

    python gather.py --photos FOLDER … [--squashed FOLDER …] --poses LABELS --boxes LABELS --validation val2017.txt \
        --data DATA --out DATA

writes `real_more` (photos of people with joints) and `real_free` (photos of nobody). A photo is taken once, from the first folder that
has it; none that validation has by its number, nor by its looks what `val_dev` has. `--squashed` is for photos whose sides were
brought to one length: the labels tell what they were, since COCO's joints lie on whole pixels and its boxes on hundredths of them.

`--held-out` writes the photos of val2017 instead, as they are, with and without people: `val_more`, to choose between weights by. Never
train on it; `train.py` does not know its name.
"""
import argparse
import io
import json
import re
import tarfile
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

LONGEST = 448  # px; the other groups' pictures are no larger
ALIKE = 4  # of 64 bits: fewer differences are the same photo
CROWD = 10  # people; COCO marks what is beyond as a region, which these labels leave out
NUMBER = re.compile(r"(?<!\d)(\d{12})(?!\d)")
LENGTHS = np.arange(120, 641)  # of COCO's photos


def by_number(folder, suffixes):
    """Files below a folder by the COCO number in their names."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        number = NUMBER.search(path.name)
        if number and path.suffix.lower() in suffixes:
            found.setdefault(int(number[1]), path)
    return found


def rows(path):
    """Lines of numbers of a label file: class, box (centre, extent), and for poses 17 times x, y, visibility; places in 0..1."""
    return [[float(v) for v in line.split()] for line in path.read_text().splitlines() if line.strip()] if path else []


def likely(values, steps):
    """For each of LENGTHS how likely it is (log) that `values` times it are multiples of `steps`; values have six decimals."""
    if len(values) == 0:
        return np.zeros(len(LENGTHS))
    places = np.asarray(values)[:, None] * LENGTHS / np.asarray(steps)[:, None]
    slack = 6e-7 * LENGTHS / np.asarray(steps)[:, None] + 1e-4
    fits = np.abs(places - places.round()) <= slack
    return np.where(fits, -np.log(np.minimum(1, 2 * slack)), -6.0).sum(0)


def true_size(poses, boxes):
    """(width, height) of the photo that the labels were made on, and how much likelier (log) it is than any other."""
    axis = lambda a: likely(
        [row[5 + 3 * j + a] for row in poses for j in range(17) if row[7 + 3 * j] > 0]
        + [row[3 + a] for row in boxes] + [row[1 + a] for row in boxes],
        [1.0] * sum(row[7 + 3 * j] > 0 for row in poses for j in range(17)) + [0.01] * len(boxes) + [0.005] * len(boxes))
    longest = np.maximum(LENGTHS[:, None], LENGTHS)
    # most of COCO's photos are 640 px long, many of the others 500
    pairs = axis(0)[:, None] + axis(1) + np.select([longest == 640, longest == 500], [5.5, 4.0])
    second, best = np.argsort(pairs, axis=None)[-2:]
    x, y = np.unravel_index(best, pairs.shape)
    return (int(LENGTHS[x]), int(LENGTHS[y])), float(pairs.flat[best] - pairs.flat[second])


def fingerprint(image):
    """64 bits of a picture's looks, and of its mirror image's: whether each of 8×8 cells is brighter than its neighbour."""
    cells = cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (9, 8), interpolation=cv2.INTER_AREA).astype(int)
    bits = lambda c: (c[:, 1:] > c[:, :-1]).ravel()
    return bits(cells), bits(cells[:, ::-1])


def held_out_numbers(path):
    """The numbers of val2017's photos, from a text file in which all of them occur."""
    numbers = {int(n) for n in NUMBER.findall(Path(path).read_text())}
    if len(numbers) < 5000:
        raise SystemExit(f"{path} has {len(numbers)} numbers, val2017 has 5000 photos")
    return numbers


def held_out(paths):
    """Fingerprints (N,64) of the pictures in tar shards."""
    found = []
    for path in paths:
        with tarfile.open(path) as tar:
            for member in tar:
                if member.isfile():
                    content = np.frombuffer(tar.extractfile(member).read(), np.uint8)
                    found.append(fingerprint(cv2.imdecode(content, cv2.IMREAD_COLOR))[0])
    return np.asarray(found).reshape(-1, 64)


def alike(known, image):
    """Whether a picture (h,w,3) or its mirror image looks like one of the fingerprints (N,64)."""
    return len(known) > 0 and min((known != bits).sum(1).min() for bits in fingerprint(image)) <= ALIKE


def annotations(poses, boxes, size):
    """People of a picture of size (w,h): all poses, and the boxes of those whom COCO drew without a joint."""
    (w, h), people = size, []

    def add(row, joints):
        x, y, bw, bh = (v * s for v, s in zip(row[1:5], (w, h, w, h)))
        people.append({
            "bbox": [round(v, 1) for v in (x - bw / 2, y - bh / 2, bw, bh)], "area": round(0.53 * bw * bh, 1), "area_src": "0.53*bbox",
            "keypoints": joints, "num_keypoints": sum(v > 0 for v in joints[2::3]), "iscrowd": 0, "label_src": "coco"})

    for row in poses:
        known = [row[7 + 3 * j] > 0 for j in range(17)]
        add(row, [v for j in range(17) for v in (
            (round(row[5 + 3 * j] * w, 1), round(row[6 + 3 * j] * h, 1), int(row[7 + 3 * j])) if known[j] else (0.0, 0.0, 0))])
    for row in boxes:
        if all(np.abs(np.subtract(row[1:5], pose[1:5])).sum() > 0.002 for pose in poses):
            add(row, [0.0, 0.0, 0] * 17)
    return people


class Group:
    """A group being written: NAME_00.tar and NAME.json, which replace those of an earlier time once they are whole."""

    def __init__(self, folder, name):
        Path(folder).mkdir(parents=True, exist_ok=True)
        self.json, self.shard = Path(folder) / f"{name}.json", f"{name}_00.tar"
        self.part = Path(folder) / f"{self.shard}.tmp"
        self.tar, self.images, self.annotations = tarfile.open(self.part, "w"), [], []

    def add(self, number, image, people, **about):
        """Takes a picture (h,w,3) BGR and its people."""
        member = tarfile.TarInfo(f"{number:012d}.jpg")
        content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()
        member.size = len(content)
        self.tar.addfile(member, io.BytesIO(content))
        self.images.append({"id": number, "file_name": member.name, "width": image.shape[1],
                            "height": image.shape[0], "shard": self.shard, **about})
        self.annotations += [{"id": len(self.annotations) + i + 1, "image_id": number, "category_id": 1, **a} for i, a in enumerate(people)]

    def close(self):
        """Writes the labels. A group of no photos is none, and replaces none."""
        self.tar.close()
        if not self.images:
            self.part.unlink()
            return
        categories = [{"id": 1, "name": "person"}]
        labels = self.json.with_suffix(".json.tmp")
        labels.write_text(json.dumps({"images": self.images, "annotations": self.annotations, "categories": categories}))
        self.part.replace(self.json.with_name(self.shard))
        labels.replace(self.json)


def picture(path, poses, boxes, squashed, longest=LONGEST):
    """The photo (h,w,3) BGR in its true aspect, no longer than `longest` px, and whether that aspect is unsure.

    None: no photo, or not of these labels."""
    image = cv2.imread(str(path))
    if image is None:
        return None
    (h, w), unsure = image.shape[:2], False
    (true_w, true_h), lead = true_size(poses, boxes)
    sure = lead >= 6
    if squashed:
        unsure = not sure
        if sure:
            scale = min(w, h) / min(true_w, true_h)
            w, h = true_w * scale, true_h * scale
    elif sure and abs(true_w / true_h - w / h) > 0.02 * w / h:
        return None
    scale = min(1, longest / max(w, h))
    size = max(1, round(w * scale)), max(1, round(h * scale))
    larger = size[0] * size[1] > image.shape[0] * image.shape[1]
    return cv2.resize(image, size, interpolation=cv2.INTER_CUBIC if larger else cv2.INTER_AREA), unsure


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--photos", nargs="*", default=[], help="folders of photos as they are, or only made smaller")
    p.add_argument("--squashed", nargs="*", default=[], help="folders of photos whose sides were brought to one length")
    p.add_argument("--poses", required=True, help="folder of YOLO pose labels of train2017")
    p.add_argument("--boxes", required=True, help="folder of YOLO box labels of train2017, class 0 a person")
    p.add_argument("--validation", required=True, help="text file in which the numbers of all of val2017 occur")
    p.add_argument("--data", required=True, help="folder with real_coco and val_dev")
    p.add_argument("--out", required=True, help="folder for the groups")
    p.add_argument("--held-out", action="store_true", help="val2017's photos instead of all others, unsquashed and as large as they are")
    options = p.parse_args()
    validation = held_out_numbers(options.validation)
    if options.held_out and options.squashed:
        p.error("--held-out takes no --squashed photos: they are to be looked at as they are")
    refused = set() if options.held_out else set(validation)
    for group in ("val_dev", "real_coco"):
        refused |= {image.get("coco_id") for image in json.loads((Path(options.data) / f"{group}.json").read_text())["images"]}
    seen = held_out(sorted(Path(options.data).glob("val_dev_*.tar")))
    poses_of, boxes_of = by_number(options.poses, {".txt"}), by_number(options.boxes, {".txt"})
    photos_of = {folder: by_number(folder, {".jpg", ".jpeg", ".png"}) for folder in [*options.photos, *options.squashed]}
    for folder in (folder for folder, photos in photos_of.items() if not photos):
        p.error(f"{folder} has no photos with COCO's numbers")
    if options.held_out:
        more = free = Group(options.out, "val_more")
    else:
        more, free = Group(options.out, "real_more"), Group(options.out, "real_free")
    dropped = {}
    for folder, squashed in [(f, False) for f in options.photos] + [(f, True) for f in options.squashed]:
        for number, path in tqdm(photos_of[folder].items(), desc=Path(folder).name, unit="img", dynamic_ncols=True):
            labels = number in poses_of or number in boxes_of
            poses = rows(poses_of.get(number))
            boxes = rows(boxes_of.get(number))
            persons = [row for row in boxes if row[0] == 0]
            joints = any(row[7 + 3 * j] > 0 for row in poses for j in range(17))
            found = None
            if number in refused or options.held_out and number not in validation:
                why = "not in val2017, or taken already" if options.held_out else "in val2017, val_dev or taken already"
            elif not labels or (persons or poses) and not joints:
                why = "without joints or labels"
            elif (found := picture(path, poses, boxes, squashed, 640 if options.held_out else LONGEST)) is None:
                why = "not readable, or not of its labels' shape"
            elif alike(seen, found[0]):
                found, why = None, "looks like one of val_dev"
            if found is None:
                dropped[why] = dropped.get(why, 0) + 1
                continue
            image, unsure = found
            people = annotations(poses, persons, image.shape[1::-1])
            about = {"coco_id": number, "source": Path(folder).name, "ignore_boxes_known": True, "low_res": squashed}
            about |= {"aspect_distorted": True} if unsure else {}
            about |= {"unlabelled_people_possible": True} if len(people) >= CROWD else {}
            (more if people else free).add(number, image, people, **about)
            refused.add(number)
    for group in {id(g): g for g in (more, free)}.values():
        group.close()
        joints = sum(a["num_keypoints"] > 0 for a in group.annotations)
        print(f"{group.json.name}: {len(group.images)} photos, {joints} people with joints, {len(group.annotations) - joints} without")
    for why, count in dropped.items():
        print(f"left out: {count} {why}")


if __name__ == "__main__":
    main()

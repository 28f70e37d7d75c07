#!/usr/bin/env python3
r"""Makes a training group of photos in which people's boxes were drawn by hand and nobody's joints.

    python gather_boxes.py --photos FOLDER --data DATA [--held-out val_more_00.tar] --out DATA

FOLDER is a data set in YOLO's form, any number of `images/` and `labels/` side by side below it: a line per box, class 0 a person.
Writes `real_boxes`. Left out are COCO's photos (a number of twelve digits in the name: `gather.py` knows them better), those that
`pseudo_people` has, and by their looks those of `val_dev` and of further held-out shards, and all but one of photos that look alike,
as frames of a video do. Sides are as they come: this kind of data set stretches its photos to squares, so their aspect counts as unsure.
"""
import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from gather import NUMBER, Group, alike, fingerprint, held_out, rows
from tqdm import tqdm

FULL = 4  # people; where so many were drawn, some were not


def people(boxes, size):
    """Annotations of boxes (class, centre, extent; in 0..1) on a picture of size (w,h)."""
    w, h = size
    found = []
    for _, x, y, bw, bh in boxes:
        x0, x1 = np.clip([(x - bw / 2) * w, (x + bw / 2) * w], 0, w)
        y0, y1 = np.clip([(y - bh / 2) * h, (y + bh / 2) * h], 0, h)
        found.append({
            "bbox": [round(float(v), 1) for v in (x0, y0, x1 - x0, y1 - y0)], "area": round(float(0.53 * (x1 - x0) * (y1 - y0)), 1),
            "area_src": "0.53*bbox", "keypoints": [0.0, 0.0, 0] * 17, "num_keypoints": 0, "iscrowd": 0, "label_src": "hand"})
    return found


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--photos", required=True, help="data set in YOLO's form: images/NAME.jpg and labels/NAME.txt")
    p.add_argument("--data", required=True, help="folder with pseudo_people and val_dev")
    p.add_argument("--held-out", nargs="*", default=[], help="further shards whose pictures must not be trained on")
    p.add_argument("--out", required=True, help="folder for the group")
    options = p.parse_args()
    data = Path(options.data)
    taken = {image["orig"] for image in json.loads((data / "pseudo_people.json").read_text())["images"]}
    known = held_out([*sorted(data.glob("val_dev_*.tar")), *options.held_out])
    paths = sorted(path for path in Path(options.photos).rglob("*.jpg") if path.parent.name == "images")
    if not paths:
        p.error(f"{options.photos} has no images/NAME.jpg")
    group, dropped, number = Group(options.out, "real_boxes"), {}, 0
    for path in tqdm(paths, unit="img", dynamic_ncols=True):
        label, why, image = path.parent.parent / "labels" / f"{path.stem}.txt", None, None
        if NUMBER.search(path.name) or path.name in taken:
            why = "COCO's, or taken already"
        elif not label.exists() or not (boxes := [row for row in rows(label) if len(row) == 5 and row[0] == 0]):
            why = "without boxes"
        elif (image := cv2.imread(str(path))) is None:
            why = "not readable"
        elif alike(known, image):
            why = "look like one that was taken, or is held out"
        if why:
            dropped[why] = dropped.get(why, 0) + 1
            continue
        known = np.concatenate([known, fingerprint(image)[0][None]])
        about = {"source": Path(options.photos).name, "orig": path.name, "aspect_distorted": True}
        about |= {"unlabelled_people_possible": True} if len(boxes) >= FULL else {}
        number += 1
        group.add(number, image, people(boxes, image.shape[1::-1]), **about)
    group.close()
    print(f"{group.json.name}: {len(group.images)} photos, {len(group.annotations)} boxes")
    for why, count in dropped.items():
        print(f"left out: {count} {why}")


if __name__ == "__main__":
    main()

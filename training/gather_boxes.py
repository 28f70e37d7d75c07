#!/usr/bin/env python3
r"""Makes a training group of photos in which people's boxes were drawn by hand and nobody's joints.

    python gather_boxes.py --photos FOLDER --data DATA [--held-out val_more_00.tar] [--validation val2017.txt] \
        [--group real_boxes] --out DATA

FOLDER is a data set in YOLO's form, any number of `images/` and `labels/` side by side below it: a line per box, class 0 a person.
Left out are those photos that another group in DATA or --out has by their name, COCO's (a number of twelve digits in the name) unless
`--validation` lists all of val2017, by their looks those of `val_dev` and of further held-out shards, and all but one of photos that look
alike, as frames of a video do, or that were made of one (`NAME.rf.…`). Sides are as they come: this kind of data set stretches its
photos to squares, so their aspect counts as unsure.
"""
import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from gather import NUMBER, Group, alike, fingerprint, held_out, held_out_numbers, rows
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


def original(name):
    """The name of the photo that a picture was made of; Roboflow makes several of one."""
    return name.split(".rf.")[0]


def taken(folders, but):
    """COCO's numbers and the names of the photos of all groups in the folders, val_dev's among them, but for one group."""
    numbers, names = set(), set()
    for path in (path for folder in folders for path in Path(folder).glob("*.json") if path.stem != but):
        group = json.loads(path.read_text())
        images = group.get("images", []) if isinstance(group, dict) else []
        numbers |= {image["coco_id"] for image in images if "coco_id" in image}
        names |= {original(image["orig"]) for image in images if "orig" in image}
    return numbers, names


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--photos", required=True, help="data set in YOLO's form: images/NAME.jpg and labels/NAME.txt")
    p.add_argument("--data", required=True, help="folder with the groups that are there, val_dev among them")
    p.add_argument("--held-out", nargs="*", default=[], help="further shards whose pictures must not be trained on")
    p.add_argument("--validation", help="text file in which the numbers of all of val2017 occur: takes COCO's other photos too")
    p.add_argument("--group", default="real_boxes", help="name of the group to write")
    p.add_argument("--out", required=True, help="folder for the group")
    options = p.parse_args()
    data = Path(options.data)
    validation = held_out_numbers(options.validation) if options.validation else set()
    numbers, names = taken([data, options.out], options.group)
    known = held_out([*sorted(data.glob("val_dev_*.tar")), *options.held_out])
    paths = sorted(path for path in Path(options.photos).rglob("*.jpg") if path.parent.name == "images")
    if not paths:
        p.error(f"{options.photos} has no images/NAME.jpg")
    group, dropped, number = Group(options.out, options.group), {}, 0
    for path in tqdm(paths, unit="img", dynamic_ncols=True):
        label, why, image = path.parent.parent / "labels" / f"{path.stem}.txt", None, None
        coco = NUMBER.search(path.name)
        if original(path.name) in names or coco and (not validation or int(coco[1]) in numbers | validation):
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
        names.add(original(path.name))
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

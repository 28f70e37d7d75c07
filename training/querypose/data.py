"""Training pictures: COCO-style JSON files beside tar shards, read into memory compressed."""
import json
import tarfile
from pathlib import Path

import cv2
import numpy as np

from .augment import Augment
from .labels import KEYPOINT_INDEX, joint_weights
from .paste import Cutouts

# How often each group is drawn per epoch. Groups whose name starts with `val` are refused.
MIX = {"real_coco": 5, "real_more": 5, "real_more2": 5, "real_free": 1, "real_boxes": 2, "real_boxes2": 4, "real_lspet": 1,
       "pseudo_s40": 1, "pseudo_people": 1, "pseudo_misc": 2, "backgrounds": 1}


# Share of the pictures on which cut-outs are pasted.
PASTED = 0.25


class Shards:
    """Bytes of the pictures of a group, by file name."""

    def __init__(self, folder, group):
        self.bytes = {}
        for path in sorted(Path(folder).glob(f"{group}_*.tar")):
            with tarfile.open(path) as tar:
                for member in tar:
                    if member.isfile():
                        self.bytes[Path(member.name).name] = tar.extractfile(member).read()

    def read(self, name, flags=cv2.IMREAD_COLOR):
        """Picture (h,w,3) u8 RGB, or RGBA with IMREAD_UNCHANGED."""
        image = cv2.imdecode(np.frombuffer(self.bytes[name], np.uint8), flags)
        if image is None:
            raise ValueError(f"{name}: not a picture that OpenCV can read")
        return cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA if image.shape[2] == 4 else cv2.COLOR_BGR2RGB)


def box_alone(annotation):
    """Whether a person's box was drawn by hand and no joint was."""
    return annotation["num_keypoints"] == 0 and not annotation.get("iscrowd") and annotation.get("label_src") in ("coco", "hand")


def read_group(folder, group, keypoints):
    """Samples of one group: dicts with file, boxes (G,4) xyxy, ignore (I,4), joints (G,17,2), joint weights, weights.

    Joints as COCO writes them, whose half pixel is left away (history.md, "Half a pixel").

    A person whom COCO's annotators drew without a joint, because all are too small or hidden, is a person with a box alone, and so are
    those of `real_boxes` whose joints nobody drew and no teacher was sure of.
    """
    KEYPOINT_INDEX.update({k: i for i, k in enumerate(keypoints)})
    raw = json.loads((Path(folder) / f"{group}.json").read_text())
    by_image = {}
    for a in raw.get("annotations", []):
        by_image.setdefault(a["image_id"], []).append(a)
    samples = []
    for image in raw["images"]:
        people, regions = [], []
        for a in by_image.get(image.get("id"), []):
            x, y, w, h = a["bbox"]
            if w < 2 or h < 2:
                continue
            (people if a["num_keypoints"] and not a.get("ignore") or box_alone(a) else regions).append(((x, y, x + w, y + h), a))
        keypoint = [np.asarray(a["keypoints"], np.float32).reshape(-1, 3)[:, :2] for _, a in people]
        sure = [min(1.0, a["score"] / 0.7) if a.get("label_src") == "teacher" and a.get("box_src") != "human" else 1.0 for _, a in people]
        samples.append({
            "group": group, "file": image["file_name"],
            "boxes": np.asarray([b for b, _ in people], np.float32).reshape(-1, 4),
            "ignore": np.asarray([b for b, _ in regions], np.float32).reshape(-1, 4),
            "joints": np.asarray(keypoint, np.float32).reshape(len(people), len(keypoints), 2),
            "joint_weight": np.asarray([joint_weights(a) for _, a in people], np.float32).reshape(len(people), len(keypoints)),
            "weight": np.asarray(sure, np.float32),
            "distorted": bool(image.get("aspect_distorted")),
            "negative_weight": 0.5 if image.get("unlabelled_people_possible") or image.get("ignore_boxes_known") is False else 1.0,
        })
    return samples


class People:
    """All training samples; `one(rng, canvas)` draws an augmented one. paste: with cut-outs; mosaic: share of mosaics; wide: see Augment."""

    def __init__(self, folder, config, mix=None, paste=True, mosaic=0.0, wide=False):
        folder, self.samples, self.shards, draws = Path(folder), [], {}, []
        for group, repeat in (mix or MIX).items():
            if group.startswith("val"):
                raise ValueError(f"{group} is a validation group and must not be trained on")
            if not (folder / f"{group}.json").exists():
                continue
            self.shards[group] = Shards(folder, group)
            found = read_group(folder, group, config.keypoints)
            draws.append(np.repeat(np.arange(len(found)) + len(self.samples), repeat))
            self.samples += found
        if not self.samples:
            raise ValueError(f"{folder}: none of {', '.join(mix or MIX)} is here (NAME.json and NAME_00.tar)")
        self.draws = np.concatenate(draws)
        self.augment = Augment(config.keypoints, wide=wide)
        self.cutouts, self.paste, self.mosaic = Cutouts(folder), paste, mosaic

    def one(self, rng, canvas):
        """One augmented picture (h,w,3) u8 and its targets: of one photo, or of four."""
        if rng.random() >= self.mosaic:
            return self.photo(rng, canvas, min(canvas))
        (w, h), (x, y) = canvas, (rng.uniform(0.35, 0.65, 2) * canvas).astype(int)
        corners = [(0, 0, x, y), (x, 0, w, y), (0, y, x, h), (x, y, w, h)]
        parts = [(x0, y0, *self.photo(rng, (int(x1 - x0), int(y1 - y0)), min(x1 - x0, y1 - y0))) for x0, y0, x1, y1 in corners]
        return join(parts, canvas)

    def photo(self, rng, canvas, shortest_edge):
        """One augmented photo, its shortest edge about as long as told."""
        sample = self.samples[rng.choice(self.draws)]
        image = self.shards[sample["group"]].read(sample["file"])
        if self.paste and self.cutouts.items and rng.random() < PASTED:
            image, sample = self.cutouts.paste(image, sample, rng)
        return self.augment(image, sample, canvas, rng, shortest_edge)


def join(parts, canvas):
    """A mosaic of parts (left, top, picture, targets) that fill the canvas (w,h)."""
    picture = np.empty((canvas[1], canvas[0], 3), np.uint8)
    found = {key: [] for key in ("boxes", "ignore", "joints", "joint_weight", "weight")}
    for left, top, part, target in parts:
        picture[top : top + part.shape[0], left : left + part.shape[1]] = part
        shift = np.array([left, top], np.float32)
        for key, values in found.items():
            values.append(target[key] + (np.tile(shift, target[key].shape[-1] // 2) if key in ("boxes", "ignore", "joints") else 0))
    joined = {key: np.concatenate(values).astype(np.float32) for key, values in found.items()}
    return picture, {**joined, "negative_weight": min(target["negative_weight"] for *_, target in parts)}


def sample_boxes(people, count, rng, canvases):
    """(N,4) cxcywh in 0..1 of people in `count` augmented pictures: what the learned proposals start from."""
    found = []
    for i in range(count):
        w, h = canvases[i % len(canvases)]
        _, target = people.one(rng, (w, h))
        box = target["boxes"] / np.array([w, h, w, h], np.float32)
        found.append(np.concatenate([(box[:, :2] + box[:, 2:]) / 2, box[:, 2:] - box[:, :2]], 1))
    return np.concatenate(found)


def cluster_boxes(boxes, count, rng, rounds=30):
    """k-means of cxcywh boxes; distances weigh position by size so that small people get their own proposals."""
    def embed(b):
        extent = np.sqrt(b[:, 2:].prod(1, keepdims=True))
        return np.concatenate([b[:, :2] / (0.35 + extent) * 2, np.log(b[:, 2:])], 1)

    points = embed(boxes)
    chosen = rng.choice(len(boxes), count, replace=False)
    centres, members = points[chosen], boxes[chosen]
    for _ in range(rounds):
        owner = ((points[:, None] - centres[None]) ** 2).sum(2).argmin(1)
        for k in range(count):
            if (owner == k).any():
                members[k] = np.median(boxes[owner == k], 0)
        centres = embed(members)
    return members.astype(np.float32)

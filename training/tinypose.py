#!/usr/bin/env python3
"""Joints by PP-TinyPose for people of whom only a box was drawn by hand: what `gather_boxes.py` leaves open.

    python tinypose.py --weights FOLDER --data DATA [--group real_boxes]     labels the group, in place
    python tinypose.py --weights FOLDER --data DATA --group val_more --check measures the teacher by joints drawn by hand

FOLDER has `tinypose_256x192.param` and `.bin` (PaddleDetection's PP-TinyPose, Apache-2.0, in ncnn's form as in
FeiGeChuanShu/ncnn_Android_PP-TinyPose); it needs the package `ncnn`. A person's joints count where the teacher is as sure as the
data's README asks of it; whoever has too few sure joints stays a person with a box alone.
"""
import argparse
import json
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from pycocotools.cocoeval import Params
from tqdm import tqdm

from querypose.data import Shards

SIZE = np.array([192, 256])  # px of the teacher's picture (w,h)
CELLS = np.array([48, 64])  # of its heat maps
AROUND = 1.1  # of the box is looked at; 1.25, with which it was trained, is worse in true boxes (history.md)
SIGMAS = Params("keypoints").kpt_oks_sigmas
MEAN, STD = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])
MIRRORED = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]
ASPECTS = (0.8, 1.2)  # width through height that a photo stretched to a square may have had: upright, lying
LOW = 0.2  # cells that the teacher's joints are too low, by the hand-made labels of `real_more`; across, the mirror image takes it out
VISIBLE, GUESSED = 0.45, 0.30  # confidence from which a joint counts as seen, and as known at all
SMALLEST = 24  # px of a box's height: below it the teacher guesses


class Teacher:
    """The network; one per process, on one core."""

    def __init__(self, folder):
        import ncnn  # only here: what else needs this file's arithmetic needs no network

        self.ncnn, self.net = ncnn, ncnn.Net()
        self.net.opt.num_threads = 1
        for load, name in ((self.net.load_param, "tinypose_256x192.param"), (self.net.load_model, "tinypose_256x192.bin")):
            if load(str(Path(folder) / name)):
                raise SystemExit(f"{Path(folder) / name}: not there, or not for ncnn")

    def heat(self, crop):
        """Heat maps (17,64,48) of a picture (256,192,3) RGB."""
        # ncnn copies neither what goes in nor what comes out: all three must live until the copy is made
        pixels = ((crop - MEAN) / STD).astype(np.float32).transpose(2, 0, 1).copy()
        run = self.net.create_extractor()
        run.input("image", self.ncnn.Mat(pixels))
        heat = run.extract("save_infer_model/scale_0.tmp_1")[1]
        return np.array(heat)

    def joints(self, image, box, aspect=1.0, mirror=True):
        """Joints (17,2), as COCO counts the pixels of image (h,w,3) RGB, and their confidence (17,), of who is in box (x, y, w, h).

        aspect: width through height of a pixel, for photos that were stretched. mirror: the mean with the mirror image's.
        """
        x, y, w, h = box
        extent = np.array([w * aspect, h])
        extent = np.maximum(extent, extent[::-1] * SIZE / SIZE[::-1]) * AROUND
        scale = SIZE / extent * [aspect, 1]
        shift = SIZE / 2 - scale * [x + w / 2, y + h / 2]
        # OpenCV counts from pixel centres, boxes from pixel corners
        matrix = np.array([[scale[0], 0, shift[0] + scale[0] / 2 - 0.5], [0, scale[1], shift[1] + scale[1] / 2 - 0.5]])
        crop = cv2.warpAffine(image, matrix, SIZE.tolist(), flags=cv2.INTER_LINEAR)
        heat = self.heat(crop)
        if mirror:
            heat = (heat + self.heat(crop[:, ::-1])[MIRRORED][:, :, ::-1]) / 2
        cells, sure = peaks(heat)
        # its labels were made so that the first and the last cell are the first and the last pixel, and a pixel's number is its middle
        return ((cells - [0, LOW]) * ((SIZE - 1) / (CELLS - 1)) + 0.5 - shift) / scale - 0.5, sure


def peaks(heat):
    """Places (17,2) in cells and heights (17,) of the maps' peaks, between cells by the logarithm's parabola (DARK, Zhang et al. 2020)."""
    places = np.zeros((len(heat), 2))
    for place, one in zip(places, heat):
        soft = cv2.GaussianBlur(one, (11, 11), 0)
        y, x = np.unravel_index(soft.argmax(), soft.shape)
        place[:] = x, y
        if 1 <= x < soft.shape[1] - 1 and 1 <= y < soft.shape[0] - 1:
            near = np.log(np.maximum(soft[y - 1 : y + 2, x - 1 : x + 2], 1e-10)).astype(float)
            slope = np.array([near[1, 2] - near[1, 0], near[2, 1] - near[0, 1]]) / 2
            across = (near[2, 2] - near[2, 0] - near[0, 2] + near[0, 0]) / 4
            bend = np.array([[near[1, 2] - 2 * near[1, 1] + near[1, 0], across], [across, near[2, 1] - 2 * near[1, 1] + near[0, 1]]])
            if np.linalg.det(bend) > 1e-12:
                place -= np.clip(np.linalg.solve(bend, slope), -1, 1)
    return places, heat.max((1, 2))


def taught(annotation, joints, sure):
    """The annotation with the teacher's joints, or as it was where too few are sure (the rule of the data's README)."""
    if (sure >= GUESSED).sum() < 4 or np.sort(sure)[-6:].mean() < 0.4:
        return annotation
    seen = np.select([sure >= VISIBLE, sure >= GUESSED], [2, 1])
    x, y, w, h = annotation["bbox"]
    # a joint far outside of a box drawn by hand is somebody else's
    seen[((joints < [x - 0.1 * w, y - 0.1 * h]) | (joints > [x + 1.1 * w, y + 1.1 * h])).any(1)] = 0
    if not seen.any():
        return annotation
    keypoints = [v for (px, py), s in zip(joints.round(1).tolist(), seen.tolist()) for v in ((px, py, s) if s else (0.0, 0.0, 0))]
    joined = {**annotation, "keypoints": keypoints, "num_keypoints": int((seen > 0).sum()), "kpt_conf": sure.round(3).tolist(),
              "label_src": "teacher"}
    if annotation.get("box_src") == "teacher":  # the score says how sure it is of the box
        return joined
    return {**joined, "score": round(float(sure.mean()), 3), "box_src": "human"}


def is_open(a):
    """Whether the teacher may say where a person's joints are: nobody drew them, and it is a person."""
    return a["bbox"][3] >= SMALLEST and not a.get("ignore") and (a["num_keypoints"] == 0 or a.get("label_src") == "teacher")


def label(task):
    """Annotations of one picture, with joints where the teacher is sure."""
    name, distorted, people = task
    image, aspect = shards.read(name), 1.0
    if distorted:  # as the teacher knows the largest best
        largest = max((a["bbox"] for a in people), key=lambda box: box[2] * box[3])
        aspect = max(ASPECTS, key=lambda aspect: teacher.joints(image, largest, aspect, mirror=False)[1].mean())
    return [taught(a, *teacher.joints(image, a["bbox"], aspect)) if is_open(a) else a for a in people]


def graded(task):
    """OKS of the teacher's joints in the boxes of people whose joints were drawn by hand."""
    name, _, people = task
    image, found = shards.read(name), []
    for a in people:
        true = np.asarray(a["keypoints"], float).reshape(-1, 3)
        off = ((teacher.joints(image, a["bbox"])[0] - true[:, :2]) ** 2).sum(1) / (2 * (2 * SIGMAS) ** 2 * a["area"])
        found.append(np.exp(-off)[true[:, 2] > 0].mean())
    return found


def start(weights, data, group):
    """Gives a worker process its network and the group's pictures."""
    global teacher, shards
    teacher, shards = Teacher(weights), Shards(data, group)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--weights", required=True, help="folder with tinypose_256x192.param and .bin")
    p.add_argument("--data", required=True, help="folder with the group")
    p.add_argument("--group", default="real_boxes", help="group of boxes drawn by hand")
    p.add_argument("--check", action="store_true", help="measure by the group's own joints instead of labelling it")
    p.add_argument("--workers", type=int, default=os.cpu_count())
    options = p.parse_args()
    path = Path(options.data) / f"{options.group}.json"
    group = json.loads(path.read_text())
    if not options.check and options.group.startswith("val"):
        p.error(f"{options.group} is a validation group: only --check it")
    by_image = {}
    for a in group["annotations"]:
        if a["num_keypoints"] or not options.check:
            by_image.setdefault(a["image_id"], []).append(a)
    photos = [image for image in group["images"] if image["id"] in by_image]
    tasks = [(i["file_name"], i.get("aspect_distorted", False), by_image[i["id"]]) for i in photos]
    Teacher(options.weights)  # or an error, before there are workers
    with ProcessPoolExecutor(options.workers, initializer=start, initargs=(options.weights, options.data, options.group)) as pool:
        answers = pool.map(graded if options.check else label, tasks, chunksize=4)
        answers = list(tqdm(answers, total=len(tasks), unit="img", dynamic_ncols=True))
    answers = [a for picture in answers for a in picture]
    if options.check:
        oks = np.asarray(answers)
        right = np.mean([(oks > t).mean() for t in np.arange(0.5, 1, 0.05)])
        print(f"{len(oks)} people: OKS {oks.mean():.3f}, right {right:.3f} over the ten thresholds")
        return
    part = path.with_suffix(".tmp")
    part.write_text(json.dumps({**group, "annotations": answers}))
    part.replace(path)
    print(f"{path.name}: joints for {sum(a['num_keypoints'] > 0 for a in answers)} of {len(answers)} people")


if __name__ == "__main__":
    main()

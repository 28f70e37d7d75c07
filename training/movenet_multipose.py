#!/usr/bin/env python3
"""MoveNet MultiPose Lightning on a data group, as COCO results: what nano is measured beside.

Its body and heads are read from `backbone_movenet_multipose.npz` in the data folder, whose README tells the decoding. Count
the results with `evaluate.py --results`.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from tqdm import tqdm

from evaluate import pictures
from measure import STILL, jitter, webcam
from querypose.movenet import MoveNet

HEADS = ("center", "box_scale", "box_offset", "kpt_heatmap", "kpt_regress", "kpt_offset")
STRIDE, JOINTS = 4, 17
COUNTED = 0.127  # a joint surer than this counts for its person's score


class MultiPose:
    """The network with its heads; pictures are brought to `longest` pixels on their longest side."""

    def __init__(self, npz, longest):
        self.body, self.longest = MoveNet(heads=HEADS).eval(), longest
        self.body.load_pretrained(npz)
        self.out = [[torch.from_numpy(npz[f"out.{head}.{part}"].astype("float32")) for part in ("weight", "bias")] for head in HEADS]

    def maps(self, picture):
        """Maps of all heads by name, (channels, rows, columns) at a quarter of the picture's pixels."""
        pixels = torch.from_numpy(np.asarray(picture).copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
        wide, high = ((-side) % 32 for side in picture.size)
        _, [hidden, *_], _ = self.body(F.pad(pixels, (0, wide, 0, high)))
        each = zip(HEADS, hidden.split(MoveNet.HIDDEN, 1), self.out)
        return {head: F.conv2d(x, weight, bias)[0].double() for head, x, (weight, bias) in each}

    def detect(self, picture, most=20):
        """People of a Pillow picture, best first: (score, joints (17,3) x, y and score in its pixels, box xyxy).

        A cell's number times four is a pixel's as COCO counts them, from the middle of the first: half a pixel less, as if counted from
        its edge, has AP 31.7 instead of 32.0 at 384 px.
        """
        shrink = self.longest / max(picture.size)
        small = picture.resize([max(1, round(side * shrink)) for side in picture.size], Image.Resampling.BILINEAR)
        maps = self.maps(small)
        centre, heat = maps["center"][0].sigmoid(), maps["kpt_heatmap"].sigmoid()
        rows, columns = centre.shape
        peaks = centre * (centre == F.max_pool2d(centre[None, None], 5, 1, 2)[0, 0])
        y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        scale = torch.tensor([picture.width / small.width, picture.height / small.height]) * STRIDE
        people = []
        for at in peaks.flatten().topk(min(most, peaks.numel())).indices.tolist():
            cy, cx = divmod(at, columns)
            regress = maps["kpt_regress"][:, cy, cx].view(JOINTS, 2) + torch.tensor([cy, cx])
            h, w = maps["box_scale"][:, cy, cx].clamp(min=1)
            by, bx = torch.tensor([cy, cx]) + maps["box_offset"][:, cy, cx]
            box = torch.stack([bx - w / 2, by - h / 2, bx + w / 2, by + h / 2])
            inside = (x >= box[0].floor()) & (x <= box[2].ceil()) & (y >= box[1].floor()) & (y <= box[3].ceil())
            inside[cy, cx] = True
            away = (y - regress[:, 0, None, None]) ** 2 + (x - regress[:, 1, None, None]) ** 2
            likely = heat * torch.exp(-away / (0.3 * min(rows, columns))) * inside
            best = likely.flatten(1).argmax(1)
            score = heat.flatten(1).gather(1, best[:, None])[:, 0]
            offset = maps["kpt_offset"].view(JOINTS, 2, -1).gather(2, best[:, None, None].expand(-1, 2, 1))[..., 0]
            place = torch.stack([best % columns + offset[:, 1], best // columns + offset[:, 0]], 1) * scale
            sure = score[score > COUNTED]
            total = centre[cy, cx] * (sure.mean() if len(sure) else 0.0)
            people.append((float(total), torch.cat([place, score[:, None]], 1), box * scale.repeat(2)))
        return sorted(people, key=lambda person: -person[0])


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--data", required=True)
    p.add_argument("--group", default="val_dev")
    p.add_argument("--size", type=int, default=384, help="pixels of the longest side")
    p.add_argument("--out", help="COCO results to write")
    p.add_argument("--measure", action="store_true", help="print joints on waist-up crops and jitter, as measure.py does of ours")
    options = p.parse_args()
    torch.set_grad_enabled(False)
    with np.load(Path(options.data) / "backbone_movenet_multipose.npz") as npz:
        net = MultiPose(npz, options.size)
    if options.measure:
        # measure.py counts from a pixel's corner
        look = lambda picture, threshold, people: torch.stack([joints + torch.tensor([0.5, 0.5, 0]) for _, joints, _ in net.detect(picture, people)])
        print(json.dumps({"webcam": webcam(look, options.data, options.group), "jitter": jitter(look, STILL)}))
    if not options.out:
        return
    results = []
    for image_id, picture in tqdm(list(pictures(options.data, options.group)), unit="img", dynamic_ncols=True):
        for score, joints, (x0, y0, x1, y1) in net.detect(picture):
            results.append({"image_id": image_id, "category_id": 1, "score": score, "keypoints": joints.flatten().tolist(),
                            "bbox": [float(v) for v in (x0, y0, x1 - x0, y1 - y0)]})
    Path(options.out).write_text(json.dumps(results))


if __name__ == "__main__":
    main()

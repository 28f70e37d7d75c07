#!/usr/bin/env python3
"""People of a real-size golden file in f64: what the official f32 tensors are themselves off by.

Writes boxes (R,4), keypoints (R,K,3: input pixels, score) and class scores (R,), rounded to f32.
"""
import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from querypose.model import QueryPose

sys.path.insert(0, str(Path(__file__).parent / "tests"))
import golden  # noqa: E402

# Sizes of the official configurations' decoders, which their manifests leave out.
CFG = {"HIDDEN_DIM": 256, "DIM_FEEDFORWARD": 2048, "NHEADS": 8, "NUM_PROPOSALS": 100, "NUM_HEADS": 6, "NUM_CLS": 1, "NUM_REG": 3,
       "DIM_DYNAMIC": 64, "PART_DIM": 128, "NUM_CONVS": 6, "BOX_ROI": 7, "POSE_ROI": 14, "SAMPLING_RATIO": 2, "FPN_OUT": 256,
       "PIXEL_MEAN": [123.675, 116.28, 103.53], "PIXEL_STD": [58.395, 57.12, 57.375]}


def picture(height, width):
    """The golden files' synthetic picture (3,h,w): integer arithmetic only."""
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)

    def wave(t):
        return np.minimum(np.abs(t % 128 - 64) * 4, 255)

    def channel(c):
        noise = ((x * 7 + y * 13 + c * 29) ^ ((x * y) >> 4)) % 256
        return (wave(x * (2 + c) + y * (1 + 2 * c)) + wave(y * (3 - c) - x * (c + 1) + 40 * c) + noise) // 3

    return torch.from_numpy(np.stack([channel(c) for c in range(3)]).astype(np.uint8))


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="a real-size golden file over an HRNet: hrnet32_light")
    parser.add_argument("--out", required=True, help="safetensors file")
    parser.add_argument("--f32", dest="f64", action="store_false", help="the same in f32, to see this program's own noise")
    options = parser.parse_args()
    manifest, official = golden.load(options.name)
    manifest.setdefault("cfg", CFG)
    model = QueryPose(golden.config(manifest)).eval()
    missing = model.load_state_dict(golden.weights(manifest), strict=False).missing_keys
    assert not missing, missing
    dtype = torch.float64 if options.f64 else torch.float32
    torch.set_default_dtype(dtype)
    torch.Tensor.float = lambda self: self.to(dtype)  # the network names f32 where training computes in bf16
    model.to(dtype)
    (h, w), padded = manifest["image_hw"], torch.zeros(1, 3, *manifest["padded_hw"])
    mean, std = (torch.tensor(CFG[k])[:, None, None] for k in ("PIXEL_MEAN", "PIXEL_STD"))
    padded[0, :, :h, :w] = (picture(h, w).to(dtype) - mean) / std
    pooler, size = model.pooler(padded), torch.tensor([[w, h]]).to(dtype)
    boxes, queries, history = model.first_boxes(size), model.init_proposal_features.weight[None], []
    for i in range(model.config.num_stages):
        logits, boxes, queries = model.box_stage(i, pooler, queries, boxes)
        history.append((boxes[0], queries[0]))
    index, part_query = torch.zeros(boxes.shape[1], dtype=torch.long), model.first_part_query(boxes.shape[1])
    for i, (at, query) in enumerate(history):
        coords, sigma, part_query, _, _ = model.pose_stage(i, pooler, at, index, query, part_query)
    boxes = boxes[0]
    xy = (coords + 0.5) * (boxes[:, None, 2:] - boxes[:, None, :2]) + boxes[:, None, :2]
    ours = {"boxes": boxes, "xy": xy, "joint_score": 1 - sigma.mean(2), "class_score": logits[0].reshape(-1).sigmoid()}
    keypoints = official["final.kps_net"]
    theirs = {"boxes": official["final.boxes_net"], "xy": keypoints[..., :2], "joint_score": keypoints[..., 2], "class_score": official["final.cls_score"]}
    for name, value in ours.items():
        off = (value - theirs[name].to(dtype)).abs().flatten()
        print(f"{name}: the official f32 result is off by at most {off.max():.2e}, on average {off.mean():.2e}; above 0.05: {(off > 0.05).sum()} of {len(off)}")
    ours["keypoints"] = torch.cat([ours.pop("xy"), ours.pop("joint_score")[..., None]], 2)
    save_file({k: v.to(torch.float32).contiguous() for k, v in ours.items()}, options.out)


if __name__ == "__main__":
    main()

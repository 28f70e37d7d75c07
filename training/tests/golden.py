"""Golden tensors of the official code, and the weights that belong to them."""
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from querypose.config import Config

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "golden"
MASK = (1 << 64) - 1
GAMMA = 0x9E3779B97F4A7C15  # splitmix64's increment


def name_hash(name):
    """FNV-1a, 64 bit."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value


def uniform(name, count, seed=0):
    """`count` numbers in [0,1) that depend on the tensor's name and the seed only (splitmix64, top 24 bits)."""
    with np.errstate(over="ignore"):
        z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GAMMA) + np.uint64((name_hash(name) + seed * GAMMA) & MASK)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            z = (z ^ (z >> np.uint64(shift))) * np.uint64(factor)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float64) / (1 << 24)


def weights(manifest):
    """State dict of a golden JSON."""
    state = {}
    for t in manifest["tensors"]:
        u = uniform(t["name"], int(np.prod(t["shape"])), manifest["seed"])
        state[t["name"]] = torch.from_numpy((t["lo"] + (t["hi"] - t["lo"]) * u).astype(np.float32).reshape(t["shape"]))
    for name, rows in manifest.get("overrides", {}).items():
        for row, values in rows.items():
            state[name][int(row)] = torch.tensor(values)
    return state


def load(name):
    """(manifest, golden tensors) of a fixture."""
    return json.loads((FOLDER / f"{name}.json").read_text()), load_file(FOLDER / f"{name}.safetensors")


def backbone(manifest):
    """ResNet-50 with shrunken widths, or what an HRNet's shapes say."""
    shapes = {t["name"].removeprefix("backbone."): t["shape"] for t in manifest["tensors"] if t["name"].startswith("backbone.")}
    if "bottom_up.layer1.0.conv1.weight" not in shapes:
        return {"type": "resnet", "depth": 50, "stem_channels": 16, "res2_channels": 32, "width_per_group": 8}

    def count(prefix, suffix):
        return sum(name.startswith(f"bottom_up.{prefix}") and name.endswith(suffix) for name in shapes)

    return {"type": "hrnet", "channels": [shapes[f"bottom_up.stage4.0.branches.{i}.0.conv1.weight"][0] for i in range(4)],
            "modules": [count(f"stage{s}.", ".branches.0.0.conv1.weight") for s in (2, 3, 4)],
            "blocks": [count("layer1.", ".conv1.weight")] + [count(f"stage{s}.0.branches.0.", ".conv1.weight") for s in (2, 3, 4)],
            "fpn": "hrfpn_v1" if any(name.startswith("lateral_conv") for name in shapes) else "hrfpn"}


def config(manifest, query_feedback=False):
    """Our Config for a golden manifest."""
    c = manifest["cfg"]
    joints = ["nose", "left_eye", "right_eye", "left_ear", "right_ear"]
    parts = [joints, ["left_shoulder", "right_shoulder"], ["left_elbow", "left_wrist"], ["right_elbow", "right_wrist"],
             ["left_hip", "right_hip"], ["left_knee", "left_ankle"], ["right_knee", "right_ankle"]]
    pairs = [f"{side}_{joint}" for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in ("left", "right")]
    return Config(
        backbone=backbone(manifest),
        fpn_channels=c["FPN_OUT"], num_proposals=c["NUM_PROPOSALS"], num_stages=c["NUM_HEADS"], hidden_dim=c["HIDDEN_DIM"],
        feedforward_dim=c["DIM_FEEDFORWARD"], num_heads=c["NHEADS"], dynamic_dim=c["DIM_DYNAMIC"], parts=parts,
        keypoints=joints + pairs, part_dim=c["PART_DIM"], num_convs=c["NUM_CONVS"], num_cls=c["NUM_CLS"], num_reg=c["NUM_REG"],
        box_roi=c["BOX_ROI"], pose_roi=c["POSE_ROI"], sampling_ratio=c["SAMPLING_RATIO"], light=manifest["light"],
        query_feedback=query_feedback,
        image={"shortest_edge": 80, "longest_edge": 133, "mean": c["PIXEL_MEAN"], "std": c["PIXEL_STD"], "size_divisor": 32})

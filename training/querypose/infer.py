"""Model folders, people in the picture's own pixels, COCO results."""
from pathlib import Path

import torch
from safetensors.torch import load_file

from .config import Config
from .model import QueryPose
from .preprocess import prepare


def read_tensors(folder):
    """The network's tensors of a model folder, f32, by name; int8 (`NAME` beside `NAME.scale`) is widened."""
    stored = {k: v for k, v in load_file(Path(folder) / "model.safetensors").items() if not k.startswith("criterion.")}
    scales = {k: stored.pop(f"{k}.scale") for k in list(stored) if f"{k}.scale" in stored}
    return {k: v.float() * scales[k].float() if k in scales else v.float() for k, v in stored.items()}


def load_folder(folder):
    """The model in a folder with config.json and model.safetensors."""
    folder = Path(folder)
    model = QueryPose(Config.load(folder / "config.json")).eval()
    problems = model.load_state_dict(read_tensors(folder), strict=False)
    missing = [k for k in problems.missing_keys if not k.endswith("num_batches_tracked")]
    if missing:
        raise ValueError(f"{folder}: {len(missing)} tensors are missing, first {missing[0]}")
    return model


def load_run(folder, average=True):
    """The model of a run folder's checkpoint; its moving average unless told otherwise."""
    folder = Path(folder)
    saved = torch.load(folder / "checkpoint.pt", map_location="cpu", weights_only=True)
    model = QueryPose(Config.load(folder / "config.json")).eval()
    model.load_state_dict(saved["ema" if average else "model"])
    return model, {k: saved[k] for k in ("steps", "seen", "minutes")}


def detect(model, picture, threshold=0.0, max_people=None):
    """People of a Pillow picture: dict of tensors as QueryPose.predict gives, in the picture's pixels, boxes clipped."""
    padded, extent, (sx, sy) = prepare(picture, model.config.image)
    people = model.predict(padded, torch.tensor([extent]), threshold, max_people)[0]
    people["keypoints"][..., 0] *= sx
    people["keypoints"][..., 1] *= sy
    people["boxes"] *= torch.tensor([sx, sy, sx, sy])
    people["boxes"][:, 0::2].clamp_(0, picture.width)
    people["boxes"][:, 1::2].clamp_(0, picture.height)
    inside = ((people["boxes"][:, 2:] - people["boxes"][:, :2]) > 0).all(1)
    return {k: v[inside] for k, v in people.items()}


def coco_results(people, image_id):
    """COCO keypoint results of one picture (COCO's evaluator wants 0.5 subtracted)."""
    rows = []
    for score, box, joints in zip(people["score"], people["boxes"], people["keypoints"]):
        joints = joints.clone()
        joints[:, :2] -= 0.5
        x0, y0, x1, y1 = box.tolist()
        rows.append({"image_id": image_id, "category_id": 1, "keypoints": joints.flatten().tolist(), "score": float(score),
                     "bbox": [x0, y0, x1 - x0, y1 - y0]})
    return rows

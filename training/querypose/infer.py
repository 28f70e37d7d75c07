"""Model folders, people in the picture's own pixels, COCO results."""
from pathlib import Path

import torch
from safetensors.torch import load_file

from .config import Config
from .model import QueryPose
from .preprocess import prepare, resized_extent


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


def load_run(folder, average=True, checkpoint="checkpoint.pt"):
    """The model of a run folder's checkpoint; its moving average unless told otherwise."""
    folder = Path(folder)
    saved = torch.load(folder / checkpoint, map_location="cpu", weights_only=True)
    model = QueryPose(Config.load(folder / "config.json")).eval()
    model.load_state_dict(saved["ema" if average else "model"])
    return model, {k: saved[k] for k in ("steps", "seen", "minutes")}


def detect(model, picture, threshold=0.0, max_people=None):
    """People of a Pillow picture: dict of tensors as QueryPose.predict gives, in the picture's pixels, boxes clipped.

    At the size that suits them, where the config has an `adaptive_scale` (src/config/scale.rs): a first look says how large
    they are, the answer is the second's.
    """
    image = model.config.image
    if "adaptive_scale" not in image:
        return look(model, picture, image, threshold, max_people)
    edge = suiting_edge(model, picture, image["adaptive_scale"])
    return look(model, picture, at_edge(image, edge), threshold, max_people)


def suiting_edge(model, picture, scale):
    """Shortest edge (px) that suits the people of a first look."""
    first = at_edge(model.config.image, scale["first_edge"])
    score = scale.get("score", model.config.extra.get("threshold", 0.3))  # of the person, never above the class's
    people = look(model, picture, first, score, 20)
    boxes = people["boxes"][people["score"] >= score]
    (w, h), (width, height) = resized_extent(*picture.size, first), picture.size
    sides = ((boxes[:, 2:] - boxes[:, :2]).prod(1) * (w * h / (width * height))).sqrt()
    return chosen_edge(scale, sides.tolist())


def chosen_edge(scale, people):
    """Shortest edge for people of these sides (roots of their boxes' areas, px at `first_edge`)."""
    if not people:
        return scale["nobody_edge"]
    smallest, largest = scale["people"]
    best = scale["first_edge"] * max(largest / max(people), smallest / min(people))
    low, high = scale["edges"]
    return int(min(max(best, low), high)) // 32 * 32


def at_edge(image, edge):
    """The preprocessing with another shortest edge; the longest in proportion, and nothing to choose."""
    fixed = {k: v for k, v in image.items() if k != "adaptive_scale"}
    return {**fixed, "shortest_edge": edge, "longest_edge": -(-image["longest_edge"] * edge // image["shortest_edge"])}


def look(model, picture, image, threshold, max_people):
    """One look, with this preprocessing."""
    padded, extent, (sx, sy) = prepare(picture, image)
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

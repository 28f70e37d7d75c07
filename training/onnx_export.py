#!/usr/bin/env python3
"""Exports a model folder to ONNX at one picture size and one number of decoded people, to time other engines with.

The graph holds all box stages, the choice of the best instances and their pose stages. Outputs: boxes (k,4) and
keypoints (k,K,3) in input pixels, class score (k).
"""
import argparse
from functools import partial

import torch

import querypose.model
from querypose.infer import load_folder
from querypose.roi_align import box_levels


def roi_align_op(features, strides, boxes, image_index, size, ratio=2):
    """RoI align as ONNX RoiAlign on every level, of which each box keeps its own; same answer as roi_align."""
    level = box_levels(boxes, len(features)) if len(features) > 1 else torch.zeros_like(image_index)
    out = 0
    for i, (feature, stride) in enumerate(zip(features, strides)):
        pooled = torch.onnx.ops.symbolic(
            "RoiAlign", (feature, boxes.float(), image_index),
            attrs={"coordinate_transformation_mode": "half_pixel", "mode": "avg", "output_height": size, "output_width": size,
                   "sampling_ratio": ratio, "spatial_scale": 1.0 / stride},
            dtype=torch.float32, shape=(boxes.shape[0], feature.shape[1], size, size), version=16)
        out = out + pooled * (level == i).float()[:, None, None, None]
    return out


def roi_align_gather(features, strides, boxes, image_index, size, ratio=2):
    """RoI align from gathers and sums only, for engines without RoiAlign; one picture."""
    channels = features[0].shape[1]
    rows = torch.cat([f.permute(0, 2, 3, 1).reshape(-1, channels) for f in features])
    level = box_levels(boxes, len(features)) if len(features) > 1 else torch.zeros_like(image_index)
    pick = lambda values: torch.tensor(values)[level]
    height, width = pick([float(f.shape[2]) for f in features]), pick([float(f.shape[3]) for f in features])
    sizes = [f.shape[2] * f.shape[3] for f in features]
    first = pick([sum(sizes[:i]) for i in range(len(sizes))])
    corners = boxes * pick([1.0 / s for s in strides])[:, None] - 0.5
    place = (torch.arange(size * ratio) + 0.5) / ratio

    def axis(start, end, limit):
        pos = start[:, None] + place * ((end - start) / size)[:, None]
        counts = ((pos >= -1) & (pos <= limit[:, None])).float()
        pos = torch.minimum(pos.clamp(min=0), limit[:, None] - 1)
        low = pos.floor()
        high = torch.minimum(low + 1, limit[:, None] - 1)
        return torch.stack([low, high], 2).long(), torch.stack([1 - (pos - low), pos - low], 2) * counts[..., None]

    (ys, wy), (xs, wx) = axis(corners[:, 1], corners[:, 3], height), axis(corners[:, 0], corners[:, 2], width)
    m, n = ys.shape[0], size * ratio
    ys, wy = ys.reshape(m, size, 1, 2 * ratio, 1), wy.reshape(m, size, 1, 2 * ratio, 1)
    xs, wx = xs.reshape(m, 1, size, 1, 2 * ratio), wx.reshape(m, 1, size, 1, 2 * ratio)
    index = (ys * width.long()[:, None, None, None, None] + xs + first[:, None, None, None, None]).reshape(m, size * size, -1)
    weight = (wy * wx).reshape(m, size * size, 1, -1) / ratio**2
    gathered = rows[index.reshape(-1)].reshape(m, size * size, -1, channels)
    return (weight @ gathered)[:, :, 0].permute(0, 2, 1).reshape(m, channels, size, size)


class ExportPooler:
    """Stands in for querypose.roi_align.Pooler."""

    def __init__(self, align, features, strides):
        self.align, self.features, self.strides = align, features, strides

    def __call__(self, boxes, image_index, size, ratio=2, finest=False):
        count = 1 if finest else len(self.features)
        return self.align(self.features[:count], self.strides[:count], boxes, image_index, size, ratio)


class FixedPeople(torch.nn.Module):
    """QueryPose that decodes exactly `people` instances of one picture."""

    def __init__(self, model, extent, people):
        super().__init__()
        self.model, self.people = model, people
        self.register_buffer("first", model.first_boxes(torch.tensor([extent])).detach())

    def forward(self, image):
        """image (1,3,H,W) -> boxes, keypoints, class score."""
        model, stages = self.model, self.model.config.num_stages
        pooler, history = model.pooler(image), []
        boxes, queries = self.first, model.init_proposal_features.weight[None]
        for i in range(stages):
            logits, boxes, queries = model.box_stage(i, pooler, queries, boxes)
            history.append((boxes[0], queries[0]))
        score, best = logits[0].sigmoid().topk(self.people)
        index, part_query = torch.zeros(self.people, dtype=torch.long), model.first_part_query(self.people)
        for i, (box, query) in enumerate(history):
            coords, sigma, part_query, _, _ = model.pose_stage(i, pooler, box[best], index, query[best], part_query)
        box = boxes[0, best]
        xy = (coords + 0.5) * (box[:, None, 2:] - box[:, None, :2]) + box[:, None, :2]
        return box, torch.cat([xy, 1 - sigma.mean(2, keepdim=True)], 2), score


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--model", required=True, help="model folder")
    p.add_argument("--out", required=True, help="ONNX file to write")
    p.add_argument("--people", type=int, default=1, help="decoded people, 1..20")
    p.add_argument("--extent", type=int, nargs=2, default=(448, 336), help="unpadded width and height")
    p.add_argument("--roi", choices=["op", "gather"], default="op", help="ONNX RoiAlign, or gathers")
    p.add_argument("--check", action="store_true", help="compare with PyTorch in onnxruntime")
    options = p.parse_args()
    torch.set_grad_enabled(False)
    model = load_folder(options.model)
    step = model.config.image["size_divisor"]
    w, h = options.extent
    image = torch.randn(1, 3, -(-h // step) * step, -(-w // step) * step, generator=torch.Generator().manual_seed(0))
    network = FixedPeople(model, (w, h), options.people).eval()
    want = network(image)
    querypose.model.Pooler = partial(ExportPooler, {"op": roi_align_op, "gather": roi_align_gather}[options.roi])
    torch.onnx.export(network, (image,), options.out, input_names=["image"], output_names=["boxes", "keypoints", "score"],
                      opset_version=18, dynamo=True, external_data=False, optimize=True)
    if options.check:
        import onnxruntime

        got = onnxruntime.InferenceSession(options.out).run(None, {"image": image.numpy()})
        errors = [float((torch.from_numpy(g) - w).abs().max()) for g, w in zip(got, want)]
        print("largest differences: boxes %.2g px, keypoints %.2g px, score %.2g" % tuple(errors))


if __name__ == "__main__":
    main()

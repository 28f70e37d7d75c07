"""One training step's forward pass: all stages with noised boxes, then the losses."""
import numpy as np
import torch

from .boxes import pairwise
from .data import noise_boxes

WEIGHTS = {"cls": 2.0, "l1": 5.0, "giou": 2.0, "rle": 1.0, "oks": 2.0, "kl1": 8.0, "attn": 0.5, "heat": 0.5}

# What helps in training and is gone at inference; `--without` leaves them out one by one.
AIDS = ("heat", "copies", "paste", "many", "attention", "oks", "detector_pyramid")


def normalise(pictures, image):
    """u8 (B,3,H,W) -> normalised f32, channels last."""
    mean, std = torch.tensor(image["mean"]), torch.tensor(image["std"])
    x = (pictures.float() - mean[:, None, None].to(pictures.device)) / std[:, None, None].to(pictures.device)
    return x.contiguous(memory_format=torch.channels_last)


def noised_inputs(model, boxes, queries, targets, rng, copies, limit):
    """Appends jittered true boxes to the learned proposals: boxes (B,R+N,4), queries, attention mask.

    A noised box starts with the query of the learned proposal it overlaps most; learned proposals never attend to
    noised ones, and those see the learned ones and themselves, so that inference is unchanged.
    """
    noised = [noise_boxes(t["boxes"], rng, copies, limit) for t in targets]
    longest = max(len(b) for b, _ in noised)
    learned, extra_boxes, extra_queries = boxes.shape[1], [], []
    for b, (extra, person) in enumerate(noised):
        targets[b]["noise_of"] = person
        filler = boxes[b, :1].detach().expand(longest - len(extra), 4)
        extra = torch.cat([extra.to(boxes), filler])
        inter, union = pairwise(extra, boxes[b].detach())
        nearest = (inter / union.clamp(min=1)).argmax(1)
        extra_boxes.append(extra)
        extra_queries.append(queries[b, nearest])
    boxes = torch.cat([boxes, torch.stack(extra_boxes)], 1)
    queries = torch.cat([queries, torch.stack(extra_queries)], 1)
    total = learned + longest
    mask = torch.ones(total, total, dtype=torch.bool, device=boxes.device)
    mask[:, :learned] = False
    mask.fill_diagonal_(False)
    return boxes, queries, mask


def pose_instances(pairs, targets, learned, width, limit):
    """Rows of (B*(R+N)) to decode and (picture, person) of each: the matched proposals first, then noised boxes."""
    rows, pictures, people = [], [], []
    for source in ("matched", "noised"):
        for b, ((proposal, person), t) in enumerate(zip(pairs, targets)):
            if source == "noised":
                proposal, person = torch.arange(len(t["noise_of"])) + learned, t["noise_of"]
            labelled = (t["joint_weight"].sum(1) > 0)[person] if len(person) else torch.zeros(0, dtype=torch.bool)
            rows.append(proposal[labelled] + b * width)
            people.append(person[labelled])
            pictures.append(torch.full((int(labelled.sum()),), b))
    return torch.cat(rows)[:limit], torch.cat(pictures)[:limit], torch.cat(people)[:limit]


def losses(model, criterion, pictures, targets, rng, progress, options):
    """Weighted losses (dict of scalars) of one batch, and figures to log. progress 0..1 of the whole schedule."""
    config = model.config
    h, w = pictures.shape[2:]
    device = pictures.device
    images = normalise(pictures, config.image)
    b = images.shape[0]
    extent = torch.tensor([w, h, w, h], dtype=torch.float32, device=device)
    frozen = 99 if progress < options.freeze_until else options.frozen_blocks
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=options.bf16):
        pooler = model.pooler(images, frozen_blocks=frozen)
        boxes = model.first_boxes(torch.tensor([[w, h]], device=device).expand(b, 2))
        queries = model.init_proposal_features.weight[None].expand(b, -1, -1)
        learned = boxes.shape[1]
        copies = 0 if "copies" in options.without else options.copies
        boxes, queries, mask = noised_inputs(model, boxes, queries, targets, rng, copies, options.noise_limit)
        total, meters, history = {}, {}, []
        if "heat" not in options.without:
            dense, joints = criterion.dense(pooler.finest, targets)
            total["heat"] = WEIGHTS["heat"] * dense / joints
        people = max(1.0, float(sum(t["weight"].sum() for t in targets)))
        # first learn what a person is (stage 0 always, the others at the start), then which proposal speaks for whom
        many = "many" not in options.without
        rivals = min(1.0, 0.2 + 0.8 * progress / 0.4) if many else 1.0
        for i in range(config.num_stages):
            logits, boxes, queries = model.box_stage(i, pooler, queries, boxes, mask)
            found, pairs, meters[f"iou{i}"] = criterion.boxes(logits, boxes, targets, extent, learned, many=many and i == 0, rival_weight=rivals)
            for name, value in found.items():
                total[f"{name}{i}"] = WEIGHTS[name] * value / people
            boxes = boxes.detach()
            history.append((boxes.reshape(-1, 4), queries.reshape(-1, queries.shape[2])))
        rows, index, person = pose_instances(pairs, targets, learned, boxes.shape[1], options.pose_limit * b)
        if len(rows):
            joints = torch.stack([targets[k]["joints"][p] for k, p in zip(index.tolist(), person.tolist())])
            weight = torch.stack([targets[k]["joint_weight"][p] * targets[k]["weight"][p] for k, p in zip(index.tolist(), person.tolist())])
            part_query = model.first_part_query(len(rows))
            aid = {name: float(word not in options.without) for name, word in (("oks", "oks"), ("kl1", "oks"), ("attn", "attention"))}
            for i in range(config.num_stages):
                at = history[i][0][rows]
                coords, sigma, part_query, _, attention = model.pose_stage(i, pooler, at, index, history[i][1][rows], part_query)
                with torch.autocast(device.type, enabled=False):
                    found = criterion.keypoints(coords, sigma, attention, at, joints, weight)
                for name, value in found.items():
                    fade = max(0.6, 1 - 1.5 * progress) if name == "attn" else 1.0
                    total[f"{name}{i}"] = WEIGHTS[name] * aid.get(name, 1.0) * fade * value / len(rows)
    return total, meters

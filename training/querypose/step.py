"""One training step's forward pass: all stages with noised boxes, then the losses."""
import torch

from .boxes import pairwise
from .losses import quality_focal

WEIGHTS = {"cls": 2.0, "l1": 5.0, "giou": 2.0, "rle": 1.0, "oks": 2.0, "kl1": 8.0, "attn": 0.5, "heat": 0.5}

# What helps in training and is gone at inference; `--without` leaves them out one by one.
AIDS = ("heat", "copies", "paste", "many", "attention", "oks")


def normalise(pictures, image):
    """u8 (B,3,H,W) -> normalised f32, channels last."""
    mean, std = torch.tensor(image["mean"]), torch.tensor(image["std"])
    x = (pictures.float() - mean[:, None, None].to(pictures.device)) / std[:, None, None].to(pictures.device)
    return x.contiguous(memory_format=torch.channels_last)


def noised_inputs(boxes, queries, targets):
    """Appends jittered true boxes to the learned proposals: boxes (B,R+N,4), queries, attention mask.

    A noised box starts with the query of the learned proposal it overlaps most; learned proposals never attend to
    noised ones, and those see the learned ones and themselves, so that inference is unchanged.
    """
    learned = boxes.shape[1]
    noise = torch.where(targets["noise_valid"][..., None], targets["noise"], boxes[:, :1].detach())
    inter, union = pairwise(noise, boxes.detach())
    nearest = (inter / union.clamp(min=1)).argmax(2)
    boxes = torch.cat([boxes, noise], 1)
    queries = torch.cat([queries, queries.gather(1, nearest[..., None].expand(-1, -1, queries.shape[2]))], 1)
    mask = torch.ones(boxes.shape[1], boxes.shape[1], dtype=torch.bool, device=boxes.device)
    mask[:, :learned] = False
    mask.fill_diagonal_(False)
    return boxes, queries, mask


def pose_instances(proposal, targets, learned):
    """Which of the boxes (B,R+N) can be decoded: (picture, box, person), matched proposals before noised boxes."""
    labelled = (targets["joint_weight"] > 0).any(2)
    noise_of = targets["noise_of"]
    there = labelled & targets["valid"] & (proposal >= 0)  # of more people than proposals some have none
    picture, person = there.nonzero().unbind(1)
    noised, copy = (labelled.gather(1, noise_of) & targets["noise_valid"]).nonzero().unbind(1)
    return (torch.cat([picture, noised]), torch.cat([proposal[picture, person], copy + learned]),
            torch.cat([person, noise_of[noised, copy]]))


def losses(model, criterion, pictures, targets, progress, options):
    """Weighted losses (dict of scalars) of one batch (see batch.draw), and figures to log. progress 0..1 of the whole schedule."""
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
        boxes, queries, mask = noised_inputs(boxes, queries, targets)
        total, meters, history, last = {}, {}, [], config.num_stages - 1
        if "heat" not in options.without:
            dense, joints = criterion.dense(pooler.finest, targets)
            total["heat"] = WEIGHTS["heat"] * dense / joints
        people = targets["weight"].sum().clamp(min=1)
        # first learn what a person is (stage 0 always, the others at the start), then which proposal speaks for whom
        many = "many" not in options.without
        rivals = min(1.0, 0.2 + 0.8 * progress / options.rivals_until) if many and options.rivals_until > 0 else 1.0
        for i in range(config.num_stages):
            logits, boxes, queries = model.box_stage(i, pooler, queries, boxes, mask)
            weight = rivals * (options.last_rivals if i == last else 1.0)
            found, claims = criterion.boxes(logits, boxes, targets, extent, learned, many=many and i == 0, rival_weight=weight)
            meters[f"iou{i}"] = (claims["iou"] * claims["matched"]).sum() / claims["matched"].sum().clamp(min=1)
            for name, value in found.items():
                total[f"{name}{i}"] = WEIGHTS[name] * value / people
            boxes = boxes.detach()
            history.append((boxes, queries))
        instances = pose_instances(claims["proposal"], targets, learned)
        limit = options.pose_limit * b
        picture, row, person = (x[:limit] for x in instances)
        if len(row):
            joints = targets["joints"][picture, person]
            weight = targets["joint_weight"][picture, person] * targets["weight"][picture, person, None]
            part_query = model.first_part_query(len(row))
            aid = {name: float(word not in options.without) for name, word in (("oks", "oks"), ("kl1", "oks"), ("attn", "attention"))}
            for i in range(config.num_stages):
                at, query = (x[picture, row] for x in history[i])
                coords, sigma, part_query, _, attention = model.pose_stage(i, pooler, at, picture, query, part_query)
                with torch.autocast(device.type, enabled=False):
                    found = criterion.keypoints(coords, sigma, attention, at, joints, weight)
                for name, value in found.items():
                    fade = max(0.6, 1 - 1.5 * progress) if name == "attn" else 1.0
                    total[f"{name}{i}"] = WEIGHTS[name] * aid.get(name, 1.0) * fade * value / len(row)
        if config.pose_quality:
            quality, sure = claims["iou"], claims["weight"]  # of people without known joints the box's
            if len(row):
                oks = criterion.similarity(coords.detach().float(), at, joints, weight, targets["boxes"][picture, person])
                real = row < learned
                places = picture[real], row[real]
                quality = quality.index_put(places, torch.lerp(oks[real], quality[places], options.box_quality))
                meters["oks"] = oks[real].mean()
            # beyond the limit nobody knows how good the pose would have been
            unseen = [x[limit:][instances[1][limit:] < learned] for x in instances[:2]]
            sure = sure.index_put(tuple(unseen), sure.new_zeros(len(unseen[0])))
            total[f"cls{last}"] = WEIGHTS["cls"] * quality_focal(logits[:, :learned], quality, claims["matched"], sure) / people
    return total, meters

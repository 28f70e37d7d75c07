"""Losses of all stages: one-to-one classes, boxes for every good proposal, keypoints for chosen instances."""
import torch
import torch.nn.functional as F
from torch import nn

from .boxes import area, giou, pairwise
from .flow import RealNVP, rle
from .matcher import match

# COCO's per-joint constants (k = 2 sigma), in COCO order
OKS_K = 2 * torch.tensor([26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1000


def focal(logits, target, weight):
    """Sigmoid focal loss (alpha .25, gamma 2), summed."""
    p = logits.sigmoid()
    ce = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    miss = p * (1 - target) + (1 - p) * target
    return (weight * (0.25 * target + 0.75 * (1 - target)) * miss**2 * ce).sum()


def ignored(boxes, regions):
    """Which boxes (R,4) lie mostly in, or have their centre in, an ignore region (G,4)."""
    if len(regions) == 0:
        return torch.zeros(len(boxes), dtype=torch.bool, device=boxes.device)
    inter, _ = pairwise(boxes, regions)
    centre = (boxes[:, None, :2] + boxes[:, None, 2:]) / 2
    inside = ((centre > regions[None, :, :2]) & (centre < regions[None, :, 2:])).all(-1)
    similar = area(boxes)[:, None] < 4 * area(regions)[None]  # a box far larger than the region is about something else
    return ((inter / area(boxes)[:, None].clamp(min=1) > 0.5) | (inside & similar)).any(1)


def attention_loss(attention, target_xy, weight, parts, size):
    """Cross-entropy between the part attention (M,P,n*n logits) and Gaussians on the part's visible joints.

    target_xy (M,K,2) in box units -0.5..0.5. Training aid only: shows SPEGM early where its part is.
    """
    grid = (torch.arange(size, device=target_xy.device) + 0.5) / size - 0.5
    total = 0.0
    for p, joints in enumerate(parts):
        xy, w = target_xy[:, joints], weight[:, joints]
        gx = torch.exp(-((grid - xy[..., :1]) ** 2) / (2 * 0.05**2))
        gy = torch.exp(-((grid - xy[..., 1:]) ** 2) / (2 * 0.05**2))
        heat = torch.einsum("mj,mjy,mjx->myx", (w > 0).float(), gy, gx).flatten(1)
        heat = heat / heat.sum(1, keepdim=True).clamp(min=1e-6)
        total = total - ((heat * attention[:, p].log_softmax(1)).sum(1) * w.amax(1)).sum()
    return total / len(parts)


def joint_heat(target, height, width, stride=4):
    """Gaussians on the known joints of one picture: (K,H,W) targets and weights, 0 where a joint's place is unknown.

    An unknown joint of a labelled person may be anywhere in their box, everything in an ignore region.
    """
    joints, known, boxes = target["joints"] / stride, target["joint_weight"] > 0, target["boxes"]
    x, y = torch.arange(width, device=joints.device) + 0.5, torch.arange(height, device=joints.device) + 0.5
    heat = joints.new_zeros(known.shape[1] if len(boxes) else 17, height, width)
    weight = torch.full_like(heat, target["negative_weight"])
    for region in target["ignore"]:
        x0, y0, x1, y1 = (region / stride).round().int().tolist()
        weight[:, max(y0, 0) : y1 + 1, max(x0, 0) : x1 + 1] = 0
    for box, xy, seen, sure in zip(boxes, joints, known, target["weight"]):
        x0, y0, x1, y1 = (box / stride).round().int().tolist()
        weight[~seen, max(y0, 0) : y1 + 1, max(x0, 0) : x1 + 1] = 0
        radius = (0.03 * ((box[2] - box[0]) * (box[3] - box[1])).sqrt() / stride).clamp(min=0.7)
        gx = torch.exp(-((x - xy[:, :1]) ** 2) / (2 * radius**2))
        gy = torch.exp(-((y - xy[:, 1:]) ** 2) / (2 * radius**2))
        mine = gy[:, :, None] * gx[:, None] * seen[:, None, None]
        heat = torch.maximum(heat, mine)
        weight = torch.where(mine > 0.1, sure * target["joint_weight"].amax(0)[:, None, None].clamp(min=0.3), weight)
    return heat, weight


class Criterion(nn.Module):
    """Weighted sum of the losses. Its parameters (the flow of RLE, a dense head on p2) exist in training only."""

    def __init__(self, config):
        super().__init__()
        self.flow = RealNVP()
        self.heat = nn.Conv2d(config.fpn_channels, len(config.keypoints), 1)
        nn.init.normal_(self.heat.weight, std=0.01)
        nn.init.constant_(self.heat.bias, -4.0)
        self.parts = [[config.keypoints.index(j) for j in part] for part in config.parts]

    def boxes(self, logits, boxes, targets, extent, learned, many=False, rival_weight=1.0):
        """Class and box losses of one stage. boxes (B,R+N,4): R learned proposals, then the noised copies of the people.

        many: every proposal that fits a person is a positive for the class, not only its match. rival_weight: class weight
        of unmatched proposals that fit a person. targets: dicts of tensors as augment.Augment makes them. Returns (losses, Hungarian matches per picture, mean IoU of the matched boxes).
        """
        pairs = match(logits[:, :learned].detach(), boxes[:, :learned].detach(), [t["boxes"] for t in targets], extent)
        cls = l1 = overlap = logits.sum() * 0
        reached = []
        for b, (t, (rows, columns)) in enumerate(zip(targets, pairs)):
            mine = boxes[b, :learned].detach()
            label, weight = torch.zeros(learned), torch.full((learned,), t["negative_weight"])
            weight[ignored(mine, t["ignore"])] = 0
            choice, against, box_weight = [rows], [columns], [t["weight"][columns]]
            if len(t["boxes"]):
                inter, union = pairwise(mine, t["boxes"])
                reached.append((inter / union.clamp(min=1e-6))[rows, columns])
                best, person = (inter / union.clamp(min=1e-6)).max(1)
                more = best > 0.5
                more[rows] = False
                weight[more] *= rival_weight
                if many:
                    count = torch.bincount(person[more], minlength=len(t["boxes"])).clamp(min=2)
                    label[more], weight[more] = 1.0, (2 * t["weight"] / count)[person[more]]
                more = more.nonzero()[:, 0]
                choice.append(more)
                against.append(person[more])
                # all further good proposals of a person weigh as much as the matched one
                crowd = torch.bincount(person[more], minlength=len(t["boxes"])).clamp(min=3)
                box_weight.append((t["weight"] / crowd)[person[more]])
                choice.append(torch.arange(len(t["noise_of"])) + learned)
                against.append(t["noise_of"])
                box_weight.append(0.5 * t["weight"][t["noise_of"]])
            label[rows], weight[rows] = 1.0, t["weight"][columns]
            cls = cls + focal(logits[b, :learned], label, weight)
            choice, against, box_weight = torch.cat(choice), torch.cat(against), torch.cat(box_weight)
            ours, theirs = boxes[b, choice], t["boxes"][against]
            l1 = l1 + ((ours - theirs).div(extent).abs().sum(1) * box_weight).sum()
            overlap = overlap + ((1 - giou(ours, theirs)) * box_weight).sum()
        mean = float(torch.cat(reached).mean()) if reached else 0.0
        return {"cls": cls, "l1": l1, "giou": overlap}, pairs, mean

    def dense(self, p2, targets):
        """Joint heat maps of all people from p2 (B,D,H,W): a focal loss towards soft targets, summed, and the joints it is about."""
        logits = self.heat(p2).float()
        target, weight = (torch.stack(part) for part in zip(*(joint_heat(t, *p2.shape[2:]) for t in targets)))
        miss = (logits.sigmoid() - target).square()
        loss = (F.binary_cross_entropy_with_logits(logits, target, reduction="none") * miss * weight).sum()
        return loss, max(1.0, float(sum((t["joint_weight"] > 0).sum() for t in targets)))

    def keypoints(self, coords, sigma, attention, boxes, target, weight):
        """Losses of M instances: coords, sigma (M,K,2) box units; boxes (M,4); target (M,K,2) pixels; weight (M,K)."""
        extent = (boxes[:, None, 2:] - boxes[:, None, :2]).clamp(min=1)
        unit = (target - boxes[:, None, :2]) / extent - 0.5
        weight = weight * (unit.abs() <= 0.5).all(2)
        likelihood = (rle(self.flow, coords, sigma, unit) * weight).sum()
        # distance in units of COCO's tolerance for this joint and person size, saturating like OKS does
        scale = OKS_K.to(unit) * (0.53 * extent.prod(2)).sqrt()
        error = ((coords - unit) * extent).pow(2).sum(2) / scale.pow(2)
        oks = ((torch.sqrt(1 + error) - 1) * weight).sum()
        spread = (coords - unit).abs().sum(2)
        l1 = (spread * weight).sum()
        size = round(attention.shape[2] ** 0.5)
        attend = attention_loss(attention, unit, weight, self.parts, size)
        k = coords.shape[1]
        return {"rle": likelihood / k, "oks": oks / k, "kl1": l1 / k, "attn": attend}

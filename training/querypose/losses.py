"""Losses of all stages: one-to-one classes, boxes for every good proposal, keypoints for chosen instances.

Everything is computed for the whole batch at once; people are padded to the same number per picture (see batch.py).
"""
import torch
import torch.nn.functional as F
from torch import nn

from .boxes import area, giou, pairwise
from .flow import RealNVP, rle
from .matcher import match

# COCO's per-joint constants (k = 2 sigma), in COCO order
OKS_K = 2 * torch.tensor([26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1000

# Half the side of the region around a box's middle, in box units, in which joints are learned. A box that is found cuts off a hand or
# an elbow now and then, and what follows the box alone would never be told where they are.
REACH = 0.8

# Joints that move most weigh more (as in SimpleBaseline, Xiao et al. 2018), in COCO order
EFFORT = torch.tensor([1, 1, 1, 1, 1, 1, 1, 1.2, 1.2, 1.5, 1.5, 1, 1, 1.2, 1.2, 1.5, 1.5])


def focal(logits, target, weight):
    """Sigmoid focal loss (alpha .25, gamma 2), summed."""
    p = logits.sigmoid()
    ce = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    miss = p * (1 - target) + (1 - p) * target
    return (weight * (0.25 * target + 0.75 * (1 - target)) * miss**2 * ce).sum()


def quality_focal(logits, quality, positive, weight):
    """Class loss whose target is how good the answer is, summed: logits, quality 0..1, positive (bool) and weight, one shape.

    Who speaks for a person learns `quality` itself, by cross-entropy as it is; who does not learns 0, the surer the more
    (after the keypoint similarity varifocal loss of DETRPose, Janampa and Pattichis 2025, and DEIM, Huang et al. 2025).
    """
    ce = F.binary_cross_entropy_with_logits(logits, torch.where(positive, quality, 0.0), reduction="none")
    return 0.5 * (weight * torch.where(positive, 1.0, logits.sigmoid().square()) * ce).sum()


def ignored(boxes, regions):
    """Which boxes (B,R,4) lie mostly in, or have their centre in, an ignore region (B,I,4); regions without area hold none."""
    inter, _ = pairwise(boxes, regions)
    centre = ((boxes[..., :2] + boxes[..., 2:]) / 2)[:, :, None]
    low, high = regions[:, None, :, :2], regions[:, None, :, 2:]
    inside = ((centre > low) & (centre < high)).all(-1)
    similar = area(boxes)[..., None] < 4 * area(regions)[:, None]  # a box far larger than the region is about something else
    return ((inter / area(boxes)[..., None].clamp(min=1) > 0.5) | (inside & similar)).any(2)


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


def bars(boxes, width, height, stride):
    """Columns (B,N,width) and rows (B,N,height), 1 where a box (B,N,4) in pixels covers them on the map of that stride."""
    edges = (boxes / stride).round()
    covers = lambda low, high, n: ((at := torch.arange(n, device=boxes.device)) >= low[..., None]) & (at <= high[..., None])
    there = (boxes[..., 2] > boxes[..., 0])[..., None]
    return (covers(edges[..., 0], edges[..., 2], width) & there).float(), (covers(edges[..., 1], edges[..., 3], height) & there).float()


@torch.no_grad()
def joint_heat(targets, height, width, stride=4):
    """Gaussians on the known joints: (B,K,H,W) targets and weights, 0 where a joint's place is unknown.

    An unknown joint of a labelled person may be anywhere in their box, everything in an ignore region.
    """
    boxes, joints, sure = targets["boxes"], targets["joints"] / stride, targets["joint_weight"]
    device, (b, people, k) = boxes.device, sure.shape
    x, y = torch.arange(width, device=device) + 0.5, torch.arange(height, device=device) + 0.5
    columns, rows = bars(targets["ignore"], width, height, stride)
    free = targets["negative_weight"][:, None, None] * (torch.bmm(rows.transpose(1, 2), columns) == 0)
    columns, rows = bars(boxes, width, height, stride)
    unknown = (sure == 0).float().transpose(1, 2)[..., None] * rows[:, None]  # (B,K,G,H)
    unknown = torch.bmm(unknown.permute(0, 1, 3, 2).reshape(b, k * height, people), columns).view(b, k, height, width)
    weight = free[:, None] * (unknown == 0)
    heat = torch.zeros_like(weight)
    radius = (0.03 * area(boxes).sqrt() / stride).clamp(min=0.7)[..., None, None]
    gx = torch.exp(-((x - joints[..., :1]) ** 2) / (2 * radius**2))
    gy = torch.exp(-((y - joints[..., 1:]) ** 2) / (2 * radius**2)) * (sure > 0)[..., None]
    strength = targets["weight"][..., None] * sure.clamp(min=0.3)
    for g in range(people):
        mine = gy[:, g, :, :, None] * gx[:, g, :, None]
        heat = torch.maximum(heat, mine)
        weight = torch.where(mine > 0.1, strength[:, g, :, None, None], weight)
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
        of unmatched proposals that fit a person. Returns (losses, claims): each person's proposal (B,G), class weights (B,R),
        which proposals are matched (B,R), the IoU of each with its person (B,R).
        """
        mine, people, sure = boxes[:, :learned].detach(), targets["boxes"], targets["weight"]
        proposal, owner = match(logits[:, :learned].detach(), mine, people, targets["valid"], extent)
        matched = owner >= 0
        inter, union = pairwise(mine, people)
        iou = inter / union.clamp(min=1e-6)
        best, person = iou.max(2)
        more = (best > 0.5) & ~matched
        label, weight = matched.float(), targets["negative_weight"][:, None].expand(-1, learned)
        weight = torch.where(ignored(mine, targets["ignore"]), 0.0, weight)
        weight = torch.where(more, weight * rival_weight, weight)
        person = torch.where(matched, owner, person)
        fits = sure.gather(1, person)
        count = torch.zeros_like(sure).scatter_add(1, person, more.float())
        if many:
            label = torch.where(more, 1.0, label)
            weight = torch.where(more, 2 * fits / count.clamp(min=2).gather(1, person), weight)
        weight = torch.where(matched, fits, weight)
        # all further good proposals of a person weigh as much as the matched one
        box_weight = torch.where(matched, fits, torch.where(more, fits / count.clamp(min=3).gather(1, person), 0.0))
        noise_weight = 0.5 * sure.gather(1, targets["noise_of"]) * targets["noise_valid"]
        against, box_weight = torch.cat([person, targets["noise_of"]], 1), torch.cat([box_weight, noise_weight], 1)
        theirs = people.gather(1, against[..., None].expand(-1, -1, 4))
        l1 = ((boxes - theirs).div(extent).abs().sum(2) * box_weight).sum()
        overlap = ((1 - giou(boxes, theirs)) * box_weight).sum()
        claims = {"proposal": proposal, "weight": weight, "matched": matched, "iou": iou.gather(2, person[..., None])[..., 0]}
        return {"cls": focal(logits[:, :learned], label, weight), "l1": l1, "giou": overlap}, claims

    def dense(self, p2, targets):
        """Joint heat maps of all people from p2 (B,D,H,W): a focal loss towards soft targets, summed, and the joints it is about."""
        logits = self.heat(p2).float()
        target, weight = joint_heat(targets, *p2.shape[2:])
        miss = (logits.sigmoid() - target).square()
        loss = (F.binary_cross_entropy_with_logits(logits, target, reduction="none") * miss * weight).sum()
        return loss, (targets["joint_weight"] > 0).sum().clamp(min=1)

    @staticmethod
    def similarity(coords, boxes, target, weight, people):
        """COCO's OKS (M,) of M instances with their people: coords (M,K,2) box units in boxes (M,4), target (M,K,2) pixels,
        weight (M,K) 0 where a joint is unknown, people's own boxes (M,4), of whose area COCO's is about 0.53."""
        found = boxes[:, None, :2] + (coords + 0.5) * (boxes[:, None, 2:] - boxes[:, None, :2])
        error = (found - target).pow(2).sum(2) / (OKS_K.to(target).pow(2) * 0.53 * area(people).clamp(min=1)[:, None])
        known = (weight > 0).float()
        return (torch.exp(-error / 2) * known).sum(1) / known.sum(1).clamp(min=1)

    def keypoints(self, coords, sigma, attention, boxes, target, weight):
        """Losses of M instances: coords, sigma (M,K,2) box units; boxes (M,4); target (M,K,2) pixels; weight (M,K)."""
        extent = (boxes[:, None, 2:] - boxes[:, None, :2]).clamp(min=1)
        unit = (target - boxes[:, None, :2]) / extent - 0.5
        weight = weight * (unit.abs() <= REACH).all(2) * EFFORT.to(weight)
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

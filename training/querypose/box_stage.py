"""One Sparse R-CNN stage: self-attention over the instances, dynamic convolution on their RoIs, class and box."""
import math

import torch
import torch.nn.functional as F
from torch import nn

from .boxes import pairwise

MAX_LOG_SCALE = math.log(100000 / 16)


class DynamicConv(nn.Module):
    """Two 1x1 convolutions whose weights come from the instance's query, then a linear layer over all positions."""

    def __init__(self, dim, inner, positions):
        super().__init__()
        self.dim, self.inner = dim, inner
        self.dynamic_layer = nn.Linear(dim, 2 * dim * inner)
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(inner), nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.out_layer = nn.Linear(dim * positions, dim)

    def forward(self, query, roi):
        """query (M,D), roi (M,positions,D) -> (M,D)."""
        first, second = self.dynamic_layer(query).split(self.dim * self.inner, dim=1)
        x = torch.bmm(roi.to(first.dtype), first.view(-1, self.dim, self.inner))
        x = F.relu(self.norm1(x)).to(second.dtype)
        x = F.relu(self.norm2(torch.bmm(x, second.view(-1, self.inner, self.dim))))
        return F.relu(self.norm3(self.out_layer(x.flatten(1))))


def apply_deltas(deltas, boxes):
    """Moves xyxy boxes (M,4) by (dx, dy, dw, dh): shifts in halves of the size, log scales bounded above."""
    size = boxes[:, 2:] - boxes[:, :2]
    centre = boxes[:, :2] + 0.5 * size
    centre = deltas[:, :2] / 2 * size + centre
    size = torch.exp(deltas[:, 2:].clamp(max=MAX_LOG_SCALE)) * size
    return torch.cat([centre - 0.5 * size, centre + 0.5 * size], 1)


def _branch(dim, count):
    layers = nn.ModuleList()
    for _ in range(count):
        layers.extend([nn.Linear(dim, dim, bias=False), nn.LayerNorm(dim), nn.ReLU()])
    return layers


class BoxStage(nn.Module):
    """queries (B,R,D), boxes (B,R,4) and RoI features (B*R,D,s,s) -> class logits (B,R), boxes (B,R,4), queries (B,R,D)."""

    def __init__(self, config):
        super().__init__()
        dim = config.hidden_dim
        self.self_attn = nn.MultiheadAttention(dim, config.num_heads, batch_first=True)
        self.inst_interact = DynamicConv(dim, config.dynamic_dim, config.box_roi**2)
        self.linear1, self.linear2 = nn.Linear(dim, config.feedforward_dim), nn.Linear(config.feedforward_dim, dim)
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(dim), nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.cls_module, self.reg_module = _branch(dim, config.num_cls), _branch(dim, config.num_reg)
        self.overlap = nn.Parameter(torch.zeros(config.num_heads)) if config.overlap_attention else None
        self.class_logits, self.bboxes_delta = nn.Linear(dim, 1), nn.Linear(dim, 4)
        nn.init.constant_(self.class_logits.bias, -math.log(99))
        nn.init.normal_(self.bboxes_delta.weight, std=0.01)
        nn.init.zeros_(self.bboxes_delta.bias)

    def with_overlap(self, boxes, mask):
        """What is added to the attention's logits (B*heads,R,R): per head a learned multiple of the boxes' IoU.

        Two proposals on one person see each other however alike or unlike their queries are (after AdaMixer, Gao et al. 2022).
        """
        inter, union = pairwise(boxes.detach().float(), boxes.detach().float())
        bias = (inter / union.clamp(min=1e-9))[:, None] * self.overlap[:, None, None]
        if mask is not None:
            bias = bias.masked_fill(mask, float("-inf"))
        return bias.flatten(0, 1)

    def forward(self, queries, boxes, roi, mask=None, taps=None):
        b, r, d = queries.shape
        if self.overlap is not None:
            mask = self.with_overlap(boxes, mask)
        attended = self.self_attn(queries, queries, queries, attn_mask=mask, need_weights=False)[0]
        x1 = self.norm1(queries + attended).reshape(b * r, d)
        interacted = self.inst_interact(x1, roi.permute(0, 2, 3, 1).flatten(1, 2))
        x2 = self.norm2(x1 + interacted)
        x3 = self.norm3(x2 + self.linear2(F.relu(self.linear1(x2))))
        cls, reg = x3, x3
        for layer in self.cls_module:
            cls = layer(cls)
        for layer in self.reg_module:
            reg = layer(reg)
        logits, deltas = self.class_logits(cls).float(), self.bboxes_delta(reg).float()
        moved = apply_deltas(deltas, boxes.reshape(-1, 4))
        if taps is not None:
            taps.update({"box.in_boxes": boxes, "box.roi": roi, "box.self_attn": attended, "box.norm1": x1,
                         "box.dyn_out": interacted, "box.norm2": x2, "box.obj": x3, "box.deltas": deltas,
                         "box.logits": logits, "box.boxes": moved})
        return logits.view(b, r), moved.view(b, r, 4), x3.view(b, r, d)

"""RoI align over pyramid levels, differentiable in the features (boxes get no gradient).

Each output cell is the mean of ratio x ratio bilinear samples, that is a weighted sum of 4*ratio^2 feature rows, so
the whole operation is one `embedding_bag` over the pixels of all levels. Its gradient is the transposed sum, written here
because PyTorch's own sorts the pixels first and takes twice as long.
"""
import torch
import torch.nn.functional as F


def box_levels(boxes, count):
    """Pyramid level 0..count-1 (p2 upwards) of xyxy boxes (M,4) in input pixels."""
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    level = torch.floor(4 + torch.log2(torch.sqrt(area.clamp(min=0)) / 224 + 1e-8))
    return level.clamp(2, 1 + count).long() - 2


def _axis(start, extent, size, ratio, limit):
    """Along one axis: pixel indices below/above (M,n), their weights and which samples count; n = size*ratio."""
    n = size * ratio
    step = (torch.arange(n, device=start.device) // ratio)[None]
    within = ((torch.arange(n, device=start.device) % ratio).float() + 0.5)[None] / ratio
    bin_extent = (extent / size)[:, None]
    pos = start[:, None] + step * bin_extent + within * bin_extent
    limit = limit[:, None]
    counts = (pos >= -1) & (pos <= limit)
    pos = torch.minimum(pos.clamp(min=0), limit - 1)
    low = torch.minimum(pos.floor(), limit - 1)
    high = torch.minimum(low + 1, limit - 1)
    frac = pos - low
    return low.long(), high.long(), (1 - frac) * counts, frac * counts


class WeightedRows(torch.autograd.Function):
    """rows (N,C), index and weight (M,k) -> (M,C), the weighted sums of the rows named; gradient in the rows only."""

    @staticmethod
    def forward(ctx, rows, index, weight):
        ctx.save_for_backward(index, weight)
        ctx.count = rows.shape[0]
        return F.embedding_bag(index, rows, mode="sum", per_sample_weights=weight)

    @staticmethod
    def backward(ctx, grad):
        index, weight = ctx.saved_tensors
        cells = torch.arange(len(index), device=index.device).repeat_interleave(index.shape[1])
        place = torch.stack([index.reshape(-1), cells])
        transposed = torch.sparse_coo_tensor(place, weight.reshape(-1), (ctx.count, len(index)), check_invariants=False)
        return torch.sparse.mm(transposed, grad), None, None


class Pooler:
    """RoI align over the levels [(B,C,H,W)] of one batch, whose pixels are laid out once for all stages."""

    def __init__(self, features, strides):
        self.finest = features[0]
        device, self.channels = features[0].device, features[0].shape[1]
        self.rows = torch.cat([f.permute(0, 2, 3, 1).reshape(-1, self.channels).float() for f in features])
        counts = torch.tensor([f.shape[0] * f.shape[2] * f.shape[3] for f in features], device=device)
        self.first = torch.cumsum(counts, 0) - counts
        self.height = torch.tensor([f.shape[2] for f in features], device=device)
        self.width = torch.tensor([f.shape[3] for f in features], device=device)
        self.scale = torch.tensor([1.0 / s for s in strides], device=device)

    def __call__(self, boxes, image_index, size, ratio=2, finest=False):
        """xyxy boxes (M,4) in input pixels, image of each box (M,) -> (M,C,size,size); finest: p2 for every box."""
        boxes = boxes.detach().float()
        level = torch.zeros_like(image_index) if finest else box_levels(boxes, len(self.scale))
        return roi_align(self, level, boxes, image_index, size, ratio)


def roi_align(pooler, level, boxes, image_index, size, ratio):
    """The pooler's pixels at boxes (M,4) f32 of pyramid levels (M,) -> (M,C,size,size).

    Aligned (half-pixel shifted) sampling; a sample beyond -1 or the map's extent counts 0, nearer ones are clamped.
    The result lies channels-last in memory.
    """
    rows, channels = pooler.rows, pooler.channels
    if boxes.shape[0] == 0:
        return rows.new_zeros((0, channels, size, size))
    first, scale, h, w = pooler.first, pooler.scale[level], pooler.height[level], pooler.width[level]
    corners = boxes * scale[:, None] - 0.5
    y0, y1, wy0, wy1 = _axis(corners[:, 1], corners[:, 3] - corners[:, 1], size, ratio, h.float())
    x0, x1, wx0, wx1 = _axis(corners[:, 0], corners[:, 2] - corners[:, 0], size, ratio, w.float())
    base = first[level] + image_index * h * w
    ys = torch.stack([y0, y1], 2) * w[:, None, None] + base[:, None, None]
    m, n = y0.shape
    ys, wy = ys.view(m, size, 1, 2 * ratio, 1), torch.stack([wy0, wy1], 2).view(m, size, 1, 2 * ratio, 1)
    xs, wx = torch.stack([x0, x1], 2).view(m, 1, size, 1, 2 * ratio), torch.stack([wx0, wx1], 2).view(m, 1, size, 1, 2 * ratio)
    index = (ys + xs).reshape(m * size * size, 4 * ratio * ratio)
    weight = (wy * wx).reshape(index.shape) / ratio**2
    out = WeightedRows.apply(rows, index, weight)
    return out.view(m, size, size, channels).permute(0, 3, 1, 2)

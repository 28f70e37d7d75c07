"""Geometry of xyxy boxes (last dimension 4)."""
import torch


def area(boxes):
    """Area; 0 for inverted boxes."""
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1)


def pairwise(a, b):
    """(intersection, union) of boxes a (…,N,4) and b (…,M,4), each (…,N,M)."""
    a, b = a[..., :, None, :], b[..., None, :, :]
    inter = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0).prod(-1)
    return inter, area(a) + area(b) - inter


def pairwise_giou(a, b):
    """Generalised IoU of boxes a (…,N,4) and b (…,M,4): (…,N,M)."""
    return giou(a[..., :, None, :], b[..., None, :, :])


def giou(a, b):
    """Generalised IoU of boxes a and b (…,4), whose leading dimensions broadcast."""
    inter = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0).prod(-1)
    union = area(a) + area(b) - inter
    hull = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).clamp(min=0).prod(-1)
    return inter / union.clamp(min=1e-6) - (hull - union) / hull.clamp(min=1e-6)

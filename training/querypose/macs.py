"""Multiply-accumulates, counted while the network runs: convolutions, linear layers, attention, dynamic convolutions."""
import torch
from torch.utils.flop_counter import FlopCounterMode

from .model import QueryPose


def gmac(model: QueryPose, extent, people):
    """GMAC of one picture of padded size (w,h) with `people` decoded instances.

    Matrix products and convolutions count; element-wise work and RoI sampling do not.
    """
    w, h = extent
    model.requires_grad_(False)
    with FlopCounterMode(display=False) as counter:
        model.predict(torch.zeros(1, 3, h, w), torch.tensor([extent]), max_people=people)
    return counter.get_total_flops() / 2e9

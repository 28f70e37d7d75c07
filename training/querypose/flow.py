"""Residual log-likelihood (RLE) of keypoints with a RealNVP; needed in training only."""
import math

import torch
from torch import nn


def _net(bounded):
    layers = [nn.Linear(2, 64), nn.LeakyReLU(), nn.Linear(64, 64), nn.LeakyReLU(), nn.Linear(64, 2)]
    for layer in layers[::2]:
        nn.init.xavier_uniform_(layer.weight, gain=0.3)
    return nn.Sequential(*layers, *([nn.Tanh()] if bounded else []))


class RealNVP(nn.Module):
    """Density of 2-D points: six affine couplings over a unit Gaussian."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mask", torch.tensor([[0.0, 1.0], [1.0, 0.0]] * 3))
        self.s = nn.ModuleList(_net(True) for _ in range(6))
        self.t = nn.ModuleList(_net(False) for _ in range(6))

    def log_prob(self, x):
        """x (N,2) -> log density (N,)."""
        log_det = 0
        for mask, scale, shift in reversed(list(zip(self.mask, self.s, self.t))):
            kept = x * mask
            s, t = scale(kept) * (1 - mask), shift(kept) * (1 - mask)
            x = kept + (1 - mask) * (x - t) * torch.exp(-s)
            log_det = log_det - s.sum(1)
        return -0.5 * (x * x).sum(1) - math.log(2 * math.pi) + log_det


def rle(flow, coords, sigma, target):
    """Negative log-likelihood per joint (M,K) of targets (M,K,2) under coords and sigma (M,K,2)."""
    sigma = sigma.clamp(min=1e-4)
    error = (coords - target) / sigma
    residual = flow.log_prob(error.clamp(-30, 30).reshape(-1, 2)).view(error.shape[:2])
    laplace = torch.log(sigma * math.sqrt(2 * math.pi)) + error.abs() / math.sqrt(2)
    return (torch.log(sigma) + laplace).sum(2) - 2 * residual

"""HRNet (Sun et al. 2019) and the two pyramids behind it; names as in the official `hrnet.py` and `fpn.py`."""
import torch
import torch.nn.functional as F
from torch import nn

from .backbones import FrozenBatchNorm

STEM = 64


def conv_norm(cin, cout, kernel, stride=1):
    """[convolution without bias, BatchNorm]: the pair most of HRNet is made of."""
    return [nn.Conv2d(cin, cout, kernel, stride, kernel // 2, bias=False), FrozenBatchNorm(cout)]


class Block(nn.Module):
    """A residual unit of 3x3 convolutions (basic), or of 1x1, 3x3, 1x1 (bottleneck, four times `width` wide)."""

    def __init__(self, cin, width, bottleneck):
        super().__init__()
        cout = 4 * width if bottleneck else width
        kernels = (1, 3, 1) if bottleneck else (3, 3)
        channels = [cin] + [width] * (len(kernels) - 1) + [cout]
        for i, kernel in enumerate(kernels):
            conv, norm = conv_norm(channels[i], channels[i + 1], kernel)
            self.add_module(f"conv{i + 1}", conv)
            self.add_module(f"bn{i + 1}", norm)
        self.count = len(kernels)
        self.downsample = nn.Sequential(*conv_norm(cin, cout, 1)) if cin != cout else None

    def forward(self, x):
        y = x
        for i in range(1, self.count + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            y = F.relu(y) if i < self.count else y
        return F.relu(y + (self.downsample(x) if self.downsample else x))


class Module(nn.Module):
    """Blocks on every branch, then every branch hears all others."""

    def __init__(self, channels, blocks):
        super().__init__()
        self.branches = nn.ModuleList(nn.Sequential(*(Block(c, c, False) for _ in range(blocks))) for c in channels)
        self.fuse_layers = nn.ModuleList(
            nn.ModuleList(self._exchange(channels, j, i) for j in range(len(channels))) for i in range(len(channels)))

    @staticmethod
    def _exchange(channels, j, i):
        """From branch j to branch i: 1x1 and upsampled, nothing, or one 3x3 of stride 2 for each halving."""
        if j == i:
            return nn.Identity()
        if j > i:
            return nn.Sequential(*conv_norm(channels[j], channels[i], 1), nn.Upsample(scale_factor=2.0 ** (j - i), mode="nearest"))
        steps = [conv_norm(channels[j], channels[j if k + 1 < i - j else i], 3, 2) for k in range(i - j)]
        return nn.Sequential(*(nn.Sequential(*step, *([nn.ReLU()] if k + 1 < i - j else [])) for k, step in enumerate(steps)))

    def forward(self, maps):
        maps = [branch(x) for branch, x in zip(self.branches, maps)]
        return [F.relu(sum(exchange(x) for exchange, x in zip(row, maps))) for row in self.fuse_layers]


class HRNet(nn.Module):
    """Channels of the four branches, modules of stages 2 to 4, blocks of stages 1 to 4; returns the four branches."""

    def __init__(self, channels, modules, blocks, **_):
        super().__init__()
        self.channels = channels
        self.conv1, self.bn1 = conv_norm(3, STEM, 3, 2)
        self.conv2, self.bn2 = conv_norm(STEM, STEM, 3, 2)
        self.layer1 = nn.Sequential(*(Block(STEM if b == 0 else 4 * STEM, STEM, True) for b in range(blocks[0])))
        before = [4 * STEM]
        for s, count in enumerate(modules):
            after = channels[: s + 2]
            self.add_module(f"transition{s + 1}", self._transition(before, after))
            self.add_module(f"stage{s + 2}", nn.Sequential(*(Module(after, blocks[s + 1]) for _ in range(count))))
            before = after

    @staticmethod
    def _transition(before, after):
        """A 3x3 convolution where a branch's width changes, and one of stride 2 to the new branch."""
        layers = nn.ModuleList()
        for i, width in enumerate(after):
            if i == len(before):
                layers.append(nn.Sequential(nn.Sequential(*conv_norm(before[-1], width, 3, 2), nn.ReLU())))
            else:
                layers.append(nn.Sequential(*conv_norm(before[i], width, 3), nn.ReLU()) if before[i] != width else nn.Identity())
        return layers

    def forward(self, x):
        x = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        maps = [self.layer1(x)]
        for s in range(1, len(self.channels)):
            transition = getattr(self, f"transition{s}")
            new = transition[-1](maps[-1])
            maps = [layer(x) for layer, x in zip(transition, maps)] + [new]
            maps = getattr(self, f"stage{s + 1}")(maps)
        return maps


class HRPyramid(nn.Module):
    """All branches together at the finest resolution, reduced to the decoders' width and pooled: [p2, p3, p4, p5].

    `hrfpn_v1` pools step by step, adds each coarser branch through `lateral_conv`, and has no bias.
    """

    def __init__(self, config):
        super().__init__()
        self.bottom_up = HRNet(**{k: v for k, v in config.backbone.items() if k != "type"})
        channels, width, first = self.bottom_up.channels, config.fpn_channels, config.backbone["fpn"] == "hrfpn"
        self.reduction_conv = nn.Sequential(nn.Conv2d(sum(channels), width, 1))
        self.lateral_conv = None if first else nn.ModuleList(nn.Conv2d(c, width, 1, bias=False) for c in channels)
        self.fpn_conv = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1, bias=first) for _ in channels)

    def forward(self, x, taps=None, **_):
        branches = self.bottom_up(x)
        finest = [branches[0]] + [F.interpolate(b, scale_factor=2.0**i, mode="bilinear", align_corners=False) for i, b in enumerate(branches[1:], 1)]
        levels = [self.reduction_conv(torch.cat(finest, 1))]
        for i in range(1, len(branches)):
            if self.lateral_conv is None:
                levels.append(F.avg_pool2d(levels[0], 2**i))
            else:
                levels.append(F.avg_pool2d(levels[-1], 2) + self.lateral_conv[i](branches[i]))
        out = [conv(level) for conv, level in zip(self.fpn_conv, levels)]
        if taps is not None:
            taps.update({f"bb.y{i}": b for i, b in enumerate(branches)}, **{f"fpn.p{i}": p for i, p in enumerate(out, 2)})
        return out

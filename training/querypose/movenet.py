"""MoveNet MultiPose's body and the pyramid that joins it to the decoder. Returns maps at strides 4, 8, 16, 32."""
import torch
import torch.nn.functional as F
from torch import nn

from .backbones import Depthwise, MobileNetV2

HEADS = ("center", "box_scale", "kpt_heatmap", "kpt_regress")


def doubled(x):
    """Bilinear to twice the size, half-pixel centres."""
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class Separable(nn.Module):
    """3x3 depthwise convolution without bias, 1x1 convolution, ReLU."""

    def __init__(self, cin, cout):
        super().__init__()
        self.depthwise = Depthwise(cin, 1, bias=False)
        self.pointwise = nn.Conv2d(cin, cout, 1)

    def forward(self, x):
        return F.relu(self.pointwise(self.depthwise(x)))


class MoveNet(MobileNetV2):
    """MobileNetV2 with its last 1x1, a narrow pyramid down to stride 4, and the hidden layers of the heads named.

    BatchNorm is folded into the biases. The heads' own last layers are not part of it.
    """

    NARROW, HIDDEN, LATERAL4 = (24, 24, 32, 64), 96, 9

    def __init__(self, width=1.5, heads=HEADS, **_):
        super().__init__(width)
        wide = [block.project.out_channels for block in self.blocks]
        self.last = nn.Conv2d(wide[-1], 1280, 1)
        n2, n3, n4, n5 = self.NARROW
        self.lateral5 = nn.Conv2d(1280, n5, 1)
        self.lateral4, self.merge4 = nn.Conv2d(wide[self.LATERAL4], n5, 1), Separable(n5, n4)
        self.lateral3, self.merge3 = nn.Conv2d(wide[self.TAPS[1]], n4, 1), Separable(n4, n3)
        self.lateral2, self.merge2 = nn.Conv2d(wide[self.TAPS[0]], n3, 1), Separable(n3, n2)
        self.heads = tuple(heads)
        self.hidden = nn.ModuleList(Separable(n2, self.HIDDEN) for _ in heads)
        self.channels = [*self.channels[:3], 1280]
        self.map_channels = [self.HIDDEN * len(heads), n3, n4, n5]

    def forward(self, x, frozen_blocks=0):
        """Body's maps [res2..res5], what the heads know [hidden layers, s8, s16, s32] and the narrow pyramid's finest map.

        frozen_blocks: as in MobileNetV2; more than there are blocks freezes the narrow pyramid too.
        """
        out = super().forward(x, frozen_blocks, also=(self.LATERAL4,))
        with torch.set_grad_enabled(torch.is_grad_enabled() and frozen_blocks <= len(self.blocks)):
            res2, res3, inner, res4, res5 = out
            res5 = F.relu6(self.last(res5))
            s32 = self.lateral5(res5)
            s16 = self.merge4(doubled(s32) + self.lateral4(inner))
            s8 = self.merge3(doubled(s16) + self.lateral3(res3))
            s4 = self.merge2(doubled(s8) + self.lateral2(res2))
            hidden = torch.cat([head(s4) for head in self.hidden], 1)
        return [res2, res3, res4, res5], [hidden, s8, s16, s32], s4

    def load_pretrained(self, npz):
        """Copies the arrays of a `numpy.load`ed file; names are this module's, with the head's name for its hidden layer."""
        state = self.state_dict()
        for key in state:
            parts = key.split(".")
            if parts[0] == "hidden":
                parts[1] = self.heads[int(parts[1])]
            state[key] = torch.from_numpy(npz[".".join(parts)].astype("float32"))
        self.load_state_dict(state)


class MoveNetPyramid(nn.Module):
    """[p2, p3, p4, p5], all `channels` wide, from what the heads know and, with `top_down`, a path over the body's own maps.

    p2 is a 1x1 convolution of the hidden layers and the path's finest map; each coarser level one of the narrow pyramid's
    map and the path's, added to the level below it, averaged over 2x2.
    """

    def __init__(self, config):
        super().__init__()
        self.bottom_up = MoveNet(**{k: v for k, v in config.backbone.items() if k != "type"})
        self.top_down = config.backbone.get("top_down", True)
        wide = config.fpn_channels
        for i, (own, theirs) in enumerate(zip(self.bottom_up.channels, self.bottom_up.map_channels), 2):
            if self.top_down:
                self.add_module(f"fpn_lateral{i}", nn.Conv2d(own, wide, 1))
            self.add_module(f"fpn_output{i}", nn.Conv2d(theirs + wide * self.top_down, wide, 1))
        for name, module in self.named_children():
            if name.startswith("fpn"):
                nn.init.kaiming_uniform_(module.weight, a=1)
                nn.init.zeros_(module.bias)

    def body(self, x, **backbone_options):
        """The body's own maps [res2, res3, res4, res5], which the lateral convolutions take."""
        return self.bottom_up(x, **backbone_options)[0]

    def forward(self, x, taps=None, **backbone_options):
        res, maps, s4 = self.bottom_up(x, **backbone_options)
        path, out = [], []
        for i in (5, 4, 3, 2) if self.top_down else ():
            lateral = getattr(self, f"fpn_lateral{i}")(res[i - 2])
            path.insert(0, lateral + F.interpolate(path[0], scale_factor=2.0, mode="nearest") if path else lateral)
        for i in (2, 3, 4, 5):
            read = [m.float() for m in (maps[i - 2], *path[i - 2 : i - 1])]
            level = getattr(self, f"fpn_output{i}")(torch.cat(read, 1))
            out.append(level + F.avg_pool2d(out[-1], 2) if out else level)
        if taps is not None:
            taps.update({f"bb.res{i}": r for i, r in enumerate(res, 2)}, **{f"fpn.p{i}": p for i, p in enumerate(out, 2)})
            taps.update({f"bb.s{4 << i}": m for i, m in enumerate([s4, *maps[1:]])})
            taps.update({f"bb.hidden{i}": m for i, m in enumerate(maps[0].split(MoveNet.HIDDEN, 1))})
        return out

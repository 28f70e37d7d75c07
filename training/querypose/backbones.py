"""Backbones and feature pyramid. Each backbone returns [res2, res3, res4, res5] at strides 4, 8, 16, 32."""
import torch
import torch.nn.functional as F
from torch import nn


class FrozenBatchNorm(nn.Module):
    """BatchNorm whose statistics and affine parameters are constants."""

    def __init__(self, channels, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.register_buffer("weight", torch.ones(channels))
        self.register_buffer("bias", torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x):
        scale = self.weight * (self.running_var + self.eps).rsqrt()
        return x * scale[:, None, None] + (self.bias - self.running_mean * scale)[:, None, None]


class NormedConv(nn.Conv2d):
    """Convolution without bias, followed by a frozen BatchNorm (detectron2's key names)."""

    def __init__(self, cin, cout, kernel, stride=1, padding=0):
        super().__init__(cin, cout, kernel, stride, padding, bias=False)
        self.norm = FrozenBatchNorm(cout)

    def forward(self, x):
        return self.norm(super().forward(x))


class Bottleneck(nn.Module):
    """1x1, 3x3 (with the stride), 1x1 and a shortcut."""

    def __init__(self, cin, width, cout, stride):
        super().__init__()
        self.shortcut = NormedConv(cin, cout, 1, stride) if cin != cout or stride > 1 else nn.Identity()
        self.conv1 = NormedConv(cin, width, 1)
        self.conv2 = NormedConv(width, width, 3, stride, 1)
        self.conv3 = NormedConv(width, cout, 1)

    def forward(self, x):
        y = F.relu(self.conv2(F.relu(self.conv1(x))))
        return F.relu(self.conv3(y) + self.shortcut(x))


class ResNet(nn.Module):
    """ResNet-50/101 as detectron2 builds it."""

    def __init__(self, depth=50, stem_channels=64, res2_channels=256, width_per_group=64, blocks=None, **_):
        super().__init__()
        blocks = blocks or {50: [3, 4, 6, 3], 101: [3, 4, 23, 3]}[depth]
        self.stem = nn.ModuleDict({"conv1": NormedConv(3, stem_channels, 7, 2, 3)})
        cin, self.channels = stem_channels, []
        for i, count in enumerate(blocks):
            cout, width = res2_channels << i, width_per_group << i
            stage = nn.Sequential()
            for j in range(count):
                stage.append(Bottleneck(cin, width, cout, 2 if i > 0 and j == 0 else 1))
                cin = cout
            self.add_module(f"res{i + 2}", stage)
            self.channels.append(cout)

    def forward(self, x, frozen_blocks=0):
        """frozen_blocks: as the other backbones take it; a ResNet begins at random here, so it is never frozen."""
        x = F.max_pool2d(F.relu(self.stem["conv1"](x)), 3, 2, 1)
        out = []
        for i in range(len(self.channels)):
            x = getattr(self, f"res{i + 2}")(x)
            out.append(x)
        return out


class Depthwise(nn.Conv2d):
    """3x3 depthwise convolution. With stride 2 it runs in f32: oneDNN's bf16 gradient of it is 20 times slower."""

    def __init__(self, channels, stride, padding=1, bias=True):
        super().__init__(channels, channels, 3, stride, padding, groups=channels, bias=bias)

    def forward(self, x):
        with torch.autocast(x.device.type, enabled=self.stride == (1, 1) and torch.is_autocast_enabled(x.device.type)):
            return super().forward(x if self.stride == (1, 1) else x.float())


class InvertedResidual(nn.Module):
    """MobileNetV2 block: 1x1 expand, 3x3 depthwise, linear 1x1 project; BatchNorm is folded into the biases."""

    def __init__(self, cin, cout, stride, expansion):
        super().__init__()
        mid = cin * expansion
        if expansion > 1:
            self.expand = nn.Conv2d(cin, mid, 1)
        self.depthwise = Depthwise(mid, stride, 1 if stride == 1 else 0)
        self.project = nn.Conv2d(mid, cout, 1)
        self.stride, self.residual = stride, stride == 1 and cin == cout

    def forward(self, x):
        y = F.relu6(self.expand(x)) if hasattr(self, "expand") else x
        if self.stride == 2:
            y = F.pad(y, (0, 1, 0, 1))  # TensorFlow's SAME on even sizes
        y = self.project(F.relu6(self.depthwise(y)))
        return x + y if self.residual else y


class MobileNetV2(nn.Module):
    """MobileNetV2 up to the 320-channel block. Inputs must have even sizes at every stride (multiples of 32)."""

    LAYOUT = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    TAPS = (2, 5, 12, 16)

    def __init__(self, width=1.0, **_):
        super().__init__()
        wide = lambda c: max(8, int(c * width + 4) // 8 * 8)
        self.stem = nn.Conv2d(3, wide(32), 3, 2)
        self.blocks, cin = nn.ModuleList(), wide(32)
        for expansion, cout, count, stride in self.LAYOUT:
            for j in range(count):
                self.blocks.append(InvertedResidual(cin, wide(cout), stride if j == 0 else 1, expansion))
                cin = wide(cout)
        self.channels = [self.blocks[i].project.out_channels for i in self.TAPS]

    def forward(self, x, frozen_blocks=0, also=()):
        """frozen_blocks: the stem and that many blocks run without gradients (training only). also: further blocks to give out."""
        out = []
        with torch.set_grad_enabled(torch.is_grad_enabled() and frozen_blocks == 0):
            x = F.relu6(self.stem(F.pad(x, (0, 1, 0, 1))))
        for i, block in enumerate(self.blocks):
            with torch.set_grad_enabled(torch.is_grad_enabled() and i >= frozen_blocks):
                x = block(x)
            if i in self.TAPS or i in also:
                out.append(x)
        return out

    def load_pretrained(self, npz):
        """Copies the pretrained arrays of a `numpy.load`ed file with TensorFlow-slim names."""
        def put(conv, name):
            conv.weight.data.copy_(torch.from_numpy(npz[name + ".weight"].astype("float32")))
            conv.bias.data.copy_(torch.from_numpy(npz[name + ".bias"].astype("float32")))

        put(self.stem, "Conv")
        for i, block in enumerate(self.blocks):
            prefix = "expanded_conv" + (f"_{i}" if i else "")
            for part in ("expand", "depthwise", "project"):
                if hasattr(block, part):
                    put(getattr(block, part), f"{prefix}.{part}")


class ShuffleUnit(nn.Module):
    """ShuffleNetV2 unit on two halves of the channels: one passes (or is shrunk), one goes through 1x1, 3x3 depthwise, 1x1.

    Takes and returns the halves, since the shuffle that ends a unit and the split that begins the next are one step.
    BatchNorm is folded into the biases; leaky ReLU after the 1x1 convolutions, none after the depthwise one.
    """

    def __init__(self, cin, cout, stride):
        super().__init__()
        half = cout // 2
        mid = cin if stride == 2 else half
        if stride == 2:
            self.branch1 = nn.ModuleDict({"depthwise": Depthwise(cin, 2), "project": nn.Conv2d(cin, half, 1)})
        self.branch2 = nn.ModuleDict({"expand": nn.Conv2d(mid, half, 1), "depthwise": Depthwise(half, stride),
                                      "project": nn.Conv2d(half, half, 1)})

    def forward(self, x):
        """(left, right) halves, or one tensor for a unit with stride 2; returns the shuffled halves."""
        if hasattr(self, "branch1"):
            left = F.leaky_relu(self.branch1["project"](self.branch1["depthwise"](x)), 0.1)
            right = x
        else:
            left, right = x
        y = F.leaky_relu(self.branch2["expand"](right), 0.1)
        y = F.leaky_relu(self.branch2["project"](self.branch2["depthwise"](y)), 0.1)
        # channels k of the two halves go to 2k and 2k+1; channels are moved as they lie in memory, last
        shuffled = torch.stack([left.permute(0, 2, 3, 1), y.permute(0, 2, 3, 1)], 4).flatten(3)
        return shuffled.permute(0, 3, 1, 2).chunk(2, 1)


class ShuffleNetV2(nn.Module):
    """ShuffleNetV2 1.0 as NanoDet-m uses it (leaky ReLU 0.1). res2 is the pooled stem."""

    LAYOUT = [(116, 4), (232, 8), (464, 4)]

    def __init__(self, **_):
        super().__init__()
        self.stem, cin = nn.Conv2d(3, 24, 3, 2, 1), 24
        self.channels = [cin]
        for i, (cout, count) in enumerate(self.LAYOUT, 3):
            self.add_module(f"res{i}", nn.Sequential(*(ShuffleUnit(cin, cout, 1 if j else 2) for j in range(count))))
            self.channels.append(cout)
            cin = cout

    def forward(self, x, frozen_blocks=0):
        """frozen_blocks: the stem and that many units run without gradients (training only)."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and frozen_blocks == 0):
            x = F.max_pool2d(F.leaky_relu(self.stem(x), 0.1), 3, 2, 1)
        out, at = [x], 0
        for i in range(3, 6):
            for unit in getattr(self, f"res{i}"):
                with torch.set_grad_enabled(torch.is_grad_enabled() and at >= frozen_blocks):
                    x = unit(x)
                at += 1
            x = torch.cat(x, 1)
            out.append(x)
        return out

    def load_pretrained(self, npz):
        """Copies NanoDet-m's arrays (layer names of its ncnn graph, which lists the convolutions in order)."""
        names = iter(sorted({k.split(".")[0] for k in npz.keys()}, key=lambda n: int(n.split("_")[1])))

        def put(conv):
            name = next(names)
            conv.weight.data.copy_(torch.from_numpy(npz[name + ".weight"].astype("float32")))
            conv.bias.data.copy_(torch.from_numpy(npz[name + ".bias"].astype("float32")))

        put(self.stem)
        for i in range(3, 6):
            for unit in getattr(self, f"res{i}"):
                for branch in ("branch1", "branch2"):
                    for conv in getattr(unit, branch, nn.ModuleDict()).values():
                        put(conv)
        # it was trained on BGR
        self.stem.weight.data.copy_(self.stem.weight.data.flip(1))


BACKBONES = {"resnet": ResNet, "mobilenet_v2": MobileNetV2, "shufflenet_v2": ShuffleNetV2}


class Pyramid(nn.Module):
    """Backbone + FPN (detectron2): returns [p2, p3, p4, p5], all `channels` wide."""

    def __init__(self, config):
        super().__init__()
        kind = config.backbone["type"]
        if kind not in BACKBONES:
            raise ValueError(f"backbone type {kind!r} is not known here; known: {', '.join(BACKBONES)}")
        self.bottom_up = BACKBONES[kind](**{k: v for k, v in config.backbone.items() if k != "type"})
        for i, channels in enumerate(self.bottom_up.channels, 2):
            self.add_module(f"fpn_lateral{i}", nn.Conv2d(channels, config.fpn_channels, 1))
            self.add_module(f"fpn_output{i}", nn.Conv2d(config.fpn_channels, config.fpn_channels, 3, padding=1))
        for name, module in self.named_children():
            if name.startswith("fpn"):
                nn.init.kaiming_uniform_(module.weight, a=1)
                nn.init.zeros_(module.bias)

    def body(self, x, **backbone_options):
        """The backbone's own maps [res2, res3, res4, res5], which the lateral convolutions take."""
        return self.bottom_up(x, **backbone_options)

    def forward(self, x, taps=None, **backbone_options):
        res = self.body(x, **backbone_options)
        out, top = [], None
        for i in (5, 4, 3, 2):
            lateral = getattr(self, f"fpn_lateral{i}")(res[i - 2])
            top = lateral if top is None else lateral + F.interpolate(top, scale_factor=2.0, mode="nearest")
            out.insert(0, getattr(self, f"fpn_output{i}")(top))
        if taps is not None:
            taps.update({f"bb.res{i}": r for i, r in enumerate(res, 2)}, **{f"fpn.p{i}": p for i, p in enumerate(out, 2)})
        return out

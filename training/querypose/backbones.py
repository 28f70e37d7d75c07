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


BACKBONES = {"resnet": ResNet, "mobilenet_v2": MobileNetV2}


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

"""Folded weights get steps of their own size: the same as training v of w = size * v."""

import copy

import torch
from train import Unit


def test_steps_are_steps_of_v():
    torch.manual_seed(1)
    layer = torch.nn.Conv2d(4, 3, 1)
    with torch.no_grad():
        layer.weight.mul_(torch.tensor([1e-3, 1.0, 1e3])[:, None, None, None])
        layer.bias.mul_(100)
    twin = copy.deepcopy(layer)
    unit = Unit(list(layer.parameters()))
    sizes = [s.clone() for s in unit.sizes]
    v = [(p.detach() / s).requires_grad_() for p, s in zip(twin.parameters(), sizes)]
    a, b = torch.optim.AdamW(layer.parameters(), lr=0.1, weight_decay=0.0), torch.optim.AdamW(v, lr=0.1, weight_decay=0.0)
    for seed in range(3):
        x = torch.randn(2, 4, 5, 5, generator=torch.Generator().manual_seed(seed))
        layer.zero_grad()
        layer(x).square().mean().backward()
        unit.scale_gradients()
        unit.step(a)
        b.zero_grad()
        weight, bias = (p * s for p, s in zip(v, sizes))
        torch.nn.functional.conv2d(x, weight, bias).square().mean().backward()
        b.step()
    for p, q, s in zip(layer.parameters(), v, sizes):
        # Both forms round differently in f32: 2e-6 seen.
        assert torch.allclose(p / s, q, rtol=1e-5, atol=1e-5)


def test_rows_of_zeros_can_learn():
    layer = torch.nn.Conv2d(2, 2, 1)
    torch.nn.init.zeros_(layer.bias)
    torch.nn.init.zeros_(layer.weight)
    assert all((s == 1).all() for s in Unit(list(layer.parameters())).sizes)

"""The network equals the official code's tensors."""
import golden
import pytest
import torch
from querypose.model import QueryPose

# tap -> how the golden layout becomes ours
PARTS_FIRST = ("pose.attn_pooled", "pose.part_embed_fc", "pose.part_embed", "pose.sim", "pose.q_attn", "pose.q", "pose.q_in")


def as_ours(name, value, ours):
    tail = name.split(".", 1)[1]
    if tail in PARTS_FIRST:
        value = value.transpose(0, 1).expand_as(ours)
    elif tail == "pose.gates":  # (P,R,2,E) -> (R,P,2E)
        value = value.transpose(0, 1).flatten(2)
    return value.reshape(ours.shape)


@pytest.mark.parametrize("name, least", [("tiny_light", 60), ("tiny_full", 40), ("tiny_full_v0", 40), ("tiny_hrnet", 25), ("tiny_hrnet_v1", 20)])
def test_tiny(name, least):
    manifest, want = golden.load(name)
    model = QueryPose(golden.config(manifest, query_feedback=name.endswith("v0"))).eval()
    problems = model.load_state_dict(golden.weights(manifest), strict=False)
    assert not problems.missing_keys
    unused = (".fc3.", "norm_fc3", "fpn_conv.4.", "lateral_conv.0.")  # the official networks carry them along
    assert all(any(name in key for name in unused) for key in problems.unexpected_keys), problems.unexpected_keys
    h, w = manifest["image_hw"]
    image = want["input.image_u8"].float()
    mean, std = torch.tensor(model.config.image["mean"]), torch.tensor(model.config.image["std"])
    padded = torch.zeros(1, 3, *manifest["padded_hw"])
    padded[0, :, :h, :w] = (image - mean[:, None, None]) / std[:, None, None]
    taps = [{} for _ in range(manifest["cfg"]["NUM_HEADS"])]
    people = model.predict(padded, torch.tensor([[w, h]]), taps=taps)[0]
    ours = {f"s{i}.{k}": v for i, tap in enumerate(taps) for k, v in tap.items() if k.startswith(("box", "pose"))}
    ours.update({k: v for k, v in taps[-1].items() if k.startswith(("bb", "fpn"))}, **{"input.padded": padded})
    compared = 0
    for key, value in ours.items():
        if key not in want:
            continue
        error = (as_ours(key, want[key], value) - value).abs().max().item() if key.startswith("s") else (want[key] - value).abs().max().item()
        # 8 times the golden tensor's own f32 noise; sums run in another order here
        assert error <= 8 * manifest["f32_vs_f64_max_abs"].get(key, 0) + 2e-5, (key, error)
        compared += 1
    assert compared >= least
    order = want["final.score"].argsort(descending=True)
    assert (people["boxes"] - want["final.boxes_net"][order]).abs().max() < 1e-3
    assert (people["keypoints"][..., :2] - want["final.kps_net"][order][..., :2]).abs().max() < 2e-3
    assert (people["score"] - want["final.score"][order]).abs().max() < 1e-6


def test_on_demand_is_exact():
    """Decoding only the instances above a threshold gives the same people as decoding all."""
    manifest, want = golden.load("tiny_light")
    model = QueryPose(golden.config(manifest)).eval()
    model.load_state_dict(golden.weights(manifest), strict=False)
    size = torch.tensor([manifest["image_hw"][::-1]])
    every = model.predict(want["input.padded"], size)[0]
    threshold = every["cls"].median().item()
    some = model.predict(want["input.padded"], size, threshold=threshold)[0]
    mask = every["cls"] >= threshold
    assert 0 < mask.sum() < len(mask)
    assert (some["keypoints"] - every["keypoints"][mask]).abs().max() < 1e-3

"""MoveNet's body: the command line computes what PyTorch does, tap by tap, and PyTorch what Google's weights give."""
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from querypose.config import Config
from querypose.grow import grown
from querypose.infer import load_folder
from querypose.model import QueryPose
from querypose.movenet import MoveNet
from querypose.preprocess import prepare

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target/release/querypose"
TAPS = ["bb.res2", "bb.res3", "bb.res4", "bb.res5", "bb.s4", "bb.s8", "bb.s16", "bb.s32", "bb.hidden0", "bb.hidden3",
        "fpn.p2", "fpn.p3", "fpn.p4", "fpn.p5"]


def dumped(folder, picture, tmp_path, *more):
    run = subprocess.run([PROGRAM, "detect", picture, "--model", folder, "--backend", "cpu", "--dump", tmp_path / "taps.safetensors", *more],
                         capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return load_file(tmp_path / "taps.safetensors")


@torch.no_grad()
def test_taps_equal_pytorch(tmp_path):
    """The shipped model on a photo: maps of body, heads and pyramid."""
    model = load_folder(ROOT / "www/models/nano")
    picture = Image.open(ROOT / "www/pictures/collins.jpg").convert("RGB").resize((150, 200))
    picture.save(tmp_path / "small.png")
    padded, extent, _ = prepare(picture, model.config.image)
    taps = [{} for _ in range(model.config.num_stages)]
    model.predict(padded, torch.tensor([extent]), taps=taps)
    size = str(model.config.image["shortest_edge"])  # `prepare` has no other
    ours = dumped(ROOT / "www/models/nano", tmp_path / "small.png", tmp_path, "--size", size)
    for name in TAPS:
        theirs = taps[-1][name]
        error = (ours[name].float() - theirs).abs().max() / theirs.abs().max()
        assert error < 2e-5, f"{name}: {error:.1e}"  # sums of up to 1280 products in another order: 3e-6 was the worst seen


@pytest.mark.skipif("QUERYPOSE_DATA" not in os.environ, reason="QUERYPOSE_DATA names the data folder; a clone has none")
@torch.no_grad()
def test_body_gives_the_known_answers():
    """Google's weights on the stored picture."""
    npz = np.load(Path(os.environ["QUERYPOSE_DATA"]) / "backbone_movenet_multipose.npz")
    body = MoveNet(1.5, ("center", "box_scale", "kpt_heatmap", "kpt_regress", "box_offset", "kpt_offset"))
    body.load_pretrained(npz)
    pixels = torch.from_numpy(npz["check.picture"]).permute(2, 0, 1)[None].float() / 127.5 - 1
    _, (hidden, s8, s16, s32), _ = body(pixels)
    for name, found in (("hidden", hidden[0, :, ::8, ::8]), ("s8", s8[0, :, ::4, ::4]), ("s16", s16[0]), ("s32", s32[0])):
        wanted = torch.from_numpy(npz[f"check.{name}"])
        error = (found - wanted).abs().max() / wanted.abs().max()
        assert error < 1e-5, f"{name}: {error:.1e}"  # 2e-6 was the worst seen


@torch.no_grad()
def test_a_grown_network_answers_as_before():
    """A stage more leaves every box where it is; proposals more leave the trained ones as they are."""
    small = load_folder(ROOT / "www/models/nano")
    stages, proposals = small.config.num_stages, small.config.num_proposals

    def larger(**more):
        raw = {k: getattr(small.config, k) for k in Config.__dataclass_fields__ if k != "extra"}
        model = QueryPose(Config(**{**raw, **more})).eval()
        model.load_state_dict(grown(small.state_dict(), model))
        return model

    picture = Image.open(ROOT / "www/pictures/collins.jpg").convert("RGB").resize((150, 150))
    padded, extent, _ = prepare(picture, small.config.image)
    before, after = ([{} for _ in range(n)] for n in (stages, stages + 1))
    # what the smaller one lacks begins anew, in every stage
    plain = {name: value for name, value in small.state_dict().items() if not name.endswith(".overlap")}
    assert not any(name.endswith(".overlap") for name in grown(plain, larger(num_stages=stages + 1)))
    small.predict(padded, torch.tensor([extent]), taps=before)
    larger(num_stages=stages + 1).predict(padded, torch.tensor([extent]), taps=after)
    # the last stage moves nothing but by the rounding of centre and size and back
    assert (after[-1]["box.boxes"] - before[-1]["box.boxes"]).abs().max() < 1e-3
    assert torch.equal(after[stages - 1]["box.logits"], before[-1]["box.logits"])
    large = larger(num_proposals=proposals + 16)
    assert torch.equal(large.init_proposal_boxes.weight[:proposals], small.init_proposal_boxes.weight)
    assert torch.equal(large.init_proposal_features.weight[:proposals], small.init_proposal_features.weight)
    with pytest.raises(ValueError, match="is .* in the weights to begin with"):
        grown({**small.state_dict(), "part_query.weight": torch.zeros(3, 3)}, large)

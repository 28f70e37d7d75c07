"""A run goes on where it stopped, with what is asked for now; what is measured while it goes on is what is kept."""
import argparse
import json

import evaluate
import pytest
import torch
import train
from querypose.config import Config
from querypose.model import QueryPose
from test_training import CONFIG

ASKED = {"start": None, "only": None, "device": "cpu", "lr": 1e-3, "ema": 0.9, "backbone_lr": 0.25, "backbone_clip": 5.0, "weight_decay": 0.02}


@pytest.fixture
def begun(tmp_path, monkeypatch):
    """Runs of one small network in a folder, with options of `ASKED` changed."""
    config = Config.load(CONFIG)
    config.num_proposals, config.num_stages = 8, 1
    monkeypatch.setattr(train, "build", lambda *_: QueryPose(config))
    return lambda **changes: train.Run(argparse.Namespace(out=tmp_path, **{**ASKED, **changes}), config, None)


def test_a_run_goes_on_with_what_is_asked_for_now(begun):
    first = begun()
    for p in first.parameters:
        p.grad = torch.ones_like(p)
    first.optimiser.step()
    first.average.update(first.model)
    first.steps, first.seen = 1, 16
    first.save()
    again = begun(backbone_lr=0.5, backbone_clip=1.0, weight_decay=0.1)
    assert {g["factor"] for g in again.optimiser.param_groups if g["clip"] == 1.0} == {0.5}
    assert {g["weight_decay"] for g in again.optimiser.param_groups} == {0.0, 0.1}
    assert (again.steps, again.seen, again.average.steps) == (1, 16, 1)
    assert again.minutes() >= first.spent
    for old, new in ((first.model.state_dict(), again.model.state_dict()), (first.average.state, again.average.state)):
        assert all(torch.equal(value, new[name]) for name, value in old.items())
    moments = lambda run: [run.optimiser.state[p]["exp_avg"] for p in run.parameters]
    assert all(torch.equal(a, b) for a, b in zip(moments(first), moments(again), strict=True))


def test_the_backbone_is_bounded_for_itself_at_the_same_limit(begun):
    run = begun()
    assert {g["clip"] for g in run.optimiser.param_groups} == {5.0}
    run.unit.scale_gradients = lambda: None
    for p in run.parameters:
        p.grad = torch.ones_like(p)
    whole = torch.stack([p.grad.norm() for p in run.parameters]).norm()
    assert torch.isclose(run.clip(), whole)
    body = {p for n, p in run.model.named_parameters() if n.startswith("backbone.bottom_up")}
    for part in ([p for p in run.parameters if p in body], [p for p in run.parameters if p not in body]):
        assert float(torch.stack([p.grad.norm() for p in part]).norm()) == pytest.approx(5.0, rel=1e-3)


def test_what_is_measured_is_what_is_kept(tmp_path, monkeypatch, capsys):
    joints = [[10.0 + 3 * k, 10.0 + 5 * k, 2] for k in range(17)]
    person = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "num_keypoints": 17, "area": 5000.0, "bbox": [5, 5, 60, 95],
              "keypoints": [v for joint in joints for v in joint]}
    images, categories = [{"id": 1, "file_name": "a.jpg", "width": 99, "height": 99}], [{"id": 1, "name": "person"}]
    (tmp_path / "val_dev.json").write_text(json.dumps({"images": images, "annotations": [person], "categories": categories}))
    checkpoint = tmp_path / "checkpoint.pt"

    def measured(said, shift):
        """Measures a checkpoint while training writes the next one; its joints are off by so many pixels."""
        checkpoint.write_text(said)
        monkeypatch.setattr(evaluate, "load_run", lambda run, average, name: ((run / name).read_text(), {"seen": 8}))

        def run_model(model, data, group):
            assert model == said
            checkpoint.write_text("the next one")
            moved = [v for x, y, _ in joints for v in (x + shift, y, 1)]
            return [{"image_id": 1, "category_id": 1, "keypoints": moved, "bbox": [5, 5, 60, 95], "score": 0.9}]

        monkeypatch.setattr(evaluate, "run_model", run_model)
        monkeypatch.setattr("sys.argv", ["evaluate.py", "--data", str(tmp_path), "--run", str(tmp_path), "--log"])
        evaluate.main()
        return json.loads(capsys.readouterr().out.splitlines()[-1])["AP"]

    assert measured("fair", 4) < measured("good", 0) == 1.0
    assert measured("bad", 9) < 1.0
    assert (tmp_path / "best.pt").read_text() == "good"
    assert checkpoint.read_text() == "the next one"
    assert len((tmp_path / "val.jsonl").read_text().splitlines()) == 3
    assert not (tmp_path / "measured.pt").exists()

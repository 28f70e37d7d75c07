"""The size a picture is looked at, chosen for its people: the same cases as in src/config/scale.rs."""
from types import SimpleNamespace

import pytest
import torch
from PIL import Image
from querypose import infer
from querypose.infer import at_edge, chosen_edge

NANO = {"first_edge": 256, "nobody_edge": 192, "edges": [160, 448], "people": [64, 140]}


@pytest.mark.parametrize("people, edge", [
    ([], 192), ([140.0], 256), ([141.0], 224), ([200.0], 160), ([256.0], 160), ([90.0], 384), ([20.0], 448),
    ([220.0, 60.0], 256), ([220.0, 30.0], 448)])
def test_people_come_to_the_size_they_are_seen_best_in(people, edge):
    assert chosen_edge(NANO, people) == edge


@pytest.mark.parametrize("score, extra, asked", [
    ({}, {"threshold": 0.4}, 0.4), ({"score": 0.2}, {"threshold": 0.4}, 0.2), ({"score": 0.2}, {}, 0.2), ({}, {}, 0.3)])
def test_people_count_from_a_score_of_its_own(monkeypatch, score, extra, asked):
    """As in Rust: the person's score, not the class's, and the model's threshold, 0.3 by default, where there is none."""
    seen = []

    def look(model, picture, image, threshold, max_people):
        seen.append((image["shortest_edge"], threshold))
        return {"boxes": torch.tensor([[0.0, 0.0, 200.0, 200.0], [0.0, 0.0, 500.0, 500.0]]),
                "cls": torch.tensor([asked, 0.9]), "score": torch.tensor([asked, asked - 0.1])}

    monkeypatch.setattr(infer, "look", look)
    image = {"shortest_edge": 336, "longest_edge": 588}
    model = SimpleNamespace(config=SimpleNamespace(image=image, extra=extra))
    assert infer.suiting_edge(model, Image.new("RGB", (512, 512)), {**NANO, **score}) == 352
    assert seen == [(256, asked)]


def test_another_edge_has_nothing_to_choose():
    image = {"shortest_edge": 336, "longest_edge": 588, "adaptive_scale": NANO, "mean": [0, 0, 0]}
    assert at_edge(image, 192) == {"shortest_edge": 192, "longest_edge": 336, "mean": [0, 0, 0]}

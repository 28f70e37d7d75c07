"""The size a picture is looked at, chosen for its people: the same cases as in src/config/scale.rs."""
import pytest

from querypose.infer import at_edge, chosen_edge

NANO = {"first_edge": 256, "nobody_edge": 192, "edges": [160, 448], "people": [64, 140]}


@pytest.mark.parametrize("people, edge", [
    ([], 192), ([140.0], 256), ([141.0], 224), ([200.0], 160), ([256.0], 160), ([90.0], 384), ([20.0], 448),
    ([220.0, 60.0], 256), ([220.0, 30.0], 448)])
def test_people_come_to_the_size_they_are_seen_best_in(people, edge):
    assert chosen_edge(NANO, people) == edge


def test_another_edge_has_nothing_to_choose():
    image = {"shortest_edge": 336, "longest_edge": 588, "adaptive_scale": NANO, "mean": [0, 0, 0]}
    assert at_edge(image, 192) == {"shortest_edge": 192, "longest_edge": 336, "mean": [0, 0, 0]}

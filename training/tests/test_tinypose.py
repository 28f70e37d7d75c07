"""Joints that PP-TinyPose adds to boxes drawn by hand: in the photo's own pixels, and only where it is sure."""
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

import tinypose
from querypose.labels import joint_weights


class Finder(tinypose.Teacher):
    """A teacher that finds the brightest spot of the picture, as much too low as the real one, for every joint alike."""

    def __init__(self):
        pass

    def heat(self, crop):
        light = crop[..., 0].astype(float) ** 2
        y, x = (np.indices(light.shape) * light).sum((1, 2)) / light.sum()
        columns, rows = np.meshgrid(np.arange(48), np.arange(64))
        cell = np.array([x, y]) * 47 / 191, np.array([x, y]) * 63 / 255
        one = np.exp(-((columns - cell[0][0]) ** 2 + (rows - cell[1][1] - tinypose.LOW) ** 2) / 8)
        return np.repeat(one[None], 17, 0).astype(np.float32)


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("aspect", [0.8, 1.0, 1.2])
def test_joints_are_where_they_are_in_the_photo(aspect, mirror):
    image = np.zeros((300, 400, 3), np.uint8)
    cv2.circle(image, (231, 117), 6, (255, 255, 255), -1)
    joints, sure = Finder().joints(image, (180.0, 60.5, 90.0, 190.0), aspect, mirror)
    # warping moves a spot of this size by less than a tenth of a pixel; half a pixel would be the wrong way to count them
    np.testing.assert_allclose(joints, np.tile([231, 117], (17, 1)), atol=0.15)
    assert (sure > 0.9).all()


def test_only_sure_joints_within_reach_of_the_box_are_taught():
    person = {"bbox": [100.0, 100.0, 50.0, 80.0], "keypoints": [0.0, 0.0, 0] * 17, "num_keypoints": 0, "label_src": "hand"}
    joints, sure = np.tile([120.0, 130.0], (17, 1)), np.full(17, 0.8)
    joints[3] = 400, 130
    sure[4], sure[5] = 0.35, 0.1
    taught = tinypose.taught(person, joints, sure)
    assert taught["keypoints"][2::3] == [2, 2, 2, 0, 1, 0] + [2] * 11 and taught["num_keypoints"] == 15
    weights = joint_weights(taught)
    assert weights[3] == weights[5] == 0 and weights[0] == pytest.approx(0.9) and weights[4] == pytest.approx(0.45 * 0.6)
    assert tinypose.taught(person, joints, np.full(17, 0.29)) is person
    assert tinypose.taught(person, joints + 500, np.full(17, 0.8)) is person, "all of them somebody else's"


def test_joints_drawn_by_hand_stay(monkeypatch):
    monkeypatch.setattr(tinypose, "teacher", Finder(), raising=False)
    image = np.zeros((100, 100, 3), np.uint8)
    cv2.circle(image, (50, 50), 5, (255, 255, 255), -1)
    monkeypatch.setattr(tinypose, "shards", SimpleNamespace(read={"a.jpg": image}.get), raising=False)
    box = {"bbox": [30.0, 20.0, 40.0, 60.0], "keypoints": [1.0, 2.0, 2] * 17}
    person = lambda joints, source, **more: {**box, "num_keypoints": joints, "label_src": source, **more}
    people = [person(17, "coco"), person(0, "hand"), person(17, "teacher", box_src="teacher", score=0.5),
              person(0, "hand", bbox=[30.0, 40.0, 9.0, 20.0]), person(0, "teacher", ignore=1)]
    answers = tinypose.label(("a.jpg", True, people))
    assert [a is b for a, b in zip(answers, people)] == [True, False, False, True, True]
    assert answers[1]["keypoints"][:3] == pytest.approx([50, 50, 2], abs=0.15)
    assert answers[1]["box_src"] == "human" and answers[1]["score"] > 0.9
    assert answers[2]["score"] == 0.5, "how sure it is of the box, which nobody drew"

"""A data folder in pieces is a data folder again."""
import io
import json
import sys
import tarfile

import numpy as np
import pytest
from PIL import Image

import pack
from querypose.data import Shards, read_group

KEYPOINTS = [f"joint_{i}" for i in range(17)]


@pytest.fixture
def data(tmp_path):
    """Twenty noisy photos of 64×48 px with a person each, and two without anybody."""
    folder = tmp_path / "data"
    folder.mkdir()
    rng = np.random.default_rng(3)
    for group, count in (("real_coco", 20), ("backgrounds", 2)):
        images, people = [], []
        with tarfile.open(folder / f"{group}_00.tar", "w") as tar:
            for i in range(count):
                out = io.BytesIO()
                Image.fromarray(rng.integers(0, 256, (48, 64, 3), np.uint8)).save(out, "JPEG", quality=95)
                member = tarfile.TarInfo(f"{i}.jpg")
                member.size = out.tell()
                tar.addfile(member, io.BytesIO(out.getvalue()))
                images.append({"id": i, "file_name": f"{i}.jpg", "width": 64, "height": 48})
                people.append({"id": i, "image_id": i, "bbox": [8, 4, 40, 40], "area": 800, "keypoints": [10, 20, 2] * 17,
                               "num_keypoints": 17})
        people = people if group == "real_coco" else []
        (folder / f"{group}.json").write_text(json.dumps({"images": images, "annotations": people}))
    return folder


def packed(data, monkeypatch, *more):
    """What is in the folder that all pieces were unpacked into, and the pieces' sizes."""
    out = data.parent / "pieces"
    monkeypatch.setattr(sys, "argv", ["pack.py", "--data", str(data), "--out", str(out), "--also", "--mib", "0.06", *more])
    pack.main()
    again = data.parent / "again"
    again.mkdir()
    paths = sorted(out.glob("piece_*.tar"))
    for path in paths:
        with tarfile.open(path) as tar:
            tar.extractall(again, filter="data")
    return again, [path.stat().st_size for path in paths]


def test_what_is_larger_than_a_piece_becomes_several(data, monkeypatch):
    again, sizes = packed(data, monkeypatch)
    assert len(sizes) > 1 and max(sizes) <= 0.06 * 2**20
    assert len(list(again.glob("real_coco_*.tar"))) > 1
    for group in ("real_coco", "backgrounds"):
        assert Shards(again, group).bytes == Shards(data, group).bytes
        assert (again / f"{group}.json").read_text() == (data / f"{group}.json").read_text()


def test_pieces_of_an_earlier_time_are_gone(data, monkeypatch):
    _, sizes = packed(data, monkeypatch)
    (data.parent / "again").rename(data.parent / "first")
    again, fewer = packed(data, monkeypatch, "--side", "16")
    assert len(fewer) < len(sizes)
    assert {picture.shape for picture in map(Shards(again, "real_coco").read, (f"{i}.jpg" for i in range(20)))} == {(12, 16, 3)}


def test_labels_follow_smaller_pictures(data, monkeypatch):
    again, _ = packed(data, monkeypatch, "--side", "32", "--groups", "real_coco")
    assert not (again / "backgrounds.json").exists()
    assert Shards(again, "real_coco").read("7.jpg").shape == (24, 32, 3)
    sample = read_group(again, "real_coco", KEYPOINTS)[7]
    assert np.allclose(sample["boxes"], [[4, 2, 24, 22]]) and np.allclose(sample["joints"][0], [5, 10])


def test_a_group_that_is_not_there_is_said_if_it_was_asked_for(data, monkeypatch):
    with pytest.raises(SystemExit, match="real_more.json"):
        packed(data, monkeypatch, "--groups", "real_coco", "real_more")

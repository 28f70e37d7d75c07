"""Photos found under COCO's numbers become training groups: in their true shape, none of validation's."""
import json
import sys
import tarfile

import cv2
import numpy as np
import pytest

import gather
import gather_boxes
from querypose.data import People, read_group

KEYPOINTS = [f"joint_{i}" for i in range(17)]


def photo(seed, size):
    """A picture (h,w,3) of coarse patches that no other seed makes."""
    rng = np.random.default_rng(seed)
    return cv2.resize(rng.integers(0, 256, (8, 9, 3), np.uint8), size, interpolation=cv2.INTER_LINEAR)


def labels(seed, size, joints):
    """Lines of a pose and of a box file as they are made of COCO's: places over the size, six decimals."""
    rng, (w, h) = np.random.default_rng(seed), size
    x, y, bw, bh = rng.integers(1000, 9000, 4) / 100
    box = [(x + bw / 2) / w, (y + bh / 2) / h, bw / w, bh / h]
    known = [(rng.integers(w) / w, rng.integers(h) / h, 2) if j < joints else (0, 0, 0) for j in range(17)]
    line = lambda values: " ".join(["0", *(f"{v:.6f}" for v in values)])
    return line([*box, *np.ravel(known)]), line(box)


@pytest.fixture
def world(tmp_path):
    """Folders of photos 1 (as it is), 2 (squashed), 3 (nobody), 4 (val2017), 5 (in real_coco), 6 (looks like one of val_dev)."""
    sizes = {1: (500, 333), 2: (640, 427), 3: (480, 640), 4: (640, 480), 5: (640, 480), 6: (640, 480)}
    for name in ("photos", "squashed", "poses", "boxes", "data"):
        (tmp_path / name).mkdir()
    for number, size in sizes.items():
        folder, shown = ("squashed", (256, 256)) if number == 2 else ("photos", size)
        cv2.imwrite(str(tmp_path / folder / f"COCO_train2014_{number:012d}.jpg"), photo(number, shown))
        pose, box = labels(number, size, 9)
        (tmp_path / "boxes" / f"{number:012d}.txt").write_text("17 0.5 0.5 0.2 0.2\n" if number == 3 else box + "\n")
        if number != 3:
            (tmp_path / "poses" / f"{number:012d}.txt").write_text(pose + "\n")
    (tmp_path / "val2017.txt").write_text("\n".join(f"images/{n:012d}.jpg" for n in [4, *range(10**6, 10**6 + 4999)]))
    (tmp_path / "data/val_dev.json").write_text(json.dumps({"images": []}))
    (tmp_path / "data/real_coco.json").write_text(json.dumps({"images": [{"coco_id": 5}]}))
    with tarfile.open(tmp_path / "data/val_dev_00.tar", "w") as tar:
        cv2.imwrite(str(tmp_path / "mirrored.jpg"), photo(6, (320, 240))[:, ::-1])
        tar.add(tmp_path / "mirrored.jpg", "a.jpg")
    return tmp_path


def run(world, monkeypatch, *more, squashed=True):
    at = lambda name: str(world / name)
    arguments = ["--photos", at("photos"), "--poses", at("poses"), "--boxes", at("boxes"),
                 "--validation", at("val2017.txt"), "--data", at("data"), "--out", at("out"), *more]
    arguments += ["--squashed", at("squashed")] if squashed else []
    monkeypatch.setattr(sys, "argv", ["gather.py", *arguments])
    gather.main()


def test_what_is_found_is_taken_once_and_validation_never(world, monkeypatch, capsys):
    run(world, monkeypatch)
    more = read_group(world / "out", "real_more", KEYPOINTS)
    assert [sample["file"] for sample in more] == [f"{n:012d}.jpg" for n in (1, 2)]
    assert [sample["file"] for sample in read_group(world / "out", "real_free", KEYPOINTS)] == [f"{3:012d}.jpg"]
    said = capsys.readouterr().out
    assert "2 in val2017, val_dev or taken already" in said and "1 looks like one of val_dev" in said


def test_labels_tell_the_shape_of_a_squashed_photo(world, monkeypatch):
    run(world, monkeypatch)
    images = {image["id"]: image for image in json.loads((world / "out/real_more.json").read_text())["images"]}
    assert [(images[n]["width"], images[n]["height"]) for n in (1, 2)] == [(448, 298), (384, 256)]
    joints = read_group(world / "out", "real_more", KEYPOINTS)[1]["joints"][0]
    line = (world / "poses" / f"{2:012d}.txt").read_text().split()
    assert np.allclose(joints[0], [float(line[5]) * 384, float(line[6]) * 256], atol=0.06)


def test_held_out_is_val2017_alone_and_never_trained_on(world, monkeypatch):
    run(world, monkeypatch, "--held-out", squashed=False)
    images = json.loads((world / "out/val_more.json").read_text())["images"]
    assert [(image["id"], image["width"], image["height"]) for image in images] == [(4, 640, 480)]
    with pytest.raises(ValueError, match="val_more"):
        People(world / "out", None, mix={"val_more": 1})
    with pytest.raises(SystemExit):
        run(world, monkeypatch, "--held-out")


def test_boxes_drawn_by_hand_make_people_without_joints(world, monkeypatch, capsys):
    """Four photos are taken; not one of COCO's, one that pseudo_people has, a frame like the one before it, one held out, one of nobody."""
    for name in ("images", "labels"):
        (world / "hand/train" / name).mkdir(parents=True)
    seeds = {"a": 11, "b": 12, "b_again": 12, "c": 13, "crowd": 14, "held": 6, "nobody": 15, f"{9:012d}": 16, "has": 17}
    for name, seed in seeds.items():
        cv2.imwrite(str(world / f"hand/train/images/{name}.jpg"), photo(seed, (416, 416)))
        lines = ["0 0.5 0.5 0.5 0.25"] * (5 if name == "crowd" else name != "nobody") + ["0 0.1 0.1 0.4 0.4"] * (name == "c")
        (world / f"hand/train/labels/{name}.txt").write_text("\n".join(lines))
    (world / "data/pseudo_people.json").write_text(json.dumps({"images": [{"orig": "has.jpg"}]}))
    arguments = ["--photos", str(world / "hand"), "--data", str(world / "data"), "--out", str(world)]
    monkeypatch.setattr(sys, "argv", ["gather_boxes.py", *arguments])
    gather_boxes.main()
    samples = read_group(world, "real_boxes", KEYPOINTS)
    assert [len(sample["boxes"]) for sample in samples] == [1, 1, 2, 5]
    assert [sample["negative_weight"] for sample in samples] == [1, 1, 1, 0.5]
    assert np.allclose(samples[0]["boxes"], [[104, 156, 312, 260]]) and not samples[0]["joint_weight"].any()
    assert np.allclose(samples[2]["boxes"][1], [0, 0, 124.8, 124.8], atol=0.06)  # cut where the photo ends
    said = capsys.readouterr().out
    assert "2 COCO's, or taken already" in said and "2 look like one" in said and "1 without boxes" in said


def test_where_nothing_is_found_the_groups_stay_as_they_are(world, monkeypatch):
    run(world, monkeypatch)
    before = {path: path.read_bytes() for path in (world / "out").iterdir()}
    (world / "empty").mkdir()
    (world / "data/pseudo_people.json").write_text(json.dumps({"images": []}))
    for empty in (world / "empty", world / "nowhere"):
        with pytest.raises(SystemExit):
            run(world, monkeypatch, "--photos", str(empty))
        arguments = ["--photos", str(empty), "--data", str(world / "data"), "--out", str(world / "out")]
        monkeypatch.setattr(sys, "argv", ["gather_boxes.py", *arguments])
        with pytest.raises(SystemExit):
            gather_boxes.main()
    # photos, but none that may be taken
    (world / "val2017.txt").write_text("\n".join(f"images/{n:012d}.jpg" for n in range(5000)))
    run(world, monkeypatch)
    assert {path: path.read_bytes() for path in (world / "out").iterdir()} == before


def test_a_list_that_is_not_all_of_val2017_is_refused(world, monkeypatch):
    (world / "val2017.txt").write_text(f"{4:012d}.jpg")
    with pytest.raises(SystemExit):
        run(world, monkeypatch)


def test_boxes_of_coco_photos_count_where_validation_is_known(world, monkeypatch, capsys):
    """Of COCO's photos 4 is in val2017 and 5 in real_coco; 9 is there in two versions, and so is another photo."""
    for name in ("images", "labels"):
        (world / "hand" / name).mkdir(parents=True)
    names = [*(f"{n:012d}_jpg.rf.a" for n in (4, 5, 9)), f"{9:012d}_jpg.rf.b", "room_jpg.rf.1", "room_jpg.rf.2"]
    for seed, name in enumerate(names, 20):
        cv2.imwrite(str(world / f"hand/images/{name}.jpg"), photo(seed, (416, 416)))
        (world / f"hand/labels/{name}.txt").write_text("0 0.5 0.5 0.5 0.25")
    arguments = ["--photos", str(world / "hand"), "--data", str(world / "data"), "--out", str(world), "--group", "real_boxes2"]
    monkeypatch.setattr(sys, "argv", ["gather_boxes.py", *arguments, "--validation", str(world / "val2017.txt")])
    gather_boxes.main()
    assert [image["orig"] for image in json.loads((world / "real_boxes2.json").read_text())["images"]] == [
        f"{9:012d}_jpg.rf.a.jpg", "room_jpg.rf.1.jpg"]
    assert "4 COCO's, or taken already" in capsys.readouterr().out

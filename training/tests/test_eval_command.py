"""`querypose eval` counts what `querypose detect` finds, in its own words when it cannot."""
import json
import shutil
import subprocess
from pathlib import Path

import pytest
import torch

from querypose.infer import detect, load_folder
from querypose.preprocess import read_picture

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target/release/querypose"
PICTURES = ROOT / "www/pictures"
NAMES = ["collins.jpg", "group.jpg"]


def querypose(*arguments):
    assert PROGRAM.exists(), f"{PROGRAM} is not built: cargo build --release"
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, cwd=ROOT)


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    """Annotations that say exactly what the network finds."""
    folder = tmp_path_factory.mktemp("eval")
    run = querypose("detect", *(PICTURES / n for n in NAMES), "--backend", "cpu", "--format", "coco")
    people = json.loads(run.stdout)
    assert len(people) >= 2, run.stderr
    annotations = []
    for i, person in enumerate(people):
        joints = [v if k % 3 < 2 else 2 for k, v in enumerate(person["keypoints"])]
        x, y, w, h = person["bbox"]
        annotations.append({"id": i + 1, "image_id": NAMES.index(person["file_name"]) + 7, "category_id": 1, "iscrowd": 0,
                            "keypoints": joints, "num_keypoints": 17, "bbox": [x, y, w, h], "area": w * h / 2})
    images = [{"id": i + 7, "file_name": n} for i, n in enumerate(NAMES)]
    return folder, {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "person"}]}


def evaluate(folder, truth, *more):
    path = folder / "truth.json"
    path.write_text(json.dumps(truth))
    return querypose("eval", "--annotations", path, "--images", PICTURES, "--backend", "cpu", *more)


def figures(run):
    assert run.returncode == 0, run.stderr
    return [[float(v) for v in line.split()[1:]] for line in run.stdout.splitlines()[1:-1]]


@torch.no_grad()
def test_command_line_equals_pytorch(tmp_path):
    """The shipped model, from the photo's pixels to joints in the photo: the same in both."""
    model = load_folder(ROOT / "www/models/nano")
    for name in ("collins.jpg", "group.jpg", "photographer.jpg"):
        # as PNG: two JPEG decoders differ by a grey level here and there
        png = tmp_path / "picture.png"
        read_picture(PICTURES / name).save(png)
        run = querypose("detect", png, "--backend", "cpu", "--format", "tfjs")
        theirs = json.loads(run.stdout)[0]["poses"]
        ours = detect(model, read_picture(png), max_people=64)
        ours = {k: v[ours["score"] >= model.config.extra["threshold"]] for k, v in ours.items()}
        assert len(theirs) == len(ours["score"]) > 0
        for i, pose in enumerate(theirs):
            assert pose["score"] == pytest.approx(float(ours["score"][i]), abs=1e-4)
            got = torch.tensor([[k["x"], k["y"]] for k in pose["keypoints"]])
            worst = float((got - ours["keypoints"][i, :, :2]).abs().max())
            assert worst < 0.05  # 0.0004 was the worst seen; 0.05 px is the project's bar


def test_what_is_found_is_right(truth):
    run = evaluate(*truth)
    # unsure extra people at low scores come after all right ones, so they cost nothing
    assert figures(run)[0][0] > 0.99, run.stdout


def test_a_checkpoint_alone_counts_like_its_folder(truth):
    folder = ROOT / "www/models/nano"
    config = json.loads((folder / "config.json").read_text())
    edges = f"{config['image']['shortest_edge']},{config['image']['longest_edge']}"
    # without the config.json beside it
    weights = Path(shutil.copy(folder / "model.safetensors", truth[0] / "alone.safetensors"))
    alone = evaluate(*truth, "--model", weights, "--heads", config["num_heads"], "--edges", edges)
    # what tensors do not say
    del config["image"]["adaptive_scale"], config["pose_quality"]
    told = truth[0] / "told.json"
    told.write_text(json.dumps(config))
    assert figures(alone)[0][:7] == figures(evaluate(*truth, "--model", weights, "--config", told))[0][:7]


def test_wrong_joints_are_wrong(truth):
    folder, right = truth
    wrong = json.loads(json.dumps(right))
    for a in wrong["annotations"]:
        a["keypoints"] = [v if k % 3 == 2 else v + 60 for k, v in enumerate(a["keypoints"])]
    assert figures(evaluate(folder, wrong))[0][0] < 0.1


def test_sizes_and_results_are_kept(truth):
    folder, right = truth
    run = evaluate(folder, right, "--sizes", "128,auto", "--out", folder / "r.json")
    assert [line.split()[0] for line in run.stdout.splitlines()[1:-1]] == ["128", "auto"], run.stderr
    assert all(json.loads((folder / f"r.{size}.json").read_text()) for size in ("128", "auto"))


def test_first_counts_those_pictures_alone(truth):
    assert figures(evaluate(*truth, "--first", "1"))[0][0] > 0.99


def test_what_is_missing_is_named(truth):
    folder, right = truth
    more = {**right, "images": right["images"] + [{"id": 99, "file_name": "gone.jpg"}]}
    run = evaluate(folder, more)
    assert run.returncode == 1 and "gone.jpg" in run.stderr and "1 of 3" in run.stderr
    (folder / "bad.json").write_text("{}")
    run = querypose("eval", "--annotations", folder / "bad.json", "--images", PICTURES)
    assert run.returncode == 1 and "not COCO annotations" in run.stderr

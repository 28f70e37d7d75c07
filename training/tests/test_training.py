"""Labels survive augmentation, losses mean what they say, and a small network learns a small set."""
import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import train
from querypose import step
from querypose.augment import Augment
from querypose.batch import Batches, collate, loader, noise_boxes
from querypose.box_stage import BoxStage
from querypose.boxes import pairwise
from querypose.config import Config
from querypose.data import MIX, People, cluster_boxes, join, read_group
from querypose.infer import load_folder
from querypose.labels import joint_weights
from querypose.losses import Criterion, focal, ignored, joint_heat, quality_focal
from querypose.matcher import match
from querypose.model import QueryPose
from querypose.roi_align import Pooler
from querypose.step import losses, normalise, pose_instances

CONFIG = Path(__file__).resolve().parents[1] / "configs" / "nano.json"
NANO = Path(__file__).resolve().parents[2] / "www" / "models" / "nano"
OPTIONS = argparse.Namespace(bf16=False, freeze_until=0.0, frozen_blocks=0, pose_limit=4, box_quality=0.0, rivals_until=0.4,
                             last_rivals=1.0, without=[])


def figure(rng, size=128):
    """A drawn person: picture (size,size,3) u8 and a sample as data.read_group makes it."""
    canvas = np.full((size, size, 3), 90, np.uint8)
    x, y, h = rng.uniform(45, 83), rng.uniform(22, 34), rng.uniform(60, 85)
    at = lambda dx, dy: (x + dx * h, y + dy * h)
    head = [at(0, 0), at(0.03, -0.02), at(-0.03, -0.02), at(0.06, 0), at(-0.06, 0)]
    body = [at(s * dx, dy) for dx, dy in ((0.13, 0.15), (0.2, 0.33), (0.22, 0.5), (0.09, 0.52), (0.1, 0.76), (0.1, 1.0)) for s in (1, -1)]
    joints = np.array(head + body, np.float32)
    for a, b in ((5, 7), (7, 9), (6, 8), (8, 10), (11, 13), (13, 15), (12, 14), (14, 16), (5, 6), (11, 12), (5, 11), (6, 12)):
        cv2.line(canvas, joints[a].astype(int).tolist(), joints[b].astype(int).tolist(), (230, 120 + 10 * a, 40), 6)
    cv2.circle(canvas, joints[0].astype(int).tolist(), int(0.09 * h), (250, 200, 170), -1)
    box = np.array([[*(joints.min(0) - 6), *(joints.max(0) + 6)]], np.float32)
    return canvas, {"boxes": box, "ignore": np.zeros((0, 4), np.float32), "joints": joints[None], "distorted": False,
                    "joint_weight": np.ones((1, 17), np.float32), "weight": np.ones(1, np.float32), "negative_weight": 1.0}


def test_augmentation_moves_labels_with_pixels():
    config, rng = Config.load(CONFIG), np.random.default_rng(1)
    augment = Augment(config.keypoints)
    augment.colour = lambda image, _: image
    near = []
    for _ in range(60):
        image = np.zeros((90, 120, 3), np.uint8)
        joints = np.zeros((1, 17, 2), np.float32)
        joints[0, 9] = joints[0, 10] = rng.integers(20, 60, 2) + 0.5  # both wrists, so a flip does not matter
        cv2.circle(image, (joints[0, 9] - 0.5).astype(int).tolist(), 3, (255, 255, 255), -1)
        weight = np.zeros((1, 17), np.float32)
        weight[0, 9:11] = 1
        sample = {"boxes": np.array([[5, 5, 110, 85]], np.float32), "ignore": np.zeros((0, 4), np.float32), "joints": joints,
                  "distorted": False, "joint_weight": weight, "weight": np.ones(1, np.float32), "negative_weight": 1.0}
        out, target = augment(image, sample, (160, 128), rng, 256)
        if len(target["boxes"]) == 0 or target["joint_weight"][0, 9] == 0:
            continue
        x, y = target["joints"][0, 9]
        if 12 < x < 148 and 12 < y < 116:
            bright = (out[..., 0].astype(float) - 128).clip(0)
            ys, xs = np.mgrid[0:128, 0:160] + 0.5
            near.append(np.hypot((bright * xs).sum() / bright.sum() - x, (bright * ys).sum() / bright.sum() - y))
    assert len(near) > 15 and max(near) < 0.6, near  # a tenth of the blob's width


def test_a_person_without_joints_is_one_by_the_box(tmp_path):
    """COCO's people too small for a joint are people, a crowd and a teacher's doubt are not; only who lost all joints is left."""
    names = Config.load(CONFIG).keypoints
    row = {"image_id": 1, "keypoints": [0] * 51, "num_keypoints": 0, "ignore": 1}
    kinds = ({"label_src": "coco"}, {"label_src": "coco", "iscrowd": 1}, {"label_src": "teacher"})
    joints = {"keypoints": [60, 10, 2] * 17, "num_keypoints": 17, "ignore": 0}
    rows = [{**row, **kind, "bbox": [20 + 10 * i, 5, 60, 80]} for i, kind in enumerate((*kinds, joints))]
    (tmp_path / "one.json").write_text(json.dumps({"images": [{"id": 1, "file_name": "1.png"}], "annotations": rows}))
    [sample] = read_group(tmp_path, "one", names)
    assert sample["boxes"][:, 0].tolist() == [20, 50] and sample["ignore"][:, 0].tolist() == [30, 40]
    augment = Augment(names)
    augment.matrix = lambda *_: (np.array([[1, 0, -70], [0, 1, 0]], np.float32), False)  # the joints leave on the left
    _, target = augment(np.zeros((90, 120, 3), np.uint8), sample, (60, 90), np.random.default_rng(3), 90)
    assert target["boxes"].tolist() == [[0, 5, 10, 85]] and not target["joint_weight"].any()
    assert [0, 5, 40, 85] in target["ignore"].tolist()


def test_wide_augmentation_keeps_pictures_and_labels_whole():
    config, rng = Config.load(CONFIG), np.random.default_rng(2)
    augment, changed = Augment(config.keypoints, wide=True), 0
    for _ in range(60):
        image, sample = figure(rng)
        out, target = augment(image, sample, (160, 96), rng, 256)
        assert out.shape == (96, 160, 3) and out.dtype == np.uint8
        assert (target["boxes"] >= 0).all() and (target["boxes"] <= [160, 96, 160, 96]).all()
        changed += not np.array_equal(augment.spoil(out, rng), out)
    assert 4 < changed < 30, changed  # about a fifth is dark or has something in front


def test_a_run_takes_changes_of_its_config():
    config = json.loads(train.changed(CONFIG.read_text(), ["num_stages=4", 'backbone={"type": "resnet"}']))
    assert config["num_stages"] == 4 and config["backbone"] == {"type": "resnet"} and config["hidden_dim"] == 64


def test_random_norms_take_the_statistics_of_pictures():
    class Drawn:
        @staticmethod
        def one(rng, canvas):
            picture, sample = figure(rng, 128)
            return picture, {**sample, "negative_weight": 1.0}

    config = Config.load(CONFIG)
    config.backbone = {"type": "resnet", "stem_channels": 8, "res2_channels": 16, "width_per_group": 4}
    config.image = {**config.image, "mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375]}  # as wide as the noise below
    torch.manual_seed(0)  # beginnings differ: 1.5 to 9.5 were seen below with eight seeds
    model = QueryPose(config)
    train.standardise(model, Drawn, np.random.default_rng(0), (256, 256))
    norm = model.backbone.bottom_up.res5[2].conv3.norm
    assert norm.running_var.min() > 0 and not torch.equal(norm.running_mean, torch.zeros_like(norm.running_mean))
    out = model.backbone.bottom_up(torch.randn(2, 3, 64, 64))
    assert all(0.1 < r.std() < 10 for r in out), [float(r.std()) for r in out]


def test_flip_swaps_sides():
    config = Config.load(CONFIG)
    swap = Augment(config.keypoints).swap
    assert swap[:3] == [0, 2, 1] and [swap[k] for k in swap] == list(range(17))


def test_teacher_zero_is_unknown_and_lists_are_masked():
    a = {"keypoints": [1, 1, 2] * 16 + [0, 0, 0], "kpt_conf": [0.9] * 17, "label_src": "teacher"}
    weight = joint_weights(a)
    assert weight[16] == 0 and weight[0] == pytest.approx(1.0)
    assert joint_weights({"keypoints": [1, 1, 2] * 17, "unlabelled_joints": [0, 1]})[:3].tolist() == [0, 0, 1]


def test_validation_is_never_trained_on(tmp_path):
    assert not any(name.startswith("val") for name in MIX)
    with pytest.raises(ValueError, match="validation"):
        People(tmp_path, Config.load(CONFIG), {"val_dev": 1})


def test_ignore_regions():
    boxes = torch.tensor([[0.0, 0, 10, 10], [50, 50, 60, 60], [0, 0, 100, 100]]).expand(2, -1, -1)
    regions = torch.tensor([[[0.0, 0, 12, 12], [0, 0, 0, 0]], [[0, 0, 0, 0], [0, 0, 0, 0]]])  # the second picture has only padding
    assert ignored(boxes, regions).tolist() == [[True, False, False], [False] * 3]


def test_matcher_takes_each_person_once():
    people = torch.tensor([[[0.0, 0, 10, 10], [50, 50, 90, 90]], [[1.0, 0, 10, 11], [0, 0, 0, 0]]])
    boxes = torch.tensor([[48.0, 50, 90, 92], [0, 0, 10, 11], [1, 0, 10, 11]]).expand(2, -1, -1)
    valid = torch.tensor([[True, True], [True, False]])
    proposal, owner = match(torch.zeros(2, 3), boxes, people, valid, torch.full((4,), 100.0))
    assert proposal.tolist() == [[1, 0], [2, -1]] and owner.tolist() == [[1, 0, -1], [-1, -1, 0]]


def test_who_got_no_proposal_has_no_pose():
    """Three people, two proposals: the third is in no row, and not in the last one's."""
    people = torch.tensor([[[0.0, 0, 10, 10], [50, 50, 90, 90], [20, 20, 30, 30]]])
    valid = torch.ones(1, 3, dtype=torch.bool)
    proposal, _ = match(torch.zeros(1, 2), people[:, :2], people, valid, torch.full((4,), 100.0))
    targets = {"joint_weight": torch.ones(1, 3, 17), "valid": valid, "noise_of": torch.tensor([[2]]), "noise_valid": torch.tensor([[True]])}
    _, row, person = pose_instances(proposal, targets, 2)
    assert row.tolist() == [0, 1, 2] and person.tolist() == [0, 1, 2], "and the third's noised box"


def test_padding_changes_no_loss():
    """A picture's losses are the same alone and beside one with more people, boxes and regions."""
    torch.manual_seed(0)
    config, rng = Config.load(CONFIG), np.random.default_rng(3)
    criterion, (_, one), (_, other) = Criterion(config), figure(rng), figure(rng)
    crowd = {**{k: np.concatenate([other[k]] * 3) for k in ("boxes", "joints", "joint_weight", "weight")}, "negative_weight": 1.0,
             "ignore": np.array([[0, 0, 40, 40], [60, 0, 90, 30]], np.float32)}
    noise = lambda targets: collate(targets, np.random.default_rng(1), 2, 4)
    boxes, logits = torch.rand(1, 12, 4).cumsum(2) * 40, torch.randn(1, 10)
    extent = torch.full((4,), 128.0)

    def both(targets):
        b, wide = len(targets["boxes"]), targets["noise"].shape[1]
        outputs = torch.cat([boxes[:, :10], boxes[:, 10:11].expand(-1, wide, -1)], 1).expand(b, -1, -1)
        found, _ = criterion.boxes(logits.expand(b, -1), outputs, targets, extent, 10, many=True, rival_weight=0.2)
        return [float(v.detach()) for v in found.values()] + [float(criterion.dense(torch.zeros(b, 64, 32, 32), targets)[0].detach())]

    alone, crowded = both(noise([one])), both(noise([crowd]))
    assert both(noise([one, crowd])) == pytest.approx([a + c for a, c in zip(alone, crowded)], rel=1e-4)


def test_heat_is_masked_where_a_joint_is_unknown():
    _, sample = figure(np.random.default_rng(0))
    sample["joint_weight"][0, 9] = 0
    heat, weight = joint_heat(collate([sample], np.random.default_rng(0), 0, 0), 32, 32)
    x, y = (sample["joints"][0, 10] / 4).astype(int)
    assert heat[0, 10, y, x] > 0.5 and weight[0, 10, y, x] == 1 and weight[0, 9, y, x] == 0 and weight[0, 9, 0, 0] == 1


def test_mosaic_shifts_labels():
    _, sample = figure(np.random.default_rng(0))
    part = {**{k: sample[k] for k in ("boxes", "ignore", "joints", "joint_weight", "weight")}, "negative_weight": 0.5}
    pictures = [np.full((64, 128, 3), v, np.uint8) for v in (1, 2)]
    picture, target = join([(0, 0, pictures[0], part), (0, 64, pictures[1], part)], (128, 128))
    assert picture[63, 0, 0] == 1 and picture[64, 0, 0] == 2 and target["negative_weight"] == 0.5
    for key, shift in (("joints", [0, 64]), ("boxes", [0, 64, 0, 64])):
        assert np.allclose(target[key][1] - target[key][0], shift, atol=1e-4)


def test_batches_come_from_processes():
    class Drawn:
        @staticmethod
        def one(rng, canvas):
            picture, sample = figure(rng, canvas[0])
            return picture, {**sample, "negative_weight": float(rng.random())}

    feed = loader(Batches(Drawn, [(128, 128)], 3, 2, 4, (0, 0), 0), 2, "cpu")
    (pictures, first), (_, second) = next(feed), next(feed)
    assert pictures.shape == (3, 3, 128, 128) and first["joints"].shape == (3, 1, 17, 2) and first["noise"].shape == (3, 2, 4)
    assert not torch.equal(first["negative_weight"], second["negative_weight"])  # each process draws its own


def test_focal_against_the_formula():
    logits, target = torch.tensor([0.3, -1.2]), torch.tensor([1.0, 0.0])
    p = logits.sigmoid()
    want = 0.25 * (1 - p[0]) ** 2 * -p[0].log() + 0.75 * p[1] ** 2 * -(1 - p[1]).log()
    assert focal(logits, target, torch.ones(2)) == pytest.approx(want.item(), rel=1e-5)


def test_a_class_learns_how_good_the_pose_is():
    """Who speaks for a person is best off saying its quality, who does not saying nothing; both against the formula."""
    logits, quality, speaks = torch.tensor([0.3, -1.2]), torch.tensor([0.7, 0.9]), torch.tensor([True, False])
    p = logits.sigmoid()
    want = 0.5 * (-0.7 * p[0].log() - 0.3 * (1 - p[0]).log()) + 0.5 * p[1] ** 2 * -(1 - p[1]).log()
    assert quality_focal(logits, quality, speaks, torch.ones(2)) == pytest.approx(want.item(), rel=1e-5)
    says = torch.linspace(0.05, 0.95, 19)
    losses = [quality_focal(x[None], torch.tensor([0.7]), torch.tensor([True]), torch.ones(1)).item() for x in says.logit()]
    assert says[int(np.argmin(losses))] == pytest.approx(0.7)


def test_similarity_is_cocos():
    """OKS of one joint beside its place, one on it and one of which nothing is known; pycocotools' formula with area 0.53 of the box."""
    boxes, people = torch.tensor([[100.0, 200, 200, 400]]), torch.tensor([[110.0, 210, 190, 390]])
    target, weight = torch.zeros(1, 17, 2), torch.zeros(1, 17)
    target[0, :2] = torch.tensor([[150.0, 300], [160, 310]])
    weight[0, :2] = 1
    coords = torch.zeros(1, 17, 2)  # all in the middle of the box, (150, 300)
    beside = np.exp(-(10**2 + 10**2) / (2 * (2 * 0.025) ** 2 * 0.53 * 80 * 180))
    assert Criterion.similarity(coords, boxes, target, weight, people).item() == pytest.approx((1 + beside) / 2, rel=1e-5)


def test_rle_prefers_the_truth():
    criterion = Criterion(Config.load(CONFIG))
    boxes, target = torch.tensor([[10.0, 10, 50, 90]]), torch.full((1, 17, 2), 40.0)
    unit = (target - boxes[:, None, :2]) / torch.tensor([40.0, 80]) - 0.5
    args = (torch.full((1, 17, 2), 0.1), torch.zeros(1, 7, 784), boxes, target, torch.ones(1, 17))
    exact, off = criterion.keypoints(unit, *args), criterion.keypoints(unit + 0.2, *args)
    assert exact["oks"] == 0 and exact["kl1"] == 0 and off["oks"] > 0 and off["rle"] > exact["rle"]


def test_joints_a_little_outside_the_box_are_learned():
    criterion = Criterion(Config.load(CONFIG))
    coords, sigma = torch.zeros(1, 17, 2, requires_grad=True), torch.full((1, 17, 2), 0.1)
    target = torch.full((1, 17, 2), 150.0)
    target[0, 9, 0] = 120 - 40  # 0.2 of the box's side beyond its edge
    target[0, 10, 0] = 120 - 80
    attention = torch.zeros(1, len(criterion.parts), 196)
    found = criterion.keypoints(coords, sigma, attention, torch.tensor([[100.0, 100, 200, 200]]), target, torch.ones(1, 17))
    sum(found[name] for name in ("rle", "oks", "kl1")).backward()
    assert coords.grad[0, 9, 0] > 0 and not coords.grad[0, 10].any()
    wrong = torch.full((1, 17, 2), 0.1, requires_grad=True)
    criterion.keypoints(wrong, sigma, attention, torch.tensor([[100.0, 100, 200, 200]]), target, torch.ones(1, 17))["kl1"].backward()
    assert wrong.grad[0, 7, 1] == pytest.approx(1.2 * float(wrong.grad[0, 5, 1])), "an elbow and a shoulder"


def test_noise_and_clusters():
    rng = np.random.default_rng(0)
    boxes, person = noise_boxes(np.array([[0.0, 0, 10, 10], [20, 20, 80, 90]]), rng, 3, 5)
    assert boxes.shape == (5, 4) and (boxes[:, 2:] > boxes[:, :2]).all() and set(person.tolist()) <= {0, 1}
    found = cluster_boxes(rng.uniform(0.1, 0.9, (200, 4)).astype(np.float32), 8, rng)
    assert found.shape == (8, 4) and (found > 0).all()


def test_attention_goes_by_overlap():
    config = Config.load(CONFIG)
    config.overlap_attention = True
    stage = BoxStage(config).eval()
    boxes = torch.tensor([[[0.0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30], [3, 3, 3, 9]]])
    queries, roi = torch.randn(1, 4, config.hidden_dim), torch.randn(4, config.hidden_dim, config.box_roi, config.box_roi)
    with torch.no_grad():
        stage.overlap.copy_(torch.arange(1.0, 5))
        added = stage.with_overlap(boxes, torch.eye(4, dtype=torch.bool)[[3, 0, 1, 2]])
        assert added.shape == (4, 4, 4)
        assert added[2, 0].tolist() == pytest.approx([3, 1, 0, -torch.inf])  # half of each box is a third of both
        assert added[2, 3].tolist() == pytest.approx([0, 0, -torch.inf, 0])  # no area, nothing shared
        with_it, stage.overlap.data = stage(queries, boxes, roi)[0], torch.zeros(4)
        without, stage.overlap = stage(queries, boxes, roi)[0], None
        assert torch.allclose(without, stage(queries, boxes, roi)[0], atol=1e-5)
        assert not torch.allclose(with_it, without, atol=1e-3)


def test_roi_align_gradient_and_second_picture():
    """The gradient is that of the sampling, and boxes find their own picture's pixels."""
    rng = torch.Generator().manual_seed(0)
    maps = torch.randn(2, 3, 8, 8, generator=rng)
    box, index = torch.tensor([[5.0, 3, 25, 28], [-9, -9, 14, 11]]), torch.tensor([1, 1])
    alone = Pooler([maps[1:]], (4,))(box, index * 0, 3)
    assert torch.equal(Pooler([maps], (4,))(box, index, 3), alone)
    leaf = maps.clone().requires_grad_(True)
    Pooler([leaf], (4,))(box, index, 3).sum().backward()
    moved = maps.clone()
    moved[1, 0, 3, 3] += 1
    change = (Pooler([moved], (4,))(box, index, 3) - Pooler([maps], (4,))(box, index, 3)).sum()
    assert leaf.grad[1, 0, 3, 3].item() == pytest.approx(change.item(), abs=1e-4)
    assert leaf.grad[0].abs().sum() == 0


def test_a_small_set_is_learned():
    """Eight drawn people, a decoder from nothing on the shipped backbone: the loss falls and every person is found."""
    torch.manual_seed(0)
    config, rng = Config.load(CONFIG), np.random.default_rng(0)
    config.num_proposals, config.num_stages = 12, 2
    # the body at the decoder's rate would be ruined within these steps
    options = argparse.Namespace(**{**vars(OPTIONS), "frozen_blocks": 99})
    model, criterion = QueryPose(config).train(), Criterion(config)
    model.backbone.load_state_dict(load_folder(NANO).backbone.state_dict())
    model.init_proposal_boxes.weight.data.copy_(torch.from_numpy(rng.uniform([0.3, 0.3, 0.3, 0.4], [0.7, 0.7, 0.6, 0.9], (12, 4))))
    drawn = [figure(rng) for _ in range(8)]
    pictures = torch.from_numpy(np.stack([d[0] for d in drawn])).permute(0, 3, 1, 2)
    optimiser = torch.optim.AdamW([*model.parameters(), *criterion.parameters()], lr=2e-3)
    history = []
    for number in range(STEPS := 60):
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * (1 - number / STEPS)
        parts, _ = losses(model, criterion, pictures, collate([d[1] for d in drawn], rng, 2, 4), number / STEPS, options)
        optimiser.zero_grad()
        total = sum(parts.values())
        total.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        history.append(total.item())
    assert np.isfinite(history).all()
    assert np.mean(history[-4:]) < 0.5 * np.mean(history[:2]), history
    found = model.eval().predict(normalise(pictures, config.image), torch.tensor([[128, 128]] * 8))
    near = []
    for people, (_, sample) in zip(found, drawn):
        box = torch.from_numpy(sample["boxes"])
        inter, union = pairwise(people["boxes"][:1], box)
        size = (box[0, 2:] - box[0, :2]).prod().sqrt()
        error = np.linalg.norm(people["keypoints"][0, :, :2].numpy() - sample["joints"][0], axis=1).mean() / size
        near.append((float(inter / union), float(error)))
    assert all(iou > 0.7 and error < 0.08 for iou, error in near), near


def test_the_class_learns_from_those_whose_pose_was_decoded(monkeypatch):
    """Three pictures of two people each, three people decoded: of the others nobody knows how good their pose is, so they teach
    the class nothing. How good a person is, pose and box say together, as was asked for."""
    config, seen = Config.load(CONFIG), {}
    config.num_proposals, config.num_stages = 8, 1

    def focal_of(logits, quality, matched, sure):
        seen.update(quality=quality, matched=matched, sure=sure)
        return logits.sum() * 0

    monkeypatch.setattr(step, "quality_focal", focal_of)

    def taught(share):
        torch.manual_seed(1)
        rng = np.random.default_rng(1)
        pairs = [(figure(rng), figure(rng)) for _ in range(3)]
        pictures = torch.from_numpy(np.stack([np.concatenate([a[0], b[0]], 1) for a, b in pairs])).permute(0, 3, 1, 2)
        beside = np.array([128, 0], np.float32)
        samples = [{**a, "boxes": np.concatenate([a["boxes"], b["boxes"] + np.tile(beside, 2)]),
                    "joints": np.concatenate([a["joints"], b["joints"] + beside]),
                    "joint_weight": np.ones((2, 17), np.float32), "weight": np.ones(2, np.float32)} for (_, a), (_, b) in pairs]
        options = argparse.Namespace(**{**vars(OPTIONS), "pose_limit": 1, "box_quality": share})
        losses(QueryPose(config).train(), Criterion(config), pictures, collate(samples, rng, 0, 4), 0.5, options)
        return {name: value.clone() for name, value in seen.items()}

    pose, both, box = (taught(share) for share in (0.0, 0.25, 1.0))
    matched = pose["matched"] > 0
    assert matched.sum(1).tolist() == [2, 2, 2]
    assert ((pose["sure"] > 0) & matched).sum(1).tolist() == [2, 1, 0]
    assert torch.allclose(both["quality"], 0.75 * pose["quality"] + 0.25 * box["quality"])
    assert not torch.allclose(pose["quality"], box["quality"])


@pytest.mark.parametrize("pose_quality", [True, False])
def test_a_persons_score_is_the_class_alone_or_with_the_joints(pose_quality):
    config = Config.load(CONFIG)
    config.pose_quality = pose_quality
    torch.manual_seed(4)
    with torch.no_grad():
        people = QueryPose(config).eval().predict(torch.randn(1, 3, 64, 64), torch.tensor([(64, 64)]))[0]
    joints = people["keypoints"][..., 2].mean(1)
    assert joints.max() < 1
    assert torch.allclose(people["score"], people["cls"] if pose_quality else people["cls"] * joints)
    assert (people["score"].diff() <= 0).all()


def test_a_picture_of_nobody_has_no_people():
    with torch.no_grad():
        people = QueryPose(Config.load(CONFIG)).eval().predict(torch.randn(1, 3, 64, 64), torch.tensor([(64, 64)]), threshold=1.1)[0]
    assert people["keypoints"].shape == (0, 17, 3) and len(people["score"]) == 0

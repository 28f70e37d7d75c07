#!/usr/bin/env python3
"""More than AP: recall by size, joints on webcam-like crops, jitter, and how well scores and sigma are calibrated.

Writes figures to stdout (JSON) and, with --plot FOLDER, calibration.svg. With --about FILE also measures AP and puts
what the page tells about the model into its about.json.
"""
import argparse
import copy
import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tqdm import tqdm

from evaluate import pictures, run_model
from querypose.coco_ap import figures
from querypose.infer import at_edge, detect, load_folder, suiting_edge
from querypose.losses import OKS_K

SHOULDERS, HIPS = (5, 6), (11, 12)
# The picture that is shifted.
STILL = str(Path(__file__).parent.parent / "www/pictures/collins.jpg")
SIZES = {"small": (0, 32**2), "medium": (32**2, 96**2), "large": (96**2, 1e12)}


def people_of(data, group):
    """image id -> labelled people (joints (17,3), box xyxy, area) and regions that do not count."""
    found = {}
    for a in json.loads((Path(data) / f"{group}.json").read_text())["annotations"]:
        x, y, w, h = a["bbox"]
        person = {"joints": np.asarray(a["keypoints"], np.float32).reshape(-1, 3) if a["num_keypoints"] else None,
                  "box": np.array([x, y, x + w, y + h]), "area": a["area"]}
        found.setdefault(a["image_id"], []).append(person)
    return found


def oks(person, joints):
    """Object keypoint similarity of joints (17,2) and a labelled person."""
    seen = person["joints"][:, 2] > 0
    # COCO's labels count pixel centres as whole numbers, ours pixel corners
    distance = ((joints - 0.5 - person["joints"][:, :2]) ** 2).sum(1)[seen]
    return float(np.exp(-distance / (2 * (OKS_K.numpy()[seen]) ** 2 * (person["area"] + 1e-9))).mean())


def inside(region, box):
    """Share of a box that lies in a region."""
    low, high = np.maximum(region[:2], box[:2]), np.minimum(region[2:], box[2:])
    return np.prod(np.clip(high - low, 0, None)) / max(np.prod(box[2:] - box[:2]), 1e-9)


def assign(people, found):
    """Greedy by score: (person or -1 for nobody, or None where it does not count) of every detection, at OKS 0.5."""
    labelled = [p for p in people if p["joints"] is not None]
    free, out = set(range(len(labelled))), []
    for joints, box in zip(found["keypoints"][:, :, :2].numpy(), found["boxes"].numpy()):
        best = max(free, key=lambda i: oks(labelled[i], joints), default=None)
        if best is not None and oks(labelled[best], joints) >= 0.5:
            free.discard(best)
            out.append(best)
        elif any(inside(p["box"], box) > 0.5 for p in people if p["joints"] is None):
            out.append(None)
        else:
            out.append(-1)
    return labelled, out


def drawn(data, group, limit, seed=0):
    """(image id, Pillow picture) of `limit` pictures of a group drawn by lot; 0: of all."""
    chosen = list(pictures(data, group))
    if limit and limit < len(chosen):
        chosen = [chosen[i] for i in np.random.default_rng(seed).choice(len(chosen), limit, replace=False)]
    return chosen


def look(model, data, group, limit, seed=0):
    """Detections of a group: rows (score, right, person area or nan), sigma and error of every joint of the right ones."""
    truth, rows, joints, sizes = people_of(data, group), [], [], []
    for image_id, picture in tqdm(drawn(data, group, limit, seed), unit="img", dynamic_ncols=True):
        found = detect(model, picture, threshold=0.01, max_people=20)
        labelled, who = assign(truth.get(image_id, []), found)
        sizes += [p["area"] for p in labelled]
        for i, person in enumerate(who):
            if person is None:
                continue
            area = labelled[person]["area"] if person >= 0 else np.nan
            rows.append((float(found["score"][i]), person >= 0, area))
            if person >= 0:
                truth_xy, seen = labelled[person]["joints"][:, :2] + 0.5, labelled[person]["joints"][:, 2] > 0
                box = found["boxes"][i].numpy()
                unit = np.maximum(box[2:] - box[:2], 1).mean()
                error = np.abs(found["keypoints"][i, :, :2].numpy() - truth_xy).mean(1) / unit
                joints += list(zip(1 - found["keypoints"][i, :, 2].numpy()[seen], error[seen]))
    return np.array(rows, float).reshape(-1, 3), np.array(joints, float).reshape(-1, 2), np.array(sizes, float)


def threshold_for(rows, precision):
    """Lowest score from which on at least this share of the people shown is right; None if there is none."""
    order = np.argsort(-rows[:, 0])
    share = np.cumsum(rows[order, 1]) / np.arange(1, len(order) + 1)
    good = np.nonzero(share >= precision)[0]
    return float(rows[order[good[-1]], 0]) if len(good) else None


def fit_scores(rows):
    """(a, b) such that sigmoid(a·logit(score) + b) is the share that is right: Platt's scaling, by maximum likelihood."""
    score = torch.from_numpy(np.clip(rows[:, 0], 1e-4, 1 - 1e-4)).logit()
    right, fit = torch.from_numpy(rows[:, 1]), torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    search = torch.optim.LBFGS([fit], max_iter=100, line_search_fn="strong_wolfe")

    def loss():
        search.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(fit[0] * score + fit[1], right)
        value.backward()
        return value

    with torch.enable_grad():
        search.step(loss)
    return [round(float(v), 3) for v in fit]


def recall_by_size(rows, sizes, threshold):
    """Share of the labelled people that are found, by COCO's size classes."""
    out = {}
    for name, (low, high) in SIZES.items():
        among = ((sizes >= low) & (sizes < high)).sum()
        hit = ((rows[:, 0] >= threshold) & (rows[:, 1] > 0) & (rows[:, 2] >= low) & (rows[:, 2] < high)).sum()
        out[name] = {"people": int(among), "found": round(float(hit / max(among, 1)), 3)}
    return out


def webcam(look, data, group, limit=0):
    """PCK on waist-up crops: joints within 0.2 of the torso's length, over the upper body's labelled joints; of `limit` pictures
    drawn by lot, or of all.

    look(picture, threshold, max_people) -> keypoints (people,17,3) in the picture's pixels, counted from its corner.
    """
    truth, near, upper = people_of(data, group), [], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    for image_id, picture in tqdm(drawn(data, group, limit), unit="img", dynamic_ncols=True):
        for person in truth.get(image_id, []):
            joints = person["joints"]
            if joints is None or (joints[SHOULDERS + HIPS, 2] == 0).any():
                continue
            hips, shoulders = joints[HIPS, :2].mean(0), joints[SHOULDERS, :2].mean(0)
            torso = np.hypot(*(hips - shoulders))
            if torso < 40:
                continue
            top, bottom = max(person["box"][1] - 0.3 * torso, 0), hips[1]
            height = bottom - top
            left = np.clip((person["box"][0] + person["box"][2]) / 2 - height * 2 / 3, 0, picture.width)
            crop = tuple(int(v) for v in (left, top, min(left + height * 4 / 3, picture.width), min(bottom, picture.height)))
            if min(crop[2] - crop[0], crop[3] - crop[1]) < 48:
                continue
            found = look(picture.crop(crop), 0.05, 5)
            mine = [j for j in upper if joints[j, 2] > 0 and crop[0] <= joints[j, 0] < crop[2] and crop[1] <= joints[j, 1] < crop[3]]
            want = joints[mine, :2] + 0.5 - np.array(crop[:2])
            if len(found) == 0:
                near += [False] * len(mine)
                continue
            # several people may be in the crop: the one that fits best is meant
            distance = np.linalg.norm(found[:, mine, :2].numpy() - want, axis=2)
            near += list(distance[distance.mean(1).argmin()] < 0.2 * torso)
    return {"joints": len(near), "pck": round(float(np.mean(near)), 3) if near else None}


def at_size(model, size):
    """The model bringing every picture to this shortest edge (px)."""
    resized = copy.copy(model)
    resized.config = dataclasses.replace(model.config, image=at_edge(model.config.image, size))
    return resized


def people_at(model):
    """keypoints of `detect`, what `look` is elsewhere here."""
    return lambda picture, threshold, people: detect(model, picture, threshold, people)["keypoints"]


def as_live(model, largest):
    """`look` at the size that a camera's frames have once somebody stands there (src/follow/scale.rs, where the computer keeps up):
    the one that suits who is seen, none larger than `largest` px, no larger than the model's own."""
    image, scale = model.config.image, model.config.image["adaptive_scale"]
    (low, high), (smallest, _) = scale["edges"], scale["people"]
    scale = {**scale, "edges": [low, min(high, image["shortest_edge"])], "people": [smallest, largest]}

    def look(picture, threshold, people):
        return people_at(at_size(model, suiting_edge(model, picture, scale)))(picture, threshold, people)

    return look


def jitter(look, path):
    """Mean shift (px of the picture) of the best person's joints over eight shifts by a pixel and mild noise; `look` as above.

    Of all joints, and of those that are surer than 0.5: a joint that the picture does not show has no place to stay at.
    """
    picture, rng = Image.open(path).convert("RGB"), np.random.default_rng(0)
    still = look(picture, 0.0, 1)[0].numpy()
    moved, sure = [], still[:, 2] > 0.5
    for dx, dy in [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]:
        shifted = np.roll(np.asarray(picture).astype(float), (dy, dx), (0, 1)) + rng.normal(0, 2, (picture.height, picture.width, 3))
        again = look(Image.fromarray(np.clip(shifted, 0, 255).astype(np.uint8)), 0.0, 5)[:, :, :2].numpy()
        # the same person: two skeletons of nearly equal score may change places
        shifts = np.linalg.norm(again - (dx, dy) - still[:, :2], axis=2)
        moved.append(shifts[shifts.mean(1).argmin()])
    moved = np.mean(moved, 0)
    return {"picture": Path(path).name, "size": list(picture.size), "mean_shift_px": round(float(moved.mean()), 2),
            "sure_joints": int(sure.sum()), "sure_shift_px": round(float(moved[sure].mean()), 2) if sure.any() else None}


def bins(x, y, count=8):
    """Means of x and y over equally full bins of x."""
    order = np.array_split(np.argsort(x), count)
    return [[round(float(x[o].mean()), 4), round(float(y[o].mean()), 4)] for o in order if len(o)]


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--data", required=True)
    p.add_argument("--model", required=True, help="model folder")
    p.add_argument("--group", default="val_dev")
    p.add_argument("--fit", default="real_coco", help="training group the threshold is chosen on")
    p.add_argument("--fit-limit", type=int, default=300, help="pictures of that group, drawn by lot")
    p.add_argument("--precision", type=float, default=0.8, help="share of the shown people that shall be right")
    p.add_argument("--jitter", default=STILL)
    p.add_argument("--sizes", type=int, nargs="+", help="instead: AP, waist-up crops and jitter at each of these shortest edges")
    p.add_argument("--largest", type=int, nargs="+",
                   help="instead: waist-up crops of --group, --fit-limit pictures, live with nobody larger than each of these (px)")
    p.add_argument("--plot", help="folder for calibration.svg")
    p.add_argument("--set-threshold", action="store_true", help="write the chosen threshold into the model's config.json")
    p.add_argument("--results", help="with --about: tell the AP of these results, of `querypose eval --out`, instead of PyTorch's")
    p.add_argument("--about", help="the model folder's about.json, made or brought up to date")
    options = p.parse_args()
    torch.set_grad_enabled(False)
    model = load_folder(options.model)
    joints_of = people_at(model)
    for size in options.sizes or []:
        resized = at_size(model, size)
        found = figures(Path(options.data) / f"{options.group}.json", run_model(resized, options.data, options.group))
        told = {k: round(100 * v, 1) for k, v in found.items() if k in ("AP", "AP_medium", "AP_large", "boxAP", "boxAP_large")}
        look_at = people_at(resized)
        told.update(webcam=webcam(look_at, options.data, options.group), jitter=jitter(look_at, options.jitter))
        print(json.dumps({"size": size, **told}), flush=True)
    for largest in options.largest or []:
        found = webcam(as_live(model, largest), options.data, options.group, options.fit_limit)
        print(json.dumps({"largest": largest, "webcam": found}), flush=True)
    if options.sizes or options.largest:
        return
    fitted, fitted_joints, _ = look(model, options.data, options.fit, options.fit_limit)
    threshold = threshold_for(fitted, options.precision)
    rows, joints, sizes = look(model, options.data, options.group, 0)
    shown = rows[rows[:, 0] >= (threshold if threshold is not None else 1)]
    report = {
        "threshold": threshold, "chosen_on": f"{options.fit}, {options.fit_limit} pictures, precision {options.precision}",
        "precision": round(float(shown[:, 1].mean()), 3) if len(shown) else None,
        "recall": round(float(shown[:, 1].sum() / max(len(sizes), 1)), 3),
        "recall_by_size": recall_by_size(rows, sizes, threshold or 0), "recall_by_size_at_0.01": recall_by_size(rows, sizes, 0.01),
        "score_fit": fit_scores(fitted), "sigma_fit": round(float(fitted_joints[:, 1].mean() / fitted_joints[:, 0].mean()), 3),
        "score_calibration": bins(rows[:, 0], rows[:, 1]), "sigma_calibration": bins(joints[:, 0], joints[:, 1]),
        "webcam": webcam(joints_of, options.data, options.group), "jitter": jitter(joints_of, options.jitter)}
    print(json.dumps(report, indent=1))
    if options.set_threshold and threshold is not None:
        path = Path(options.model) / "config.json"
        path.write_text(re.sub(r'"threshold": [0-9.]+', f'"threshold": {threshold:.3f}', path.read_text()))
    if options.plot:
        plot(report, Path(options.plot))
    if options.about:
        rows = json.loads(Path(options.results).read_text()) if options.results else run_model(model, options.data, options.group)
        ap = figures(Path(options.data) / f"{options.group}.json", rows)["AP"]
        about(report, ap, len(list(pictures(options.data, options.group))), Path(options.about))


def about(report, ap, count, path):
    """Puts the figures into the page's file about the model; its other entries stay."""
    told = json.loads(path.read_text()) if path.exists() else {}
    told["accuracy"] = {"ap": round(100 * ap, 1), "on": f"{count} COCO pictures", "source": "our own measurement"}
    hundred = lambda share: round(100 * share)
    told["measured"] = {
        "Right": f"{hundred(report['precision'])} of 100 people it shows",
        "Found": f"{hundred(report['recall'])} of 100 people, {hundred(report['recall_by_size']['large']['found'])} of 100 large ones",
        "Joints": f"{hundred(report['webcam']['pck'])} of 100 near their place, seen from the waist up"}
    path.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")


def plot(report, folder):
    """calibration.svg: person score against the share that is right, sigma against the mean error."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    (a, b), sigma = report["score_fit"], report["sigma_fit"]
    fitted = {"score_calibration": lambda x: 1 / (1 + np.exp(-a * np.log(x / (1 - x)) - b)), "sigma_calibration": lambda x: sigma * x}
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
    for axis, key, words in ((left, "score_calibration", ("person score", "share right (OKS 0.5)")),
                             (right, "sigma_calibration", ("predicted sigma (of the box)", "mean error (of the box)"))):
        x, y = np.array(report[key]).T
        axis.plot(x, y, "o-", color="#0072B2", label="measured")
        top = max(x.max(), y.max()) * 1.05
        axis.plot([0, top], [0, top], "--", color="#888", label="as it says")
        even = np.linspace(0.01, min(top, 0.99), 60)
        axis.plot(even, fitted[key](even), color="#D55E00", label="fitted on training pictures")
        axis.set(xlabel=words[0], ylabel=words[1], xlim=(0, top), ylim=(0, top))
        axis.legend(frameon=False, fontsize=7)
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / "calibration.svg")


if __name__ == "__main__":
    main()

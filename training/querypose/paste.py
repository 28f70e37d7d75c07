"""Cut-outs of people (RGBA) pasted on training pictures: more people, and people in front of people."""
import json
import tarfile
from pathlib import Path

import cv2
import numpy as np

from .labels import joint_weights

# Name of the group of cut-out people in a data folder.
GROUP = "cutouts"


class Cutouts:
    """The group `cutouts` of a data folder; those that touch a photo's border are left out."""

    def __init__(self, folder):
        folder, self.items, self.bytes = Path(folder), [], {}
        if not (folder / f"{GROUP}.json").exists():
            return
        borders = ("cut_top", "cut_bottom", "cut_left", "cut_right")
        self.items = [c for c in json.loads((folder / f"{GROUP}.json").read_text())["cutouts"] if not any(c[b] for b in borders)]
        for path in sorted(folder.glob(f"{GROUP}_*.tar")):
            with tarfile.open(path) as tar:
                self.bytes.update({Path(m.name).name: tar.extractfile(m).read() for m in tar if m.isfile()})

    def paste(self, image, sample, rng):
        """image (h,w,3) u8 and its sample with one to three more people; inputs stay as they are."""
        sample = {**sample, "boxes": sample["boxes"].copy(), "joint_weight": sample["joint_weight"].copy()}
        image = image.copy()
        for _ in range(rng.integers(1, 4)):
            self._one(image, sample, self.items[rng.integers(len(self.items))], rng)
        return image, sample

    def _one(self, image, sample, item, rng):
        h, w = image.shape[:2]
        cut = cv2.cvtColor(cv2.imdecode(np.frombuffer(self.bytes[item["file_name"]], np.uint8), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)
        scale = min(h, w) * rng.uniform(0.25, 1.0) / max(cut.shape[:2])
        size = max(int(cut.shape[1] * scale), 4), max(int(cut.shape[0] * scale), 4)
        factor = np.array(size, np.float32) / (cut.shape[1], cut.shape[0])
        cut = cv2.resize(cut, size, interpolation=cv2.INTER_AREA)
        light = rng.uniform(0.7, 1.25)  # a studio's light is not the picture's
        left, top = rng.integers(-size[0] // 4, w - size[0] * 3 // 4), rng.integers(-size[1] // 8, max(h - size[1] // 2, 1))
        x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + size[0], w), min(top + size[1], h)
        if x1 - x0 < 8 or y1 - y0 < 8:
            return
        cut = cut[y0 - top : y1 - top, x0 - left : x1 - left]
        alpha = cut[..., 3:].astype(np.float32) / 255
        under = image[y0:y1, x0:x1]
        under[:] = np.clip(under * (1 - alpha) + cut[..., :3] * light * alpha, 0, 255).astype(np.uint8)
        covered = np.zeros((h, w), np.float32)
        covered[y0:y1, x0:x1] = alpha[..., 0]
        self._hide(sample, covered)
        joints = np.asarray(item["keypoints"], np.float32).reshape(-1, 3)
        joints = joints[:, :2] * factor + (left, top)
        ys, xs = np.nonzero(covered > 0.5)
        if len(xs) < 40:
            return
        sample["boxes"] = np.concatenate([sample["boxes"], [[xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]]]).astype(np.float32)
        sample["joints"] = np.concatenate([sample["joints"], joints[None]])
        weight = joint_weights(item) * ((joints >= 0) & (joints < (w, h))).all(1)
        sample["joint_weight"] = np.concatenate([sample["joint_weight"], weight[None]]).astype(np.float32)
        sample["weight"] = np.concatenate([sample["weight"], [1.0]]).astype(np.float32)

    @staticmethod
    def _hide(sample, covered):
        """Joints behind the cut-out count less; people mostly behind it become regions to ignore."""
        h, w = covered.shape
        kept = np.ones(len(sample["boxes"]), bool)
        for i, (box, joints) in enumerate(zip(sample["boxes"], sample["joints"])):
            x, y = np.clip(joints[:, 0].astype(int), 0, w - 1), np.clip(joints[:, 1].astype(int), 0, h - 1)
            hidden = covered[y, x] > 0.5
            sample["joint_weight"][i] *= np.where(hidden, 0.3, 1.0)
            x0, y0, x1, y1 = np.clip(box, 0, (w, h, w, h)).astype(int)
            area = covered[y0:y1, x0:x1]
            kept[i] = area.size == 0 or area.mean() < 0.6
        sample["ignore"] = np.concatenate([sample["ignore"], sample["boxes"][~kept]])
        for key in ("boxes", "joints", "joint_weight", "weight"):
            sample[key] = sample[key][kept]

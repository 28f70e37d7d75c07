"""One affine warp from the stored picture to the training canvas, with its labels, then colour changes."""
import math

import cv2
import numpy as np

cv2.setNumThreads(1)
GREY = (128, 128, 128)  # about 0 after normalisation, like the padding at inference


class Augment:
    """Random flip, scale, stretch, rotation, crop and colour. wide: also far and near views, darkness and occlusion."""

    def __init__(self, keypoints, smallest=10, wide=False):
        mirror = lambda k: k.replace("left", "#").replace("right", "left").replace("#", "right")
        self.swap = [keypoints.index(mirror(k)) for k in keypoints]
        self.hips = [i for i, k in enumerate(keypoints) if "hip" in k]
        self.shoulders = [i for i, k in enumerate(keypoints) if "shoulder" in k]
        self.smallest, self.wide = smallest, wide

    def matrix(self, shape, sample, canvas, rng, shortest_edge):
        """2x3 map from source pixels to canvas pixels, and whether it mirrors."""
        (h, w), (cw, ch) = shape[:2], canvas
        stretch = rng.uniform(-0.45, 0.45) if sample["distorted"] else rng.normal(0, 0.06)
        low, high = (0.35, 2.0) if self.wide and rng.random() < 0.5 else (0.7, 1.5)
        scale = shortest_edge / min(h, w) * math.exp(rng.uniform(math.log(low), math.log(high)))
        angle = math.radians(np.clip(rng.normal(0, 12), -35, 35)) if rng.random() < 0.3 else 0.0
        focus = np.array([rng.uniform(0, w), rng.uniform(0, h)])
        where = np.array([cw, ch]) * rng.uniform(0.35, 0.65, 2)
        if len(sample["boxes"]) and rng.random() < 0.8:
            with_joints = np.nonzero((sample["joint_weight"] > 0).any(1))[0]
            person = rng.choice(with_joints if len(with_joints) else len(sample["boxes"]))
            x0, y0, x1, y1 = sample["boxes"][person]
            focus = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
            where = np.array([cw, ch]) * rng.uniform(0.25, 0.75, 2)
            known = sample["joint_weight"][person] > 0
            if rng.random() < 0.5 and known[self.hips].any() and known[self.shoulders].all():
                # the webcam's view: head to about the hips fills the picture
                hip = sample["joints"][person][self.hips][known[self.hips]][:, 1].mean()
                upper = hip - y0
                if upper > 20:
                    scale = np.clip(ch * rng.uniform(0.55, 1.1) / upper, 0.3 * scale, 6 * scale)
                    focus, where = np.array([(x0 + x1) / 2, y0]), np.array([cw * rng.uniform(0.3, 0.7), ch * rng.uniform(0.02, 0.35)])
                    angle *= 0.5
        sx, sy = scale * math.exp(stretch / 2), scale * math.exp(-stretch / 2)
        for axis, (extent, s) in enumerate(((w, sx), (h, sy))):
            # as much picture on the canvas as there is
            bounds = sorted((canvas[axis] - (extent - focus[axis]) * s, focus[axis] * s))
            where[axis] = np.clip(where[axis], *bounds)
        flip = rng.random() < 0.5
        c, s = math.cos(angle), math.sin(angle)
        linear = np.array([[c * sx, -s * sy], [s * sx, c * sy]])
        shift = where - linear @ focus
        if flip:
            linear[0] *= -1
            shift[0] = cw - shift[0]
        return np.concatenate([linear, shift[:, None]], 1).astype(np.float32), flip

    def __call__(self, image, sample, canvas, rng, shortest_edge):
        """image (h,w,3) u8 -> canvas picture (ch,cw,3) u8 and targets in its pixels (see data.read_group).

        shortest_edge: what the photo's is brought to, before it is scaled at random.
        """
        m, flip = self.matrix(image.shape, sample, canvas, rng, shortest_edge)
        # OpenCV counts from pixel centres, the labels from pixel corners
        centred = m.copy()
        centred[:, 2] += m[:, :2] @ np.array([0.5, 0.5], np.float32) - 0.5
        out = cv2.warpAffine(self.colour(image, rng), centred, canvas, flags=cv2.INTER_LINEAR, borderValue=GREY)
        if self.wide:
            out = self.spoil(out, rng)
        joints = sample["joints"] @ m[:, :2].T + m[:, 2]
        weight = sample["joint_weight"].copy()
        if flip:
            joints, weight = joints[:, self.swap], weight[:, self.swap]
        size = np.array(canvas, np.float32)
        boxes, regions = self._boxes(sample["boxes"], m), self._boxes(sample["ignore"], m)
        weight *= ((joints >= 0) & (joints < size)).all(2)
        if len(boxes):
            shown = np.where(weight[..., None] > 0, joints, np.nan)
            with np.errstate(all="ignore"):
                low = np.fmin(boxes[:, :2], np.fmin.reduce(shown, 1))
                high = np.fmax(boxes[:, 2:], np.fmax.reduce(shown, 1))
            boxes = np.concatenate([low, high], 1)
        full = np.prod(boxes[:, 2:] - boxes[:, :2], 1) if len(boxes) else np.zeros(0)
        boxes, regions = self._clip(boxes, size), self._clip(regions, size)
        extent = boxes[:, 2:] - boxes[:, :2]
        seen = extent.prod(1)
        # of whom joints were known, one must still be seen; of whom none ever was, the box is enough
        known = (weight > 0).any(1) | ~(sample["joint_weight"] > 0).any(1)
        keep = (seen > self.smallest**2) & (extent.min(1, initial=1e9) > 5) & known & (seen > 0.12 * full)
        regions = np.concatenate([regions, boxes[~keep & (seen > 0)]])
        regions = regions[(regions[:, 2:] - regions[:, :2]).min(1, initial=1e9) > 1]
        return out, {
            "boxes": boxes[keep].astype(np.float32), "ignore": regions.astype(np.float32),
            "joints": joints[keep].astype(np.float32), "joint_weight": weight[keep].astype(np.float32),
            "weight": sample["weight"][keep], "negative_weight": sample["negative_weight"]}

    @staticmethod
    def _boxes(boxes, m):
        """Boxes around the warped ellipse in each box: rotating corners would inflate people."""
        centre = (boxes[:, :2] + boxes[:, 2:]) / 2 @ m[:, :2].T + m[:, 2]
        half = np.sqrt(((boxes[:, 2:] - boxes[:, :2]) / 2) ** 2 @ (m[:, :2] ** 2).T)
        return np.concatenate([centre - half, centre + half], 1)

    @staticmethod
    def _clip(boxes, size):
        return np.clip(boxes, 0, np.concatenate([size, size]))

    @staticmethod
    def spoil(image, rng):
        """Now and then a dark room with a noisy camera, or something in front: a patch of the picture itself or one colour."""
        if rng.random() < 0.08:
            image = image * rng.uniform(0.25, 0.6) + rng.normal(0, rng.uniform(2, 8), image.shape)
            image = np.clip(image, 0, 255).astype(np.uint8)
        if rng.random() < 0.15:
            image, (h, w) = image.copy(), image.shape[:2]
            for _ in range(rng.integers(1, 4)):
                ph, pw = int(h * rng.uniform(0.05, 0.3)), int(w * rng.uniform(0.05, 0.3))
                y, x, fy, fx = rng.integers(h - ph), rng.integers(w - pw), rng.integers(h - ph), rng.integers(w - pw)
                patch = image[fy : fy + ph, fx : fx + pw].copy() if rng.random() < 0.6 else rng.integers(0, 256, 3)
                image[y : y + ph, x : x + pw] = patch
        return image

    @staticmethod
    def colour(image, rng):
        """Brightness, contrast, colour cast, gamma; now and then grey, blur, noise or JPEG blocks."""
        x = np.arange(256, dtype=np.float32) / 255
        gain, gamma = rng.uniform(0.75, 1.3), math.exp(rng.normal(0, 0.2))
        table = np.stack([np.clip((x**gamma - 0.5) * gain + 0.5 + rng.normal(0, 0.05), 0, 1) ** math.exp(rng.normal(0, 0.08)) for _ in range(3)], 1)
        if rng.random() < 0.7:
            image = cv2.LUT(image, (table * 255).astype(np.uint8)[None])
        kind = rng.random()
        if kind < 0.07:
            image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        elif kind < 0.15:
            image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 1.5))
        elif kind < 0.22:
            noise = rng.normal(0, rng.uniform(3, 14), image.shape)
            image = np.clip(image + noise, 0, 255).astype(np.uint8)
        elif kind < 0.28:
            packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 70))])[1]
            image = cv2.imdecode(packed, cv2.IMREAD_COLOR)
        return image

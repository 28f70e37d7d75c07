"""Pictures as the engine sees them: shortest-edge resize with Pillow, normalise, zero-pad."""
import numpy as np
import torch
from PIL import Image, ImageOps


def resized_extent(width, height, image):
    """(w, h) after the shortest-edge resize of `image` (the config's field)."""
    scale = image["shortest_edge"] / min(width, height)
    if scale * max(width, height) > image["longest_edge"]:
        scale = image["longest_edge"] / max(width, height)
    return int(width * scale + 0.5), int(height * scale + 0.5)


def read_picture(path):
    """Pillow RGB picture, upright."""
    return ImageOps.exif_transpose(Image.open(path)).convert("RGB")


def prepare(picture, image):
    """Pillow picture -> network input (1,3,H,W), unpadded extent (w,h), factors (sx,sy) back to the picture's pixels."""
    w, h = resized_extent(*picture.size, image)
    pixels = torch.from_numpy(np.array(picture.resize((w, h), Image.BILINEAR))).permute(2, 0, 1).float()
    mean, std = torch.tensor(image["mean"])[:, None, None], torch.tensor(image["std"])[:, None, None]
    step = image["size_divisor"]
    padded = torch.zeros(1, 3, -(-h // step) * step, -(-w // step) * step)
    padded[0, :, :h, :w] = (pixels - mean) / std
    return padded, (w, h), (picture.width / w, picture.height / h)

#!/usr/bin/env python3
"""Draws what a model finds on pictures, tiled into one PNG to look at."""
import argparse

import torch
from PIL import Image, ImageDraw

from querypose.infer import detect, load_folder, load_run
from querypose.preprocess import read_picture

BONES = [(15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8), (7, 9), (8, 10), (1, 2),
         (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6)]
COLOURS = ["#e4572e", "#17bebb", "#ffc914", "#76b041", "#a288e3", "#f49fbc"]


def overlay(picture, people, threshold, side):
    """The picture, at most `side` wide and high, with boxes, skeletons and scores of people above the class threshold."""
    scale = side / max(picture.size)
    picture = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
    draw = ImageDraw.Draw(picture)
    for i in range(len(people["score"])):
        if people["cls"][i] < threshold:
            continue
        colour, joints = COLOURS[i % len(COLOURS)], people["keypoints"][i]
        draw.rectangle([v * scale for v in people["boxes"][i].tolist()], outline=colour)
        for a, b in BONES:
            draw.line([*(joints[a, :2] * scale).tolist(), *(joints[b, :2] * scale).tolist()], fill=colour, width=2)
        draw.text((people["boxes"][i][:2] * scale + 2).tolist(), f"{people['cls'][i]:.2f}", fill=colour)
    return picture


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("pictures", nargs="+")
    source = p.add_mutually_exclusive_group(required=True)
    source.add_argument("--model", help="model folder")
    source.add_argument("--run", help="run folder")
    p.add_argument("--out", required=True)
    p.add_argument("--threshold", type=float, default=0.4)
    p.add_argument("--columns", type=int, default=4)
    p.add_argument("--side", type=int, default=360)
    options = p.parse_args()
    torch.set_grad_enabled(False)
    model = load_folder(options.model) if options.model else load_run(options.run)[0]
    rows = -(-len(options.pictures) // options.columns)
    sheet = Image.new("RGB", (options.columns * options.side, rows * options.side), "#222222")
    for i, path in enumerate(options.pictures):
        picture = read_picture(path)
        tile = overlay(picture, detect(model, picture, max_people=20), options.threshold, options.side)
        sheet.paste(tile, (i % options.columns * options.side, i // options.columns * options.side))
    sheet.save(options.out)


if __name__ == "__main__":
    main()

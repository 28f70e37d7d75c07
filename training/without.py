#!/usr/bin/env python3
"""What each part of a trained network carries: its figures with one part switched off at a time, nothing trained again."""
import argparse
import copy
import json
from pathlib import Path

import torch
from tqdm import tqdm

from evaluate import pictures
from querypose.coco_ap import figures
from querypose.infer import at_edge, coco_results, detect, load_folder


def no_overlap(model):
    """Proposals no longer see whose boxes overlap theirs."""
    for stage in model.head.head_series:
        if stage.overlap is None:
            raise SystemExit("This network has no attention by overlap.")
        stage.overlap.data.zero_()


def one_stage_less(model):
    """The stage before the last one answers; its class never learned how good a pose is."""
    model.config.num_stages -= 1


CHANGES = {"as it is": lambda model: None, "attention by overlap": no_overlap, "the last stage": one_stage_less}
# What a person's score may be made of.
SCORES = {"its own": lambda people: people["score"], "class alone": lambda people: people["cls"],
          "class and joints": lambda people: people["cls"] * people["keypoints"][..., 2].mean(1),
          "joints alone": lambda people: people["keypoints"][..., 2].mean(1)}


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--data", required=True)
    p.add_argument("--model", required=True, help="model folder")
    p.add_argument("--group", default="val_dev")
    options = p.parse_args()
    torch.set_grad_enabled(False)
    whole, truth = load_folder(options.model), Path(options.data) / f"{options.group}.json"
    # All at one size: a part that is missed is not made up for by another.
    whole.config.image = at_edge(whole.config.image, whole.config.image["shortest_edge"])
    looked_at = list(pictures(options.data, options.group))
    for without, change in CHANGES.items():
        model = copy.deepcopy(whole)
        change(model)
        found = [(i, detect(model, picture)) for i, picture in tqdm(looked_at, unit="img", dynamic_ncols=True)]
        for score, of in SCORES.items() if without == "as it is" else list(SCORES.items())[:1]:
            rows = [row for i, people in found for row in coco_results({**people, "score": of(people)}, i)]
            told = {k: round(100 * v, 1) for k, v in figures(truth, rows).items() if k in ("AP", "AP50", "AP75", "boxAP", "boxAP50")}
            print(json.dumps({"without": without, "score": score, **told}), flush=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""COCO keypoint AP: of a model folder or run on a data group, or of a results file written by the command line."""
import argparse
import json
import shutil
import tarfile
from pathlib import Path

import torch
from PIL import Image
from tqdm import tqdm

from querypose.coco_ap import figures
from querypose.infer import coco_results, detect, load_folder, load_run


def pictures(data, group):
    """(image id, Pillow picture) of every picture of a group."""
    ids = {i["file_name"]: i["id"] for i in json.loads((Path(data) / f"{group}.json").read_text())["images"]}
    for path in sorted(Path(data).glob(f"{group}_*.tar")):
        with tarfile.open(path) as tar:
            for member in tar:
                if Path(member.name).name in ids:
                    yield ids[Path(member.name).name], Image.open(tar.extractfile(member)).convert("RGB")


def run_model(model, data, group, max_people=20):
    """COCO result rows of a model over a group."""
    rows = []
    for image_id, picture in tqdm(list(pictures(data, group)), unit="img", dynamic_ncols=True):
        rows += coco_results(detect(model, picture, max_people=max_people), image_id)
    return rows


@torch.no_grad()
def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--data", required=True)
    p.add_argument("--group", default="val_dev")
    source = p.add_mutually_exclusive_group(required=True)
    source.add_argument("--model", help="model folder")
    source.add_argument("--run", help="run folder with a checkpoint")
    source.add_argument("--results", help="COCO results JSON, e.g. of `querypose detect DIR --format coco`")
    p.add_argument("--raw", action="store_true", help="with --run: the last weights, not their average")
    p.add_argument("--log", action="store_true", help="with --run: also add the line to RUN/val.jsonl, which curve.py draws, and keep the best checkpoint as best.pt")
    p.add_argument("--limit-ids", action="store_true", help="with --results: rows of unknown pictures are dropped")
    options = p.parse_args()
    if options.log and (not options.run or options.raw or options.group != "val_dev"):
        p.error("--log keeps what --run's average reaches on val_dev: leave out --raw and --group")
    truth = Path(options.data) / f"{options.group}.json"
    note = {}
    if options.results:
        rows = json.loads(Path(options.results).read_text())
        known = {i["id"] for i in json.loads(truth.read_text())["images"]}
        unknown = [r["image_id"] for r in rows if r["image_id"] not in known]
        if unknown and not options.limit_ids:
            raise SystemExit(f"{options.results}: image_id {unknown[0]} is not in {truth}")
        rows = [{k: v for k, v in r.items() if k != "file_name"} for r in rows if r["image_id"] in known]
    else:
        if options.run:
            run = Path(options.run)
            # training goes on, and writes another one meanwhile
            measured = shutil.copyfile(run / "checkpoint.pt", run / "measured.pt") if options.log else run / "checkpoint.pt"
            model, note = load_run(run, not options.raw, measured.name)
        else:
            model = load_folder(options.model)
        rows = run_model(model, options.data, options.group)
    line = json.dumps({**note, **{k: round(v, 4) for k, v in figures(truth, rows).items()}})
    print(line)
    if options.log:
        history = run / "val.jsonl"
        best = max((json.loads(row)["AP"] for row in history.read_text().splitlines()), default=0) if history.exists() else 0
        with open(history, "a") as log:
            log.write(line + "\n")
        measured.replace(run / "best.pt") if json.loads(line)["AP"] > best else measured.unlink()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Trains short runs that differ from the recipe in one thing each, and writes the table of what that did.

Every run begins anew and has the same minutes, since minutes are what a machine has. Runs that are in OUT/table.jsonl
already are not made again; the table is printed as Markdown.
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
DENSE = '{"type": "resnet", "depth": 50, "stem_channels": 24, "res2_channels": 64, "width_per_group": 16}'
RUNS = {
    "the recipe": [],
    "the recipe, other seed": ["--seed", "1"],
    "without joint heat maps on p2": ["--without", "heat"],
    "without noised copies of true boxes": ["--without", "copies"],
    "without one-to-many classes": ["--without", "many"],
    "without attention targets": ["--without", "attention"],
    "without OKS and L1 beside RLE": ["--without", "oks"],
    "without pasted cut-outs": ["--without", "paste"],
    "mosaics on 30 %": ["--mosaic", "0.3"],
    "wide augmentation": ["--wide"],
    "MobileNetV2 from ImageNet": ["--set", 'backbone={"type": "mobilenet_v2", "width": 1.0}'],
    "slim ResNet-50 from nothing": ["--set", f"backbone={DENSE}", "--freeze-until", "0"],
    "3 stages": ["--set", "num_stages=3"],
    "width 96": ["--set", "fpn_channels=96", "hidden_dim=96", "part_dim=96", "feedforward_dim=384"],
}


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--data", required=True)
    p.add_argument("--out", required=True, help="folder of the runs and of table.jsonl")
    p.add_argument("--minutes", type=float, default=4)
    p.add_argument("--only", nargs="*", help="words; only runs whose name contains one of them")
    options, more = p.parse_known_args()
    table = Path(options.out) / "table.jsonl"
    table.parent.mkdir(parents=True, exist_ok=True)
    done = {row["name"]: row for row in map(json.loads, table.read_text().splitlines())} if table.exists() else {}
    for name, changes in RUNS.items():
        if name in done or options.only and not any(word in name for word in options.only):
            continue
        run = Path(options.out) / name.replace(" ", "-").replace(",", "").replace("'", "")
        subprocess.run([sys.executable, HERE / "train.py", "--data", options.data, "--out", run, "--total-minutes", str(options.minutes),
                        "--lr", "1e-3", "--noise-limit", "6", *changes, *more], check=True)
        found = subprocess.run([sys.executable, HERE / "evaluate.py", "--data", options.data, "--run", run], check=True, capture_output=True, text=True)
        last = json.loads((run / "log.jsonl").read_text().splitlines()[-1])
        row = {"name": name, **json.loads(found.stdout), "img_per_s": last["img_per_s"], "iou": last[f"iou{max(k for k in range(9) if f'iou{k}' in last)}"]}
        done[name] = row
        with open(table, "a") as file:
            file.write(json.dumps(row) + "\n")
    print("| run | pictures | AP | AP50 | AR50 | box AP | box AP50 |\n|---|---|---|---|---|---|---|")
    for name, row in done.items():
        print(f"| {name} | {row['seen']:,} | " + " | ".join(f"{100 * row[k]:.1f}" for k in ("AP", "AP50", "AR50", "boxAP", "boxAP50")) + " |")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Draws the learning curve of a run, or of runs that began with one another's weights (log.jsonl, and val.jsonl if it is there), as an SVG."""
import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt


def lines(path):
    """Rows of a JSON-lines file, none if it is not there."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def joined(folders, name):
    """Rows of all runs, the pictures seen counted on from run to run."""
    rows, before = [], 0
    for folder in folders:
        rows += [{**row, "seen": row["seen"] + before} for row in lines(Path(folder) / name)]
        before += lines(Path(folder) / "log.jsonl")[-1]["seen"]
    return rows


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--run", required=True, nargs="+", help="run folders in their order")
    p.add_argument("--out", required=True, help="SVG file")
    options = p.parse_args()
    log, val = joined(options.run, "log.jsonl"), joined(options.run, "val.jsonl")
    figure, (above, below) = plt.subplots(2, 1, figsize=(7, 5), sharex=True, layout="constrained", height_ratios=(2, 3))
    seen = [row["seen"] / 1000 for row in log]
    last = max(key for row in log for key in row if key.startswith("iou"))  # of the last stage
    for key, words, colour in (("total", "loss (all terms) / 100", "#888"), (last, "mean IoU of matched boxes", "#009E73")):
        scale = 0.01 if key == "total" else 1
        # a run of the pose stages alone has no matched boxes
        above.plot(seen, [row.get(key, float("nan")) * scale for row in log], color=colour, label=words, linewidth=1)
    above.set(ylim=(0, 1))
    for key, words, mark, colour in (("AP", "keypoint AP on val_dev", "o-", "#0072B2"), ("boxAP", "box AP on val_dev", "s-", "#D55E00")):
        if val:
            below.plot([row["seen"] / 1000 for row in val], [row[key] for row in val], mark, color=colour, label=words)
    below.set(xlabel="thousand training pictures")
    begins = [joined(options.run[:i], "log.jsonl")[-1]["seen"] / 1000 for i in range(1, len(options.run))]
    for axis in (above, below):
        for begin in begins:  # of the next run
            axis.axvline(begin, color="#ccc", linewidth=1, zorder=0)
        if axis.get_legend_handles_labels()[0]:
            axis.legend(frameon=False, fontsize=8)
    figure.savefig(options.out)


if __name__ == "__main__":
    main()

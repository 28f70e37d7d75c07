#!/usr/bin/env python3
"""Prints GMAC and megabytes of a config."""
import argparse
from pathlib import Path

from querypose.config import Config
from querypose.macs import gmac
from querypose.model import QueryPose

p = argparse.ArgumentParser(description=__doc__)
p.add_argument("--config", default=Path(__file__).parent / "configs/nano.json")
p.add_argument("--extent", type=int, nargs=2, default=(352, 256), help="padded width and height")
options = p.parse_args()
model = QueryPose(Config.load(options.config)).eval()
counts = [gmac(model, tuple(options.extent), n) for n in (1, 2, 5)]
size = sum(v.numel() for v in model.state_dict().values()) * 2 / 1e6
print(f"one person {counts[0]:.3f} GMAC, each further {counts[1] - counts[0]:.3f}, five people {counts[2]:.3f}; {size:.2f} MB in f16")

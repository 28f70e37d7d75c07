#!/usr/bin/env python3
"""Milliseconds of the network natively, ours beside onnxruntime's on as many threads, in turns on the same machine:

    pip install onnx onnxscript onnxruntime
    python training/onnx_export.py --model www/models/nano --extent 448 336 --out nano.onnx
    cargo build --release
    python tests/bench/native.py nano.onnx

Both decode one person. Ours counts the letterbox too. Ratio: ours over theirs, of medians and of best rounds.
"""
import argparse
import re
import statistics
import subprocess
import time
from pathlib import Path

import numpy as np
import onnxruntime

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target" / "release" / "querypose"


def ours(size, threads, frames):
    """Median milliseconds of a frame by `querypose bench`."""
    command = [PROGRAM, "bench", "--backend", "cpu", "--on-demand-only", "--people", "1", "--size", size, "--frames", str(frames)]
    said = subprocess.run(command, cwd=ROOT, env={"RAYON_NUM_THREADS": str(threads)}, capture_output=True, text=True, check=True).stdout
    return float(re.search(r"^\s+1\s+[\d.]+\s+([\d.]+)\s", said, re.M)[1])


def theirs(session, picture, frames):
    """Median milliseconds of a run, after one to warm up."""
    times = []
    for _ in range(frames + 1):
        start = time.perf_counter()
        session.run(None, picture)
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times[1:])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("onnx")
    p.add_argument("--size", default="448x336", help="the extent that the ONNX file was made for")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--rounds", type=int, default=7)
    p.add_argument("--frames", type=int, default=9)
    options = p.parse_args()
    wish = onnxruntime.SessionOptions()
    wish.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(options.onnx, wish, providers=["CPUExecutionProvider"])
    [given] = session.get_inputs()
    picture = {given.name: np.random.default_rng(0).normal(size=given.shape).astype(np.float32)}
    pairs = []
    for _ in range(options.rounds):
        pairs.append((ours(options.size, options.threads, options.frames), theirs(session, picture, options.frames)))
        print(f"ours {pairs[-1][0]:.1f} ms, onnxruntime {pairs[-1][1]:.1f} ms", flush=True)
    us, them = zip(*pairs)
    print(f"{options.size}, {options.threads} threads, onnxruntime {onnxruntime.__version__}: "
          f"ratio {statistics.median(us) / statistics.median(them):.2f} of medians, {min(us) / min(them):.2f} of best rounds")


if __name__ == "__main__":
    main()

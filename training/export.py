#!/usr/bin/env python3
"""Turns a run's checkpoint into a model folder: config.json and model.safetensors, f16 where that is harmless."""
import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file

from querypose.infer import load_run

# Boxes are pixels after scaling, and running statistics feed a division: both stay f32.
KEEP_F32 = ("init_proposal_boxes", "running_mean", "running_var")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--run", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--raw", action="store_true", help="the last weights instead of their average")
    p.add_argument("--f32", action="store_true")
    options = p.parse_args()
    model, note = load_run(options.run, not options.raw)
    state = {}
    for name, value in model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        if not torch.isfinite(value).all():
            raise SystemExit(f"{name} has numbers that are not finite; nothing written")
        small = not options.f32 and not any(k in name for k in KEEP_F32) and value.abs().max() < 6e4
        state[name] = value.to(torch.float16 if small else torch.float32).contiguous()
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    save_file(state, out / "model.safetensors", metadata={"format": "pt", **{k: str(round(v, 1)) for k, v in note.items()}})
    (out / "config.json").write_text((Path(options.run) / "config.json").read_text())
    size = (out / "model.safetensors").stat().st_size
    print(f"{out}: {len(state)} tensors, {size / 1e6:.2f} MB, {note}")


if __name__ == "__main__":
    main()

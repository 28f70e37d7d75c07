#!/usr/bin/env python3
"""Trains a model. Run again with the same --out to go on where it stopped; see training/README.md."""
import argparse
import json
import math
import os
import signal
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from tqdm import tqdm

from querypose.backbones import FrozenBatchNorm
from querypose.batch import Batches, draw, loader
from querypose.config import Config
from querypose.data import People, cluster_boxes, sample_boxes
from querypose.grow import grown
from querypose.infer import read_tensors
from querypose.losses import Criterion
from querypose.model import QueryPose
from querypose.positions import guard_positions, seed_positions
from querypose.step import AIDS, losses, normalise

PRETRAINED = {"mobilenet_v2": "backbone_mobilenetv2_1.0_imagenet.npz", "movenet": "backbone_movenet_multipose.npz"}


def canvases(sizes):
    """Canvases (w,h) with these shortest edges: square, 5:4 and 4:5, sides multiples of 32."""
    longer = lambda edge: round(edge * 1.25 / 32) * 32
    return [shape for edge in sizes for shape in ((edge, edge), (longer(edge), edge), (edge, longer(edge)))]


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--data", required=True, help="folder of NAME.json + NAME_00.tar groups")
    p.add_argument("--config", default=str(Path(__file__).parent / "configs" / "nano.json"))
    p.add_argument("--set", nargs="*", default=[], metavar="FIELD=JSON", help="fields of the config to change, e.g. num_stages=4")
    p.add_argument("--out", required=True, help="run folder: checkpoint.pt, log.jsonl")
    p.add_argument("--start", help="another run's folder, or a model folder: a new run begins with its weights, as far as they fit")
    p.add_argument("--only", nargs="+", metavar="PART", help="train only tensors with one of these in their names, e.g. pose_head_series part_query.weight")
    p.add_argument("--minutes", type=float, default=1e9, help="stop after so many minutes of this call")
    p.add_argument("--steps", type=int, default=10**9, help="stop after so many steps of this call")
    p.add_argument("--total-minutes", type=float, default=90, help="length of the whole schedule, over all calls")
    p.add_argument("--batch", type=int, default=8, help="pictures per worker and step")
    p.add_argument("--workers", type=int, default=2, help="processes that share the batch; on a CPU one per core, each with one thread")
    p.add_argument("--loaders", type=int, help="processes per worker that make pictures; 1 on a CPU, all cores but two on CUDA")
    p.add_argument("--lr", type=float, default=8e-4)
    p.add_argument("--backbone-lr", type=float, default=0.25, help="factor of --lr for the pretrained backbone")
    p.add_argument("--backbone-clip", type=float, default=5.0, help="largest norm of the backbone's gradient; the rest has 5")
    p.add_argument("--sizes", type=int, nargs="+", default=[256], help="shortest edges of the pictures, multiples of 32; people grow with them")
    p.add_argument("--weight-decay", type=float, default=0.02)
    p.add_argument("--warmup-steps", type=int, default=100)
    p.add_argument("--frozen-blocks", type=int, default=1, help="first blocks of the backbone (and stem) never trained")
    p.add_argument("--freeze-until", type=float, default=0.02, help="share of the schedule with the whole backbone frozen")
    p.add_argument("--copies", type=int, default=3, help="noised copies per person")
    p.add_argument("--noise-limit", type=int, default=8, help="noised boxes per picture")
    p.add_argument("--pose-limit", type=int, default=5, help="decoded instances per picture of the batch, on average")
    p.add_argument("--box-quality", type=float, default=0.0,
                   help="share of the box's IoU in what the class learns where its config has pose_quality, beside the pose's OKS")
    p.add_argument("--rivals-until", type=float, default=0.4,
                   help="share of the schedule in which unmatched good proposals count little as negatives; 0 for weights that know people already")
    p.add_argument("--last-rivals", type=float, default=1.0,
                   help="what they count in the last stage, times that: above 1 against people who are shown twice")
    p.add_argument("--without", nargs="*", default=[], choices=AIDS, help="training aids to leave out, to see what they are for")
    p.add_argument("--mosaic", type=float, default=0.0, help="share of the pictures that are four in one")
    p.add_argument("--wide", action="store_true", help="augmentation with far and near views, darkness and occlusion")
    p.add_argument("--ema", type=float, default=0.998)
    p.add_argument("--save-minutes", type=float, default=4)
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--bf16", action=argparse.BooleanOptionalAction, help="convolutions in bf16; by default where the device computes in it")
    p.add_argument("--port", type=int, default=29511, help="local port on which the workers meet")
    p.add_argument("--seed", type=int, default=0)
    options = p.parse_args()
    if any(edge < 64 or edge % 32 for edge in options.sizes):
        p.error("--sizes: multiples of 32 from 64 on")
    if not 0 <= options.box_quality <= 1:
        p.error("--box-quality: 0 to 1")
    if options.pose_limit < 1:
        p.error("--pose-limit: 1 or more; a class that shall know how good poses are needs some")
    options.canvases = canvases(options.sizes)
    if options.bf16 is None:
        # emulated, a step takes forty times as long
        options.bf16 = options.device == "cuda" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
    if options.loaders is None:
        options.loaders = max(1, (os.cpu_count() or 1) - 2) if options.device == "cuda" else 1
    return options


def build(config, data, options):
    """A fresh model: pretrained backbone if the data folder has it, proposals from the people's boxes."""
    model = QueryPose(config)
    rng = np.random.default_rng(options.seed)
    pretrained = Path(options.data) / PRETRAINED.get(config.backbone["type"], "none")
    if pretrained.exists():
        model.backbone.bottom_up.load_pretrained(np.load(pretrained))
    if config.backbone["type"] == "resnet":
        standardise(model, data, rng, options.canvases[0])
    if hasattr(model.backbone, "fpn_lateral2"):
        even_pyramid(model, data, rng, options.canvases[0])
    boxes = cluster_boxes(sample_boxes(data, 2500, rng, options.canvases), config.num_proposals, rng)
    model.init_proposal_boxes.weight.data.copy_(torch.from_numpy(boxes))
    torch.nn.init.normal_(model.init_proposal_features.weight, std=1.0)
    for stage in model.head.pose_head_series:
        for coord, sigma in zip(stage.fc_coord, stage.fc_sigma):
            torch.nn.init.xavier_uniform_(coord.linear.weight)
            torch.nn.init.zeros_(coord.linear.bias)
            torch.nn.init.constant_(sigma.linear.bias, -2.0)  # sigma about 0.12 of the box
    return model


@torch.no_grad()
def standardise(model, data, rng, canvas):
    """Gives the frozen norms of a backbone that begins at random the statistics of 16 pictures, layer after layer."""
    def measure(norm, inputs):
        norm.running_mean.copy_(inputs[0].mean((0, 2, 3)))
        norm.running_var.copy_(inputs[0].var((0, 2, 3)))

    hooks = [m.register_forward_pre_hook(measure) for m in model.backbone.bottom_up.modules() if isinstance(m, FrozenBatchNorm)]
    pictures, _ = draw(data, 16, rng, canvas)
    model.backbone.bottom_up(normalise(pictures, model.config.image))
    for hook in hooks:
        hook.remove()


@torch.no_grad()
def even_pyramid(model, data, rng, canvas, gains=(0.4, 0.5, 0.7, 1.0)):
    """Scales the lateral convolutions by what the backbone really puts out.

    The pretrained MobileNetV2's res2 is four times as large as its res5; untouched, the fine levels would drown the
    meaning that comes down from the coarse ones, and the heads would learn nothing for thousands of pictures.
    """
    pictures, _ = draw(data, 8, rng, canvas)
    for i, (res, gain) in enumerate(zip(model.backbone.body(normalise(pictures, model.config.image)), gains), 2):
        lateral = getattr(model.backbone, f"fpn_lateral{i}")
        scale = gain / res.std()
        lateral.weight.mul_(scale)
        lateral.bias.copy_(-(lateral.weight[:, :, 0, 0] @ res.mean((0, 2, 3))))


def groups(model, criterion, options):
    """AdamW parameter groups: smaller steps for the pretrained backbone, no decay for it, for vectors and for embeddings."""
    sorted_out = {}
    for name, parameter in list(model.named_parameters()) + [("criterion." + n, p) for n, p in criterion.named_parameters()]:
        body = name.startswith("backbone.bottom_up")
        factor = options.backbone_lr if body else 1.0
        if name.startswith("init_proposal_boxes"):
            factor = 0.1
        if name.endswith(".overlap"):
            factor = 30.0  # of the size of logits, from nothing
        if not parameter.requires_grad:
            continue
        decay = options.weight_decay if parameter.dim() > 1 and not body and "init_" not in name and "query" not in name else 0.0
        sorted_out.setdefault((factor, decay, options.backbone_clip if body else 5.0), []).append(parameter)
    return [{"params": p, "factor": f, "weight_decay": d, "clip": c} for (f, d, c), p in sorted_out.items()]


class Unit:
    """Trains tensors as if each of their rows had a root mean square of one: w = size * v, and v is what the optimiser sees.

    A pretrained body whose norms are folded into its weights needs it: one tensor of MoveNet's has weights of 0.001 and a
    gradient of 27,000 (all others together have 200), another has weights of 1,000. Steps of one length for all of them ruin
    the first and leave the second as it is."""

    def __init__(self, parameters):
        self.parameters = parameters
        self.sizes = []
        with torch.no_grad():
            for p in parameters:
                rows = p if p.dim() > 1 else p[None]  # the biases of a layer have one size
                size = rows.square().mean(tuple(range(1, rows.dim())), keepdim=True).sqrt()
                whole = rows.square().mean().sqrt().item()
                self.sizes.append(size.clamp(min=1e-2 * whole if whole else 1.0).view(-1, *[1] * (p.dim() - 1)))

    @torch.no_grad()
    def scale_gradients(self):
        """Turns the gradients by w into gradients by v."""
        for p, size in zip(self.parameters, self.sizes):
            if p.grad is not None:
                p.grad.mul_(size)

    @torch.no_grad()
    def step(self, optimiser):
        """One step of the optimiser, in which these tensors' changes are changes of v."""
        before = [p.clone() for p in self.parameters]
        optimiser.step()
        for p, old, size in zip(self.parameters, before, self.sizes):
            p.copy_(old + (p - old) * size)


class Average:
    """Moving average of all weights and buffers; young averages forget faster."""

    def __init__(self, model, decay):
        self.decay, self.steps = decay, 0
        self.state = {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model):
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        state = model.state_dict()
        moving = [k for k, v in state.items() if v.is_floating_point()]
        torch._foreach_lerp_([self.state[k] for k in moving], [state[k] for k in moving], 1 - decay)
        for k in state.keys() - set(moving):
            self.state[k].copy_(state[k])


class Run:
    """State of one worker: model, optimiser, counters, and how they come from and go to the checkpoint."""

    def __init__(self, options, config, data):
        self.options, self.criterion = options, Criterion(config)
        self.path = Path(options.out) / "checkpoint.pt"
        saved = torch.load(self.path, map_location="cpu", weights_only=True) if self.path.exists() else None
        self.model = QueryPose(config) if saved else build(config, data, options)
        if not saved and options.start:
            path = Path(options.start) / "checkpoint.pt"
            if path.exists():
                weights = torch.load(path, map_location="cpu", weights_only=True)
                start = weights["ema"]
                self.criterion.load_state_dict(weights["criterion"])
            else:  # a model folder: what only training needs begins anew
                start = read_tensors(options.start)
            self.model.load_state_dict(grown(start, self.model), strict=False)
            fresh = not any("roi_position" in name for name in start)
        else:
            fresh = not saved
        if fresh and config.roi_position:
            seed_positions(self.model)
        if config.roi_position:
            guard_positions(self.model)
        if options.only:
            for name, parameter in self.model.named_parameters():
                parameter.requires_grad_(any(part in name for part in options.only))
        if saved:
            self.model.load_state_dict(saved["model"])
            self.criterion.load_state_dict(saved["criterion"])
        self.model.to(options.device, memory_format=torch.channels_last).train()
        self.criterion.to(options.device)
        self.optimiser = torch.optim.AdamW(groups(self.model, self.criterion, options), lr=options.lr, betas=(0.9, 0.98))
        self.average, self.steps, self.seen, self.spent = Average(self.model, options.ema), 0, 0, 0.0
        if saved:
            wished = [{k: g[k] for k in ("factor", "clip", "weight_decay")} for g in self.optimiser.param_groups]
            self.optimiser.load_state_dict(saved["optimiser"])
            for group, wish in zip(self.optimiser.param_groups, wished):  # what is asked for now, not when the run began
                group.update(wish)
            self.average.state = {k: v.to(self.average.state[k].device) for k, v in saved["ema"].items()}
            self.average.steps = saved["ema_steps"]
            self.steps, self.seen, self.spent = saved["steps"], saved["seen"], saved["minutes"]
        self.parameters = [p for g in self.optimiser.param_groups for p in g["params"]]
        self.unit = Unit([p for n, p in self.model.named_parameters() if n.startswith("backbone.bottom_up") and p.requires_grad])
        self.started = time.time()

    def minutes(self):
        """Minutes of training so far, over all calls."""
        return self.spent + (time.time() - self.started) / 60

    def clip(self):
        """Bounds the gradient's norm, of the backbone and of the rest for itself; returns the whole norm before that."""
        self.unit.scale_gradients()
        limits, norms = {}, []
        body = {p for n, p in self.model.named_parameters() if n.startswith("backbone.bottom_up")}
        for g in self.optimiser.param_groups:
            for p in g["params"]:  # both may have the same limit
                limits.setdefault((p in body, g["clip"]), []).append(p)
        for (_, limit), parameters in limits.items():
            norms.append(torch.nn.utils.clip_grad_norm_(parameters, limit))
        return torch.stack(norms).norm()

    def save(self):
        """Writes the checkpoint, the old one staying whole until the new one is."""
        state = {"model": self.model.state_dict(), "criterion": self.criterion.state_dict(), "optimiser": self.optimiser.state_dict(),
                 "ema": self.average.state, "ema_steps": self.average.steps, "steps": self.steps, "seen": self.seen, "minutes": self.minutes()}
        torch.save(state, self.path.with_suffix(".tmp"))
        self.path.with_suffix(".tmp").replace(self.path)

    def share(self, progress, stop):
        """Averages the workers' gradients; returns worker 0's progress and whether anybody wants to stop."""
        if not dist.is_initialized():
            return progress, stop
        flat = [p.grad.reshape(-1) if p.grad is not None else p.new_zeros(p.numel()) for p in self.parameters]
        flat = torch.cat(flat + [flat[0].new_tensor([progress if dist.get_rank() == 0 else 0.0, float(stop)])])
        dist.all_reduce(flat)
        at = 0
        for p in self.parameters:
            p.grad = (flat[at : at + p.numel()] / dist.get_world_size()).view_as(p)
            at += p.numel()
        return float(flat[-2]), bool(flat[-1] > 0)


def work(rank, options):
    """One worker; worker 0 also logs and saves."""
    if options.workers > 1:
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(options.port))
        dist.init_process_group("gloo", rank=rank, world_size=options.workers)
        torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    config = Config.load(Path(options.out) / "config.json")
    data = People(options.data, config, paste="paste" not in options.without, mosaic=options.mosaic, wide=options.wide)
    run = Run(options, config, data)
    copies = 0 if "copies" in options.without else options.copies
    batches = Batches(data, options.canvases, options.batch, copies, options.noise_limit, (options.seed, run.steps), rank)
    stop = []
    for number in (signal.SIGTERM, signal.SIGINT):  # finish the step, save, leave
        signal.signal(number, lambda *_: stop.append(True))
    feed = loader(batches, options.loaders, options.device)
    progress, done, first = run.spent / options.total_minutes, False, run.steps
    log = Log(options, config, run) if rank == 0 else None
    while progress < 1 and not done:
        rate = min(1.0, (run.steps + 1) / options.warmup_steps) * (0.5 + 0.5 * math.cos(math.pi * progress))
        for g in run.optimiser.param_groups:
            g["lr"] = options.lr * g["factor"] * rate
        pictures, targets = next(feed)
        pictures, targets = pictures.to(options.device, non_blocking=True), {k: v.to(options.device, non_blocking=True) for k, v in targets.items()}
        parts, meters = losses(run.model, run.criterion, pictures, targets, progress, options)
        run.optimiser.zero_grad(set_to_none=True)
        sum(parts.values()).backward()
        ended = bool(stop) or run.minutes() - run.spent >= options.minutes or run.steps + 1 - first >= options.steps
        progress, done = run.share(run.minutes() / options.total_minutes, ended)
        norm = run.clip()
        if torch.isfinite(norm):
            run.unit.step(run.optimiser)
        run.steps, run.seen = run.steps + 1, run.seen + len(pictures) * options.workers
        if rank == 0:
            if torch.isfinite(norm):
                run.average.update(run.model)
            log.add({**parts, "total": sum(parts.values()), "norm": norm.clamp(max=1e3)}, meters, rate)
    if rank == 0:
        log.bar.close()
        run.save()


class Log:
    """Progress bar, log.jsonl (means over 25 steps) and the regular checkpoint."""

    def __init__(self, options, config, run):
        self.options, self.run, self.last = options, run, config.num_stages - 1
        self.file = open(Path(options.out) / "log.jsonl", "a")
        self.bar = tqdm(total=round(options.total_minutes, 1), initial=round(run.spent, 1), unit="min", dynamic_ncols=True, mininterval=10)
        self.sums, self.counted, self.since, self.saved = {}, 0, time.time(), time.time()

    def add(self, parts, meters, rate):
        """One step's losses."""
        run, self.counted = self.run, self.counted + 1
        for name, value in {**{k: v.detach() for k, v in parts.items()}, **meters}.items():
            self.sums[name] = self.sums.get(name, 0.0) + float(value)
        if run.steps % 25 == 0:
            speed = self.counted * self.options.batch * self.options.workers / (time.time() - self.since)
            line = {"step": run.steps, "seen": run.seen, "minutes": round(run.minutes(), 2), "img_per_s": round(speed, 2),
                    "lr": rate * self.options.lr, **{k: round(v / self.counted, 4) for k, v in self.sums.items()}}
            self.file.write(json.dumps(line) + "\n")
            self.file.flush()
            names = [f"cls{self.last}", f"iou{self.last}", f"kl1{self.last}", f"rle{self.last}"]
            shown = " ".join(f"{k} {line.get(k, 0):.3f}" for k in names)
            self.bar.set_postfix_str(f"loss {line['total']:.2f} {shown} {speed:.1f} img/s step {run.steps}")
            self.bar.update(round(line["minutes"] - self.bar.n, 2))
            self.sums, self.counted, self.since = {}, 0, time.time()
        if time.time() - self.saved > 60 * self.options.save_minutes:
            run.save()
            self.saved = time.time()


def changed(text, fields):
    """The text of a config.json with FIELD=JSON put in."""
    if not fields:
        return text
    return json.dumps({**json.loads(text), **{name: json.loads(value) for name, value in (f.split("=", 1) for f in fields)}}, indent=2) + "\n"


def main():
    options = arguments()
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    if not (out / "config.json").exists():  # a run keeps the config that it began with
        (out / "config.json").write_text(changed(Path(options.config).read_text(), options.set))
    if options.workers > 1:
        mp.spawn(work, (options,), nprocs=options.workers)
    else:
        work(0, options)


if __name__ == "__main__":
    main()

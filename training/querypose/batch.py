"""Batches of training pictures, people padded to the same number per picture, made by processes of their own."""
import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info


def noise_boxes(boxes, rng, copies, limit):
    """Jittered copies of true boxes (G,4): (boxes (N,4), index of the person (N,)), N <= limit."""
    person = rng.permutation(np.repeat(np.arange(len(boxes)), copies))[:limit]
    picked = boxes[person]
    size = picked[:, 2:] - picked[:, :2]
    centre = (picked[:, :2] + picked[:, 2:]) / 2
    noise = rng.uniform(-1, 1, (len(person), 4)) * rng.uniform(0.1, 1.0, (len(person), 1))
    centre = centre + noise[:, :2] * 0.35 * size
    size = size * np.exp(noise[:, 2:] * 0.6)
    return np.concatenate([centre - size / 2, centre + size / 2], 1).astype(np.float32), person


def pad(rows, trailing):
    """Arrays (n,*trailing) of the same kind, zero-padded to one tensor (B,max n,*trailing); at least one row."""
    out = np.zeros((len(rows), max(1, *(len(r) for r in rows)), *trailing), np.float32)
    for b, r in enumerate(rows):
        out[b, : len(r)] = r
    return torch.from_numpy(out)


def collate(targets, rng, copies, limit):
    """The targets of several pictures (dicts as Augment makes them) as one dict of tensors.

    valid (B,G), boxes (B,G,4) xyxy, weight (B,G), joints (B,G,K,2), joint_weight (B,G,K), ignore (B,I,4),
    negative_weight (B,), and jittered copies of the people: noise (B,N,4), noise_of (B,N) their person, noise_valid (B,N).
    What is padding has weight 0.
    """
    joints = targets[0]["joint_weight"].shape[1]
    noise, people = zip(*(noise_boxes(t["boxes"], rng, copies, limit) for t in targets))
    column = lambda key, trailing: pad([t[key] for t in targets], trailing)
    return {
        "valid": pad([np.ones(len(t["boxes"])) for t in targets], ()) > 0, "boxes": column("boxes", (4,)), "weight": column("weight", ()),
        "joints": column("joints", (joints, 2)), "joint_weight": column("joint_weight", (joints,)), "ignore": column("ignore", (4,)),
        "negative_weight": torch.tensor([t["negative_weight"] for t in targets], dtype=torch.float32),
        "noise": pad(noise, (4,)), "noise_of": pad(people, ()).long(), "noise_valid": pad([np.ones(len(p)) for p in people], ()) > 0}


def draw(people, count, rng, canvas, copies=0, limit=0):
    """`count` augmented pictures of canvas (w,h): u8 (count,3,h,w) and their targets as `collate` gives them."""
    pictures, targets = zip(*(people.one(rng, canvas) for _ in range(count)))
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2), collate(targets, rng, copies, limit)


class Batches(IterableDataset):
    """Endless batches; every process that makes them draws from a stream of its own.

    Workers (`rank`) that share a seed get the same sequence of canvases, so that none waits for another's larger pictures.
    """

    def __init__(self, people, canvases, count, copies, limit, seed, rank):
        self.people, self.canvases, self.count, self.copies, self.limit = people, canvases, count, copies, limit
        self.seed, self.rank = seed, rank

    def __iter__(self):
        worker = get_worker_info()
        stream = (*self.seed, worker.id if worker else 0)
        shapes, rng = np.random.default_rng(stream), np.random.default_rng((*stream, self.rank, 1))
        while True:
            canvas = self.canvases[shapes.integers(len(self.canvases))]
            yield draw(self.people, self.count, rng, canvas, self.copies, self.limit)


def loader(batches, processes, device):
    """Iterator over batches that `processes` processes make ahead of their use."""
    return iter(DataLoader(batches, batch_size=None, num_workers=processes, prefetch_factor=3, pin_memory=device == "cuda"))

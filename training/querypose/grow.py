"""A larger network that begins as a smaller, trained one: more stages, more proposals, more inputs of the pyramid's outputs."""
import re

import torch

from .boxes import pairwise


def stages_of(state):
    """How many stages the tensors are for."""
    return 1 + max(int(found[1]) for name in state if (found := re.match(r"head\.head_series\.(\d+)\.", name)))


@torch.no_grad()
def grown(state, model):
    """The trained tensors `state`, brought to the shapes of `model`, whose answers at first are nearly the trained ones.

    A new stage is the last one again, its boxes staying where they are. A new proposal is one of the model's own that the
    trained ones cover least, with the query of the trained proposal nearest to it. New inputs count nothing at first.
    Raises ValueError where a tensor can't be brought there.
    """
    state, wanted, last = dict(state), model.state_dict(), stages_of(state) - 1
    for name in wanted:
        found = re.match(r"head\.(head_series|pose_head_series)\.(\d+)\.(.*)", name)
        copied = state.get(f"head.{found[1]}.{last}.{found[3]}") if found else None  # none of what the smaller one lacks
        if copied is not None and int(found[2]) > last:
            state[name] = torch.zeros_like(copied) if found[3].startswith("bboxes_delta") else copied.clone()
    boxes, queries = "init_proposal_boxes.weight", "init_proposal_features.weight"
    more = wanted[boxes].shape[0] - state[boxes].shape[0]
    if more > 0:
        old, new = (torch.cat([b[:, :2] - b[:, 2:] / 2, b[:, :2] + b[:, 2:] / 2], 1)[None].float() for b in (state[boxes], wanted[boxes]))
        inter, union = pairwise(new, old)
        cover, nearest = (inter / union.clamp(min=1e-9))[0].max(1)
        chosen = cover.argsort()[:more]
        jitter = 0.1 * torch.randn(more, state[queries].shape[1])
        state[boxes] = torch.cat([state[boxes].float(), wanted[boxes][chosen]])
        state[queries] = torch.cat([state[queries].float(), state[queries][nearest[chosen]].float() + jitter])
    for name in wanted:
        if re.fullmatch(r"backbone\.fpn_output\d\.weight", name) and name in state and state[name].shape != wanted[name].shape:
            wider = torch.zeros_like(wanted[name])
            wider[:, : state[name].shape[1]] = state[name]
            state[name] = wider
    for name, value in state.items():
        if name in wanted and value.shape != wanted[name].shape:
            raise ValueError(f"{name} is {tuple(value.shape)} in the weights to begin with and {tuple(wanted[name].shape)} in the new network")
    return state

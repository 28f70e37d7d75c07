"""One-to-one assignment of people to proposals (Hungarian), with the costs of Sparse R-CNN."""
import torch
from scipy.optimize import linear_sum_assignment

from .boxes import pairwise_giou


@torch.no_grad()
def match(logits, boxes, people, valid, extent):
    """logits (B,R), boxes (B,R,4); people xyxy (B,G,4), of which `valid` (B,G) are there and come first; extent (4,) = input (w,h,w,h).

    Returns each person's proposal (B,G) and each proposal's person (B,R), -1 for nobody.
    """
    p = logits.sigmoid()
    positive = 0.25 * (1 - p) ** 2 * -(p + 1e-8).log()
    negative = 0.75 * p**2 * -(1 - p + 1e-8).log()
    l1 = torch.cdist(boxes / extent, people / extent, p=1)
    cost = 2 * (positive - negative)[..., None] + 5 * l1 - 2 * pairwise_giou(boxes, people)
    costs, counts = torch.nan_to_num(cost, 1e4, 1e4, 1e4).cpu().numpy(), valid.sum(1).tolist()
    proposal, owner = torch.full(valid.shape, -1), torch.full(logits.shape, -1)
    for b, (one, count) in enumerate(zip(costs, counts)):
        rows, columns = linear_sum_assignment(one[:, :count])
        proposal[b, columns], owner[b, rows] = torch.from_numpy(rows), torch.from_numpy(columns)
    return proposal.to(boxes.device), owner.to(boxes.device)

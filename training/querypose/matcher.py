"""One-to-one assignment of people to proposals (Hungarian), with the costs of Sparse R-CNN."""
import torch
from scipy.optimize import linear_sum_assignment

from .boxes import pairwise_giou


@torch.no_grad()
def match(logits, boxes, targets, extent):
    """logits (B,R), boxes (B,R,4); targets: list of xyxy (G,4); extent (4,) = input (w,h,w,h).

    Returns per picture (proposal indices, person indices).
    """
    pairs = []
    for logit, box, people in zip(logits, boxes, targets):
        if len(people) == 0:
            pairs.append((torch.zeros(0, dtype=torch.long), torch.zeros(0, dtype=torch.long)))
            continue
        p = logit.sigmoid()
        positive = 0.25 * (1 - p) ** 2 * -(p + 1e-8).log()
        negative = 0.75 * p**2 * -(1 - p + 1e-8).log()
        l1 = torch.cdist(box / extent, people / extent, p=1)
        cost = 2 * (positive - negative)[:, None] + 5 * l1 - 2 * pairwise_giou(box, people)
        rows, columns = linear_sum_assignment(torch.nan_to_num(cost, 1e4, 1e4, 1e4).cpu())
        pairs.append((torch.from_numpy(rows), torch.from_numpy(columns)))
    return pairs

"""The whole network; parameter names are the official state-dict's."""
import torch
from torch import nn

from .backbones import Pyramid
from .box_stage import BoxStage
from .hrnet import HRPyramid
from .movenet import MoveNetPyramid
from .pose_stage import PoseStage
from .roi_align import Pooler

STRIDES = (4, 8, 16, 32)


class QueryPose(nn.Module):
    """Boxes, keypoints and scores of people from normalised, padded pictures."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        pyramids = {"hrnet": HRPyramid, "movenet": MoveNetPyramid}
        self.backbone = pyramids.get(config.backbone["type"], Pyramid)(config)
        self.init_proposal_features = nn.Embedding(config.num_proposals, config.hidden_dim)
        self.init_proposal_boxes = nn.Embedding(config.num_proposals, 4)
        self.part_query = nn.Embedding(len(config.parts), config.part_dim)
        self.head = nn.Module()
        self.head.head_series = nn.ModuleList(BoxStage(config) for _ in range(config.num_stages))
        self.head.pose_head_series = nn.ModuleList(PoseStage(config) for _ in range(config.num_stages))

    def first_boxes(self, sizes):
        """Learned boxes as xyxy pixels (B,R,4); sizes (B,2) = unpadded (w,h) of each picture."""
        centre, extent = self.init_proposal_boxes.weight.float().split(2, 1)
        unit = torch.cat([centre - 0.5 * extent, centre + 0.5 * extent], 1)
        return unit[None] * torch.cat([sizes, sizes], 1)[:, None].to(unit)

    def pooler(self, images, taps=None, **backbone_options):
        """Pyramid of normalised pictures (B,3,H,W), ready for RoI align."""
        return Pooler([f.float() for f in self.backbone(images, taps, **backbone_options)], STRIDES)

    def box_stage(self, i, pooler, queries, boxes, mask=None, taps=None):
        """Stage i for all R instances; see BoxStage."""
        b, r = boxes.shape[:2]
        index = torch.arange(b, device=boxes.device).repeat_interleave(r)
        roi = pooler(boxes.reshape(-1, 4), index, self.config.box_roi, self.config.sampling_ratio)
        return self.head.head_series[i](queries, boxes.detach(), roi, mask, taps)

    def pose_stage(self, i, pooler, boxes, index, query, part_query, taps=None):
        """Stage i for M chosen instances: boxes (M,4), their pictures (M,), queries (M,D); see PoseStage."""
        roi = pooler(boxes, index, self.config.pose_roi, self.config.sampling_ratio, finest=True)
        return self.head.pose_head_series[i](roi, query, part_query, taps)

    def first_part_query(self, count):
        """The learned part queries for `count` instances (count,P,E)."""
        return self.part_query.weight[None].expand(count, -1, -1)

    @torch.no_grad()
    def predict(self, images, sizes, threshold=0.0, max_people=None, taps=None):
        """images (B,3,H,W) normalised and padded, sizes (B,2) unpadded (w,h).

        Returns one dict per picture: class score (M,), score (M,), boxes (M,4) and keypoints (M,K,3) in input pixels,
        for instances whose last-stage class score reaches the threshold, best first. taps: list of a dict per stage.
        """
        config, stages = self.config, self.config.num_stages
        pooler = self.pooler(images, None if taps is None else taps[-1])
        boxes, queries = self.first_boxes(sizes), self.init_proposal_features.weight[None].expand(images.shape[0], -1, -1)
        feedback = not config.light and config.query_feedback
        b, r = boxes.shape[:2]
        index = torch.arange(b, device=boxes.device).repeat_interleave(r)
        part_query, history = self.first_part_query(b * r), []
        for i in range(stages):
            tap = None if taps is None else taps[i]
            logits, boxes, queries = self.box_stage(i, pooler, queries, boxes, taps=tap)
            history.append((boxes.reshape(b * r, 4), queries.reshape(b * r, -1)))
            if feedback:
                result = self.pose_stage(i, pooler, *self._rows(history[-1], index), part_query, tap)
                coords, sigma, part_query, query, _ = result
                queries = query.view(b, r, -1)
        score = logits.sigmoid()
        limit = score.topk(min(max_people or r, r), dim=1).values[:, -1:]
        keep = ((score >= threshold) & (score >= limit)).reshape(-1).nonzero()[:, 0]
        if feedback:
            coords, sigma = coords[keep], sigma[keep]
        else:
            part_query = self.first_part_query(len(keep))
            for i in range(stages):
                rows = self._rows((history[i][0][keep], history[i][1][keep]), index[keep])
                coords, sigma, part_query, _, _ = self.pose_stage(i, pooler, *rows, part_query, None if taps is None else taps[i])
        return [self._people(history[-1][0][keep], score.reshape(-1)[keep], coords, sigma, index[keep] == k) for k in range(b)]

    @staticmethod
    def _rows(boxes_queries, index):
        return boxes_queries[0], index, boxes_queries[1]

    def _people(self, boxes, cls, coords, sigma, mine):
        boxes, cls, coords = boxes[mine], cls[mine], coords[mine]
        joint_score = 1 - sigma[mine].mean(2, keepdim=True)
        xy = (coords + 0.5) * (boxes[:, None, 2:] - boxes[:, None, :2]) + boxes[:, None, :2]
        score = cls if self.config.pose_quality else cls * joint_score.mean((1, 2))
        order = score.argsort(descending=True)
        return {"cls": cls[order], "score": score[order], "boxes": boxes[order],
                "keypoints": torch.cat([xy, joint_score], 2)[order]}

"""The model folder's config.json, read and checked."""
import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Config:
    """Fields of config.json; sizes count channels, `image` holds the preprocessing."""

    backbone: dict
    fpn_channels: int
    num_proposals: int
    num_stages: int
    hidden_dim: int
    feedforward_dim: int
    num_heads: int
    dynamic_dim: int
    parts: list
    keypoints: list
    part_dim: int
    num_convs: int
    image: dict
    num_cls: int = 1
    num_reg: int = 3
    box_roi: int = 7
    pose_roi: int = 14
    sampling_ratio: int = 2
    light: bool = True
    query_feedback: bool = False
    roi_position: bool = False  # ours: a learned map of positions is added to the pose stage's RoI
    overlap_attention: bool = False  # ours: a box stage's attention also goes by how much the boxes overlap
    pose_quality: bool = False  # ours: the last stage's class learns how good the pose is, and is the person's score alone
    model_type: str = "querypose"
    extra: dict = field(default_factory=dict)

    @staticmethod
    def load(path):
        """Reads a config.json; raises ValueError with the path when a field is missing or odd."""
        raw = json.loads(Path(path).read_text())
        known = {k: v for k, v in raw.items() if k in Config.__dataclass_fields__ and k != "extra"}
        try:
            config = Config(**known, extra={k: v for k, v in raw.items() if k not in known})
        except TypeError as error:
            raise ValueError(f"{path}: {error}") from None
        if config.model_type != "querypose":
            raise ValueError(f"{path}: model_type is {config.model_type!r}, not 'querypose'")
        if config.fpn_channels != config.hidden_dim:
            raise ValueError(f"{path}: fpn_channels and hidden_dim must be equal (the RoI features meet the queries)")
        listed = [joint for part in config.parts for joint in part]
        if sorted(listed) != sorted(config.keypoints):
            raise ValueError(f"{path}: the parts must hold every keypoint exactly once")
        return config

    def joint_order(self):
        """Index list: the k-th keypoint is the joint_order()[k]-th number pair of the concatenated part heads."""
        listed = [joint for part in self.parts for joint in part]
        return [listed.index(joint) for joint in self.keypoints]

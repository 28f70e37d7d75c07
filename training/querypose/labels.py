"""How sure each label is."""
import numpy as np

# Keypoint name -> index; filled by data.read_group.
KEYPOINT_INDEX = {}


def joint_weights(annotation):
    """Loss weight (17,) of each joint: 0 where unknown, the teacher's confidence where it labelled."""
    visible = np.asarray(annotation["keypoints"], np.float32).reshape(-1, 3)[:, 2]
    weight = (visible > 0).astype(np.float32)
    if annotation.get("label_src") == "teacher" and "kpt_conf" in annotation:
        weight *= np.clip(np.asarray(annotation["kpt_conf"], np.float32) + 0.1, 0, 1)
        weight[visible == 1] *= 0.6
    for joint in annotation.get("unlabelled_joints", []):
        weight[KEYPOINT_INDEX.get(joint, joint) if isinstance(joint, str) else joint] = 0
    return weight

"""Four channels of the pose stages that carry the position in the box from RoI to the pooled part features.

The part attention learns where its joints are within a few thousand pictures, but pooling forgets the place. With the
slopes in channels of their own, the pooled feature contains the attention's centre of mass from the first step. The
layers are the official ones; this only chooses how they start and keeps the four channels to themselves: no gradient mixes them
with others. Weight decay makes them smaller for as long as is trained (in the shipped weights a 1 became 0.79), all four alike.
"""
import torch

COUNT, REACH = 4, 10.0


@torch.no_grad()
def seed_positions(model):
    """Sets the four channels up in every pose stage and takes them out of p2."""
    out = model.backbone.fpn_output2
    out.weight[:COUNT], out.bias[:COUNT] = 0.0, 0.0
    for stage in model.head.pose_head_series:
        size = stage.roi_position.shape[0]
        place = (torch.arange(size) + 0.5) / size * 2 - 1
        y, x = torch.meshgrid(place, place, indexing="ij")
        stage.roi_position.zero_()
        stage.roi_position[..., :COUNT] = REACH * torch.stack([1 + x, 1 - x, 1 + y, 1 - y], 2)
        for conv in (m for m in stage.inst_convs if hasattr(m, "weight")):
            conv.weight[:COUNT], conv.bias[:COUNT] = 0.0, 0.0
            conv.weight[COUNT:, :COUNT] = 0.0
            for k in range(COUNT):
                conv.weight[k, k, 1, 1] = 1.0
        upsample, norm, _ = stage.part_embed_generator.upsample
        ramp = torch.tensor([0.25, 0.75, 0.75, 0.25])
        upsample.weight[:, :COUNT], upsample.weight[:COUNT] = 0.0, 0.0
        for k in range(COUNT):
            upsample.weight[k, k] = ramp[:, None] * ramp[None]
        norm.weight[:COUNT], norm.bias[:COUNT] = 1.0, 2.0  # all of the slope passes the ReLU
        norm.running_mean[:COUNT], norm.running_var[:COUNT] = REACH, REACH**2 / 3
        stage.part_embed_generator.LSA_conv.weight[:, :COUNT] = 0.0
        fc = stage.part_embed_generator.fc
        torch.nn.init.normal_(fc.weight[:, :COUNT], std=0.4)
        fc.bias -= fc.weight[:, :COUNT].sum(1) * 2.0


def guard_positions(model):
    """Keeps gradients from the weights that carry the four channels."""
    def hold(parameter, dimension=0):
        mask = torch.ones_like(parameter)
        mask.narrow(dimension, 0, COUNT).zero_()
        parameter.register_hook(lambda g: g * mask.to(g.device))

    hold(model.backbone.fpn_output2.weight)
    hold(model.backbone.fpn_output2.bias)
    for stage in model.head.pose_head_series:
        for conv in (m for m in stage.inst_convs if hasattr(m, "weight")):
            hold(conv.weight)
            hold(conv.bias)
        hold(stage.part_embed_generator.upsample[0].weight, 1)

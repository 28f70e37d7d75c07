"""One pose stage: RoI convolutions, part embeddings (SPEGM), selective iteration (SIM), part attention, joint heads."""
import torch
import torch.nn.functional as F
from torch import nn

from .box_stage import DynamicConv


class PartEmbedding(nn.Module):
    """SPEGM: one attention map per part over the doubled RoI; the attended feature becomes the part's embedding."""

    def __init__(self, dim, part_dim, parts):
        super().__init__()
        self.upsample = nn.Sequential(nn.ConvTranspose2d(dim, dim, 4, 2, 1, bias=False), nn.BatchNorm2d(dim), nn.ReLU())
        self.LSA_conv = nn.Conv2d(dim, parts, 3, padding=1)
        self.fc = nn.Linear(dim, part_dim)
        nn.init.normal_(self.LSA_conv.weight, std=0.01)
        nn.init.zeros_(self.LSA_conv.bias)

    def forward(self, roi, taps=None):
        """roi (M,D,s,s) -> embeddings (M,P,E), attention logits (M,P,2s*2s)."""
        x = self.upsample(roi)
        logits = self.LSA_conv(x).flatten(2).float()
        attention = logits.softmax(2)
        with torch.autocast(x.device.type, enabled=False):  # joints' places are read off this sum
            pooled = torch.bmm(attention, x.permute(0, 2, 3, 1).flatten(1, 2).float())  # channels last, as x lies in memory
        out = self.fc(pooled)
        if taps is not None:
            taps.update({"pose.upsample": x, "pose.attn": attention, "pose.attn_pooled": pooled, "pose.part_embed_fc": out})
        return out, logits


class Updater(nn.Module):
    """SIM: two sigmoid gates choose what of the new embedding and of the old part query goes on."""

    def __init__(self, dim):
        super().__init__()
        self.fc1, self.norm_fc1 = nn.Linear(dim, dim // 4, bias=False), nn.LayerNorm(dim // 4)
        self.fc2 = nn.Linear(dim // 4, 2 * dim)

    def forward(self, embedding, query, taps=None):
        gates = torch.sigmoid(self.fc2(F.relu(self.norm_fc1(self.fc1(embedding + query)))))
        new, old = gates.chunk(2, dim=-1)
        if taps is not None:
            taps["pose.gates"] = gates
        return embedding * new + query * old


class NormedLinear(nn.Module):
    """Linear layer behind the official name `.linear`; `unit` divides the product by the input's length."""

    def __init__(self, cin, cout, unit):
        super().__init__()
        self.linear, self.unit = nn.Linear(cin, cout), unit
        nn.init.xavier_uniform_(self.linear.weight, gain=0.01)

    def forward(self, x):
        if not self.unit:
            return self.linear(x)
        return x @ self.linear.weight.t() / x.norm(dim=-1, keepdim=True) + self.linear.bias


class PoseStage(nn.Module):
    """RoI features of M instances -> joint coordinates in box units -0.5..0.5, sigma, part queries."""

    def __init__(self, config):
        super().__init__()
        dim, part_dim, parts = config.hidden_dim, config.part_dim, config.parts
        convs, cin = [], dim
        for i in range(config.num_convs):
            cout = dim if i == config.num_convs - 1 else 2 * dim
            convs += [nn.Conv2d(cin, cout, 3, padding=1), nn.ReLU()]
            nn.init.kaiming_normal_(convs[-2].weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(convs[-2].bias)
            cin = cout
        self.inst_convs = nn.Sequential(*convs)
        if config.roi_position:
            # With few convolutions a cell cannot tell where in the box it is; every channel starts as a slope.
            place = (torch.arange(config.pose_roi) + 0.5) / config.pose_roi * 2 - 1
            y, x = torch.meshgrid(place, place, indexing="ij")
            self.roi_position = nn.Parameter(torch.stack([x, y], 2) @ torch.randn(2, dim))
        self.light = config.light
        if not config.light:
            self.pose_decoder_inst_interact = DynamicConv(dim, config.dynamic_dim, config.pose_roi**2)
            self.inst_norm, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
            self.linear1, self.linear2 = nn.Linear(dim, config.feedforward_dim), nn.Linear(config.feedforward_dim, dim)
        self.part_embed_generator = PartEmbedding(dim, part_dim, len(parts))
        self.updater = Updater(part_dim)
        self.kps_self_attn = nn.MultiheadAttention(part_dim, config.num_heads, batch_first=True)
        self.self_attn_norm, self.norm2_l = nn.LayerNorm(part_dim), nn.LayerNorm(part_dim)
        self.linear1_l = nn.Linear(part_dim, config.feedforward_dim)
        self.linear2_l = nn.Linear(config.feedforward_dim, part_dim)
        self.residual_filter = nn.ModuleList(nn.Linear(dim, part_dim) for _ in parts)
        self.fc_coord = nn.ModuleList(NormedLinear(part_dim, 2 * len(p), True) for p in parts)
        self.fc_sigma = nn.ModuleList(NormedLinear(part_dim, 2 * len(p), False) for p in parts)
        self.order = config.joint_order()

    def update_query(self, query, convs, taps=None):
        """Full model: the instance query (M,D) after its dynamic convolution over the pose RoI."""
        interacted = self.pose_decoder_inst_interact(query, convs.permute(0, 2, 3, 1).flatten(1, 2))
        normed = self.inst_norm(query + interacted)
        out = self.norm2(normed + self.linear2(F.relu(self.linear1(normed))))
        if taps is not None:
            taps.update({"pose.dyn_out": interacted, "pose.inst_norm": normed, "pose.inst_query": out})
        return out

    def forward(self, roi, query, part_query, taps=None):
        """roi (M,D,s,s), query (M,D), part_query (M,P,E) -> coordinates (M,K,2), sigma (M,K,2), part_query (M,P,E),
        instance query (M,D), attention logits (M,P,2s*2s)."""
        m = roi.shape[0]
        if hasattr(self, "roi_position"):
            roi = roi + self.roi_position.permute(2, 0, 1)  # stored (s,s,D)
        convs = self.inst_convs(roi)
        if not self.light:
            query = self.update_query(query, convs, taps)
        embedded, attention = self.part_embed_generator(convs, taps)
        embedding = embedded.float() + torch.stack([f(query).float() for f in self.residual_filter], 1)
        updated = self.updater(embedding, part_query, taps)
        attended = self.self_attn_norm(updated + self.kps_self_attn(updated, updated, updated, need_weights=False)[0])
        out = self.norm2_l(attended + self.linear2_l(F.relu(self.linear1_l(attended))))
        with torch.autocast(out.device.type, enabled=False):
            q = out.float()
            # m may be 0
            pairs = lambda heads: torch.cat([f(q[:, p]) for p, f in enumerate(heads)], 1).view(m, len(self.order), 2)[:, self.order]
            coords, sigma = pairs(self.fc_coord), pairs(self.fc_sigma).sigmoid()
        if taps is not None:
            taps.update({"pose.roi": roi, "pose.convs": convs, "pose.part_embed": embedding, "pose.q_in": part_query,
                         "pose.sim": updated, "pose.q_attn": attended, "pose.q": out, "pose.sigma": sigma,
                         "pose.kps": torch.cat([coords, 1 - sigma.mean(2, keepdim=True)], 2)})
        return coords, sigma, out, query, attention

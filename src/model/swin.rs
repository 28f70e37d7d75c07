//! Swin transformer (Liu et al. 2021): attention inside windows that move by half a window in every second block,
//! patches merged between the stages. Official: `detectron2/modeling/backbone/swin.py`, without `ape`.

use super::loader::{Loader, over_four_channels};
use crate::activation::Activation::Gelu;
use crate::ops::{Conv, LayerNorm, Linear, PatchMerge, WindowAttention};
use crate::tape::Tape;
use crate::tensor::{ShapeError, TensorId};
use crate::weights::WeightsError;

/// Pixels along a side of a patch.
const PATCH: usize = 4;
/// Inner width of a block's MLP over its channels.
const MLP_RATIO: usize = 4;

/// Attention in windows and an MLP, each around a residual with the norm in front.
struct Block {
    norm1: LayerNorm,
    qkv: Linear,
    attention: WindowAttention,
    proj: Linear,
    norm2: LayerNorm,
    fc1: Linear,
    fc2: Linear,
}

impl Block {
    fn load(at: &Loader<'_>, c: usize, heads: usize, window: usize, shift: usize) -> Result<Self, WeightsError> {
        let attn = at.at("attn");
        let (mut qkv, entries) = (attn.at("qkv").linear(c, 3 * c)?, (2 * window - 1) * (2 * window - 1));
        let missing = || unreachable!("`linear` always has a bias");
        let table = attn.tensor("relative_position_bias_table", &[entries, heads])?;
        let bias = qkv.bias.get_or_insert_with(missing).clone();
        let mlp = at.at("mlp");
        Ok(Block {
            norm1: at.at("norm1").layer_norm(c)?,
            qkv,
            attention: WindowAttention { table, bias, heads, window, shift },
            proj: attn.at("proj").linear(c, c)?.plus_residual(),
            norm2: at.at("norm2").layer_norm(c)?,
            fc1: mlp.at("fc1").linear(c, MLP_RATIO * c)?.then(Gelu),
            fc2: mlp.at("fc2").linear(MLP_RATIO * c, c)?.plus_residual(),
        })
    }

    /// x `[1,H,W,C]` → `[1,H,W,C]`.
    fn record(&self, tape: &mut Tape, x: TensorId) -> Result<TensorId, ShapeError> {
        let y = tape.step(&self.norm1, &[x])?;
        let y = tape.step(&self.qkv, &[y])?;
        let y = tape.step(&self.attention, &[y])?;
        let x = tape.step(&self.proj, &[y, x])?;
        let y = tape.step(&self.norm2, &[x])?;
        let y = tape.step(&self.fc1, &[y])?;
        tape.step(&self.fc2, &[y, x])
    }
}

/// Each 2×2 neighbours to one patch of twice the channels.
struct Merging {
    norm: LayerNorm,
    reduction: Linear,
}

struct Stage {
    blocks: Vec<Block>,
    /// Of what the pyramid gets; the next stage reads what came before it.
    norm: LayerNorm,
    merging: Option<Merging>,
}

/// The network up to its last stage.
pub struct Swin {
    patches: Conv,
    patch_norm: LayerNorm,
    stages: Vec<Stage>,
}

impl Swin {
    /// Reads `patch_embed`, `layers.{i}` and `norm{i}` below `at`.
    pub fn load(
        at: &Loader<'_>,
        embed_dim: usize,
        depths: &[usize],
        heads: &[usize],
        window: usize,
    ) -> Result<(Self, [usize; 4]), WeightsError> {
        let channels = [0, 1, 2, 3].map(|i| embed_dim << i);
        let embed = at.at("patch_embed");
        let mut patches = over_four_channels(embed.at("proj").conv(3, embed_dim, PATCH, PATCH)?);
        patches.pad = [0; 4];
        let mut stages = Vec::new();
        for (i, &c) in channels.iter().enumerate() {
            let layer = at.at("layers").at(i);
            let block = |j: usize| {
                let shift = if j.is_multiple_of(2) { 0 } else { window / 2 };
                Block::load(&layer.at("blocks").at(j), c, heads[i], window, shift)
            };
            let merging = layer.at("downsample");
            stages.push(Stage {
                blocks: (0..depths[i]).map(block).collect::<Result<_, _>>()?,
                norm: at.at(format!("norm{i}")).layer_norm(c)?,
                merging: if i + 1 == channels.len() {
                    None
                } else {
                    Some(Merging {
                        norm: merging.at("norm").layer_norm(4 * c)?,
                        reduction: merging.at("reduction").linear_no_bias(4 * c, 2 * c)?,
                    })
                },
            });
        }
        Ok((Swin { patches, patch_norm: embed.at("norm").layer_norm(embed_dim)?, stages }, channels))
    }

    /// x `[1,H,W,4]` → maps of stride 4, 8, 16, 32.
    pub fn record(&self, tape: &mut Tape, x: TensorId) -> Result<Vec<TensorId>, ShapeError> {
        let x = tape.step(&self.patches, &[x])?;
        let mut x = tape.step(&self.patch_norm, &[x])?;
        tape.tap("bb.patch_embed", x);
        let mut maps = Vec::new();
        for (i, stage) in self.stages.iter().enumerate() {
            for (j, block) in stage.blocks.iter().enumerate() {
                x = block.record(tape, x)?;
                tap_tokens(tape, &format!("bb.layers.{i}.blocks.{j}"), x)?;
            }
            let map = tape.step(&stage.norm, &[x])?;
            tape.tap(format!("bb.res{}", i + 2), map);
            maps.push(map);
            if let Some(merging) = &stage.merging {
                x = tape.step(&PatchMerge, &[x])?;
                x = tape.step(&merging.norm, &[x])?;
                x = tape.step(&merging.reduction, &[x])?;
                tap_tokens(tape, &format!("bb.layers.{i}.downsample"), x)?;
            }
        }
        Ok(maps)
    }
}

/// A map `[1,H,W,C]` tapped as the paper's tokens `[1,H·W,C]`.
fn tap_tokens(tape: &mut Tape, name: &str, x: TensorId) -> Result<(), ShapeError> {
    if tape.wants(name) {
        let [b, h, w, c] = tape.shape(x)[..] else { return Err(ShapeError("a map is [1, H, W, C]".into())) };
        let tokens = tape.reshape(x, &[b, h * w, c])?;
        tape.tap(name, tokens);
    }
    Ok(())
}

//! SPEGM, the spatial part embedding generation module (paper, section 3.2): each part looks at its own place.
//! Official: `Spatial_Part_Embedding_Generation` and `residual_filter` in `head.py`.

use super::intervention::PartAttention;
use super::loader::Loader;
use crate::activation::Activation::Relu;
use crate::config::Config;
use crate::ops::{AttentionPool, Conv, ConvTranspose, Linear};
use crate::tape::Tape;
use crate::tensor::{ShapeError, TensorId};
use crate::weights::WeightsError;

/// Upsampling, local spatial attention per part, and the part's own view of the instance query.
pub struct Spegm {
    upsample: ConvTranspose,
    attention: Conv,
    fc: Linear,
    residual_filter: Linear,
    parts: usize,
}

impl Spegm {
    /// Reads `part_embed_generator` and `residual_filter` below a pose stage.
    pub fn load(at: &Loader<'_>, config: &Config) -> Result<Self, WeightsError> {
        let (d, e, parts) = (config.hidden_dim, config.part_dim, config.parts.len());
        let generator = at.at("part_embed_generator");
        let filters: Vec<(String, usize)> = (0..parts).map(|p| (p.to_string(), e)).collect();
        Ok(Spegm {
            upsample: generator.at("upsample").conv_transpose_norm(d, d)?.then(Relu),
            attention: generator.at("LSA_conv").conv(d, parts, 3, 1)?,
            fc: generator.at("fc").linear(d, e)?,
            residual_filter: at.at("residual_filter").linears(&filters, d)?,
            parts,
        })
    }

    /// features `[N,S,S,D]`, instance query `[N,D]`, ids `[N]` → part embeddings `[N,P,E]`.
    pub fn record(
        &self,
        tape: &mut Tape,
        features: TensorId,
        query: TensorId,
        ids: TensorId,
        attention: PartAttention,
    ) -> Result<TensorId, ShapeError> {
        let up = tape.step(&self.upsample, &[features])?;
        tape.tap("upsample", up);
        let [n, h, w, d] = tape.dims(up)?;
        let logits = match attention.instead(tape, [h * w, self.parts], ids)? {
            Some(logits) => logits,
            None => {
                let logits = tape.step(&self.attention, &[up])?;
                tape.reshape(logits, &[n, h * w, self.parts])?
            }
        };
        let up = tape.reshape(up, &[n, h * w, d])?;
        let pooled = tape.steps(&AttentionPool, &[logits, up])?;
        tape.tap("attn_pooled", pooled[0]);
        tape.tap("attn", pooled[1]);

        if tape.wants("part_embed_fc") {
            let alone = tape.step(&self.fc, &[pooled[0]])?;
            tape.tap("part_embed_fc", alone);
        }
        let own = tape.step(&self.residual_filter, &[query])?;
        let e = self.fc.weight.shape[1];
        let own = tape.reshape(own, &[n, self.parts, e])?;
        let embedding = tape.step(&self.fc.clone().plus_residual(), &[pooled[0], own])?;
        tape.tap("part_embed", embedding);
        Ok(embedding)
    }
}

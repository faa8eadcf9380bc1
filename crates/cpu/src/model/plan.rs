//! A model as data: what each layer does, computed from a file's metadata by its family
//! ([`super::families`]). The forward pass reads plans only and knows no family.

use hearth_chat::Error;

use super::{
    reader::Reader,
    rope::{Pairs, Rope, Scaling},
};
use crate::{
    kernels::{LANES, attention::Heads},
    kv,
};

/// Limits that no model of these families comes near; they keep a hostile file's products small.
const MAX_LAYERS: usize = 1024;
const MAX_WIDTH: usize = 1 << 20;

/// A decoder.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Width of the residual stream.
    pub width: usize,
    pub vocabulary: usize,
    /// Tokens that the model was trained to look back on.
    pub context_length: usize,
    /// Added under the square root of every RMS norm.
    pub epsilon: f32,
    /// What embeddings are multiplied by.
    pub embedding_scale: f32,
    /// What logits are multiplied by.
    pub logit_scale: f32,
    /// Logits are squeezed between minus and plus this: `cap * tanh(logit / cap)`.
    pub logit_cap: Option<f32>,
    /// The rotary embeddings that layers choose from.
    pub ropes: Vec<Rope>,
    pub layers: Vec<Layer>,
}

/// `hidden += residual_scale * attention(hidden)`, then the same with the feed-forward network.
#[derive(Clone, Debug)]
pub struct Layer {
    pub attention: Attention,
    pub feed_forward: FeedForward,
    pub residual_scale: f32,
}

/// Grouped-query attention.
#[derive(Clone, Debug)]
pub struct Attention {
    pub heads: Heads,
    /// Which of [`Plan::ropes`] turns queries and keys; `None` leaves them as they are.
    pub rope: Option<usize>,
    /// Tokens that a token sees, itself included; `None` for all.
    pub window: Option<usize>,
    /// What the products of queries and keys are multiplied by.
    pub scale: f32,
    /// Scores are squeezed like logits.
    pub score_cap: Option<f32>,
    pub head_norm: HeadNorm,
    pub temperature: Option<Temperature>,
    pub norms: Norms,
}

/// How queries and keys are normed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadNorm {
    None,
    /// Each head by itself, before it is turned.
    BeforeRope,
    /// Each head by itself, once it is turned.
    AfterRope,
    /// All heads of a token together, before they are turned.
    Together,
}

/// Queries grow with their position, `1 + growth * ln(1 + floor(position / step))`: what Llama 4
/// and Ministral 3 do so that long contexts stay sharp.
#[derive(Clone, Copy, Debug)]
pub struct Temperature {
    pub growth: f32,
    /// In tokens.
    pub step: usize,
}

impl Temperature {
    pub fn at(self, position: usize) -> f32 {
        1.0 + self.growth * (1.0 + (position / self.step) as f32).ln()
    }
}

/// `down(activation(gate) * up)`.
#[derive(Clone, Debug)]
pub struct FeedForward {
    pub width: usize,
    pub activation: Activation,
    pub norms: Norms,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    Silu,
    /// By the hyperbolic tangent.
    Gelu,
}

/// The tensors that norm what goes into a part of a layer, and what comes out of it.
#[derive(Clone, Copy, Debug)]
pub struct Norms {
    pub before: Option<&'static str>,
    pub after: Option<&'static str>,
}

impl Norms {
    pub const fn before(name: &'static str) -> Self {
        Self { before: Some(name), after: None }
    }

    pub const fn after(name: &'static str) -> Self {
        Self { before: None, after: Some(name) }
    }
}

impl Plan {
    /// What the file's architecture says it is; what is missing, impossible or not known here is
    /// named in the error.
    pub fn read(reader: &Reader<'_>) -> Result<Self, Error> {
        let plan = super::families::of(reader)?(reader)?;
        reader.all_keys_are_read()?;
        Ok(plan)
    }

    /// The plan of a Llama (Touvron et al. 2023), from which most families differ in a few places.
    pub fn of_llama(reader: &Reader<'_>, pairs: Pairs) -> Result<Self, Error> {
        let width = reader.needed("embedding_length")?;
        let context_length = reader.size("context_length").unwrap_or(2048).max(1);
        // Layers that guess further tokens come last, and are not computed here.
        let guessing = reader.size("nextn_predict_layers").unwrap_or(0);
        let count = reader.needed("block_count")?;
        if count > MAX_LAYERS || width > MAX_WIDTH || width == 0 || guessing >= count.max(1) {
            return Err(reader.broken("its sizes are beyond those of any model"));
        }
        let count = count - guessing;
        let heads = reader.each("attention.head_count", count)?;
        let heads = heads.ok_or_else(|| reader.lacks("attention.head_count"))?;
        let kv_heads = reader.each("attention.head_count_kv", count)?.unwrap_or(heads.clone());
        let inner = reader.each("feed_forward_length", count)?;
        let inner = inner.ok_or_else(|| reader.lacks("feed_forward_length"))?;
        let dim = reader.size("attention.key_length");
        let dim = dim.unwrap_or(width / heads.first().copied().unwrap_or(1).max(1));
        if reader.size("attention.value_length").is_some_and(|n| n != dim) {
            return Err(reader.unsupported("its keys and values differ in width"));
        }
        let layer = |i: usize| -> Result<Layer, Error> {
            let heads = Heads { query: heads[i], kv: kv_heads[i], dim };
            check(reader, heads, inner[i])?;
            Ok(Layer {
                attention: Attention {
                    heads,
                    rope: Some(0),
                    window: None,
                    scale: 1.0 / (dim as f32).sqrt(),
                    score_cap: None,
                    head_norm: HeadNorm::None,
                    temperature: None,
                    norms: Norms::before("attn_norm"),
                },
                feed_forward: FeedForward {
                    width: inner[i],
                    activation: Activation::Silu,
                    norms: Norms::before("ffn_norm"),
                },
                residual_scale: 1.0,
            })
        };
        let layers = (0..count).map(layer).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            width,
            vocabulary: reader.vocabulary()?,
            context_length,
            epsilon: reader.number("attention.layer_norm_rms_epsilon").unwrap_or(1e-5),
            embedding_scale: 1.0,
            logit_scale: 1.0,
            logit_cap: None,
            ropes: vec![Rope::read(reader, pairs, dim, Scaling::OfFile)?],
            layers,
        })
    }

    /// What KV caches of the model look like.
    pub fn kv_shape(&self) -> kv::Shape {
        let layer = |layer: &Layer| kv::Layer {
            heads: layer.attention.heads,
            window: layer.attention.window,
        };
        kv::Shape::new(self.layers.iter().map(layer))
    }

    /// Numbers in a row of cosines and sines of all ropes.
    pub fn cos_sin_len(&self) -> usize {
        self.ropes.iter().map(Rope::row_len).sum()
    }

    /// Where a rope's part of such a row begins.
    pub fn cos_sin_start(&self, rope: usize) -> usize {
        self.ropes[..rope].iter().map(Rope::row_len).sum()
    }

    /// Gives all layers the file's window, where it is shorter than the context.
    pub fn set_window_of_all(&mut self, reader: &Reader<'_>) {
        let window = reader.size("attention.sliding_window").filter(|n| *n > 0);
        if let Some(window) = window.filter(|n| *n < self.context_length) {
            let all = vec![true; self.layers.len()];
            self.set_window(window, &all);
        }
    }

    /// Gives the layers that are windowed a window of so many tokens.
    pub fn set_window(&mut self, window: usize, is_windowed: &[bool]) {
        for (layer, is_windowed) in self.layers.iter_mut().zip(is_windowed) {
            layer.attention.window = is_windowed.then_some(window);
        }
    }

    /// Gives the layers with a window a rope of their own, which is not stretched.
    pub fn set_rope_of_windowed(
        &mut self,
        reader: &Reader<'_>,
        pairs: Pairs,
        base: f32,
    ) -> Result<(), Error> {
        let dim = self.layers.first().map_or(0, |layer| layer.attention.heads.dim);
        let rope = Some(self.ropes.len());
        self.ropes.push(Rope::read(reader, pairs, dim, Scaling::None { base })?);
        for layer in self.layers.iter_mut().filter(|layer| layer.attention.window.is_some()) {
            layer.attention.rope = rope;
        }
        Ok(())
    }
}

fn check(reader: &Reader<'_>, heads: Heads, inner: usize) -> Result<(), Error> {
    let Heads { query, kv, dim } = heads;
    if query == 0 || kv == 0 || !query.is_multiple_of(kv) || query > MAX_WIDTH {
        return Err(reader.broken(&format!("{query} query heads cannot share {kv} KV heads")));
    }
    if dim == 0 || !dim.is_multiple_of(LANES) || dim > MAX_WIDTH / query {
        let what = format!("its heads are {dim} wide, not a multiple of 16");
        return Err(reader.unsupported(&what));
    }
    if inner == 0 || inner > MAX_WIDTH {
        return Err(reader.broken("its sizes are beyond those of any model"));
    }
    Ok(())
}

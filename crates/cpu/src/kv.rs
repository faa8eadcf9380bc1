//! The keys and values of the tokens that a sequence has computed.

use std::sync::Arc;

use half::f16;

use crate::{
    kernels::{LANES, attention::Heads},
    pool::Disjoint,
};

/// Positions of one block. Attention computes each block's part on its own.
pub const BLOCK: usize = hearth_gguf::KV_BLOCK;

/// Tokens that layers with a window keep beyond it.
const SLACK: usize = hearth_gguf::KV_SLACK;

/// What a layer's keys and values look like.
#[derive(Clone, Copy, Debug)]
pub struct Layer {
    pub heads: Heads,
    /// Tokens that a token sees, itself included; `None` for all.
    pub window: Option<usize>,
}

impl Layer {
    /// Bytes that the keys, or the values, of one head take in a block.
    fn half_bytes(self) -> usize {
        self.heads.dim * BLOCK * 2
    }

    fn bytes(self) -> usize {
        self.heads.kv * 2 * self.half_bytes()
    }
}

/// What a KV cache is a cache of.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Each layer, and where it lies in its part of a block.
    layers: Arc<[(Layer, usize)]>,
    /// Bytes of a block of the layers that see everything.
    full: usize,
    /// Bytes of a block of the layers that have a window.
    windowed: usize,
    /// The widest window.
    window: usize,
}

impl Shape {
    pub fn new(layers: impl IntoIterator<Item = Layer>) -> Self {
        let (mut full, mut windowed, mut window) = (0, 0, 0);
        let place = |layer: Layer| {
            let used = if layer.window.is_some() { &mut windowed } else { &mut full };
            window = window.max(layer.window.unwrap_or(0));
            let start = *used;
            *used += layer.bytes();
            (layer, start)
        };
        let layers = layers.into_iter().map(place).collect();
        Self { layers, full, windowed, window }
    }

    /// Bytes of one block of positions, over all layers.
    pub fn block_bytes(&self) -> usize {
        self.full + self.windowed
    }

    /// Bytes that `tokens` take.
    pub fn bytes(&self, tokens: usize) -> usize {
        let blocks = tokens.div_ceil(BLOCK);
        blocks * self.full + (blocks - self.first_kept(tokens)) * self.windowed
    }

    /// The first block that layers with a window keep, when there are `tokens`.
    fn first_kept(&self, tokens: usize) -> usize {
        match self.windowed {
            0 => 0,
            _ => tokens.saturating_sub(self.window.saturating_add(SLACK)) / BLOCK,
        }
    }
}

/// A KV cache in half precision that grows by blocks and never moves. Layers with a window forget
/// what is far behind it.
///
/// In a block, layer by layer and head by head: the keys in tiles of 16 positions
/// (`[dim][16]`), then the values in tiles of 16 dimensions (`[BLOCK][16]`).
pub struct Kv {
    shape: Shape,
    blocks: Vec<Block>,
    len: usize,
    /// Blocks at the beginning that the layers with a window have forgotten.
    forgotten: usize,
}

/// One block of the layers that see everything, and of those with a window.
#[derive(Clone)]
struct Block {
    full: Vec<u8>,
    windowed: Vec<u8>,
}

impl Kv {
    pub fn new(shape: Shape) -> Self {
        Self { shape, blocks: Vec::new(), len: 0, forgotten: 0 }
    }

    /// Tokens whose keys and values are there.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn bytes(&self) -> usize {
        self.blocks.iter().map(|block| block.full.len() + block.windowed.len()).sum()
    }

    /// How many of the first `len` tokens can be gone back to: all of them, or none where a window
    /// would look at what is forgotten.
    pub fn reaches(&self, len: usize) -> usize {
        let len = len.min(self.len);
        let seen = (len + 1).saturating_sub(self.shape.window) / BLOCK;
        if self.forgotten == 0 || seen >= self.forgotten { len } else { 0 }
    }

    /// Forgets the tokens from `len` on: what was speculated wrongly, or differs in a new prompt.
    /// Returns how many are left, which [`Kv::reaches`] tells.
    pub fn truncate(&mut self, len: usize) -> usize {
        self.len = self.reaches(len);
        self.blocks.truncate(self.len.div_ceil(BLOCK));
        self.forgotten = self.forgotten.min(self.blocks.len());
        self.len
    }

    /// A copy of the first `len` tokens' keys and values, or of none ([`Kv::reaches`]).
    pub fn beginning(&self, len: usize) -> Self {
        let len = self.reaches(len);
        let blocks = self.blocks[..len.div_ceil(BLOCK)].to_vec();
        let forgotten = self.forgotten.min(blocks.len());
        Self { shape: self.shape.clone(), blocks, len, forgotten }
    }

    /// Makes room for `tokens` more and counts them in; their keys and values follow layer by layer.
    pub(crate) fn extend(&mut self, tokens: usize) {
        let kept = self.shape.first_kept(self.len);
        for block in &mut self.blocks[self.forgotten..kept.max(self.forgotten)] {
            block.windowed = Vec::new();
        }
        self.forgotten = kept.max(self.forgotten);
        self.len += tokens;
        let Shape { full, windowed, .. } = self.shape;
        let block = || Block { full: vec![0; full], windowed: vec![0; windowed] };
        self.blocks.resize_with(self.len.div_ceil(BLOCK), block);
    }

    /// The keys and the values of one block.
    pub(crate) fn block(&self, layer: usize, head: usize, block: usize) -> (&[u8], &[u8]) {
        let (shape, start) = self.shape.layers[layer];
        let bytes = 2 * shape.half_bytes();
        let start = start + head * bytes;
        let block = &self.blocks[block];
        let part = if shape.window.is_some() { &block.windowed } else { &block.full };
        part[start..start + bytes].split_at(shape.half_bytes())
    }

    /// A way to write the keys and values of one layer from several threads, head by head.
    pub(crate) fn writer(&mut self, layer: usize) -> Writer<'_> {
        let (shape, start) = self.shape.layers[layer];
        let range = start..start + shape.bytes();
        let blocks = self.blocks[self.forgotten..].iter_mut().map(|block| {
            let part = match shape.window {
                Some(_) => &mut block.windowed,
                None => &mut block.full,
            };
            Disjoint::new(&mut part[range.clone()])
        });
        let blocks = blocks.collect();
        Writer { dim: shape.heads.dim, first: self.forgotten, blocks }
    }
}

/// Writes keys and values of one layer.
pub(crate) struct Writer<'a> {
    dim: usize,
    /// Which block the first one is.
    first: usize,
    blocks: Vec<Disjoint<'a, u8>>,
}

impl Writer<'_> {
    /// Writes one head's key and value at a position, rounded to half precision.
    ///
    /// # Safety
    /// No other thread writes this head.
    pub unsafe fn write(&self, head: usize, position: usize, key: &[f32], value: &[f32]) {
        let half_len = self.dim * BLOCK * 2;
        let at = head * 2 * half_len;
        let block = &self.blocks[position / BLOCK - self.first];
        // SAFETY: heads do not overlap, and the caller owns this one.
        let both = unsafe { block.slice(at..at + 2 * half_len) };
        let (keys, values) = both.split_at_mut(half_len);
        let position = position % BLOCK;
        let put = |to: &mut [u8], index: usize, number: f32| {
            to[2 * index..2 * index + 2].copy_from_slice(&f16::from_f32(number).to_le_bytes());
        };
        let (tile, lane) = (position / LANES, position % LANES);
        for (i, number) in key.iter().enumerate() {
            put(keys, (tile * self.dim + i) * LANES + lane, *number);
        }
        for (i, number) in value.iter().enumerate() {
            put(values, (i / LANES * BLOCK + position) * LANES + i % LANES, *number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADS: Heads = Heads { query: 1, kv: 1, dim: 16 };
    const FULL: Layer = Layer { heads: HEADS, window: None };
    const WINDOWED: Layer = Layer { heads: HEADS, window: Some(200) };

    fn grown(shape: Shape, tokens: usize) -> Kv {
        let mut kv = Kv::new(shape);
        (0..tokens).for_each(|_| kv.extend(1));
        kv
    }

    #[test]
    fn a_window_keeps_what_it_sees_and_what_an_answer_may_take_back() {
        let shape = Shape::new([FULL, WINDOWED, WINDOWED]);
        let kv = grown(shape.clone(), 10_000);
        let blocks = 10_000usize.div_ceil(BLOCK);
        let kept = blocks - (10_000 - 200 - SLACK - 1) / BLOCK;
        assert_eq!(kv.bytes(), (blocks + 2 * kept) * FULL.bytes());
        assert!(shape.bytes(10_000) >= kv.bytes(), "what is foreseen is enough");
        assert!(shape.bytes(10_000) < 10_000 * shape.block_bytes() / BLOCK / 2);
    }

    #[test]
    fn a_window_says_where_it_cannot_go_back_to() {
        let mut kv = grown(Shape::new([FULL, WINDOWED]), 10_000);
        assert_eq!(kv.reaches(9_900), 9_900);
        assert_eq!(kv.reaches(10_000 - SLACK), 10_000 - SLACK);
        assert_eq!(kv.reaches(5_000), 0, "its window is forgotten");
        assert_eq!(kv.beginning(5_000).len(), 0);
        assert_eq!(kv.truncate(9_000), 9_000);
        assert_eq!(kv.truncate(100), 0);
        kv.extend(50);
        assert_eq!(kv.len(), 50);
        kv.block(1, 0, 0);
    }

    #[test]
    fn without_a_window_every_beginning_can_be_gone_back_to() {
        let mut kv = grown(Shape::new([FULL, FULL]), 5_000);
        assert_eq!(kv.reaches(17), 17);
        assert_eq!(kv.truncate(1_000), 1_000);
        assert_eq!(kv.bytes(), 1_000usize.div_ceil(BLOCK) * 2 * FULL.bytes());
    }
}

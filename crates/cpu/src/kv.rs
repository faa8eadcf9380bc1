//! The keys and values of the tokens that a sequence has computed.

use std::ops::Range;

use half::f16;

use crate::{
    kernels::{LANES, attention::Heads},
    pool::Disjoint,
};

/// Positions of one block. Attention computes each block's part on its own.
pub const BLOCK: usize = 128;

/// What a KV cache is a cache of.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub layers: usize,
    pub heads: Heads,
}

impl Shape {
    /// Halves that the keys, or the values, of one head and layer take in a block.
    fn head_halves(self) -> usize {
        self.heads.dim * BLOCK
    }

    /// Bytes of one block of positions, over all layers.
    pub fn block_bytes(self) -> usize {
        self.layers * self.heads.kv * 2 * self.head_halves() * 2
    }

    /// Bytes that `tokens` take.
    pub fn bytes(self, tokens: usize) -> usize {
        tokens.div_ceil(BLOCK) * self.block_bytes()
    }
}

/// A KV cache in half precision that grows by blocks and never moves.
///
/// In a block, layer by layer and head by head: the keys in tiles of 16 positions
/// (`[dim][16]`), then the values in tiles of 16 dimensions (`[BLOCK][16]`).
pub struct Kv {
    shape: Shape,
    blocks: Vec<Vec<u8>>,
    len: usize,
}

impl Kv {
    pub fn new(shape: Shape) -> Self {
        Self { shape, blocks: Vec::new(), len: 0 }
    }

    /// Tokens whose keys and values are there.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn bytes(&self) -> usize {
        self.blocks.len() * self.shape.block_bytes()
    }

    /// Forgets the tokens from `len` on: what was speculated wrongly, or differs in a new prompt.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        self.blocks.truncate(self.len.div_ceil(BLOCK));
    }

    /// A copy of the first `len` tokens' keys and values.
    pub fn beginning(&self, len: usize) -> Self {
        let len = self.len.min(len);
        let blocks = self.blocks[..len.div_ceil(BLOCK)].to_vec();
        Self { shape: self.shape, blocks, len }
    }

    /// Makes room for `tokens` more and counts them in; their keys and values follow layer by layer.
    pub(crate) fn extend(&mut self, tokens: usize) {
        self.len += tokens;
        let block_bytes = self.shape.block_bytes();
        self.blocks.resize_with(self.len.div_ceil(BLOCK), || vec![0; block_bytes]);
    }

    /// The keys and the values of one block.
    pub(crate) fn block(&self, layer: usize, head: usize, block: usize) -> (&[u8], &[u8]) {
        let range = self.head_range(layer, head);
        self.blocks[block][range].split_at(self.shape.head_halves() * 2)
    }

    fn head_range(&self, layer: usize, head: usize) -> Range<usize> {
        let bytes = 2 * self.shape.head_halves() * 2;
        let index = layer * self.shape.heads.kv + head;
        index * bytes..(index + 1) * bytes
    }

    /// A way to write the keys and values of one layer from several threads, head by head.
    pub(crate) fn writer(&mut self, layer: usize) -> Writer<'_> {
        let bytes = self.shape.heads.kv * 2 * self.shape.head_halves() * 2;
        let range = layer * bytes..(layer + 1) * bytes;
        let blocks = self.blocks.iter_mut().map(|b| Disjoint::new(&mut b[range.clone()]));
        Writer { dim: self.shape.heads.dim, blocks: blocks.collect() }
    }
}

/// Writes keys and values of one layer.
pub(crate) struct Writer<'a> {
    dim: usize,
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
        // SAFETY: heads do not overlap, and the caller owns this one.
        let both = unsafe { self.blocks[position / BLOCK].slice(at..at + 2 * half_len) };
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

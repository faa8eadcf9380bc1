//! Q5_0: `d` (f16), the fifth bits of 32 columns, 16 bytes of nibbles.

use hearth_gguf::TensorType;

use super::{Layout, Shape, bits_to_bytes, halves_of_nibbles, short, word};

pub const LAYOUT: Layout = Layout {
    kind: TensorType::Q5_0,
    shape: Shape::Offset5,
    take_apart: |block, parts| {
        parts.d = short(block, 0);
        parts.quants[0] = quants(block, 2);
    },
};

/// 32 quants of 5 bits, from the bytes at `at`.
#[inline]
pub fn quants(block: &[u8], at: usize) -> [u32; 8] {
    let (low, high) = (halves_of_nibbles(block, at + 4), word(block, at));
    std::array::from_fn(|j| low[j] | bits_to_bytes(high >> (4 * j)) << 4)
}

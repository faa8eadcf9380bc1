//! Q2_K: a byte for 16 columns with their scale (low) and their minimum (high), 64 bytes of quants
//! of 2 bits, where 32 bytes are four groups, `d`, `dmin` (f16).

use hearth_gguf::TensorType;

use super::{Layout, Shape, short, word};

pub const LAYOUT: Layout = Layout {
    kind: TensorType::Q2_K,
    shape: Shape::Minima2,
    take_apart: |block, parts| {
        for (i, both) in block[..16].iter().enumerate() {
            (parts.scales[i], parts.mins[i]) = ((both & 15) as i8, both >> 4);
        }
        for (g, quants) in parts.quants.iter_mut().enumerate() {
            *quants = pairs_of_bits(block, 16, g);
        }
        (parts.d, parts.m) = (short(block, 80), short(block, 82));
    },
};

/// Group `g`, in two of the eight bits of the 32 bytes that it shares with three others.
#[inline]
pub fn pairs_of_bits(block: &[u8], at: usize, g: usize) -> [u32; 8] {
    std::array::from_fn(|j| word(block, at + g / 4 * 32 + 4 * j) >> (g % 4 * 2) & 0x0303_0303)
}

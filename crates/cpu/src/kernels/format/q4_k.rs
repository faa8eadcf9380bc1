//! Q4_K: `d`, `dmin` (f16), 12 bytes of scales and minima of 6 bits, 128 bytes of nibbles, where
//! 32 bytes are two groups.

use hearth_gguf::TensorType;

use super::{Layout, NIBBLES, Parts, Shape, short, word};

pub const LAYOUT: Layout = Layout {
    kind: TensorType::Q4_K,
    shape: Shape::Minima4,
    take_apart: |block, parts| {
        scales(block, parts);
        for (g, quants) in parts.quants.iter_mut().enumerate() {
            *quants = nibbles(block, 16, g);
        }
    },
};

/// What Q4_K and Q5_K begin with.
#[inline]
pub fn scales(block: &[u8], parts: &mut Parts) {
    (parts.d, parts.m) = (short(block, 0), short(block, 2));
    let packed = &block[4..16];
    for g in 0..4 {
        parts.scales[g] = (packed[g] & 63) as i8;
        parts.mins[g] = packed[g + 4] & 63;
        parts.scales[g + 4] = (packed[g + 8] & 15 | packed[g] >> 6 << 4) as i8;
        parts.mins[g + 4] = packed[g + 8] >> 4 | packed[g + 4] >> 6 << 4;
    }
}

/// Group `g`, low or high in the 32 bytes that it shares with another.
#[inline]
pub fn nibbles(block: &[u8], at: usize, g: usize) -> [u32; 8] {
    std::array::from_fn(|j| word(block, at + g / 2 * 32 + 4 * j) >> (g % 2 * 4) & NIBBLES)
}

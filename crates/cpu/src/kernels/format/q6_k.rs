//! Q6_K: 128 bytes of nibbles, 64 bytes of fifth and sixth bits, 16 signed scales, `d` (f16).
//! Each half of the nibbles and of the high bits is four groups.

use hearth_gguf::TensorType;

use super::{Layout, NIBBLES, Shape, short, word};

pub const LAYOUT: Layout = Layout {
    kind: TensorType::Q6_K,
    shape: Shape::Scales6,
    take_apart: |block, parts| {
        for (g, quants) in parts.quants.iter_mut().enumerate() {
            let (half, quarter) = (g / 4, g % 4);
            let at = half * 64 + quarter % 2 * 32;
            *quants = std::array::from_fn(|j| {
                let high = word(block, 128 + half * 32 + 4 * j) >> (2 * quarter) & 0x0303_0303;
                word(block, at + 4 * j) >> (quarter / 2 * 4) & NIBBLES | high << 4
            });
        }
        for (scale, byte) in parts.scales.iter_mut().zip(&block[192..208]) {
            *scale = *byte as i8;
        }
        parts.d = short(block, 208);
    },
};

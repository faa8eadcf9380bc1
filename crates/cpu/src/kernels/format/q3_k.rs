//! Q3_K: 32 bytes of third bits, where bit `g` is group `g`'s, 64 bytes of quants of 2 bits, 12
//! bytes of scales of 6 bits less 32, `d` (f16).

use hearth_gguf::TensorType;

use super::{Layout, Shape, q2_k::pairs_of_bits, short, word};

pub const LAYOUT: Layout = Layout {
    kind: TensorType::Q3_K,
    shape: Shape::Scales3,
    take_apart: |block, parts| {
        for (g, quants) in parts.quants.iter_mut().enumerate() {
            let low = pairs_of_bits(block, 32, g);
            let high = |j: usize| word(block, 4 * j) >> g & 0x0101_0101;
            *quants = std::array::from_fn(|j| low[j] | high(j) << 2);
        }
        let packed = &block[96..108];
        for (i, scale) in parts.scales.iter_mut().enumerate() {
            let low = packed[i % 8] >> (i / 8 * 4) & 15;
            let high = packed[8 + i % 4] >> (i / 4 * 2) & 3;
            *scale = (low | high << 4) as i8 - 32;
        }
        parts.d = short(block, 108);
    },
};

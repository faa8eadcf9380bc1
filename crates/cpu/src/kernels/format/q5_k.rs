//! Q5_K: as Q4_K, with 32 bytes of fifth bits before the nibbles: bit `g` of them is group `g`'s.

use hearth_gguf::TensorType;

use super::{Layout, Shape, q4_k, word};

pub const LAYOUT: Layout = Layout {
    kind: TensorType::Q5_K,
    shape: Shape::Minima5,
    take_apart: |block, parts| {
        q4_k::scales(block, parts);
        for (g, quants) in parts.quants.iter_mut().enumerate() {
            let low = q4_k::nibbles(block, 48, g);
            *quants = std::array::from_fn(|j| {
                let high = word(block, 16 + 4 * j) >> g & 0x0101_0101;
                low[j] | high << 4
            });
        }
    },
};

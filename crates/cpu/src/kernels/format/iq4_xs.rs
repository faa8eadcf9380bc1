//! IQ4_XS: `d` (f16), the upper two bits of eight scales, their lower four, 128 bytes of nibbles,
//! which stand for IQ4_NL's levels. Scales come less 32, for 32 columns.

use hearth_gguf::TensorType;

use super::{Layout, Shape, halves_of_nibbles, iq4_nl, short};

pub const LAYOUT: Layout = Layout {
    kind: TensorType::IQ4_XS,
    shape: Shape::WideTable32(&iq4_nl::LEVELS),
    take_apart: |block, parts| {
        parts.d = short(block, 0);
        let high = short(block, 2);
        for (g, quants) in parts.quants.iter_mut().enumerate() {
            let low = block[4 + g / 2] >> (g % 2 * 4) & 15;
            parts.scales[g] = (low | ((high >> (2 * g) & 3) << 4) as u8) as i8 - 32;
            *quants = halves_of_nibbles(block, 8 + 16 * g);
        }
    },
};

//! IQ1_M: the lower 8 bits of 32 indices into IQ1_S's codebook, for each of them 3 upper bits and
//! whether its weights are an eighth more or less, 16 scales of 3 bits, and among them, in the
//! upper 4 of each 16 bits, `d` (f16).

use hearth_gguf::TensorType;

use super::{Layout, Shape, codebook::odd, iq1_s, short};

pub const LAYOUT: Layout = Layout {
    kind: TensorType::IQ1_M,
    shape: Shape::Table16(&iq1_s::DIGITS),
    take_apart: |block, parts| {
        for (i, words) in parts.quants.as_flattened_mut().as_chunks_mut().0.iter_mut().enumerate() {
            let rest = usize::from(block[32 + i / 2] >> (i % 2 * 4));
            *words = iq1_s::digits(usize::from(block[i]) | (rest & 7) << 8, rest & 8 != 0);
        }
        let fours: [u16; 4] = std::array::from_fn(|i| short(block, 48 + 2 * i));
        for (i, scale) in parts.scales.iter_mut().enumerate() {
            *scale = odd((fours[i / 4] >> (i % 4 * 3) & 7) as u8);
        }
        parts.d = (0..4).fold(0, |d, i| d | fours[i] >> 12 << (4 * i));
    },
};

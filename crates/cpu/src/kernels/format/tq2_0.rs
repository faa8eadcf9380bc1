//! TQ2_0: 64 bytes of quants of 2 bits less 1, as Q2_K has them, `d` (f16).

use hearth_gguf::TensorType;

use super::{Layout, Parts, Shape, q2_k::pairs_of_bits, short};

pub const LAYOUT: Layout = Layout {
    kind: TensorType::TQ2_0,
    shape: Shape::Minima2,
    take_apart: |block, parts| {
        for (g, quants) in parts.quants.iter_mut().enumerate() {
            *quants = pairs_of_bits(block, 0, g);
        }
        less_one(short(block, 64), parts);
    },
};

/// Quants less 1, times `d`.
pub fn less_one(d: u16, parts: &mut Parts) {
    (parts.d, parts.m) = (d, d);
    (parts.scales, parts.mins) = ([1; 16], [1; 16]);
}

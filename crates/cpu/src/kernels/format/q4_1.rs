//! Q4_1: `d`, `m` (f16), 16 bytes of nibbles.

use hearth_gguf::TensorType;

use super::{Layout, Shape, halves_of_nibbles, short};

pub const LAYOUT: Layout = Layout {
    kind: TensorType::Q4_1,
    shape: Shape::Affine4,
    take_apart: |block, parts| {
        (parts.d, parts.m) = (short(block, 0), short(block, 2));
        parts.quants[0] = halves_of_nibbles(block, 4);
    },
};

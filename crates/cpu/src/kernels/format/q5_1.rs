//! Q5_1: `d`, `m` (f16), the fifth bits of 32 columns, 16 bytes of nibbles.

use hearth_gguf::TensorType;

use super::{Layout, Shape, q5_0, short};

pub const LAYOUT: Layout = Layout {
    kind: TensorType::Q5_1,
    shape: Shape::Affine5,
    take_apart: |block, parts| {
        (parts.d, parts.m) = (short(block, 0), short(block, 2));
        parts.quants[0] = q5_0::quants(block, 4);
    },
};

//! Q4_0: `d` (f16), 16 bytes of nibbles.

use hearth_gguf::TensorType;

use super::{Layout, Shape, halves_of_nibbles, short};

pub const LAYOUT: Layout = Layout {
    kind: TensorType::Q4_0,
    shape: Shape::Offset4,
    take_apart: |block, parts| {
        parts.d = short(block, 0);
        parts.quants[0] = halves_of_nibbles(block, 2);
    },
};

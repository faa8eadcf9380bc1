//! Q8_0: `d` (f16), 32 signed bytes.

use hearth_gguf::TensorType;

use super::{Layout, Shape, short, word};

pub const LAYOUT: Layout = Layout {
    kind: TensorType::Q8_0,
    shape: Shape::Offset8,
    take_apart: |block, parts| {
        parts.d = short(block, 0);
        // The sign bit flips: -128..128 becomes 0..256.
        parts.quants[0] = std::array::from_fn(|j| word(block, 2 + 4 * j) ^ 0x8080_8080);
    },
};

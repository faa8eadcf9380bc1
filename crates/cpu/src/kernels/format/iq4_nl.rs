//! IQ4_NL: `d` (f16), 16 bytes of nibbles, which stand for levels that lie denser around zero.

use hearth_gguf::TensorType;

use super::{Layout, Shape, Table, halves_of_nibbles, short};

pub const LAYOUT: Layout = Layout {
    kind: TensorType::IQ4_NL,
    shape: Shape::Levels(&LEVELS),
    take_apart: |block, parts| {
        parts.d = short(block, 0);
        parts.quants[0] = halves_of_nibbles(block, 2);
    },
};

pub static LEVELS: Table = Table {
    values: [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113],
    unit: 1.0,
};

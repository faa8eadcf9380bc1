//! MXFP4 (OCP Microscaling Formats 1.0): a power of two as its exponent (E8M0), 16 bytes of
//! nibbles, which are floats of 4 bits (E2M1), here twice as large beside half of the scale.

use hearth_gguf::TensorType;

use super::{Layout, Shape, Table, halves_of_nibbles};

pub const LAYOUT: Layout = Layout {
    kind: TensorType::MXFP4,
    shape: Shape::Exponents(&TWICE),
    take_apart: |block, parts| {
        parts.d = block[0].into();
        parts.quants[0] = halves_of_nibbles(block, 1);
    },
};

static TWICE: Table =
    Table { values: [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12], unit: 1.0 };

/// 2^(exponent - 128), exactly: the two smallest are not normal numbers. The specification's NaN,
/// 255, is a number to GGML.
pub fn half_of_power(exponent: u8) -> f32 {
    f32::from_bits(match exponent {
        0 | 1 => 0x0020_0000 << exponent,
        2.. => u32::from(exponent - 1) << 23,
    })
}

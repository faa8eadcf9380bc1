//! F16, BF16, F32: the weights as they are.

use half::{bf16, f16};
use hearth_gguf::TensorType;

use super::{Layout, Shape};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Float {
    F16,
    Bf16,
    F32,
}

pub const F16: Layout = layout(TensorType::F16, Float::F16);
pub const BF16: Layout = layout(TensorType::BF16, Float::Bf16);
pub const F32: Layout = layout(TensorType::F32, Float::F32);

const fn layout(kind: TensorType, float: Float) -> Layout {
    Layout {
        kind,
        shape: Shape::Float(float),
        take_apart: |_, _| unreachable!("a float is copied whole"),
    }
}

impl Float {
    pub const fn bytes(self) -> usize {
        match self {
            Float::F16 | Float::Bf16 => 2,
            Float::F32 => 4,
        }
    }

    /// The number at the start of `bytes`.
    pub fn at(self, bytes: &[u8]) -> f32 {
        match self {
            Float::F16 => f16::from_le_bytes([bytes[0], bytes[1]]).to_f32(),
            Float::Bf16 => bf16::from_le_bytes([bytes[0], bytes[1]]).to_f32(),
            Float::F32 => f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
        }
    }
}

//! TQ1_0: 52 bytes of ternary digits, five in a byte and four in each of the last four, `d` (f16).
//!
//! A byte is a fraction of 256: times three, its whole part is the next digit.

use hearth_gguf::TensorType;

use super::{Layout, Shape, short, tq2_0::less_one};

pub const LAYOUT: Layout = Layout {
    kind: TensorType::TQ1_0,
    shape: Shape::Minima2,
    take_apart: |block, parts| {
        let mut digits = [0; 256];
        let mut rest = digits.as_mut_slice();
        for (bytes, count) in [(&block[..32], 5), (&block[32..48], 5), (&block[48..52], 4)] {
            let mut power = 1u8;
            for _ in 0..count {
                let (these, later) = rest.split_at_mut(bytes.len());
                for (digit, byte) in these.iter_mut().zip(bytes) {
                    *digit = ((u16::from(byte.wrapping_mul(power)) * 3) >> 8) as u8;
                }
                (rest, power) = (later, power.wrapping_mul(3));
            }
        }
        for (word, digits) in parts.quants.iter_mut().flatten().zip(digits.as_chunks().0) {
            *word = u32::from_le_bytes(*digits);
        }
        less_one(short(block, 52), parts);
    },
};

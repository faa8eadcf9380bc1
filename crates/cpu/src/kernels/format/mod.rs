//! How weights are stored: one file for each format.
//!
//! A format's file says which of GGML's types it is, how a block of a file comes apart into
//! numbers, and which [`Shape`] they have. A shape is what formats have in common: how the numbers
//! lie in a tile, what weights they give, and which kernel multiplies them. The formats are those
//! of ggml (`ggml-common.h`, `ggml-quants.c`).

use hearth_gguf::TensorType;

mod float;
mod q4_0;
mod q4_k;
mod q5_0;
mod q5_k;
mod q6_k;
mod q8_0;

pub use float::Float;

use super::LANES;

/// How the weights of a matrix are stored, in the file and in tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Q4K,
    Q5K,
    Q6K,
    Q4_0,
    Q5_0,
    Q8_0,
    F16,
    Bf16,
    F32,
}

/// What a format's file tells.
pub(super) struct Layout {
    kind: TensorType,
    shape: Shape,
    take_apart: fn(block: &[u8], parts: &mut Parts),
}

impl Format {
    pub const ALL: [Format; 9] = [
        Format::Q4K,
        Format::Q5K,
        Format::Q6K,
        Format::Q4_0,
        Format::Q5_0,
        Format::Q8_0,
        Format::F16,
        Format::Bf16,
        Format::F32,
    ];

    const fn layout(self) -> &'static Layout {
        match self {
            Format::Q4K => &q4_k::LAYOUT,
            Format::Q5K => &q5_k::LAYOUT,
            Format::Q6K => &q6_k::LAYOUT,
            Format::Q4_0 => &q4_0::LAYOUT,
            Format::Q5_0 => &q5_0::LAYOUT,
            Format::Q8_0 => &q8_0::LAYOUT,
            Format::F16 => &float::F16,
            Format::Bf16 => &float::BF16,
            Format::F32 => &float::F32,
        }
    }

    /// The format of a tensor's type, where there are kernels for it.
    pub fn of(kind: TensorType) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.kind() == kind)
    }

    /// The type of a tensor that is stored like this.
    pub const fn kind(self) -> TensorType {
        self.layout().kind
    }

    pub const fn shape(self) -> Shape {
        self.layout().shape
    }

    /// Columns that share one scale; a matrix has a whole number of blocks in each row.
    pub const fn block(self) -> usize {
        self.kind().block_len()
    }

    /// Bytes of one block of one row in a GGUF file.
    pub const fn source_bytes(self) -> usize {
        self.kind().block_bytes()
    }

    /// Bytes of a whole tile: 16 rows of `columns` weights.
    pub const fn tile_bytes(self, columns: usize) -> usize {
        self.shape().tile_bytes(columns)
    }

    pub const fn is_float(self) -> bool {
        matches!(self.shape(), Shape::Float(_))
    }

    /// The numbers of one block of a file.
    pub(super) fn take_apart(self, block: &[u8], parts: &mut Parts) {
        (self.layout().take_apart)(block, parts);
    }
}

/// How the numbers of a block lie in a tile, and what they mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The weights themselves.
    Float(Float),
    /// `d * (quant - offset)` for 32 columns, where the offset is half of what the quants reach.
    Offset4,
    Offset5,
    Offset8,
    /// `d * scale * quant - m * min` for 256 columns; a scale and a minimum for 32.
    Minima4,
    Minima5,
    /// `d * scale * (quant - 32)` for 256 columns; a scale for 16.
    Scales6,
}

/// The numbers of one block, in the order of its columns.
#[derive(Default)]
pub(super) struct Parts {
    /// Quants without a sign: of each group of 32, eight words of four bytes.
    pub quants: [[u32; 8]; 8],
    pub scales: [i8; 16],
    pub mins: [u8; 16],
    /// The block's scale as it lies in the file, mostly an f16.
    pub d: u16,
    /// Another of these, for a minimum.
    pub m: u16,
}

impl Parts {
    pub fn quant(&self, column: usize) -> u8 {
        self.quants[column / 32][column % 32 / 4].to_le_bytes()[column % 4]
    }
}

impl Shape {
    /// Columns of one block.
    pub const fn block(self) -> usize {
        match self {
            Shape::Float(_) => 1,
            Shape::Offset4 | Shape::Offset5 | Shape::Offset8 => 32,
            Shape::Minima4 | Shape::Minima5 | Shape::Scales6 => 256,
        }
    }

    /// Bits of one quant; 0 for floats.
    pub const fn bits(self) -> usize {
        match self {
            Shape::Float(_) => 0,
            Shape::Offset4 | Shape::Minima4 => 4,
            Shape::Offset5 | Shape::Minima5 => 5,
            Shape::Scales6 => 6,
            Shape::Offset8 => 8,
        }
    }

    /// Bytes of one block's small scales in a tile.
    const fn small_bytes(self) -> usize {
        match self {
            Shape::Float(_) | Shape::Offset4 | Shape::Offset5 | Shape::Offset8 => 0,
            Shape::Minima4 | Shape::Minima5 | Shape::Scales6 => 16 * LANES,
        }
    }

    /// Bytes of one block of 16 rows in the tile's second part: quants, then the small scales.
    pub const fn body_bytes(self) -> usize {
        if let Shape::Float(float) = self {
            return LANES * float.bytes();
        }
        self.quants_bytes() + self.small_bytes()
    }

    /// Bytes of one block's quants in a tile.
    pub const fn quants_bytes(self) -> usize {
        self.block() / 32 * group_bytes(self.bits())
    }

    /// Bytes of one block of 16 rows in the tile's first part: `d`, and `m` where there is one.
    /// They sit apart so that every register of quants starts on a cache line, and first so that
    /// a tile is read from its beginning to its end.
    pub const fn head_bytes(self) -> usize {
        match self {
            Shape::Float(_) => 0,
            Shape::Offset4 | Shape::Offset5 | Shape::Offset8 | Shape::Scales6 => 2 * LANES,
            Shape::Minima4 | Shape::Minima5 => 4 * LANES,
        }
    }

    /// Bytes of the first part of a tile.
    pub const fn heads_bytes(self, columns: usize) -> usize {
        (columns / self.block() * self.head_bytes()).next_multiple_of(64)
    }

    /// Bytes of a whole tile: 16 rows of `columns` weights.
    pub const fn tile_bytes(self, columns: usize) -> usize {
        self.heads_bytes(columns) + columns / self.block() * self.body_bytes()
    }

    /// The weight in a column of a block.
    pub(super) fn weight(self, parts: &Parts, column: usize) -> f32 {
        let (d, quant) = (half(parts.d), f32::from(parts.quant(column)));
        match self {
            Shape::Float(_) => unreachable!("a float has no parts"),
            Shape::Offset4 => d * (quant - 8.0),
            Shape::Offset5 => d * (quant - 16.0),
            Shape::Offset8 => d * (quant - 128.0),
            Shape::Minima4 | Shape::Minima5 => {
                let (scale, min) = (parts.scales[column / 32], parts.mins[column / 32]);
                d * f32::from(scale) * quant - half(parts.m) * f32::from(min)
            }
            Shape::Scales6 => d * f32::from(parts.scales[column / 16]) * (quant - 32.0),
        }
    }
}

/// Bytes of the quants of 16 rows and 32 columns. Of 4 bits and more: four registers of nibbles,
/// where the low nibble of byte `b` in register `j` is column `4j + b` and the high one column
/// `16 + 4j + b`, then one register for each further bit; or eight registers of bytes.
pub(super) const fn group_bytes(bits: usize) -> usize {
    64 * bits
}

fn half(bits: u16) -> f32 {
    half::f16::from_bits(bits).to_f32()
}

const NIBBLES: u32 = 0x0f0f_0f0f;

/// Two bytes of a block.
#[inline]
fn short(block: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(block[at..at + 2].try_into().expect("two bytes"))
}

/// Four bytes of a block.
#[inline]
fn word(block: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(block[at..at + 4].try_into().expect("four bytes"))
}

/// 32 nibbles in 16 bytes: the low ones are the first half.
#[inline]
fn halves_of_nibbles(block: &[u8], at: usize) -> [u32; 8] {
    std::array::from_fn(|j| word(block, at + j % 4 * 4) >> (j / 4 * 4) & NIBBLES)
}

/// The lowest four bits, one to each byte.
#[inline]
fn bits_to_bytes(bits: u32) -> u32 {
    (bits & 15).wrapping_mul(0x0020_4081) & 0x0101_0101
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shapes_blocks_are_as_long_as_its_formats() {
        for format in Format::ALL {
            assert_eq!(format.block(), format.shape().block(), "{format:?}");
        }
    }

    #[test]
    fn every_format_is_found_by_its_type() {
        for format in Format::ALL {
            assert_eq!(Format::of(format.kind()), Some(format));
        }
        assert_eq!(Format::of(TensorType::I32), None);
    }
}

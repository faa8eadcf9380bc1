//! How weights are stored: one file for each format.
//!
//! A format's file says which of GGML's types it is, how a block of a file comes apart into
//! numbers, and which [`Shape`] they have. A shape is what formats have in common: how the numbers
//! lie in a tile, what weights they give, and which kernel multiplies them. The formats are those
//! of ggml (`ggml-common.h`, `ggml-quants.c`).

use hearth_gguf::TensorType;

mod codebook;
mod float;
mod iq1_m;
mod iq1_s;
mod iq2_s;
mod iq2_xs;
mod iq2_xxs;
mod iq3_s;
mod iq3_xxs;
mod iq4_nl;
mod iq4_xs;
mod mxfp4;
mod q2_k;
mod q3_k;
mod q4_0;
mod q4_1;
mod q4_k;
mod q5_0;
mod q5_1;
mod q5_k;
mod q6_k;
mod q8_0;
mod tq1_0;
mod tq2_0;

pub use float::Float;
pub(super) use mxfp4::half_of_power;

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
    Q4_1,
    Q5_1,
    Q2K,
    Q3K,
    Iq4Nl,
    Iq4Xs,
    Mxfp4,
    Iq1S,
    Iq1M,
    Iq2Xxs,
    Iq2Xs,
    Iq2S,
    Iq3Xxs,
    Iq3S,
    Tq1_0,
    Tq2_0,
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
    pub const ALL: [Format; 25] = [
        Format::Q4K,
        Format::Q5K,
        Format::Q6K,
        Format::Q4_0,
        Format::Q5_0,
        Format::Q8_0,
        Format::Q4_1,
        Format::Q5_1,
        Format::Q2K,
        Format::Q3K,
        Format::Iq4Nl,
        Format::Iq4Xs,
        Format::Mxfp4,
        Format::Iq1S,
        Format::Iq1M,
        Format::Iq2Xxs,
        Format::Iq2Xs,
        Format::Iq2S,
        Format::Iq3Xxs,
        Format::Iq3S,
        Format::Tq1_0,
        Format::Tq2_0,
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
            Format::Q4_1 => &q4_1::LAYOUT,
            Format::Q5_1 => &q5_1::LAYOUT,
            Format::Q2K => &q2_k::LAYOUT,
            Format::Q3K => &q3_k::LAYOUT,
            Format::Iq4Nl => &iq4_nl::LAYOUT,
            Format::Iq4Xs => &iq4_xs::LAYOUT,
            Format::Mxfp4 => &mxfp4::LAYOUT,
            Format::Iq1S => &iq1_s::LAYOUT,
            Format::Iq1M => &iq1_m::LAYOUT,
            Format::Iq2Xxs => &iq2_xxs::LAYOUT,
            Format::Iq2Xs => &iq2_xs::LAYOUT,
            Format::Iq2S => &iq2_s::LAYOUT,
            Format::Iq3Xxs => &iq3_xxs::LAYOUT,
            Format::Iq3S => &iq3_s::LAYOUT,
            Format::Tq1_0 => &tq1_0::LAYOUT,
            Format::Tq2_0 => &tq2_0::LAYOUT,
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// The weights themselves.
    Float(Float),
    /// `d * (quant - offset)` for 32 columns, where the offset is half of what the quants reach.
    Offset4,
    Offset5,
    Offset8,
    /// `d * quant + m` for 32 columns.
    Affine4,
    Affine5,
    /// `d * table[quant]` for 32 columns, with values of 8 bits.
    Levels(&'static Table),
    /// The same with a power of two for `d`, stored as its exponent, and values up to 15.
    Exponents(&'static Table),
    /// `d * scale * quant - m * min` for 256 columns; a scale and a minimum for 32.
    Minima4,
    Minima5,
    /// The same for 16, both of 4 bits.
    Minima2,
    /// `d * scale * (quant - offset)` for 256 columns; a scale for 16.
    Scales3,
    Scales6,
    /// `d * unit * scale * table[quant]` for 256 columns; a scale for 32 or for 16, and values
    /// up to 62, or of 8 bits in the wide one.
    WideTable32(&'static Table),
    Table32(&'static Table),
    Table16(&'static Table),
}

/// What a nibble stands for.
#[derive(Debug, PartialEq)]
pub struct Table {
    pub(super) values: [i8; 16],
    /// A power of two that all weights are multiplied by.
    pub(super) unit: f32,
}

impl Table {
    /// Quants that stand for themselves.
    pub(super) const PLAIN: Self = Self::less(0);
    /// Quants of 3 bits.
    pub(super) const LESS_FOUR: Self = Self::less(4);

    const fn less(offset: i8) -> Self {
        let mut values = [0; 16];
        let mut i = 0;
        while i < 16 {
            values[i] = i as i8 - offset;
            i += 1;
        }
        Self { values, unit: 1.0 }
    }

    /// What makes a number without a sign of each value.
    #[cfg(target_arch = "x86_64")]
    pub(super) const fn offset(&self) -> i32 {
        let (mut least, mut i) = (0, 0);
        while i < 16 {
            if self.values[i] < least {
                least = self.values[i];
            }
            i += 1;
        }
        -(least as i32)
    }

    /// The values with [`Self::offset`] added.
    #[cfg(target_arch = "x86_64")]
    pub(super) const fn shifted(&self) -> [u8; 16] {
        let mut shifted = [0; 16];
        let mut i = 0;
        while i < 16 {
            shifted[i] = (self.values[i] as i32 + self.offset()) as u8;
            i += 1;
        }
        shifted
    }
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
        use Shape::*;
        match self {
            Float(_) => 1,
            Offset4 | Offset5 | Offset8 | Affine4 | Affine5 | Levels(_) | Exponents(_) => 32,
            Minima2 | Minima4 | Minima5 | Scales3 | Scales6 | WideTable32(_) | Table32(_)
            | Table16(_) => 256,
        }
    }

    /// Bits of one quant; 0 for floats.
    pub const fn bits(self) -> usize {
        use Shape::*;
        match self {
            Float(_) => 0,
            Minima2 => 2,
            Scales3 => 3,
            Offset4 | Affine4 | Minima4 | Levels(_) | Exponents(_) | WideTable32(_)
            | Table32(_) | Table16(_) => 4,
            Offset5 | Affine5 | Minima5 => 5,
            Scales6 => 6,
            Offset8 => 8,
        }
    }

    /// Bytes of one block of 16 rows in the tile's second part: quants, then the small scales.
    pub const fn body_bytes(self) -> usize {
        use Shape::*;
        self.quants_bytes()
            + match self {
                Float(float) => LANES * float.bytes(),
                Offset4 | Offset5 | Offset8 | Affine4 | Affine5 | Levels(_) | Exponents(_) => 0,
                WideTable32(_) | Table32(_) => 8 * LANES,
                Minima2 | Minima4 | Minima5 | Scales3 | Scales6 | Table16(_) => 16 * LANES,
            }
    }

    /// Bytes of one block's quants in a tile.
    pub const fn quants_bytes(self) -> usize {
        self.block() / 32 * group_bytes(self.bits())
    }

    /// Bytes of one block of 16 rows in the tile's first part: `d`, and `m` where there is one.
    /// They sit apart so that every register of quants starts on a cache line, and first so that
    /// a tile is read from its beginning to its end.
    pub const fn head_bytes(self) -> usize {
        use Shape::*;
        match self {
            Float(_) => 0,
            Exponents(_) => LANES,
            Offset4 | Offset5 | Offset8 | Levels(_) | Scales3 | Scales6 | WideTable32(_)
            | Table32(_) | Table16(_) => 2 * LANES,
            Affine4 | Affine5 | Minima2 | Minima4 | Minima5 => 4 * LANES,
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
        use Shape::*;
        let (d, m, quant) = (half(parts.d), half(parts.m), parts.quant(column));
        let (scale16, scale32) = (parts.scales[column / 16], parts.scales[column / 32]);
        let through = |table: &Table| table.unit * f32::from(table.values[usize::from(quant)]);
        let quant = f32::from(quant);
        match self {
            Float(_) => unreachable!("a float has no parts"),
            Offset4 => d * (quant - 8.0),
            Offset5 => d * (quant - 16.0),
            Offset8 => d * (quant - 128.0),
            Affine4 | Affine5 => d * quant + m,
            Levels(table) => d * through(table),
            Exponents(table) => half_of_power(parts.d as u8) * through(table),
            Minima4 | Minima5 => {
                d * f32::from(scale32) * quant - m * f32::from(parts.mins[column / 32])
            }
            Minima2 => d * f32::from(scale16) * quant - m * f32::from(parts.mins[column / 16]),
            Scales3 => d * f32::from(scale16) * (quant - 4.0),
            Scales6 => d * f32::from(scale16) * (quant - 32.0),
            WideTable32(table) | Table32(table) => d * f32::from(scale32) * through(table),
            Table16(table) => d * f32::from(scale16) * through(table),
        }
    }
}

/// Bytes of the quants of 16 rows and 32 columns, in registers of 64 bytes. Of 8 bits, byte `b` of
/// row `r` in register `j` is column `4j + b`. Of 4 bits and more, four registers hold nibbles,
/// the low ones for `j` below 4 and the high ones from there on; one register follows for each
/// further bit. Of 2 and 3 bits, two registers hold four `j` each, and a third one the third bit.
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
        assert_eq!(Format::ALL.len(), Format::F32 as usize + 1, "F32 is the last of all");
        assert_eq!(Format::of(TensorType::I32), None);
    }

    #[test]
    fn the_memory_that_is_foreseen_is_what_tiles_take() {
        for format in Format::ALL {
            let tile = format.tile_bytes(64 * format.block()) / LANES;
            assert_eq!(tile, 64 * format.kind().loaded_block_bytes(), "{format:?}");
        }
    }

    #[test]
    fn values_of_tables_fit_the_kernels_that_read_them() {
        for format in Format::ALL {
            let (table, most) = match format.shape() {
                Shape::Levels(table) | Shape::WideTable32(table) => (table, 127),
                Shape::Exponents(table) => (table, 15),
                Shape::Table32(table) | Shape::Table16(table) => (table, 62),
                _ => continue,
            };
            assert!(table.values.iter().all(|value| value.unsigned_abs() <= most), "{format:?}");
            assert!(table.unit.log2().fract() == 0.0, "{format:?}");
        }
    }
}

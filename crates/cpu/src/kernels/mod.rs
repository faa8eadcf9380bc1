//! Matrix products of quantized weights, for each instruction set.
//!
//! Weights are repacked once into **tiles** of [`LANES`] rows. In a tile the quants of 16 rows
//! and 4 columns are one 64-byte register: lane `r` holds columns `4j..4j+4` of row `r`. An
//! instruction then multiplies 16 rows at once by 4 broadcast activations (`vpdpbusd`), no sum
//! ever crosses lanes, and the result is 16 neighbouring outputs.
//!
//! Every instruction set performs the same floating-point operations in the same order, so a
//! row's result has the same bits on every machine, with however many other rows it is
//! computed, and on however many threads.

/// Calls `$f::<$($first,)* M>` with the number of rows in `$out`, up to 4, as `M`.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! by_rows {
    ($f:ident, [$($first:expr),*], $out:expr, $($arg:expr),*) => {
        match $out.len() {
            1 => $f::<$({ $first },)* 1>($($arg,)* $out),
            2 => $f::<$({ $first },)* 2>($($arg,)* $out),
            3 => $f::<$({ $first },)* 3>($($arg,)* $out),
            _ => $f::<$({ $first },)* 4>($($arg,)* $out),
        }
    };
}

#[cfg(target_arch = "x86_64")]
mod ahead;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;

pub mod activations;
pub mod attention;
pub mod matrix;
pub mod pack;
pub mod vector;

use activations::Quantized;

/// Rows of one tile.
pub const LANES: usize = 16;

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

    /// Columns that share one scale; a matrix has a whole number of blocks in each row.
    pub const fn block(self) -> usize {
        match self {
            Format::Q4K | Format::Q5K | Format::Q6K => 256,
            Format::Q4_0 | Format::Q5_0 | Format::Q8_0 => 32,
            Format::F16 | Format::Bf16 | Format::F32 => 1,
        }
    }

    /// Bytes of one block of one row in a GGUF file.
    pub const fn source_bytes(self) -> usize {
        match self {
            Format::Q4K => 144,
            Format::Q5K => 176,
            Format::Q6K => 210,
            Format::Q4_0 => 18,
            Format::Q5_0 => 22,
            Format::Q8_0 => 34,
            Format::F16 | Format::Bf16 => 2,
            Format::F32 => 4,
        }
    }

    /// Bits of one quant; 0 for the float formats.
    pub const fn bits(self) -> usize {
        match self {
            Format::Q4K | Format::Q4_0 => 4,
            Format::Q5K | Format::Q5_0 => 5,
            Format::Q6K => 6,
            Format::Q8_0 => 8,
            Format::F16 | Format::Bf16 | Format::F32 => 0,
        }
    }

    /// Bytes of one block of 16 rows in the tile's second part: quants, then the small scales.
    pub const fn body_bytes(self) -> usize {
        match self {
            Format::Q4K | Format::Q5K | Format::Q6K => 8 * group_bytes(self.bits()) + 256,
            Format::Q4_0 | Format::Q5_0 | Format::Q8_0 => group_bytes(self.bits()),
            Format::F16 | Format::Bf16 | Format::F32 => LANES * self.source_bytes(),
        }
    }

    /// Bytes of one block of 16 rows in the tile's first part: `d`, and `dmin` where there is one.
    /// They sit apart so that every register of quants starts on a cache line, and first so that
    /// a tile is read from its beginning to its end.
    pub const fn head_bytes(self) -> usize {
        match self {
            Format::Q4K | Format::Q5K => 4 * LANES,
            Format::Q6K | Format::Q4_0 | Format::Q5_0 | Format::Q8_0 => 2 * LANES,
            Format::F16 | Format::Bf16 | Format::F32 => 0,
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

    pub const fn is_float(self) -> bool {
        self.block() == 1
    }
}

/// Bytes of the quants of 16 rows and 32 columns: four registers of nibbles, where the low
/// nibble of byte `b` in register `j` is column `4j + b` and the high one column `16 + 4j + b`,
/// then one register for each further bit; or eight registers of bytes.
pub(crate) const fn group_bytes(bits: usize) -> usize {
    if bits == 8 { 512 } else { 256 + 64 * (bits - 4) }
}

/// Where `M` rows begin, from row `first` on.
///
/// # Safety
/// There are `first + M` rows of `stride` numbers.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline]
unsafe fn row_pointers<T, const M: usize>(
    rows: &[T],
    stride: usize,
    first: usize,
) -> [*const T; M] {
    // SAFETY: the caller's promise.
    std::array::from_fn(|m| unsafe { rows.as_ptr().add((first + m) * stride) })
}

/// What is subtracted from a stored quant to give its value.
pub(crate) const fn offset_shift(bits: usize) -> u32 {
    bits as u32 - 1
}

/// The instruction sets there are kernels for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    AvxVnni,
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
    #[cfg(target_arch = "aarch64")]
    Neon,
    #[cfg(target_arch = "aarch64")]
    NeonDot,
}

impl Isa {
    /// The instruction sets of this machine, the fastest last.
    pub fn available() -> Vec<Isa> {
        let mut found = vec![Isa::Scalar];
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx2") && has!("fma") && has!("f16c") {
                found.push(Isa::Avx2);
                if has!("avxvnni") {
                    found.push(Isa::AvxVnni);
                }
                if has!("avx512f") && has!("avx512bw") && has!("avx512vl") && has!("avx512vnni") {
                    found.push(Isa::Avx512Vnni);
                }
            }
        }
        #[cfg(target_arch = "aarch64")]
        {
            found.push(Isa::Neon);
            if std::arch::is_aarch64_feature_detected!("dotprod") {
                found.push(Isa::NeonDot);
            }
        }
        found
    }

    pub fn best() -> Isa {
        Isa::available().pop().expect("the scalar kernels are always there")
    }

    /// A name for people and for benchmark reports.
    pub fn name(self) -> &'static str {
        match self {
            Isa::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Isa::AvxVnni => "avx-vnni",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Vnni => "avx512-vnni",
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => "neon",
            #[cfg(target_arch = "aarch64")]
            Isa::NeonDot => "neon-dotprod",
        }
    }

    /// Multiplies 8-bit numbers in registers, as fast as this instruction set can.
    pub(crate) fn multiply_in_registers(self, turns: usize) -> i32 {
        match self {
            Isa::Scalar => {
                let x = std::hint::black_box(-2i32);
                (0..turns).fold(0i32, |sum, i| sum.wrapping_add((i as u8 as i32) * x))
            }
            // SAFETY: the instruction set was found at run time.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => unsafe { avx2::multiply_in_registers::<false>(turns) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Isa::AvxVnni => unsafe { avx2::multiply_in_registers::<true>(turns) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Vnni => unsafe { avx512::multiply_in_registers(turns) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => unsafe { neon::multiply_in_registers::<false>(turns) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Isa::NeonDot => unsafe { neon::multiply_in_registers::<true>(turns) },
        }
    }

    /// Multiplications in one turn of [`Isa::multiply_in_registers`].
    pub(crate) const fn products_per_turn(self) -> usize {
        match self {
            Isa::Scalar => 1,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 | Isa::AvxVnni => 8 * 32,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Vnni => 16 * 64,
            #[cfg(target_arch = "aarch64")]
            Isa::Neon | Isa::NeonDot => 8 * 4 * 16,
        }
    }

    /// `out[i][r]` = row `r` of the tile times row `first + i` of `x`, for a quantized format.
    /// `fresh` is a tile that comes from memory, and the next ones with it, not from the caches.
    pub(crate) fn integer_product(
        self,
        format: Format,
        tile: &[u8],
        x: &Quantized,
        first: usize,
        out: &mut [[f32; LANES]],
        #[cfg_attr(not(target_arch = "x86_64"), expect(unused_variables))] fresh: bool,
    ) {
        assert_eq!(tile.len(), format.tile_bytes(x.columns));
        assert!(x.block == format.block() && first + out.len() <= x.rows);
        match self {
            Isa::Scalar => scalar::integer_product(format, tile, x, first, out),
            // SAFETY: the instruction set was found at run time; the lengths were checked above.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => unsafe {
                avx2::integer_product::<false>(format, tile, x, first, out, fresh)
            },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Isa::AvxVnni => unsafe {
                avx2::integer_product::<true>(format, tile, x, first, out, fresh)
            },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Vnni => unsafe {
                avx512::integer_product(format, tile, x, first, out, fresh)
            },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => unsafe { neon::integer_product::<false>(format, tile, x, first, out) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Isa::NeonDot => unsafe { neon::integer_product::<true>(format, tile, x, first, out) },
        }
    }

    /// `out[i][r]` = row `r` of the tile times `x[i * stride..][..columns]`, for a float format.
    pub(crate) fn float_product(
        self,
        format: Format,
        tile: &[u8],
        columns: usize,
        x: &[f32],
        stride: usize,
        out: &mut [[f32; LANES]],
    ) {
        assert!(format.is_float() && tile.len() >= format.tile_bytes(columns));
        assert!(out.is_empty() || (out.len() - 1) * stride + columns <= x.len());
        match self {
            Isa::Scalar => scalar::float_product(format, tile, columns, x, stride, out),
            // SAFETY: the instruction set was found at run time; the lengths were checked above.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 | Isa::AvxVnni => unsafe {
                avx2::float_product(format, tile, columns, x, stride, out);
            },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Vnni => unsafe {
                avx512::float_product(format, tile, columns, x, stride, out);
            },
            // SAFETY: every 64-bit ARM has NEON; the lengths were checked above.
            #[cfg(target_arch = "aarch64")]
            Isa::Neon | Isa::NeonDot => unsafe {
                neon::float_product(format, tile, columns, x, stride, out);
            },
        }
    }
}

#[cfg(test)]
mod tests;

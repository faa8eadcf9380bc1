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
mod format;
pub mod matrix;
pub mod pack;
pub mod vector;

use activations::Quantized;
pub use format::{Float, Format, Shape};

/// Rows of one tile.
pub const LANES: usize = 16;

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

    /// `out[i][r]` = row `r` of the tile times row `first + i` of `x`, for a shape of
    /// quantized weights.
    /// `fresh` is a tile that comes from memory, and the next ones with it, not from the caches.
    pub(crate) fn integer_product(
        self,
        shape: Shape,
        tile: &[u8],
        x: &Quantized,
        first: usize,
        out: &mut [[f32; LANES]],
        #[cfg_attr(not(target_arch = "x86_64"), expect(unused_variables))] fresh: bool,
    ) {
        assert_eq!(tile.len(), shape.tile_bytes(x.columns));
        assert!(x.block == shape.block() && first + out.len() <= x.rows);
        match self {
            Isa::Scalar => scalar::integer_product(shape, tile, x, first, out),
            // SAFETY: the instruction set was found at run time; the lengths were checked above.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => unsafe {
                avx2::integer_product::<false>(shape, tile, x, first, out, fresh)
            },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Isa::AvxVnni => unsafe {
                avx2::integer_product::<true>(shape, tile, x, first, out, fresh)
            },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Vnni => unsafe {
                avx512::integer_product(shape, tile, x, first, out, fresh)
            },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => unsafe { neon::integer_product::<false>(shape, tile, x, first, out) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Isa::NeonDot => unsafe { neon::integer_product::<true>(shape, tile, x, first, out) },
        }
    }

    /// `out[i][r]` = row `r` of the tile times `x[i * stride..][..columns]`.
    pub(crate) fn float_product(
        self,
        float: Float,
        tile: &[u8],
        columns: usize,
        x: &[f32],
        stride: usize,
        out: &mut [[f32; LANES]],
    ) {
        assert!(tile.len() >= Shape::Float(float).tile_bytes(columns));
        assert!(out.is_empty() || (out.len() - 1) * stride + columns <= x.len());
        match self {
            Isa::Scalar => scalar::float_product(float, tile, columns, x, stride, out),
            // SAFETY: the instruction set was found at run time; the lengths were checked above.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 | Isa::AvxVnni => unsafe {
                avx2::float_product(float, tile, columns, x, stride, out);
            },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Vnni => unsafe {
                avx512::float_product(float, tile, columns, x, stride, out);
            },
            // SAFETY: every 64-bit ARM has NEON; the lengths were checked above.
            #[cfg(target_arch = "aarch64")]
            Isa::Neon | Isa::NeonDot => unsafe {
                neon::float_product(float, tile, columns, x, stride, out);
            },
        }
    }
}

#[cfg(test)]
mod tests;

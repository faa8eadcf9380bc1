//! AVX-512 with VNNI: 16 rows a register, one `vpdpbusd` for 16 rows and 4 columns.

use std::arch::x86_64::*;

use super::{
    LANES,
    activations::Quantized,
    ahead::{fetch_block32, fetch_group},
    format::{Float, Shape, Table, group_bytes},
    row_pointers,
};

/// Most activation rows that are computed together: two accumulators for each, the weights and
/// their scale fill the 32 registers.
const ROWS: usize = 12;

/// Calls `$f::<$($bits,)? M>` with the number of rows in `$out` as `M`.
macro_rules! by_rows {
    ($f:ident, [$($first:expr),*], $out:expr, $($arg:expr),*) => {
        match $out.len() {
            1 => $f::<$({ $first },)* 1>($($arg,)* $out),
            2 => $f::<$({ $first },)* 2>($($arg,)* $out),
            3 => $f::<$({ $first },)* 3>($($arg,)* $out),
            4 => $f::<$({ $first },)* 4>($($arg,)* $out),
            5 => $f::<$({ $first },)* 5>($($arg,)* $out),
            6 => $f::<$({ $first },)* 6>($($arg,)* $out),
            7 => $f::<$({ $first },)* 7>($($arg,)* $out),
            8 => $f::<$({ $first },)* 8>($($arg,)* $out),
            _ => $f::<$({ $first },)* 12>($($arg,)* $out),
        }
    };
}

/// Writes `$body` out for each value of `$i`: the compiler keeps arrays in registers only where
/// every index is a constant, and does not unroll loops this long by itself.
macro_rules! unrolled {
    ($i:ident in [$($value:literal)*] $body:block) => {
        $({
            const $i: usize = $value;
            $body
        })*
    };
}

mod blocks256;
mod blocks32;

use blocks32::{affine, levels, offset};
use blocks256::{minima, scales6, whole};

/// # Safety
/// The machine has these features; `tile` holds a tile of `x.columns`, `x` has `first + out.len()` rows.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,f16c,fma,avx2")]
pub unsafe fn integer_product(
    shape: Shape,
    tile: &[u8],
    x: &Quantized,
    first: usize,
    out: &mut [[f32; LANES]],
    mut fresh: bool,
) {
    let mut rest = out;
    let mut first = first;
    while !rest.is_empty() {
        let (out, later) = rest.split_at_mut(together(rest.len()));
        // SAFETY: the caller's promise; these rows are among those it vouches for.
        unsafe {
            match shape {
                Shape::Affine4 => by_rows!(affine, [4], out, tile, x, first, fresh),
                Shape::Affine5 => by_rows!(affine, [5], out, tile, x, first, fresh),
                Shape::Levels(table) => {
                    by_rows!(levels, [false], out, tile, x, table, first, fresh)
                }
                Shape::Exponents(table) => {
                    by_rows!(levels, [true], out, tile, x, table, first, fresh)
                }
                Shape::Minima2 => {
                    let quants = (shape, &Table::PLAIN);
                    by_rows!(whole, [2, 16], out, tile, x, quants, first, fresh)
                }
                Shape::Scales3 => {
                    let quants = (shape, &Table::LESS_FOUR);
                    by_rows!(whole, [3, 16], out, tile, x, quants, first, fresh)
                }
                Shape::Table16(table) => {
                    by_rows!(whole, [4, 16], out, tile, x, (shape, table), first, fresh)
                }
                Shape::Table32(table) | Shape::WideTable32(table) => {
                    by_rows!(whole, [4, 32], out, tile, x, (shape, table), first, fresh)
                }
                Shape::Minima4 => by_rows!(minima, [4], out, tile, x, first, fresh),
                Shape::Minima5 => by_rows!(minima, [5], out, tile, x, first, fresh),
                Shape::Scales6 => by_rows!(scales6, [], out, tile, x, first, fresh),
                Shape::Offset4 => by_rows!(offset, [4], out, tile, x, first, fresh),
                Shape::Offset5 => by_rows!(offset, [5], out, tile, x, first, fresh),
                Shape::Offset8 => by_rows!(offset, [8], out, tile, x, first, fresh),
                Shape::Float(_) => unreachable!("floats have a product of their own"),
            }
        }
        first += out.len();
        rest = later;
        fresh = false;
    }
}

/// How many of the rows that are left are computed next.
fn together(left: usize) -> usize {
    if left >= ROWS { ROWS } else { left.min(8) }
}

/// The register of a group's quants that holds columns `4 * J..4 * J + 4` of 16 rows.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
unsafe fn quants<const BITS: usize, const J: usize>(p: *const u8) -> __m512i {
    // SAFETY: the caller passes the start of a group, `group_bytes(BITS)` long.
    let load = |register: usize| unsafe { _mm512_loadu_si512(p.add(register * 64).cast()) };
    if BITS == 8 {
        return load(J);
    }
    // `a | (b & mask)` in one instruction.
    const OR_AND: i32 = 0xf8;
    if BITS < 4 {
        let four = load(J / 4);
        let low = match J % 4 {
            0 => four,
            1 => _mm512_srli_epi16::<2>(four),
            2 => _mm512_srli_epi16::<4>(four),
            _ => _mm512_srli_epi16::<6>(four),
        };
        let low = _mm512_and_si512(low, _mm512_set1_epi8(3));
        if BITS == 2 {
            return low;
        }
        let high = load(2);
        let high = match J {
            0 => _mm512_slli_epi16::<2>(high),
            1 => _mm512_slli_epi16::<1>(high),
            2 => high,
            3 => _mm512_srli_epi16::<1>(high),
            4 => _mm512_srli_epi16::<2>(high),
            5 => _mm512_srli_epi16::<3>(high),
            6 => _mm512_srli_epi16::<4>(high),
            _ => _mm512_srli_epi16::<5>(high),
        };
        return _mm512_ternarylogic_epi32::<OR_AND>(low, high, _mm512_set1_epi8(4));
    }
    let both = load(J % 4);
    let nibble = _mm512_set1_epi8(0x0f);
    let low = if J < 4 { both } else { _mm512_srli_epi16::<4>(both) };
    let low = _mm512_and_si512(low, nibble);
    match BITS {
        5 => {
            let high = load(4);
            let high = match J {
                0 => _mm512_slli_epi16::<4>(high),
                1 => _mm512_slli_epi16::<3>(high),
                2 => _mm512_slli_epi16::<2>(high),
                3 => _mm512_slli_epi16::<1>(high),
                4 => high,
                5 => _mm512_srli_epi16::<1>(high),
                6 => _mm512_srli_epi16::<2>(high),
                _ => _mm512_srli_epi16::<3>(high),
            };
            _mm512_ternarylogic_epi32::<OR_AND>(low, high, _mm512_set1_epi8(0x10))
        }
        6 => {
            let high = load(4 + J / 4);
            let high = match J % 4 {
                0 => _mm512_slli_epi16::<4>(high),
                1 => _mm512_slli_epi16::<2>(high),
                2 => high,
                _ => _mm512_srli_epi16::<2>(high),
            };
            _mm512_ternarylogic_epi32::<OR_AND>(low, high, _mm512_set1_epi8(0x30))
        }
        _ => low,
    }
}

/// A table's values with its offset added, in every 16 bytes.
#[target_feature(enable = "avx512f")]
#[inline]
fn values(table: &Table) -> __m512i {
    let bytes = table.shifted();
    // SAFETY: they are 16 bytes.
    _mm512_broadcast_i32x4(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
}

/// # Safety
/// The machine has these features; `tile` holds `columns` columns, `x` all the rows.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,f16c,fma,avx2")]
pub unsafe fn float_product(
    kind: Float,
    tile: &[u8],
    columns: usize,
    x: &[f32],
    stride: usize,
    out: &mut [[f32; LANES]],
) {
    const F16: usize = 0;
    const BF16: usize = 1;
    const F32: usize = 2;
    let (mut rest, mut x) = (out, x);
    while !rest.is_empty() {
        // Two sums for each row fill the registers sooner.
        let (out, later) = rest.split_at_mut(rest.len().min(8));
        // SAFETY: the caller's promise; these rows are among those it vouches for.
        unsafe {
            match kind {
                Float::F16 => by_rows!(float, [F16], out, tile, columns, x, stride),
                Float::Bf16 => by_rows!(float, [BF16], out, tile, columns, x, stride),
                Float::F32 => by_rows!(float, [F32], out, tile, columns, x, stride),
            }
        }
        x = x.get(out.len() * stride..).unwrap_or_default();
        rest = later;
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,f16c,fma,avx2")]
unsafe fn float<const KIND: usize, const M: usize>(
    tile: &[u8],
    columns: usize,
    x: &[f32],
    stride: usize,
    out: &mut [[f32; LANES]],
) {
    // SAFETY: `float_product` has the tile's and the rows' lengths vouched for.
    unsafe {
        let x: [*const f32; M] = row_pointers(x, stride, 0);
        let weights = |column: usize| match KIND {
            0 => load_halves(tile.as_ptr().add(column * 32)),
            1 => {
                let bits = _mm256_loadu_si256(tile.as_ptr().add(column * 32).cast());
                _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(bits)))
            }
            _ => _mm512_loadu_ps(tile.as_ptr().add(column * 64).cast()),
        };
        let mut sums = [[_mm512_setzero_ps(); M]; 2];
        for column in (0..columns & !1).step_by(2) {
            unrolled!(PARITY in [0 1] {
                let w = weights(column + PARITY);
                for m in 0..M {
                    let x = _mm512_set1_ps(*x[m].add(column + PARITY));
                    sums[PARITY][m] = _mm512_fmadd_ps(w, x, sums[PARITY][m]);
                }
            });
        }
        if columns % 2 == 1 {
            let w = weights(columns - 1);
            for m in 0..M {
                let x = _mm512_set1_ps(*x[m].add(columns - 1));
                sums[0][m] = _mm512_fmadd_ps(w, x, sums[0][m]);
            }
        }
        let mut total = [_mm512_setzero_ps(); M];
        for m in 0..M {
            total[m] = _mm512_add_ps(sums[0][m], sums[1][m]);
        }
        store(total, out);
    }
}

/// Sums of `turns` rounds of 16 independent products of 64 numbers.
#[target_feature(enable = "avx512f,avx512vnni")]
pub fn multiply_in_registers(turns: usize) -> i32 {
    let (w, x) = (_mm512_set1_epi8(3), std::hint::black_box(_mm512_set1_epi8(-2)));
    let mut sums = [_mm512_setzero_si512(); 16];
    for _ in 0..turns {
        for sum in &mut sums {
            *sum = _mm512_dpbusd_epi32(*sum, w, x);
        }
    }
    sums.into_iter().map(|sum| _mm512_reduce_add_epi32(sum)).fold(0, i32::wrapping_add)
}

/// Four bytes at `p`, in every lane.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn broadcast<T>(p: *const T) -> __m512i {
    // SAFETY: the caller has four bytes there.
    _mm512_set1_epi32(unsafe { p.cast::<i32>().read_unaligned() })
}

/// 16 half-precision numbers.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn load_halves(p: *const u8) -> __m512 {
    // SAFETY: the caller has 32 bytes there.
    _mm512_cvtph_ps(unsafe { _mm256_loadu_si256(p.cast()) })
}

#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn store<const M: usize>(total: [__m512; M], out: &mut [[f32; LANES]]) {
    for (total, out) in total.into_iter().zip(out) {
        // SAFETY: `out` is 16 numbers long.
        unsafe { _mm512_storeu_ps(out.as_mut_ptr(), total) };
    }
}

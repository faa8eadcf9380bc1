//! AVX2, and AVX-VNNI where there is one: 8 rows a register, the same tiles in two halves.

mod blocks256;
mod blocks32;

use std::arch::x86_64::*;

use blocks32::{affine, exponents, levels, offset};
use blocks256::{minima, scales6, whole};

use super::{
    LANES,
    activations::Quantized,
    ahead::{fetch_block32, fetch_group},
    format::{Float, Shape, Table, group_bytes},
    row_pointers,
};

/// Activation rows computed together: their accumulators and the weights fit the 16 registers.
const ROWS: usize = 4;
/// The same where a register of weights meets all rows before the next one does.
const MORE_ROWS: usize = 8;

/// # Safety
/// The machine has these features, and AVX-VNNI if `VNNI`; `tile` holds a tile of `x.columns`,
/// `x` has `first + out.len()` rows.
#[target_feature(enable = "avx2,fma,f16c")]
pub unsafe fn integer_product<const VNNI: bool>(
    shape: Shape,
    tile: &[u8],
    x: &Quantized,
    first: usize,
    out: &mut [[f32; LANES]],
    fresh: bool,
) {
    let most = if matches!(shape, Shape::Levels(_)) && !VNNI { MORE_ROWS } else { ROWS };
    let (mut rest, mut first, mut fresh) = (out, first, fresh);
    while !rest.is_empty() {
        let rows = if rest.len() < most { ROWS.min(rest.len()) } else { most };
        let (out, later) = rest.split_at_mut(rows);
        for half in 0..2 {
            let at = At { first, half, fresh };
            // SAFETY: the caller's promise; these rows are among those it vouches for.
            unsafe {
                match shape {
                    Shape::Levels(table) if rows == MORE_ROWS => {
                        levels::<false, MORE_ROWS>(tile, x, table, at, out);
                    }

                    Shape::Affine4 => by_rows!(affine, [VNNI, 4], out, tile, x, at),
                    Shape::Affine5 => by_rows!(affine, [VNNI, 5], out, tile, x, at),
                    Shape::Levels(table) => by_rows!(levels, [VNNI], out, tile, x, table, at),
                    Shape::Exponents(table) => {
                        by_rows!(exponents, [VNNI], out, tile, x, table, at)
                    }
                    Shape::Minima2 => {
                        let quants = (shape, &Table::PLAIN);
                        by_rows!(whole, [VNNI, 2, 16, false], out, tile, x, quants, at)
                    }
                    Shape::Scales3 => {
                        let quants = (shape, &Table::LESS_FOUR);
                        by_rows!(whole, [VNNI, 3, 16, false], out, tile, x, quants, at)
                    }
                    Shape::Table16(table) => {
                        by_rows!(whole, [VNNI, 4, 16, false], out, tile, x, (shape, table), at)
                    }
                    Shape::Table32(table) => {
                        by_rows!(whole, [VNNI, 4, 32, false], out, tile, x, (shape, table), at)
                    }
                    Shape::WideTable32(table) => {
                        by_rows!(whole, [VNNI, 4, 32, true], out, tile, x, (shape, table), at)
                    }
                    Shape::Minima4 => by_rows!(minima, [VNNI, 4], out, tile, x, at),
                    Shape::Minima5 => by_rows!(minima, [VNNI, 5], out, tile, x, at),
                    Shape::Scales6 => by_rows!(scales6, [VNNI], out, tile, x, at),
                    Shape::Offset4 => by_rows!(offset, [VNNI, 4], out, tile, x, at),
                    Shape::Offset5 => by_rows!(offset, [VNNI, 5], out, tile, x, at),
                    Shape::Offset8 => by_rows!(offset, [VNNI, 8], out, tile, x, at),
                    Shape::Float(_) => unreachable!("floats have a product of their own"),
                }
            }
            // What the first half fetched is in the caches for all others.
            fresh = false;
        }
        first += rows;
        rest = later;
    }
}

/// The first activation row, which 8 of the tile's 16 rows, and whether they come from memory.
#[derive(Clone, Copy)]
struct At {
    first: usize,
    half: usize,
    fresh: bool,
}

/// The eight registers of 8 rows of a group's quants: columns 0..4, then 4..8, ...
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn quants<const BITS: usize>(p: *const u8, half: usize) -> [__m256i; 8] {
    let nibble = _mm256_set1_epi8(0x0f);
    // SAFETY: the caller passes the start of a group, `group_bytes(BITS)` long.
    let load =
        |register: usize| unsafe { _mm256_loadu_si256(p.add(register * 64 + half * 32).cast()) };
    let mut w = [_mm256_setzero_si256(); 8];
    if BITS == 8 {
        for (j, w) in w.iter_mut().enumerate() {
            *w = load(j);
        }
        return w;
    }
    if BITS < 4 {
        let pair = _mm256_set1_epi8(3);
        for part in 0..2 {
            let four = load(part);
            w[4 * part] = _mm256_and_si256(four, pair);
            w[4 * part + 1] = _mm256_and_si256(_mm256_srli_epi16::<2>(four), pair);
            w[4 * part + 2] = _mm256_and_si256(_mm256_srli_epi16::<4>(four), pair);
            w[4 * part + 3] = _mm256_and_si256(_mm256_srli_epi16::<6>(four), pair);
        }
        if BITS == 3 {
            let (high, mask) = (load(2), _mm256_set1_epi8(4));
            let shifted = [
                _mm256_slli_epi16::<2>(high),
                _mm256_slli_epi16::<1>(high),
                high,
                _mm256_srli_epi16::<1>(high),
                _mm256_srli_epi16::<2>(high),
                _mm256_srli_epi16::<3>(high),
                _mm256_srli_epi16::<4>(high),
                _mm256_srli_epi16::<5>(high),
            ];
            for (w, high) in w.iter_mut().zip(shifted) {
                *w = _mm256_or_si256(*w, _mm256_and_si256(high, mask));
            }
        }
        return w;
    }
    for j in 0..4 {
        let both = load(j);
        w[j] = _mm256_and_si256(both, nibble);
        w[4 + j] = _mm256_and_si256(_mm256_srli_epi16::<4>(both), nibble);
    }
    if BITS == 5 {
        let high = load(4);
        let mask = _mm256_set1_epi8(0x10);
        let shifted = [
            _mm256_slli_epi16::<4>(high),
            _mm256_slli_epi16::<3>(high),
            _mm256_slli_epi16::<2>(high),
            _mm256_slli_epi16::<1>(high),
            high,
            _mm256_srli_epi16::<1>(high),
            _mm256_srli_epi16::<2>(high),
            _mm256_srli_epi16::<3>(high),
        ];
        for (w, high) in w.iter_mut().zip(shifted) {
            *w = _mm256_or_si256(*w, _mm256_and_si256(high, mask));
        }
    }
    if BITS == 6 {
        let mask = _mm256_set1_epi8(0x30);
        for part in 0..2 {
            let high = load(4 + part);
            let shifted = [
                _mm256_slli_epi16::<4>(high),
                _mm256_slli_epi16::<2>(high),
                high,
                _mm256_srli_epi16::<2>(high),
            ];
            for (w, high) in w[4 * part..].iter_mut().zip(shifted) {
                *w = _mm256_or_si256(*w, _mm256_and_si256(high, mask));
            }
        }
    }
    w
}

/// `start + Σ w · x` over `w.len()` registers of 4 columns. Without VNNI, products are first
/// added in 16 bits as often as they cannot overflow: a quant of `BITS` bits times 127, twice.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn dot<const VNNI: bool, const BITS: usize>(
    start: __m256i,
    w: &[__m256i],
    x: *const i8,
) -> __m256i {
    // SAFETY: the caller has `4 * w.len()` activations there.
    let x = |j: usize| unsafe { broadcast(x.add(j * 4)) };
    if VNNI {
        let mut sum = start;
        for (j, &w) in w.iter().enumerate() {
            // SAFETY: `VNNI` says that the machine has the instruction.
            sum = unsafe { dpbusd(sum, w, x(j)) };
        }
        return sum;
    }
    let ones = _mm256_set1_epi16(1);
    let mut sum = start;
    let together = [8, 4, 2][BITS - 4];
    for (i, w) in w.chunks(together).enumerate() {
        let mut narrow = _mm256_setzero_si256();
        for (j, &w) in w.iter().enumerate() {
            narrow = _mm256_add_epi16(narrow, _mm256_maddubs_epi16(w, x(i * together + j)));
        }
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(narrow, ones));
    }
    sum
}

/// The VEX form of `vpdpbusd`, as assembly so that it can be inlined into functions that are
/// compiled without AVX-VNNI.
#[inline]
unsafe fn dpbusd(mut sum: __m256i, w: __m256i, x: __m256i) -> __m256i {
    // SAFETY: the caller knows that the machine has the instruction; it touches registers only.
    unsafe {
        std::arch::asm!(
            "{{vex}} vpdpbusd {sum}, {w}, {x}",
            sum = inout(ymm_reg) sum,
            w = in(ymm_reg) w,
            x = in(ymm_reg) x,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sum
}

/// A table's values, or with its offset added as numbers without a sign, for [`through`].
#[target_feature(enable = "avx2")]
#[inline]
fn values<const SHIFTED: bool>(table: &Table) -> __m256i {
    let bytes = if SHIFTED { table.shifted() } else { table.values.map(|value| value as u8) };
    // SAFETY: both are 16 bytes long.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
}

/// What the quants stand for.
#[target_feature(enable = "avx2")]
#[inline]
fn through(values: __m256i, w: [__m256i; 8]) -> [__m256i; 8] {
    let mut out = w;
    for w in &mut out {
        *w = _mm256_shuffle_epi8(values, *w);
    }
    out
}

/// The same for some rows and values of 8 bits: their magnitudes times activations that carry
/// their signs.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn add_signed<const M: usize>(
    sums: &mut [__m256i; M],
    w: &[__m256i; 8],
    x: [*const i8; M],
    scale: __m256i,
) {
    for (j, &w) in w.iter().enumerate() {
        let size = _mm256_abs_epi8(w);
        for m in 0..M {
            // SAFETY: the caller has 32 activations there.
            let x = _mm256_sign_epi8(unsafe { broadcast(x[m].add(j * 4)) }, w);
            let products = _mm256_madd_epi16(_mm256_maddubs_epi16(size, x), scale);
            sums[m] = _mm256_add_epi32(sums[m], products);
        }
    }
}

/// # Safety
/// The machine has these features; `tile` holds `columns` columns, `x` all the rows.
#[target_feature(enable = "avx2,fma,f16c")]
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
    for (i, out) in out.chunks_mut(ROWS).enumerate() {
        let x = &x[i * ROWS * stride..];
        for half in 0..2 {
            // SAFETY: the caller's promise; each chunk's rows are among those it vouches for.
            unsafe {
                match kind {
                    Float::F16 => by_rows!(float, [F16], out, tile, half, columns, x, stride),
                    Float::Bf16 => by_rows!(float, [BF16], out, tile, half, columns, x, stride),
                    Float::F32 => by_rows!(float, [F32], out, tile, half, columns, x, stride),
                }
            }
        }
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn float<const KIND: usize, const M: usize>(
    tile: &[u8],
    half: usize,
    columns: usize,
    x: &[f32],
    stride: usize,
    out: &mut [[f32; LANES]],
) {
    // SAFETY: `float_product` has the tile's and the rows' lengths vouched for.
    unsafe {
        let x: [*const f32; M] = row_pointers(x, stride, 0);
        let weights = |column: usize| match KIND {
            0 => load_halves(tile.as_ptr().add(column * 32 + half * 16)),
            1 => {
                let bits = _mm_loadu_si128(tile.as_ptr().add(column * 32 + half * 16).cast());
                _mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(bits)))
            }
            _ => _mm256_loadu_ps(tile.as_ptr().add(column * 64 + half * 32).cast()),
        };
        let mut sums = [[_mm256_setzero_ps(); M]; 2];
        for column in (0..columns & !1).step_by(2) {
            for (parity, sums) in sums.iter_mut().enumerate() {
                let w = weights(column + parity);
                for m in 0..M {
                    let x = _mm256_set1_ps(*x[m].add(column + parity));
                    sums[m] = _mm256_fmadd_ps(w, x, sums[m]);
                }
            }
        }
        if columns % 2 == 1 {
            let w = weights(columns - 1);
            for m in 0..M {
                let x = _mm256_set1_ps(*x[m].add(columns - 1));
                sums[0][m] = _mm256_fmadd_ps(w, x, sums[0][m]);
            }
        }
        let mut total = [_mm256_setzero_ps(); M];
        for m in 0..M {
            total[m] = _mm256_add_ps(sums[0][m], sums[1][m]);
        }
        store(total, half, out);
    }
}

/// Sums of `turns` rounds of 8 independent products of 32 numbers.
///
/// # Safety
/// The machine has AVX2, and AVX-VNNI if `VNNI`.
#[target_feature(enable = "avx2")]
pub unsafe fn multiply_in_registers<const VNNI: bool>(turns: usize) -> i32 {
    let (w, x) = (_mm256_set1_epi8(3), std::hint::black_box(_mm256_set1_epi8(-2)));
    let ones = _mm256_set1_epi16(1);
    let mut sums = [_mm256_setzero_si256(); 8];
    for _ in 0..turns {
        for sum in &mut sums {
            *sum = if VNNI {
                // SAFETY: the caller's promise.
                unsafe { dpbusd(*sum, w, x) }
            } else {
                let products = _mm256_maddubs_epi16(w, std::hint::black_box(x));
                _mm256_add_epi32(*sum, _mm256_madd_epi16(products, ones))
            };
        }
    }
    let mut total = 0i32;
    for sum in sums {
        total = total.wrapping_add(_mm256_extract_epi32::<0>(sum));
    }
    total
}

/// Four bytes at `p`, in every lane.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn broadcast(p: *const i8) -> __m256i {
    // SAFETY: the caller has four bytes there.
    _mm256_set1_epi32(unsafe { p.cast::<i32>().read_unaligned() })
}

/// 8 half-precision numbers.
#[target_feature(enable = "avx2,f16c")]
#[inline]
unsafe fn load_halves(p: *const u8) -> __m256 {
    // SAFETY: the caller has 16 bytes there.
    _mm256_cvtph_ps(unsafe { _mm_loadu_si128(p.cast()) })
}

#[target_feature(enable = "avx2")]
#[inline]
unsafe fn store<const M: usize>(total: [__m256; M], half: usize, out: &mut [[f32; LANES]]) {
    for (total, out) in total.into_iter().zip(out) {
        // SAFETY: `out` is 16 numbers long, and half of it is written.
        unsafe { _mm256_storeu_ps(out.as_mut_ptr().add(half * 8), total) };
    }
}

//! NEON, which every 64-bit ARM has, and its dot products where there are any (ARMv8.2 and
//! later): 4 rows a register, the same tiles in four quarters.

mod blocks256;
mod blocks32;

use std::arch::{aarch64::*, asm};

use blocks32::{affine, levels, offset};
use blocks256::{minima, scales6, whole};

use super::{
    LANES,
    activations::Quantized,
    format::{Float, Shape, Table, group_bytes},
    row_pointers,
};

/// Activation rows computed together: their accumulators and the weights fit the 32 registers.
const ROWS: usize = 4;

/// # Safety
/// The machine has dot products if `DOT`; `tile` holds a tile of `x.columns`, `x` has
/// `first + out.len()` rows.
#[target_feature(enable = "neon")]
pub unsafe fn integer_product<const DOT: bool>(
    shape: Shape,
    tile: &[u8],
    x: &Quantized,
    first: usize,
    out: &mut [[f32; LANES]],
) {
    for (i, out) in out.chunks_mut(ROWS).enumerate() {
        for quarter in 0..4 {
            let at = At { first: first + i * ROWS, quarter };
            // SAFETY: the caller's promise; each chunk's rows are among those it vouches for.
            unsafe {
                match shape {
                    Shape::Affine4 => by_rows!(affine, [DOT, 4], out, tile, x, at),
                    Shape::Affine5 => by_rows!(affine, [DOT, 5], out, tile, x, at),
                    Shape::Levels(table) => by_rows!(levels, [DOT, false], out, tile, x, table, at),
                    Shape::Exponents(table) => {
                        by_rows!(levels, [DOT, true], out, tile, x, table, at)
                    }
                    Shape::Minima2 => {
                        let quants = (shape, &Table::PLAIN);
                        by_rows!(whole, [DOT, 2, 16], out, tile, x, quants, at)
                    }
                    Shape::Scales3 => {
                        let quants = (shape, &Table::LESS_FOUR);
                        by_rows!(whole, [DOT, 3, 16], out, tile, x, quants, at)
                    }
                    Shape::Table16(table) => {
                        by_rows!(whole, [DOT, 4, 16], out, tile, x, (shape, table), at)
                    }
                    Shape::Table32(table) | Shape::WideTable32(table) => {
                        by_rows!(whole, [DOT, 4, 32], out, tile, x, (shape, table), at)
                    }
                    Shape::Minima4 => by_rows!(minima, [DOT, 4], out, tile, x, at),
                    Shape::Minima5 => by_rows!(minima, [DOT, 5], out, tile, x, at),
                    Shape::Scales6 => by_rows!(scales6, [DOT], out, tile, x, at),
                    Shape::Offset4 => by_rows!(offset, [DOT, 4], out, tile, x, at),
                    Shape::Offset5 => by_rows!(offset, [DOT, 5], out, tile, x, at),
                    Shape::Offset8 => by_rows!(offset, [DOT, 8], out, tile, x, at),
                    Shape::Float(_) => unreachable!("floats have a product of their own"),
                }
            }
        }
    }
}

/// The first activation row, and which 4 of the tile's 16 rows.
#[derive(Clone, Copy)]
struct At {
    first: usize,
    quarter: usize,
}

/// The eight registers of 4 rows of a group's quants: columns 0..4, then 4..8, ... Those of 8
/// bits come less 128, as signed numbers.
#[target_feature(enable = "neon")]
#[inline]
unsafe fn quants<const BITS: usize>(p: *const u8, quarter: usize) -> [int8x16_t; 8] {
    // SAFETY: the caller passes the start of a group, `group_bytes(BITS)` long.
    let load = |register: usize| unsafe { vld1q_u8(p.add(register * 64 + quarter * 16)) };
    let mut w = [vdupq_n_u8(0); 8];
    if BITS == 8 {
        for (j, w) in w.iter_mut().enumerate() {
            *w = veorq_u8(load(j), vdupq_n_u8(0x80));
        }
        return w.map(|w| vreinterpretq_s8_u8(w));
    }
    if BITS < 4 {
        let pair = vdupq_n_u8(3);
        for part in 0..2 {
            let four = load(part);
            w[4 * part] = vandq_u8(four, pair);
            w[4 * part + 1] = vandq_u8(vshrq_n_u8::<2>(four), pair);
            w[4 * part + 2] = vandq_u8(vshrq_n_u8::<4>(four), pair);
            w[4 * part + 3] = vshrq_n_u8::<6>(four);
        }
        if BITS == 3 {
            let high = load(2);
            let shifted = [
                vshlq_n_u8::<2>(high),
                vshlq_n_u8::<1>(high),
                high,
                vshrq_n_u8::<1>(high),
                vshrq_n_u8::<2>(high),
                vshrq_n_u8::<3>(high),
                vshrq_n_u8::<4>(high),
                vshrq_n_u8::<5>(high),
            ];
            for (w, high) in w.iter_mut().zip(shifted) {
                *w = vorrq_u8(*w, vandq_u8(high, vdupq_n_u8(4)));
            }
        }
        return w.map(|w| vreinterpretq_s8_u8(w));
    }
    for j in 0..4 {
        let both = load(j);
        w[j] = vandq_u8(both, vdupq_n_u8(0x0f));
        w[4 + j] = vshrq_n_u8::<4>(both);
    }
    if BITS == 5 {
        let high = load(4);
        let shifted = [
            vshlq_n_u8::<4>(high),
            vshlq_n_u8::<3>(high),
            vshlq_n_u8::<2>(high),
            vshlq_n_u8::<1>(high),
            high,
            vshrq_n_u8::<1>(high),
            vshrq_n_u8::<2>(high),
            vshrq_n_u8::<3>(high),
        ];
        for (w, high) in w.iter_mut().zip(shifted) {
            *w = vorrq_u8(*w, vandq_u8(high, vdupq_n_u8(0x10)));
        }
    }
    if BITS == 6 {
        for part in 0..2 {
            let high = load(4 + part);
            let shifted =
                [vshlq_n_u8::<4>(high), vshlq_n_u8::<2>(high), high, vshrq_n_u8::<2>(high)];
            for (w, high) in w[4 * part..].iter_mut().zip(shifted) {
                *w = vorrq_u8(*w, vandq_u8(high, vdupq_n_u8(0x30)));
            }
        }
    }
    w.map(|w| vreinterpretq_s8_u8(w))
}

/// `sum + Σ w · x` over registers of 4 columns, four at a time.
#[target_feature(enable = "neon")]
#[inline]
unsafe fn dot<const DOT: bool>(mut sum: int32x4_t, w: &[int8x16_t], x: *const i8) -> int32x4_t {
    for (i, w) in w.as_chunks().0.iter().enumerate() {
        // SAFETY: the caller has `4 * w.len()` activations there, and dot products if `DOT`.
        unsafe {
            let x = vld1q_s8(x.add(i * 16));
            sum = if DOT { dot_products(sum, w, x) } else { products(sum, w, x) };
        }
    }
    sum
}

/// As assembly, since these instructions have no function in the standard library before Rust 1.98,
/// and so that it can be inlined into functions that are compiled without them.
#[target_feature(enable = "neon")]
#[inline]
unsafe fn dot_products(mut sum: int32x4_t, w: &[int8x16_t; 4], x: int8x16_t) -> int32x4_t {
    // SAFETY: the caller knows that the machine has the instruction; it touches registers only.
    unsafe {
        asm!(
            ".arch_extension dotprod",
            "sdot {sum:v}.4s, {w0:v}.16b, {x:v}.4b[0]",
            "sdot {sum:v}.4s, {w1:v}.16b, {x:v}.4b[1]",
            "sdot {sum:v}.4s, {w2:v}.16b, {x:v}.4b[2]",
            "sdot {sum:v}.4s, {w3:v}.16b, {x:v}.4b[3]",
            sum = inout(vreg) sum,
            w0 = in(vreg) w[0],
            w1 = in(vreg) w[1],
            w2 = in(vreg) w[2],
            w3 = in(vreg) w[3],
            x = in(vreg) x,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sum
}

/// The same by products of 16 bits, of which two cannot overflow.
#[target_feature(enable = "neon")]
#[inline]
fn products(mut sum: int32x4_t, w: &[int8x16_t; 4], x: int8x16_t) -> int32x4_t {
    let x = vreinterpretq_s32_s8(x);
    let columns = [
        vdupq_laneq_s32::<0>(x),
        vdupq_laneq_s32::<1>(x),
        vdupq_laneq_s32::<2>(x),
        vdupq_laneq_s32::<3>(x),
    ];
    for (&w, x) in w.iter().zip(columns) {
        let x = vreinterpretq_s8_s32(x);
        let low = vpaddlq_s16(vmull_s8(vget_low_s8(w), vget_low_s8(x)));
        let high = vpaddlq_s16(vmull_high_s8(w, x));
        sum = vaddq_s32(sum, vpaddq_s32(low, high));
    }
    sum
}

/// What the quants stand for.
#[target_feature(enable = "neon")]
#[inline]
fn through(values: int8x16_t, w: [int8x16_t; 8]) -> [int8x16_t; 8] {
    let mut out = w;
    for w in &mut out {
        *w = vqtbl1q_s8(values, vreinterpretq_u8_s8(*w));
    }
    out
}

/// # Safety
/// `tile` holds `columns` columns, `x` all the rows.
#[target_feature(enable = "neon")]
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
        // SAFETY: the caller's promise; each chunk's rows are among those it vouches for.
        unsafe {
            match kind {
                Float::F16 => float_rows::<F16>(tile, columns, x, stride, out),
                Float::Bf16 => float_rows::<BF16>(tile, columns, x, stride, out),
                Float::F32 => float_rows::<F32>(tile, columns, x, stride, out),
            }
        }
    }
}

/// Up to [`ROWS`] rows. A sum waits for the one before it, so a row alone takes all quarters at once.
#[target_feature(enable = "neon")]
unsafe fn float_rows<const KIND: usize>(
    tile: &[u8],
    columns: usize,
    x: &[f32],
    stride: usize,
    out: &mut [[f32; LANES]],
) {
    // SAFETY: the caller's promise.
    unsafe {
        if out.len() == 1 {
            return float::<KIND, 4, 1>(tile, 0, columns, x, stride, out);
        }
        for quarter in 0..4 {
            by_rows!(float, [KIND, 1], out, tile, quarter, columns, x, stride);
        }
    }
}

/// `QUARTERS` of them, from `quarter` on.
#[target_feature(enable = "neon")]
unsafe fn float<const KIND: usize, const QUARTERS: usize, const M: usize>(
    tile: &[u8],
    quarter: usize,
    columns: usize,
    x: &[f32],
    stride: usize,
    out: &mut [[f32; LANES]],
) {
    // SAFETY: `float_product` has the tile's and the rows' lengths vouched for.
    unsafe {
        let x: [*const f32; M] = row_pointers(x, stride, 0);
        let weights = |column: usize, quarter: usize| {
            let at = column * 4 + quarter;
            match KIND {
                0 => load_halves(tile.as_ptr().add(at * 8)),
                1 => {
                    let bits = vreinterpret_u16_u8(vld1_u8(tile.as_ptr().add(at * 8)));
                    vreinterpretq_f32_u32(vshll_n_u16::<16>(bits))
                }
                _ => vreinterpretq_f32_u8(vld1q_u8(tile.as_ptr().add(at * 16))),
            }
        };
        let add = |sums: &mut [[float32x4_t; M]; QUARTERS], column: usize| {
            for (q, sums) in sums.iter_mut().enumerate() {
                let w = weights(column, quarter + q);
                for m in 0..M {
                    sums[m] = vfmaq_n_f32(sums[m], w, *x[m].add(column));
                }
            }
        };
        let mut even = [[vdupq_n_f32(0.0); M]; QUARTERS];
        let mut odd = even;
        for column in (0..columns & !1).step_by(2) {
            add(&mut even, column);
            add(&mut odd, column + 1);
        }
        if columns % 2 == 1 {
            add(&mut even, columns - 1);
        }
        for q in 0..QUARTERS {
            let mut total = even[q];
            for m in 0..M {
                total[m] = vaddq_f32(total[m], odd[q][m]);
            }
            store(total, quarter + q, out);
        }
    }
}

/// Sums of `turns` rounds of 8 independent products of 16 numbers, four times.
///
/// # Safety
/// The machine has dot products if `DOT`.
#[target_feature(enable = "neon")]
pub unsafe fn multiply_in_registers<const DOT: bool>(turns: usize) -> i32 {
    let (w, x) = ([vdupq_n_s8(3); 4], std::hint::black_box(vdupq_n_s8(-2)));
    let mut sums = [vdupq_n_s32(0); 8];
    for _ in 0..turns {
        for sum in &mut sums {
            // SAFETY: the caller's promise.
            *sum = unsafe {
                if DOT {
                    dot_products(*sum, &w, x)
                } else {
                    products(*sum, &w, std::hint::black_box(x))
                }
            };
        }
    }
    sums.iter().fold(0, |total, &sum| total.wrapping_add(vgetq_lane_s32::<0>(sum)))
}

/// The four bytes at `p`, and four zeros.
#[target_feature(enable = "neon")]
#[inline]
unsafe fn four_bytes(p: *const u8) -> uint8x8_t {
    // SAFETY: the caller has four bytes there.
    vcreate_u8(u64::from(unsafe { p.cast::<u32>().read_unaligned() }))
}

/// 4 half-precision numbers.
#[target_feature(enable = "neon")]
#[inline]
unsafe fn load_halves(p: *const u8) -> float32x4_t {
    // SAFETY: the caller has 8 bytes there.
    vcvt_f32_f16(vreinterpret_f16_u8(unsafe { vld1_u8(p) }))
}

#[target_feature(enable = "neon")]
#[inline]
unsafe fn store<const M: usize>(total: [float32x4_t; M], quarter: usize, out: &mut [[f32; LANES]]) {
    for (total, out) in total.into_iter().zip(out) {
        // SAFETY: `out` is 16 numbers long, and a quarter of it is written.
        unsafe { vst1q_f32(out.as_mut_ptr().add(quarter * 4), total) };
    }
}

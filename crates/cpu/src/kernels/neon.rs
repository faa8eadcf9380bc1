//! NEON, which every 64-bit ARM has, and its dot products where there are any (ARMv8.2 and
//! later): 4 rows a register, the same tiles in four quarters.

use std::arch::{aarch64::*, asm};

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

/// `d * scale * quant - m * min`, scale and min for 32 columns.
#[target_feature(enable = "neon")]
unsafe fn minima<const DOT: bool, const BITS: usize, const M: usize>(
    tile: &[u8],
    x: &Quantized,
    at: At,
    out: &mut [[f32; LANES]],
) {
    let shape = if BITS == 4 { Shape::Minima4 } else { Shape::Minima5 };
    let blocks = x.columns / 256;
    let group = group_bytes(BITS);
    // SAFETY: `integer_product` has the tile's and the rows' lengths vouched for.
    unsafe {
        let heads = tile.as_ptr().add(at.quarter * 8);
        let bodies = tile.as_ptr().add(shape.heads_bytes(x.columns));
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, at.first);
        let sums: [*const i16; M] = row_pointers(&x.sums32, x.columns / 32, at.first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, at.first);
        let mut total = [vdupq_n_f32(0.0); M];
        for b in 0..blocks {
            let body = bodies.add(b * shape.body_bytes());
            let small = body.add(8 * group);
            let d = load_halves(heads.add(b * 64));
            let mut f = [vdupq_n_f32(0.0); M];
            for s in 0..8 {
                let w = quants::<BITS>(body.add(s * group), at.quarter);
                let scale = vmovl_u8(four_bytes(small.add(s * 16 + at.quarter * 4)));
                let scale = vcvtq_f32_u32(vmovl_u16(vget_low_u16(scale)));
                let scale = vmulq_f32(d, scale);
                for m in 0..M {
                    let dot = dot::<DOT>(vdupq_n_s32(0), &w, q[m].add(b * 256 + s * 32));
                    f[m] = vfmaq_f32(f[m], vcvtq_f32_s32(dot), scale);
                }
            }
            let mut minima = [vdupq_n_s32(0); M];
            for pair in 0..4 {
                let min = vld1_u8(small.add(128 + pair * 32 + at.quarter * 8));
                let min = vreinterpretq_s16_u16(vmovl_u8(min));
                for m in 0..M {
                    let sums = sums[m].add(b * 8 + pair * 2).cast::<i32>().read_unaligned();
                    minima[m] = add_pairs(minima[m], min, sums);
                }
            }
            let dmin = load_halves(heads.add(b * 64 + 32));
            for m in 0..M {
                f[m] = vfmsq_f32(f[m], dmin, vcvtq_f32_s32(minima[m]));
                total[m] = vfmaq_n_f32(total[m], f[m], *scales[m].add(b));
            }
        }
        store(total, at.quarter, out);
    }
}

/// `d * scale * (quant - 32)`, scale for 16 columns.
#[target_feature(enable = "neon")]
unsafe fn scales6<const DOT: bool, const M: usize>(
    tile: &[u8],
    x: &Quantized,
    at: At,
    out: &mut [[f32; LANES]],
) {
    let shape = Shape::Scales6;
    let blocks = x.columns / 256;
    let group = group_bytes(6);
    // SAFETY: `integer_product` has the tile's and the rows' lengths vouched for.
    unsafe {
        let heads = tile.as_ptr().add(at.quarter * 8);
        let bodies = tile.as_ptr().add(shape.heads_bytes(x.columns));
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, at.first);
        let sums: [*const i32; M] = row_pointers(&x.sums, x.columns / 16, at.first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, at.first);
        let mut total = [vdupq_n_f32(0.0); M];
        for b in 0..blocks {
            let body = bodies.add(b * shape.body_bytes());
            let small = body.add(8 * group);
            let d = load_halves(heads.add(b * 32));
            let mut f = [vdupq_n_f32(0.0); M];
            for s in 0..8 {
                let w = quants::<6>(body.add(s * group), at.quarter);
                for (part, w) in w.as_chunks::<4>().0.iter().enumerate() {
                    let i = 2 * s + part;
                    let scale = four_bytes(small.add(i * 16 + at.quarter * 4));
                    let scale = vget_low_s16(vmovl_s8(vreinterpret_s8_u8(scale)));
                    let scale = vmulq_f32(d, vcvtq_f32_s32(vmovl_s16(scale)));
                    for m in 0..M {
                        let start = vdupq_n_s32(*sums[m].add(b * 16 + i) << 5);
                        let dot = dot::<DOT>(start, w, q[m].add(b * 256 + i * 16));
                        f[m] = vfmaq_f32(f[m], vcvtq_f32_s32(dot), scale);
                    }
                }
            }
            for m in 0..M {
                total[m] = vfmaq_n_f32(total[m], f[m], *scales[m].add(b));
            }
        }
        store(total, at.quarter, out);
    }
}

/// `d * (quant - 2^(BITS - 1))`, d for 32 columns.
#[target_feature(enable = "neon")]
unsafe fn offset<const DOT: bool, const BITS: usize, const M: usize>(
    tile: &[u8],
    x: &Quantized,
    at: At,
    out: &mut [[f32; LANES]],
) {
    let blocks = x.columns / 32;
    let group = group_bytes(BITS);
    // SAFETY: `integer_product` has the tile's and the rows' lengths vouched for.
    unsafe {
        let heads = tile.as_ptr().add(at.quarter * 8);
        let bodies = tile.as_ptr().add(tile.len() - blocks * group);
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, at.first);
        let sums: [*const i32; M] = row_pointers(&x.sums, blocks, at.first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, at.first);
        let mut total = [vdupq_n_f32(0.0); M];
        for b in 0..blocks {
            let w = quants::<BITS>(bodies.add(b * group), at.quarter);
            let d = load_halves(heads.add(b * 32));
            for m in 0..M {
                let start = if BITS == 8 { 0 } else { *sums[m].add(b) << (BITS - 1) };
                let dot = dot::<DOT>(vdupq_n_s32(start), &w, q[m].add(b * 32));
                let scale = vmulq_n_f32(d, *scales[m].add(b));
                total[m] = vfmaq_f32(total[m], vcvtq_f32_s32(dot), scale);
            }
        }
        store(total, at.quarter, out);
    }
}

/// `d * quant + m`, both for 32 columns.
#[target_feature(enable = "neon")]
unsafe fn affine<const DOT: bool, const BITS: usize, const M: usize>(
    tile: &[u8],
    x: &Quantized,
    at: At,
    out: &mut [[f32; LANES]],
) {
    let blocks = x.columns / 32;
    let group = group_bytes(BITS);
    // SAFETY: `integer_product` has the tile's and the rows' lengths vouched for.
    unsafe {
        let heads = tile.as_ptr().add(at.quarter * 8);
        let bodies = tile.as_ptr().add(tile.len() - blocks * group);
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, at.first);
        let sums: [*const i32; M] = row_pointers(&x.sums, blocks, at.first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, at.first);
        let mut total = [vdupq_n_f32(0.0); M];
        for b in 0..blocks {
            let w = quants::<BITS>(bodies.add(b * group), at.quarter);
            let (d, min) = (load_halves(heads.add(b * 64)), load_halves(heads.add(b * 64 + 32)));
            for m in 0..M {
                let dot = dot::<DOT>(vdupq_n_s32(0), &w, q[m].add(b * 32));
                let scale = *scales[m].add(b);
                total[m] = vfmaq_f32(total[m], vcvtq_f32_s32(dot), vmulq_n_f32(d, scale));
                let minus_sum = vdupq_n_f32(*sums[m].add(b) as f32);
                total[m] = vfmsq_f32(total[m], minus_sum, vmulq_n_f32(min, scale));
            }
        }
        store(total, at.quarter, out);
    }
}

/// `d * table[quant]`, d for 32 columns: an f16, or a power of two.
#[target_feature(enable = "neon")]
unsafe fn levels<const DOT: bool, const POWERS: bool, const M: usize>(
    tile: &[u8],
    x: &Quantized,
    table: &Table,
    at: At,
    out: &mut [[f32; LANES]],
) {
    let blocks = x.columns / 32;
    let group = group_bytes(4);
    // SAFETY: `integer_product` has the tile's and the rows' lengths vouched for; a table has 16
    // values.
    unsafe {
        let values = vld1q_s8(table.values.as_ptr());
        let heads = tile.as_ptr();
        let bodies = tile.as_ptr().add(tile.len() - blocks * group);
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, at.first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, at.first);
        let mut total = [vdupq_n_f32(0.0); M];
        for b in 0..blocks {
            let w = through(values, quants::<4>(bodies.add(b * group), at.quarter));
            let d = if POWERS {
                load_powers(heads.add(b * 16 + at.quarter * 4))
            } else {
                load_halves(heads.add(b * 32 + at.quarter * 8))
            };
            for m in 0..M {
                let dot = dot::<DOT>(vdupq_n_s32(0), &w, q[m].add(b * 32));
                let scale = vmulq_n_f32(d, *scales[m].add(b));
                total[m] = vfmaq_f32(total[m], vcvtq_f32_s32(dot), scale);
            }
        }
        store(total, at.quarter, out);
    }
}

/// `d * unit * scale * table[quant]`, scale for `PER` columns; of 2 bits, less `m * min` as well.
/// Scales are whole numbers, and their products are summed as such.
#[target_feature(enable = "neon")]
unsafe fn whole<const DOT: bool, const BITS: usize, const PER: usize, const M: usize>(
    tile: &[u8],
    x: &Quantized,
    (shape, table): (Shape, &Table),
    at: At,
    out: &mut [[f32; LANES]],
) {
    let blocks = x.columns / 256;
    let group = group_bytes(BITS);
    // SAFETY: `integer_product` has the tile's and the rows' lengths vouched for; a table has 16
    // values.
    unsafe {
        let values = vld1q_s8(table.values.as_ptr());
        let heads = tile.as_ptr().add(at.quarter * 8);
        let bodies = tile.as_ptr().add(shape.heads_bytes(x.columns));
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, at.first);
        let sums: [*const i16; M] = row_pointers(&x.sums16, x.columns / 16, at.first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, at.first);
        let mut total = [vdupq_n_f32(0.0); M];
        for b in 0..blocks {
            let body = bodies.add(b * shape.body_bytes());
            let small = body.add(8 * group + at.quarter * 8);
            // The two numbers of each row that lie together at `pair`, in 16 bits.
            let pairs = |pair: usize, high: bool| {
                let both = vld1_u8(small.add(pair * 32));
                let both = match (BITS, high) {
                    (2, false) => vand_u8(both, vdup_n_u8(0x0f)),
                    (2, true) => vshr_n_u8::<4>(both),
                    _ => both,
                };
                vmovl_s8(vreinterpret_s8_u8(both))
            };
            let mut dots = [vdupq_n_s32(0); M];
            for s in 0..8 {
                let mut w = quants::<BITS>(body.add(s * group), at.quarter);
                if BITS > 2 {
                    w = through(values, w);
                }
                let both = vreinterpretq_s32_s16(pairs(if PER == 16 { s } else { s / 2 }, false));
                let even = vshrq_n_s32::<16>(vshlq_n_s32::<16>(both));
                let odd = vshrq_n_s32::<16>(both);
                for m in 0..M {
                    let x = q[m].add(b * 256 + s * 32);
                    if PER == 16 {
                        let dot_even = dot::<DOT>(vdupq_n_s32(0), &w[..4], x);
                        let dot_odd = dot::<DOT>(vdupq_n_s32(0), &w[4..], x.add(16));
                        dots[m] = vmlaq_s32(dots[m], dot_even, even);
                        dots[m] = vmlaq_s32(dots[m], dot_odd, odd);
                    } else {
                        let dot = dot::<DOT>(vdupq_n_s32(0), &w, x);
                        dots[m] = vmlaq_s32(dots[m], dot, if s % 2 == 0 { even } else { odd });
                    }
                }
            }
            let d_at = heads.add(b * shape.head_bytes());
            let d = vmulq_n_f32(load_halves(d_at), table.unit);
            let mut f = [vdupq_n_f32(0.0); M];
            for m in 0..M {
                f[m] = vmulq_f32(d, vcvtq_f32_s32(dots[m]));
            }
            if BITS == 2 {
                let mut minima = [vdupq_n_s32(0); M];
                for pair in 0..8 {
                    let min = pairs(pair, true);
                    for m in 0..M {
                        let sums = sums[m].add(b * 16 + pair * 2).cast::<i32>().read_unaligned();
                        minima[m] = add_pairs(minima[m], min, sums);
                    }
                }
                let min = load_halves(d_at.add(32));
                for m in 0..M {
                    f[m] = vfmsq_f32(f[m], min, vcvtq_f32_s32(minima[m]));
                }
            }
            for m in 0..M {
                total[m] = vfmaq_n_f32(total[m], f[m], *scales[m].add(b));
            }
        }
        store(total, at.quarter, out);
    }
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

/// `sum` and two products of each row: its pair, and the one in `sums`.
#[target_feature(enable = "neon")]
#[inline]
fn add_pairs(sum: int32x4_t, pairs: int16x8_t, sums: i32) -> int32x4_t {
    let sums = vreinterpretq_s16_s32(vdupq_n_s32(sums));
    let low = vmull_s16(vget_low_s16(pairs), vget_low_s16(sums));
    vaddq_s32(sum, vpaddq_s32(low, vmull_high_s16(pairs, sums)))
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

/// 4 powers of two, stored as [`half_of_power`] reads them.
///
/// [`half_of_power`]: super::format::half_of_power
#[target_feature(enable = "neon")]
#[inline]
unsafe fn load_powers(p: *const u8) -> float32x4_t {
    // SAFETY: the caller has four bytes there.
    let bytes = unsafe { four_bytes(p) };
    let exponents = vmovl_u16(vget_low_u16(vmovl_u8(bytes)));
    let normal = vshlq_n_u32::<23>(vsubq_u32(exponents, vdupq_n_u32(1)));
    let small = vshlq_u32(vdupq_n_u32(0x0020_0000), vreinterpretq_s32_u32(exponents));
    let is_small = vcltq_u32(exponents, vdupq_n_u32(2));
    vreinterpretq_f32_u32(vbslq_u32(is_small, small, normal))
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

//! Formats of 256 columns with small scales for 16 or 32 of them.

use super::*;

/// `d * scale * quant - m * min`, scale and min for 32 columns.
#[target_feature(enable = "neon")]
pub(super) unsafe fn minima<const DOT: bool, const BITS: usize, const M: usize>(
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
pub(super) unsafe fn scales6<const DOT: bool, const M: usize>(
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

/// `d * unit * scale * table[quant]`, scale for `PER` columns; of 2 bits, less `m * min` as well.
/// Scales are whole numbers, and their products are summed as such.
#[target_feature(enable = "neon")]
pub(super) unsafe fn whole<const DOT: bool, const BITS: usize, const PER: usize, const M: usize>(
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

/// `sum` and two products of each row: its pair, and the one in `sums`.
#[target_feature(enable = "neon")]
#[inline]
fn add_pairs(sum: int32x4_t, pairs: int16x8_t, sums: i32) -> int32x4_t {
    let sums = vreinterpretq_s16_s32(vdupq_n_s32(sums));
    let low = vmull_s16(vget_low_s16(pairs), vget_low_s16(sums));
    vaddq_s32(sum, vpaddq_s32(low, vmull_high_s16(pairs, sums)))
}

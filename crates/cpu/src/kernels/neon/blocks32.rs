//! Formats whose numbers belong to 32 columns.

use super::*;

/// `d * (quant - 2^(BITS - 1))`, d for 32 columns.
#[target_feature(enable = "neon")]
pub(super) unsafe fn offset<const DOT: bool, const BITS: usize, const M: usize>(
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
pub(super) unsafe fn affine<const DOT: bool, const BITS: usize, const M: usize>(
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
pub(super) unsafe fn levels<const DOT: bool, const POWERS: bool, const M: usize>(
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

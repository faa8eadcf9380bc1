//! Formats whose numbers belong to 32 columns.

use super::*;

/// `d * (quant - 2^(BITS - 1))`, d for 32 columns.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,f16c,fma,avx2")]
pub(super) unsafe fn offset<const BITS: usize, const M: usize>(
    tile: &[u8],
    x: &Quantized,
    first: usize,
    fresh: bool,
    out: &mut [[f32; LANES]],
) {
    let blocks = x.columns / 32;
    let group = group_bytes(BITS);
    let shift = _mm_cvtsi32_si128(BITS as i32 - 1);
    // SAFETY: `integer_product` has the tile's and the rows' lengths vouched for.
    unsafe {
        let heads = tile.as_ptr();
        let bodies = tile.as_ptr().add(tile.len() - blocks * group);
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, first);
        let sums: [*const i32; M] = row_pointers(&x.sums, blocks, first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, first);
        let mut total = [_mm512_setzero_ps(); M];
        for b in 0..blocks {
            let group = bodies.add(b * group);
            if fresh {
                fetch_block32(group, group_bytes(BITS));
            }
            let d = load_halves(heads.add(b * 32));
            let mut dot = [_mm512_setzero_si512(); M];
            for m in 0..M {
                dot[m] = _mm512_sll_epi32(broadcast(sums[m].add(b)), shift);
            }
            unrolled!(J in [0 1 2 3 4 5 6 7] {
                let w = quants::<BITS, J>(group);
                for m in 0..M {
                    let x = broadcast(q[m].add(b * 32 + J * 4));
                    dot[m] = _mm512_dpbusd_epi32(dot[m], w, x);
                }
            });
            for m in 0..M {
                let scale = _mm512_mul_ps(d, _mm512_set1_ps(*scales[m].add(b)));
                total[m] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot[m]), scale, total[m]);
            }
        }
        store(total, out);
    }
}

/// `d * quant + m`, both for 32 columns.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,f16c,fma,avx2")]
pub(super) unsafe fn affine<const BITS: usize, const M: usize>(
    tile: &[u8],
    x: &Quantized,
    first: usize,
    fresh: bool,
    out: &mut [[f32; LANES]],
) {
    let blocks = x.columns / 32;
    let group = group_bytes(BITS);
    // SAFETY: `integer_product` has the tile's and the rows' lengths vouched for.
    unsafe {
        let heads = tile.as_ptr();
        let bodies = tile.as_ptr().add(tile.len() - blocks * group);
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, first);
        let sums: [*const i32; M] = row_pointers(&x.sums, blocks, first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, first);
        let mut total = [_mm512_setzero_ps(); M];
        for b in 0..blocks {
            let group = bodies.add(b * group);
            if fresh {
                fetch_block32(group, group_bytes(BITS));
            }
            let (d, min) = (load_halves(heads.add(b * 64)), load_halves(heads.add(b * 64 + 32)));
            let mut dot = [_mm512_setzero_si512(); M];
            unrolled!(J in [0 1 2 3 4 5 6 7] {
                let w = quants::<BITS, J>(group);
                for m in 0..M {
                    let x = broadcast(q[m].add(b * 32 + J * 4));
                    dot[m] = _mm512_dpbusd_epi32(dot[m], w, x);
                }
            });
            for m in 0..M {
                let scale = _mm512_set1_ps(*scales[m].add(b));
                let dot = _mm512_cvtepi32_ps(dot[m]);
                total[m] = _mm512_fmadd_ps(dot, _mm512_mul_ps(d, scale), total[m]);
                let minus_sum = _mm512_cvtepi32_ps(broadcast(sums[m].add(b)));
                total[m] = _mm512_fnmadd_ps(minus_sum, _mm512_mul_ps(min, scale), total[m]);
            }
        }
        store(total, out);
    }
}

/// `d * table[quant]`, d for 32 columns: an f16, or a power of two.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,f16c,fma,avx2")]
pub(super) unsafe fn levels<const POWERS: bool, const M: usize>(
    tile: &[u8],
    x: &Quantized,
    table: &Table,
    first: usize,
    fresh: bool,
    out: &mut [[f32; LANES]],
) {
    let blocks = x.columns / 32;
    let group = group_bytes(4);
    let (values, offset) = (values(table), _mm512_set1_epi32(table.offset()));
    // SAFETY: `integer_product` has the tile's and the rows' lengths vouched for.
    unsafe {
        let heads = tile.as_ptr();
        let bodies = tile.as_ptr().add(tile.len() - blocks * group);
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, first);
        let sums: [*const i32; M] = row_pointers(&x.sums, blocks, first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, first);
        let mut total = [_mm512_setzero_ps(); M];
        for b in 0..blocks {
            let group = bodies.add(b * group);
            if fresh {
                fetch_block32(group, group_bytes(4));
            }
            let d = if POWERS {
                load_powers(heads.add(b * 16))
            } else {
                load_halves(heads.add(b * 32))
            };
            let mut dot = [_mm512_setzero_si512(); M];
            for m in 0..M {
                dot[m] = _mm512_mullo_epi32(broadcast(sums[m].add(b)), offset);
            }
            unrolled!(J in [0 1 2 3 4 5 6 7] {
                let w = _mm512_shuffle_epi8(values, quants::<4, J>(group));
                for m in 0..M {
                    let x = broadcast(q[m].add(b * 32 + J * 4));
                    dot[m] = _mm512_dpbusd_epi32(dot[m], w, x);
                }
            });
            for m in 0..M {
                let scale = _mm512_mul_ps(d, _mm512_set1_ps(*scales[m].add(b)));
                total[m] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot[m]), scale, total[m]);
            }
        }
        store(total, out);
    }
}

/// 16 powers of two, stored as [`half_of_power`] reads them.
///
/// [`half_of_power`]: super::format::half_of_power
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn load_powers(p: *const u8) -> __m512 {
    // SAFETY: the caller has 16 bytes there.
    let exponents = _mm512_cvtepu8_epi32(unsafe { _mm_loadu_si128(p.cast()) });
    let normal = _mm512_slli_epi32::<23>(_mm512_sub_epi32(exponents, _mm512_set1_epi32(1)));
    let small = _mm512_sllv_epi32(_mm512_set1_epi32(0x0020_0000), exponents);
    let is_small = _mm512_cmplt_epi32_mask(exponents, _mm512_set1_epi32(2));
    _mm512_castsi512_ps(_mm512_mask_mov_epi32(normal, is_small, small))
}

//! Formats whose numbers belong to 32 columns.

use super::*;

/// `Σ (w - 128) · x` for quants of 8 bits, whose unsigned products would overflow 16 bits:
/// magnitudes of the weights times activations that carry the weights' signs.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn dot_signed(w: &[__m256i; 8], x: *const i8) -> __m256i {
    let (ones, flip) = (_mm256_set1_epi16(1), _mm256_set1_epi8(-128));
    let mut sum = _mm256_setzero_si256();
    for (j, &w) in w.iter().enumerate() {
        let w = _mm256_xor_si256(w, flip);
        // SAFETY: the caller has 32 activations there.
        let x = _mm256_sign_epi8(unsafe { broadcast(x.add(j * 4)) }, w);
        let products = _mm256_maddubs_epi16(_mm256_abs_epi8(w), x);
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(products, ones));
    }
    sum
}

/// `d * (quant - 2^(BITS - 1))`, d for 32 columns.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn offset<const VNNI: bool, const BITS: usize, const M: usize>(
    tile: &[u8],
    x: &Quantized,
    at: At,
    out: &mut [[f32; LANES]],
) {
    let blocks = x.columns / 32;
    let group = group_bytes(BITS);
    let shift = _mm_cvtsi32_si128(BITS as i32 - 1);
    // SAFETY: `integer_product` has the tile's and the rows' lengths vouched for.
    unsafe {
        let heads = tile.as_ptr().add(at.half * 16);
        let bodies = tile.as_ptr().add(tile.len() - blocks * group);
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, at.first);
        let sums: [*const i32; M] = row_pointers(&x.sums, blocks, at.first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, at.first);
        let mut total = [_mm256_setzero_ps(); M];
        for b in 0..blocks {
            if at.fresh {
                fetch_block32(bodies.add(b * group), group);
            }
            let w = quants::<BITS>(bodies.add(b * group), at.half);
            let d = load_halves(heads.add(b * 32));
            for m in 0..M {
                let x = q[m].add(b * 32);
                let dot = if BITS == 8 && !VNNI {
                    dot_signed(&w, x)
                } else {
                    let start = _mm256_sll_epi32(broadcast(sums[m].add(b).cast()), shift);
                    dot::<VNNI, BITS>(start, &w, x)
                };
                let scale = _mm256_mul_ps(d, _mm256_set1_ps(*scales[m].add(b)));
                total[m] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot), scale, total[m]);
            }
        }
        store(total, at.half, out);
    }
}

/// `d * quant + m`, both for 32 columns.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn affine<const VNNI: bool, const BITS: usize, const M: usize>(
    tile: &[u8],
    x: &Quantized,
    at: At,
    out: &mut [[f32; LANES]],
) {
    let blocks = x.columns / 32;
    let group = group_bytes(BITS);
    // SAFETY: `integer_product` has the tile's and the rows' lengths vouched for.
    unsafe {
        let heads = tile.as_ptr().add(at.half * 16);
        let bodies = tile.as_ptr().add(tile.len() - blocks * group);
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, at.first);
        let sums: [*const i32; M] = row_pointers(&x.sums, blocks, at.first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, at.first);
        let mut total = [_mm256_setzero_ps(); M];
        for b in 0..blocks {
            if at.fresh {
                fetch_block32(bodies.add(b * group), group);
            }
            let w = quants::<BITS>(bodies.add(b * group), at.half);
            let (d, min) = (load_halves(heads.add(b * 64)), load_halves(heads.add(b * 64 + 32)));
            for m in 0..M {
                let dot = dot::<VNNI, BITS>(_mm256_setzero_si256(), &w, q[m].add(b * 32));
                let scale = _mm256_set1_ps(*scales[m].add(b));
                let dot = _mm256_cvtepi32_ps(dot);
                total[m] = _mm256_fmadd_ps(dot, _mm256_mul_ps(d, scale), total[m]);
                let minus_sum = _mm256_cvtepi32_ps(broadcast(sums[m].add(b).cast()));
                total[m] = _mm256_fnmadd_ps(minus_sum, _mm256_mul_ps(min, scale), total[m]);
            }
        }
        store(total, at.half, out);
    }
}

/// `d * table[quant]`, d for 32 columns. Values of 8 bits are multiplied as Q8_0's are.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn levels<const VNNI: bool, const M: usize>(
    tile: &[u8],
    x: &Quantized,
    table: &Table,
    at: At,
    out: &mut [[f32; LANES]],
) {
    let blocks = x.columns / 32;
    let group = group_bytes(4);
    let values = values::<VNNI>(table);
    let (ones, offset) = (_mm256_set1_epi16(1), _mm256_set1_epi32(table.offset()));
    // SAFETY: `integer_product` has the tile's and the rows' lengths vouched for.
    unsafe {
        let heads = tile.as_ptr().add(at.half * 16);
        let bodies = tile.as_ptr().add(tile.len() - blocks * group);
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, at.first);
        let sums: [*const i32; M] = row_pointers(&x.sums, blocks, at.first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, at.first);
        let mut total = [_mm256_setzero_ps(); M];
        for b in 0..blocks {
            if at.fresh {
                fetch_block32(bodies.add(b * group), group);
            }
            let w = through(values, quants::<4>(bodies.add(b * group), at.half));
            let d = load_halves(heads.add(b * 32));
            let mut dots = [_mm256_setzero_si256(); M];
            if VNNI {
                for m in 0..M {
                    let start = broadcast(sums[m].add(b).cast());
                    let start = _mm256_mullo_epi32(start, offset);
                    dots[m] = dot::<true, 8>(start, &w, q[m].add(b * 32));
                }
            } else {
                let x = q.map(|q| q.add(b * 32));
                add_signed(&mut dots, &w, x, ones);
            }
            for m in 0..M {
                let scale = _mm256_mul_ps(d, _mm256_set1_ps(*scales[m].add(b)));
                total[m] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dots[m]), scale, total[m]);
            }
        }
        store(total, at.half, out);
    }
}

/// The same with a power of two for d and values up to 15, which make quants of 5 bits.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn exponents<const VNNI: bool, const M: usize>(
    tile: &[u8],
    x: &Quantized,
    table: &Table,
    at: At,
    out: &mut [[f32; LANES]],
) {
    let blocks = x.columns / 32;
    let group = group_bytes(4);
    let values = values::<true>(table);
    let offset = _mm256_set1_epi32(table.offset());
    // SAFETY: `integer_product` has the tile's and the rows' lengths vouched for.
    unsafe {
        let heads = tile.as_ptr().add(at.half * 8);
        let bodies = tile.as_ptr().add(tile.len() - blocks * group);
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, at.first);
        let sums: [*const i32; M] = row_pointers(&x.sums, blocks, at.first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, at.first);
        let mut total = [_mm256_setzero_ps(); M];
        for b in 0..blocks {
            if at.fresh {
                fetch_block32(bodies.add(b * group), group);
            }
            let w = through(values, quants::<4>(bodies.add(b * group), at.half));
            let d = load_powers(heads.add(b * 16));
            for m in 0..M {
                let start = _mm256_mullo_epi32(broadcast(sums[m].add(b).cast()), offset);
                let dot = dot::<VNNI, 5>(start, &w, q[m].add(b * 32));
                let scale = _mm256_mul_ps(d, _mm256_set1_ps(*scales[m].add(b)));
                total[m] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot), scale, total[m]);
            }
        }
        store(total, at.half, out);
    }
}

/// 8 powers of two, stored as [`half_of_power`] reads them.
///
/// [`half_of_power`]: super::format::half_of_power
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn load_powers(p: *const u8) -> __m256 {
    // SAFETY: the caller has 8 bytes there.
    let exponents = _mm256_cvtepu8_epi32(unsafe { _mm_loadl_epi64(p.cast()) });
    let normal = _mm256_slli_epi32::<23>(_mm256_sub_epi32(exponents, _mm256_set1_epi32(1)));
    let small = _mm256_sllv_epi32(_mm256_set1_epi32(0x0020_0000), exponents);
    let is_small = _mm256_cmpgt_epi32(_mm256_set1_epi32(2), exponents);
    _mm256_castsi256_ps(_mm256_blendv_epi8(normal, small, is_small))
}

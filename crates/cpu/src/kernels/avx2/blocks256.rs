//! Formats of 256 columns with small scales for 16 or 32 of them.

use super::*;

/// `d * scale * quant - m * min`, scale and min for 32 columns.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn minima<const VNNI: bool, const BITS: usize, const M: usize>(
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
        let heads = tile.as_ptr().add(at.half * 16);
        let bodies = tile.as_ptr().add(shape.heads_bytes(x.columns));
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, at.first);
        let sums: [*const i16; M] = row_pointers(&x.sums32, x.columns / 32, at.first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, at.first);
        let mut total = [_mm256_setzero_ps(); M];
        for b in 0..blocks {
            let body = bodies.add(b * shape.body_bytes());
            let small = body.add(8 * group);
            let d = load_halves(heads.add(b * 64));
            let mut f = [_mm256_setzero_ps(); M];
            for s in 0..8 {
                if at.fresh {
                    fetch_group(body, shape, s);
                }
                let w = quants::<BITS>(body.add(s * group), at.half);
                let scale = _mm_loadl_epi64(small.add(s * 16 + at.half * 8).cast());
                let scale = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(scale));
                let scale = _mm256_mul_ps(d, scale);
                for m in 0..M {
                    let x = q[m].add(b * 256 + s * 32);
                    let dot = dot::<VNNI, BITS>(_mm256_setzero_si256(), &w, x);
                    f[m] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot), scale, f[m]);
                }
            }
            let mut minima = [_mm256_setzero_si256(); M];
            for pair in 0..4 {
                let min = _mm_loadu_si128(small.add(128 + pair * 32 + at.half * 16).cast());
                let min = _mm256_cvtepu8_epi16(min);
                for m in 0..M {
                    let sums = broadcast(sums[m].add(b * 8 + pair * 2).cast());
                    minima[m] = _mm256_add_epi32(minima[m], _mm256_madd_epi16(min, sums));
                }
            }
            let dmin = load_halves(heads.add(b * 64 + 32));
            for m in 0..M {
                f[m] = _mm256_fnmadd_ps(dmin, _mm256_cvtepi32_ps(minima[m]), f[m]);
                total[m] = _mm256_fmadd_ps(f[m], _mm256_set1_ps(*scales[m].add(b)), total[m]);
            }
        }
        store(total, at.half, out);
    }
}

/// `d * scale * (quant - 32)`, scale for 16 columns.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn scales6<const VNNI: bool, const M: usize>(
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
        let heads = tile.as_ptr().add(at.half * 16);
        let bodies = tile.as_ptr().add(shape.heads_bytes(x.columns));
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, at.first);
        let sums: [*const i32; M] = row_pointers(&x.sums, x.columns / 16, at.first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, at.first);
        let mut total = [_mm256_setzero_ps(); M];
        for b in 0..blocks {
            let body = bodies.add(b * shape.body_bytes());
            let small = body.add(8 * group);
            let d = load_halves(heads.add(b * 32));
            let mut f = [_mm256_setzero_ps(); M];
            for s in 0..8 {
                if at.fresh {
                    fetch_group(body, shape, s);
                }
                let w = quants::<6>(body.add(s * group), at.half);
                for part in 0..2 {
                    let i = 2 * s + part;
                    let scale = _mm_loadl_epi64(small.add(i * 16 + at.half * 8).cast());
                    let scale = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(scale));
                    let scale = _mm256_mul_ps(d, scale);
                    for m in 0..M {
                        let start = broadcast(sums[m].add(b * 16 + i).cast());
                        let start = _mm256_slli_epi32::<5>(start);
                        let x = q[m].add(b * 256 + i * 16);
                        let dot = dot::<VNNI, 6>(start, &w[part * 4..part * 4 + 4], x);
                        f[m] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot), scale, f[m]);
                    }
                }
            }
            for m in 0..M {
                total[m] = _mm256_fmadd_ps(f[m], _mm256_set1_ps(*scales[m].add(b)), total[m]);
            }
        }
        store(total, at.half, out);
    }
}

/// `d * unit * scale * table[quant]`, scale for `PER` columns; of 2 bits, less `m * min` as well.
/// Scales are whole numbers, and their products are summed as such: an addition in 32 bits and
/// the multiplication by a scale are one instruction.
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) unsafe fn whole<
    const VNNI: bool,
    const BITS: usize,
    const PER: usize,
    const WIDE: bool,
    const M: usize,
>(
    tile: &[u8],
    x: &Quantized,
    (shape, table): (Shape, &Table),
    at: At,
    out: &mut [[f32; LANES]],
) {
    let blocks = x.columns / 256;
    let group = group_bytes(BITS);
    // Values that use all 8 bits keep their signs without VNNI.
    let signed = WIDE && !VNNI;
    let values = if signed { values::<false>(table) } else { values::<true>(table) };
    let offset = _mm256_set1_epi32(table.offset());
    let unit = _mm256_set1_ps(table.unit);
    let nibble = _mm_set1_epi8(0x0f);
    // SAFETY: `integer_product` has the tile's and the rows' lengths vouched for.
    unsafe {
        let heads = tile.as_ptr().add(at.half * 16);
        let bodies = tile.as_ptr().add(shape.heads_bytes(x.columns));
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, at.first);
        let sums = if PER == 16 { &x.sums16 } else { &x.sums32 };
        let sums: [*const i16; M] = row_pointers(sums, x.columns / PER, at.first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, at.first);
        let mut total = [_mm256_setzero_ps(); M];
        for b in 0..blocks {
            let body = bodies.add(b * shape.body_bytes());
            let small = body.add(8 * group + at.half * 16);
            // The two numbers of each row that lie together at `pair`, in 16 bits.
            let pairs = |pair: usize, high: bool| {
                let both = _mm_loadu_si128(small.add(pair * 32).cast());
                _mm256_cvtepi8_epi16(match (BITS, high) {
                    (2, false) => _mm_and_si128(both, nibble),
                    (2, true) => _mm_and_si128(_mm_srli_epi16::<4>(both), nibble),
                    _ => both,
                })
            };
            let mut dots = [_mm256_setzero_si256(); M];
            for s in 0..8 {
                if at.fresh {
                    fetch_group(body, shape, s);
                }
                let mut w = quants::<BITS>(body.add(s * group), at.half);
                if BITS == 4 {
                    w = through(values, w);
                }
                let x = q.map(|q| q.add(b * 256 + s * 32));
                if PER == 16 {
                    let both = pairs(s, false);
                    let [even, odd] = [first_twice::<VNNI>(both), second_twice::<VNNI>(both)];
                    for m in 0..M {
                        dots[m] = add_scaled::<VNNI, BITS>(dots[m], &w[..4], x[m], even);
                        dots[m] = add_scaled::<VNNI, BITS>(dots[m], &w[4..], x[m].add(16), odd);
                    }
                } else {
                    let both = pairs(s / 2, false);
                    let scale = if s % 2 == 0 {
                        first_twice::<VNNI>(both)
                    } else {
                        second_twice::<VNNI>(both)
                    };
                    if signed {
                        add_signed(&mut dots, &w, x, scale);
                        continue;
                    }
                    for m in 0..M {
                        dots[m] = add_scaled::<VNNI, BITS>(dots[m], &w, x[m], scale);
                    }
                }
            }
            let mut less = [_mm256_setzero_si256(); M];
            if !signed {
                for pair in 0..128 / PER {
                    let both = pairs(pair, true);
                    for m in 0..M {
                        let sums = broadcast(sums[m].add(b * 256 / PER + pair * 2).cast());
                        less[m] = _mm256_add_epi32(less[m], _mm256_madd_epi16(both, sums));
                    }
                }
            }
            let d_at = heads.add(b * shape.head_bytes());
            let d = _mm256_mul_ps(load_halves(d_at), unit);
            for m in 0..M {
                let f = if BITS == 2 {
                    let f = _mm256_mul_ps(d, _mm256_cvtepi32_ps(dots[m]));
                    let min = load_halves(d_at.add(32));
                    _mm256_fnmadd_ps(min, _mm256_cvtepi32_ps(less[m]), f)
                } else {
                    let less = _mm256_mullo_epi32(less[m], offset);
                    _mm256_mul_ps(d, _mm256_cvtepi32_ps(_mm256_sub_epi32(dots[m], less)))
                };
                total[m] = _mm256_fmadd_ps(f, _mm256_set1_ps(*scales[m].add(b)), total[m]);
            }
        }
        store(total, at.half, out);
    }
}

/// For [`add_scaled`], the first of each two numbers of 16 bits: alone with VNNI, else twice.
#[target_feature(enable = "avx2")]
#[inline]
fn first_twice<const VNNI: bool>(pairs: __m256i) -> __m256i {
    if VNNI {
        return _mm256_srai_epi32::<16>(_mm256_slli_epi32::<16>(pairs));
    }
    _mm256_blend_epi16::<0xaa>(pairs, _mm256_slli_epi32::<16>(pairs))
}

/// The second of them.
#[target_feature(enable = "avx2")]
#[inline]
fn second_twice<const VNNI: bool>(pairs: __m256i) -> __m256i {
    if VNNI {
        return _mm256_srai_epi32::<16>(pairs);
    }
    _mm256_blend_epi16::<0x55>(pairs, _mm256_srli_epi32::<16>(pairs))
}

/// `sum + scale * Σ w · x`, in whole numbers. Without VNNI, products of quants of 2 and 3 bits are
/// added in 16 bits before they are scaled; those of a table's values, up to 124, are not.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn add_scaled<const VNNI: bool, const BITS: usize>(
    mut sum: __m256i,
    w: &[__m256i],
    x: *const i8,
    scale: __m256i,
) -> __m256i {
    // SAFETY: the caller has `4 * w.len()` activations there.
    let x = |j: usize| unsafe { broadcast(x.add(j * 4)) };
    if VNNI {
        let mut dot = _mm256_setzero_si256();
        for (j, &w) in w.iter().enumerate() {
            // SAFETY: `VNNI` says that the machine has the instruction.
            dot = unsafe { dpbusd(dot, w, x(j)) };
        }
        return _mm256_add_epi32(sum, _mm256_mullo_epi32(dot, scale));
    }
    let together = if BITS < 4 { 4 } else { 1 };
    for (i, w) in w.chunks(together).enumerate() {
        let mut narrow = _mm256_maddubs_epi16(w[0], x(i * together));
        for (j, &w) in w.iter().enumerate().skip(1) {
            narrow = _mm256_add_epi16(narrow, _mm256_maddubs_epi16(w, x(i * together + j)));
        }
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(narrow, scale));
    }
    sum
}

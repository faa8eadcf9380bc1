//! Formats of 256 columns with small scales for 16 or 32 of them.

use super::*;

/// `d * scale * quant - m * min`, scale and min for 32 columns.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,f16c,fma,avx2")]
pub(super) unsafe fn minima<const BITS: usize, const M: usize>(
    tile: &[u8],
    x: &Quantized,
    first: usize,
    fresh: bool,
    out: &mut [[f32; LANES]],
) {
    let shape = if BITS == 4 { Shape::Minima4 } else { Shape::Minima5 };
    let blocks = x.columns / 256;
    let group = group_bytes(BITS);
    // SAFETY: `integer_product` has the tile's and the rows' lengths vouched for.
    unsafe {
        let heads = tile.as_ptr();
        let bodies = tile.as_ptr().add(shape.heads_bytes(x.columns));
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, first);
        let sums: [*const i16; M] = row_pointers(&x.sums32, x.columns / 32, first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, first);
        let mut total = [_mm512_setzero_ps(); M];
        for b in 0..blocks {
            let body = bodies.add(b * shape.body_bytes());
            let small = body.add(8 * group);
            let d = load_halves(heads.add(b * 64));
            let mut f = [_mm512_setzero_ps(); M];
            for s in 0..8 {
                if fresh {
                    fetch_group(body, shape, s);
                }
                let group = body.add(s * group);
                let scale = _mm512_cvtepu8_epi32(_mm_loadu_si128(small.add(s * 16).cast()));
                let scale = _mm512_mul_ps(d, _mm512_cvtepi32_ps(scale));
                let mut dot = [_mm512_setzero_si512(); M];
                unrolled!(J in [0 1 2 3 4 5 6 7] {
                    let w = quants::<BITS, J>(group);
                    for m in 0..M {
                        let x = broadcast(q[m].add(b * 256 + s * 32 + J * 4));
                        dot[m] = _mm512_dpbusd_epi32(dot[m], w, x);
                    }
                });
                for m in 0..M {
                    f[m] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot[m]), scale, f[m]);
                }
            }
            let mut minima = [_mm512_setzero_si512(); M];
            unrolled!(PAIR in [0 1 2 3] {
                let min = _mm256_loadu_si256(small.add(128 + PAIR * 32).cast());
                let min = _mm512_cvtepu8_epi16(min);
                for m in 0..M {
                    let sums = broadcast(sums[m].add(b * 8 + PAIR * 2));
                    minima[m] = _mm512_dpwssd_epi32(minima[m], min, sums);
                }
            });
            let dmin = load_halves(heads.add(b * 64 + 32));
            for m in 0..M {
                f[m] = _mm512_fnmadd_ps(dmin, _mm512_cvtepi32_ps(minima[m]), f[m]);
                total[m] = _mm512_fmadd_ps(f[m], _mm512_set1_ps(*scales[m].add(b)), total[m]);
            }
        }
        store(total, out);
    }
}

/// `d * scale * (quant - 32)`, scale for 16 columns.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,f16c,fma,avx2")]
pub(super) unsafe fn scales6<const M: usize>(
    tile: &[u8],
    x: &Quantized,
    first: usize,
    fresh: bool,
    out: &mut [[f32; LANES]],
) {
    let shape = Shape::Scales6;
    let blocks = x.columns / 256;
    let group = group_bytes(6);
    // SAFETY: `integer_product` has the tile's and the rows' lengths vouched for.
    unsafe {
        let heads = tile.as_ptr();
        let bodies = tile.as_ptr().add(shape.heads_bytes(x.columns));
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, first);
        let sums: [*const i32; M] = row_pointers(&x.sums, x.columns / 16, first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, first);
        let mut total = [_mm512_setzero_ps(); M];
        for b in 0..blocks {
            let body = bodies.add(b * shape.body_bytes());
            let small = body.add(8 * group);
            let d = load_halves(heads.add(b * 32));
            let mut f = [_mm512_setzero_ps(); M];
            for s in 0..8 {
                if fresh {
                    fetch_group(body, shape, s);
                }
                let group = body.add(s * group);
                unrolled!(HALF in [0 1] {
                    let i = 2 * s + HALF;
                    let scale = _mm512_cvtepi8_epi32(_mm_loadu_si128(small.add(i * 16).cast()));
                    let scale = _mm512_mul_ps(d, _mm512_cvtepi32_ps(scale));
                    let mut dot = [_mm512_setzero_si512(); M];
                    for m in 0..M {
                        dot[m] = _mm512_slli_epi32::<5>(broadcast(sums[m].add(b * 16 + i)));
                    }
                    unrolled!(J in [0 1 2 3] {
                        let w = if HALF == 0 {
                            quants::<6, J>(group)
                        } else {
                            quants::<6, { J + 4 }>(group)
                        };
                        for m in 0..M {
                            let x = broadcast(q[m].add(b * 256 + i * 16 + J * 4));
                            dot[m] = _mm512_dpbusd_epi32(dot[m], w, x);
                        }
                    });
                    for m in 0..M {
                        f[m] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot[m]), scale, f[m]);
                    }
                });
            }
            for m in 0..M {
                total[m] = _mm512_fmadd_ps(f[m], _mm512_set1_ps(*scales[m].add(b)), total[m]);
            }
        }
        store(total, out);
    }
}

/// `d * unit * scale * table[quant]`, scale for `PER` columns; of 2 bits, less `m * min` as well.
/// Scales are whole numbers, and their products are summed as such.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,f16c,fma,avx2")]
pub(super) unsafe fn whole<const BITS: usize, const PER: usize, const M: usize>(
    tile: &[u8],
    x: &Quantized,
    (shape, table): (Shape, &Table),
    first: usize,
    fresh: bool,
    out: &mut [[f32; LANES]],
) {
    let blocks = x.columns / 256;
    let group = group_bytes(BITS);
    let (values, offset) = (values(table), _mm512_set1_epi32(table.offset()));
    let unit = _mm512_set1_ps(table.unit);
    let nibble = _mm256_set1_epi8(0x0f);
    // SAFETY: `integer_product` has the tile's and the rows' lengths vouched for.
    unsafe {
        let heads = tile.as_ptr();
        let bodies = tile.as_ptr().add(shape.heads_bytes(x.columns));
        let q: [*const i8; M] = row_pointers(&x.q, x.columns, first);
        let sums = if PER == 16 { &x.sums16 } else { &x.sums32 };
        let sums: [*const i16; M] = row_pointers(sums, x.columns / PER, first);
        let scales: [*const f32; M] = row_pointers(&x.scales, blocks, first);
        let mut total = [_mm512_setzero_ps(); M];
        for b in 0..blocks {
            let body = bodies.add(b * shape.body_bytes());
            let small = body.add(8 * group);
            // The two numbers of each row that lie together at `pair`, in 16 bits.
            let pairs = |pair: usize, high: bool| {
                let both = _mm256_loadu_si256(small.add(pair * 32).cast());
                _mm512_cvtepi8_epi16(match (BITS, high) {
                    (2, false) => _mm256_and_si256(both, nibble),
                    (2, true) => _mm256_and_si256(_mm256_srli_epi16::<4>(both), nibble),
                    _ => both,
                })
            };
            let mut whole = [_mm512_setzero_si512(); M];
            for s in 0..8 {
                if fresh {
                    fetch_group(body, shape, s);
                }
                let group = body.add(s * group);
                let both = pairs(if PER == 16 { s } else { s / 2 }, false);
                let even = _mm512_srai_epi32::<16>(_mm512_slli_epi32::<16>(both));
                let odd = _mm512_srai_epi32::<16>(both);
                let mut dot = [_mm512_setzero_si512(); M];
                unrolled!(J in [0 1 2 3 4 5 6 7] {
                    let mut w = quants::<BITS, J>(group);
                    if BITS == 4 {
                        w = _mm512_shuffle_epi8(values, w);
                    }
                    for m in 0..M {
                        let x = broadcast(q[m].add(b * 256 + s * 32 + J * 4));
                        dot[m] = _mm512_dpbusd_epi32(dot[m], w, x);
                    }
                    if PER == 16 && J == 3 {
                        for m in 0..M {
                            let dot = std::mem::replace(&mut dot[m], _mm512_setzero_si512());
                            let scaled = _mm512_mullo_epi32(dot, even);
                            whole[m] = _mm512_add_epi32(whole[m], scaled);
                        }
                    }
                });
                let scale = if PER == 16 || s % 2 == 1 { odd } else { even };
                for m in 0..M {
                    let scaled = _mm512_mullo_epi32(dot[m], scale);
                    whole[m] = _mm512_add_epi32(whole[m], scaled);
                }
            }
            let mut less = [_mm512_setzero_si512(); M];
            for pair in 0..128 / PER {
                let both = pairs(pair, true);
                for m in 0..M {
                    let sums = broadcast(sums[m].add(b * 256 / PER + pair * 2));
                    less[m] = _mm512_dpwssd_epi32(less[m], both, sums);
                }
            }
            let d_at = heads.add(b * shape.head_bytes());
            let d = _mm512_mul_ps(load_halves(d_at), unit);
            for m in 0..M {
                let f = if BITS == 2 {
                    let f = _mm512_mul_ps(d, _mm512_cvtepi32_ps(whole[m]));
                    let min = load_halves(d_at.add(32));
                    _mm512_fnmadd_ps(min, _mm512_cvtepi32_ps(less[m]), f)
                } else {
                    let less = _mm512_mullo_epi32(less[m], offset);
                    _mm512_mul_ps(d, _mm512_cvtepi32_ps(_mm512_sub_epi32(whole[m], less)))
                };
                total[m] = _mm512_fmadd_ps(f, _mm512_set1_ps(*scales[m].add(b)), total[m]);
            }
        }
        store(total, out);
    }
}

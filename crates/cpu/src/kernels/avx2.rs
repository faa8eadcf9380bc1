//! AVX2, and AVX-VNNI where there is one: 8 rows a register, the same tiles in two halves.

use std::arch::x86_64::*;

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

/// `d * scale * quant - m * min`, scale and min for 32 columns.
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn minima<const VNNI: bool, const BITS: usize, const M: usize>(
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
unsafe fn scales6<const VNNI: bool, const M: usize>(
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

/// `d * (quant - 2^(BITS - 1))`, d for 32 columns.
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn offset<const VNNI: bool, const BITS: usize, const M: usize>(
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
unsafe fn affine<const VNNI: bool, const BITS: usize, const M: usize>(
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
unsafe fn levels<const VNNI: bool, const M: usize>(
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
unsafe fn exponents<const VNNI: bool, const M: usize>(
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

/// `d * unit * scale * table[quant]`, scale for `PER` columns; of 2 bits, less `m * min` as well.
/// Scales are whole numbers, and their products are summed as such: an addition in 32 bits and
/// the multiplication by a scale are one instruction.
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn whole<
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

//! From the blocks of a GGUF file to tiles, and from either to f32.

use super::{
    Format, LANES,
    format::{Parts, Shape, group_bytes},
    scalar,
};

const NIBBLES: u32 = 0x0f0f_0f0f;
const BITS: u32 = 0x0101_0101;
const PAIRS: u32 = 0x0303_0303;

/// Writes rows `first..first + 16` of a matrix into a zeroed tile; rows past the last stay zero.
///
/// `data` is the whole matrix as it lies in the file, rows of `columns` weights one after another.
pub fn pack_tile(format: Format, data: &[u8], columns: usize, first: usize, tile: &mut [u8]) {
    let shape = format.shape();
    let row_bytes = columns / format.block() * format.source_bytes();
    let (heads, bodies) = tile.split_at_mut(shape.heads_bytes(columns));
    let mut parts = Parts::default();
    for (r, row) in data[first * row_bytes..].chunks_exact(row_bytes).take(LANES).enumerate() {
        if let Shape::Float(float) = shape {
            let width = float.bytes();
            for (to, from) in bodies.chunks_exact_mut(LANES * width).zip(row.chunks_exact(width)) {
                to[r * width..(r + 1) * width].copy_from_slice(from);
            }
            continue;
        }
        let bodies = bodies.chunks_exact_mut(shape.body_bytes());
        let heads = heads.chunks_exact_mut(shape.head_bytes());
        for ((block, body), head) in row.chunks_exact(format.source_bytes()).zip(bodies).zip(heads)
        {
            format.take_apart(block, &mut parts);
            put(shape, &parts, r, body, head);
        }
    }
}

/// Puts a block of row `r` in its places.
fn put(shape: Shape, parts: &Parts, r: usize, body: &mut [u8], head: &mut [u8]) {
    let group = group_bytes(shape.bits());
    let (quants, small) = body.split_at_mut(shape.quants_bytes());
    for (quants, words) in quants.chunks_exact_mut(group).zip(&parts.quants) {
        put_group(shape.bits(), words, r, quants);
    }
    let mut put_head = |at: usize, bits: u16| {
        head[2 * (at + r)..2 * (at + r) + 2].copy_from_slice(&bits.to_le_bytes());
    };
    match shape {
        Shape::Float(_) => unreachable!("a float has no parts"),
        Shape::Offset4 | Shape::Offset5 | Shape::Offset8 | Shape::Levels(_) => put_head(0, parts.d),
        Shape::Affine4 | Shape::Affine5 => {
            put_head(0, parts.d);
            put_head(LANES, parts.m);
        }
        Shape::Exponents(_) => head[r] = parts.d as u8,
        Shape::Minima2 => {
            put_head(0, parts.d);
            put_head(LANES, parts.m);
            for (i, (scale, min)) in parts.scales.iter().zip(&parts.mins).enumerate() {
                small[paired(i, r)] = *scale as u8 | min << 4;
            }
        }
        Shape::Scales3 | Shape::Table16(_) | Shape::Table32(_) | Shape::WideTable32(_) => {
            put_head(0, parts.d);
            for (i, scale) in parts.scales[..small.len() / LANES].iter().enumerate() {
                small[paired(i, r)] = *scale as u8;
            }
        }
        Shape::Minima4 | Shape::Minima5 => {
            put_head(0, parts.d);
            put_head(LANES, parts.m);
            for g in 0..8 {
                small[g * LANES + r] = parts.scales[g] as u8;
                small[128 + paired(g, r)] = parts.mins[g];
            }
        }
        Shape::Scales6 => {
            put_head(0, parts.d);
            for (i, scale) in parts.scales.iter().enumerate() {
                small[i * LANES + r] = *scale as u8;
            }
        }
    }
}

/// The opposite of [`put`].
fn take(shape: Shape, body: &[u8], head: &[u8], r: usize, parts: &mut Parts) {
    let group = group_bytes(shape.bits());
    let (quants, small) = body.split_at(shape.quants_bytes());
    for (quants, words) in quants.chunks_exact(group).zip(&mut parts.quants) {
        *words = std::array::from_fn(|j| {
            let quant = |byte: usize| scalar::quant(shape.bits(), quants, 4 * j + byte, r);
            u32::from_le_bytes(std::array::from_fn(quant))
        });
    }
    let half = |at: usize| u16::from_le_bytes([head[2 * (at + r)], head[2 * (at + r) + 1]]);
    match shape {
        Shape::Float(_) => unreachable!("a float has no parts"),
        Shape::Offset4 | Shape::Offset5 | Shape::Offset8 | Shape::Levels(_) => parts.d = half(0),
        Shape::Affine4 | Shape::Affine5 => (parts.d, parts.m) = (half(0), half(LANES)),
        Shape::Exponents(_) => parts.d = head[r].into(),
        Shape::Minima2 => {
            (parts.d, parts.m) = (half(0), half(LANES));
            for i in 0..16 {
                let both = small[paired(i, r)];
                (parts.scales[i], parts.mins[i]) = ((both & 15) as i8, both >> 4);
            }
        }
        Shape::Scales3 | Shape::Table16(_) | Shape::Table32(_) | Shape::WideTable32(_) => {
            parts.d = half(0);
            for (i, scale) in parts.scales[..small.len() / LANES].iter_mut().enumerate() {
                *scale = small[paired(i, r)] as i8;
            }
        }
        Shape::Minima4 | Shape::Minima5 => {
            (parts.d, parts.m) = (half(0), half(LANES));
            for g in 0..8 {
                parts.scales[g] = small[g * LANES + r] as i8;
                parts.mins[g] = small[128 + paired(g, r)];
            }
        }
        Shape::Scales6 => {
            parts.d = half(0);
            for (i, scale) in parts.scales.iter_mut().enumerate() {
                *scale = small[i * LANES + r] as i8;
            }
        }
    }
}

/// Where the `i`-th small number of row `r` lies: beside its neighbour's, so that one instruction
/// multiplies the two with what belongs to them.
pub const fn paired(i: usize, r: usize) -> usize {
    i / 2 * 2 * LANES + r * 2 + i % 2
}

/// Stores the group of row `r`; `group_bytes` describes the layout.
#[inline]
fn put_group(bits: usize, words: &[u32; 8], r: usize, quants: &mut [u8]) {
    let mut put = |register: usize, word: u32| {
        quants[register * 64 + r * 4..][..4].copy_from_slice(&word.to_le_bytes());
    };
    if bits == 8 {
        return words.iter().enumerate().for_each(|(j, word)| put(j, *word));
    }
    if bits < 4 {
        for half in 0..2 {
            let pair = |j: usize| (words[4 * half + j] & PAIRS) << (2 * j);
            put(half, (0..4).fold(0, |all, j| all | pair(j)));
        }
        if bits == 3 {
            let bit = |j: usize| (words[j] >> 2 & BITS) << j;
            put(2, (0..8).fold(0, |all, j| all | bit(j)));
        }
        return;
    }
    for j in 0..4 {
        put(j, words[j] & NIBBLES | (words[4 + j] & NIBBLES) << 4);
    }
    if bits == 5 {
        let bit = |j: usize| (words[j] >> 4 & BITS) << j;
        put(4, (0..8).fold(0, |all, j| all | bit(j)));
    }
    if bits == 6 {
        for half in 0..2 {
            let pair = |j: usize| (words[4 * half + j] >> 4 & PAIRS) << (2 * j);
            put(4 + half, (0..4).fold(0, |all, j| all | pair(j)));
        }
    }
}

/// A row of a GGUF file's matrix as f32.
pub fn dequantize(format: Format, row: &[u8], out: &mut [f32]) {
    let shape = format.shape();
    let blocks = row.chunks_exact(format.source_bytes());
    let mut parts = Parts::default();
    for (block, out) in blocks.zip(out.chunks_exact_mut(format.block())) {
        if let Shape::Float(float) = shape {
            out[0] = float.at(block);
            continue;
        }
        format.take_apart(block, &mut parts);
        for (column, out) in out.iter_mut().enumerate() {
            *out = shape.weight(&parts, column);
        }
    }
}

/// Row `r` of a tile as f32.
pub fn dequantize_from_tile(shape: Shape, tile: &[u8], r: usize, out: &mut [f32]) {
    if let Shape::Float(float) = shape {
        for (column, out) in out.iter_mut().enumerate() {
            *out = float.at(&tile[(column * LANES + r) * float.bytes()..]);
        }
        return;
    }
    let (heads, bodies) = tile.split_at(shape.heads_bytes(out.len()));
    let blocks =
        bodies.chunks_exact(shape.body_bytes()).zip(heads.chunks_exact(shape.head_bytes()));
    let mut parts = Parts::default();
    for ((body, head), out) in blocks.zip(out.chunks_exact_mut(shape.block())) {
        take(shape, body, head, r, &mut parts);
        for (column, out) in out.iter_mut().enumerate() {
            *out = shape.weight(&parts, column);
        }
    }
}

//! From the blocks of a GGUF file to tiles, and from either to f32.
//!
//! The block formats are those of ggml (`ggml-common.h`, `ggml-quants.c`). A group of 32 quants
//! is handled as eight words of four quants, one in each byte.

use half::f16;

use super::{Format, LANES, group_bytes, scalar};

const NIBBLES: u32 = 0x0f0f_0f0f;

/// Writes rows `first..first + 16` of a matrix into a zeroed tile; rows past the last stay zero.
///
/// `data` is the whole matrix as it lies in the file, rows of `columns` weights one after another.
pub fn pack_tile(format: Format, data: &[u8], columns: usize, first: usize, tile: &mut [u8]) {
    let blocks = columns / format.block();
    let row_bytes = blocks * format.source_bytes();
    let (heads, bodies) = tile.split_at_mut(format.heads_bytes(columns));
    for (r, row) in data[first * row_bytes..].chunks_exact(row_bytes).take(LANES).enumerate() {
        if format.is_float() {
            let width = format.source_bytes();
            for (to, from) in bodies.chunks_exact_mut(LANES * width).zip(row.chunks_exact(width)) {
                to[r * width..(r + 1) * width].copy_from_slice(from);
            }
            continue;
        }
        for (b, block) in row.chunks_exact(format.source_bytes()).enumerate() {
            let body = &mut bodies[b * format.body_bytes()..][..format.body_bytes()];
            let head = &mut heads[b * format.head_bytes()..][..format.head_bytes()];
            pack_block(format, block, r, body, head);
        }
    }
}

fn pack_block(format: Format, block: &[u8], r: usize, body: &mut [u8], head: &mut [u8]) {
    let group = group_bytes(format.bits());
    let groups = format.block() / 32;
    let (quants, small) = body.split_at_mut(groups * group);
    for (g, quants) in quants.chunks_exact_mut(group).enumerate() {
        put_group(format.bits(), group_words(format, block, g), r, quants);
    }
    match format {
        Format::Q4K | Format::Q5K => {
            for g in 0..8 {
                let (scale, min) = scale_and_min(&block[4..16], g);
                small[g * LANES + r] = scale;
                small[128 + g / 2 * 32 + r * 2 + g % 2] = min;
            }
            head[2 * r..2 * r + 2].copy_from_slice(&block[..2]);
            head[32 + 2 * r..32 + 2 * r + 2].copy_from_slice(&block[2..4]);
        }
        Format::Q6K => {
            for (i, scale) in block[192..208].iter().enumerate() {
                small[i * LANES + r] = *scale;
            }
            head[2 * r..2 * r + 2].copy_from_slice(&block[208..]);
        }
        _ => head[2 * r..2 * r + 2].copy_from_slice(&block[..2]),
    }
}

/// The unsigned quants of 32 columns, as they are stored in tiles.
#[inline]
fn group_words(format: Format, block: &[u8], g: usize) -> [u32; 8] {
    let word = |at: usize| u32::from_le_bytes(block[at..at + 4].try_into().expect("four bytes"));
    match format {
        Format::Q4K => {
            let (at, shift) = (16 + g / 2 * 32, g % 2 * 4);
            std::array::from_fn(|j| word(at + 4 * j) >> shift & NIBBLES)
        }
        Format::Q5K => {
            let (at, shift) = (48 + g / 2 * 32, g % 2 * 4);
            std::array::from_fn(|j| {
                let high = word(16 + 4 * j) >> g & 0x0101_0101;
                word(at + 4 * j) >> shift & NIBBLES | high << 4
            })
        }
        Format::Q6K => {
            let (half, quarter) = (g / 4, g % 4);
            let at = half * 64 + quarter % 2 * 32;
            std::array::from_fn(|j| {
                let high = word(128 + half * 32 + 4 * j) >> (2 * quarter) & 0x0303_0303;
                word(at + 4 * j) >> (quarter / 2 * 4) & NIBBLES | high << 4
            })
        }
        Format::Q4_0 => std::array::from_fn(|j| word(2 + j % 4 * 4) >> (j / 4 * 4) & NIBBLES),
        Format::Q5_0 => {
            let high = word(2);
            std::array::from_fn(|j| {
                // Four neighbouring bits, one to each byte.
                let bits = (high >> (4 * j) & 15).wrapping_mul(0x0020_4081) & 0x0101_0101;
                word(6 + j % 4 * 4) >> (j / 4 * 4) & NIBBLES | bits << 4
            })
        }
        // The sign bit flips: -128..128 becomes 0..256.
        Format::Q8_0 => std::array::from_fn(|j| word(2 + 4 * j) ^ 0x8080_8080),
        Format::F16 | Format::Bf16 | Format::F32 => unreachable!("a float format"),
    }
}

/// Stores the group of row `r`; `group_bytes` describes the layout.
#[inline]
fn put_group(bits: usize, words: [u32; 8], r: usize, quants: &mut [u8]) {
    let mut put = |register: usize, word: u32| {
        quants[register * 64 + r * 4..][..4].copy_from_slice(&word.to_le_bytes());
    };
    if bits == 8 {
        return words.into_iter().enumerate().for_each(|(j, word)| put(j, word));
    }
    for j in 0..4 {
        put(j, words[j] & NIBBLES | (words[4 + j] & NIBBLES) << 4);
    }
    if bits == 5 {
        let bit = |j: usize| (words[j] >> 4 & 0x0101_0101) << j;
        put(4, (0..8).fold(0, |all, j| all | bit(j)));
    }
    if bits == 6 {
        for half in 0..2 {
            let pair = |j: usize| (words[4 * half + j] >> 4 & 0x0303_0303) << (2 * j);
            put(4 + half, (0..4).fold(0, |all, j| all | pair(j)));
        }
    }
}

/// The 6-bit scale and minimum of group `g`, from the 12 bytes that hold eight of each.
fn scale_and_min(packed: &[u8], g: usize) -> (u8, u8) {
    if g < 4 {
        return (packed[g] & 63, packed[g + 4] & 63);
    }
    (packed[g + 4] & 15 | packed[g - 4] >> 6 << 4, packed[g + 4] >> 4 | packed[g] >> 6 << 4)
}

/// A row of a GGUF file's matrix as f32.
pub fn dequantize(format: Format, row: &[u8], out: &mut [f32]) {
    let blocks = row.chunks_exact(format.source_bytes());
    for (block, out) in blocks.zip(out.chunks_exact_mut(format.block())) {
        if format.is_float() {
            out[0] = scalar::float_at(format, block);
            continue;
        }
        for (g, out) in out.chunks_exact_mut(32).enumerate() {
            let words = group_words(format, block, g);
            for (column, out) in out.iter_mut().enumerate() {
                let quant = words[column / 4].to_le_bytes()[column % 4];
                *out = weight(format, block, g * 32 + column, quant);
            }
        }
    }
}

/// The value of a stored quant at `column` of its block.
fn weight(format: Format, block: &[u8], column: usize, quant: u8) -> f32 {
    let half_at = |at: usize| f16::from_le_bytes([block[at], block[at + 1]]).to_f32();
    match format {
        Format::Q4K | Format::Q5K => {
            let (scale, min) = scale_and_min(&block[4..16], column / 32);
            half_at(0) * f32::from(scale) * f32::from(quant) - half_at(2) * f32::from(min)
        }
        Format::Q6K => {
            let scale = block[192 + column / 16] as i8;
            half_at(208) * f32::from(scale) * (f32::from(quant) - 32.0)
        }
        _ => half_at(0) * (f32::from(quant) - f32::from(1u8 << (format.bits() - 1))),
    }
}

/// Row `r` of a tile as f32.
pub fn dequantize_from_tile(format: Format, tile: &[u8], r: usize, out: &mut [f32]) {
    if format.is_float() {
        let width = format.source_bytes();
        for (column, out) in out.iter_mut().enumerate() {
            *out = scalar::float_at(format, &tile[(column * LANES + r) * width..]);
        }
        return;
    }
    let (heads, bodies) = tile.split_at(format.heads_bytes(out.len()));
    let group = group_bytes(format.bits());
    for (b, out) in out.chunks_exact_mut(format.block()).enumerate() {
        let body = &bodies[b * format.body_bytes()..][..format.body_bytes()];
        let head = &heads[b * format.head_bytes()..][..format.head_bytes()];
        let half_at = |at: usize| f16::from_le_bytes([head[at], head[at + 1]]).to_f32();
        let d = half_at(2 * r);
        let (quants, small) = body.split_at(format.block() / 32 * group);
        for (g, out) in out.chunks_exact_mut(32).enumerate() {
            let quants = &quants[g * group..][..group];
            for (column, out) in out.iter_mut().enumerate() {
                let quant = f32::from(scalar::quant(format.bits(), quants, column, r));
                *out = match format {
                    Format::Q4K | Format::Q5K => {
                        let min = small[128 + g / 2 * 32 + r * 2 + g % 2];
                        let dmin = half_at(32 + 2 * r);
                        d * f32::from(small[g * LANES + r]) * quant - dmin * f32::from(min)
                    }
                    Format::Q6K => {
                        let scale = small[(2 * g + column / 16) * LANES + r] as i8;
                        d * f32::from(scale) * (quant - 32.0)
                    }
                    _ => d * (quant - f32::from(1u8 << (format.bits() - 1))),
                };
            }
        }
    }
}

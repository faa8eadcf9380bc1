//! The reference for every other instruction set: the same operations, lane by lane.

use half::f16;

use super::{
    LANES,
    activations::Quantized,
    format::{Float, Shape, Table, group_bytes, half_of_power},
    pack::paired,
};

type Lanes = [f32; LANES];

pub fn integer_product(
    shape: Shape,
    tile: &[u8],
    x: &Quantized,
    first: usize,
    out: &mut [[f32; LANES]],
) {
    for (row, out) in (first..).zip(out) {
        *out = match shape {
            Shape::Float(_) => unreachable!("floats have a product of their own"),
            Shape::Offset4 => offset_row::<4>(shape, tile, x, row),
            Shape::Offset5 => offset_row::<5>(shape, tile, x, row),
            Shape::Offset8 => offset_row::<8>(shape, tile, x, row),
            Shape::Affine4 | Shape::Affine5 => affine_row(shape, tile, x, row),
            Shape::Levels(table) | Shape::Exponents(table) => table_row(shape, table, tile, x, row),
            Shape::Minima4 | Shape::Minima5 => minima_row(shape, tile, x, row),
            Shape::Minima2 => whole_row::<16>(shape, &Table::PLAIN, tile, x, row),
            Shape::Scales3 => whole_row::<16>(shape, &Table::LESS_FOUR, tile, x, row),
            Shape::Table16(table) => whole_row::<16>(shape, table, tile, x, row),
            Shape::Table32(table) | Shape::WideTable32(table) => {
                whole_row::<32>(shape, table, tile, x, row)
            }
            Shape::Scales6 => scales6_row(tile, x, row),
        };
    }
}

/// `d * scale * quant - m * min`, scale and min for 32 columns.
fn minima_row(shape: Shape, tile: &[u8], x: &Quantized, row: usize) -> Lanes {
    let mut total = [0f32; LANES];
    for (b, block) in Blocks::new(shape, tile, x, row).enumerate() {
        let mut f = [0f32; LANES];
        for group in 0..8 {
            let dots = block.dots(group, [0; 2]);
            for r in 0..LANES {
                let scale = block.d(r) * f32::from(block.small[group * LANES + r]);
                f[r] = ((dots[0][r] + dots[1][r]) as f32).mul_add(scale, f[r]);
            }
        }
        let sums = &x.sums32[(row * x.columns / 32 + b * 8)..][..8];
        for r in 0..LANES {
            let min = |group: usize| block.small[128 + paired(group, r)];
            let minima: i32 = (0..8).map(|g| i32::from(min(g)) * i32::from(sums[g])).sum();
            f[r] = (-block.m(r)).mul_add(minima as f32, f[r]);
            total[r] = f[r].mul_add(block.x_scale, total[r]);
        }
    }
    total
}

/// `d * scale * (quant - 32)`, scale for 16 columns.
fn scales6_row(tile: &[u8], x: &Quantized, row: usize) -> Lanes {
    let mut total = [0f32; LANES];
    for (b, block) in Blocks::new(Shape::Scales6, tile, x, row).enumerate() {
        let sums = &x.sums[(row * x.columns / 16 + b * 16)..][..16];
        let mut f = [0f32; LANES];
        for group in 0..8 {
            let start = [sums[2 * group] << 5, sums[2 * group + 1] << 5];
            let dots = block.dots(group, start);
            for (half, dots) in dots.iter().enumerate() {
                for r in 0..LANES {
                    let scale = block.small[(2 * group + half) * LANES + r] as i8;
                    f[r] = (dots[r] as f32).mul_add(block.d(r) * f32::from(scale), f[r]);
                }
            }
        }
        for r in 0..LANES {
            total[r] = f[r].mul_add(block.x_scale, total[r]);
        }
    }
    total
}

/// `d * (quant - 2^(BITS - 1))`, d for 32 columns.
fn offset_row<const BITS: usize>(shape: Shape, tile: &[u8], x: &Quantized, row: usize) -> Lanes {
    let mut total = [0f32; LANES];
    for (b, block) in Blocks::new(shape, tile, x, row).enumerate() {
        let start = x.sums[row * x.columns / 32 + b] << (BITS - 1);
        let dots = block.dots(0, [start, 0]);
        for r in 0..LANES {
            let dot = dots[0][r] + dots[1][r];
            total[r] = (dot as f32).mul_add(block.d(r) * block.x_scale, total[r]);
        }
    }
    total
}

/// `d * quant + m`, both for 32 columns.
fn affine_row(shape: Shape, tile: &[u8], x: &Quantized, row: usize) -> Lanes {
    let mut total = [0f32; LANES];
    for (b, block) in Blocks::new(shape, tile, x, row).enumerate() {
        let dots = block.dots(0, [0; 2]);
        let minus_sum = x.sums[row * x.columns / 32 + b] as f32;
        for r in 0..LANES {
            let dot = (dots[0][r] + dots[1][r]) as f32;
            total[r] = dot.mul_add(block.d(r) * block.x_scale, total[r]);
            total[r] = (-minus_sum).mul_add(block.m(r) * block.x_scale, total[r]);
        }
    }
    total
}

/// `d * table[quant]`, d for 32 columns.
fn table_row(shape: Shape, table: &Table, tile: &[u8], x: &Quantized, row: usize) -> Lanes {
    let mut total = [0f32; LANES];
    for block in Blocks::new(shape, tile, x, row) {
        for (r, total) in total.iter_mut().enumerate() {
            let d = match shape {
                Shape::Exponents(_) => half_of_power(block.head[r]),
                _ => block.d(r),
            };
            let dot = block.dot_through(table, 0..32, r);
            *total = (dot as f32).mul_add(d * block.x_scale, *total);
        }
    }
    total
}

/// `d * unit * scale * table[quant]`, scale for `PER` columns, and less `m * min` where there are
/// minima. Scales are whole numbers, and their products are summed as such.
fn whole_row<const PER: usize>(
    shape: Shape,
    table: &Table,
    tile: &[u8],
    x: &Quantized,
    row: usize,
) -> Lanes {
    let mut total = [0f32; LANES];
    for block in Blocks::new(shape, tile, x, row) {
        for (r, total) in total.iter_mut().enumerate() {
            let (mut scaled, mut minima) = (0, 0);
            for i in 0..256 / PER {
                let columns = i * PER..(i + 1) * PER;
                let small = block.small[paired(i, r)];
                let sum: i32 = block.q[columns.clone()].iter().map(|&x| i32::from(x)).sum();
                let scale = if shape == Shape::Minima2 { small as i8 & 15 } else { small as i8 };
                scaled += i32::from(scale) * block.dot_through(table, columns, r);
                minima += i32::from(small >> 4) * sum;
            }
            let mut f = block.d(r) * table.unit * scaled as f32;
            if shape == Shape::Minima2 {
                f = (-block.m(r)).mul_add(minima as f32, f);
            }
            *total = f.mul_add(block.x_scale, *total);
        }
    }
    total
}

/// One block of a tile beside the activations that it meets.
struct Block<'a> {
    bits: usize,
    quants: &'a [u8],
    small: &'a [u8],
    head: &'a [u8],
    q: &'a [i8],
    x_scale: f32,
}

struct Blocks;

impl Blocks {
    #[allow(clippy::new_ret_no_self)]
    fn new<'a>(
        shape: Shape,
        tile: &'a [u8],
        x: &'a Quantized,
        row: usize,
    ) -> impl Iterator<Item = Block<'a>> {
        let count = x.columns / shape.block();
        let (heads, bodies) = tile.split_at(shape.heads_bytes(x.columns));
        let quants = shape.quants_bytes();
        let bodies = bodies.chunks_exact(shape.body_bytes());
        let q = x.q[row * x.columns..(row + 1) * x.columns].chunks_exact(shape.block());
        let scales = &x.scales[row * count..(row + 1) * count];
        bodies.zip(heads.chunks_exact(shape.head_bytes())).zip(q.zip(scales)).map(
            move |((body, head), (q, &x_scale))| Block {
                bits: shape.bits(),
                quants: &body[..quants],
                small: &body[quants..],
                head,
                q,
                x_scale,
            },
        )
    }
}

impl Block<'_> {
    /// The products of columns 0..16 and 16..32 of a group, added to `start`.
    fn dots(&self, group: usize, start: [i32; 2]) -> [[i32; LANES]; 2] {
        let bytes = &self.quants[group * group_bytes(self.bits)..][..group_bytes(self.bits)];
        let mut dots = [[start[0]; LANES], [start[1]; LANES]];
        for column in 0..32 {
            let x = i32::from(self.q[group * 32 + column]);
            for (r, dot) in dots[column / 16].iter_mut().enumerate() {
                *dot += i32::from(quant(self.bits, bytes, column, r)) * x;
            }
        }
        dots
    }

    /// The product of some columns and what row `r`'s quants stand for.
    fn dot_through(&self, table: &Table, columns: std::ops::Range<usize>, r: usize) -> i32 {
        let group = group_bytes(self.bits);
        let product = |column: usize| {
            let quants = &self.quants[column / 32 * group..][..group];
            let value = table.values[usize::from(quant(self.bits, quants, column % 32, r))];
            i32::from(value) * i32::from(self.q[column])
        };
        columns.map(product).sum()
    }

    fn d(&self, row: usize) -> f32 {
        half_at(self.head, row)
    }

    fn m(&self, row: usize) -> f32 {
        half_at(self.head, LANES + row)
    }
}

/// The stored, unsigned quant of a column (below 32) and row of a group.
pub fn quant(bits: usize, group: &[u8], column: usize, row: usize) -> u8 {
    let at = |register: usize| group[register * 64 + row * 4 + column % 4];
    if bits == 8 {
        return at(column / 4);
    }
    if bits < 4 {
        let low = at(column / 16) >> (column / 4 % 4 * 2) & 3;
        let third = || at(2) >> (column / 4) & 1;
        return if bits == 3 { low | third() << 2 } else { low };
    }
    let (high_nibble, j) = (column / 16, column % 16 / 4);
    let low = at(j) >> (4 * high_nibble) & 15;
    match bits {
        5 => low | (at(4) >> (4 * high_nibble + j) & 1) << 4,
        6 => low | (at(4 + high_nibble) >> (2 * j) & 3) << 4,
        _ => low,
    }
}

fn half_at(bytes: &[u8], index: usize) -> f32 {
    f16::from_le_bytes([bytes[2 * index], bytes[2 * index + 1]]).to_f32()
}

pub fn float_product(
    float: Float,
    tile: &[u8],
    columns: usize,
    x: &[f32],
    stride: usize,
    out: &mut [[f32; LANES]],
) {
    for (i, out) in out.iter_mut().enumerate() {
        let mut sums = [[0f32; LANES]; 2];
        for (column, x) in x[i * stride..][..columns].iter().enumerate() {
            for r in 0..LANES {
                let weight = float.at(&tile[(column * LANES + r) * float.bytes()..]);
                let sum = &mut sums[column % 2][r];
                *sum = weight.mul_add(*x, *sum);
            }
        }
        *out = std::array::from_fn(|r| sums[0][r] + sums[1][r]);
    }
}

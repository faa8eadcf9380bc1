//! Activations as the kernels read them: int8 with one scale for a block of columns.

use super::{Format, matrix::Matrix, vector};
use crate::pool::{Disjoint, Pool};

/// Rows of int8 activations: `value = q * scale`. The kernels rely on the lengths below, which
/// only [`Quantized::resize`] sets.
#[derive(Default)]
pub struct Quantized {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Columns that share a scale: 256 for K-quants, 32 for the others.
    pub(super) block: usize,
    /// `[rows, columns]`, each in -127..=127.
    pub(super) q: Vec<i8>,
    /// `[rows, columns / block]`.
    pub(super) scales: Vec<f32>,
    /// Minus the sum of every 16 (blocks of 256) or 32 (blocks of 32) values of `q`; it takes
    /// away the offset that the weights' unsigned quants carry.
    pub(super) sums: Vec<i32>,
    /// `[rows, columns / 32]` sums of 32 values of `q`, for the minima of K-quants; empty for blocks of 32.
    pub(super) sums32: Vec<i16>,
    /// The same of 16, `[rows, columns / 16]`, for scales and minima of 16 columns.
    pub(super) sums16: Vec<i16>,
}

impl Quantized {
    fn resize(&mut self, rows: usize, columns: usize, block: usize) {
        *self = Self {
            rows,
            columns,
            block,
            q: resized(std::mem::take(&mut self.q), rows * columns),
            scales: resized(std::mem::take(&mut self.scales), rows * columns / block),
            sums: resized(std::mem::take(&mut self.sums), rows * columns / sum_width(block)),
            sums32: resized(
                std::mem::take(&mut self.sums32),
                if block == 256 { rows * columns / 32 } else { 0 },
            ),
            sums16: resized(
                std::mem::take(&mut self.sums16),
                if block == 256 { rows * columns / 16 } else { 0 },
            ),
        };
    }
}

const fn sum_width(block: usize) -> usize {
    if block == 256 { 16 } else { 32 }
}

fn resized<T: Clone + Default>(mut vec: Vec<T>, len: usize) -> Vec<T> {
    vec.resize(len, T::default());
    vec
}

/// Which forms of the activations a set of matrices reads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forms {
    by256: bool,
    by32: bool,
}

impl Forms {
    pub fn of<'a>(matrices: impl IntoIterator<Item = &'a Matrix>) -> Self {
        matrices.into_iter().fold(Self::default(), |forms, matrix| Self {
            by256: forms.by256 || matrix.format.block() == 256,
            by32: forms.by32 || matrix.format.block() == 32,
        })
    }
}

/// The rows that one or more products share, quantized once.
#[derive(Default)]
pub struct Activations {
    pub rows: usize,
    pub columns: usize,
    /// `[rows, columns]`, read by the float formats.
    pub values: Vec<f32>,
    by256: Quantized,
    by32: Quantized,
}

impl Activations {
    /// Lets `fill(row, values)` write every row, and quantizes it in the forms that are asked for.
    pub fn fill(
        &mut self,
        pool: &Pool,
        [rows, columns]: [usize; 2],
        forms: Forms,
        fill: impl Fn(usize, &mut [f32]) + Sync,
    ) {
        (self.rows, self.columns) = (rows, columns);
        self.values.resize(rows * columns, 0.0);
        self.by256.resize(if forms.by256 { rows } else { 0 }, columns, 256);
        self.by32.resize(if forms.by32 { rows } else { 0 }, columns, 32);
        let by256 = forms.by256.then(|| Writer::new(&mut self.by256));
        let by32 = forms.by32.then(|| Writer::new(&mut self.by32));
        pool.each_row(&mut self.values, columns, |row, values| {
            fill(row, values);
            // SAFETY: `each_row` hands every row out once.
            unsafe {
                if let Some(writer) = &by256 {
                    writer.write(row, values);
                }
                if let Some(writer) = &by32 {
                    writer.write(row, values);
                }
            }
        });
    }

    /// The int8 form that `format` reads.
    pub fn quantized(&self, format: Format) -> &Quantized {
        match format.block() {
            256 => &self.by256,
            _ => &self.by32,
        }
    }
}

/// Writes rows of a [`Quantized`] from several threads.
struct Writer<'a> {
    columns: usize,
    block: usize,
    q: Disjoint<'a, i8>,
    scales: Disjoint<'a, f32>,
    sums: Disjoint<'a, i32>,
    sums32: Disjoint<'a, i16>,
    sums16: Disjoint<'a, i16>,
}

impl<'a> Writer<'a> {
    fn new(to: &'a mut Quantized) -> Self {
        Self {
            columns: to.columns,
            block: to.block,
            q: Disjoint::new(&mut to.q),
            scales: Disjoint::new(&mut to.scales),
            sums: Disjoint::new(&mut to.sums),
            sums32: Disjoint::new(&mut to.sums32),
            sums16: Disjoint::new(&mut to.sums16),
        }
    }

    /// # Safety
    /// No two threads may write the same row.
    unsafe fn write(&self, row: usize, values: &[f32]) {
        let part = |width: usize| row * self.columns / width..(row + 1) * self.columns / width;
        // SAFETY: the parts of different rows do not overlap, and the caller owns this row.
        let (q, scales, sums) = unsafe {
            (
                self.q.slice(part(1)),
                self.scales.slice(part(self.block)),
                self.sums.slice(part(sum_width(self.block))),
            )
        };
        for ((values, q), scale) in
            values.chunks_exact(self.block).zip(q.chunks_exact_mut(self.block)).zip(scales)
        {
            *scale = quantize_block(values, q);
        }
        for (sum, q) in sums.iter_mut().zip(q.chunks_exact(sum_width(self.block))) {
            *sum = -q.iter().map(|&q| i32::from(q)).sum::<i32>();
        }
        if self.block == 256 {
            // SAFETY: as above.
            let (sums32, sums16) =
                unsafe { (self.sums32.slice(part(32)), self.sums16.slice(part(16))) };
            for (sum, pair) in sums32.iter_mut().zip(sums.chunks_exact(2)) {
                *sum = -(pair[0] + pair[1]) as i16;
            }
            for (to, sum) in sums16.iter_mut().zip(&*sums) {
                *to = -*sum as i16;
            }
        }
    }
}

/// Rounds to the nearest of 255 steps between minus and plus the largest magnitude; returns the step.
fn quantize_block(values: &[f32], q: &mut [i8]) -> f32 {
    let largest = vector::largest_magnitude(values);
    // A NaN or an infinity gives zeros here and shows up as such in the result, not as a panic.
    if largest == 0.0 || !largest.is_finite() {
        q.fill(0);
        return if largest == 0.0 { 0.0 } else { f32::NAN };
    }
    let inverse = 127.0 / largest;
    // Adding 1.5 * 2^23 rounds to the nearest integer, ties to even, and leaves it in the low bits.
    const ROUND: f32 = 12_582_912.0;
    for (q, value) in q.iter_mut().zip(values) {
        *q = (value * inverse + ROUND).to_bits() as i8;
    }
    largest / 127.0
}

//! Weight matrices in tiles, and their products with activations on all threads.

use std::{ops::Range, sync::Arc};

use super::{Format, Isa, LANES, Shape, activations::Activations, pack};
use crate::{
    memory::Memory,
    pool::{Disjoint, Pool},
};

/// Bytes of int8 activations that stay in the second-level cache while tiles pass by.
const CACHED_ACTIVATIONS: usize = 384 << 10;
/// Rows of results that are computed before they are stored: a multiple of what kernels compute
/// together.
const BUFFERED_ROWS: usize = 24;
/// Bytes of a file that are packed before they are given back.
const BAND: usize = 16 << 20;
/// Pieces of work for each thread: enough that a slow one does not hold the others up.
const PIECES: usize = 8;

/// A matrix as it lies in a GGUF file.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub format: Format,
    pub rows: usize,
    pub columns: usize,
    pub data: &'a [u8],
}

impl<'a> Source<'a> {
    /// Some of its rows.
    pub fn rows(&self, range: Range<usize>) -> Self {
        let bytes = self.row_bytes();
        let data: &'a [u8] = &self.data[range.start * bytes..range.end * bytes];
        Self { rows: range.len(), data, ..*self }
    }

    /// Bytes of its tiles.
    pub fn packed_bytes(&self) -> usize {
        self.rows.div_ceil(LANES) * self.format.tile_bytes(self.columns)
    }

    /// Bytes of one row.
    fn row_bytes(&self) -> usize {
        self.columns / self.format.block() * self.format.source_bytes()
    }

    /// One row as f32.
    pub fn row(&self, index: usize, out: &mut [f32]) {
        let bytes = self.row_bytes();
        pack::dequantize(self.format, &self.data[index * bytes..(index + 1) * bytes], out);
    }
}

/// `[rows, columns]` weights, packed.
pub struct Matrix {
    pub format: Format,
    pub rows: usize,
    pub columns: usize,
    memory: Arc<Memory>,
    start: usize,
}

impl Matrix {
    fn tile(&self, index: usize) -> &[u8] {
        let bytes = self.format.tile_bytes(self.columns);
        self.memory.bytes(self.start + index * bytes, bytes)
    }

    fn tiles(&self) -> usize {
        self.rows.div_ceil(LANES)
    }

    /// Bytes that a product reads.
    pub fn bytes(&self) -> usize {
        self.tiles() * self.format.tile_bytes(self.columns)
    }

    /// One row as f32: the embedding of a token, where the table is the output matrix too.
    pub fn row(&self, index: usize, out: &mut [f32]) {
        let tile = self.tile(index / LANES);
        pack::dequantize_from_tile(self.format.shape(), tile, index % LANES, out);
    }
}

/// Packs the matrices of a model into one piece of memory.
pub struct Packer {
    memory: Arc<Memory>,
    used: usize,
}

impl Packer {
    /// Tiles start on cache lines.
    pub fn bytes_for(source: &Source<'_>) -> usize {
        source.packed_bytes().next_multiple_of(64)
    }

    /// Room for `bytes`, the sum of [`Packer::bytes_for`]; `None` when there is not as much memory.
    pub fn new(bytes: usize) -> Option<Self> {
        Some(Self { memory: Arc::new(Memory::zeroed(bytes)?), used: 0 })
    }

    /// Packs on all threads. `packed` is told which bytes of the source are not needed any more.
    pub fn pack(&mut self, pool: &Pool, source: Source<'_>, packed: impl Fn(&[u8])) -> Matrix {
        let Source { format, rows, columns, data } = source;
        let start = self.used;
        self.used += Self::bytes_for(&source);
        assert!(self.used <= self.memory.len());
        let tile_bytes = format.tile_bytes(columns);
        let tiles = rows.div_ceil(LANES);
        // What a tile is made from.
        let rows_bytes = (LANES * source.row_bytes()).max(1);
        let band = (BAND / rows_bytes).max(1);
        for first in (0..tiles).step_by(band) {
            let last = tiles.min(first + band);
            pool.each(last - first, |index| {
                let index = first + index;
                // SAFETY: each tile is written by one thread, and nothing reads it before.
                let tile = unsafe { self.memory.bytes_mut(start + index * tile_bytes, tile_bytes) };
                pack::pack_tile(format, data, columns, index * LANES, tile);
            });
            packed(&data[first * rows_bytes..data.len().min(last * rows_bytes)]);
        }
        Matrix { format, rows, columns, memory: self.memory.clone(), start }
    }
}

/// `out[i] = x · wᵀ` for each `(w, out)`: `x` is `[rows, columns]`, `w` `[n, columns]` and `out`
/// becomes `[rows, n]`. All of them in one go, so that threads meet once.
pub fn products(isa: Isa, pool: &Pool, x: &Activations, jobs: &mut [(&Matrix, &mut Vec<f32>)]) {
    let jobs = jobs.iter_mut().map(|(matrix, out)| {
        out.resize(x.rows * matrix.rows, 0.0);
        Job { isa, matrix, tiles: None, x, out: Disjoint::new(out) }
    });
    compute(pool, x, &jobs.collect::<Vec<_>>());
}

/// As [`products`], of some tiles of one matrix. Columns of other tiles keep what is in `out`, or
/// become negative infinity where it grows.
pub fn product_of_tiles(
    isa: Isa,
    pool: &Pool,
    x: &Activations,
    (matrix, tiles): (&Matrix, &[usize]),
    out: &mut Vec<f32>,
) {
    out.resize(x.rows * matrix.rows, f32::NEG_INFINITY);
    compute(pool, x, &[Job { isa, matrix, tiles: Some(tiles), x, out: Disjoint::new(out) }]);
}

fn compute(pool: &Pool, x: &Activations, jobs: &[Job<'_>]) {
    let tiles: usize = jobs.iter().map(Job::tiles).sum();
    let piece = tiles.div_ceil(pool.threads() * PIECES);
    let block = (CACHED_ACTIVATIONS / x.columns.max(1)).next_multiple_of(BUFFERED_ROWS);
    let row_blocks = x.rows.div_ceil(block);
    let mut pieces = 0;
    let jobs: Vec<_> = jobs
        .iter()
        .map(|job| {
            assert_eq!(job.matrix.columns, x.columns);
            let first = pieces;
            pieces += job.tiles().div_ceil(piece);
            (first..pieces, job)
        })
        .collect();
    pool.each(row_blocks * pieces, |index| {
        let (row_block, index) = (index / pieces, index % pieces);
        let rows = row_block * block..x.rows.min((row_block + 1) * block);
        let (its, job) = jobs.iter().find(|(its, _)| its.contains(&index)).expect("a job's piece");
        let tile = (index - its.start) * piece;
        for tile in tile..job.tiles().min(tile + piece) {
            job.compute(job.tiles.map_or(tile, |tiles| tiles[tile]), rows.clone());
        }
    });
}

struct Job<'a> {
    isa: Isa,
    matrix: &'a Matrix,
    /// Those to compute, or all of them.
    tiles: Option<&'a [usize]>,
    x: &'a Activations,
    out: Disjoint<'a, f32>,
}

impl Job<'_> {
    fn tiles(&self) -> usize {
        self.tiles.map_or_else(|| self.matrix.tiles(), <[usize]>::len)
    }

    /// The 16 outputs of a tile for some rows of `x`.
    fn compute(&self, tile: usize, rows: std::ops::Range<usize>) {
        let Self { isa, matrix, x, .. } = *self;
        let bytes = matrix.tile(tile);
        let mut buffer = [[0f32; LANES]; BUFFERED_ROWS];
        let column = tile * LANES;
        let width = LANES.min(matrix.rows - column);
        for first in rows.clone().step_by(BUFFERED_ROWS) {
            let out = &mut buffer[..(rows.end - first).min(BUFFERED_ROWS)];
            if let Shape::Float(float) = matrix.format.shape() {
                let x = &x.values[first * x.columns..];
                isa.float_product(float, bytes, matrix.columns, x, matrix.columns, out);
            } else {
                let (x, fresh) = (x.quantized(matrix.format), first == rows.start);
                isa.integer_product(matrix.format.shape(), bytes, x, first, out, fresh);
            }
            for (row, result) in (first..).zip(out) {
                let at = row * matrix.rows + column;
                // SAFETY: one piece of work computes this tile for this row.
                let to = unsafe { self.out.slice(at..at + width) };
                match to.first_chunk_mut() {
                    Some(whole) => *whole = *result,
                    None => to.copy_from_slice(&result[..width]),
                }
            }
        }
    }
}

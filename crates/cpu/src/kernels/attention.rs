//! Grouped-query attention over a half-precision KV cache, in blocks of positions.
//!
//! Keys of 16 positions form a tile like weights do (lane = position), and so do the values of
//! 16 dimensions (lane = dimension): scores and weighted sums are the products of the matrix
//! kernels. The query heads that share a KV head, and neighbouring tokens, are the rows.
//!
//! A block's part of a row is a softmax of its own; parts are merged in the order of positions
//! (online softmax, Milakov & Gimelshein 2018). The split never depends on rows or threads, so
//! neither do a row's bits.

use std::{cell::RefCell, ops::Range};

use super::{Float, Isa, LANES, vector};
use crate::{
    kv::{BLOCK, Kv},
    pool::{Disjoint, Pool},
};

/// Rows of queries that one task computes together, about.
const TILE_ROWS: usize = 32;
/// Up to this many tokens, a sequence's blocks are shared out among threads.
const SPLIT_TOKENS: usize = 8;

/// The shape of an attention layer's heads.
#[derive(Clone, Copy, Debug)]
pub struct Heads {
    pub query: usize,
    pub kv: usize,
    /// Numbers in one head, a multiple of 16.
    pub dim: usize,
}

impl Heads {
    /// Query heads that share a KV head.
    fn group(self) -> usize {
        self.query / self.kv
    }
}

/// Neighbouring tokens of one sequence whose keys and values are in `kv` already.
#[derive(Clone, Copy)]
pub struct Span<'a> {
    pub kv: &'a Kv,
    /// Row of the first token in the queries.
    pub row: usize,
    pub tokens: usize,
    /// Position of the first token.
    pub position: usize,
}

/// One piece of work: some tokens, one KV head, some blocks.
#[derive(Clone, Copy)]
struct Task<'a> {
    span: Span<'a>,
    head: usize,
    blocks: (usize, usize),
    /// Where its unmerged result goes in the buffer of parts; `None` for a final result.
    part: Option<usize>,
}

/// Buffers of [`Attention::attend`] that live from call to call.
#[derive(Default)]
pub struct Parts {
    /// Sums and weights of the parts that wait for merging.
    values: Vec<f32>,
}

/// The attention of one layer.
pub struct Attention<'a> {
    pub isa: Isa,
    pub pool: &'a Pool,
    pub heads: Heads,
    pub layer: usize,
    /// What the products of queries and keys are multiplied by.
    pub scale: f32,
    /// Tokens that a token sees, itself included; `None` for all.
    pub window: Option<usize>,
    /// Scores are squeezed between minus and plus this.
    pub score_cap: Option<f32>,
}

impl Attention<'_> {
    /// Causal attention of `queries` (`[rows, heads.query * heads.dim]`) to the keys of the layer;
    /// `out` has the same shape.
    pub fn attend(&self, spans: &[Span<'_>], queries: &[f32], out: &mut [f32], parts: &mut Parts) {
        let Self { pool, heads, .. } = *self;
        let (tasks, merges, part_floats) = self.plan(spans);
        parts.values.resize(part_floats, 0.0);
        let part_values = Disjoint::new(&mut parts.values);
        let out = Disjoint::new(out);
        pool.each(tasks.len(), |index| {
            SCRATCH.with_borrow_mut(|scratch| {
                let task = &tasks[index];
                scratch.run(self, task, queries);
                match task.part {
                    // SAFETY: the plan gives each task a place of its own.
                    Some(at) => scratch.sums.save(unsafe {
                        part_values.slice(at..at + part_len(heads, task.span.tokens))
                    }),
                    // SAFETY: one task computes this head of these tokens.
                    None => unsafe { scratch.sums.finish(heads, task, &out) },
                }
            });
        });
        pool.each(merges.len(), |index| {
            SCRATCH.with_borrow_mut(|scratch| {
                let (task, first) = merges[index];
                let len = part_len(heads, task.span.tokens);
                scratch.sums.reset(task.span.tokens * heads.group(), heads.dim);
                for part in 0..task.blocks.1 - task.blocks.0 {
                    let at = first + part * len;
                    // SAFETY: the parts were written before the threads met.
                    scratch.sums.merge_part(unsafe { part_values.slice(at..at + len) });
                }
                // SAFETY: one merge computes this head of these tokens.
                unsafe { scratch.sums.finish(heads, &task, &out) };
            });
        });
    }
}

type Merge<'a> = (Task<'a>, usize);

impl Attention<'_> {
    /// Long prompts are split by tokens, single tokens by positions.
    fn plan<'a>(&self, spans: &[Span<'a>]) -> (Vec<Task<'a>>, Vec<Merge<'a>>, usize) {
        let heads = self.heads;
        let (mut tasks, mut merges, mut floats) = (Vec::new(), Vec::new(), 0);
        for &span in spans {
            let blocks = self.blocks(span);
            for head in 0..heads.kv {
                if span.tokens <= SPLIT_TOKENS && blocks.1 - blocks.0 > 1 {
                    merges.push((Task { span, head, blocks, part: None }, floats));
                    for block in blocks.0..blocks.1 {
                        let task =
                            Task { span, head, blocks: (block, block + 1), part: Some(floats) };
                        tasks.push(task);
                        floats += part_len(heads, span.tokens);
                    }
                    continue;
                }
                let step = (TILE_ROWS / heads.group()).max(1);
                for skip in (0..span.tokens).step_by(step) {
                    let tokens = step.min(span.tokens - skip);
                    let position = span.position + skip;
                    let span = Span { row: span.row + skip, tokens, position, ..span };
                    tasks.push(Task { span, head, blocks: self.blocks(span), part: None });
                }
            }
        }
        // The longest first, so that none is left for the end.
        tasks.sort_by_key(|task| std::cmp::Reverse(task.blocks.1 - task.blocks.0));
        (tasks, merges, floats)
    }

    /// The blocks that some token of a span sees.
    fn blocks(&self, span: Span<'_>) -> (usize, usize) {
        (self.first_seen(span.position) / BLOCK, (span.position + span.tokens).div_ceil(BLOCK))
    }

    /// The first position that a token sees.
    fn first_seen(&self, position: usize) -> usize {
        self.window.map_or(0, |window| (position + 1).saturating_sub(window))
    }
}

/// Floats that a part takes: for each row its sums, its largest score and its weight.
fn part_len(heads: Heads, tokens: usize) -> usize {
    tokens * heads.group() * (heads.dim + 2)
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// A thread's buffers.
#[derive(Default)]
struct Scratch {
    /// `[rows, dim]`, already scaled.
    queries: Vec<f32>,
    /// `[rows, BLOCK]` scores, then weights.
    weights: Vec<f32>,
    lanes: Vec<[f32; LANES]>,
    block: Sums,
    sums: Sums,
}

impl Scratch {
    fn run(&mut self, of: &Attention<'_>, task: &Task<'_>, queries: &[f32]) {
        let heads = of.heads;
        let rows = task.span.tokens * heads.group();
        self.load_queries(of, task, queries);
        self.weights.resize(rows * BLOCK, 0.0);
        self.lanes.resize(rows, [0.0; LANES]);
        self.sums.reset(rows, heads.dim);
        self.block.reset(rows, heads.dim);
        for block in task.blocks.0..task.blocks.1 {
            self.run_block(of, task, block);
            self.sums.merge(&self.block);
        }
    }

    fn load_queries(&mut self, of: &Attention<'_>, task: &Task<'_>, queries: &[f32]) {
        let Attention { heads, scale, .. } = *of;
        let width = heads.group() * heads.dim;
        self.queries.clear();
        for token in 0..task.span.tokens {
            let at = (task.span.row + token) * heads.query * heads.dim + task.head * width;
            self.queries.extend(queries[at..at + width].iter().map(|q| q * scale));
        }
    }

    /// Scores, softmax and weighted sum over one block, into `self.block`.
    fn run_block(&mut self, of: &Attention<'_>, task: &Task<'_>, block: usize) {
        let Attention { isa, heads, layer, score_cap, .. } = *of;
        let Self { queries, weights, lanes, block: sums, .. } = self;
        let (dim, group) = (heads.dim, heads.group());
        let (keys, values) = task.span.kv.block(layer, task.head, block);
        // Positions of this block that the last token sees.
        let seen = (task.span.position + task.span.tokens - block * BLOCK).min(BLOCK);
        for (tile, keys) in keys.chunks_exact(dim * LANES * 2).enumerate() {
            if tile * LANES >= seen {
                break;
            }
            isa.float_product(Float::F16, keys, dim, queries, dim, lanes);
            for (lanes, weights) in lanes.iter().zip(weights.chunks_exact_mut(BLOCK)) {
                weights[tile * LANES..(tile + 1) * LANES].copy_from_slice(lanes);
            }
        }
        for (row, weights) in weights.chunks_exact_mut(BLOCK).enumerate() {
            let position = task.span.position + row / group;
            let within = |position: usize| position.saturating_sub(block * BLOCK).min(BLOCK);
            let seen = within(of.first_seen(position))..within(position + 1);
            if let Some(cap) = score_cap {
                weights[seen.clone()].iter_mut().for_each(|s| *s = vector::squeeze(*s, cap));
            }
            (sums.most[row], sums.weight[row]) = softmax(weights, seen);
        }
        for (tile, values) in values.chunks_exact(BLOCK * LANES * 2).enumerate() {
            isa.float_product(Float::F16, values, seen, weights, BLOCK, lanes);
            for (lanes, sums) in lanes.iter().zip(sums.values.chunks_exact_mut(dim)) {
                sums[tile * LANES..(tile + 1) * LANES].copy_from_slice(lanes);
            }
        }
    }
}

/// Turns the scores that are seen into weights relative to the largest, and the rest into zeros.
/// Returns the largest score and the sum of the weights.
fn softmax(weights: &mut [f32], seen: Range<usize>) -> (f32, f32) {
    let most = vector::max(&weights[seen.clone()]);
    for weight in weights.iter_mut() {
        *weight = vector::exp(*weight - most);
    }
    weights[..seen.start].fill(0.0);
    weights[seen.end..].fill(0.0);
    (most, vector::sum(weights))
}

/// Softmax-weighted sums of some rows that may still be merged with those of other positions.
#[derive(Default)]
struct Sums {
    /// `[rows, dim]`.
    values: Vec<f32>,
    most: Vec<f32>,
    weight: Vec<f32>,
}

impl Sums {
    fn reset(&mut self, rows: usize, dim: usize) {
        self.values.clear();
        self.values.resize(rows * dim, 0.0);
        self.most.clear();
        self.most.resize(rows, f32::NEG_INFINITY);
        self.weight.clear();
        self.weight.resize(rows, 0.0);
    }

    fn merge(&mut self, later: &Sums) {
        self.merge_slices(&later.values, &later.most, &later.weight);
    }

    fn merge_part(&mut self, part: &[f32]) {
        let rows = self.most.len();
        let (most, rest) = part.split_at(rows);
        let (weight, values) = rest.split_at(rows);
        self.merge_slices(values, most, weight);
    }

    fn save(&self, part: &mut [f32]) {
        let rows = self.most.len();
        part[..rows].copy_from_slice(&self.most);
        part[rows..2 * rows].copy_from_slice(&self.weight);
        part[2 * rows..].copy_from_slice(&self.values);
    }

    fn merge_slices(&mut self, values: &[f32], most: &[f32], weight: &[f32]) {
        let dim = self.values.len() / self.most.len();
        let rows = self.values.chunks_exact_mut(dim).zip(values.chunks_exact(dim));
        for (row, (sums, later)) in rows.enumerate() {
            if weight[row] == 0.0 {
                continue;
            }
            let larger = if most[row] > self.most[row] { most[row] } else { self.most[row] };
            let (old, new) =
                (vector::exp(self.most[row] - larger), vector::exp(most[row] - larger));
            for (sum, later) in sums.iter_mut().zip(later) {
                *sum = later.mul_add(new, *sum * old);
            }
            self.weight[row] = weight[row].mul_add(new, self.weight[row] * old);
            self.most[row] = larger;
        }
    }

    /// Writes the task's rows of the result.
    ///
    /// # Safety
    /// No other thread writes this head of these tokens.
    unsafe fn finish(&self, heads: Heads, task: &Task<'_>, out: &Disjoint<'_, f32>) {
        let width = heads.group() * heads.dim;
        for token in 0..task.span.tokens {
            let at = (task.span.row + token) * heads.query * heads.dim + task.head * width;
            // SAFETY: the caller's promise.
            let out = unsafe { out.slice(at..at + width) };
            out.copy_from_slice(&self.values[token * width..(token + 1) * width]);
            for (out, weight) in
                out.chunks_exact_mut(heads.dim).zip(&self.weight[token * heads.group()..])
            {
                let inverse = 1.0 / weight;
                out.iter_mut().for_each(|value| *value *= inverse);
            }
        }
    }
}

//! The forward pass of a dense decoder.

pub mod config;
mod head;
mod load;
mod rope;

use std::sync::Arc;

use hearth_gguf::File;

pub use self::load::check;
use self::{config::Config, head::Head};
use crate::{
    kernels::{
        Format, Isa,
        activations::{Activations, Forms},
        attention::{Attention, Parts, Span},
        matrix::{Matrix, Source, product_of_tiles, products},
        vector,
    },
    kv::{Kv, Shape},
    pool::{Disjoint, Pool},
};

/// A model's weights and the threads that compute it.
pub struct Model {
    pub config: Config,
    pub isa: Isa,
    pub pool: Arc<Pool>,
    weights: Weights,
    /// What is left of the output matrix, where not all of it is computed.
    head: Option<Head>,
    scratch: Scratch,
}

struct Weights {
    embedding: Embedding,
    layers: Vec<Layer>,
    norm: Vec<f32>,
    output: Matrix,
}

enum Embedding {
    /// Tied: a token's embedding is a row of the output matrix.
    IsOutput,
    /// Rows are read from the file as they are needed.
    InFile { file: Arc<File>, format: Format },
}

struct Layer {
    attention_norm: Vec<f32>,
    query: Matrix,
    key: Matrix,
    value: Matrix,
    biases: Biases,
    query_norm: Option<Vec<f32>>,
    key_norm: Option<Vec<f32>>,
    attention_output: Matrix,
    feed_forward_norm: Vec<f32>,
    gate: Matrix,
    up: Matrix,
    down: Matrix,
}

struct Biases {
    query: Option<Vec<f32>>,
    key: Option<Vec<f32>>,
    value: Option<Vec<f32>>,
}

/// Buffers of a forward pass, `[rows, ...]` each, kept for the next one.
#[derive(Default)]
struct Scratch {
    hidden: Vec<f32>,
    turns: Vec<f32>,
    input: Activations,
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    attended: Vec<f32>,
    gate: Vec<f32>,
    up: Vec<f32>,
    change: Vec<f32>,
    logits: Vec<f32>,
    parts: Parts,
}

/// New tokens of one sequence in a forward pass.
pub struct Run<'a> {
    /// What the sequence has computed so far; the tokens are appended to it.
    pub kv: &'a mut Kv,
    pub tokens: &'a [u32],
    pub logits: Wanted,
}

/// Of which tokens the next token's logits are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    None,
    Last,
    All,
}

impl Model {
    /// What its KV caches look like.
    pub fn kv_shape(&self) -> Shape {
        Shape { layers: self.config.layers, heads: self.config.heads }
    }

    /// Bytes of weights that one token reads.
    pub fn weight_bytes(&self) -> usize {
        let layers = self.weights.layers.iter().flat_map(Layer::matrices);
        layers.chain([&self.weights.output]).map(Matrix::bytes).sum()
    }

    /// Multiplications with weights for one token, its logits not counted.
    pub fn layer_products(&self) -> usize {
        let layers = self.weights.layers.iter().flat_map(Layer::matrices);
        layers.map(|matrix| matrix.rows * matrix.columns).sum()
    }

    /// Computes new tokens of any number of sequences in one pass over the weights. Returns the
    /// logits that the runs want, `[wanted rows, vocabulary]` in the runs' order.
    ///
    /// A token's logits have the same bits in whatever company it is computed.
    ///
    /// # Panics
    /// On a token that is not of the vocabulary.
    pub fn forward(&mut self, runs: &mut [Run<'_>]) -> &[f32] {
        let Self { config, isa, pool, weights, head, scratch: s } = self;
        let (isa, width, epsilon) = (*isa, config.width, config.epsilon);
        let tokens: Vec<u32> = runs.iter().flat_map(|run| run.tokens).copied().collect();
        let rows = tokens.len();
        s.hidden.resize(rows * width, 0.0);
        pool.each_row(&mut s.hidden, width, |row, out| {
            weights.embed(config, tokens[row] as usize, out);
        });
        let places = place(runs);
        s.turns.resize(rows * config.rope.row_len(), 0.0);
        pool.each_row(&mut s.turns, config.rope.row_len(), |row, out| {
            config.rope.turns(places[row].position, out);
        });

        for (index, layer) in weights.layers.iter().enumerate() {
            let norm = |row: usize, weight: &[f32], hidden: &[f32], out: &mut [f32]| {
                vector::rms_norm(&hidden[row * width..][..width], weight, epsilon, out);
            };
            // hidden += output(attention(q, k, v of norm(hidden)))
            let forms = Forms::of([&layer.query, &layer.key, &layer.value]);
            s.input.fill(pool, [rows, width], forms, |row, out| {
                norm(row, &layer.attention_norm, &s.hidden, out);
            });
            products(
                isa,
                pool,
                &s.input,
                &mut [
                    (&layer.query, &mut s.query),
                    (&layer.key, &mut s.key),
                    (&layer.value, &mut s.value),
                ],
            );
            layer.turn_and_store(config, pool, index, s, &places, runs);
            s.attended.resize(s.query.len(), 0.0);
            let spans = spans(runs);
            Attention { isa, pool, heads: config.heads, layer: index }.attend(
                &spans,
                &s.query,
                &mut s.attended,
                &mut s.parts,
            );
            let inner = config.heads.query * config.heads.dim;
            let forms = Forms::of([&layer.attention_output]);
            s.input.fill(pool, [rows, inner], forms, |row, out| {
                out.copy_from_slice(&s.attended[row * inner..][..inner]);
            });
            products(isa, pool, &s.input, &mut [(&layer.attention_output, &mut s.change)]);
            add(pool, &mut s.hidden, &s.change, width);

            // hidden += down(silu(gate) * up), gate and up of norm(hidden)
            let forms = Forms::of([&layer.gate, &layer.up]);
            s.input.fill(pool, [rows, width], forms, |row, out| {
                norm(row, &layer.feed_forward_norm, &s.hidden, out);
            });
            products(
                isa,
                pool,
                &s.input,
                &mut [(&layer.gate, &mut s.gate), (&layer.up, &mut s.up)],
            );
            let inner = config.feed_forward;
            s.input.fill(pool, [rows, inner], Forms::of([&layer.down]), |row, out| {
                let (gate, up) = (&s.gate[row * inner..][..inner], &s.up[row * inner..][..inner]);
                vector::swiglu(gate, up, out);
            });
            products(isa, pool, &s.input, &mut [(&layer.down, &mut s.change)]);
            add(pool, &mut s.hidden, &s.change, width);
        }

        let wanted = wanted_rows(runs);
        s.input.fill(pool, [wanted.len(), width], Forms::of([&weights.output]), |i, out| {
            let hidden = &s.hidden[wanted[i] * width..][..width];
            vector::rms_norm(hidden, &weights.norm, epsilon, out);
        });
        match head {
            None => products(isa, pool, &s.input, &mut [(&weights.output, &mut s.logits)]),
            Some(Head { tiles, .. }) => {
                product_of_tiles(isa, pool, &s.input, (&weights.output, tiles), &mut s.logits);
            }
        }
        &s.logits
    }
}

impl Weights {
    /// The embedding of a token, straight from the quantized table.
    fn embed(&self, config: &Config, token: usize, out: &mut [f32]) {
        match &self.embedding {
            Embedding::IsOutput => self.output.row(token, out),
            Embedding::InFile { file, format } => {
                let data = file.tensor("token_embd.weight").expect("was there at loading").data;
                let (rows, columns) = (config.vocabulary, config.width);
                Source { format: *format, rows, columns, data }.row(token, out);
            }
        }
    }
}

impl Layer {
    fn matrices(&self) -> [&Matrix; 7] {
        [
            &self.query,
            &self.key,
            &self.value,
            &self.attention_output,
            &self.gate,
            &self.up,
            &self.down,
        ]
    }

    /// Biases, norms and rope for queries and keys; keys and values go to the caches. Threads
    /// share this out by KV head, with the query heads that belong to it.
    fn turn_and_store(
        &self,
        config: &Config,
        pool: &Pool,
        index: usize,
        s: &mut Scratch,
        places: &[Place],
        runs: &mut [Run<'_>],
    ) {
        let heads = config.heads;
        let (dim, group) = (heads.dim, heads.query / heads.kv);
        let writers: Vec<_> = runs.iter_mut().map(|run| run.kv.writer(index)).collect();
        let (query, key, value) =
            (Disjoint::new(&mut s.query), Disjoint::new(&mut s.key), Disjoint::new(&mut s.value));
        let turns = &s.turns;
        pool.each(heads.kv, |head| {
            for (row, place) in places.iter().enumerate() {
                let turns = &turns[row * config.rope.row_len()..][..config.rope.row_len()];
                let prepare = |x: &mut [f32], norm: &Option<Vec<f32>>| {
                    if let Some(norm) = norm {
                        vector::rms_norm_in_place(x, norm, config.epsilon);
                    }
                    config.rope.apply(turns, x);
                };
                for head in head * group..(head + 1) * group {
                    let at = (row * heads.query + head) * dim;
                    // SAFETY: each head is handed to one thread.
                    let q = unsafe { query.slice(at..at + dim) };
                    add_bias(q, &self.biases.query, head);
                    prepare(q, &self.query_norm);
                }
                let at = (row * heads.kv + head) * dim;
                // SAFETY: as above.
                let (k, v) = unsafe { (key.slice(at..at + dim), value.slice(at..at + dim)) };
                add_bias(k, &self.biases.key, head);
                add_bias(v, &self.biases.value, head);
                prepare(k, &self.key_norm);
                // SAFETY: as above.
                unsafe { writers[place.run].write(head, place.position, k, v) };
            }
        });
    }
}

fn add_bias(x: &mut [f32], bias: &Option<Vec<f32>>, head: usize) {
    if let Some(bias) = bias {
        vector::add(x, &bias[head * x.len()..][..x.len()]);
    }
}

/// Where a row's token stands.
#[derive(Clone, Copy)]
struct Place {
    run: usize,
    position: usize,
}

/// Makes room for all new tokens; says where each row's token stands.
fn place(runs: &mut [Run<'_>]) -> Vec<Place> {
    let mut places = Vec::new();
    for (run, Run { kv, tokens, .. }) in runs.iter_mut().enumerate() {
        places.extend((kv.len()..kv.len() + tokens.len()).map(|position| Place { run, position }));
        kv.extend(tokens.len());
    }
    places
}

/// The runs as attention sees them, once their tokens have a place.
fn spans<'a>(runs: &'a [Run<'_>]) -> Vec<Span<'a>> {
    let mut row = 0;
    let span = |run: &'a Run<'_>| {
        let tokens = run.tokens.len();
        row += tokens;
        Span { kv: &*run.kv, row: row - tokens, tokens, position: run.kv.len() - tokens }
    };
    runs.iter().map(span).collect()
}

fn wanted_rows(runs: &[Run<'_>]) -> Vec<usize> {
    let (mut rows, mut row) = (Vec::new(), 0);
    for run in runs {
        let end = row + run.tokens.len();
        match run.logits {
            Wanted::None => {}
            Wanted::Last => rows.extend((row..end).last()),
            Wanted::All => rows.extend(row..end),
        }
        row = end;
    }
    rows
}

/// `x += y`, row by row.
fn add(pool: &Pool, x: &mut [f32], y: &[f32], width: usize) {
    pool.each_row(x, width, |row, x| vector::add(x, &y[row * width..][..width]));
}

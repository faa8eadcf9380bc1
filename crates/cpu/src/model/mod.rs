//! The forward pass of a dense decoder, as a [`Plan`] describes it.

mod families;
mod head;
pub mod plan;
mod reader;
mod rope;
mod weights;

use std::sync::Arc;

pub use self::{families::FAMILIES, weights::check};
use self::{
    head::Head,
    plan::{Activation, HeadNorm, Plan},
    weights::{Around, Embedding, Layer, Linear, Weights},
};
use crate::{
    kernels::{
        Isa,
        activations::{Activations, Forms},
        attention::{Attention, Parts, Span},
        matrix::{Matrix, Source, product_of_tiles, products},
        vector,
    },
    kv::{self, Kv},
    pool::{Disjoint, Pool},
};

/// A model's weights and the threads that compute it.
pub struct Model {
    pub plan: Plan,
    kv_shape: kv::Shape,
    pub isa: Isa,
    pub pool: Arc<Pool>,
    weights: Weights,
    /// What is left of the output matrix, where not all of it is computed.
    head: Option<Head>,
    scratch: Scratch,
}

/// Buffers of a forward pass, `[rows, ...]` each, kept for the next one.
#[derive(Default)]
struct Scratch {
    hidden: Vec<f32>,
    cos_sin: Vec<f32>,
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
    pub fn kv_shape(&self) -> kv::Shape {
        self.kv_shape.clone()
    }

    /// Conversations are of at most so many tokens; asked once, before the first.
    pub fn limit_context(&mut self, most: usize) {
        self.plan.ropes.iter_mut().for_each(|rope| rope.limit_context(most));
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
        let Self { plan, isa, pool, weights, head, scratch: s, .. } = self;
        let (isa, width, epsilon) = (*isa, plan.width, plan.epsilon);
        let tokens: Vec<u32> = runs.iter().flat_map(|run| run.tokens).copied().collect();
        let rows = tokens.len();
        s.hidden.resize(rows * width, 0.0);
        pool.each_row(&mut s.hidden, width, |row, out| {
            weights.embed(plan, tokens[row] as usize, out);
        });
        let places = place(runs);
        s.cos_sin.resize(rows * plan.cos_sin_len(), 0.0);
        pool.each_row(&mut s.cos_sin, plan.cos_sin_len(), |row, mut out| {
            for rope in &plan.ropes {
                let (own, rest) = out.split_at_mut(rope.row_len());
                rope.cos_sin(places[row].position, own);
                out = rest;
            }
        });

        for (index, (layer, does)) in weights.layers.iter().zip(&plan.layers).enumerate() {
            let normed = |around: &Around, row: usize, hidden: &[f32], out: &mut [f32]| {
                let hidden = &hidden[row * width..][..width];
                match &around.before {
                    Some(norm) => vector::rms_norm(hidden, norm, epsilon, out),
                    None => out.copy_from_slice(hidden),
                }
            };
            // hidden += output(attention(q, k, v of norm(hidden)))
            let heads = does.attention.heads;
            let qkv = [&layer.query.matrix, &layer.key.matrix, &layer.value.matrix];
            s.input.fill(pool, [rows, width], Forms::of(qkv), |row, out| {
                normed(&layer.attention, row, &s.hidden, out);
            });
            let [query, key, value] = qkv;
            products(
                isa,
                pool,
                &s.input,
                &mut [(query, &mut s.query), (key, &mut s.key), (value, &mut s.value)],
            );
            layer.norm_together(plan, does, pool, s);
            layer.turn_and_store(plan, index, pool, s, &places, runs);
            s.attended.resize(s.query.len(), 0.0);
            let spans = spans(runs);
            let attention = Attention {
                isa,
                pool,
                heads,
                layer: index,
                scale: does.attention.scale,
                window: does.attention.window,
                score_cap: does.attention.score_cap,
            };
            attention.attend(&spans, &s.query, &mut s.attended, &mut s.parts);
            let inner = heads.query * heads.dim;
            let output = &layer.attention_output;
            s.input.fill(pool, [rows, inner], Forms::of([&output.matrix]), |row, out| {
                out.copy_from_slice(&s.attended[row * inner..][..inner]);
            });
            products(isa, pool, &s.input, &mut [(&output.matrix, &mut s.change)]);
            let change = Change { plan, does, of: output, after: &layer.attention.after };
            change.add(pool, &mut s.hidden, &mut s.change);

            // hidden += down(activation(gate) * up), gate and up of norm(hidden)
            let gate_up = [&layer.gate.matrix, &layer.up.matrix];
            s.input.fill(pool, [rows, width], Forms::of(gate_up), |row, out| {
                normed(&layer.feed_forward, row, &s.hidden, out);
            });
            let [gate, up] = gate_up;
            products(isa, pool, &s.input, &mut [(gate, &mut s.gate), (up, &mut s.up)]);
            layer.gate.add_bias(pool, &mut s.gate);
            layer.up.add_bias(pool, &mut s.up);
            let inner = does.feed_forward.width;
            let down = &layer.down;
            s.input.fill(pool, [rows, inner], Forms::of([&down.matrix]), |row, out| {
                let (gate, up) = (&s.gate[row * inner..][..inner], &s.up[row * inner..][..inner]);
                match does.feed_forward.activation {
                    Activation::Silu => vector::swiglu(gate, up, out),
                    Activation::Gelu => vector::geglu(gate, up, out),
                }
            });
            products(isa, pool, &s.input, &mut [(&down.matrix, &mut s.change)]);
            let change = Change { plan, does, of: down, after: &layer.feed_forward.after };
            change.add(pool, &mut s.hidden, &mut s.change);
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
        plan.scale_logits(pool, &mut s.logits);
        &s.logits
    }
}

impl Plan {
    fn scale_logits(&self, pool: &Pool, logits: &mut [f32]) {
        if self.logit_scale == 1.0 && self.logit_cap.is_none() {
            return;
        }
        pool.each_row(logits, self.vocabulary, |_, logits| {
            logits.iter_mut().for_each(|logit| *logit *= self.logit_scale);
            if let Some(cap) = self.logit_cap {
                // What was left out stays so.
                let computed = logits.iter_mut().filter(|logit| **logit != f32::NEG_INFINITY);
                computed.for_each(|logit| *logit = vector::squeeze(*logit, cap));
            }
        });
    }
}

impl Weights {
    /// The embedding of a token, straight from the quantized table.
    fn embed(&self, plan: &Plan, token: usize, out: &mut [f32]) {
        match &self.embedding {
            Embedding::IsOutput => self.output.row(token, out),
            Embedding::InFile { file, format } => {
                let data = file.tensor("token_embd.weight").expect("was there at loading").data;
                let (rows, columns) = (plan.vocabulary, plan.width);
                Source { format: *format, rows, columns, data }.row(token, out);
            }
        }
        if plan.embedding_scale != 1.0 {
            out.iter_mut().for_each(|x| *x *= plan.embedding_scale);
        }
    }
}

impl Linear {
    fn add_bias(&self, pool: &Pool, x: &mut [f32]) {
        if let Some(bias) = &self.bias {
            pool.each_row(x, bias.len(), |_, x| vector::add(x, bias));
        }
    }
}

/// What a part of a layer adds to the residual stream.
struct Change<'a> {
    plan: &'a Plan,
    does: &'a plan::Layer,
    of: &'a Linear,
    after: &'a Option<Vec<f32>>,
}

impl Change<'_> {
    /// `hidden += scale * norm(change + bias)`, row by row.
    fn add(&self, pool: &Pool, hidden: &mut [f32], change: &mut [f32]) {
        let width = self.plan.width;
        let change = Disjoint::new(change);
        pool.each_row(hidden, width, |row, hidden| {
            // SAFETY: `each_row` hands every row out once.
            let change = unsafe { change.slice(row * width..(row + 1) * width) };
            if let Some(bias) = &self.of.bias {
                vector::add(change, bias);
            }
            if let Some(norm) = self.after {
                vector::rms_norm_in_place(change, norm, self.plan.epsilon);
            }
            if self.does.residual_scale != 1.0 {
                change.iter_mut().for_each(|x| *x *= self.does.residual_scale);
            }
            vector::add(hidden, change);
        });
    }
}

impl Layer {
    /// Norms the queries and the keys of a token as a whole, where the family does.
    fn norm_together(&self, plan: &Plan, does: &plan::Layer, pool: &Pool, s: &mut Scratch) {
        if does.attention.head_norm != HeadNorm::Together {
            return;
        }
        let both = [
            (&mut s.query, &self.query, &self.query_norm),
            (&mut s.key, &self.key, &self.key_norm),
        ];
        for (x, linear, norm) in both {
            linear.add_bias(pool, x);
            if let Some(norm) = norm {
                pool.each_row(x, norm.len(), |_, x| {
                    vector::rms_norm_in_place(x, norm, plan.epsilon);
                });
            }
        }
    }

    /// Biases, norms and rope for queries and keys; keys and values go to the caches. Threads
    /// share this out by KV head, with the query heads that belong to it.
    fn turn_and_store(
        &self,
        plan: &Plan,
        index: usize,
        pool: &Pool,
        s: &mut Scratch,
        places: &[Place],
        runs: &mut [Run<'_>],
    ) {
        let does = &plan.layers[index].attention;
        let heads = does.heads;
        let (dim, group) = (heads.dim, heads.query / heads.kv);
        let writers: Vec<_> = runs.iter_mut().map(|run| run.kv.writer(index)).collect();
        let (query, key, value) =
            (Disjoint::new(&mut s.query), Disjoint::new(&mut s.key), Disjoint::new(&mut s.value));
        let cos_sin = &s.cos_sin;
        let rope = does.rope.map(|rope| (&plan.ropes[rope], plan.cos_sin_start(rope)));
        pool.each(heads.kv, |head| {
            for (row, place) in places.iter().enumerate() {
                let cos_sin = &cos_sin[row * plan.cos_sin_len()..][..plan.cos_sin_len()];
                let prepare = |x: &mut [f32], linear: &Linear, norm: &Option<Vec<f32>>, head| {
                    let norm_when = |when: HeadNorm, x: &mut [f32]| match norm {
                        Some(norm) if does.head_norm == when => {
                            vector::rms_norm_in_place(x, norm, plan.epsilon);
                        }
                        _ => {}
                    };
                    if does.head_norm != HeadNorm::Together {
                        add_bias(x, &linear.bias, head);
                    }
                    norm_when(HeadNorm::BeforeRope, x);
                    if let Some((rope, start)) = rope {
                        rope.apply(&cos_sin[start..][..rope.row_len()], x);
                    }
                    norm_when(HeadNorm::AfterRope, x);
                };
                for head in head * group..(head + 1) * group {
                    let at = (row * heads.query + head) * dim;
                    // SAFETY: each head is handed to one thread.
                    let q = unsafe { query.slice(at..at + dim) };
                    prepare(q, &self.query, &self.query_norm, head);
                    if let Some(temperature) = does.temperature {
                        let warmer = temperature.at(place.position);
                        q.iter_mut().for_each(|q| *q *= warmer);
                    }
                }
                let at = (row * heads.kv + head) * dim;
                // SAFETY: as above.
                let (k, v) = unsafe { (key.slice(at..at + dim), value.slice(at..at + dim)) };
                prepare(k, &self.key, &self.key_norm, head);
                add_bias(v, &self.value.bias, head);
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

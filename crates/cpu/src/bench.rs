//! How fast a model runs on this machine, and how near that is to what the machine can do.

mod likelihood;
mod pair;

use std::{hint::black_box, path::PathBuf, time::Instant};

pub use likelihood::{Likelihood, likelihood};
pub use pair::{Case, PairOptions, PairReport, run_pair};

use hearth_chat::Error;
use serde::Serialize;

use crate::{
    LoadOptions, LoadedModel,
    kernels::Isa,
    kv::Kv,
    memory,
    model::{Model, Run, Wanted},
    pool::Pool,
};

/// Prompt tokens of one pass, as in generation.
const CHUNK: usize = 256;
/// Conversations that are answered at once.
const SEQUENCES: usize = 8;
/// Each figure is the median of this many measurements, or of as many tokens as are decoded.
const REPEATS: usize = 5;

/// What to measure.
#[derive(Clone, Debug)]
pub struct BenchOptions {
    pub model: PathBuf,
    /// Tokens of the prompt.
    pub prefill: usize,
    /// Tokens decoded at each depth.
    pub decode: usize,
    /// Tokens already in the context when decoding begins.
    pub depths: Vec<usize>,
    /// Numbers of tokens computed in one pass.
    pub rows: Vec<usize>,
    /// `None` is one for each physical core.
    pub threads: Option<u32>,
}

impl BenchOptions {
    /// The usual measurements of a model.
    pub fn new(model: impl Into<PathBuf>) -> Self {
        Self {
            model: model.into(),
            prefill: 512,
            decode: 32,
            depths: vec![0, 2048],
            rows: vec![1, 2, 3, 4, 6, 8, 16],
            threads: None,
        }
    }
}

/// What was measured. Rates are medians.
#[derive(Clone, Debug, Serialize)]
pub struct BenchReport {
    pub backend: &'static str,
    /// The instruction set of the kernels.
    pub isa: &'static str,
    pub threads: usize,
    pub load_ms: f64,
    pub prefill_tok_s: f64,
    /// At the first depth.
    pub decode_tok_s: Option<f64>,
    pub depths: Vec<AtDepth>,
    pub rows: Vec<AtRows>,
    /// Tokens a second of all conversations, when eight are answered at once.
    pub together_tok_s: f64,
    /// Largest resident size with the model and all contexts, before the machine was measured.
    pub peak_rss_bytes: Option<u64>,
    /// Bytes of packed weights that each token reads.
    pub weight_bytes: u64,
    /// What the machine reads from memory with these threads, in GB (1e9 bytes) a second.
    pub read_gb_s: f64,
    /// What it multiplies and adds in 8 bits, in 1e9 a second, from registers.
    pub int8_gmac_s: f64,
    /// Weights read a second when decoding at the first depth, as a share of `read_gb_s`.
    pub decode_read_share: Option<f64>,
    /// Multiplications a second in prefill, as a share of `int8_gmac_s`.
    pub prefill_int8_share: f64,
}

#[derive(Clone, Debug, Serialize)]
pub struct AtDepth {
    pub depth: usize,
    pub decode_tok_s: f64,
}

/// The time of one pass over `m` tokens with all their logits.
#[derive(Clone, Debug, Serialize)]
pub struct AtRows {
    pub m: usize,
    pub ms: f64,
}

/// Measures a model file. Depths beyond the model's context are left out.
pub fn run(options: &BenchOptions) -> Result<BenchReport, Error> {
    let load_options = LoadOptions { threads: options.threads, ..LoadOptions::default() };
    let began = Instant::now();
    let loaded = LoadedModel::load(&options.model, &load_options, &mut |_| {})?;
    let load_ms = began.elapsed().as_secs_f64() * 1e3;
    let mut bench = Bench { model: loaded.model };
    bench.prefill(16.min(options.prefill.max(1)));

    let prefill = options.prefill.clamp(1, loaded.context_length);
    let prefill_s = median((0..REPEATS.min(3)).map(|_| bench.prefill(prefill).1));
    let fits = |depth: &&usize| **depth + options.decode < loaded.context_length;
    let depths: Vec<AtDepth> = options
        .depths
        .iter()
        .filter(fits)
        .filter_map(|depth| {
            let decode_tok_s = bench.decode(*depth, options.decode)?;
            Some(AtDepth { depth: *depth, decode_tok_s })
        })
        .collect();
    let rows = options.rows.iter().filter(|m| **m > 0).map(|m| bench.rows(*m)).collect();
    let peak_rss_bytes = memory::peak_rss_bytes();
    let together_tok_s = bench.together();

    let Bench { model } = bench;
    let read_gb_s = read_bandwidth(&model.pool);
    let int8_gmac_s = int8_peak(&model.pool, model.isa);
    let decode_tok_s = depths.first().map(|first| first.decode_tok_s);
    let prefill_tok_s = prefill as f64 / prefill_s;
    let weight_bytes = model.weight_bytes() as u64;
    Ok(BenchReport {
        backend: "cpu",
        isa: model.isa.name(),
        threads: model.pool.threads(),
        load_ms,
        prefill_tok_s,
        decode_tok_s,
        depths,
        rows,
        together_tok_s,
        peak_rss_bytes,
        weight_bytes,
        read_gb_s,
        int8_gmac_s,
        decode_read_share: decode_tok_s.map(|rate| rate * weight_bytes as f64 / 1e9 / read_gb_s),
        prefill_int8_share: prefill_tok_s * model.layer_products() as f64 / 1e9 / int8_gmac_s,
    })
}

struct Bench {
    model: Model,
}

impl Bench {
    /// Computes a made-up prompt; returns its KV cache and the seconds it took.
    fn prefill(&mut self, tokens: usize) -> (Kv, f64) {
        let prompt: Vec<u32> = (0..tokens).map(|i| self.token(i)).collect();
        let mut kv = Kv::new(self.model.kv_shape());
        let began = Instant::now();
        let count = tokens.div_ceil(CHUNK);
        for (i, tokens) in prompt.chunks(CHUNK).enumerate() {
            let logits = if i + 1 == count { Wanted::Last } else { Wanted::None };
            self.model.forward(&mut [Run { kv: &mut kv, tokens, logits }]);
        }
        (kv, began.elapsed().as_secs_f64())
    }

    /// Tokens a second from `depth` on; `None` if none are to be decoded.
    fn decode(&mut self, depth: usize, tokens: usize) -> Option<f64> {
        let mut kv = self.prefill(depth).0;
        // The first pass touches memory that the others find warm.
        let times: Vec<f64> = (0..tokens + 1).map(|i| self.pass(&mut kv, i, 1)).skip(1).collect();
        (!times.is_empty()).then(|| 1.0 / median(times))
    }

    fn rows(&mut self, m: usize) -> AtRows {
        let mut kv = Kv::new(self.model.kv_shape());
        let mut pass = |i| {
            let seconds = self.pass(&mut kv, i, m);
            kv.truncate(0);
            seconds
        };
        pass(0);
        AtRows { m, ms: 1e3 * median((0..2 * REPEATS).map(pass)) }
    }

    /// Tokens a second of [`SEQUENCES`] conversations, each with a KV cache of its own.
    fn together(&mut self) -> f64 {
        let mut kvs: Vec<Kv> = (0..SEQUENCES).map(|_| self.prefill(16).0).collect();
        let tokens: Vec<u32> = (0..SEQUENCES).map(|i| self.token(i)).collect();
        let times = (0..2 * REPEATS).map(|_| {
            let runs = kvs.iter_mut().zip(tokens.chunks(1));
            let mut runs: Vec<_> =
                runs.map(|(kv, tokens)| Run { kv, tokens, logits: Wanted::Last }).collect();
            let began = Instant::now();
            black_box(self.model.forward(&mut runs));
            began.elapsed().as_secs_f64()
        });
        SEQUENCES as f64 / median(times)
    }

    /// Seconds for `m` tokens with all their logits.
    fn pass(&mut self, kv: &mut Kv, seed: usize, m: usize) -> f64 {
        let tokens: Vec<u32> = (0..m).map(|i| self.token(seed + i)).collect();
        let began = Instant::now();
        black_box(self.model.forward(&mut [Run { kv, tokens: &tokens, logits: Wanted::All }]));
        began.elapsed().as_secs_f64()
    }

    fn token(&self, i: usize) -> u32 {
        (i.wrapping_mul(7919) % self.model.plan.vocabulary) as u32
    }
}

/// GB a second of reading memory that no cache holds, on all threads.
fn read_bandwidth(pool: &Pool) -> f64 {
    const WORDS: usize = (256 << 20) / 8;
    const PIECE: usize = WORDS / 64;
    let words: Vec<u64> = (0..WORDS as u64).collect();
    let seconds = (0..REPEATS).map(|_| {
        let began = Instant::now();
        pool.each(WORDS / PIECE, |i| {
            let mut sums = [0u64; 32];
            for chunk in words[i * PIECE..(i + 1) * PIECE].as_chunks::<32>().0 {
                for (sum, word) in sums.iter_mut().zip(chunk) {
                    *sum = sum.wrapping_add(*word);
                }
            }
            black_box(sums);
        });
        began.elapsed().as_secs_f64()
    });
    (WORDS * 8) as f64 / 1e9 / seconds.fold(f64::INFINITY, f64::min)
}

/// 1e9 multiplications of 8-bit numbers a second, from registers, on all threads.
fn int8_peak(pool: &Pool, isa: Isa) -> f64 {
    const TURNS: usize = 1 << 14;
    const SHARES: usize = 16;
    let seconds = (0..REPEATS).map(|_| {
        let began = Instant::now();
        pool.each(pool.threads() * SHARES, |_| {
            black_box(isa.multiply_in_registers(TURNS));
        });
        began.elapsed().as_secs_f64()
    });
    let products = pool.threads() * SHARES * TURNS * isa.products_per_turn();
    products as f64 / 1e9 / seconds.fold(f64::INFINITY, f64::min)
}

fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

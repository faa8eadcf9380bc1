//! The reference: a decoder in plain f32 loops, straight from the formulas.

use hearth_cpu::kernels::{Format, matrix::Source};
use hearth_gguf::File;

/// A model with all weights as f32.
pub struct Reference<'a> {
    file: &'a File,
    layers: usize,
    heads: usize,
    kv_heads: usize,
    dim: usize,
    epsilon: f32,
}

type Rows = Vec<Vec<f32>>;

impl<'a> Reference<'a> {
    pub fn new(file: &'a File) -> Self {
        let number = |name: &str| {
            file.metadata().u32(&format!("{}.{name}", file.architecture())).unwrap() as usize
        };
        let epsilon = format!("{}.attention.layer_norm_rms_epsilon", file.architecture());
        Self {
            file,
            layers: number("block_count"),
            heads: number("attention.head_count"),
            kv_heads: number("attention.head_count_kv"),
            dim: number("attention.key_length"),
            epsilon: file.metadata().f32(&epsilon).unwrap(),
        }
    }

    fn matrix(&self, name: &str) -> Option<Rows> {
        let tensor = self.file.tensor(name)?;
        let columns = tensor.dims[0] as usize;
        let rows = tensor.dims[1..].iter().product::<u64>() as usize;
        let format = Format::of(tensor.kind).unwrap();
        let source = Source { format, rows, columns, data: tensor.data };
        let row = |i| {
            let mut out = vec![0.0; columns];
            source.row(i, &mut out);
            out
        };
        Some((0..rows).map(row).collect())
    }

    fn vector(&self, name: &str) -> Option<Vec<f32>> {
        Some(self.matrix(name)?.remove(0))
    }

    /// The logits of every token of a prompt.
    pub fn logits(&self, tokens: &[u32]) -> Rows {
        let table = self.matrix("token_embd.weight").unwrap();
        let mut x: Rows = tokens.iter().map(|t| table[*t as usize].clone()).collect();
        for layer in 0..self.layers {
            let get = |name: &str| self.matrix(&format!("blk.{layer}.{name}"));
            let vector = |name: &str| self.vector(&format!("blk.{layer}.{name}"));
            let normed = self.norm(&x, &vector("attn_norm.weight").unwrap());
            let project = |name: &str| {
                let mut out = multiply(&normed, &get(&format!("{name}.weight")).unwrap());
                if let Some(bias) = vector(&format!("{name}.bias")) {
                    out.iter_mut().for_each(|row| add(row, &bias));
                }
                out
            };
            let (mut q, mut k, v) = (project("attn_q"), project("attn_k"), project("attn_v"));
            self.prepare(&mut q, vector("attn_q_norm.weight"));
            self.prepare(&mut k, vector("attn_k_norm.weight"));
            let attended = self.attend(&q, &k, &v);
            let change = multiply(&attended, &get("attn_output.weight").unwrap());
            x.iter_mut().zip(&change).for_each(|(x, c)| add(x, c));

            let normed = self.norm(&x, &vector("ffn_norm.weight").unwrap());
            let mut gate = multiply(&normed, &get("ffn_gate.weight").unwrap());
            let up = multiply(&normed, &get("ffn_up.weight").unwrap());
            for (gate, up) in gate.iter_mut().flatten().zip(up.iter().flatten()) {
                *gate = *gate / (1.0 + (-*gate).exp()) * up;
            }
            let change = multiply(&gate, &get("ffn_down.weight").unwrap());
            x.iter_mut().zip(&change).for_each(|(x, c)| add(x, c));
        }
        let normed = self.norm(&x, &self.vector("output_norm.weight").unwrap());
        multiply(&normed, &self.matrix("output.weight").unwrap_or(table))
    }

    fn norm(&self, x: &Rows, weight: &[f32]) -> Rows {
        x.iter().map(|row| self.norm_row(row, weight)).collect()
    }

    fn norm_row(&self, row: &[f32], weight: &[f32]) -> Vec<f32> {
        let mean = row.iter().map(|x| f64::from(x * x)).sum::<f64>() / row.len() as f64;
        let scale = (mean as f32 + self.epsilon).sqrt();
        row.iter().zip(weight).map(|(x, w)| x / scale * w).collect()
    }

    /// Norms each head where the family does, and turns it by its position.
    fn prepare(&self, rows: &mut Rows, norm: Option<Vec<f32>>) {
        for (position, row) in rows.iter_mut().enumerate() {
            for head in row.chunks_exact_mut(self.dim) {
                if let Some(norm) = &norm {
                    head.copy_from_slice(&self.norm_row(head, norm));
                }
                self.turn(head, position);
            }
        }
    }

    fn turn(&self, head: &mut [f32], position: usize) {
        let meta = self.file.metadata();
        let arch = self.file.architecture();
        let base = meta.f32(&format!("{arch}.rope.freq_base")).unwrap();
        let factors = self.vector("rope_freqs.weight");
        let half = self.dim / 2;
        for i in 0..half {
            let mut frequency = f64::from(base).powf(-(i as f64) / half as f64);
            if let Some(factors) = &factors {
                frequency /= f64::from(factors[i]);
            }
            let (frequency, magnitude) = self.stretch(frequency, f64::from(base), i);
            let (sin, cos) = (position as f64 * frequency).sin_cos();
            let (sin, cos) = ((sin * magnitude) as f32, (cos * magnitude) as f32);
            let (a, b) = if arch == "llama" { (2 * i, 2 * i + 1) } else { (i, i + half) };
            (head[a], head[b]) = (head[a] * cos - head[b] * sin, head[a] * sin + head[b] * cos);
        }
    }

    /// Linear and YaRN scaling: the frequency, and what cosines and sines are multiplied by.
    fn stretch(&self, frequency: f64, base: f64, i: usize) -> (f64, f64) {
        let meta = self.file.metadata();
        let key = |name: &str| format!("{}.rope.scaling.{name}", self.file.architecture());
        let Some(kind) = meta.str(&key("type")) else { return (frequency, 1.0) };
        let factor = f64::from(meta.f32(&key("factor")).unwrap());
        if kind == "linear" {
            return (frequency / factor, 1.0);
        }
        let trained = f64::from(meta.u32(&key("original_context_length")).unwrap());
        let pair = |turns: f64| {
            let wave = trained / (turns * 2.0 * std::f64::consts::PI);
            self.dim as f64 * wave.ln() / (2.0 * base.ln())
        };
        let low = pair(32.0).floor().max(0.0);
        let high = pair(1.0).ceil().min(self.dim as f64 - 1.0);
        let slow = ((i as f64 - low) / (high - low).max(0.001)).clamp(0.0, 1.0);
        (frequency * (1.0 - slow) + frequency / factor * slow, 1.0 + 0.1 * factor.ln())
    }

    fn attend(&self, q: &Rows, k: &Rows, v: &Rows) -> Rows {
        let group = self.heads / self.kv_heads;
        let mut out = vec![vec![0.0; self.heads * self.dim]; q.len()];
        for (position, out) in out.iter_mut().enumerate() {
            for (head, out) in out.chunks_exact_mut(self.dim).enumerate() {
                let part = |row: &[f32], head: usize| row[head * self.dim..][..self.dim].to_vec();
                let query = part(&q[position], head);
                let score = |t: usize| {
                    let key = part(&k[t], head / group);
                    query.iter().zip(key).map(|(a, b)| a * b).sum::<f32>()
                        / (self.dim as f32).sqrt()
                };
                let scores: Vec<f32> = (0..=position).map(score).collect();
                let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let weights: Vec<f32> = scores.iter().map(|s| (s - most).exp()).collect();
                let sum: f32 = weights.iter().sum();
                for (t, weight) in weights.iter().enumerate() {
                    for (out, v) in out.iter_mut().zip(part(&v[t], head / group)) {
                        *out += weight / sum * v;
                    }
                }
            }
        }
        out
    }
}

fn multiply(x: &Rows, weights: &Rows) -> Rows {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    x.iter().map(|x| weights.iter().map(|w| dot(x, w)).collect()).collect()
}

fn add(x: &mut [f32], y: &[f32]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += y);
}

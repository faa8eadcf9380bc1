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
    /// Whether its longer rope is meant, where it has two.
    pub long: bool,
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
            long: false,
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

    fn is(&self, architectures: &[&str]) -> bool {
        architectures.contains(&self.file.architecture())
    }

    fn number(&self, name: &str) -> Option<f32> {
        self.file.metadata().f32(&format!("{}.{name}", self.file.architecture()))
    }

    fn size(&self, name: &str) -> Option<usize> {
        let key = format!("{}.{name}", self.file.architecture());
        self.file.metadata().u32(&key).map(|n| n as usize)
    }

    /// The logits of every token of a prompt.
    pub fn logits(&self, tokens: &[u32]) -> Rows {
        let table = self.matrix("token_embd.weight").unwrap();
        let width = table[0].len();
        let mut x: Rows = tokens.iter().map(|t| table[*t as usize].clone()).collect();
        let scale = match self.is(&["gemma2", "gemma3"]) {
            true => (width as f32).sqrt(),
            false => self.number("embedding_scale").unwrap_or(1.0),
        };
        x.iter_mut().flatten().for_each(|x| *x *= scale);
        let residual = self.number("residual_scale").unwrap_or(1.0);
        for layer in 0..self.layers {
            let get = |name: &str| self.matrix(&format!("blk.{layer}.{name}.weight"));
            let vector = |name: &str| self.vector(&format!("blk.{layer}.{name}.weight"));
            let bias = |name: &str| self.vector(&format!("blk.{layer}.{name}.bias"));
            let normed = |x: &Rows, name: &str| match vector(name) {
                Some(norm) => self.norm(x, &norm),
                None => x.clone(),
            };
            let (queries, keys) = (self.heads * self.dim, self.kv_heads * self.dim);
            let input = normed(&x, "attn_norm");
            let project = |name: &str, skip: usize, rows: usize| {
                let matrix = get(name)
                    .unwrap_or_else(|| get("attn_qkv").unwrap()[skip..skip + rows].to_vec());
                let mut out = multiply(&input, &matrix);
                if let Some(bias) = bias(name) {
                    out.iter_mut().for_each(|row| add(row, &bias));
                }
                out
            };
            let mut q = project("attn_q", 0, queries);
            let mut k = project("attn_k", queries, keys);
            let v = project("attn_v", queries + keys, keys);
            self.prepare(&mut q, vector("attn_q_norm"), layer);
            self.prepare(&mut k, vector("attn_k_norm"), layer);
            let attended = self.attend(&q, &k, &v, layer);
            let mut change = multiply(&attended, &get("attn_output").unwrap());
            if !self.is(&["seed_oss"]) {
                change = normed(&change, "post_attention_norm");
            }
            change.iter_mut().flatten().for_each(|x| *x *= residual);
            x.iter_mut().zip(&change).for_each(|(x, c)| add(x, c));

            let before = if self.is(&["seed_oss"]) { "post_attention_norm" } else { "ffn_norm" };
            let input = normed(&x, before);
            let down = get("ffn_down").unwrap();
            let inner = down[0].len();
            let fused = get("ffn_up").unwrap();
            let up = &fused[fused.len() - inner..];
            let gate = get("ffn_gate").unwrap_or_else(|| fused[..inner].to_vec());
            let mut gate = multiply(&input, &gate);
            let up = multiply(&input, &up.to_vec());
            for (gate, up) in gate.iter_mut().flatten().zip(up.iter().flatten()) {
                let x = f64::from(*gate);
                let active = match self.is(&["gemma2", "gemma3"]) {
                    true => {
                        let inner =
                            (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x);
                        0.5 * x * (1.0 + inner.tanh())
                    }
                    false => x / (1.0 + (-x).exp()),
                };
                *gate = active as f32 * up;
            }
            let mut change = normed(&multiply(&gate, &down), "post_ffw_norm");
            change.iter_mut().flatten().for_each(|x| *x *= residual);
            x.iter_mut().zip(&change).for_each(|(x, c)| add(x, c));
        }
        let normed = self.norm(&x, &self.vector("output_norm.weight").unwrap());
        let mut logits = multiply(&normed, &self.matrix("output.weight").unwrap_or(table));
        for logit in logits.iter_mut().flatten() {
            *logit /= self.number("logit_scale").unwrap_or(1.0);
            if let Some(cap) = self.number("final_logit_softcapping") {
                *logit = cap * (*logit / cap).tanh();
            }
        }
        logits
    }

    /// Whether a layer sees a window only.
    fn window(&self, layer: usize) -> Option<usize> {
        let every = match self.file.architecture() {
            "gemma2" => 2,
            "gemma3" => 6,
            "olmo2" => 4,
            _ => return None,
        };
        self.size("attention.sliding_window").filter(|_| layer % every < every - 1)
    }

    fn norm(&self, x: &Rows, weight: &[f32]) -> Rows {
        x.iter().map(|row| self.norm_row(row, weight)).collect()
    }

    fn norm_row(&self, row: &[f32], weight: &[f32]) -> Vec<f32> {
        let mean = row.iter().map(|x| f64::from(x * x)).sum::<f64>() / row.len() as f64;
        let scale = (mean as f32 + self.epsilon).sqrt();
        row.iter().zip(weight).map(|(x, w)| x / scale * w).collect()
    }

    /// Norms heads where the family does, and turns them by their position.
    fn prepare(&self, rows: &mut Rows, norm: Option<Vec<f32>>, layer: usize) {
        let no_rope = self.is(&["smollm3"]) && layer % 4 == 3;
        let turned_first = self.is(&["hunyuan-dense"]);
        for (position, row) in rows.iter_mut().enumerate() {
            if self.is(&["olmo2"]) {
                *row = self.norm_row(row, norm.as_ref().unwrap());
            }
            for head in row.chunks_exact_mut(self.dim) {
                if turned_first {
                    self.turn(head, position, layer);
                }
                if let Some(norm) = norm.as_ref().filter(|norm| norm.len() == self.dim) {
                    head.copy_from_slice(&self.norm_row(head, norm));
                }
                if !turned_first && !no_rope {
                    self.turn(head, position, layer);
                }
            }
        }
    }

    fn turn(&self, head: &mut [f32], position: usize, layer: usize) {
        let plain = self.window(layer).is_some() && self.is(&["gemma3", "olmo2"]);
        let base = match plain && self.is(&["gemma3"]) {
            true => 10_000.0,
            false => self.number("rope.freq_base").unwrap(),
        };
        let factors = self
            .vector("rope_freqs.weight")
            .or(self.long.then(|| self.vector("rope_factors_long.weight").unwrap()));
        let factors = factors.or(self.vector("rope_factors_short.weight"));
        let half = self.size("rope.dimension_count").unwrap() / 2;
        let neighbours = ["llama", "mistral3", "smollm3", "granite", "ernie4_5", "glm4"];
        for i in 0..half {
            let mut frequency = f64::from(base).powf(-(i as f64) / half as f64);
            if let Some(factors) = &factors {
                frequency /= f64::from(factors[i]);
            }
            let (frequency, magnitude) = match plain {
                true => (frequency, 1.0),
                false => self.stretch(frequency, f64::from(base), i),
            };
            let (sin, cos) = (position as f64 * frequency).sin_cos();
            let (sin, cos) = ((sin * magnitude) as f32, (cos * magnitude) as f32);
            let (a, b) = if self.is(&neighbours) { (2 * i, 2 * i + 1) } else { (i, i + half) };
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
        if kind == "longrope" {
            return (frequency, f64::from(meta.f32(&key("attn_factor")).unwrap()));
        }
        let trained = f64::from(meta.u32(&key("original_context_length")).unwrap());
        let pair = |turns: f64| {
            let wave = trained / (turns * 2.0 * std::f64::consts::PI);
            self.dim as f64 * wave.ln() / (2.0 * base.ln())
        };
        let low = pair(32.0).floor().max(0.0);
        let high = pair(1.0).ceil().min(self.dim as f64 - 1.0);
        let slow = ((i as f64 - low) / (high - low).max(0.001)).clamp(0.0, 1.0);
        let part = meta.f32(&key("yarn_log_multiplier")).map_or(0.0, f64::from);
        let magnitude = (1.0 + 0.1 * factor.ln()) / (1.0 + 0.1 * part * factor.ln());
        (frequency * (1.0 - slow) + frequency / factor * slow, magnitude)
    }

    fn attend(&self, q: &Rows, k: &Rows, v: &Rows, layer: usize) -> Rows {
        let scale = self.number("attention.scale").unwrap_or(1.0 / (self.dim as f32).sqrt());
        let cap = self.number("attn_logit_softcapping");
        let group = self.heads / self.kv_heads;
        let mut out = vec![vec![0.0; self.heads * self.dim]; q.len()];
        for (position, out) in out.iter_mut().enumerate() {
            for (head, out) in out.chunks_exact_mut(self.dim).enumerate() {
                let part = |row: &[f32], head: usize| row[head * self.dim..][..self.dim].to_vec();
                let query = part(&q[position], head);
                let warmer = match self.number("attention.temperature_scale") {
                    Some(growth) => {
                        let step = self.size("rope.scaling.original_context_length").unwrap();
                        1.0 + growth * (1.0 + (position / step) as f32).ln()
                    }
                    None => 1.0,
                };
                let score = |t: usize| {
                    let key = part(&k[t], head / group);
                    let score = query.iter().zip(key).map(|(a, b)| a * b).sum::<f32>();
                    let score = score * scale * warmer;
                    cap.map_or(score, |cap| cap * (score / cap).tanh())
                };
                let first = self.window(layer).map_or(0, |n| (position + 1).saturating_sub(n));
                let scores: Vec<f32> = (first..=position).map(score).collect();
                let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let weights: Vec<f32> = scores.iter().map(|s| (s - most).exp()).collect();
                let sum: f32 = weights.iter().sum();
                for (t, weight) in weights.iter().enumerate() {
                    for (out, v) in out.iter_mut().zip(part(&v[first + t], head / group)) {
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

//! Rotary position embeddings (Su et al. 2021), and the ways to stretch them over longer contexts.

use std::f32::consts::PI;

use hearth_chat::Error;

use super::reader::Reader;

/// Turns pairs of a head's dimensions by angles that grow with the position.
#[derive(Clone, Debug)]
pub struct Rope {
    /// Angle of each pair at position 1.
    frequencies: Vec<f32>,
    /// Those for contexts beyond so many tokens (LongRoPE, Ding et al. 2024).
    longer: Option<(usize, Vec<f32>)>,
    /// Cosines and sines are multiplied by it (YaRN's attention factor).
    magnitude: f32,
    pairs: Pairs,
}

/// Which two dimensions turn together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairs {
    /// 2i and 2i + 1.
    Neighbours,
    /// i and i + half of the turned dimensions.
    Halves,
}

/// How it is stretched over longer contexts.
#[derive(Clone, Copy, Debug)]
pub enum Scaling {
    /// As the file says.
    OfFile,
    /// Not at all, with this base: layers with a window, whatever the file says of the others.
    None { base: f32 },
}

impl Rope {
    pub fn read(
        reader: &Reader<'_>,
        pairs: Pairs,
        head_dim: usize,
        scaling: Scaling,
    ) -> Result<Self, Error> {
        let dims = reader.size("rope.dimension_count").unwrap_or(head_dim);
        if dims == 0 || !dims.is_multiple_of(2) || dims > head_dim {
            let what = format!("{dims} of a head's {head_dim} dimensions cannot be turned");
            return Err(reader.broken(&what));
        }
        let base = match scaling {
            Scaling::None { base } => base,
            Scaling::OfFile => reader.number("rope.freq_base").unwrap_or(10_000.0),
        };
        let frequencies = (0..dims / 2).map(|i| base.powf(-2.0 * i as f32 / dims as f32));
        let frequencies: Vec<f32> = frequencies.collect();
        let mut rope = Self { frequencies, longer: None, magnitude: 1.0, pairs };
        if let Scaling::OfFile = scaling {
            rope.stretch(reader, base)?;
        }
        Ok(rope)
    }

    fn stretch(&mut self, reader: &Reader<'_>, base: f32) -> Result<(), Error> {
        reader.read_elsewhere(&["rope.scaling.type", "rope.scaling.factor", "rope.scale_linear"]);
        let number =
            |name: &str, usual| reader.number(&format!("rope.scaling.{name}")).unwrap_or(usual);
        let betas = [number("yarn_beta_fast", 32.0), number("yarn_beta_slow", 1.0)];
        let log_multiplier = number("yarn_log_multiplier", 0.0);
        let trained = reader.size("rope.scaling.original_context_length");
        let trained = trained.or(reader.size("context_length")).unwrap_or(2048);
        let (kind, factor) = reader.file.rope_scaling();
        match kind {
            "none" => {}
            "linear" => self.frequencies.iter_mut().for_each(|f| *f /= factor),
            "yarn" => {
                self.stretch_by_yarn(base, factor, trained as f32, betas);
                // A model may have been trained without YaRN's attention factor, or with a part of it.
                self.magnitude /= 1.0 + 0.1 * log_multiplier * factor.ln();
            }
            "longrope" => {}
            other => {
                let what =
                    format!("it stretches its context by `{other}`, which is not known here");
                return Err(reader.unsupported(&what));
            }
        }
        self.magnitude *= number("attn_factor", 1.0) * number("yarn_attn_factor", 1.0);
        // Llama 3.1's scaling comes as one divisor for each pair, LongRoPE's as two.
        let plain = self.frequencies.clone();
        let divided = |name: &str| self.divided(reader, name, &plain);
        let (all, short, long) = (
            divided("rope_freqs.weight")?,
            divided("rope_factors_short.weight")?,
            divided("rope_factors_long.weight")?,
        );
        self.longer = long.map(|long| (trained, long));
        if let Some(divided) = all.or(short) {
            self.frequencies = divided;
        }
        Ok(())
    }

    /// YaRN (Peng et al. 2023, section 3): fast pairs keep their frequency, slow ones are divided
    /// by `factor`, those between are blended; `betas` are turns within the trained context.
    fn stretch_by_yarn(&mut self, base: f32, factor: f32, trained: f32, betas: [f32; 2]) {
        let dims = 2.0 * self.frequencies.len() as f32;
        let pair_with_turns =
            |turns: f32| dims * (trained / (turns * 2.0 * PI)).ln() / (2.0 * base.ln());
        let low = pair_with_turns(betas[0]).floor().max(0.0);
        let high = pair_with_turns(betas[1]).ceil().min(dims - 1.0);
        for (i, frequency) in self.frequencies.iter_mut().enumerate() {
            let ramp = ((i as f32 - low) / (high - low).max(0.001)).clamp(0.0, 1.0);
            *frequency = *frequency / factor * ramp + *frequency * (1.0 - ramp);
        }
        self.magnitude = 1.0 + 0.1 * factor.ln();
    }

    /// Frequencies divided by the numbers of a tensor; `None` where the file has no such tensor.
    fn divided(
        &self,
        reader: &Reader<'_>,
        name: &str,
        frequencies: &[f32],
    ) -> Result<Option<Vec<f32>>, Error> {
        let factors = reader.optional_vector(name, frequencies.len())?;
        Ok(factors.map(|factors| frequencies.iter().zip(factors).map(|(f, by)| f / by).collect()))
    }

    /// Conversations are of at most so many tokens; asked once.
    pub fn limit_context(&mut self, most: usize) {
        if let Some((_, longer)) = self.longer.take_if(|(beyond, _)| most > *beyond) {
            self.frequencies = longer;
        }
    }

    /// Numbers in one row of [`Rope::cos_sin`].
    pub fn row_len(&self) -> usize {
        2 * self.frequencies.len()
    }

    /// The cosines, then the sines, of every pair's angle at a position.
    pub fn cos_sin(&self, position: usize, out: &mut [f32]) {
        let (cosines, sines) = out.split_at_mut(self.frequencies.len());
        for ((cos, sin), frequency) in cosines.iter_mut().zip(sines).zip(&self.frequencies) {
            let angle = position as f32 * frequency;
            (*cos, *sin) = (angle.cos() * self.magnitude, angle.sin() * self.magnitude);
        }
    }

    /// Turns one head by a row of [`Rope::cos_sin`].
    pub fn apply(&self, cos_sin: &[f32], head: &mut [f32]) {
        let half = self.frequencies.len();
        let (cosines, sines) = cos_sin.split_at(half);
        for i in 0..half {
            let (a, b) = match self.pairs {
                Pairs::Neighbours => (2 * i, 2 * i + 1),
                Pairs::Halves => (i, i + half),
            };
            let (x, y) = (head[a], head[b]);
            head[a] = x * cosines[i] - y * sines[i];
            head[b] = x * sines[i] + y * cosines[i];
        }
    }
}

//! Rotary position embeddings (Su et al. 2021), and the ways to stretch them over longer contexts.

use std::f32::consts::PI;

use hearth_chat::Error;
use hearth_gguf::{File, TensorType};

use super::config::{Family, broken, unsupported};

/// Turns pairs of a head's dimensions by angles that grow with the position.
#[derive(Clone, Debug)]
pub struct Rope {
    /// Angle of each pair at position 1.
    frequencies: Vec<f32>,
    /// Cosines and sines are multiplied by it (YaRN's attention factor).
    magnitude: f32,
    pairs: Pairs,
}

/// Which two dimensions turn together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pairs {
    /// 2i and 2i + 1.
    Neighbours,
    /// i and i + half of the turned dimensions.
    Halves,
}

impl Rope {
    pub(super) fn read(file: &File, family: Family, head_dim: usize) -> Result<Self, Error> {
        let key = |name: &str| format!("{}.rope.{name}", file.architecture());
        let meta = file.metadata();
        let dims = meta.u32(&key("dimension_count")).map_or(head_dim, |n| n as usize);
        if dims == 0 || !dims.is_multiple_of(2) || dims > head_dim {
            let what = format!("{dims} of a head's {head_dim} dimensions cannot be turned");
            return Err(broken(file, what));
        }
        let base = meta.f32(&key("freq_base")).unwrap_or(10_000.0);
        let frequencies = (0..dims / 2).map(|i| base.powf(-2.0 * i as f32 / dims as f32));
        let pairs = if family == Family::Llama { Pairs::Neighbours } else { Pairs::Halves };
        let mut rope = Self { frequencies: frequencies.collect(), magnitude: 1.0, pairs };
        let (kind, factor) = file.rope_scaling();
        match kind {
            "none" => {}
            "linear" => rope.frequencies.iter_mut().for_each(|f| *f /= factor),
            "yarn" => {
                let trained = meta
                    .u32(&key("scaling.original_context_length"))
                    .or(file.context_length())
                    .unwrap_or(2048);
                let beta = |name: &str, usual| meta.f32(&key(name)).unwrap_or(usual);
                let betas =
                    [beta("scaling.yarn_beta_fast", 32.0), beta("scaling.yarn_beta_slow", 1.0)];
                rope.stretch_by_yarn(base, factor, trained as f32, betas);
                rope.magnitude *= meta.f32(&key("scaling.attn_factor")).unwrap_or(1.0);
            }
            other => {
                let what =
                    format!("it stretches its context by `{other}`, which is not known here");
                return Err(unsupported(file, what));
            }
        }
        rope.divide_by_factors(file)?;
        Ok(rope)
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

    /// Llama 3.1's scaling comes as one divisor for each pair.
    fn divide_by_factors(&mut self, file: &File) -> Result<(), Error> {
        let Some(tensor) = file.tensor("rope_freqs.weight") else {
            return Ok(());
        };
        if tensor.kind != TensorType::F32 || tensor.elements() != self.frequencies.len() as u64 {
            return Err(broken(
                file,
                "`rope_freqs.weight` has another shape than its heads".into(),
            ));
        }
        let factors = tensor.data.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
        for (frequency, factor) in self.frequencies.iter_mut().zip(factors) {
            *frequency /= factor;
        }
        Ok(())
    }

    /// Numbers in one row of [`Rope::turns`].
    pub fn row_len(&self) -> usize {
        2 * self.frequencies.len()
    }

    /// The cosines, then the sines, of every pair's angle at a position.
    pub fn turns(&self, position: usize, out: &mut [f32]) {
        let (cosines, sines) = out.split_at_mut(self.frequencies.len());
        for ((cos, sin), frequency) in cosines.iter_mut().zip(sines).zip(&self.frequencies) {
            let angle = position as f32 * frequency;
            (*cos, *sin) = (angle.cos() * self.magnitude, angle.sin() * self.magnitude);
        }
    }

    /// Turns one head by a row of [`Rope::turns`].
    pub fn apply(&self, turns: &[f32], head: &mut [f32]) {
        let half = self.frequencies.len();
        let (cosines, sines) = turns.split_at(half);
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

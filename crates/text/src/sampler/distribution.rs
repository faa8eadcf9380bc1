use hearth_chat::Sampling;

use super::scores::{largest, maximum, sum_exp};

/// Tokens and their probabilities, which sum to 1. Every token has a probability above 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    tokens: Vec<(u32, f32)>,
}

/// How many of the likeliest tokens are looked at for top-p, until they reach it.
const NUCLEUS_WIDTHS: [usize; 3] = [256, 4096, usize::MAX];

impl Distribution {
    /// Applies temperature, top-k, top-p and min-p, in this order, each to what the one before
    /// left. `None` if no logit is a number.
    pub(super) fn of(logits: &[f32], sampling: &Sampling) -> Option<Self> {
        let max = maximum(logits);
        if !max.is_finite() {
            return None;
        }
        let scale = 1.0 / sampling.temperature;
        // A temperature of 0, or so near to it that nothing but the likeliest would be left.
        if !scale.is_finite() {
            let best = logits.iter().position(|logit| *logit == max)?;
            return Some(Self::certain(best as u32));
        }
        let (mut tokens, total) = candidates(logits, max, scale, sampling);
        // Logits turn into weights relative to the likeliest token's, which is 1.
        for (_, weight) in &mut tokens {
            *weight = ((*weight - max) * scale).exp();
        }
        if sampling.top_p < 1.0 {
            keep_nucleus(&mut tokens, sampling.top_p, total);
        }
        tokens.retain(|(_, weight)| *weight > 0.0 && *weight >= sampling.min_p);
        Some(Self::scaled(tokens))
    }

    /// One token with the probability 1.
    pub fn certain(token: u32) -> Self {
        Self { tokens: vec![(token, 1.0)] }
    }

    /// What this gives to tokens beyond what `other` does, scaled to 1; `None` if that is nothing.
    pub fn beyond(&self, other: &Self) -> Option<Self> {
        let ids = other.tokens.iter().map(|(id, _)| *id as usize + 1).max()?;
        let mut theirs = vec![0.0; ids];
        other.tokens.iter().for_each(|(id, p)| theirs[*id as usize] = *p);
        let more = |(id, p): &(u32, f32)| (*id, p - theirs.get(*id as usize).unwrap_or(&0.0));
        let tokens: Vec<_> = self.tokens.iter().map(more).filter(|(_, p)| *p > 0.0).collect();
        (!tokens.is_empty()).then(|| Self::scaled(tokens))
    }

    /// Of weights above 0.
    fn scaled(mut tokens: Vec<(u32, f32)>) -> Self {
        let sum: f64 = tokens.iter().map(|(_, weight)| f64::from(*weight)).sum();
        for (_, weight) in &mut tokens {
            *weight = (f64::from(*weight) / sum) as f32;
        }
        Self { tokens }
    }

    /// The probability of a token, 0 if it was filtered out.
    pub fn probability(&self, token: u32) -> f32 {
        self.tokens.iter().find(|(id, _)| *id == token).map_or(0.0, |(_, p)| *p)
    }

    /// Tokens and probabilities; the likeliest first unless every filter is off.
    pub fn tokens(&self) -> &[(u32, f32)] {
        &self.tokens
    }

    /// The token at `uniform`, a number in 0..1, of the cumulated probabilities.
    pub fn draw(&self, uniform: f64) -> u32 {
        let mut left = uniform;
        for (token, p) in &self.tokens {
            left -= f64::from(*p);
            if left < 0.0 {
                return *token;
            }
        }
        // Rounding can leave the sum a little below 1.
        self.tokens.last().expect("a distribution has a token").0
    }
}

/// The tokens that the filters choose from, with their logits, and the sum of all the weights
/// that top-p is a share of.
fn candidates(logits: &[f32], max: f32, scale: f32, sampling: &Sampling) -> (Vec<(u32, f32)>, f64) {
    let sum = |tokens: &[(u32, f32)]| -> f64 {
        tokens.iter().map(|(_, logit)| f64::from(((logit - max) * scale).exp())).sum()
    };
    if sampling.top_k > 0 && (sampling.top_k as usize) < logits.len() {
        let tokens = largest(logits, sampling.top_k as usize);
        let total = sum(&tokens);
        return (tokens, total);
    }
    if sampling.top_p == 1.0 {
        let every = logits.iter().enumerate().filter(|(_, logit)| logit.is_finite());
        return (every.map(|(id, logit)| (id as u32, *logit)).collect(), 1.0);
    }
    let total = sum_exp(logits, max, scale);
    for width in NUCLEUS_WIDTHS {
        let tokens = largest(logits, width.min(logits.len()));
        // The two sums are computed differently, so leave room for rounding.
        if width >= logits.len() || sum(&tokens) > (f64::from(sampling.top_p) + 1e-3) * total {
            return (tokens, total);
        }
    }
    unreachable!("the last width is the whole vocabulary")
}

/// Keeps the first tokens whose weights together reach `share` of `total`; at least one.
fn keep_nucleus(tokens: &mut Vec<(u32, f32)>, share: f32, total: f64) {
    let mut sum = 0.0;
    let reached = tokens.iter().position(|(_, weight)| {
        sum += f64::from(*weight);
        sum >= f64::from(share) * total
    });
    if let Some(last) = reached {
        tokens.truncate(last + 1);
    }
}

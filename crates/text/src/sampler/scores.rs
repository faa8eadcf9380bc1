use std::cmp::Ordering;

use hearth_chat::TokenScore;

/// Independent sums, so that the compiler can keep a vector register of them.
const LANES: usize = 16;

/// The normaliser and the entropy of one position's unfiltered distribution at temperature 1:
/// two passes over the logits.
#[derive(Clone, Copy, Debug)]
pub struct Scores {
    /// ln of the sum of exp(logit).
    log_sum: f32,
    entropy: f32,
}

impl Scores {
    /// `logits` are `[vocabulary]`.
    pub fn of(logits: &[f32]) -> Self {
        let max = maximum(logits);
        let mut sums = [0f32; LANES];
        let mut weighted = [0f32; LANES];
        let (chunks, rest) = logits.as_chunks::<LANES>();
        let mut add = |at: usize, logit: f32| {
            let x = (logit - max).max(LEAST);
            let e = exp(x);
            sums[at] += e;
            weighted[at] += x * e;
        };
        for chunk in chunks {
            for (at, logit) in chunk.iter().enumerate() {
                add(at, *logit);
            }
        }
        rest.iter().enumerate().for_each(|(at, logit)| add(at, *logit));
        let sum: f64 = sums.into_iter().map(f64::from).sum();
        let weighted: f64 = weighted.into_iter().map(f64::from).sum();
        // With x = logit - max: H = -Σ p ln p = ln Σ e^x - Σ x e^x / Σ e^x.
        let entropy = (sum.ln() - weighted / sum) as f32;
        Self { log_sum: max + sum.ln() as f32, entropy: entropy.max(0.0) }
    }

    /// ln p of a token, and the entropy of what it was drawn from.
    pub fn of_token(&self, logits: &[f32], token: u32) -> TokenScore {
        TokenScore { logprob: self.logprob(logits[token as usize]), entropy: self.entropy }
    }

    /// ln p of a token with this logit.
    pub fn logprob(&self, logit: f32) -> f32 {
        (logit - self.log_sum).min(0.0)
    }
}

/// The likeliest tokens and their ln p, the likeliest first.
pub fn likeliest(logits: &[f32], scores: &Scores, count: usize) -> Vec<(u32, f32)> {
    let mut tokens = largest(logits, count.min(logits.len()));
    tokens.iter_mut().for_each(|(_, logit)| *logit = scores.logprob(*logit));
    tokens
}

/// The largest logits with their tokens, falling; of equal ones the lower token first. Leaves out
/// what is not a number. In one pass: only what beats the worst kept so far is looked at twice.
pub(super) fn largest(logits: &[f32], count: usize) -> Vec<(u32, f32)> {
    let falling =
        |a: &(u32, f32), b: &(u32, f32)| -> Ordering { b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)) };
    if count == 0 {
        return Vec::new();
    }
    let full = (4 * count).clamp(64, logits.len().max(64));
    let mut kept: Vec<(u32, f32)> = Vec::with_capacity(full);
    let mut floor = f32::NEG_INFINITY;
    for (id, logit) in logits.iter().enumerate() {
        if *logit > floor {
            kept.push((id as u32, *logit));
            if kept.len() == full && full > count {
                kept.select_nth_unstable_by(count - 1, falling);
                kept.truncate(count);
                floor = kept[count - 1].1;
            }
        }
    }
    kept.sort_unstable_by(falling);
    kept.truncate(count);
    kept
}

/// The largest logit; negative infinity if none is a number.
pub(super) fn maximum(logits: &[f32]) -> f32 {
    let mut best = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = logits.as_chunks::<LANES>();
    for chunk in chunks {
        for (best, logit) in best.iter_mut().zip(chunk) {
            *best = best.max(*logit);
        }
    }
    rest.iter().chain(&best).copied().fold(f32::NEG_INFINITY, f32::max)
}

/// The sum of exp((logit - max) * scale).
pub(super) fn sum_exp(logits: &[f32], max: f32, scale: f32) -> f64 {
    let mut sums = [0f32; LANES];
    let (chunks, rest) = logits.as_chunks::<LANES>();
    for chunk in chunks {
        for (sum, logit) in sums.iter_mut().zip(chunk) {
            *sum += exp(((logit - max) * scale).max(LEAST));
        }
    }
    let rest = rest.iter().map(|logit| exp(((logit - max) * scale).max(LEAST)));
    sums.into_iter().chain(rest).map(f64::from).sum()
}

/// Below this, exp is as good as nothing beside exp(0).
const LEAST: f32 = -87.0;

/// exp(x) for x in -87..=88, within 2e-7 of it, without a branch or a call, so that the compiler
/// computes several at once (the polynomial of Cephes, Moshier 1989).
fn exp(x: f32) -> f32 {
    // Adding and taking away 1.5 * 2^23 rounds to a whole number, which the low bits then hold.
    const ROUND: f32 = 12_582_912.0;
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 0.166_666_66;
    let p = p * r + 0.5;
    let p = p * r * r + r + 1.0;
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127);
    p * f32::from_bits(exponent << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_that_of_the_standard_library() {
        for i in -8700..=100 {
            let x = i as f32 / 100.0;
            let relative = (exp(x) / x.exp() - 1.0).abs();
            assert!(relative < 3e-7, "exp({x}) is off by {relative}");
        }
    }

    #[test]
    fn the_largest_are_those_of_a_sort_and_ties_go_to_the_lower_token() {
        let logits: Vec<f32> =
            (0u32..5000).map(|i| (i.wrapping_mul(2_654_435_761) >> 20) as f32 / 16.0).collect();
        let mut sorted: Vec<(u32, f32)> =
            logits.iter().enumerate().map(|(id, logit)| (id as u32, *logit)).collect();
        sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        for count in [1, 5, 40, 1000, 5000] {
            assert_eq!(largest(&logits, count), sorted[..count], "{count}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_never_large() {
        let logits = [f32::NAN, 1.0, f32::NEG_INFINITY, 2.0];
        assert_eq!(largest(&logits, 4), [(3, 2.0), (1, 1.0)]);
        assert_eq!(maximum(&logits), 2.0);
    }
}

//! Choosing the next token from the model's logits.

mod distribution;
mod reject;
#[cfg(test)]
mod reject_tests;
mod scores;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

use hearth_chat::{Error, ErrorKind, Sampling};
use toktrie::SimpleVob;

pub use distribution::Distribution;
pub use reject::reject;
pub use scores::{Scores, likeliest};

/// Positions that the repetition penalty looks back.
const PENALTY_WINDOW: usize = 64;

/// Draws tokens as a [`Sampling`] asks. The same seed and logits give the same tokens, whatever
/// computed the logits and however many threads it used.
#[derive(Clone)]
pub struct Sampler {
    sampling: Sampling,
    recent: VecDeque<u32>,
    random: SplitMix64,
    /// Logits with the penalty and the grammar in them, `[vocabulary]`.
    adjusted: Vec<f32>,
}

impl Sampler {
    /// Fails with [`ErrorKind::InvalidRequest`] on a setting outside its range.
    pub fn new(sampling: &Sampling) -> Result<Self, Error> {
        check("temperature", sampling.temperature, 0.0, f32::MAX)?;
        check("top_p", sampling.top_p, 0.0, 1.0)?;
        check("min_p", sampling.min_p, 0.0, 1.0)?;
        check("repetition_penalty", sampling.repetition_penalty, f32::MIN_POSITIVE, f32::MAX)?;
        let seed = sampling.seed.unwrap_or_else(|| RandomState::new().hash_one(0));
        Ok(Self {
            sampling: sampling.clone(),
            recent: VecDeque::with_capacity(PENALTY_WINDOW),
            random: SplitMix64(seed),
            adjusted: Vec::new(),
        })
    }

    /// Counts a token of the prompt or the answer as seen, for the repetition penalty.
    pub fn see(&mut self, token: u32) {
        if self.recent.len() == PENALTY_WINDOW {
            self.recent.pop_front();
        }
        self.recent.push_back(token);
    }

    /// Draws the next token. `logits` are `[vocabulary]`; only tokens in `allowed` can be drawn.
    ///
    /// Fails with [`ErrorKind::ModelFile`] when no token has a number for a logit.
    pub fn choose(&mut self, logits: &[f32], allowed: Option<&SimpleVob>) -> Result<u32, Error> {
        let distribution = self.distribution(logits, allowed)?;
        Ok(self.draw(&distribution))
    }

    /// What the next token is drawn from: every filter of the [`Sampling`] applied. A greedy
    /// sampler gives one token the probability 1.
    pub fn distribution(
        &mut self,
        logits: &[f32],
        allowed: Option<&SimpleVob>,
    ) -> Result<Distribution, Error> {
        let adjusted = self.sampling.repetition_penalty != 1.0 || allowed.is_some();
        if adjusted {
            self.adjust(logits, allowed);
        }
        let logits = if adjusted { &self.adjusted } else { logits };
        Distribution::of(logits, &self.sampling).ok_or_else(|| {
            Error::new(
                ErrorKind::ModelFile,
                "The model's answer broke off: its numbers for the next word are not usable. The model file may be damaged; fetch it again or choose another.",
            )
        })
    }

    /// Draws the next token where `guess` was guessed from `draft`; the guess was right if it is
    /// what comes out. The tokens are distributed as those of [`Sampler::choose`].
    ///
    /// With a seed they are even the same ones: the guess is compared with what would have been
    /// drawn anyway (Daliri, Musco and Suresh 2024). Without one more guesses are right, by
    /// rejection sampling.
    pub fn verify(
        &mut self,
        logits: &[f32],
        allowed: Option<&SimpleVob>,
        guess: u32,
        draft: &Distribution,
    ) -> Result<u32, Error> {
        let target = self.distribution(logits, allowed)?;
        Ok(match self.sampling.seed {
            Some(_) => target.draw(self.random.uniform()),
            None => reject(&target, draft, guess, || self.random.uniform()),
        })
    }

    /// Whether [`Sampler::verify`] samples by rejection. Then every guess that was drawn has to be
    /// verified: to leave one out for what it is would make it rarer than the model has it.
    pub fn rejects(&self) -> bool {
        self.sampling.seed.is_none() && self.sampling.temperature > 0.0
    }

    /// A sampler that runs ahead of this one to draw guesses. With a seed it foresees the numbers
    /// that this one will draw with, so that alike distributions give the same token; without one
    /// it has its own, as rejection sampling demands.
    pub fn ahead(&mut self) -> Self {
        let mut ahead = self.clone();
        if self.sampling.seed.is_none() {
            ahead.random = SplitMix64(self.random.next());
        }
        ahead
    }

    /// Draws from a distribution that this sampler made.
    pub fn draw(&mut self, distribution: &Distribution) -> u32 {
        distribution.draw(self.random.uniform())
    }

    fn adjust(&mut self, logits: &[f32], allowed: Option<&SimpleVob>) {
        self.adjusted.clear();
        self.adjusted.extend(logits);
        let penalty = self.sampling.repetition_penalty;
        for (at, token) in self.recent.iter().enumerate() {
            let seen_before = self.recent.iter().take(at).any(|earlier| earlier == token);
            if let Some(logit) = self.adjusted.get_mut(*token as usize)
                && !seen_before
            {
                *logit = if *logit > 0.0 { *logit / penalty } else { *logit * penalty };
            }
        }
        if let Some(allowed) = allowed {
            for (id, logit) in self.adjusted.iter_mut().enumerate() {
                if id >= allowed.len() || !allowed.is_allowed(id as u32) {
                    *logit = f32::NEG_INFINITY;
                }
            }
        }
    }
}

fn check(name: &str, value: f32, least: f32, most: f32) -> Result<(), Error> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    let message = format!("The setting {name} is {value}, and must be from {least} to {most}.");
    Err(Error::new(ErrorKind::InvalidRequest, message))
}

/// Steele, Lea and Flood 2014: a counter and a mixing function, so the n-th number depends on the
/// seed and n alone.
#[derive(Clone)]
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In 0..1.
    fn uniform(&mut self) -> f64 {
        self.next() as f64 / 2f64.powi(64)
    }
}

//! How often guesses turn out right, as observed: moving averages, because texts change.

use super::{LONGEST, ngram};

/// Observations that what is assumed beforehand counts as.
const PRIOR: f64 = 4.0;
/// Observations after which older ones fade.
const MEMORY: f64 = 40.0;
/// A guess's chance before any was seen: good enough to try.
const FIRST: f64 = 0.7;
/// Classes of a draft model's confidence in its guess.
const CLASSES: usize = 8;

/// A share, averaged over about the last [`MEMORY`] observations.
#[derive(Clone, Copy, Debug, Default)]
pub struct Share {
    mean: f64,
    seen: f64,
}

impl Share {
    pub fn observe(&mut self, hit: bool) {
        self.seen = (self.seen + 1.0).min(MEMORY);
        self.mean += (f64::from(u8::from(hit)) - self.mean) / self.seen;
    }

    /// The share, for which `assumed` stands until there are observations.
    pub fn from(&self, assumed: f64) -> f64 {
        (PRIOR * assumed + self.seen * self.mean) / (PRIOR + self.seen)
    }
}

/// Where a guess came from, which says how likely it is to be right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// As many tokens stood before it as the first time.
    Ngram { matched: usize },
    /// So many guesses before it; the draft's own probability of it.
    Model { position: usize, confidence: f32 },
}

/// The chance of a guess to be right if all those before it were.
#[derive(Clone, Debug, Default)]
pub struct Chances {
    /// By the length of the match.
    ngram: [Share; ngram::LONGEST + 1],
    /// By the number of guesses before it.
    position: [Share; LONGEST],
    confidence: [Share; CLASSES],
}

impl Chances {
    pub fn of(&self, source: Source) -> f64 {
        match source {
            // What is not known of a long match is expected to be at least as good as a shorter.
            Source::Ngram { matched } => {
                let shares = self.ngram[..=matched.min(ngram::LONGEST)].iter();
                shares.fold(FIRST, |shorter, share| share.from(shorter))
            }
            Source::Model { position, confidence } => {
                self.confidence[class(confidence)].from(self.undrawn(position))
            }
        }
    }

    /// The chance of a draft model's guess that has not been drawn yet.
    pub fn undrawn(&self, position: usize) -> f64 {
        let shares = self.position[..=position.min(LONGEST - 1)].iter();
        shares.fold(FIRST, |earlier, share| share.from(earlier))
    }

    pub fn observe(&mut self, source: Source, hit: bool) {
        match source {
            Source::Ngram { matched } => self.ngram[matched.min(ngram::LONGEST)].observe(hit),
            Source::Model { position, confidence } => {
                self.position[position.min(LONGEST - 1)].observe(hit);
                self.confidence[class(confidence)].observe(hit);
            }
        }
    }
}

fn class(confidence: f32) -> usize {
    ((confidence * CLASSES as f32) as usize).min(CLASSES - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_follows_what_it_sees() {
        let mut share = Share::default();
        assert_eq!(share.from(0.7), 0.7);
        (0..400).for_each(|i| share.observe(i % 5 == 0));
        assert!((share.from(0.7) - 0.2).abs() < 0.1);
        (0..100).for_each(|_| share.observe(true));
        assert!(share.from(0.7) > 0.85, "an older text does not weigh for ever");
    }

    #[test]
    fn what_is_learnt_at_one_place_is_assumed_at_the_next() {
        let mut chances = Chances::default();
        let first = |confidence| Source::Model { position: 0, confidence };
        (0..100).for_each(|_| chances.observe(first(0.5), false));
        assert!(chances.of(first(0.5)) < 0.05);
        assert!(chances.undrawn(1) < 0.15);
        (0..100).for_each(|_| chances.observe(Source::Ngram { matched: 4 }, true));
        assert!(chances.of(Source::Ngram { matched: 9 }) > 0.9);
        assert_eq!(chances.of(Source::Ngram { matched: 3 }), FIRST);
    }

    #[test]
    fn a_draft_that_knows_when_it_is_right_is_believed() {
        let mut chances = Chances::default();
        for i in 0..400 {
            let sure = i % 2 == 0;
            let confidence = if sure { 0.95 } else { 0.2 };
            chances.observe(Source::Model { position: i % 4, confidence }, sure);
        }
        assert!(chances.of(Source::Model { position: 2, confidence: 0.99 }) > 0.9);
        assert!(chances.of(Source::Model { position: 2, confidence: 0.2 }) < 0.1);
    }
}

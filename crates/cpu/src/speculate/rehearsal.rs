//! Answers read from a script, to measure what drafting gains where the draft is right a given
//! share of the time, whatever the weights are. Everything but the choice of tokens is as ever.

use std::sync::Arc;

/// What the model is made to say, and how well its draft model knows that.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    script: Arc<[u32]>,
    acceptance: f64,
    random: u64,
}

impl Rehearsal {
    /// `acceptance` is the chance of each of the draft model's guesses to be right.
    pub fn new(script: impl Into<Arc<[u32]>>, acceptance: f64) -> Self {
        Self { script: script.into(), acceptance, random: 1 }
    }

    pub fn script(&self) -> Arc<[u32]> {
        self.script.clone()
    }

    /// The draft model's guess of the answer's token at `position`; `None` beyond the script.
    pub fn guess(&mut self, position: usize) -> Option<u32> {
        let said = *self.script.get(position)?;
        // Knuth's MMIX.
        const FACTOR: u64 = 6_364_136_223_846_793_005;
        const ADDEND: u64 = 1_442_695_040_888_963_407;
        self.random = self.random.wrapping_mul(FACTOR).wrapping_add(ADDEND);
        let right = (self.random >> 11) as f64 / (1u64 << 53) as f64 >= 1.0 - self.acceptance;
        Some(if right { said } else { said ^ 1 })
    }
}

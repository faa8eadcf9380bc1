use hearth_chat::{DraftChoice, Speculation, SpeculationOff};

use super::{
    Guess, Verdict,
    ngram::{Repeat, repeat},
};
use crate::sequence::Sequence;

/// Tokens of an answer whose speed says something about guessing: in fewer, the draft's reading of
/// the prompt is most of it.
const TELLING: usize = 16;

/// One answer's guesses, from one pass to the next.
pub struct Drafting {
    choice: DraftChoice,
    /// Prompt and answer so far.
    pub(super) text: Vec<u32>,
    pub(super) prompt_len: usize,
    /// What the draft model has read of the text; `None` if it does not draft for this answer.
    pub(super) sequence: Option<Sequence>,
    /// What the next pass verifies.
    pub guesses: Vec<Guess>,
    /// The length of the text when they were made.
    pub(super) guessed_from: usize,
    /// Tokens that the last pass chose.
    pub(super) chosen: usize,
    /// Seconds that the last guesses took, and of these the draft model's catching up.
    pub(super) guessing: f64,
    pub(super) reading: f64,
    pub(super) tally: Tally,
}

/// What came of an answer's guesses.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    drafted: u32,
    accepted: u32,
    /// Passes that verified something, and the tokens that they chose.
    verifications: u32,
    verified: u32,
    /// Of all steps after the prompt's, and what they would have taken without guessing.
    pub seconds: f64,
    pub plain_seconds: f64,
    /// Whether something could have been guessed and it did not seem to pay.
    pub declined: bool,
}

impl Drafting {
    pub(super) fn new(choice: DraftChoice, prompt: &[u32], sequence: Option<Sequence>) -> Self {
        Self {
            choice,
            text: prompt.to_vec(),
            prompt_len: prompt.len(),
            sequence,
            guesses: Vec::new(),
            guessed_from: prompt.len(),
            chosen: 0,
            guessing: 0.0,
            reading: 0.0,
            tally: Tally::default(),
        }
    }

    /// Adds a token of the answer to what guesses are made from.
    pub fn see(&mut self, token: u32) {
        self.text.push(token);
    }

    pub(super) fn start_step(&mut self) {
        self.guesses.clear();
        self.guessed_from = self.text.len();
        (self.guessing, self.reading, self.chosen) = (0.0, 0.0, 0);
    }

    pub(super) fn repeat(&self, most: usize) -> Option<Repeat<'_>> {
        match self.choice {
            DraftChoice::Automatic | DraftChoice::Ngram => repeat(&self.text, most),
            DraftChoice::Model(_) | DraftChoice::Off => None,
        }
    }

    pub(super) fn unread(&self) -> Option<usize> {
        self.sequence.as_ref().map(|sequence| self.text.len() - sequence.tokens.len())
    }

    pub(super) fn emitted(&self) -> usize {
        self.text.len() - self.prompt_len
    }

    pub(super) fn count(&mut self, verdict: Verdict) {
        self.chosen = verdict.chosen;
        if let Some(sequence) = &mut self.sequence {
            sequence.truncate(self.guessed_from + verdict.accepted);
        }
        if !self.guesses.is_empty() {
            self.tally.drafted += self.guesses.len() as u32;
            self.tally.accepted += verdict.accepted as u32;
            self.tally.verifications += 1;
            self.tally.verified += verdict.chosen as u32;
        }
    }

    /// `model` is the draft model's name, `off` why there is none.
    pub(super) fn report(&self, model: Option<&str>, off: Option<SpeculationOff>) -> Speculation {
        let Tally { drafted, accepted, verifications, verified, declined, .. } = self.tally;
        let (wants_model, wants_ngram) = match self.choice {
            DraftChoice::Automatic => (true, true),
            DraftChoice::Model(_) => (true, false),
            DraftChoice::Ngram => (false, true),
            DraftChoice::Off => (false, false),
        };
        let names = [model.filter(|_| wants_model), wants_ngram.then_some("ngram")];
        let names: Vec<&str> = names.into_iter().flatten().collect();
        let not_faster = (drafted == 0 && declined).then_some(SpeculationOff::NotFaster);
        let off_reason = match off.filter(|_| wants_model) {
            _ if names.is_empty() && !wants_model => Some(SpeculationOff::Disabled),
            // Nobody is missed while repetitions do the work.
            Some(SpeculationOff::NoPartner) if drafted > 0 => None,
            reason => not_faster.or(reason),
        };
        let worked = drafted > 0 || off_reason.is_none();
        Speculation {
            draft: worked.then(|| names.join("+")).filter(|names| !names.is_empty()),
            drafted,
            accepted,
            mean_accepted: (verifications > 0)
                .then(|| f64::from(verified) / f64::from(verifications)),
            speedup_estimate: (drafted > 0 && self.emitted() >= TELLING)
                .then(|| self.tally.plain_seconds / self.tally.seconds),
            off_reason,
        }
    }
}

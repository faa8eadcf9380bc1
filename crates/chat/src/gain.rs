//! What drafting gains: the same greedy answers without a draft and with one, taken in turn, so
//! that a computer that slows down slows both.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{DraftChoice, Message, Outcome, Request, Role, SpeculationOff};

/// Answers that only warm up what is learnt while answering.
const WARM_UP: usize = 2;

/// Everyday questions, some of which ask for words that they contain.
const QUESTIONS: [&str; 6] = [
    "What is the capital of France, and what is it known for?",
    "Explain in three sentences why the sky is blue.",
    "Correct the spelling and repeat the whole text: The quik brown fox jumps over the lazy dog. Then the quik brown fox sleeps beside the lazy dog until the lazy dog wakes up.",
    "Write a short letter that thanks a neighbour for watering the plants.",
    "Extract the name and the age as JSON: Anna Berger, who is 34 years old, lives in Graz with her dog.",
    "What is 17 + 25, and how did you get there?",
];

/// A drafted answer below this many times the plain speed is not worth its memory.
pub const WORTHWHILE: f64 = 1.03;

/// Rates with and without drafting, measured in turn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Gain {
    pub plain_tok_s: f64,
    pub tok_s: f64,
    /// `tok_s` over `plain_tok_s`.
    pub speedup: f64,
    pub drafted: u32,
    pub accepted: u32,
}

impl Gain {
    pub fn is_worthwhile(&self) -> bool {
        self.speedup >= WORTHWHILE
    }
}

/// Sums over answers to the same questions with and without drafting.
#[derive(Clone, Copy, Debug, Default)]
pub struct Comparison {
    plain: Rate,
    with: Rate,
    drafted: u32,
    accepted: u32,
    /// Why the draft that was wanted did not work; that some answer did not gain is no such reason.
    pub off_reason: Option<SpeculationOff>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Rate {
    tokens: f64,
    seconds: f64,
}

impl Comparison {
    /// The questions to ask, each without and with a draft, and whether the answers count: the
    /// first ones are asked twice, as the control learns from them.
    pub fn questions() -> impl Iterator<Item = (&'static str, bool)> {
        let twice = QUESTIONS.into_iter().cycle().take(QUESTIONS.len() + WARM_UP);
        twice.enumerate().map(|(i, question)| (question, i >= WARM_UP))
    }

    /// How a question is asked.
    pub fn request(question: &str, tokens: u32, draft: &DraftChoice) -> Request {
        let mut request = Request::new(vec![Message::new(Role::User, question)]);
        request.sampling.temperature = 0.0;
        request.sampling.max_tokens = Some(tokens);
        request.draft = draft.clone();
        request
    }

    /// Counts an answer that was given without a draft.
    pub fn count_plain(&mut self, outcome: &Outcome) {
        self.plain.count(outcome);
    }

    pub fn count_drafted(&mut self, outcome: &Outcome) {
        self.with.count(outcome);
        let Some(speculation) = &outcome.speculation else { return };
        let reason = speculation.off_reason.filter(|why| *why != SpeculationOff::NotFaster);
        self.off_reason = self.off_reason.or(reason);
        self.drafted += speculation.drafted;
        self.accepted += speculation.accepted;
    }

    /// `None` if no answer had two tokens.
    pub fn gain(&self) -> Option<Gain> {
        let (plain_tok_s, tok_s) = (self.plain.tok_s()?, self.with.tok_s()?);
        Some(Gain {
            plain_tok_s,
            tok_s,
            speedup: tok_s / plain_tok_s,
            drafted: self.drafted,
            accepted: self.accepted,
        })
    }
}

impl Rate {
    fn count(&mut self, outcome: &Outcome) {
        // The first token's time is the prompt's.
        let tokens = f64::from(outcome.usage.completion_tokens) - 1.0;
        if let Some(tok_s) = outcome.timing.decode_tok_s {
            self.tokens += tokens;
            self.seconds += tokens / tok_s;
        }
    }

    fn tok_s(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.tokens / self.seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Finish, Speculation, Timing, Usage};

    fn outcome(tokens: u32, tok_s: Option<f64>, off_reason: Option<SpeculationOff>) -> Outcome {
        Outcome {
            finish: Finish::Stop,
            usage: Usage { completion_tokens: tokens, ..Usage::default() },
            timing: Timing { decode_tok_s: tok_s, ..Timing::default() },
            confidence: None,
            speculation: Some(Speculation {
                draft: None,
                drafted: 10,
                accepted: 6,
                mean_accepted: None,
                speedup_estimate: None,
                off_reason,
            }),
            backend: "cpu".into(),
            device: None,
            peak_rss_bytes: None,
        }
    }

    #[test]
    fn the_gain_is_of_all_tokens_over_all_seconds() {
        let mut comparison = Comparison::default();
        assert_eq!(comparison.gain(), None);
        comparison.count_plain(&outcome(101, Some(10.0), None));
        comparison.count_plain(&outcome(1, None, None));
        comparison.count_drafted(&outcome(61, Some(60.0), Some(SpeculationOff::NotFaster)));
        comparison.count_drafted(&outcome(41, Some(10.0), None));
        let gain = comparison.gain().unwrap();
        assert_eq!((gain.plain_tok_s, gain.tok_s, gain.speedup), (10.0, 20.0, 2.0));
        assert_eq!((gain.drafted, gain.accepted), (20, 12));
        assert_eq!(comparison.off_reason, None);
        comparison.count_drafted(&outcome(2, Some(9.0), Some(SpeculationOff::VocabularyDiffers)));
        assert_eq!(comparison.off_reason, Some(SpeculationOff::VocabularyDiffers));
    }

    #[test]
    fn every_question_counts_once() {
        let counted = Comparison::questions().filter(|(_, counts)| *counts);
        let mut asked: Vec<_> = counted.map(|(question, _)| question).collect();
        asked.sort_unstable();
        asked.dedup();
        assert_eq!(asked.len(), QUESTIONS.len());
    }
}

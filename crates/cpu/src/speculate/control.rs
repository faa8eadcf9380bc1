//! Whether to guess, with what, and how far: by what it costs here and how often guesses are right.
//!
//! A pass that verifies k guesses emits 1 + p1 + p1·p2 + ... tokens, where each p is the chance of
//! a guess whose predecessors were right (Leviathan et al. 2023, section 3). Over the time of the
//! guesses and of the pass that is a speed, and the length with the best speed is taken.

use super::{
    LONGEST,
    chances::{Chances, Source},
    costs::Costs,
};

/// Below this many times the plain speed, guessing is not worth its uncertainty.
const WORTHWHILE: f64 = 1.03;
/// Share of the plain passes' time that may be spent on finding out whether guessing pays again.
const FOR_PROBES: f64 = 0.01;
/// In plain passes: what of a gain, and of what was saved up for probes, may be lost again.
const CREDIT: f64 = 4.0;
/// In plain passes: a loss at which even a good prospect is not believed.
const MOST_DEBT: f64 = 4.0;
/// Guesses of a probe.
const PROBE: usize = 2;
/// Tokens that an answer is expected to have before one was seen.
const FIRST_ANSWER: f64 = 64.0;

/// What could be done before the next pass.
#[derive(Clone, Copy, Debug)]
pub struct Situation {
    /// Tokens that a repetition in the text matched, and how many it offers.
    pub repeat: Option<(usize, usize)>,
    /// Tokens that the draft model has to read before it can guess; `None` without one.
    pub unread: Option<usize>,
    /// Tokens that the answer has so far.
    pub emitted: usize,
    /// Guesses that there is room for.
    pub most: usize,
    /// Answers that the pass computes besides.
    pub others: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// `declined` when something could have been guessed, and it would not have paid.
    Plain {
        declined: bool,
    },
    Ngram(usize),
    /// The draft model goes on while that pays, or makes just so many guesses.
    Model(Option<usize>),
}

pub struct Control {
    pub costs: Costs,
    pub chances: Chances,
    /// Time lost by guessing, less what was gained and what plain passes paid, in plain passes.
    debt: f64,
    /// Who probed last, as the two take turns.
    model_probed: bool,
    answer_len: f64,
    fixed: Option<usize>,
}

/// A length and its speed in multiples of plain decoding's.
#[derive(Clone, Copy, Debug)]
struct Prospect {
    length: usize,
    gain: f64,
}

impl Control {
    pub fn new(costs: Costs) -> Self {
        Self {
            costs,
            chances: Chances::default(),
            debt: 0.0,
            model_probed: false,
            answer_len: FIRST_ANSWER,
            fixed: None,
        }
    }

    /// Guesses so far each time, whatever it costs.
    pub fn fix(&mut self, length: Option<usize>) {
        self.fixed = length;
    }

    pub fn plan(&mut self, at: &Situation) -> Plan {
        if at.most == 0 || (at.repeat.is_none() && at.unread.is_none()) {
            return Plan::Plain { declined: false };
        }
        if let Some(length) = self.fixed {
            return match at.repeat {
                Some((_, offered)) => Plan::Ngram(length.min(offered)),
                None => Plan::Model(Some(length.min(at.most))),
            };
        }
        let ngram = at.repeat.map(|repeat| self.prospect_of_repeat(at, repeat));
        let model = at.unread.map(|_| self.prospect_of_model(at));
        let worthwhile = |p: &Prospect| p.gain >= WORTHWHILE && self.debt < MOST_DEBT;
        let readable = |p: &Prospect| self.reading_pays(at, p.gain);
        let model_now = model.filter(worthwhile).filter(readable);
        match (ngram.filter(worthwhile), model_now) {
            (Some(ngram), Some(model)) if model.gain > ngram.gain => Plan::Model(None),
            (Some(ngram), _) => Plan::Ngram(ngram.length),
            (None, Some(_)) => Plan::Model(None),
            (None, None) => self.probe(at),
        }
    }

    /// How many guesses to have, given those that the draft model has made: more than these to go
    /// on, these or less to stop and verify so many.
    pub fn wanted(&self, guesses: &[Source], at: &Situation) -> usize {
        let known = guesses.iter().map(|source| self.chances.of(*source));
        let further = (guesses.len()..at.most).map(|i| self.chances.undrawn(i));
        self.best(at.others, guesses.len(), self.costs.guess(), known.chain(further)).length
    }

    /// Counts in a step: `seconds` for `emitted` tokens of `answers`.
    pub fn saw_step(&mut self, answers: usize, emitted: usize, seconds: f64, guessed: bool) {
        let passes = emitted as f64 / answers as f64;
        let change = if guessed {
            seconds / self.costs.pass(answers) - passes
        } else {
            -FOR_PROBES * passes
        };
        // What takes longer than two passes too many was another program's doing.
        self.debt = (self.debt + change.min(2.0)).clamp(-CREDIT, 2.0 * MOST_DEBT);
    }

    pub fn saw_answer(&mut self, tokens: usize) {
        self.answer_len += 0.2 * (tokens as f64 - self.answer_len);
    }

    fn prospect_of_repeat(&self, at: &Situation, (matched, offered): (usize, usize)) -> Prospect {
        let chance = |i| self.chances.of(Source::Ngram { matched: matched + i });
        self.best(at.others, 0, 0.0, (0..offered.min(at.most)).map(chance))
    }

    fn prospect_of_model(&self, at: &Situation) -> Prospect {
        let chances = (0..at.most).map(|i| self.chances.undrawn(i));
        self.best(at.others, 0, self.costs.guess(), chances)
    }

    /// The best length, when `drawn` guesses have been made and each takes `guess` seconds.
    fn best(
        &self,
        others: usize,
        drawn: usize,
        guess: f64,
        chances: impl Iterator<Item = f64>,
    ) -> Prospect {
        let rows = others + 1;
        let seconds = |k: usize| guess * k.max(drawn) as f64 + self.costs.pass(rows + k);
        let plain = rows as f64 / self.costs.pass(rows);
        let gain = |tokens: f64, k: usize| tokens / seconds(k) / plain;
        let mut best = Prospect { length: 0, gain: gain(rows as f64, 0) };
        let (mut tokens, mut reached) = (rows as f64, 1.0);
        for (k, chance) in (1..=LONGEST).zip(chances) {
            reached *= chance;
            tokens += reached;
            if gain(tokens, k) > best.gain {
                best = Prospect { length: k, gain: gain(tokens, k) };
            }
        }
        best
    }

    /// Whether what the draft model has to read first is made up for by an answer that goes on
    /// for as long as it is, or as answers usually are.
    fn reading_pays(&self, at: &Situation, gain: f64) -> bool {
        let reading = self.reading(at) / self.costs.pass(1);
        reading <= self.answer_len.max(at.emitted as f64) * (1.0 - 1.0 / gain)
    }

    /// Seconds until the draft model has read the text. Its first guess reads one token anyway.
    fn reading(&self, at: &Situation) -> f64 {
        self.costs.read() * at.unread.unwrap_or(0).saturating_sub(2) as f64
    }

    /// A short attempt where guessing does not seem to pay, if its likely loss has been saved up.
    fn probe(&mut self, at: &Situation) -> Plan {
        let affordable = |seconds: f64| {
            let loss = seconds / self.costs.pass(at.others + 1) - 1.0;
            self.debt + loss.max(0.0) <= 0.0
        };
        let length = PROBE.min(at.most);
        let pass = self.costs.pass(at.others + 1 + length);
        let guesses = self.costs.guess() * length as f64;
        let model = at.unread.is_some() && affordable(pass + guesses + self.reading(at));
        let ngram = at.repeat.filter(|_| affordable(pass));
        match ngram {
            Some((_, offered)) if self.model_probed || !model => {
                self.model_probed = false;
                Plan::Ngram(length.min(offered))
            }
            _ if model => {
                self.model_probed = true;
                Plan::Model(Some(length))
            }
            _ => Plan::Plain { declined: true },
        }
    }
}

#[cfg(test)]
mod tests;

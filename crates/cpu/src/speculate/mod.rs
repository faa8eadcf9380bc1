//! Speculative decoding: guesses of what comes next, all verified in one pass of the model.
//!
//! A pass over several rows takes hardly longer than over one, as both read all the weights. So
//! the text is guessed ahead, from its own repetitions ([`ngram`]) or by a smaller model
//! ([`draft`]); the model computes the guesses' rows together, and the guesses up to the first
//! wrong one are kept. Greedy text, and text drawn with a seed, is to the token what it would be
//! without guessing; text drawn without a seed has the same distribution
//! ([`hearth_text::sampler::reject`]). [`control`] sees to it that guessing is not slower than not.

mod chances;
mod control;
mod costs;
mod draft;
mod drafting;
mod ngram;
mod rehearsal;

use std::{sync::Arc, time::Instant};

use hearth_chat::{DraftChoice, Error, Signals, Speculation, SpeculationOff, TokenOrigin};
use hearth_text::{
    grammar::Constraint,
    sampler::{Distribution, Sampler, Scores},
    tokenizer::Tokenizer,
};

use self::{
    chances::Source,
    control::{Control, Plan, Situation},
    ngram::Repeat,
};
pub use self::{costs::Costs, draft::Draft, drafting::Drafting, rehearsal::Rehearsal};

/// The most guesses of one pass.
pub const LONGEST: usize = 16;

/// What guesses for one model, and what it has learnt about how well.
pub struct Speculator {
    draft: Result<Draft, SpeculationOff>,
    control: Control,
    rehearsal: Option<Rehearsal>,
}

/// A token that may come next.
#[derive(Clone, Debug)]
pub struct Guess {
    pub token: u32,
    /// What it was drawn from.
    pub drawn_from: Distribution,
    source: Source,
}

impl Guess {
    pub fn origin(&self) -> TokenOrigin {
        match self.source {
            Source::Ngram { .. } => TokenOrigin::Ngram,
            Source::Model { .. } => TokenOrigin::Draft,
        }
    }
}

/// What guessing needs to know of an answer and of the pass that will verify the guesses.
pub struct Ahead<'a> {
    pub tokenizer: &'a Tokenizer,
    pub sampler: &'a mut Sampler,
    pub constraint: Option<&'a mut Constraint>,
    pub signals: &'a Signals,
    /// Guesses that there is room for.
    pub most: usize,
    /// Answers that the pass computes besides.
    pub others: usize,
}

/// What came of a pass for one answer.
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    /// Guesses that were right.
    pub accepted: usize,
    /// Whether the guess after them was wrong, and not only left unseen at the answer's end.
    pub refuted: bool,
    /// Tokens that were chosen.
    pub chosen: usize,
}

impl Speculator {
    /// The draft model, or why there is none.
    pub fn new(draft: Result<Draft, SpeculationOff>, costs: Costs) -> Self {
        Self { draft, control: Control::new(costs), rehearsal: None }
    }

    /// Makes so many guesses each time, or as many as pay (`None`): for tests and measurements.
    pub fn fix_length(&mut self, length: Option<usize>) {
        self.control.fix(length.map(|length| length.min(LONGEST)));
    }

    /// Begins or ends a rehearsal.
    pub fn rehearse(&mut self, rehearsal: Option<Rehearsal>) {
        self.rehearsal = rehearsal;
    }

    /// What answers are made to say in a rehearsal.
    pub fn script(&self) -> Option<Arc<[u32]>> {
        self.rehearsal.as_ref().map(Rehearsal::script)
    }

    /// Bytes of the draft model's weights and of the conversations that it keeps.
    pub fn memory_bytes(&self) -> usize {
        self.draft.as_ref().map_or(0, Draft::memory_bytes)
    }

    pub fn begin(&mut self, choice: &DraftChoice, prompt: &[u32]) -> Drafting {
        let sequence = match (choice, &mut self.draft) {
            (DraftChoice::Automatic | DraftChoice::Model(_), Ok(draft)) => {
                Some(draft.begin(prompt))
            }
            _ => None,
        };
        Drafting::new(choice.clone(), prompt, sequence)
    }

    /// Guesses what comes next in this answer, as far as that pays.
    pub fn guess(&mut self, drafting: &mut Drafting, ahead: Ahead<'_>) -> Result<(), Error> {
        let began = Instant::now();
        drafting.start_step();
        let most = ahead.most.min(LONGEST);
        let repeat = drafting.repeat(most);
        let situation = Situation {
            repeat: repeat.map(|repeat| (repeat.matched, repeat.next.len())),
            unread: drafting.unread(),
            emitted: drafting.emitted(),
            most,
            others: ahead.others,
        };
        match (self.control.plan(&situation), repeat) {
            (Plan::Ngram(length), Some(repeat)) => {
                drafting.guesses = repeated(&repeat, length, ahead)?;
            }
            (Plan::Model(fixed), _) => self.draw(drafting, ahead, &situation, fixed)?,
            (Plan::Plain { declined }, _) => drafting.tally.declined |= declined,
            (Plan::Ngram(_), None) => unreachable!("a plan repeats only what there is"),
        }
        drafting.guessing = began.elapsed().as_secs_f64();
        Ok(())
    }

    /// Lets the draft model guess: as many as `fixed` says, or while it pays. What it chooses
    /// from went through the same penalty, grammar and filters as the model's own choice will.
    fn draw(
        &mut self,
        drafting: &mut Drafting,
        ahead: Ahead<'_>,
        situation: &Situation,
        fixed: Option<usize>,
    ) -> Result<(), Error> {
        let (Ok(draft), Some(sequence)) = (&mut self.draft, &mut drafting.sequence) else {
            return Ok(());
        };
        let Ahead { tokenizer, constraint, signals, .. } = ahead;
        // Not every grammar can be gone back in.
        let mut constraint = constraint.map(|constraint| constraint.clone());
        let mut sampler = ahead.sampler.ahead();
        let text = &mut drafting.text;
        let mut guesses: Vec<Guess> = Vec::new();
        let wanted = loop {
            let sources: Vec<Source> = guesses.iter().map(|guess| guess.source).collect();
            let wanted = fixed.unwrap_or_else(|| self.control.wanted(&sources, situation));
            if guesses.len() >= wanted || signals.is_cancelled() {
                break if sampler.rejects() { guesses.len() } else { wanted };
            }
            let (logits, reading) = draft.read(sequence, text, &mut self.control.costs);
            drafting.reading += reading;
            let Some(logits) = logits else { break 0 };
            let allowed = constraint.as_mut().map(Constraint::allowed).transpose();
            let drawn_from = allowed.and_then(|it| sampler.distribution(logits, it.as_ref()));
            let Ok(mut drawn_from) = drawn_from else {
                // A draft that is at a loss holds nobody up.
                break guesses.len();
            };
            let mut token = sampler.draw(&drawn_from);
            let position = text.len() - drafting.prompt_len;
            if let Some(guess) = self.rehearsal.as_mut().and_then(|r| r.guess(position)) {
                (token, drawn_from) = (guess, Distribution::certain(guess));
            }
            let confidence = Scores::of(logits).logprob(logits[token as usize]).exp();
            let source = Source::Model { position: guesses.len(), confidence };
            guesses.push(Guess { token, drawn_from, source });
            if tokenizer.is_end(token) {
                break guesses.len();
            }
            if let Some(constraint) = &mut constraint
                && (constraint.accept(token).is_err() || constraint.is_complete())
            {
                break guesses.len();
            }
            sampler.see(token);
            text.push(token);
        };
        text.truncate(drafting.guessed_from);
        guesses.truncate(wanted);
        drafting.guesses = guesses;
        Ok(())
    }

    /// Learns how good an answer's guesses were.
    pub fn learn(&mut self, drafting: &mut Drafting, verdict: Verdict) {
        let looked_at = verdict.accepted + usize::from(verdict.refuted);
        for (i, guess) in drafting.guesses.iter().take(looked_at).enumerate() {
            self.control.chances.observe(guess.source, i < verdict.accepted);
        }
        drafting.count(verdict);
    }

    /// Learns what a step took that computed the next tokens of these answers and nothing else:
    /// the seconds of the model's pass over so many rows, and of the step with guessing.
    pub fn time(&mut self, answers: &mut [&mut Drafting], rows: usize, pass: f64, step: f64) {
        let guessing: f64 = answers.iter().map(|d| d.guessing).sum();
        let reading: f64 = answers.iter().map(|d| d.reading).sum();
        let chosen: usize = answers.iter().map(|d| d.chosen).sum();
        let guessed = answers.iter().any(|d| !d.guesses.is_empty());
        self.control.costs.saw_pass(rows, pass);
        self.control.saw_step(answers.len(), chosen, guessing - reading + pass, guessed);
        let n = answers.len() as f64;
        let plain = self.control.costs.pass(answers.len());
        let choosing = step - pass - guessing;
        for drafting in answers {
            drafting.tally.seconds += step / n;
            drafting.tally.plain_seconds += (drafting.chosen as f64 * plain + choosing) / n;
        }
    }

    /// What guessing did for this answer.
    pub fn report(&self, drafting: &Drafting) -> Speculation {
        let (name, off) = match &self.draft {
            Ok(draft) => (Some(draft.name.as_str()), None),
            Err(reason) => (None, Some(*reason)),
        };
        drafting.report(name, off)
    }

    /// Keeps what the draft model has read for the next turn.
    pub fn end(&mut self, drafting: &mut Drafting) {
        self.control.saw_answer(drafting.emitted());
        if let (Ok(draft), Some(sequence)) = (&mut self.draft, drafting.sequence.take()) {
            draft.keep(sequence);
        }
    }
}

/// Guesses what stood there before, as far as the grammar allows and to the end of a turn.
fn repeated(repeat: &Repeat<'_>, length: usize, ahead: Ahead<'_>) -> Result<Vec<Guess>, Error> {
    let mut next = &repeat.next[..length.min(repeat.next.len())];
    if let Some(constraint) = ahead.constraint {
        next = &next[..constraint.possible(next)?];
    }
    if let Some(end) = next.iter().position(|token| ahead.tokenizer.is_end(*token)) {
        next = &next[..=end];
    }
    let guess = |(i, token): (usize, &u32)| Guess {
        token: *token,
        drawn_from: Distribution::certain(*token),
        source: Source::Ngram { matched: repeat.matched + i },
    };
    Ok(next.iter().enumerate().map(guess).collect())
}

#[cfg(test)]
mod tests;

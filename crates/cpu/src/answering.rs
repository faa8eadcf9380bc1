//! One request on its way to an outcome.

use std::sync::Arc;

use hearth_chat::{Error, Event, Finish, Outcome, Signals, Speculation, TokenOrigin};
use hearth_text::{
    generation::{Chooser, Generation},
    tokenizer::Tokenizer,
};

use crate::{
    memory,
    model::{Run, Wanted},
    sequence::Sequence,
    speculate::{Ahead, Drafting, Guess, Speculator, Verdict},
};

/// One request on its way.
pub struct Answering {
    pub chooser: Chooser,
    pub generation: Generation,
    /// What the model has computed.
    pub sequence: Sequence,
    pub drafting: Drafting,
    /// What it is made to say in a rehearsal.
    pub script: Option<Arc<[u32]>>,
    /// What it has to compute next: the rest of the prompt, then the last token and the guesses
    /// of what follows it.
    pub pending: Vec<u32>,
    /// How many of these are in the pass under way.
    pub computing: usize,
    pub prompt_len: usize,
}

impl Answering {
    /// Whether the prompt is done, so that each pass gives tokens.
    pub fn is_decoding(&self) -> bool {
        self.generation.has_begun()
    }

    /// Guesses what comes next, where the answer has room for more than one token.
    pub fn guess(
        &mut self,
        speculator: &mut Speculator,
        tokenizer: &Tokenizer,
        others: usize,
        signals: &Signals,
    ) -> Result<(), Error> {
        let (sampler, constraint) = self.chooser.ahead();
        let ahead = Ahead {
            tokenizer,
            sampler,
            constraint,
            signals,
            most: self.generation.left() - 1,
            others,
        };
        speculator.guess(&mut self.drafting, ahead)?;
        self.pending.extend(self.drafting.guesses.iter().map(|guess| guess.token));
        Ok(())
    }

    /// What it has to compute in the next pass; of a prompt only what there is room for.
    pub fn run(&mut self, room: &mut usize) -> Run<'_> {
        let decoding = self.is_decoding();
        self.computing = if decoding { self.pending.len() } else { self.pending.len().min(*room) };
        *room = room.saturating_sub(self.computing);
        let logits = match self.computing == self.pending.len() {
            true if decoding => Wanted::All,
            true => Wanted::Last,
            false => Wanted::None,
        };
        Run { kv: &mut self.sequence.kv, tokens: &self.pending[..self.computing], logits }
    }

    /// Counts in what a pass has computed. Returns how many rows of its logits are this answer's.
    pub fn advance(&mut self, index: usize, emit: &mut dyn FnMut(usize, Event)) -> usize {
        self.sequence.tokens.extend(self.pending.drain(..self.computing));
        if self.is_decoding() {
            return self.computing;
        }
        let (done, total) = (self.sequence.tokens.len() as u32, self.prompt_len as u32);
        emit(index, Event::Prefill { done, total });
        usize::from(self.pending.is_empty() && self.computing > 0)
    }

    /// Chooses the next token, and goes on for as long as the guesses are right; takes back what
    /// was computed for those after them.
    pub fn choose_all<'l>(
        &mut self,
        rows: impl Iterator<Item = &'l [f32]>,
        signals: &Signals,
        index: usize,
        emit: &mut dyn FnMut(usize, Event),
    ) -> Result<Verdict, Error> {
        let guesses = std::mem::take(&mut self.drafting.guesses);
        let computed = self.sequence.tokens.len() - guesses.len();
        let mut verdict = Verdict { accepted: 0, refuted: false, chosen: 0 };
        for (logits, guess) in rows.zip(guesses.iter().map(Some).chain([None])) {
            let token = self.choose(logits, guess, index, emit)?;
            verdict.chosen += 1;
            let right = guess.is_some_and(|guess| guess.token == token);
            verdict.accepted += usize::from(right);
            verdict.refuted = guess.is_some() && !right;
            if signals.is_cancelled() {
                self.generation.cancel();
            }
            if signals.wants_answer() {
                self.chooser.answer_now();
            }
            if !right || self.generation.finish().is_some() {
                self.pending.push(token);
                break;
            }
        }
        self.sequence.truncate(computed + verdict.accepted);
        self.drafting.guesses = guesses;
        Ok(verdict)
    }

    /// Draws the next token, for which there may be a guess, and ends the answer where it ends.
    fn choose(
        &mut self,
        logits: &[f32],
        guess: Option<&Guess>,
        index: usize,
        emit: &mut dyn FnMut(usize, Event),
    ) -> Result<u32, Error> {
        let token = match guess {
            Some(guess) => self.chooser.verify(logits, guess.token, &guess.drawn_from)?,
            None => self.chooser.choose(logits)?,
        };
        let scripted = self.script.as_ref().and_then(|script| script.get(self.generation.tokens()));
        let token = scripted.copied().unwrap_or(token);
        let origin = match guess {
            Some(guess) if guess.token == token => guess.origin(),
            _ => TokenOrigin::Target,
        };
        let choice = self.chooser.accept(token, logits, origin)?;
        self.generation.push(choice.as_ref());
        if let Some(choice) = choice {
            self.drafting.see(token);
            choice.pieces.into_iter().for_each(|piece| emit(index, Event::Text(piece)));
        }
        Ok(token)
    }

    /// Shows the text that was held back.
    pub fn emit_rest(&mut self, index: usize, emit: &mut dyn FnMut(usize, Event)) {
        self.chooser.rest().into_iter().for_each(|piece| emit(index, Event::Text(piece)));
    }

    pub fn outcome(&self, finish: Finish, speculation: Speculation) -> Outcome {
        Outcome {
            peak_rss_bytes: memory::peak_rss_bytes(),
            ..self.generation.outcome(finish, "cpu", speculation)
        }
    }
}

//! One request on its way to an outcome.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use hearth_chat::{
    Confidence, Error, Event, Finish, Outcome, PieceToken, Request, Speculation, Timing,
    TokenOrigin, TokenScore, Usage,
};
use hearth_text::{
    grammar::Constraint,
    sampler::{Sampler, Scores, likeliest},
    stop::Answer,
    tokenizer::Tokenizer,
};

use crate::{
    generate::emit_text,
    memory,
    model::{Run, Wanted},
    sequence::Sequence,
    speculate::{Ahead, Drafting, Guess, Speculator, Verdict},
};

/// Alternatives that a request can ask for, for each token.
const ALTERNATIVES: usize = 5;

/// One request on its way.
pub struct Answering<'r> {
    pub request: &'r Request,
    pub sampler: Sampler,
    pub constraint: Option<Constraint>,
    pub answer: Answer,
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
    pub reused: usize,
    /// Tokens that the answer may have.
    pub most: usize,
    pub scores: Vec<TokenScore>,
    pub finish: Option<Finish>,
    pub arrived: Instant,
    pub prefill_began: Instant,
    pub first_token: Option<Instant>,
    pub last_token: Option<Instant>,
}

impl Answering<'_> {
    /// Whether the prompt is done, so that each pass gives tokens.
    pub fn is_decoding(&self) -> bool {
        self.first_token.is_some()
    }

    /// Guesses what comes next, where the answer has room for more than one token.
    pub fn guess(
        &mut self,
        speculator: &mut Speculator,
        tokenizer: &Tokenizer,
        others: usize,
        cancelled: &AtomicBool,
    ) -> Result<(), Error> {
        let ahead = Ahead {
            tokenizer,
            sampler: &mut self.sampler,
            constraint: self.constraint.as_mut(),
            cancelled,
            most: self.most - self.scores.len() - 1,
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
        tokenizer: &Tokenizer,
        rows: impl Iterator<Item = &'l [f32]>,
        cancelled: &AtomicBool,
        index: usize,
        emit: &mut dyn FnMut(usize, Event),
    ) -> Result<Verdict, Error> {
        let guesses = std::mem::take(&mut self.drafting.guesses);
        let computed = self.sequence.tokens.len() - guesses.len();
        let mut verdict = Verdict { accepted: 0, refuted: false, chosen: 0 };
        for (logits, guess) in rows.zip(guesses.iter().map(Some).chain([None])) {
            let token = self.choose(tokenizer, logits, guess, index, emit)?;
            verdict.chosen += 1;
            let right = guess.is_some_and(|guess| guess.token == token);
            verdict.accepted += usize::from(right);
            verdict.refuted = guess.is_some() && !right;
            if self.finish.is_none() && cancelled.load(Ordering::Relaxed) {
                self.finish = Some(Finish::Cancelled);
            }
            if !right || self.finish.is_some() {
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
        tokenizer: &Tokenizer,
        logits: &[f32],
        guess: Option<&Guess>,
        index: usize,
        emit: &mut dyn FnMut(usize, Event),
    ) -> Result<u32, Error> {
        let allowed = self.constraint.as_mut().map(Constraint::allowed).transpose()?;
        let allowed = allowed.as_ref();
        let token = match guess {
            Some(guess) => self.sampler.verify(logits, allowed, guess.token, &guess.drawn_from)?,
            None => self.sampler.choose(logits, allowed)?,
        };
        let scripted = self.script.as_ref().and_then(|script| script.get(self.scores.len()));
        let token = scripted.copied().unwrap_or(token);
        self.last_token = Some(Instant::now());
        self.first_token = self.first_token.or(self.last_token);
        if tokenizer.is_end(token) {
            self.finish = Some(Finish::Stop);
            return Ok(token);
        }
        if let Some(constraint) = &mut self.constraint {
            constraint.accept(token)?;
        }
        self.sampler.see(token);
        self.drafting.see(token);
        let scores = Scores::of(logits);
        let score = scores.of_token(logits, token);
        self.scores.push(score);
        let alternatives = if self.request.want_alternatives {
            let likeliest = likeliest(logits, &scores, ALTERNATIVES);
            likeliest.into_iter().map(|(id, p)| (tokenizer.token_text(id), p)).collect()
        } else {
            Vec::new()
        };
        let origin = match guess {
            Some(guess) if guess.token == token => guess.origin(),
            _ => TokenOrigin::Target,
        };
        let token_of_piece = PieceToken { text_bytes: 0, score: Some(score), origin, alternatives };
        emit_text(self.answer.push(tokenizer, token, token_of_piece), index, emit);
        let complete = self.constraint.as_ref().is_some_and(Constraint::is_complete);
        if self.answer.is_stopped() || complete {
            self.finish = Some(Finish::Stop);
        } else if self.scores.len() >= self.most {
            self.finish = Some(Finish::Length);
        }
        Ok(token)
    }

    pub fn outcome(&self, finish: Finish, speculation: Speculation) -> Outcome {
        let completion = self.scores.len();
        let computed = self.sequence.tokens.len().min(self.prompt_len) - self.reused;
        let prefill = self.first_token.map(|first| (first - self.prefill_began).as_secs_f64());
        let decode = self.first_token.zip(self.last_token).map(|(a, b)| (b - a).as_secs_f64());
        Outcome {
            finish,
            usage: Usage {
                prompt_tokens: self.prompt_len as u32,
                completion_tokens: completion as u32,
                reused_tokens: self.reused as u32,
            },
            timing: Timing {
                load_ms: None,
                ttft_ms: self.first_token.map(|t| (t - self.arrived).as_secs_f64() * 1e3),
                prefill_tok_s: prefill.map(|seconds| computed as f64 / seconds),
                decode_tok_s: decode
                    .filter(|seconds| completion > 1 && *seconds > 0.0)
                    .map(|seconds| (completion - 1) as f64 / seconds),
            },
            confidence: Confidence::of(&self.scores),
            speculation: Some(speculation),
            backend: "cpu".into(),
            peak_rss_bytes: memory::peak_rss_bytes(),
        }
    }
}

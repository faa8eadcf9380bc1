use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};

use hearth_chat::{Error, Request, TokenScore};
use hearth_text::grammar::Constraint;
use hearth_text::sampler::{Sampler, Scores, likeliest};
use hearth_text::tokenizer::Tokenizer;
use mistralrs::{CustomLogitsProcessor, Tensor};

/// Alternatives attached to a token when they are asked for.
const ALTERNATIVES: usize = 5;

/// A token and what the model's own distribution said of it.
pub struct Choice {
    pub token: u32,
    pub score: TokenScore,
    pub alternatives: Vec<(String, f32)>,
    /// The answer ends after it, or with it if it is an end token.
    pub last: bool,
}

/// Chooses tokens inside mistral.rs, which then has one choice left.
pub struct Chooser {
    state: Mutex<State>,
    tokenizer: Arc<Tokenizer>,
    want_alternatives: bool,
    /// Nobody wants another token.
    ended: Arc<AtomicBool>,
}

struct State {
    sampler: Sampler,
    constraint: Option<Constraint>,
    chosen: Sender<Result<Choice, Error>>,
}

impl Chooser {
    pub fn new(
        request: &Request,
        prompt: &[u32],
        constraint: Option<Constraint>,
        tokenizer: Arc<Tokenizer>,
        chosen: Sender<Result<Choice, Error>>,
        ended: Arc<AtomicBool>,
    ) -> Result<Self, Error> {
        let mut sampler = Sampler::new(&request.sampling)?;
        prompt.iter().for_each(|token| sampler.see(*token));
        Ok(Self {
            state: Mutex::new(State { sampler, constraint, chosen }),
            tokenizer,
            want_alternatives: request.want_alternatives,
            ended,
        })
    }

    fn choose(&self, state: &mut State, logits: &[f32]) -> Result<Choice, Error> {
        let allowed = state.constraint.as_mut().map(Constraint::allowed).transpose()?;
        let token = state.sampler.choose(logits, allowed.as_ref())?;
        state.sampler.see(token);
        let mut last = self.tokenizer.is_end(token);
        if let Some(constraint) = state.constraint.as_mut().filter(|_| !last) {
            constraint.accept(token)?;
            last = constraint.is_complete();
        }
        let scores = Scores::of(logits);
        let alternatives = if self.want_alternatives {
            let likely = likeliest(logits, &scores, ALTERNATIVES);
            likely.into_iter().map(|(id, p)| (self.tokenizer.token_text(id), p)).collect()
        } else {
            Vec::new()
        };
        Ok(Choice { token, score: scores.of_token(logits, token), alternatives, last })
    }
}

impl CustomLogitsProcessor for Chooser {
    /// `logits` are `[vocabulary]`, untouched: no penalty of mistral.rs is on. An error ends the
    /// answer there.
    fn apply(&self, logits: &Tensor, _context: &[u32]) -> mistralrs::Result<Tensor> {
        if self.ended.load(Ordering::Relaxed) {
            return Err(ended());
        }
        let logits: Vec<f32> = logits.to_vec1()?;
        // Some models have rows beyond the vocabulary, which stand for nothing.
        let named = logits.len().min(self.tokenizer.vocab_size());
        let mut state = self.state.lock().unwrap_or_else(|e| e.into_inner());
        let choice = self.choose(&mut state, &logits[..named]);
        let token = choice.as_ref().ok().map(|choice| choice.token);
        if !matches!(choice, Ok(Choice { last: false, .. })) {
            self.ended.store(true, Ordering::Relaxed);
        }
        let heard = state.chosen.send(choice).is_ok();
        let Some(token) = token.filter(|_| heard) else { return Err(ended()) };
        let mut only = vec![f32::MIN; logits.len()];
        only[token as usize] = 0.0;
        Tensor::from_vec(only, logits.len(), &mistralrs::Device::Cpu)
    }
}

/// Not shown to anybody: the reader of the choices knows why.
fn ended() -> <mistralrs::Result<Tensor> as IntoError>::Error {
    std::io::Error::other("the answer has ended").into()
}

/// Names the error type of mistral.rs's tensor library, which it does not export.
trait IntoError {
    type Error;
}

impl<T, E> IntoError for Result<T, E> {
    type Error = E;
}

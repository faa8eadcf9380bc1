use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard};

use hearth_chat::{Error, Piece, TokenOrigin};
use hearth_text::generation::{self, Choice};
use mistralrs::{CustomLogitsProcessor, Tensor};

/// Chooses tokens inside mistral.rs, which then has one choice left.
pub struct Chooser {
    state: Mutex<State>,
    /// Tokens in the vocabulary.
    named: usize,
    /// Nobody wants another token.
    ended: Arc<AtomicBool>,
}

struct State {
    chooser: generation::Chooser,
    chosen: Sender<Result<Option<Choice>, Error>>,
}

impl Chooser {
    /// Of a vocabulary of `named` tokens. Sends what it chooses, `None` at the answer's end.
    pub fn new(
        chooser: generation::Chooser,
        named: usize,
        chosen: Sender<Result<Option<Choice>, Error>>,
        ended: Arc<AtomicBool>,
    ) -> Self {
        Self { state: Mutex::new(State { chooser, chosen }), named, ended }
    }

    /// See [`generation::Chooser::answer_now`].
    pub fn answer_now(&self) {
        self.state().chooser.answer_now();
    }

    /// See [`generation::Chooser::rest`].
    pub fn rest(&self) -> Option<Piece> {
        self.state().chooser.rest()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
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
        let named = &logits[..logits.len().min(self.named)];
        let mut state = self.state();
        let State { chooser, chosen } = &mut *state;
        let token = chooser.choose(named);
        let choice =
            token.clone().and_then(|token| chooser.accept(token, named, TokenOrigin::Target));
        if !matches!(choice, Ok(Some(Choice { finish: None, .. }))) {
            self.ended.store(true, Ordering::Relaxed);
        }
        let token = token.ok().filter(|_| choice.is_ok());
        let heard = chosen.send(choice).is_ok();
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

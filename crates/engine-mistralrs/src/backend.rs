//! mistral.rs, used for its forward pass: architectures that `cpu` does not know.
//!
//! The prompt is rendered and tokenised here and the next token is chosen here, inside the hook
//! that mistral.rs offers for logits: its 0.8.1 has one rule set for every BPE vocabulary, renders
//! templates without bounds, and reports log10 of a raw logit as a log-probability. So the text,
//! its seed and its scores mean the same in both backends.

mod choose;
mod folder;
mod gguf;
mod load;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use hearth_chat::{
    Error, ErrorKind, Event, Finish, Outcome, Request, Signals, Speculation, SpeculationOff,
    ThinkingSupport,
};
use hearth_engine_process::Backend;
use hearth_text::generation::{self, Choice, Generation};
use hearth_text::grammar::Grammars;
use hearth_text::prompt;
use hearth_text::template::ChatTemplate;
use hearth_text::tokenizer::Tokenizer;
use mistralrs::{
    Constraint, MistralRs, NormalRequest, RequestMessage, Response, SamplingParams,
    core::ResponseErr,
};
use tokio::runtime::Runtime;

use self::choose::Chooser;
pub use load::{can_run, load};

/// How long to wait for a token before looking whether there will be one.
const TICK: Duration = Duration::from_millis(20);

/// Responses that may wait to be looked at; one comes with each token.
const BACKLOG: usize = 1024;

struct Mistralrs {
    model: Arc<MistralRs>,
    /// Keeps the loader's tasks alive.
    _runtime: Runtime,
    tokenizer: Arc<Tokenizer>,
    template: Arc<ChatTemplate>,
    grammars: Grammars,
    context_length: u32,
}

impl Backend for Mistralrs {
    fn name(&self) -> &'static str {
        "mistralrs"
    }

    fn thinking(&self) -> ThinkingSupport {
        self.template.thinking()
    }

    fn generate(
        &mut self,
        request: &Request,
        signals: &Signals,
        emit: &mut dyn FnMut(Event),
    ) -> Result<Outcome, Error> {
        let began = Instant::now();
        let prompt =
            prompt::prepare(&self.template, &self.tokenizer, &request.messages, request.thinking)?;
        let asked = prompt.tokens.len();
        let room = self.room(asked)? as usize;
        let total = asked as u32;
        emit(Event::Prefill { done: 0, total });

        let (chosen, choices) = mpsc::channel();
        let ended = Arc::new(AtomicBool::new(false));
        let (template, tokenizer) = (&self.template, self.tokenizer.clone());
        let chooser = generation::Chooser::new(
            request,
            &prompt,
            room,
            template,
            tokenizer,
            &mut self.grammars,
        )?;
        let named = self.tokenizer.vocab_size();
        let chooser = Arc::new(Chooser::new(chooser, named, chosen, ended.clone()));
        let generation = Generation::new(request, asked, 0, room, began);
        let responses = self.send(prompt.tokens, room, chooser.clone())?;
        let mut answer = Reading { chooser: &chooser, prompt_tokens: total, generation };
        let finish = answer.read(choices, responses, signals, emit);
        // Whatever is still under way ends at its next token.
        ended.store(true, Ordering::Relaxed);
        Ok(answer.outcome(finish?))
    }
}

impl Mistralrs {
    /// Tokens that there is room for after the prompt.
    fn room(&self, prompt: usize) -> Result<u32, Error> {
        let left = (self.context_length as usize).saturating_sub(prompt) as u32;
        if left == 0 {
            return Err(Error::new(
                ErrorKind::ContextLength,
                format!(
                    "The conversation is {prompt} tokens long, and the model has room for {}. \
                     Start a new chat, or give the model a longer context in the settings.",
                    self.context_length
                ),
            ));
        }
        Ok(left)
    }

    /// Hands the prompt over. The responses are only watched for errors: the tokens come from
    /// the chooser.
    fn send(
        &self,
        prompt: Vec<u32>,
        limit: usize,
        chooser: Arc<Chooser>,
    ) -> Result<tokio::sync::mpsc::Receiver<Response>, Error> {
        let (response, responses) = tokio::sync::mpsc::channel(BACKLOG);
        let sampling = SamplingParams {
            temperature: Some(0.0),
            max_len: Some(limit),
            // Without one it sorts the whole vocabulary for each token.
            ..SamplingParams::deterministic()
        };
        let request = NormalRequest {
            is_streaming: true,
            constraint: Constraint::None,
            logits_processors: Some(vec![chooser]),
            ..NormalRequest::new_simple(
                RequestMessage::CompletionTokens(prompt),
                sampling,
                response,
                0,
                None,
                None,
            )
        };
        let sender = self.model.get_sender(None).map_err(|e| stopped(&format!("{e:?}")))?;
        let request = mistralrs::Request::Normal(Box::new(request));
        sender.blocking_send(request).map_err(|_| stopped("its thread is gone"))?;
        Ok(responses)
    }
}

/// An answer as it is read.
struct Reading<'a> {
    chooser: &'a Chooser,
    prompt_tokens: u32,
    generation: Generation,
}

impl Reading<'_> {
    fn read(
        &mut self,
        choices: Receiver<Result<Option<Choice>, Error>>,
        mut responses: tokio::sync::mpsc::Receiver<Response>,
        signals: &Signals,
        emit: &mut dyn FnMut(Event),
    ) -> Result<Finish, Error> {
        // What it says of a token is about one after those chosen so far: an answer that ends where
        // mistral.rs knows of no end is told as an error there.
        let mut failed = None;
        let finish = loop {
            if signals.is_cancelled() {
                self.generation.cancel();
            }
            if signals.wants_answer() {
                self.chooser.answer_now();
            }
            if let Some(finish) = self.generation.finish() {
                break finish;
            }
            let choice = match choices.recv_timeout(TICK) {
                Ok(choice) => choice?,
                Err(error) => {
                    if let Some(failure) = failed.take() {
                        return Err(failure);
                    }
                    check(&mut responses)?;
                    if error == RecvTimeoutError::Timeout {
                        continue;
                    }
                    return Err(stopped("it dropped the request"));
                }
            };
            let failure = check(&mut responses).err();
            failed = failed.or(failure);
            if !self.generation.has_begun() {
                emit(Event::Prefill { done: self.prompt_tokens, total: self.prompt_tokens });
            }
            self.generation.push(choice.as_ref());
            let pieces = choice.into_iter().flat_map(|choice| choice.pieces);
            pieces.for_each(|piece| emit(Event::Text(piece)));
        };
        self.chooser.rest().into_iter().for_each(|piece| emit(Event::Text(piece)));
        Ok(finish)
    }

    fn outcome(&self, finish: Finish) -> Outcome {
        let none = Speculation {
            draft: None,
            drafted: 0,
            accepted: 0,
            mean_accepted: None,
            speedup_estimate: None,
            off_reason: Some(SpeculationOff::Backend),
        };
        self.generation.outcome(finish, "mistralrs", none)
    }
}

/// Looks through the responses that have come for an error.
fn check(responses: &mut tokio::sync::mpsc::Receiver<Response>) -> Result<(), Error> {
    while let Ok(response) = responses.try_recv() {
        if let Err(error) = response.as_result() {
            return Err(match *error {
                ResponseErr::ValidationError(e) => {
                    Error::new(ErrorKind::InvalidRequest, format!("mistral.rs refused: {e}."))
                }
                ResponseErr::InternalError(e) => stopped(&e.to_string()),
                ResponseErr::ModelError(e, _) | ResponseErr::CompletionModelError(e, _) => {
                    stopped(&e)
                }
            });
        }
    }
    Ok(())
}

fn stopped(why: &str) -> Error {
    let why: String = why.lines().next().unwrap_or_default().chars().take(200).collect();
    // It looks at the shapes of a file's tensors only when it multiplies them.
    let (kind, advice) = if why.contains("shape mismatch") {
        (ErrorKind::ModelFile, "The model file may be damaged; fetch it again or choose another")
    } else {
        (ErrorKind::Internal, "Ask again, or choose another model")
    };
    Error::new(kind, format!("mistral.rs could not go on: {why}. {advice}."))
}

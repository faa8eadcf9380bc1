//! mistral.rs, used for its forward pass: architectures that `cpu` does not know.
//!
//! The prompt is rendered and tokenised here and the next token is chosen here, inside the hook
//! that mistral.rs offers for logits: its 0.8.1 has one rule set for every BPE vocabulary, renders
//! templates without bounds, and reports log10 of a raw logit as a log-probability. So the text,
//! its seed and its scores mean the same in both backends.

mod choose;
mod load;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use hearth_chat::{
    Confidence, Error, ErrorKind, Event, Finish, Outcome, PieceToken, Request, Speculation,
    SpeculationOff, Timing, TokenOrigin, TokenScore, Usage,
};
use hearth_engine_process::Backend;
use hearth_text::grammar::Grammars;
use hearth_text::prompt;
use hearth_text::stop::Answer;
use hearth_text::template::ChatTemplate;
use hearth_text::tokenizer::Tokenizer;
use mistralrs::{
    Constraint, Model, NormalRequest, RequestMessage, Response, SamplingParams, core::ResponseErr,
};
use tokio::runtime::Runtime;

use self::choose::{Choice, Chooser};
pub use load::load;

/// How long to wait for a token before looking whether there will be one.
const TICK: Duration = Duration::from_millis(20);

/// Responses that may wait to be looked at; one comes with each token.
const BACKLOG: usize = 1024;

struct Mistralrs {
    model: Model,
    /// Keeps the loader's tasks alive.
    _runtime: Runtime,
    tokenizer: Arc<Tokenizer>,
    template: Arc<ChatTemplate>,
    /// Made when the first grammar is asked for.
    grammars: Option<Grammars>,
    context_length: u32,
}

impl Backend for Mistralrs {
    fn name(&self) -> &'static str {
        "mistralrs"
    }

    fn generate(
        &mut self,
        request: &Request,
        cancelled: &AtomicBool,
        emit: &mut dyn FnMut(Event),
    ) -> Result<Outcome, Error> {
        let began = Instant::now();
        let prompt = prompt::tokens(&self.template, &self.tokenizer, &request.messages)?;
        let limit = self.answer_limit(prompt.len(), request.sampling.max_tokens)?;
        let total = prompt.len() as u32;
        emit(Event::Prefill { done: 0, total });

        let (chosen, choices) = mpsc::channel();
        let ended = Arc::new(AtomicBool::new(false));
        let chooser = self.chooser(request, &prompt, chosen, ended.clone())?;
        let prefill = Instant::now();
        let responses = self.send(prompt, limit, chooser)?;
        let mut answer = Reading {
            tokenizer: &self.tokenizer,
            text: Answer::new(self.stops(request)),
            prompt_tokens: total,
            limit,
            scores: Vec::new(),
            first: None,
            last: began,
        };
        let finish = answer.read(choices, responses, cancelled, emit);
        // Whatever is still under way ends at its next token.
        ended.store(true, Ordering::Relaxed);
        Ok(answer.outcome(finish?, began, prefill))
    }
}

impl Mistralrs {
    /// Tokens that the answer may have.
    fn answer_limit(&self, prompt: usize, asked: Option<u32>) -> Result<u32, Error> {
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
        Ok(asked.map_or(left, |asked| asked.min(left)))
    }

    /// The request's stop strings, and the template's own.
    fn stops(&self, request: &Request) -> Vec<String> {
        let own = self.template.stops().iter().map(|stop| stop.to_string());
        request.sampling.stop.iter().cloned().chain(own).collect()
    }

    fn chooser(
        &mut self,
        request: &Request,
        prompt: &[u32],
        chosen: mpsc::Sender<Result<Choice, Error>>,
        ended: Arc<AtomicBool>,
    ) -> Result<Chooser, Error> {
        let constraint = match &request.sampling.grammar {
            None => None,
            Some(grammar) => {
                let grammars = match self.grammars.take() {
                    Some(grammars) => grammars,
                    None => Grammars::new(&self.tokenizer)?,
                };
                Some(self.grammars.insert(grammars).compile(grammar)?)
            }
        };
        Chooser::new(request, prompt, constraint, self.tokenizer.clone(), chosen, ended)
    }

    /// Hands the prompt over. The responses are only watched for errors: the tokens come from
    /// the chooser.
    fn send(
        &self,
        prompt: Vec<u32>,
        limit: u32,
        chooser: Chooser,
    ) -> Result<tokio::sync::mpsc::Receiver<Response>, Error> {
        let (response, responses) = tokio::sync::mpsc::channel(BACKLOG);
        let sampling = SamplingParams {
            temperature: Some(0.0),
            max_len: Some(limit as usize),
            // Without one it sorts the whole vocabulary for each token.
            ..SamplingParams::deterministic()
        };
        let request = NormalRequest {
            is_streaming: true,
            constraint: Constraint::None,
            logits_processors: Some(vec![Arc::new(chooser)]),
            ..NormalRequest::new_simple(
                RequestMessage::CompletionTokens(prompt),
                sampling,
                response,
                0,
                None,
                None,
            )
        };
        let sender = self.model.inner().get_sender(None).map_err(|e| stopped(&format!("{e:?}")))?;
        let request = mistralrs::Request::Normal(Box::new(request));
        sender.blocking_send(request).map_err(|_| stopped("its thread is gone"))?;
        Ok(responses)
    }
}

/// An answer as it is read.
struct Reading<'a> {
    tokenizer: &'a Tokenizer,
    text: Answer,
    prompt_tokens: u32,
    limit: u32,
    scores: Vec<TokenScore>,
    first: Option<Instant>,
    last: Instant,
}

impl Reading<'_> {
    fn read(
        &mut self,
        choices: Receiver<Result<Choice, Error>>,
        mut responses: tokio::sync::mpsc::Receiver<Response>,
        cancelled: &AtomicBool,
        emit: &mut dyn FnMut(Event),
    ) -> Result<Finish, Error> {
        let finish = loop {
            if self.limit == 0 {
                break Finish::Length;
            }
            if cancelled.load(Ordering::Relaxed) {
                break Finish::Cancelled;
            }
            let choice = match choices.recv_timeout(TICK) {
                Ok(choice) => choice?,
                Err(RecvTimeoutError::Timeout) => {
                    check(&mut responses)?;
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => {
                    check(&mut responses)?;
                    return Err(stopped("it dropped the request"));
                }
            };
            check(&mut responses)?;
            self.last = Instant::now();
            if self.first.is_none() {
                self.first = Some(self.last);
                emit(Event::Prefill { done: self.prompt_tokens, total: self.prompt_tokens });
            }
            if self.tokenizer.is_end(choice.token) {
                break Finish::Stop;
            }
            let last = choice.last;
            self.take(choice, emit);
            if self.text.is_stopped() || last {
                break Finish::Stop;
            }
            if self.scores.len() >= self.limit as usize {
                break Finish::Length;
            }
        };
        let rest = self.text.finish();
        if !rest.text.is_empty() || !rest.tokens.is_empty() {
            emit(Event::Text(rest));
        }
        Ok(finish)
    }

    fn take(&mut self, choice: Choice, emit: &mut dyn FnMut(Event)) {
        self.scores.push(choice.score);
        let token = PieceToken {
            text_bytes: 0,
            score: Some(choice.score),
            origin: TokenOrigin::Target,
            alternatives: choice.alternatives,
        };
        let piece = self.text.push(self.tokenizer, choice.token, token);
        if !piece.text.is_empty() || !piece.tokens.is_empty() {
            emit(Event::Text(piece));
        }
    }

    fn outcome(&self, finish: Finish, began: Instant, prefill: Instant) -> Outcome {
        let tokens = self.scores.len() as u32;
        let ttft = self.first.map(|first| first - began);
        let prefill = self.first.map(|first| (first - prefill).as_secs_f64());
        let decode = self.first.map(|first| (self.last - first).as_secs_f64());
        let rate = |count: u32, seconds: Option<f64>| {
            seconds.filter(|s| *s > 0.0 && count > 0).map(|s| f64::from(count) / s)
        };
        Outcome {
            finish,
            usage: Usage {
                prompt_tokens: self.prompt_tokens,
                completion_tokens: tokens,
                reused_tokens: 0,
            },
            timing: Timing {
                load_ms: None,
                ttft_ms: ttft.map(|t| t.as_secs_f64() * 1e3),
                prefill_tok_s: rate(self.prompt_tokens, prefill),
                decode_tok_s: rate(tokens.saturating_sub(1), decode),
            },
            confidence: Confidence::of(&self.scores),
            speculation: Some(Speculation {
                draft: None,
                drafted: 0,
                accepted: 0,
                mean_accepted: None,
                speedup_estimate: None,
                off_reason: Some(SpeculationOff::Backend),
            }),
            backend: "mistralrs".into(),
            peak_rss_bytes: None,
        }
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

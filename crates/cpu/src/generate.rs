//! From requests to answers: several at once share every pass over the weights.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

use hearth_chat::{
    Confidence, DraftChoice, Error, ErrorKind, Event, Finish, Outcome, Piece, PieceToken, Request,
    Speculation, SpeculationOff, Timing, TokenOrigin, TokenScore, Usage,
};

use crate::{
    grammar::{Constraint, Grammars},
    loaded::LoadedModel,
    memory,
    model::{Run, Wanted},
    sampler::{Sampler, Scores, likeliest},
    sequence::Sequence,
    stop::Answer,
    tokenizer::Tokenizer,
};

/// Prompt tokens computed between two looks at whether the user has cancelled.
const CHUNK: usize = 256;
/// Alternatives that a request can ask for, for each token.
const ALTERNATIVES: usize = 5;

impl LoadedModel {
    /// Answers one request. Emits `Prefill` and `Text`; the outcome is returned, not emitted.
    ///
    /// After `cancelled` is set, at most the pass under way is computed, and what was said so far
    /// is an outcome that ends with [`Finish::Cancelled`].
    pub fn generate(
        &mut self,
        request: &Request,
        cancelled: &AtomicBool,
        emit: &mut dyn FnMut(Event),
    ) -> Result<Outcome, Error> {
        let requests = std::slice::from_ref(request);
        self.generate_all(requests, cancelled, &mut |_, event| emit(event)).remove(0)
    }

    /// Answers several requests together; `emit` is told whose event it is. Each answer is the
    /// same as if it were alone.
    pub fn generate_all(
        &mut self,
        requests: &[Request],
        cancelled: &AtomicBool,
        emit: &mut dyn FnMut(usize, Event),
    ) -> Vec<Result<Outcome, Error>> {
        let mut results: Vec<Option<Result<Outcome, Error>>> =
            requests.iter().map(|_| None).collect();
        let mut active = Vec::new();
        for (index, request) in requests.iter().enumerate() {
            match self.begin(request) {
                Ok(answering) => active.push((index, answering)),
                Err(error) => results[index] = Some(Err(error)),
            }
        }
        loop {
            self.settle(&mut active, emit, &mut results);
            if active.is_empty() {
                break;
            }
            if cancelled.load(Ordering::Relaxed) {
                active.iter_mut().for_each(|(_, a)| a.finish = Some(Finish::Cancelled));
            } else {
                self.step(&mut active, emit, &mut results);
            }
        }
        results.into_iter().map(|result| result.expect("each request has ended")).collect()
    }

    /// Takes out the answers that have ended, and keeps what was computed for the next turn.
    fn settle(
        &mut self,
        active: &mut Vec<(usize, Answering<'_>)>,
        emit: &mut dyn FnMut(usize, Event),
        results: &mut [Option<Result<Outcome, Error>>],
    ) {
        active.retain_mut(|(index, answering)| {
            let Some(finish) = answering.finish else {
                return results[*index].is_none();
            };
            emit_text(answering.answer.finish(), *index, emit);
            results[*index] = Some(Ok(answering.outcome(finish)));
            let empty = Sequence::new(self.model.kv_shape());
            self.idle.keep(std::mem::replace(&mut answering.sequence, empty));
            false
        });
    }

    /// One pass over the weights: the next tokens of every answer, and the next piece of a prompt.
    fn step(
        &mut self,
        active: &mut [(usize, Answering<'_>)],
        emit: &mut dyn FnMut(usize, Event),
        results: &mut [Option<Result<Outcome, Error>>],
    ) {
        let mut room = CHUNK;
        let mut runs = Vec::new();
        for (_, answering) in active.iter_mut() {
            let now = answering.pending.len().min(room);
            room -= now;
            answering.computing = now;
            let whole = now == answering.pending.len();
            if now > 0 {
                runs.push(Run {
                    kv: &mut answering.sequence.kv,
                    tokens: &answering.pending[..now],
                    logits: if whole { Wanted::Last } else { Wanted::None },
                });
            }
        }
        let vocabulary = self.model.config.vocabulary;
        let mut rows = self.model.forward(&mut runs).chunks_exact(vocabulary);
        for (index, answering) in active.iter_mut().filter(|(_, a)| a.computing > 0) {
            answering.advance(*index, emit);
            if answering.pending.is_empty() {
                let logits = rows.next().expect("a row for each finished prompt");
                let logits = &logits[..self.tokenizer.vocab_size()];
                if let Err(error) = answering.choose(&self.tokenizer, logits, *index, emit) {
                    results[*index] = Some(Err(error));
                }
            }
        }
    }

    fn begin<'r>(&mut self, request: &'r Request) -> Result<Answering<'r>, Error> {
        let arrived = Instant::now();
        let prompt = self.template.render(&request.messages, &self.tokenizer)?;
        let prompt = self.tokenizer.encode_prompt(&prompt);
        if prompt.is_empty() {
            return Err(Error::new(ErrorKind::InvalidRequest, "There is nothing to answer."));
        }
        if prompt.len() >= self.context_length {
            let (long, most) = (prompt.len(), self.context_length);
            return Err(Error::new(
                ErrorKind::ContextLength,
                format!(
                    "The conversation is {long} tokens long and the model can hold {most}, its answer included. Shorten it, or start a new chat."
                ),
            ));
        }
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
        let mut sampler = Sampler::new(&request.sampling)?;
        prompt.iter().for_each(|token| sampler.see(*token));
        let sequence = self.idle.take(&prompt, self.model.kv_shape());
        let reused = sequence.tokens.len();
        let room = self.context_length - prompt.len();
        let asked = request.sampling.max_tokens.map_or(room, |n| n as usize);
        let stops = request.sampling.stop.iter().map(String::as_str);
        let stops = stops.chain(self.template.stops().iter().copied()).map(str::to_owned);
        Ok(Answering {
            request,
            sampler,
            constraint,
            answer: Answer::new(stops),
            pending: prompt[reused..].to_vec(),
            prompt_len: prompt.len(),
            reused,
            most: asked.min(room),
            sequence,
            computing: 0,
            scores: Vec::new(),
            finish: (asked == 0).then_some(Finish::Length),
            arrived,
            prefill_began: Instant::now(),
            first_token: None,
            last_token: None,
        })
    }
}

/// One request on its way.
struct Answering<'r> {
    request: &'r Request,
    sampler: Sampler,
    constraint: Option<Constraint>,
    answer: Answer,
    /// What the model has computed.
    sequence: Sequence,
    /// What it has to compute next: the rest of the prompt, then one token after the other.
    pending: Vec<u32>,
    /// How many of these are in the pass under way.
    computing: usize,
    prompt_len: usize,
    reused: usize,
    /// Tokens that the answer may have.
    most: usize,
    scores: Vec<TokenScore>,
    finish: Option<Finish>,
    arrived: Instant,
    prefill_began: Instant,
    first_token: Option<Instant>,
    last_token: Option<Instant>,
}

impl Answering<'_> {
    /// Counts in what a pass has computed.
    fn advance(&mut self, index: usize, emit: &mut dyn FnMut(usize, Event)) {
        self.sequence.tokens.extend(self.pending.drain(..self.computing));
        if self.first_token.is_none() {
            let (done, total) = (self.sequence.tokens.len() as u32, self.prompt_len as u32);
            emit(index, Event::Prefill { done, total });
        }
    }

    /// Draws the next token, and ends the answer where it ends.
    fn choose(
        &mut self,
        tokenizer: &Tokenizer,
        logits: &[f32],
        index: usize,
        emit: &mut dyn FnMut(usize, Event),
    ) -> Result<(), Error> {
        let allowed = self.constraint.as_mut().map(Constraint::allowed).transpose()?;
        let token = self.sampler.choose(logits, allowed.as_ref())?;
        self.last_token = Some(Instant::now());
        self.first_token = self.first_token.or(self.last_token);
        if tokenizer.is_end(token) {
            self.finish = Some(Finish::Stop);
            return Ok(());
        }
        if let Some(constraint) = &mut self.constraint {
            constraint.accept(token)?;
        }
        self.sampler.see(token);
        let scores = Scores::of(logits);
        let score = scores.of_token(logits, token);
        self.scores.push(score);
        let alternatives = if self.request.want_alternatives {
            let likeliest = likeliest(logits, &scores, ALTERNATIVES);
            likeliest.into_iter().map(|(id, p)| (tokenizer.token_text(id), p)).collect()
        } else {
            Vec::new()
        };
        let score = PieceToken {
            text_bytes: 0,
            score: Some(score),
            origin: TokenOrigin::Target,
            alternatives,
        };
        emit_text(self.answer.push(tokenizer, token, score), index, emit);
        let complete = self.constraint.as_ref().is_some_and(Constraint::is_complete);
        if self.answer.is_stopped() || complete {
            self.finish = Some(Finish::Stop);
        } else if self.scores.len() >= self.most {
            self.finish = Some(Finish::Length);
        }
        self.pending.push(token);
        Ok(())
    }

    fn outcome(&self, finish: Finish) -> Outcome {
        let completion = self.scores.len();
        let computed = self.sequence.tokens.len().min(self.prompt_len) - self.reused;
        let prefill = self.first_token.map(|first| (first - self.prefill_began).as_secs_f64());
        let decode = self.first_token.zip(self.last_token).map(|(a, b)| (b - a).as_secs_f64());
        let off_reason = match self.request.draft {
            DraftChoice::Automatic => None,
            DraftChoice::Off => Some(SpeculationOff::Disabled),
            DraftChoice::Model(_) | DraftChoice::Ngram => Some(SpeculationOff::NotBuilt),
        };
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
            speculation: off_reason.map(|reason| Speculation {
                draft: None,
                drafted: 0,
                accepted: 0,
                mean_accepted: None,
                speedup_estimate: None,
                off_reason: Some(reason),
            }),
            backend: "cpu".into(),
            peak_rss_bytes: memory::peak_rss_bytes(),
        }
    }
}

/// A piece is emitted when it has anything in it.
fn emit_text(piece: Piece, index: usize, emit: &mut dyn FnMut(usize, Event)) {
    if !piece.tokens.is_empty() || !piece.text.is_empty() {
        emit(index, Event::Text(piece));
    }
}

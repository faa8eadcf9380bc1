//! From requests to answers: several at once share every pass over the weights.

use std::{ops::RangeInclusive, time::Instant};

use hearth_chat::{Error, ErrorKind, Event, Outcome, Request, Signals};
use hearth_text::{
    generation::{Chooser, Generation},
    prompt,
};

use crate::{answering::Answering, loaded::LoadedModel, sequence::Sequence};

/// Prompt tokens computed between two looks at whether the user has cancelled: as many as this
/// machine computes in about [`PATIENCE`], within these bounds.
const CHUNK: RangeInclusive<usize> = 32..=256;

/// In seconds. Whoever pressed Stop waits for the chunk under way.
const PATIENCE: f64 = 1.0;

/// The first chunk, when it is not known yet how fast the model is.
pub(crate) const FIRST_CHUNK: usize = 64;

impl LoadedModel {
    /// Answers one request. Emits `Prefill` and `Text`; the outcome is returned, not emitted.
    ///
    /// After a [`Signals::cancel`], at most the pass under way is computed, and what was said so far
    /// is an outcome that ends with [`Finish::Cancelled`].
    pub fn generate(
        &mut self,
        request: &Request,
        signals: &Signals,
        emit: &mut dyn FnMut(Event),
    ) -> Result<Outcome, Error> {
        let requests = std::slice::from_ref(request);
        self.generate_all(requests, signals, &mut |_, event| emit(event)).remove(0)
    }

    /// Answers several requests together; `emit` is told whose event it is. Each answer is the
    /// same as if it were alone.
    pub fn generate_all(
        &mut self,
        requests: &[Request],
        signals: &Signals,
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
            if signals.is_cancelled() {
                active.iter_mut().for_each(|(_, a)| a.generation.cancel());
            } else {
                self.step(&mut active, signals, emit, &mut results);
            }
        }
        results.into_iter().map(|result| result.expect("each request has ended")).collect()
    }

    /// Takes out the answers that have ended, and keeps what was computed for the next turn.
    fn settle(
        &mut self,
        active: &mut Vec<(usize, Answering)>,
        emit: &mut dyn FnMut(usize, Event),
        results: &mut [Option<Result<Outcome, Error>>],
    ) {
        active.retain_mut(|(index, answering)| {
            let Some(finish) = answering.generation.finish() else {
                return results[*index].is_none();
            };
            answering.emit_rest(*index, emit);
            let speculation = self.speculator.report(&answering.drafting);
            results[*index] = Some(Ok(answering.outcome(finish, speculation)));
            self.keep(answering);
            false
        });
    }

    /// Keeps what was computed for an answer's conversation.
    fn keep(&mut self, answering: &mut Answering) {
        let empty = Sequence::new(self.model.kv_shape());
        self.idle.keep(std::mem::replace(&mut answering.sequence, empty));
        self.speculator.end(&mut answering.drafting);
    }

    /// One pass over the weights: the next tokens of every answer, those that were guessed ahead,
    /// and the next piece of a prompt.
    fn step(
        &mut self,
        active: &mut [(usize, Answering)],
        signals: &Signals,
        emit: &mut dyn FnMut(usize, Event),
        results: &mut [Option<Result<Outcome, Error>>],
    ) {
        let began = Instant::now();
        let only_decoding = active.iter().all(|(_, a)| a.is_decoding());
        let others = active.len() - 1;
        for (index, answering) in active.iter_mut().filter(|(_, a)| a.is_decoding()) {
            let guessed = answering.guess(&mut self.speculator, &self.tokenizer, others, signals);
            if let Err(error) = guessed {
                results[*index] = Some(Err(error));
            }
        }
        let mut room = self.chunk;
        let mut runs = Vec::new();
        let mut growing = 0;
        for (_, answering) in active.iter_mut() {
            let tokens = answering.sequence.tokens.len() + answering.pending.len().min(room);
            growing += self.model.kv_shape().bytes(tokens);
            let run = answering.run(&mut room);
            runs.extend((!run.tokens.is_empty()).then_some(run));
        }
        self.idle.make_room(growing);
        let passing = Instant::now();
        let vocabulary = self.model.plan.vocabulary;
        let mut logits = self.model.forward(&mut runs);
        let pass = passing.elapsed().as_secs_f64();
        let rows = logits.len() / vocabulary;
        if !only_decoding {
            let computed: usize = active.iter().map(|(_, a)| a.computing).sum();
            self.chunk = next_chunk(self.chunk, computed, pass);
        }
        for (index, answering) in active.iter_mut().filter(|(_, a)| a.computing > 0) {
            let (own, rest) = logits.split_at(answering.advance(*index, emit) * vocabulary);
            logits = rest;
            let own = own.chunks_exact(vocabulary).map(|row| &row[..self.tokenizer.vocab_size()]);
            match answering.choose_all(own, signals, *index, emit) {
                Ok(verdict) => self.speculator.learn(&mut answering.drafting, verdict),
                Err(error) => results[*index] = Some(Err(error)),
            }
        }
        if only_decoding {
            let mut drafting: Vec<_> = active.iter_mut().map(|(_, a)| &mut a.drafting).collect();
            self.speculator.time(&mut drafting, rows, pass, began.elapsed().as_secs_f64());
        }
    }

    fn begin(&mut self, request: &Request) -> Result<Answering, Error> {
        let arrived = Instant::now();
        let prompt =
            prompt::prepare(&self.template, &self.tokenizer, &request.messages, request.thinking)?;
        if prompt.tokens.is_empty() {
            return Err(Error::new(ErrorKind::InvalidRequest, "There is nothing to answer."));
        }
        if prompt.tokens.len() >= self.context_length {
            let (long, most) = (prompt.tokens.len(), self.context_length);
            return Err(Error::new(
                ErrorKind::ContextLength,
                format!(
                    "The conversation is {long} tokens long and the model can hold {most}, its answer included. Shorten it, or start a new chat."
                ),
            ));
        }
        let room = self.context_length - prompt.tokens.len();
        let tokenizer = self.tokenizer.clone();
        let chooser =
            Chooser::new(request, &prompt, room, &self.template, tokenizer, &mut self.grammars)?;
        let prompt = prompt.tokens;
        let sequence = self.idle.take(&prompt, self.model.kv_shape());
        let reused = sequence.tokens.len();
        let drafting = self.speculator.begin(&request.draft, &prompt);
        let generation = Generation::new(request, prompt.len(), reused, room, arrived);
        Ok(Answering {
            chooser,
            drafting,
            script: self.speculator.script(),
            pending: prompt[reused..].to_vec(),
            prompt_len: prompt.len(),
            sequence,
            computing: 0,
            generation,
        })
    }
}

/// The next chunk after one of so many rows in so many seconds. The end of a prompt says little.
fn next_chunk(now: usize, rows: usize, seconds: f64) -> usize {
    if rows < *CHUNK.start() {
        return now;
    }
    let in_time = rows as f64 / seconds * PATIENCE;
    (in_time as usize).clamp(*CHUNK.start(), *CHUNK.end())
}

#[cfg(test)]
mod tests {
    use super::next_chunk;

    #[test]
    fn a_chunk_takes_about_a_second_on_any_machine() {
        assert_eq!(next_chunk(64, 64, 0.1), 256, "a fast machine");
        assert_eq!(next_chunk(256, 256, 4.0), 64, "a slow one");
        assert_eq!(next_chunk(64, 64, 60.0), 32, "one that keeps no promise");
        assert_eq!(next_chunk(256, 7, 2.0), 256, "a prompt's end");
    }
}

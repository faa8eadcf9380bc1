//! From logits to an answer: which token comes next, what it adds to the text, and what came of all
//! of them.

mod chooser;
#[cfg(test)]
mod tests;

use std::time::Instant;

use hearth_chat::{
    Confidence, Finish, Outcome, Piece, PieceToken, Request, Speculation, Timing, TokenOrigin,
    TokenScore, Usage,
};

pub use chooser::{Choice, Chooser};

use crate::stop::DecodeStream;
use crate::template::ChatTemplate;
use crate::tokenizer::Tokenizer;

/// An answer as it grows, from its prompt to its outcome.
pub struct Generation {
    text: DecodeStream,
    usage: Usage,
    /// Tokens that the answer may have.
    limit: usize,
    scores: Vec<TokenScore>,
    finish: Option<Finish>,
    arrived: Instant,
    prefill_began: Instant,
    first_token: Option<Instant>,
    last_token: Option<Instant>,
}

impl Generation {
    /// `prompt` tokens are asked about, of which `reused` need not be computed, and the context has
    /// `room` for an answer. The request `arrived` before its prompt was written; computing begins
    /// now.
    pub fn new(
        request: &Request,
        template: &ChatTemplate,
        prompt: usize,
        reused: usize,
        room: usize,
        arrived: Instant,
    ) -> Self {
        let asked = request.sampling.max_tokens.map_or(room, |most| most as usize);
        let stops = request.sampling.stop.iter().map(String::as_str);
        let stops = stops.chain(template.stops().iter().copied()).map(str::to_owned);
        Self {
            text: DecodeStream::new(stops),
            usage: Usage {
                prompt_tokens: prompt as u32,
                completion_tokens: 0,
                reused_tokens: reused as u32,
            },
            limit: asked.min(room),
            scores: Vec::new(),
            finish: (asked == 0).then_some(Finish::Length),
            arrived,
            prefill_began: Instant::now(),
            first_token: None,
            last_token: None,
        }
    }

    /// Tokens that the answer may have.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Tokens that it has.
    pub fn tokens(&self) -> usize {
        self.scores.len()
    }

    /// Whether its prompt is computed and a token was chosen, if only one that ends it.
    pub fn has_begun(&self) -> bool {
        self.first_token.is_some()
    }

    /// Why it has ended; `None` while it goes on.
    pub fn finish(&self) -> Option<Finish> {
        self.finish
    }

    /// Ends it here, unless it has ended.
    pub fn cancel(&mut self) {
        self.finish.get_or_insert(Finish::Cancelled);
    }

    /// Adds what was chosen, `None` where that ends the answer. Returns what may be shown now, if
    /// that is anything.
    pub fn push(
        &mut self,
        tokenizer: &Tokenizer,
        choice: Option<Choice>,
        origin: TokenOrigin,
    ) -> Option<Piece> {
        self.last_token = Some(Instant::now());
        self.first_token = self.first_token.or(self.last_token);
        let Some(choice) = choice else {
            self.finish = Some(Finish::Stop);
            return None;
        };
        self.scores.push(choice.score);
        let token = PieceToken {
            text_bytes: 0,
            score: Some(choice.score),
            origin,
            alternatives: choice.alternatives,
        };
        let piece = self.text.push(tokenizer, choice.token, token);
        if self.text.is_stopped() || choice.completes {
            self.finish = Some(Finish::Stop);
        } else if self.scores.len() >= self.limit {
            self.finish = Some(Finish::Length);
        }
        shown(piece)
    }

    /// The text that was held back, once no more tokens come.
    pub fn rest(&mut self) -> Option<Piece> {
        shown(self.text.finish())
    }

    /// What the answer was; how much memory it took, the backend adds.
    pub fn outcome(&self, finish: Finish, backend: &str, speculation: Speculation) -> Outcome {
        let seconds = |from: Option<Instant>, to: Option<Instant>| {
            from.zip(to).map(|(from, to)| (to - from).as_secs_f64())
        };
        let first = self.first_token;
        let computed = self.usage.prompt_tokens - self.usage.reused_tokens;
        let after_first = self.scores.len().saturating_sub(1) as u32;
        Outcome {
            finish,
            usage: Usage { completion_tokens: self.scores.len() as u32, ..self.usage },
            timing: Timing {
                load_ms: None,
                ttft_ms: seconds(Some(self.arrived), first).map(|seconds| seconds * 1e3),
                prefill_tok_s: rate(computed, seconds(Some(self.prefill_began), first)),
                decode_tok_s: rate(after_first, seconds(first, self.last_token)),
            },
            confidence: Confidence::of(&self.scores),
            speculation: Some(speculation),
            backend: backend.into(),
            device: None,
            peak_rss_bytes: None,
        }
    }
}

fn shown(piece: Piece) -> Option<Piece> {
    (!piece.tokens.is_empty() || !piece.text.is_empty()).then_some(piece)
}

/// So many in so many seconds, where there was anything to measure.
fn rate(count: u32, seconds: Option<f64>) -> Option<f64> {
    seconds.filter(|seconds| *seconds > 0.0 && count > 0).map(|seconds| f64::from(count) / seconds)
}

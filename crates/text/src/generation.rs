//! From logits to an answer: which token comes next, what it adds to the text, and what came of all
//! of them.

mod chooser;
#[cfg(test)]
mod tests;

use std::time::Instant;

use hearth_chat::{
    Channel, Confidence, Finish, Outcome, Request, Speculation, Timing, TokenScore, Usage,
};

pub use chooser::{Choice, Chooser};

/// An answer as it grows, from its prompt to its outcome.
pub struct Generation {
    usage: Usage,
    /// Tokens that thought and answer may have together.
    room: usize,
    /// Tokens that the answer may have.
    limit: usize,
    /// Of the answer's tokens.
    scores: Vec<TokenScore>,
    thought_tokens: usize,
    finish: Option<Finish>,
    arrived: Instant,
    prefill_began: Instant,
    first_token: Option<Instant>,
    last_token: Option<Instant>,
    /// The first token of the thought and the last.
    thought: Option<(Instant, Instant)>,
}

impl Generation {
    /// `prompt` tokens are asked about, of which `reused` need not be computed, and the context has
    /// `room` for an answer. The request `arrived` before its prompt was written; computing begins
    /// now.
    pub fn new(
        request: &Request,
        prompt: usize,
        reused: usize,
        room: usize,
        arrived: Instant,
    ) -> Self {
        let asked = request.sampling.max_tokens.map_or(room, |most| most as usize);
        Self {
            usage: Usage {
                prompt_tokens: prompt as u32,
                reused_tokens: reused as u32,
                ..Usage::default()
            },
            room,
            limit: asked.min(room),
            scores: Vec::new(),
            thought_tokens: 0,
            finish: (asked == 0).then_some(Finish::Length),
            arrived,
            prefill_began: Instant::now(),
            first_token: None,
            last_token: None,
            thought: None,
        }
    }

    /// Tokens that may still come, if the next begins the answer or goes on with it.
    pub fn left(&self) -> usize {
        (self.limit - self.scores.len()).min(self.room - self.tokens())
    }

    /// Tokens that it has, those of its thought with them.
    pub fn tokens(&self) -> usize {
        self.thought_tokens + self.scores.len()
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

    /// Counts what was chosen, `None` where that ends the answer.
    pub fn push(&mut self, choice: Option<&Choice>) {
        let now = Instant::now();
        self.last_token = Some(now);
        self.first_token = self.first_token.or(self.last_token);
        let Some(choice) = choice else {
            self.finish = Some(Finish::Stop);
            return;
        };
        match choice.channel {
            Channel::Answer => self.scores.push(choice.score),
            Channel::Thought => {
                self.thought_tokens += 1;
                self.thought = Some((self.thought.map_or(now, |(first, _)| first), now));
            }
        }
        self.finish = choice.finish;
        if self.finish.is_none() && (self.scores.len() >= self.limit || self.tokens() >= self.room)
        {
            self.finish = Some(Finish::Length);
        }
    }

    /// What the answer was; how much memory it took, the backend adds.
    pub fn outcome(&self, finish: Finish, backend: &str, speculation: Speculation) -> Outcome {
        let seconds = |from: Option<Instant>, to: Option<Instant>| {
            from.zip(to).map(|(from, to)| (to - from).as_secs_f64())
        };
        let first = self.first_token;
        let computed = self.usage.prompt_tokens - self.usage.reused_tokens;
        let after_first = self.tokens().saturating_sub(1) as u32;
        Outcome {
            finish,
            usage: Usage {
                completion_tokens: self.tokens() as u32,
                thought_tokens: self.thought_tokens as u32,
                ..self.usage
            },
            timing: Timing {
                load_ms: None,
                ttft_ms: seconds(Some(self.arrived), first).map(|seconds| seconds * 1e3),
                prefill_tok_s: rate(computed, seconds(Some(self.prefill_began), first)),
                decode_tok_s: rate(after_first, seconds(first, self.last_token)),
                thought_ms: self.thought.map(|(from, to)| (to - from).as_secs_f64() * 1e3),
            },
            confidence: Confidence::of(&self.scores),
            speculation: Some(speculation),
            backend: backend.into(),
            device: None,
            peak_rss_bytes: None,
        }
    }
}

/// So many in so many seconds, where there was anything to measure.
fn rate(count: u32, seconds: Option<f64>) -> Option<f64> {
    seconds.filter(|seconds| *seconds > 0.0 && count > 0).map(|seconds| f64::from(count) / seconds)
}

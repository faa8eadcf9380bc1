//! What was measured of an answer from outside the engine, for answers that end early.

use std::time::Duration;

use hearth_chat::{Channel, Confidence, Piece, Timing, TokenScore, Usage};
use tokio::time::Instant;

/// Counts along while an answer streams.
pub(super) struct Tally {
    asked: Instant,
    first_token: Option<Instant>,
    last_token: Option<Instant>,
    prompt_tokens: Option<u32>,
    completion_tokens: u32,
    thought_tokens: u32,
    /// The first token of the thought and the last.
    thought: Option<(Instant, Instant)>,
    /// Of the answer; `None` once a token came without a score: a part is not the whole.
    scores: Option<Vec<TokenScore>>,
    loading: bool,
}

impl Tally {
    pub fn start(now: Instant) -> Self {
        Self {
            asked: now,
            first_token: None,
            last_token: None,
            prompt_tokens: None,
            completion_tokens: 0,
            thought_tokens: 0,
            thought: None,
            scores: Some(Vec::new()),
            loading: false,
        }
    }

    pub fn loading(&mut self) {
        self.loading = true;
    }

    pub fn prefill(&mut self, total: u32) {
        self.prompt_tokens = Some(total);
    }

    pub fn piece(&mut self, piece: &Piece, now: Instant) {
        self.completion_tokens += piece.tokens.len() as u32;
        self.first_token.get_or_insert(now);
        self.last_token = Some(now);
        if piece.channel == Channel::Thought {
            self.thought_tokens += piece.tokens.len() as u32;
            self.thought = Some((self.thought.map_or(now, |(first, _)| first), now));
            return;
        }
        for token in &piece.tokens {
            match (&mut self.scores, token.score) {
                (Some(scores), Some(score)) => scores.push(score),
                _ => self.scores = None,
            }
        }
    }

    /// `None` where the length of the prompt never became known.
    pub fn usage(&self) -> Option<Usage> {
        Some(Usage {
            prompt_tokens: self.prompt_tokens?,
            completion_tokens: self.completion_tokens,
            thought_tokens: self.thought_tokens,
            reused_tokens: 0,
        })
    }

    /// The time to the first token is left out when it contains loading.
    pub fn timing(&self) -> Option<Timing> {
        let (first, last) = self.first_token.zip(self.last_token)?;
        Some(Timing {
            load_ms: None,
            ttft_ms: (!self.loading).then(|| (first - self.asked).as_secs_f64() * 1e3),
            prefill_tok_s: None,
            decode_tok_s: rate(self.completion_tokens, last - first),
            thought_ms: self.thought.map(|(from, to)| (to - from).as_secs_f64() * 1e3),
        })
    }

    pub fn confidence(&self) -> Option<Confidence> {
        self.scores.as_deref().and_then(Confidence::of)
    }
}

/// Tokens after the first, per second; `None` where there is too little to measure.
fn rate(tokens: u32, time: Duration) -> Option<f64> {
    (tokens > 1 && !time.is_zero()).then(|| f64::from(tokens - 1) / time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use hearth_chat::{PieceToken, TokenOrigin};

    use super::*;

    fn piece(logprob: Option<f32>) -> Piece {
        let score = logprob.map(|logprob| TokenScore { logprob, entropy: 0.5 });
        let token =
            PieceToken { text_bytes: 1, score, origin: TokenOrigin::Target, alternatives: vec![] };
        Piece::answer("a", vec![token])
    }

    #[test]
    fn an_answer_cut_short_has_the_figures_that_were_measured() {
        let start = Instant::now();
        let mut tally = Tally::start(start);
        tally.prefill(12);
        for (ms, logprob) in [(100, -1.0), (150, -2.0), (200, -3.0)] {
            tally.piece(&piece(Some(logprob)), start + Duration::from_millis(ms));
        }
        let usage = tally.usage().unwrap();
        assert_eq!((usage.prompt_tokens, usage.completion_tokens), (12, 3));
        let timing = tally.timing().unwrap();
        assert_eq!((timing.ttft_ms, timing.decode_tok_s), (Some(100.0), Some(20.0)));
        assert_eq!(tally.confidence().unwrap().mean_logprob, -2.0);
    }

    #[test]
    fn what_was_not_measured_is_not_claimed() {
        let mut tally = Tally::start(Instant::now());
        assert_eq!((tally.usage(), tally.timing(), tally.confidence()), (None, None, None));
        tally.loading();
        tally.piece(&piece(Some(-1.0)), Instant::now());
        tally.piece(&piece(None), Instant::now());
        assert_eq!(tally.confidence(), None, "one token had no score");
        assert_eq!(tally.timing().unwrap().ttft_ms, None, "it contains loading");
    }
}

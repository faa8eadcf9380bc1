//! Joins the pieces of a stream, so that the window draws at most 30 times a second.

use std::time::Duration;

use hearth_chat::{Channel, Piece};
use tokio::time::Instant;

use crate::api::TokenMark;

/// Shortest time between two [`crate::api::ChatEvent::Text`].
const INTERVAL: Duration = Duration::from_millis(34);

/// Text that has come and is not shown yet.
#[derive(Default)]
pub(super) struct Coalesced {
    waiting: Shown,
    last_shown: Option<Instant>,
}

/// What is shown at once: first the thought, then the answer.
#[derive(Default)]
pub(super) struct Shown {
    pub thought: String,
    pub text: String,
    pub tokens: Vec<TokenMark>,
}

impl Coalesced {
    pub fn push(&mut self, piece: &Piece) {
        match piece.channel {
            Channel::Thought => self.waiting.thought.push_str(&piece.text),
            Channel::Answer => {
                self.waiting.text.push_str(&piece.text);
                self.waiting.tokens.extend(marks(piece));
            }
        }
    }

    /// When what waits may be shown; `None` when nothing waits. The first piece need not wait.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let Shown { thought, text, tokens } = &self.waiting;
        let waits = !(thought.is_empty() && text.is_empty() && tokens.is_empty());
        waits.then(|| self.last_shown.map_or(now, |shown| (shown + INTERVAL).max(now)))
    }

    /// Everything that waits; `None` when there is nothing.
    pub fn take(&mut self, now: Instant) -> Option<Shown> {
        self.due(now)?;
        self.last_shown = Some(now);
        Some(std::mem::take(&mut self.waiting))
    }
}

/// The piece's tokens with their lengths as JavaScript counts them. Together they cover the
/// whole text, whatever byte counts the engine claims.
pub(super) fn marks(piece: &Piece) -> Vec<TokenMark> {
    let mut rest = piece.text.as_str();
    let last = piece.tokens.len().saturating_sub(1);
    piece
        .tokens
        .iter()
        .enumerate()
        .map(|(i, token)| {
            let bytes = if i == last { rest.len() } else { token.text_bytes as usize };
            let (text, after) = rest.split_at(rest.floor_char_boundary(bytes));
            rest = after;
            TokenMark {
                length: text.encode_utf16().count() as u32,
                origin: token.origin,
                logprob: token.score.map(|score| score.logprob),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use hearth_chat::{PieceToken, TokenOrigin};

    use super::*;

    fn piece(text: &str, bytes: &[u32]) -> Piece {
        let token = |&text_bytes| PieceToken {
            text_bytes,
            score: None,
            origin: TokenOrigin::Target,
            alternatives: Vec::new(),
        };
        Piece::answer(text, bytes.iter().map(token).collect())
    }

    #[test]
    fn a_second_of_fast_tokens_is_at_most_thirty_events() {
        let start = Instant::now();
        let mut coalesced = Coalesced::default();
        let (mut shown, mut text) = (0, String::new());
        for ms in 0..1000 {
            let now = start + Duration::from_millis(ms);
            coalesced.push(&piece("ab", &[2]));
            if coalesced.due(now) == Some(now) {
                text += &coalesced.take(now).unwrap().text;
                shown += 1;
            }
        }
        text += &coalesced.take(start + Duration::from_secs(2)).unwrap().text;
        assert!((25..=30).contains(&shown), "{shown}");
        assert_eq!(text, "ab".repeat(1000));
    }

    #[test]
    fn the_first_text_is_shown_at_once() {
        let mut coalesced = Coalesced::default();
        let now = Instant::now();
        assert_eq!(coalesced.due(now), None);
        coalesced.push(&piece("Hi", &[2]));
        assert_eq!(coalesced.due(now), Some(now));
    }

    #[test]
    fn token_lengths_are_utf16_units_and_cover_the_text() {
        let lengths = |piece: &Piece| marks(piece).iter().map(|m| m.length).collect::<Vec<_>>();
        assert_eq!(lengths(&piece("aé🙂b", &[1, 2, 4, 1])), [1, 1, 2, 1]);
        assert_eq!(lengths(&piece("🙂b", &[2, 2, 1])), [0, 0, 3], "a count inside a character");
        assert_eq!(lengths(&piece("ab", &[9, 9])), [2, 0], "counts past the end");
        assert_eq!(lengths(&piece("ab", &[0, 0])), [0, 2], "counts that cover nothing");
    }
}

//! From tokens to what a person sees: text in whole characters, ended before a stop string.

use std::collections::VecDeque;

use hearth_chat::{Piece, PieceToken};

use crate::tokenizer::{Decoder, Tokenizer};

/// The text of an answer as it grows. Tokens go in; what may be shown comes out, which can be later: text that
/// could become a stop string is held back until it does or cannot any more.
pub struct DecodeStream {
    decoder: Decoder,
    stops: Vec<String>,
    /// Text that has not been released, which the tokens below add up to.
    held: String,
    tokens: VecDeque<PieceToken>,
    stopped: bool,
}

impl DecodeStream {
    pub fn new(stops: impl IntoIterator<Item = String>) -> Self {
        Self {
            decoder: Decoder::new(),
            stops: stops.into_iter().filter(|stop| !stop.is_empty()).collect(),
            held: String::new(),
            tokens: VecDeque::new(),
            stopped: false,
        }
    }

    /// Adds a token, whose `text_bytes` are filled in here, and returns what may be shown now.
    pub fn push(&mut self, tokenizer: &Tokenizer, id: u32, token: PieceToken) -> Piece {
        let text = self.decoder.push(tokenizer, id);
        self.add(&text, token);
        match self.stops.iter().filter_map(|stop| self.held.find(stop)).min() {
            Some(end) => {
                self.stopped = true;
                self.cut(end)
            }
            None => self.release(self.held.len() - self.possible_stop()),
        }
    }

    /// Whether a stop string was met: the answer has ended before it.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Everything that is left, when no more tokens come. Half a character is not text.
    pub fn finish(&mut self) -> Piece {
        self.release(self.held.len())
    }

    fn add(&mut self, text: &str, token: PieceToken) {
        self.held.push_str(text);
        self.tokens.push_back(PieceToken { text_bytes: text.len() as u32, ..token });
    }

    /// Bytes at the end of the held text that a stop string could begin with.
    fn possible_stop(&self) -> usize {
        let begins = |stop: &str| {
            let ends = self.held.char_indices().map(|(at, _)| &self.held[at..]);
            ends.filter(|end| end.len() < stop.len())
                .find(|end| stop.starts_with(end))
                .map(str::len)
        };
        self.stops.iter().filter_map(|stop| begins(stop)).max().unwrap_or(0)
    }

    /// Releases the tokens that end within the first `bytes` of the held text.
    fn release(&mut self, bytes: usize) -> Piece {
        let mut end = 0;
        let mut tokens = Vec::new();
        while let Some(next) = self.tokens.front()
            && end + next.text_bytes as usize <= bytes
        {
            end += next.text_bytes as usize;
            tokens.extend(self.tokens.pop_front());
        }
        let held = self.held.split_off(end);
        Piece { text: std::mem::replace(&mut self.held, held), tokens }
    }

    /// Ends the text at `end`: the tokens of the stop string were made, but add nothing.
    fn cut(&mut self, end: usize) -> Piece {
        self.held.truncate(end);
        let mut left = end as u32;
        for token in &mut self.tokens {
            token.text_bytes = token.text_bytes.min(left);
            left -= token.text_bytes;
        }
        self.release(end)
    }
}

#[cfg(test)]
mod tests;

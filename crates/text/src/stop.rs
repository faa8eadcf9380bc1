//! From tokens to what a person sees: the thought apart from the answer, in whole characters, ended
//! before a stop string.

use std::collections::VecDeque;

use hearth_chat::{Channel, Piece, PieceToken};

use crate::thinking::{Marking, Stage, WRAPPERS};
use crate::tokenizer::{Decoder, Tokenizer};

/// What a model says as it grows. Tokens go in; what may be shown comes out, which can be later: text that
/// could become a mark or a stop string is held back until it does or cannot any more.
pub struct DecodeStream {
    decoder: Decoder,
    marking: &'static Marking,
    /// Blanks before the first word may be before a mark.
    thinks: bool,
    stage: Stage,
    /// What the answer began with and is to end with, if it is set in something.
    wrapper: Option<&'static str>,
    /// Bind the answer only.
    stops: Vec<String>,
    /// Text that has not been released, which the tokens below add up to, and blanks before it whose
    /// tokens were told: they are the next token's.
    held: String,
    owed: usize,
    tokens: VecDeque<PieceToken>,
    /// Blanks are left out until a word comes: they belong to a mark.
    skips_blanks: bool,
    stopped: bool,
}

impl DecodeStream {
    /// `stage` is where the prompt ended; the model `thinks` as far as its file tells.
    pub fn new(
        stops: impl IntoIterator<Item = String>,
        marking: &'static Marking,
        thinks: bool,
        stage: Stage,
    ) -> Self {
        Self {
            decoder: Decoder::new(),
            marking,
            thinks,
            stage,
            wrapper: None,
            stops: stops.into_iter().filter(|stop| !stop.is_empty()).collect(),
            held: String::new(),
            owed: 0,
            tokens: VecDeque::new(),
            skips_blanks: matches!(stage, Stage::Thought | Stage::Between),
            stopped: false,
        }
    }

    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Adds a token, whose `text_bytes` are filled in here, and returns what may be shown now.
    pub fn push(&mut self, tokenizer: &Tokenizer, id: u32, token: PieceToken) -> Vec<Piece> {
        let mut text = self.decoder.push(tokenizer, id);
        if tokenizer.token_bytes(id).is_empty() {
            let name = tokenizer.token_text(id);
            text.extend(self.marking.has(&name).then_some(name));
        }
        self.held.push_str(&text);
        let bytes = std::mem::take(&mut self.owed) + text.len();
        self.tokens.push_back(PieceToken { text_bytes: bytes as u32, ..token });
        let mut pieces = Vec::new();
        while self.go_on(&mut pieces) {}
        pieces
    }

    /// Whether a stop string was met: the answer has ended before it.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Everything that is left, when no more tokens come. Half a character is not text.
    pub fn finish(&mut self) -> Option<Piece> {
        // Blanks that nothing came after are no text.
        if self.stage == Stage::Thought || self.skips_blanks || self.owed > 0 {
            self.held.truncate(self.held.trim_end().len());
        }
        let all = self.held.len();
        shown(self.release(all))
    }

    /// Takes a step; `false` where it needs more tokens for the next.
    fn go_on(&mut self, pieces: &mut Vec<Piece>) -> bool {
        if self.skips_blanks {
            let blanks = self.held.len() - self.held.trim_start().len();
            self.drop_text(blanks, pieces);
            self.skips_blanks = self.held.is_empty();
        }
        match self.stage {
            Stage::Start | Stage::Between => self.begin(pieces),
            Stage::Thought => self.think(pieces),
            Stage::Answer => self.answer(pieces),
        }
    }

    /// Looks whether a mark comes before the first word.
    fn begin(&mut self, pieces: &mut Vec<Piece>) -> bool {
        let text = self.held.trim_start();
        let blanks = self.held.len() - text.len();
        let marks =
            self.marking.begins.iter().map(|(mark, channel)| (*mark, Stage::after(*channel)));
        let wrappers = WRAPPERS.iter().map(|(mark, _)| (*mark, Stage::Answer));
        let wrappers = wrappers.filter(|_| self.stage == Stage::Between);
        let possible: Vec<_> = marks.chain(wrappers).collect();
        let found = possible.iter().find(|(mark, _)| text.starts_with(mark)).copied();
        let stops = self.stops.iter().any(|stop| self.held.contains(stop.as_str()));
        if let Some((mark, stage)) = found {
            let wrapper = WRAPPERS.iter().find(|(open, _)| *open == mark);
            self.wrapper = wrapper.map(|(_, close)| *close);
            self.change(blanks + mark.len(), stage, pieces);
            return true;
        }
        if !stops && (text.is_empty() || possible.iter().any(|(mark, _)| mark.starts_with(text))) {
            match self.thinks || self.stage == Stage::Between {
                true => self.owe_blanks(pieces),
                false => pieces.extend(shown(self.release_whole(blanks))),
            }
            return false;
        }
        self.stage = Stage::Answer;
        true
    }

    fn think(&mut self, pieces: &mut Vec<Piece>) -> bool {
        let marks = self.marking.in_thought;
        if let Some((at, mark, channel)) = first_of(marks, &self.held) {
            let words = self.held[..at].trim_end().len();
            pieces.extend(shown(self.release(words)));
            self.change(at - words + mark.len(), Stage::after(channel), pieces);
            return true;
        }
        let certain =
            self.held.len() - could_begin(marks.iter().map(|(mark, _)| *mark), &self.held);
        let words = self.held[..certain].trim_end().len();
        pieces.extend(shown(self.release_whole(words)));
        self.owe_blanks(pieces);
        false
    }

    fn answer(&mut self, pieces: &mut Vec<Piece>) -> bool {
        let stop = self.stops.iter().filter_map(|stop| self.held.find(stop)).min();
        let close = self.wrapper.and_then(|close| Some((self.held.find(close)?, close)));
        let close = close.map(|(at, close)| (at, close, Stage::Answer));
        let mark = first_of(self.marking.in_answer, &self.held)
            .map(|(at, mark, channel)| (at, mark, Stage::after(channel)));
        let mark = mark.into_iter().chain(close).min_by_key(|(at, ..)| *at);
        if let Some(end) = stop.filter(|end| mark.is_none_or(|(at, ..)| *end < at)) {
            self.stopped = true;
            pieces.extend(shown(self.cut(end)));
            return false;
        }
        if let Some((at, mark, stage)) = mark {
            pieces.extend(shown(self.release(at)));
            self.change(mark.len(), stage, pieces);
            return true;
        }
        let marks = self.marking.in_answer.iter().map(|(mark, _)| *mark);
        let texts = self.stops.iter().map(String::as_str).chain(marks).chain(self.wrapper);
        let certain = self.held.len() - could_begin(texts, &self.held);
        pieces.extend(shown(self.release_whole(certain)));
        false
    }

    /// Leaves the mark out that the first `bytes` of the held text are, and goes on as it says.
    fn change(&mut self, bytes: usize, stage: Stage, pieces: &mut Vec<Piece>) {
        // A mark between is the thought's, whichever side it is on.
        let answers = self.stage == Stage::Answer && stage == Stage::Answer;
        self.stage = if answers { Stage::Answer } else { Stage::Thought };
        self.drop_text(bytes, pieces);
        self.stage = stage;
        self.skips_blanks = !answers;
    }

    /// Drops text whose tokens were made, but add nothing.
    fn drop_text(&mut self, bytes: usize, pieces: &mut Vec<Piece>) {
        let mut dropped = self.release(bytes);
        dropped.text.clear();
        dropped.tokens.iter_mut().for_each(|token| token.text_bytes = 0);
        pieces.extend(shown(dropped));
    }

    /// Tells of the tokens of blanks, which may be a mark's or not: whoever reads along is to see that
    /// something comes.
    fn owe_blanks(&mut self, pieces: &mut Vec<Piece>) {
        if self.held.trim_start().is_empty() {
            let blanks = self.held.clone();
            self.owed = blanks.len();
            self.drop_text(blanks.len(), pieces);
            self.held = blanks;
        }
    }

    fn channel(&self) -> Channel {
        match self.stage {
            Stage::Thought => Channel::Thought,
            Stage::Start | Stage::Between | Stage::Answer => Channel::Answer,
        }
    }

    /// Releases the tokens that end within the first `bytes` of the held text.
    fn release_whole(&mut self, bytes: usize) -> Piece {
        let mut end = 0;
        for token in &self.tokens {
            let next = end + token.text_bytes as usize;
            if next > bytes {
                break;
            }
            end = next;
        }
        self.release(end)
    }

    /// Releases the first `bytes` of the held text. A token of which that is a part only is there
    /// twice: what it adds now and what it adds later.
    fn release(&mut self, bytes: usize) -> Piece {
        let mut left = bytes as u32;
        let mut tokens = Vec::new();
        while let Some(next) = self.tokens.front_mut() {
            if next.text_bytes > left {
                if left > 0 {
                    tokens.push(PieceToken { text_bytes: left, ..next.clone() });
                    next.text_bytes -= left;
                }
                break;
            }
            left -= next.text_bytes;
            tokens.extend(self.tokens.pop_front());
        }
        let held = self.held.split_off(bytes);
        let text = std::mem::replace(&mut self.held, held);
        Piece { channel: self.channel(), text, tokens }
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

fn shown(piece: Piece) -> Option<Piece> {
    (!piece.tokens.is_empty() || !piece.text.is_empty()).then_some(piece)
}

/// The mark that comes first, and where.
fn first_of(
    marks: &'static [(&'static str, Channel)],
    text: &str,
) -> Option<(usize, &'static str, Channel)> {
    let found =
        marks.iter().filter_map(|(mark, channel)| Some((text.find(mark)?, *mark, *channel)));
    found.min_by_key(|(at, ..)| *at)
}

/// Bytes at the end of the text that one of these could begin with.
fn could_begin<'a>(texts: impl Iterator<Item = &'a str>, held: &str) -> usize {
    let begins = |text: &str| {
        let ends = held.char_indices().map(|(at, _)| &held[at..]);
        ends.filter(|end| end.len() < text.len()).find(|end| text.starts_with(end)).map(str::len)
    };
    texts.filter_map(begins).max().unwrap_or(0)
}

#[cfg(test)]
mod tests;

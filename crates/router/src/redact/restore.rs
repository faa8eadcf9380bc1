//! Placeholders in a text that a model wrote: it may change their case or escape them for Markdown.

use super::{Kind, Vault};

/// Longer than any placeholder, escaped: what is held back of a stream is less than this.
const LONGEST: usize = 40;

pub(super) struct Placeholder {
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
    pub number: u32,
}

/// `[[WORD_1]]`, also as `\[\[word\_1\]\]`.
pub(super) fn placeholders(text: &str) -> impl Iterator<Item = Placeholder> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(found) = text[at..].find(['[', '\\']) {
            let start = at + found;
            match parse(&text[start..]) {
                Some((length, kind, number)) => {
                    at = start + length;
                    return Some(Placeholder { start, end: at, kind, number });
                }
                None => at = start + 1,
            }
        }
        None
    })
}

/// The length, kind and number of the placeholder that `text` begins with. Its signs are escaped
/// all or none: a backslash that merely stands before one belongs to the text.
fn parse(text: &str) -> Option<(usize, Kind, u32)> {
    let [open, low, close] =
        if text.starts_with('\\') { ["\\[\\[", "\\_", "\\]\\]"] } else { ["[[", "_", "]]"] };
    let rest = text.strip_prefix(open)?;
    let (word, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_alphabetic())?);
    let rest = rest.strip_prefix(low)?;
    let (number, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
    let rest = rest.strip_prefix(close)?;
    Some((text.len() - rest.len(), Kind::from_word(word)?, number.parse().ok()?))
}

/// Restores a stream: what could be the beginning of a placeholder waits for its end.
pub struct Restorer<'a> {
    vault: &'a Vault,
    held: String,
}

impl<'a> Restorer<'a> {
    pub fn new(vault: &'a Vault) -> Self {
        Self { vault, held: String::new() }
    }

    /// More of the answer; returns what can be shown now.
    pub fn push(&mut self, more: &str) -> String {
        self.held.push_str(more);
        let safe = self.held.len() - self.unfinished();
        let rest = self.held.split_off(safe);
        let shown = std::mem::replace(&mut self.held, rest);
        self.vault.restore(&shown)
    }

    /// What was still held back when the answer ended.
    pub fn finish(self) -> String {
        self.vault.restore(&self.held)
    }

    /// Bytes at the end that may grow into a placeholder.
    fn unfinished(&self) -> usize {
        let text = &self.held;
        let from =
            (0..=text.len().saturating_sub(LONGEST)).rev().find(|at| text.is_char_boundary(*at));
        let tail = &text[from.unwrap_or(0)..];
        let begins = tail.char_indices().find(|(at, c)| {
            let rest = &tail[*at..];
            matches!(c, '[' | '\\') && parse(rest).is_none() && could_begin(rest)
        });
        begins.map_or(0, |(at, _)| tail.len() - at)
    }
}

fn could_begin(text: &str) -> bool {
    let plain = text.replace('\\', "");
    let Some(inner) = plain.strip_prefix("[[") else { return plain == "[" || plain.is_empty() };
    let body = inner.trim_end_matches(']');
    inner.len() - body.len() < 2 && body.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

use std::collections::HashMap;

use super::Problem;
use super::vocabulary::{Kind, Vocabulary};
use crate::thinking::Stage;

/// What a chat template wrote, ready for [`super::Tokenizer::encode_prompt`].
///
/// Messages stand in it with a private character, `guard`, inside each special token that they
/// spell out. So the tokenizer tells the template's `<|im_end|>` from a person's, while the text
/// stays one piece: merges across the border of a message are what they are without the guard,
/// and the template can trim and search messages as it likes.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    pub(crate) text: String,
    pub(crate) guard: char,
    /// Where the model begins.
    pub(crate) stage: Stage,
}

impl Prompt {
    /// The text as the model will see it.
    pub fn text(&self) -> String {
        self.text.replace(self.guard, "")
    }
}

/// A stretch of text, or a special token found in it.
#[derive(Debug, PartialEq)]
pub(super) enum Part<'a> {
    Text(&'a str),
    Token(u32),
}

/// Bytes of the longest token that is recognised as a whole, so that a step through a text never
/// looks at more of it. The longest in use are lines of markup and runs of spaces.
const LONGEST: usize = 256;

/// Bytes of all of them together. Vocabularies in use have some tens of thousands.
const MOST: usize = 1 << 20;

/// The tokens that are recognised as a whole: a tree whose steps are bytes, so that looking one up
/// takes no longer for a file that names a million.
pub(super) struct Specials {
    /// From a node by a byte to the next; 0 is where every token begins.
    steps: HashMap<(u32, u8), u32>,
    /// The token that ends at each node.
    ends: Vec<Option<Special>>,
    /// Whether a token begins with this byte.
    begins: [bool; 256],
}

#[derive(Clone, Copy)]
struct Special {
    id: u32,
    level: Level,
}

/// Whose text may spell a token out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// Plain text, such as a run of spaces or HTML's `<td>`: anyone's.
    Anyone,
    /// A marker without a say over turns, such as `<think>`: the template's and the model's own
    /// earlier answers', which contained it when they were made.
    Model,
    /// A control token: the template's only.
    Template,
}

impl Specials {
    /// Fails where the file names more than any vocabulary needs.
    pub fn of(vocabulary: &Vocabulary) -> Result<Self, Problem> {
        let mut specials = Self { steps: HashMap::new(), ends: vec![None], begins: [false; 256] };
        let mut bytes = 0;
        for id in vocabulary.specials() {
            let Ok(text) = std::str::from_utf8(vocabulary.bytes(id)) else { continue };
            let level = match vocabulary.kind(id) {
                Some(Kind::UserDefined) if looks_like_markup(text) && !is_html(text) => {
                    Level::Model
                }
                Some(Kind::UserDefined) => Level::Anyone,
                _ => Level::Template,
            };
            // Nothing fits inside a single character to guard it, so such a control token is
            // never taken from text.
            let guardable = level == Level::Anyone || text.chars().count() > 1;
            if !guardable || text.is_empty() || text.len() > LONGEST {
                continue;
            }
            bytes += text.len();
            if bytes > MOST {
                return Err(Problem::Broken(format!(
                    "its special tokens have more than {MOST} bytes of text"
                )));
            }
            specials.insert(text.as_bytes(), Special { id, level });
        }
        Ok(specials)
    }

    /// Where two have the same text, the one that fewer may spell out is meant.
    fn insert(&mut self, text: &[u8], special: Special) {
        self.begins[usize::from(text[0])] = true;
        let mut node = 0;
        for byte in text {
            node = *self.steps.entry((node, *byte)).or_insert_with(|| {
                self.ends.push(None);
                self.ends.len() as u32 - 1
            });
        }
        let end = &mut self.ends[node as usize];
        if end.is_none_or(|before| before.level < special.level) {
            *end = Some(special);
        }
    }

    /// Puts `guard` after the first character of every control token that a message spells out,
    /// and of every marker if `markers` too.
    pub fn guard(&self, text: &str, guard: char, markers: bool) -> String {
        let level = if markers { Level::Model } else { Level::Template };
        let mut out = String::with_capacity(text.len());
        for (at, c) in text.char_indices() {
            out.push(c);
            if self.at(&text.as_bytes()[at..], |found| found >= level).is_some() {
                out.push(guard);
            }
        }
        out
    }

    /// Cuts text at special tokens: all of them in a template's text, else only those that are
    /// plain text.
    pub fn cut<'a>(&self, text: &'a str, template: bool) -> Vec<Part<'a>> {
        let level = if template { Level::Template } else { Level::Anyone };
        let mut parts = Vec::new();
        let (mut start, mut at) = (0, 0);
        while at < text.len() {
            match self.at(&text.as_bytes()[at..], |found| found <= level) {
                Some((id, length)) => {
                    if start < at {
                        parts.push(Part::Text(&text[start..at]));
                    }
                    parts.push(Part::Token(id));
                    at += length;
                    start = at;
                }
                None => at += 1,
            }
        }
        if start < at {
            parts.push(Part::Text(&text[start..]));
        }
        parts
    }

    /// The longest token of a wanted level that the text begins with, and its length in bytes.
    fn at(&self, text: &[u8], wanted: impl Fn(Level) -> bool) -> Option<(u32, usize)> {
        if !self.begins[usize::from(text[0])] {
            return None;
        }
        let mut longest = None;
        let mut node = 0;
        for (before, byte) in text.iter().enumerate() {
            let Some(next) = self.steps.get(&(node, *byte)) else { break };
            node = *next;
            if let Some(special) = self.ends[node as usize].filter(|special| wanted(special.level))
            {
                longest = Some((special.id, before + 1));
            }
        }
        longest
    }
}

/// Elements that vocabularies have tokens for. They are of documents and say nothing to the model
/// about the conversation.
const HTML: &str = "a b blockquote body br caption code div em footer h1 h2 h3 h4 h5 h6 html i iframe \
                    img li ol p pre s span strong sub sup table tbody td tfoot th thead tr u ul";

fn is_html(text: &str) -> bool {
    let name = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    name.map(|name| name.strip_prefix('/').unwrap_or(name))
        .is_some_and(|name| HTML.split_whitespace().any(|element| element == name))
}

fn looks_like_markup(text: &str) -> bool {
    (text.starts_with('<') && text.ends_with('>')) || (text.starts_with('[') && text.ends_with(']'))
}

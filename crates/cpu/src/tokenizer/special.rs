use super::vocabulary::{Kind, Vocabulary};

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

/// The tokens that are recognised as a whole.
pub(super) struct Specials {
    /// Longest first, so that the first that matches is the longest.
    tokens: Vec<Special>,
    /// Whether a token begins with this byte.
    begins: [bool; 256],
}

struct Special {
    text: String,
    id: u32,
    level: Level,
}

/// Whose text may spell a token out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// Plain text, such as a run of spaces: anyone's.
    Anyone,
    /// A marker without a say over turns, such as `<think>`: the template's and the model's own
    /// earlier answers', which contained it when they were made.
    Model,
    /// A control token: the template's only.
    Template,
}

impl Specials {
    pub fn of(vocabulary: &Vocabulary) -> Self {
        let mut tokens: Vec<Special> = vocabulary
            .specials()
            .filter_map(|id| {
                let text = String::from_utf8(vocabulary.bytes(id).to_vec()).ok()?;
                let level = match vocabulary.kind(id) {
                    Some(Kind::UserDefined) if looks_like_markup(&text) => Level::Model,
                    Some(Kind::UserDefined) => Level::Anyone,
                    _ => Level::Template,
                };
                // Nothing fits inside a single character to guard it, so such a control token is
                // never taken from text.
                let guardable = level == Level::Anyone || text.chars().count() > 1;
                (guardable && !text.is_empty()).then_some(Special { text, id, level })
            })
            .collect();
        tokens.sort_by_key(|token| std::cmp::Reverse(token.text.len()));
        let mut begins = [false; 256];
        tokens.iter().for_each(|token| begins[usize::from(token.text.as_bytes()[0])] = true);
        Self { tokens, begins }
    }

    /// Puts `guard` after the first character of every control token that a message spells out,
    /// and of every marker if `markers` too.
    pub fn guard(&self, text: &str, guard: char, markers: bool) -> String {
        let level = if markers { Level::Model } else { Level::Template };
        let mut out = String::with_capacity(text.len());
        for (at, c) in text.char_indices() {
            out.push(c);
            if self.at(&text.as_bytes()[at..], |token| token.level >= level).is_some() {
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
            match self.at(&text.as_bytes()[at..], |token| token.level <= level) {
                Some(token) => {
                    if start < at {
                        parts.push(Part::Text(&text[start..at]));
                    }
                    parts.push(Part::Token(token.id));
                    at += token.text.len();
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

    fn at(&self, text: &[u8], wanted: impl Fn(&Special) -> bool) -> Option<&Special> {
        if !self.begins[usize::from(text[0])] {
            return None;
        }
        self.tokens.iter().find(|token| wanted(token) && text.starts_with(token.text.as_bytes()))
    }
}

fn looks_like_markup(text: &str) -> bool {
    (text.starts_with('<') && text.ends_with('>')) || (text.starts_with('[') && text.ends_with(']'))
}

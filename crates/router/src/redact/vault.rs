use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::detect::{detect_with, findings_with, mentions, normalised};
use super::{Kind, restore, secrets};
use crate::Findings;

/// A stretch of a text, as the preview shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "part")]
pub enum Part {
    Kept {
        text: String,
    },
    Replaced {
        original: String,
        placeholder: String,
        kind: Kind,
        /// False for what only looks like it.
        certain: bool,
    },
}

/// A text as it may leave, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redacted {
    pub text: String,
    /// The whole text, in order: the difference that the user sees.
    pub parts: Vec<Part>,
    /// In the text as it was written.
    pub found: Findings,
    /// In the text as it would leave.
    pub left: Findings,
}

/// What the placeholders of one conversation stand for. It is never stored: going through the
/// conversation's messages in order makes the same one again, so that a value has one placeholder
/// in all of its turns.
#[derive(Clone, Default)]
pub struct Vault {
    entries: Vec<Entry>,
    /// Texts of secrets, which may be repeated where nothing says what they are.
    secrets: Vec<String>,
    /// Numbers start behind this, so that two conversations cannot be matched by theirs.
    offset: u32,
}

#[derive(Clone)]
struct Entry {
    kind: Kind,
    number: u32,
    value: String,
}

impl Vault {
    /// `offset` should differ from conversation to conversation, and stay within one.
    pub fn new(offset: u32) -> Self {
        Self { offset: offset % 1000, ..Self::default() }
    }

    /// Remembers the secrets in `text`, so that they are replaced in every text from now on.
    pub fn learn_secrets(&mut self, text: &str) {
        for (start, end) in secrets::find(text) {
            let secret = &text[start..end];
            self.learn(secret);
            // In a list of settings, and before an `@`, it is a part of what stands there.
            if let Some((first, _)) = secret.split_once([',', ';', '&', '<', '>', '"', '\'', '`']) {
                self.learn(first);
            }
            if let Some((_, password)) = secret.split_once(':')
                && text[end..].starts_with('@')
            {
                self.learn(password);
            }
        }
    }

    fn learn(&mut self, secret: &str) {
        let long = secret.chars().count() >= 4;
        if long && !is_plain(secret) && self.secrets.iter().all(|known| known != secret) {
            self.secrets.push(secret.to_owned());
        }
    }

    /// Replaces everything that [`detect`](super::detect()) finds and every secret of this text and
    /// those before, except what `keep` names: values for which the user decided that they may
    /// leave. Secrets are replaced all the same.
    pub fn redact(&mut self, text: &str, terms: &[String], keep: &[String]) -> Redacted {
        self.learn_secrets(text);
        let found = findings_with(text, terms, &self.secrets);
        let mut redacted = Redacted { found, ..Redacted::default() };
        let mut at = 0;
        for span in detect_with(text, terms, &self.secrets) {
            let original = &text[span.start..span.end];
            if span.kind != Kind::Secret && keep.iter().any(|kept| kept == original) {
                continue;
            }
            redacted.keep(&text[at..span.start]);
            let placeholder = self.placeholder(span.kind, original);
            redacted.replace(original, placeholder, span.kind);
            at = span.end;
        }
        redacted.keep(&text[at..]);
        redacted.left = findings_with(&redacted.text, terms, &self.secrets);
        redacted
    }

    fn placeholder(&mut self, kind: Kind, value: &str) -> String {
        if kind == Kind::Secret {
            return "[[SECRET]]".to_owned();
        }
        let known = self.entries.iter().find(|e| e.kind == kind && e.value == value);
        let number = known.map(|entry| entry.number).unwrap_or_else(|| {
            let of_kind = self.entries.iter().filter(|entry| entry.kind == kind).count() as u32;
            let number = self.offset + of_kind + 1;
            self.entries.push(Entry { kind, number, value: value.to_owned() });
            number
        });
        format!("[[{}_{number}]]", kind.word())
    }

    pub(super) fn value(&self, kind: Kind, number: u32) -> Option<&str> {
        let entry = self.entries.iter().find(|e| e.kind == kind && e.number == number)?;
        Some(&entry.value)
    }

    /// Puts the values back into an answer. A placeholder that was never given out stays as it is.
    pub fn restore(&self, answer: &str) -> String {
        let (mut whole, mut at) = (String::new(), 0);
        for found in restore::placeholders(answer) {
            if let Some(value) = self.value(found.kind, found.number) {
                whole.push_str(&answer[at..found.start]);
                whole.push_str(value);
                at = found.end;
            }
        }
        whole.push_str(&answer[at..]);
        whole
    }

    /// Whether a replaced value or a secret is in `outgoing` after all, in any spelling that reads the
    /// same. To be asked of the very text that is about to leave, where JSON hides nothing by
    /// escaping it; `keep` as in [`Vault::redact`].
    pub fn leaks(&self, outgoing: &str, keep: &[String]) -> bool {
        let fold = |text: &str| normalised(text).to_lowercase();
        let outgoing = fold(outgoing);
        let hidden = |entry: &&Entry| {
            entry.kind.is_certain() && entry.kind != Kind::Literal && !keep.contains(&entry.value)
        };
        self.entries.iter().filter(hidden).any(|entry| outgoing.contains(&fold(&entry.value)))
            || self.secrets.iter().any(|secret| !mentions(&outgoing, &fold(secret)).is_empty())
    }
}

/// Words and code name no secret: "the password is case-sensitive", `password: Option<String>`,
/// `password = input()`.
fn is_plain(secret: &str) -> bool {
    let letters = |c: char| c.is_alphabetic() || "_-.()[]{}<>:".contains(c);
    secret.chars().all(letters) && secret.matches('-').count() < 2
}

impl Redacted {
    fn keep(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        self.parts.push(Part::Kept { text: text.to_owned() });
    }

    fn replace(&mut self, original: &str, placeholder: String, kind: Kind) {
        self.text.push_str(&placeholder);
        let (original, certain) = (original.to_owned(), kind.is_certain());
        self.parts.push(Part::Replaced { original, placeholder, kind, certain });
    }
}

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    Kind,
    detect::{Wanted, detect_with, findings_of, findings_with},
    mentions::Mentions,
    patterns::Patterns,
    restore,
    secrets::{self, Secrets},
    visible::normalised,
    work::Work,
};
use crate::Findings;

/// A text with more than that is looked through by nobody, and takes long to search for. It counts
/// as one secret, and stays where it is.
const MOST_SECRETS: usize = 256;
const LONGEST_SECRET: usize = 512;
const MOST_VALUES: usize = 4096;
const MOST_REPLACED: usize = 16 * 1024;

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
    values: BTreeMap<Kind, Values>,
    /// Texts of secrets, which may be repeated where nothing says what they are.
    secrets: HashSet<Arc<str>>,
    /// The same, to look for; `None` until somebody looks.
    wanted: Option<Arc<Mentions>>,
    /// Numbers start behind this, so that two conversations cannot be matched by theirs.
    offset: u32,
    overfull: bool,
    steps: u64,
}

/// Of one kind, in the order of their numbers.
#[derive(Clone, Default)]
struct Values {
    all: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Vault {
    /// `offset` should differ from conversation to conversation, and stay within one.
    pub fn new(offset: u32) -> Self {
        Self { offset: offset % 1000, ..Self::default() }
    }

    /// The conversation holds more secrets, longer ones, or more to replace than can be shown and
    /// searched for: nothing of it may leave.
    pub fn is_overfull(&self) -> bool {
        self.overfull
    }

    /// How much was looked at so far; a step is about a byte.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Remembers the secrets in `text`, so that they are replaced in every text from now on.
    pub fn learn_secrets(&mut self, text: &str) {
        let work = Work::on(text);
        self.learn_found(text, &secrets::find(text, &work));
        self.note(&work);
    }

    fn learn_found(&mut self, text: &str, found: &Secrets) {
        for (start, end) in &found.worth_knowing {
            let secret = &text[*start..*end];
            if self.overfull {
                return;
            }
            if secret.chars().nth(3).is_none() || is_plain(secret) || self.secrets.contains(secret)
            {
                continue;
            }
            let long = secret.chars().nth(LONGEST_SECRET).is_some();
            self.overfull = long || self.secrets.len() == MOST_SECRETS;
            self.secrets.insert(secret.into());
            self.wanted = None;
        }
    }

    fn note(&mut self, work: &Work) {
        self.steps += work.steps();
        self.overfull |= work.is_over();
    }

    /// What to look for, made anew after something was learned.
    fn wanted(&mut self) -> Option<Arc<Mentions>> {
        if self.wanted.is_none() {
            let secrets = self.secrets.iter().map(|secret| &**secret);
            self.wanted = Mentions::of(secrets).map(Arc::new);
        }
        self.wanted.clone()
    }

    /// Replaces everything that [`detect`](super::detect()) finds and every secret of this text and
    /// those before, except what `keep` names: values for which the user decided that they may
    /// leave. Secrets are replaced all the same.
    pub fn redact(&mut self, text: &str, terms: &[String], keep: &[String]) -> Redacted {
        let work = Work::on(text);
        let redacted = self.redact_within(text, terms, keep, &work);
        self.note(&work);
        match redacted {
            Some(redacted) if !self.overfull => redacted,
            _ => {
                self.overfull = true;
                Redacted::whole(text)
            }
        }
    }

    /// `None` where it has become too much.
    fn redact_within(
        &mut self,
        text: &str,
        terms: &[String],
        keep: &[String],
        work: &Work,
    ) -> Option<Redacted> {
        let secrets = secrets::find(text, work);
        self.learn_found(text, &secrets);
        if self.overfull {
            return None;
        }
        let known = self.wanted();
        let terms = Mentions::of(terms.iter().map(String::as_str));
        let wanted = Wanted { terms: terms.as_ref(), secrets: known.as_deref() };
        let spans = detect_with(text, wanted, secrets, work);
        if spans.len() > MOST_REPLACED {
            return None;
        }
        let found = findings_of(text, &spans, wanted, work);
        let mut redacted = Redacted { found, ..Redacted::default() };
        let keep: HashSet<&str> = keep.iter().map(String::as_str).collect();
        let mut at = 0;
        for span in &spans {
            let original = &text[span.start..span.end];
            if span.kind != Kind::Secret && keep.contains(original) {
                continue;
            }
            redacted.keep(&text[at..span.start]);
            let placeholder = self.placeholder(span.kind, original)?;
            redacted.replace(original, placeholder, span.kind);
            at = span.end;
        }
        redacted.keep(&text[at..]);
        redacted.left = match at {
            // Nothing was replaced.
            0 => found,
            _ => findings_with(&redacted.text, wanted, work),
        };
        Some(redacted)
    }

    /// What `outgoing` holds that looks private, as far as this conversation shows.
    pub fn findings(&mut self, outgoing: &str) -> Findings {
        let work = Work::on(outgoing);
        let known = self.wanted();
        let wanted = Wanted { terms: None, secrets: known.as_deref() };
        let found = findings_with(outgoing, wanted, &work);
        self.note(&work);
        found
    }

    /// `None` where too many were given out.
    fn placeholder(&mut self, kind: Kind, value: &str) -> Option<String> {
        if kind == Kind::Secret {
            return Some("[[SECRET]]".to_owned());
        }
        let given: usize = self.values.values().map(|values| values.all.len()).sum();
        let values = self.values.entry(kind).or_default();
        let number = match values.numbers.get(value) {
            Some(number) => *number,
            None if given == MOST_VALUES => return None,
            None => {
                let value: Arc<str> = value.into();
                let number = self.offset + values.all.len() as u32 + 1;
                values.all.push(Arc::clone(&value));
                values.numbers.insert(value, number);
                number
            }
        };
        Some(format!("[[{}_{number}]]", kind.word()))
    }

    pub(super) fn value(&self, kind: Kind, number: u32) -> Option<&str> {
        let at = number.checked_sub(self.offset + 1)?;
        Some(self.values.get(&kind)?.all.get(at as usize)?)
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
        let fold = |text: &str| normalised(text).map(|read| read.to_lowercase());
        // What nobody can read may hold anything.
        let Some(outgoing) = fold(outgoing) else { return true };
        let spelled = |value: &str| fold(value).unwrap_or_else(|| value.to_lowercase());
        let work = Work::on(&outgoing);
        let secrets: Vec<_> = self.secrets.iter().map(|secret| spelled(secret)).collect();
        let secrets = Mentions::of(secrets.iter().map(String::as_str));
        if secrets.is_some_and(|secrets| !secrets.find(&outgoing, &work).is_empty()) {
            return true;
        }
        let keep: HashSet<&str> = keep.iter().map(String::as_str).collect();
        let hidden =
            self.values.iter().filter(|(kind, _)| kind.is_certain() && **kind != Kind::Literal);
        let hidden =
            hidden.flat_map(|(_, values)| &values.all).filter(|value| !keep.contains(&***value));
        let values = hidden.map(|value| (spelled(value).into_bytes(), 1));
        let values = Patterns::new(values.filter(|(bytes, _)| !bytes.is_empty()).collect());
        let mut state = Patterns::START;
        outgoing.bytes().any(|byte| {
            state = values.read(state, byte, &work);
            values.ended(state).is_some()
        })
    }
}

/// Words and code name no secret: "the password is case-sensitive", `password: Option<String>`,
/// `password = input()`.
fn is_plain(secret: &str) -> bool {
    let letters = |c: char| c.is_alphabetic() || "_-.()[]{}<>:".contains(c);
    secret.chars().all(letters) && secret.matches('-').count() < 2
}

impl Redacted {
    /// All of it as one secret.
    fn whole(text: &str) -> Self {
        let secret = Findings { secrets: 1, ..Findings::default() };
        let mut whole = Self { found: secret, left: secret, ..Self::default() };
        whole.replace(text, "[[SECRET]]".to_owned(), Kind::Secret);
        whole
    }

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

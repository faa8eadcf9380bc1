//! Replaces what looks private by placeholders, and puts it back into the answer.
//!
//! An aid with a preview, and no more: measured on real prompts, patterns find a small part of what
//! is personal in them (4 % for addresses and numbers alone). A redacted text is not anonymous.

mod detect;
#[cfg(test)]
mod hostile;
mod mentions;
mod names;
mod numbers;
mod patterns;
mod restore;
mod secrets;
#[cfg(test)]
mod shapes;
#[cfg(test)]
mod tests;
mod vault;
mod visible;
mod work;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use detect::{Span, detect, findings};
pub use restore::Restorer;
pub use vault::{Part, Redacted, Vault};
pub use visible::{invisible, is_invisible};

/// What a stretch of text was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A password, key or token. Replaced for good: no answer needs it.
    Secret,
    Email,
    Phone,
    /// With its check digits right.
    Iban,
    /// A payment card's number, with its check digit right.
    Card,
    IpAddress,
    /// From the user's own list.
    Term,
    /// It only looks like a name; most such findings are none.
    PossibleName,
    /// The user's own text that already looks like a placeholder.
    Literal,
}

impl Kind {
    /// The word in the placeholder.
    const fn word(self) -> &'static str {
        match self {
            Self::Secret => "SECRET",
            Self::Email => "EMAIL",
            Self::Phone => "PHONE",
            Self::Iban => "IBAN",
            Self::Card => "CARD",
            Self::IpAddress => "IP",
            Self::Term => "TERM",
            Self::PossibleName => "PERSON",
            Self::Literal => "TEXT",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [
            Self::Secret,
            Self::Email,
            Self::Phone,
            Self::Iban,
            Self::Card,
            Self::IpAddress,
            Self::Term,
            Self::PossibleName,
            Self::Literal,
        ]
        .into_iter()
        .find(|kind| kind.word().eq_ignore_ascii_case(word))
    }

    /// Found by its form, and not by a guess.
    pub const fn is_certain(self) -> bool {
        !matches!(self, Self::PossibleName)
    }
}

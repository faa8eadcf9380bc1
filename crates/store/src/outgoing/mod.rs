//! The ledger: what was about to leave, what left, and what it cost. Written ahead, so that
//! nothing leaves unnoted; chained, so that no row is changed, dropped or moved unnoticed by
//! anyone without the key.

mod append;
mod chain;
mod key;
mod read;
#[cfg(test)]
mod tests;
mod verify;

use hearth_router::{NanoUsd, Place, Reason};
use serde::{Deserialize, Serialize};

pub use append::Intended;
pub(crate) use append::{end_interrupted, note_end_of_empty};
pub use chain::Checkpoint;
pub(crate) use key::Key;
pub use verify::{Broken, Fault, Verified};

/// What is about to leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The user's name for who is asked. Budgets count by it.
    pub provider: String,
    /// Scheme, host and port.
    pub origin: String,
    pub place: Place,
    pub model: String,
    /// Id of the answer that it is for.
    pub message: Option<String>,
    /// In hexadecimal, of the exact bytes.
    pub body_sha256: String,
    pub body_bytes: u64,
    /// Reserved until it is known what it cost.
    pub worst_case: NanoUsd,
    pub leave: Leave,
    pub reasons: Vec<Reason>,
    /// Pieces of the text that were replaced by placeholders.
    pub replaced: u32,
}

/// How leave to send was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leave {
    /// The user saw the bytes and said yes.
    Consent,
    /// The user's policy.
    Policy,
}

/// What came of it, as the provider counted; buckets do not overlap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    pub input: u64,
    pub cache_read: u64,
    pub cache_write: u64,
    /// Reasoning included.
    pub output: u64,
}

/// How a request ended that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// `None` when the provider never said.
    pub tokens: Option<Tokens>,
    pub cost: NanoUsd,
    pub bytes_sent: u64,
    pub bytes_received: u64,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Noted; its worst case is reserved.
    Intended,
    Sent,
    /// It ended, and its cost is known.
    Settled,
    /// It was cut off, by whomever; it counts as the most that it can have cost.
    Aborted,
    /// It never left.
    Blocked,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Sent => "sent",
            Self::Settled => "settled",
            Self::Aborted => "aborted",
            Self::Blocked => "blocked",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Intended, Self::Sent, Self::Settled, Self::Aborted, Self::Blocked]
            .into_iter()
            .find(|state| state.word() == word)
    }

    const fn is_open(self) -> bool {
        matches!(self, Self::Intended | Self::Sent)
    }
}

/// One request, from the intent to where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub id: i64,
    pub at_ms: i64,
    /// `None` where one of its rows cannot be read: the check of the ledger tells which was changed.
    pub intent: Option<Intent>,
    pub state: State,
    /// When it came to that.
    pub state_at_ms: i64,
    /// Reserved, or charged.
    pub amount: NanoUsd,
    pub settlement: Option<Settlement>,
    /// Why it was blocked or aborted.
    pub why: Option<String>,
}

//! What drafting was measured to gain here, pair by pair.

use std::path::PathBuf;

use hearth_chat::{SpeculationOff, gain::Gain};
use serde::{Deserialize, Serialize};

/// A model and what drafts for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pairing {
    pub model: PathBuf,
    /// The draft model's file.
    pub draft: Option<PathBuf>,
    /// Whether the repetitions of the text draft too.
    pub repetitions: bool,
}

impl Pairing {
    /// The same pair by the paths that its files have without links.
    pub(crate) fn resolved(self) -> Self {
        let resolve = |path: PathBuf| std::fs::canonicalize(&path).unwrap_or(path);
        Self { model: resolve(self.model), draft: self.draft.map(resolve), ..self }
    }
}

/// A measurement on this machine. It stands until the pair is measured again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    #[serde(flatten)]
    pub pairing: Pairing,
    pub gain: Gain,
    /// Why the draft model did not work.
    pub off_reason: Option<SpeculationOff>,
    /// What both took together, in bytes.
    pub memory_bytes: Option<u64>,
    /// Unix time in ms.
    pub at_ms: u64,
}

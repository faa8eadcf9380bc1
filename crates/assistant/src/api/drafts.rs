//! What drafts for a model, and what that gains.

use hearth_chat::{DraftChoice, SpeculationOff, gain::Gain};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What drafts for one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DraftView {
    pub choice: DraftChoice,
    /// Name of the draft model that the choice means; `None` leaves it to repetitions, or to
    /// nothing.
    pub model: Option<String>,
    /// Models on this device that can be chosen, the one that `automatic` takes first.
    pub candidates: Vec<DraftCandidate>,
    /// Why the draft model does not work, or all drafting if there is none, as far as can be told
    /// before an answer.
    pub off_reason: Option<SpeculationOff>,
    /// `None` until this pair was measured on this machine.
    pub measured: Option<DraftMeasured>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DraftCandidate {
    pub path: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DraftMeasured {
    pub gain: Gain,
    /// Whether the gain is large enough to matter.
    pub helps: bool,
    /// What both models took together, in bytes.
    #[ts(type = "number | null")]
    pub memory_bytes: Option<u64>,
    /// Unix time in ms.
    #[ts(type = "number")]
    pub at_ms: u64,
}

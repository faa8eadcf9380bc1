//! What a decision rests on.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{NanoUsd, Origin};

/// Where an answer is computed, nearest first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A model in this device's own engine process.
    #[default]
    ThisDevice,
    /// A server that the user runs: any OpenAI-compatible endpoint.
    OwnServer,
    Cloud,
}

/// What the user lets leave the device. Anything that cannot be read is `LocalOnly`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Nothing leaves. The default, and the answer to every doubt.
    #[default]
    LocalOnly,
    /// Every request that would leave is shown first and waits for a yes.
    AskEachTime,
    /// Requests may leave within the budget and a certified policy.
    Auto,
}

/// A place away from this device that the user has set up, and what this question would cost there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The user's name for it, such as `openai`.
    pub provider: String,
    /// `OwnServer` or `Cloud`.
    pub place: Place,
    pub origin: Origin,
    /// The most this question can cost there; `None` when the price is unknown, and then it
    /// cannot be asked.
    pub worst_case: Option<NanoUsd>,
}

/// What is known about one question.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub mode: Mode,
    /// The conversation may never leave this device.
    pub pinned_local: bool,
    /// The user asked for another place for this very question.
    pub wished: bool,
    /// Who could be asked, in the user's order of preference.
    pub destinations: Vec<Destination>,
}

//! What the window sees of places away from this device. No key is in any of it.

use hearth_cloud::{KnownPrice, ProviderConfig};
use hearth_router::{Action, NanoUsd, Place, Reason, Region};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::keys::KeyState;

/// A provider as the settings show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ProviderView {
    pub config: ProviderConfig,
    pub place: Place,
    pub key: KeyState,
    /// `None`: nobody said what its model costs, so it is not asked.
    pub price: Option<KnownPrice>,
    /// Why it cannot be asked as it is set up.
    pub problem: Option<String>,
}

/// A provider that Hearth knows how to reach, to start from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PresetView {
    pub config: ProviderConfig,
    /// Its models whose prices come with Hearth.
    pub models: Vec<String>,
}

/// Everything that the user decides on before anything leaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ConsentView {
    /// Good for one answer, within [`ConsentView::seconds`].
    pub id: String,
    pub provider: String,
    pub model: String,
    pub place: Place,
    /// Scheme, host and port.
    pub destination: String,
    pub region: Option<Region>,
    pub retention_days: Option<u32>,
    pub price: Option<KnownPrice>,
    /// The exact bytes that would be sent, as text. The user may change them.
    pub body: String,
    /// What was replaced in them.
    pub redactions: Vec<RedactionView>,
    /// Characters in them for which nothing is drawn: they can part a word without being seen.
    pub invisible: u32,
    /// More than it can cost.
    pub worst_case: NanoUsd,
    pub reasons: Vec<Reason>,
    /// After so long without an answer, the answer is no.
    pub seconds: u32,
}

/// One piece of text that would not leave as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RedactionView {
    /// What stands in the question.
    pub original: String,
    /// What is sent in its place.
    pub placeholder: String,
    /// Whether the user may let it leave as it is. A secret never does.
    pub can_stay: bool,
}

/// What the router makes of a local answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Suggestion {
    pub action: Action,
    pub reasons: Vec<Reason>,
}

/// What left the device for one answer, as the ledger has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Receipt {
    #[ts(type = "number")]
    pub at_ms: i64,
    pub destination: String,
    pub model: String,
    /// SHA-256 of the bytes that were sent, in hexadecimal.
    pub body_sha256: String,
    #[ts(type = "number")]
    pub bytes_sent: u64,
    pub cost: NanoUsd,
    /// The provider never said what it counted; `cost` is the most it can charge.
    pub cost_is_upper_bound: bool,
    /// How leave was given.
    pub leave: Leave,
    /// Where the row stands in the ledger.
    #[ts(type = "number")]
    pub row: i64,
}

/// How leave to send was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Leave {
    /// The user saw the bytes and said yes.
    Consent,
    /// The user's policy.
    Policy,
}

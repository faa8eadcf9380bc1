//! What a decision rests on.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Evidence, NanoUsd, Origin, Sketch};

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

/// How careful one must be with a text, least first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    #[default]
    Public,
    Personal,
    Confidential,
    Regulated,
}

/// Where a provider computes, as far as the user knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    Eu,
    Us,
    Other,
}

/// A place away from this device that the user has set up, and what this question would cost there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The user's name for it, such as `openai`.
    pub provider: String,
    /// `OwnServer` or `Cloud`.
    pub place: Place,
    pub origin: Origin,
    /// `None` when nobody said; a rule about regions then refuses it.
    pub region: Option<Region>,
    /// Days it keeps what it is sent, 0 for not at all; `None` when nobody said.
    pub retention_days: Option<u32>,
    /// Its key is at hand, or it needs none.
    pub has_key: bool,
    /// The most this question can cost there; `None` when the price is unknown, and then it
    /// cannot be asked.
    pub worst_case: Option<NanoUsd>,
}

/// How much of what kind a text holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
pub struct Findings {
    /// Passwords, keys, tokens.
    pub secrets: u32,
    /// E-mail and IP addresses, phone, account and card numbers, words of the user's dictionary.
    pub personal: u32,
    /// What only looks like a name. Most such findings are wrong, so they alone close no place.
    pub possible_names: u32,
}

impl Findings {
    pub fn none(self) -> bool {
        self == Self::default()
    }
}

/// What is known about one question.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub mode: Mode,
    /// The conversation may never leave this device.
    pub pinned_local: bool,
    /// The user asked for another place for this very question.
    pub wished: bool,
    /// What the user said about the data.
    pub label: Label,
    /// In the text as it was written.
    pub found: Findings,
    /// In what would be sent, after redaction.
    pub left: Findings,
    /// What would be sent holds, or follows on, text that was neither typed here nor written by a
    /// model of this device: an imported chat, another place's answer, a document. It may try to
    /// talk its way out, so it never leaves unseen.
    pub foreign_text: bool,
    /// Who could be asked, in the user's order of preference.
    pub destinations: Vec<Destination>,
    /// The local answer, once there is one.
    pub answer: Option<LocalAnswer>,
}

/// What is known about the answer of this device.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LocalAnswer {
    /// `None` where the backend cannot tell it truly.
    pub evidence: Option<Evidence>,
    /// Of the question, to find graded ones like it.
    pub sketch: Option<Sketch>,
    /// It declines to answer, as far as its words show.
    pub refused: bool,
    /// Whether it has the form that was asked for; `None` when none was.
    pub well_formed: Option<bool>,
}

//! Where a question may be answered, and why. Pure: facts in, decision out; no async, no I/O,
//! so that every rule can be tested by the hundred thousand.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

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

/// One step of the decision, as a code. The window turns codes into sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The mode is `LocalOnly`.
    ModeLocalOnly,
    /// The conversation is pinned to this device.
    PinnedLocal,
    /// No place away from this device is set up.
    NothingElseConfigured,
}

/// What the decision rests on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    pub mode: Mode,
    /// The conversation may never leave this device.
    pub pinned_local: bool,
}

/// Where to answer, and the reasons in the order they were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub place: Place,
    pub reasons: Vec<Reason>,
}

/// Decides where a question is answered first.
pub fn decide(facts: &Facts) -> Decision {
    let mut reasons = Vec::new();
    if facts.pinned_local {
        reasons.push(Reason::PinnedLocal);
    }
    reasons.push(match facts.mode {
        Mode::LocalOnly => Reason::ModeLocalOnly,
        Mode::AskEachTime | Mode::Auto => Reason::NothingElseConfigured,
    });
    Decision { place: Place::ThisDevice, reasons }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_local_only() {
        let decision = decide(&Facts::default());
        assert_eq!(decision.place, Place::ThisDevice);
        assert_eq!(decision.reasons, [Reason::ModeLocalOnly]);
    }
}

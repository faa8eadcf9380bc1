use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the user says about an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GradeView {
    pub asks: Asks,
    /// Drawn at random: the window asks about it. Only such grades certify a threshold.
    pub drawn: bool,
    pub said: Option<bool>,
}

/// What there is to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    /// Of an answer of this device.
    WhetherRight,
    /// Of an answer from elsewhere, compared with the one beside it.
    WhetherBetter,
}

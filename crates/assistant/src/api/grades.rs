use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Whether an answer was right, as the user sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GradeView {
    /// Drawn at random: the window asks about it. Only such grades certify a threshold.
    pub drawn: bool,
    pub correct: Option<bool>,
}

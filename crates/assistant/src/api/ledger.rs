//! What left this device, as the Privacy page shows it.

use hearth_router::{NanoUsd, Place, Reason};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The ledger's latest entries, and whether it is as it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LedgerView {
    /// Newest first.
    pub entries: Vec<LedgerEntry>,
    /// Ids of those whose rows cannot be read; `check` tells what was done to them.
    #[ts(type = "number[]")]
    pub unreadable: Vec<i64>,
    /// Spent or reserved, today and this month of the user's clock.
    pub spent_today: NanoUsd,
    pub spent_this_month: NanoUsd,
    pub check: LedgerCheck,
}

/// One request that was about to leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LedgerEntry {
    #[ts(type = "number")]
    pub id: i64,
    #[ts(type = "number")]
    pub at_ms: i64,
    pub provider: String,
    /// Scheme, host and port.
    pub origin: String,
    pub place: Place,
    pub model: String,
    /// The user saw the bytes and said yes; otherwise a policy of theirs did.
    pub consented: bool,
    pub state: LedgerState,
    /// Reserved while it runs, charged at its end.
    pub amount: NanoUsd,
    /// Bytes of the question.
    #[ts(type = "number")]
    pub body_bytes: u64,
    pub body_sha256: String,
    /// Pieces of the text that were replaced by placeholders.
    pub replaced: u32,
    pub reasons: Vec<Reason>,
    /// Why it was stopped, when it was.
    pub why: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LedgerState {
    /// About to leave.
    Intended,
    Sent,
    /// It ended, and its cost is known.
    Settled,
    /// It was cut off, and counts as the most that it can have cost.
    Aborted,
    /// It never left.
    Blocked,
}

/// What a walk through the whole chain found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "found")]
pub enum LedgerCheck {
    Intact {
        #[ts(type = "number")]
        rows: i64,
    },
    /// From row `at` on it is not as it was written.
    Broken {
        #[ts(type = "number")]
        at: i64,
        fault: LedgerFault,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LedgerFault {
    Changed,
    Missing,
    Truncated,
    NoCheckpoint,
}

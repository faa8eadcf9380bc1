//! The ledger, for the Privacy page and `hearth ledger`.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use hearth_store as rows;

use crate::{
    Assistant, Error,
    api::{LedgerCheck, LedgerEntry, LedgerFault, LedgerState, LedgerView},
};

/// A page that listed more would not be read; the export has all of them.
const SHOWN: u32 = 1000;

impl Assistant {
    pub async fn ledger(&self) -> Result<LedgerView, Error> {
        // The check first: whatever it finds is told, also where the rows cannot be read.
        let (check, entries, spent) = self
            .history()
            .read_ledger(|store| {
                Ok((store.ledger_verify(None)?, store.ledger_entries(0, SHOWN)?, store.spent()?))
            })
            .await?;
        let unreadable = entries.iter().filter(|entry| entry.intent.is_none());
        Ok(LedgerView {
            unreadable: unreadable.map(|entry| entry.id).collect(),
            entries: entries.into_iter().filter_map(entry).collect(),
            spent_today: spent.day,
            spent_this_month: spent.month,
            check: verdict(check),
        })
    }

    /// Goes through the whole ledger. `export` is one written earlier: it also shows whether rows at
    /// the end are missing that it still has.
    pub async fn ledger_verify(&self, export: Option<PathBuf>) -> Result<LedgerCheck, Error> {
        let check = move |store: &rows::Store| {
            let checkpoint = export.as_deref().map(checkpoint_of).transpose()?;
            store.ledger_verify(checkpoint.as_ref())
        };
        self.history().read_ledger(check).await.map(verdict)
    }

    /// Writes the whole ledger to `path`; returns the number of rows.
    pub async fn ledger_export(&self, path: &Path) -> Result<u64, Error> {
        let path = path.to_owned();
        self.history().read_ledger(move |store| store.ledger_export(&path)).await
    }
}

/// No ledger of a person has as many rows, in bytes.
const LONGEST_EXPORT: u64 = 1 << 30;

/// The last line of an export.
fn checkpoint_of(export: &Path) -> Result<rows::Checkpoint, rows::Error> {
    let io = |source| rows::Error::Io { path: export.to_owned(), source };
    let mut text = String::new();
    let file = std::fs::File::open(export).map_err(io)?;
    file.take(LONGEST_EXPORT).read_to_string(&mut text).map_err(io)?;
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap_or_default())?;
    Ok(serde_json::from_value(last["checkpoint"].clone())?)
}

/// `None` for one that cannot be read.
fn entry(row: rows::Entry) -> Option<LedgerEntry> {
    let intent = row.intent?;
    Some(LedgerEntry {
        id: row.id,
        at_ms: row.at_ms,
        provider: intent.provider,
        origin: intent.origin,
        place: intent.place,
        model: intent.model,
        consented: intent.leave == rows::Leave::Consent,
        state: match row.state {
            rows::State::Intended => LedgerState::Intended,
            rows::State::Sent => LedgerState::Sent,
            rows::State::Settled => LedgerState::Settled,
            rows::State::Aborted => LedgerState::Aborted,
            rows::State::Blocked => LedgerState::Blocked,
        },
        amount: row.amount,
        body_bytes: intent.body_bytes,
        body_sha256: intent.body_sha256,
        replaced: intent.replaced,
        reasons: intent.reasons,
        why: row.why,
    })
}

fn verdict(found: Result<rows::Verified, rows::Broken>) -> LedgerCheck {
    match found {
        Ok(rows::Verified { rows, .. }) => LedgerCheck::Intact { rows },
        Err(rows::Broken { at, fault }) => LedgerCheck::Broken {
            at,
            fault: match fault {
                rows::Fault::Changed => LedgerFault::Changed,
                rows::Fault::Missing => LedgerFault::Missing,
                rows::Fault::Truncated => LedgerFault::Truncated,
                rows::Fault::NoCheckpoint => LedgerFault::NoCheckpoint,
            },
        },
    }
}

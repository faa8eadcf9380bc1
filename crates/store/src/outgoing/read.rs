use std::io::Write;
use std::path::Path;

use hearth_router::NanoUsd;
use rusqlite::{Connection, Row as SqlRow};

use super::append::Later;
use super::chain::{Checkpoint, Row, START, Seal};
use super::{Entry, State};
use crate::{Error, Store, private, values};

impl Store {
    /// Requests since `from_ms`, newest first.
    pub fn ledger_entries(&self, from_ms: i64, at_most: u32) -> Result<Vec<Entry>, Error> {
        self.read(|connection| {
            entries(
                connection,
                "first.at_ms >= ?1 ORDER BY first.seq DESC LIMIT ?2",
                (from_ms, at_most),
            )
        })
    }

    /// What left for one answer, oldest first.
    pub fn ledger_of_message(&self, message: &str) -> Result<Vec<Entry>, Error> {
        self.read(|connection| {
            entries(connection, "first.message = ?1 ORDER BY first.seq", [message])
        })
    }

    /// Writes the whole ledger to `path`: one JSON object a line, with seals, and a checkpoint last.
    /// The file holds no text of any chat. Returns the number of rows.
    pub fn ledger_export(&self, path: &Path) -> Result<u64, Error> {
        let key = self.ledger_key()?;
        let (mut lines, mut rows, mut last) = (Vec::new(), 0_u64, START);
        self.read(|connection| {
            each_row(connection, |row, seal| {
                rows += 1;
                last = seal;
                let mut line = serde_json::to_value(&row)?;
                line["mac"] = hex::encode(seal).into();
                writeln!(lines, "{line}").map_err(|error| Error::io(error, path))
            })
        })?;
        let checkpoint = Checkpoint::of(&key, rows as i64, &last);
        let end = serde_json::json!({ "checkpoint": checkpoint });
        writeln!(lines, "{end}").map_err(|error| Error::io(error, path))?;
        private::replace(path, |file| file.write_all(&lines))
            .map_err(|error| Error::io(error, path))?;
        Ok(rows)
    }
}

/// Goes through all rows in the order of their numbers.
pub(super) fn each_row(
    connection: &Connection,
    mut visit: impl FnMut(Row, Seal) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut query = connection.prepare(
        "SELECT seq, entry, at_ms, event, provider, amount, message, detail, mac FROM outgoing \
         ORDER BY seq",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let mac: Vec<u8> = row.get(8)?;
        // A seal of another length is no seal; it will not match.
        visit(stored(row)?, Seal::try_from(mac).unwrap_or(START))?;
    }
    Ok(())
}

fn stored(row: &SqlRow) -> rusqlite::Result<Row> {
    Ok(Row {
        seq: row.get(0)?,
        entry: row.get(1)?,
        at_ms: row.get(2)?,
        event: values::text(row, 3)?,
        provider: values::text(row, 4)?,
        amount: row.get(5)?,
        message: values::optional_text(row, 6)?,
        detail: values::text(row, 7)?,
    })
}

fn entries(
    connection: &Connection,
    which: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<Entry>, Error> {
    let mut query = connection.prepare(&format!(
        "SELECT first.seq, first.at_ms, first.detail, last.event, last.at_ms, last.amount, \
         CASE WHEN last.seq > first.seq THEN last.detail ELSE '{{}}' END \
         FROM outgoing AS first JOIN outgoing AS last ON last.seq = \
             (SELECT max(seq) FROM outgoing AS any_of WHERE any_of.entry = first.seq) \
         WHERE first.entry = first.seq AND {which}"
    ))?;
    let mut rows = query.query(parameters)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let [intent, event, later] = [2, 3, 6].map(|column| values::text(row, column));
        // What nobody wrote like this is for `ledger_verify` to find.
        let later: Option<Later> = serde_json::from_str(&later?).ok();
        let intent = serde_json::from_str(&intent?).ok().filter(|_| later.is_some());
        let later = later.unwrap_or_default();
        let amount: i64 = row.get(5)?;
        found.push(Entry {
            id: row.get(0)?,
            at_ms: row.get(1)?,
            intent,
            state: State::from_word(&event?).unwrap_or(State::Aborted),
            state_at_ms: row.get(4)?,
            amount: NanoUsd(amount.max(0).unsigned_abs()),
            settlement: later.settlement,
            why: later.why,
        });
    }
    Ok(found)
}

use std::path::Path;

use hearth_router::{Budget, Limits, NanoUsd, Reason, Spent};
use jiff::Zoned;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::chain::{Row, START, Seal};
use super::{Intent, Key, Settlement, State};
use crate::ledger::start_of;
use crate::{Error, Store, now_ms, values};

/// What `detail` of a row holds that is not the first of its entry.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Later {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settlement: Option<Settlement>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Whether a request may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intended {
    /// It is noted and its worst case reserved, under this id.
    Noted(i64),
    /// It would pass this limit; that it was tried is noted.
    OverBudget(Reason),
}

impl Store {
    /// Notes what is about to leave and reserves its worst case, in one transaction: however many
    /// ask at once, `limits` hold.
    ///
    /// # Errors
    /// When it cannot be kept. Then nothing may leave.
    pub fn ledger_intend(&self, intent: Intent, limits: Limits) -> Result<Intended, Error> {
        let now = Zoned::now();
        self.append(move |tx, key| {
            let spent = spent(tx, &now)?;
            let refused = Budget { limits, spent }.refuses(&intent.provider, intent.worst_case);
            if let Some(reason) = refused {
                block(tx, key, &intent, reason.sentence())?;
                return Ok(Intended::OverBudget(reason));
            }
            let at_ms = now.timestamp().as_millisecond();
            let id = begin(tx, key, at_ms, &intent, State::Intended, intent.worst_case)?;
            Ok(Intended::Noted(id))
        })
    }

    /// To be noted before the first byte leaves.
    pub fn ledger_sent(&self, id: i64) -> Result<(), Error> {
        self.append(move |tx, key| go_on(tx, key, id, State::Sent, None, &Later::default()))
    }

    /// It ended, and the provider said what it counted.
    pub fn ledger_settle(&self, id: i64, settlement: Settlement) -> Result<(), Error> {
        let later = Later { settlement: Some(settlement), why: None };
        self.append(move |tx, key| {
            go_on(tx, key, id, State::Settled, Some(settlement.cost), &later)
        })
    }

    /// It was cut off, or the provider never said what it counted. It is charged with
    /// `settlement.cost`, which must be the most that it can have cost.
    pub fn ledger_abort(&self, id: i64, settlement: Settlement, why: String) -> Result<(), Error> {
        let later = Later { settlement: Some(settlement), why: Some(why) };
        self.append(move |tx, key| {
            go_on(tx, key, id, State::Aborted, Some(settlement.cost), &later)
        })
    }

    /// It is certain that nothing of it left; the reservation is free again.
    pub fn ledger_block(&self, id: i64, why: String) -> Result<(), Error> {
        let later = Later { settlement: None, why: Some(why) };
        self.append(move |tx, key| go_on(tx, key, id, State::Blocked, Some(NanoUsd::ZERO), &later))
    }

    /// Something was about to leave and was stopped before it was even intended.
    pub fn ledger_blocked(&self, intent: Intent, why: String) -> Result<(), Error> {
        self.append(move |tx, key| block(tx, key, &intent, &why).map(drop))
    }

    /// What is spent or reserved on this day and in this month of the user's clock.
    pub fn spent(&self) -> Result<Spent, Error> {
        let now = Zoned::now();
        self.read(|connection| spent(connection, &now))
    }

    /// One transaction on the ledger, and then the new end of its chain.
    fn append<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction, &Key) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let key = self.ledger_key()?;
        self.on_writer(move |writer| {
            let (value, rows, last) = writer.transact(|tx| {
                let value = change(tx, &key)?;
                let (rows, last) = end(tx)?;
                Ok((value, rows, last))
            })?;
            key.note_head(rows, &last)?;
            Ok(value)
        })
    }
}

/// Ends what a crash left open: nobody can know how far it came, so it counts in full.
/// Returns the new end of the chain, to be noted once this is committed.
pub(crate) fn end_interrupted(tx: &Transaction, key: &Key) -> Result<Option<(i64, Seal)>, Error> {
    let mut query = tx.prepare(
        "SELECT entry FROM outgoing GROUP BY entry \
         HAVING max(event IN ('settled', 'aborted', 'blocked')) = 0 ORDER BY entry",
    )?;
    let open = query.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    let later = Later { settlement: None, why: Some("Hearth ended before the answer did.".into()) };
    for entry in &open {
        count_in_answer(tx, *entry)?;
        go_on(tx, key, *entry, State::Aborted, None, &later)?;
    }
    if open.is_empty() {
        return Ok(None);
    }
    end(tx).map(Some)
}

/// Before this version a ledger without rows had no checkpoint. Called once, by the one that brings a
/// history from such a version to this one.
pub(crate) fn note_end_of_empty(
    connection: &rusqlite::Connection,
    path: &Path,
) -> Result<(), Error> {
    let any = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'outgoing')";
    let rows: i64 = match connection.query_row(any, [], |row| row.get(0))? {
        true => connection.query_row("SELECT count(*) FROM outgoing", [], |row| row.get(0))?,
        false => 0,
    };
    // A damaged key hides no chats, and is told when something is to leave.
    match Key::load(Some(path)) {
        Ok(key) if rows == 0 && key.has_no_head() => key.note_head(0, &START),
        Ok(_) | Err(Error::LedgerKey { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The answer to a request that may have left says so.
fn count_in_answer(tx: &Transaction, entry: i64) -> Result<(), Error> {
    tx.prepare_cached(
        "UPDATE answer SET bytes_sent = max(bytes_sent, intent.bytes) FROM (\
             SELECT first.message, json_extract(first.detail, '$.body_bytes') AS bytes \
             FROM outgoing AS first JOIN outgoing AS sent ON sent.entry = first.seq \
             WHERE first.seq = ?1 AND sent.event = 'sent') AS intent \
         WHERE answer.message = intent.message",
    )?
    .execute([entry])?;
    Ok(())
}

fn block(tx: &Transaction, key: &Key, intent: &Intent, why: &str) -> Result<i64, Error> {
    let id = begin(tx, key, now_ms(), intent, State::Intended, NanoUsd::ZERO)?;
    let later = Later { settlement: None, why: Some(why.to_owned()) };
    go_on(tx, key, id, State::Blocked, None, &later)?;
    Ok(id)
}

fn begin(
    tx: &Transaction,
    key: &Key,
    at_ms: i64,
    intent: &Intent,
    state: State,
    amount: NanoUsd,
) -> Result<i64, Error> {
    let (rows, last) = end(tx)?;
    let seq = rows + 1;
    let row = Row {
        seq,
        entry: seq,
        at_ms,
        event: state.word().to_owned(),
        provider: intent.provider.clone(),
        amount: column(amount),
        message: intent.message.clone(),
        detail: serde_json::to_string(intent)?,
    };
    insert(tx, key, &row, &last)?;
    Ok(seq)
}

/// The next row of an entry that is still open. `amount` is `None` to leave what is reserved.
fn go_on(
    tx: &Transaction,
    key: &Key,
    id: i64,
    state: State,
    amount: Option<NanoUsd>,
    later: &Later,
) -> Result<(), Error> {
    let known = tx
        .query_row(
            "SELECT event, provider, amount, message FROM outgoing WHERE entry = ?1 \
             ORDER BY seq DESC LIMIT 1",
            [id],
            |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .optional()?;
    let Some((event, provider, reserved, message)) = known else {
        return Err(Error::not_found("entry of the ledger", &id.to_string()));
    };
    if !State::from_word(&event).is_some_and(|at| at.is_open() && state > at) {
        return Err(Error::LedgerOrder { from: event, to: state.word() });
    }
    let (rows, last) = end(tx)?;
    let row = Row {
        seq: rows + 1,
        entry: id,
        at_ms: now_ms(),
        event: state.word().to_owned(),
        provider,
        amount: amount.map_or(reserved, column),
        message,
        detail: serde_json::to_string(later)?,
    };
    insert(tx, key, &row, &last)
}

fn insert(tx: &Transaction, key: &Key, row: &Row, before: &Seal) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO outgoing (seq, entry, at_ms, event, provider, amount, message, detail, mac) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            row.seq,
            row.entry,
            row.at_ms,
            row.event,
            row.provider,
            row.amount,
            row.message,
            row.detail,
            row.seal(key, before),
        ],
    )?;
    Ok(())
}

/// Rows so far, and the seal of the last.
fn end(tx: &Transaction) -> Result<(i64, Seal), Error> {
    let last = tx.query_row("SELECT seq, mac FROM outgoing ORDER BY seq DESC LIMIT 1", [], |row| {
        Ok((row.get(0)?, row.get(1)?))
    });
    Ok(last.optional()?.unwrap_or((0, START)))
}

/// SQLite counts to 2⁶³; what is more than nine billion dollars is as much as that.
fn column(amount: NanoUsd) -> i64 {
    i64::try_from(amount.0).unwrap_or(i64::MAX)
}

/// Each entry counts on the day it began, with the amount of its last row.
fn spent(connection: &rusqlite::Connection, now: &Zoned) -> Result<Spent, Error> {
    let day = start_of(now.date(), now.time_zone())?;
    let month = start_of(now.date().first_of_month(), now.time_zone())?;
    let mut query = connection.prepare_cached(
        "SELECT first.at_ms, last.provider, last.amount FROM outgoing AS first \
         JOIN outgoing AS last ON last.seq = \
             (SELECT max(seq) FROM outgoing AS any_of WHERE any_of.entry = first.seq) \
         WHERE first.at_ms >= ?1 AND first.entry = first.seq",
    )?;
    let mut rows = query.query([month])?;
    let mut spent = Spent::default();
    while let Some(row) = rows.next()? {
        let (at_ms, amount): (i64, i64) = (row.get(0)?, row.get(2)?);
        let provider = values::text(row, 1)?;
        let amount = NanoUsd(amount.max(0).unsigned_abs());
        spent.month = spent.month + amount;
        if at_ms >= day {
            spent.day = spent.day + amount;
        }
        let of_provider = spent.providers.entry(provider).or_default();
        *of_provider = *of_provider + amount;
    }
    Ok(spent)
}

//! What was spent. Times are stored in UTC; days and months are those of the user's clock.

use std::collections::BTreeMap;

use hearth_router::Place;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use rusqlite::{Transaction, params};

use crate::{Answer, Connection, Ending, Error, Store, UsageDay, values};

/// Adds the row of one run.
pub(crate) fn enter(
    tx: &Transaction,
    at_ms: i64,
    answer: &Answer,
    run: &Ending,
) -> Result<(), Error> {
    let usage = run.usage.unwrap_or_default();
    let timing = run.timing.unwrap_or_default();
    tx.execute(
        "INSERT INTO ledger (at_ms, place, model, finish, prompt_tokens, completion_tokens, \
         ttft_ms, decode_tok_s, cost_nano_usd, bytes_sent) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            at_ms,
            values::word(answer.place)?,
            answer.model,
            values::word(run.finish)?,
            usage.prompt_tokens,
            usage.completion_tokens,
            timing.ttft_ms,
            timing.decode_tok_s,
            run.cost_nano_usd.unwrap_or(0),
            run.bytes_sent,
        ],
    )?;
    Ok(())
}

/// One row of the ledger, as far as a day's summary needs it.
struct Run {
    date: Date,
    place: Place,
    prompt_tokens: i64,
    completion_tokens: i64,
    cost_nano_usd: i64,
    bytes_sent: i64,
    ttft_ms: Option<f64>,
    decode_tok_s: Option<f64>,
}

fn summary(date: Date, runs: &[Run]) -> UsageDay {
    let count = |place| runs.iter().filter(|run| run.place == place).count() as u32;
    let mut ttft: Vec<f64> = runs.iter().filter_map(|run| run.ttft_ms).collect();
    ttft.sort_by(f64::total_cmp);
    let mut speed: Vec<f64> = runs.iter().filter_map(|run| run.decode_tok_s).collect();
    speed.sort_by(|a, b| b.total_cmp(a));
    UsageDay {
        date: date.to_string(),
        answers_this_device: count(Place::ThisDevice),
        answers_own_server: count(Place::OwnServer),
        answers_cloud: count(Place::Cloud),
        prompt_tokens: runs.iter().map(|run| run.prompt_tokens).sum(),
        completion_tokens: runs.iter().map(|run| run.completion_tokens).sum(),
        cost_nano_usd: runs.iter().map(|run| run.cost_nano_usd).sum(),
        bytes_sent: runs.iter().map(|run| run.bytes_sent).sum(),
        ttft_ms_p50: percentile(&ttft, 50),
        ttft_ms_p95: percentile(&ttft, 95),
        decode_tok_s_p50: percentile(&speed, 50),
        decode_tok_s_p95: percentile(&speed, 95),
    }
}

/// By nearest rank: the first value that at least `percent` % of all do not come after.
fn percentile(in_order: &[f64], percent: usize) -> Option<f64> {
    let rank = (in_order.len() * percent).div_ceil(100);
    in_order.get(rank.checked_sub(1)?).copied()
}

fn start_of(date: Date, zone: &TimeZone) -> Result<i64, Error> {
    let start = date.to_zoned(zone.clone()).map(|zoned| zoned.timestamp().as_millisecond());
    // Only the first and last days of the calendar, ten thousand years away, have no start.
    Ok(start.unwrap_or(0))
}

impl Store {
    /// The last `days` local days, oldest first, today included; a day without answers too.
    pub fn usage_days(&self, days: u32) -> Result<Vec<UsageDay>, Error> {
        self.usage_days_until(&Zoned::now(), days)
    }

    fn usage_days_until(&self, now: &Zoned, days: u32) -> Result<Vec<UsageDay>, Error> {
        let today = now.date();
        let back = i64::from(days.clamp(1, 3660)) - 1;
        let first = today.saturating_sub(back.days());
        let mut runs: BTreeMap<Date, Vec<Run>> =
            first.series(1.day()).take_while(|day| *day <= today).map(|d| (d, vec![])).collect();
        let from = start_of(first, now.time_zone())?;
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT at_ms, place, prompt_tokens, completion_tokens, cost_nano_usd, \
                 bytes_sent, ttft_ms, decode_tok_s FROM ledger WHERE at_ms >= ?1",
            )?;
            let mut rows = query.query([from])?;
            while let Some(row) = rows.next()? {
                let Ok(at) = Timestamp::from_millisecond(row.get(0)?) else { continue };
                let run = Run {
                    date: at.to_zoned(now.time_zone().clone()).date(),
                    place: values::from_word(row.get(1)?)?,
                    prompt_tokens: row.get(2)?,
                    completion_tokens: row.get(3)?,
                    cost_nano_usd: row.get(4)?,
                    bytes_sent: row.get(5)?,
                    ttft_ms: row.get(6)?,
                    decode_tok_s: row.get(7)?,
                };
                // A clock that was set back leaves runs in the future; they are on no day yet.
                if let Some(day) = runs.get_mut(&run.date) {
                    day.push(run);
                }
            }
            Ok(runs.iter().map(|(date, runs)| summary(*date, runs)).collect())
        })
    }

    /// What left this device since local midnight, over all connections.
    pub fn bytes_sent_today(&self) -> Result<i64, Error> {
        let now = Zoned::now();
        self.sum("SUM(bytes_sent) FROM connection", start_of(now.date(), now.time_zone())?)
    }

    /// What answers have cost since the first of the local month, deleted chats included.
    pub fn cost_this_month_nano_usd(&self) -> Result<i64, Error> {
        let now = Zoned::now();
        let first = now.date().first_of_month();
        self.sum("SUM(cost_nano_usd) FROM ledger", start_of(first, now.time_zone())?)
    }

    fn sum(&self, what: &'static str, from_ms: i64) -> Result<i64, Error> {
        self.read(|connection| {
            let sql = format!("SELECT {what} WHERE at_ms >= ?1");
            let sum: Option<i64> = connection.query_row(&sql, [from_ms], |row| row.get(0))?;
            Ok(sum.unwrap_or(0))
        })
    }

    /// Notes a connection that was made.
    pub fn record_connection(&self, made: Connection) -> Result<(), Error> {
        self.write(move |tx| {
            tx.execute(
                "INSERT INTO connection (at_ms, host, purpose, bytes_sent, bytes_received) \
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![made.at_ms, made.host, made.purpose, made.bytes_sent, made.bytes_received],
            )?;
            Ok(())
        })
    }

    /// The latest connections, newest first.
    pub fn connections(&self, at_most: u32) -> Result<Vec<Connection>, Error> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT at_ms, host, purpose, bytes_sent, bytes_received FROM connection \
                 ORDER BY at_ms DESC, seq DESC LIMIT ?1",
            )?;
            let rows = query.query_map([at_most], |row| {
                Ok(Connection {
                    at_ms: row.get(0)?,
                    host: row.get(1)?,
                    purpose: row.get(2)?,
                    bytes_sent: row.get(3)?,
                    bytes_received: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

//! What was spent. Times are stored in UTC; days and months are those of the user's clock.

use std::collections::BTreeMap;

use hearth_router::Place;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use rusqlite::{OptionalExtension, Transaction, params};

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
    let local = || runs.iter().filter(|run| run.place == Place::ThisDevice);
    let mut ttft: Vec<f64> = runs.iter().filter_map(|run| run.ttft_ms).collect();
    ttft.sort_by(f64::total_cmp);
    let mut speed: Vec<f64> = runs.iter().filter_map(|run| run.decode_tok_s).collect();
    speed.sort_by(|a, b| b.total_cmp(a));
    UsageDay {
        date: date.to_string(),
        answers_this_device: count(Place::ThisDevice),
        answers_own_server: count(Place::OwnServer),
        answers_cloud: count(Place::Cloud),
        prompt_tokens: total(runs.iter().map(|run| run.prompt_tokens)),
        completion_tokens: total(runs.iter().map(|run| run.completion_tokens)),
        local_prompt_tokens: total(local().map(|run| run.prompt_tokens)),
        local_completion_tokens: total(local().map(|run| run.completion_tokens)),
        cost_nano_usd: total(runs.iter().map(|run| run.cost_nano_usd)),
        bytes_sent: total(runs.iter().map(|run| run.bytes_sent)),
        ttft_ms_p50: percentile(&ttft, 50),
        ttft_ms_p95: percentile(&ttft, 95),
        decode_tok_s_p50: percentile(&speed, 50),
        decode_tok_s_p95: percentile(&speed, 95),
    }
}

/// A provider may have counted what nobody can add up.
fn total(counts: impl Iterator<Item = i64>) -> i64 {
    counts.fold(0, i64::saturating_add)
}

/// By nearest rank: the first value that at least `percent` % of all do not come after.
fn percentile(in_order: &[f64], percent: usize) -> Option<f64> {
    let rank = (in_order.len() * percent).div_ceil(100);
    in_order.get(rank.checked_sub(1)?).copied()
}

pub(crate) fn start_of(date: Date, zone: &TimeZone) -> Result<i64, Error> {
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
        let from = start_of(now.date(), now.time_zone())?;
        self.read(|connection| {
            // SQLite's `sum` is an error where it overflows.
            let sql = "SELECT CAST(total(bytes_sent) AS INTEGER) FROM connection WHERE at_ms >= ?1";
            Ok(connection.query_row(sql, [from], |row| row.get(0))?)
        })
    }

    /// The speed of the latest run that had one, in tokens a second.
    pub fn last_decode_tok_s(&self) -> Result<Option<f64>, Error> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT decode_tok_s FROM ledger WHERE decode_tok_s IS NOT NULL \
                 ORDER BY seq DESC LIMIT 1",
            )?;
            Ok(query.query_row([], |row| row.get(0)).optional()?)
        })
    }

    /// Notes connections that were made: all of them or none.
    pub fn record_connections(&self, made: Vec<Connection>) -> Result<(), Error> {
        self.write(move |tx| {
            let mut insert = tx.prepare_cached(
                "INSERT INTO connection (at_ms, host, purpose, bytes_sent, bytes_received) \
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for Connection { at_ms, host, purpose, bytes_sent, bytes_received } in made {
                insert.execute(params![at_ms, host, purpose, bytes_sent, bytes_received])?;
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_nobody_can_add_up_are_a_large_number_and_no_error() {
        let store = Store::in_memory().unwrap();
        store
            .write(|tx| {
                tx.execute_batch(&format!(
                    "INSERT INTO ledger (at_ms, place, model, finish, prompt_tokens, \
                     completion_tokens, cost_nano_usd, bytes_sent) \
                     SELECT {now}, 'cloud', 'm', 'stop', {max}, {max}, {max}, {max} \
                     FROM (SELECT 1 UNION ALL SELECT 2); \
                     INSERT INTO connection (at_ms, host, purpose, bytes_sent, bytes_received) \
                     SELECT {now}, 'h', 'p', {max}, {max} FROM (SELECT 1 UNION ALL SELECT 2);",
                    now = crate::now_ms(),
                    max = i64::MAX,
                ))?;
                Ok(())
            })
            .unwrap();
        let today = store.usage_days(1).unwrap().remove(0);
        assert_eq!((today.cost_nano_usd, today.bytes_sent), (i64::MAX, i64::MAX));
        assert_eq!((today.prompt_tokens, today.completion_tokens), (i64::MAX, i64::MAX));
        assert_eq!(store.bytes_sent_today().unwrap(), i64::MAX);
    }

    fn enter_at(store: &Store, at: &str, place: &'static str, speed: Option<f64>) {
        let at: Timestamp = at.parse().unwrap();
        let row = (at.as_millisecond(), place, speed);
        store
            .write(move |tx| {
                tx.execute(
                    "INSERT INTO ledger (at_ms, place, model, finish, prompt_tokens, \
                     completion_tokens, ttft_ms, decode_tok_s, cost_nano_usd, bytes_sent) \
                     VALUES (?1, ?2, 'm', 'stop', 10, 2, ?3, ?3, 7, 100)",
                    row,
                )?;
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn days_are_those_of_the_users_clock() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("hearth.db")).unwrap();
        let now: Zoned = "2026-03-30T12:00:00[Europe/Berlin]".parse().unwrap();
        enter_at(&store, "2026-03-28T22:59:59Z", "this_device", None);
        // The night in which the clock moves: 23 hours long.
        enter_at(&store, "2026-03-28T23:00:00Z", "this_device", Some(50.0));
        enter_at(&store, "2026-03-29T21:59:59Z", "cloud", None);
        enter_at(&store, "2026-03-29T22:00:00Z", "own_server", None);

        let days = store.usage_days_until(&now, 3).unwrap();
        let dates: Vec<_> = days.iter().map(|day| day.date.as_str()).collect();
        assert_eq!(dates, ["2026-03-28", "2026-03-29", "2026-03-30"]);
        assert_eq!(days[0].answers_this_device, 1);
        assert_eq!((days[1].answers_this_device, days[1].answers_cloud), (1, 1));
        assert_eq!(days[2].answers_own_server, 1);
        assert_eq!((days[1].prompt_tokens, days[1].cost_nano_usd), (20, 14));
        assert_eq!((days[1].local_prompt_tokens, days[1].local_completion_tokens), (10, 2));
        assert_eq!(days[1].decode_tok_s_p50, Some(50.0));
        assert_eq!(days[2].decode_tok_s_p50, None, "what was not measured is not shown");
    }

    #[test]
    fn the_95th_percentile_is_the_slow_end() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("hearth.db")).unwrap();
        for n in 1..=100 {
            enter_at(&store, "2026-03-29T12:00:00Z", "this_device", Some(f64::from(n)));
        }
        let now: Zoned = "2026-03-29T13:00:00[UTC]".parse().unwrap();
        let day = store.usage_days_until(&now, 1).unwrap().remove(0);
        assert_eq!((day.ttft_ms_p50, day.ttft_ms_p95), (Some(50.0), Some(95.0)));
        assert_eq!((day.decode_tok_s_p50, day.decode_tok_s_p95), (Some(51.0), Some(6.0)));
    }

    #[test]
    fn connections_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("hearth.db")).unwrap();
        let now = crate::now_ms();
        let two_months = 62 * 24 * 3600 * 1000;
        for at_ms in [now, now - two_months] {
            let host = "example.org".to_owned();
            let purpose = "model download".to_owned();
            let made = Connection { at_ms, host, purpose, bytes_sent: 300, bytes_received: 9 };
            store.record_connections(vec![made]).unwrap();
        }
        assert_eq!(store.bytes_sent_today().unwrap(), 300);
        let connections = store.connections(10).unwrap();
        assert_eq!(connections.len(), 2);
        assert!(connections[0].at_ms > connections[1].at_ms);
    }
}

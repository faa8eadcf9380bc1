//! An answer is begun before its first token, saved twice a second while it streams, piece by piece,
//! and finished together with its row in the ledger, in one transaction.

use hearth_chat::{Channel, Finish, Role, Timing, Usage};
use rusqlite::{Connection, Transaction, params};
use serde::de::DeserializeOwned;

use crate::{
    Answer, Ending, Error, Message, Route, Said, Store, TextOrigin, ledger, messages, now_ms,
    values,
};

const INTERRUPTED: &str = "Hearth ended while this answer was being written. What had come so \
                           far was kept. Continue it, or ask again.";

/// What an unfinished answer has said so far in a channel, as SQL; null for any other message.
pub(crate) fn so_far(channel: Channel) -> String {
    let channel = match channel {
        Channel::Thought => "thought",
        Channel::Answer => "answer",
    };
    format!(
        "(SELECT group_concat(piece.text, '' ORDER BY piece.at) FROM partial AS piece \
         WHERE piece.message = message.id AND piece.channel = '{channel}')"
    )
}

pub(crate) fn get(connection: &Connection, message: &str) -> Result<Option<Answer>, Error> {
    let mut query = connection.prepare_cached(
        "SELECT finish, place, model, backend, cost_nano_usd, bytes_sent, error, reasons, \
         usage, timing, confidence, speculation, tokens, device FROM answer WHERE message = ?1",
    )?;
    let mut rows = query.query([message])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(Answer {
        finish: row.get::<_, Option<String>>(0)?.map(values::from_word).transpose()?,
        place: values::from_word(row.get(1)?)?,
        model: row.get(2)?,
        backend: row.get(3)?,
        cost_nano_usd: row.get(4)?,
        bytes_sent: row.get(5)?,
        error: row.get(6)?,
        reasons: known(row.get(7)?),
        usage: known(row.get(8)?),
        timing: known(row.get(9)?),
        confidence: known(row.get(10)?),
        speculation: known(row.get(11)?),
        tokens: known(row.get(12)?),
        device: known(row.get(13)?),
    }))
}

/// A measurement that cannot be read was not made; the chat that it stands in can be read all the same.
fn known<T: Default + DeserializeOwned>(json: String) -> T {
    serde_json::from_str(&json).unwrap_or_default()
}

pub(crate) fn put(tx: &Transaction, message: &str, answer: Answer) -> Result<(), Error> {
    let answer = values::settled(answer);
    tx.prepare_cached(
        "INSERT OR REPLACE INTO answer (message, finish, place, model, backend, cost_nano_usd, \
         bytes_sent, error, reasons, usage, timing, confidence, speculation, tokens, device) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?
    .execute(params![
        message,
        answer.finish.map(values::word).transpose()?,
        values::word(answer.place)?,
        answer.model,
        answer.backend,
        answer.cost_nano_usd,
        answer.bytes_sent,
        answer.error,
        serde_json::to_string(&answer.reasons)?,
        serde_json::to_string(&answer.usage)?,
        serde_json::to_string(&answer.timing)?,
        serde_json::to_string(&answer.confidence)?,
        serde_json::to_string(&answer.speculation)?,
        serde_json::to_string(&answer.tokens)?,
        serde_json::to_string(&answer.device)?,
    ])?;
    Ok(())
}

/// Ends the answers that were being written when the process ended.
pub(crate) fn end_interrupted(tx: &Transaction) -> Result<(), Error> {
    let (thought, answer) = (so_far(Channel::Thought), so_far(Channel::Answer));
    tx.execute_batch(&format!(
        "UPDATE message SET text = COALESCE({answer}, text), thought = COALESCE({thought}, thought) \
         WHERE id IN (SELECT message FROM partial); \
         DELETE FROM partial;",
    ))?;
    tx.execute(
        "UPDATE answer SET finish = ?1, error = ?2 WHERE finish IS NULL",
        [values::word(Finish::Failed)?, INTERRUPTED.to_owned()],
    )?;
    Ok(())
}

/// What an answer is after one more run: counts, money and bytes add up over its
/// continuations; speed and confidence are those of the last run.
fn after(before: Answer, run: Ending) -> Answer {
    let mut tokens = before.tokens;
    tokens.extend(run.tokens);
    Answer {
        finish: Some(run.finish),
        backend: run.backend.or(before.backend),
        device: run.device.or(before.device),
        usage: match (before.usage, run.usage) {
            (Some(earlier), Some(last)) => Some(Usage {
                completion_tokens: earlier.completion_tokens.saturating_add(last.completion_tokens),
                thought_tokens: earlier.thought_tokens.saturating_add(last.thought_tokens),
                ..last
            }),
            (earlier, last) => last.or(earlier),
        },
        timing: run.timing.map(|timing| Timing {
            thought_ms: added(
                before.timing.and_then(|before| before.thought_ms),
                timing.thought_ms,
            ),
            ..timing
        }),
        confidence: run.confidence,
        speculation: run.speculation,
        cost_nano_usd: match (before.cost_nano_usd, run.cost_nano_usd) {
            (Some(earlier), Some(last)) => Some(earlier.saturating_add(last)),
            (earlier, last) => last.or(earlier),
        },
        bytes_sent: before.bytes_sent.saturating_add(run.bytes_sent),
        error: run.error,
        tokens,
        place: before.place,
        model: before.model,
        reasons: before.reasons,
    }
}

/// Of two figures as far as they are known.
fn added(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one + other),
        (one, other) => one.or(other),
    }
}

impl Store {
    /// Adds an empty answer under `parent` and shows it. Asking again is one more child of
    /// the same parent.
    pub fn begin_answer(
        &self,
        conversation: &str,
        parent: &str,
        route: Route,
    ) -> Result<Message, Error> {
        let (conversation, parent) = (conversation.to_owned(), parent.to_owned());
        self.write(move |tx| {
            let (role, origin) = (Role::Assistant, TextOrigin::Model);
            let id = messages::add(tx, &conversation, Some(&parent), role, "", origin)?;
            let answer = Answer {
                finish: None,
                place: route.place,
                model: route.model,
                backend: None,
                device: None,
                reasons: route.reasons,
                usage: None,
                timing: None,
                confidence: None,
                speculation: None,
                cost_nano_usd: None,
                bytes_sent: 0,
                error: None,
                tokens: Vec::new(),
            };
            put(tx, &id, answer)?;
            messages::get(tx, &id)
        })
    }

    /// Takes up a finished answer again, to go on where it stopped.
    pub fn resume_answer(&self, id: &str, route: Route) -> Result<Message, Error> {
        let id = id.to_owned();
        self.write(move |tx| {
            let before = get(tx, &id)?.ok_or_else(|| Error::not_found("answer", &id))?;
            let Route { place, model, reasons } = route;
            put(tx, &id, Answer { finish: None, error: None, place, model, reasons, ..before })?;
            messages::get(tx, &id)
        })
    }

    /// Keeps what an answer that is being written, or its thought, said from byte `at` on, after what
    /// was saved before and ended there. A crash then loses only what came later.
    pub fn save_partial(
        &self,
        id: &str,
        channel: Channel,
        at: usize,
        text: &str,
    ) -> Result<(), Error> {
        let (id, text) = (id.to_owned(), text.to_owned());
        self.write(move |tx| {
            let channel = values::word(channel)?;
            tx.prepare_cached(
                "DELETE FROM partial WHERE message = ?1 AND channel = ?2 AND at >= ?3",
            )?
            .execute(params![id, channel, at as i64])?;
            let saved = tx
                .prepare_cached(
                    "INSERT INTO partial (message, channel, at, text) \
                     SELECT message, ?2, ?3, ?4 FROM answer WHERE message = ?1 AND finish IS NULL",
                )?
                .execute(params![id, channel, at as i64, text])?;
            if saved == 0 { Err(Error::not_found("unfinished answer", &id)) } else { Ok(()) }
        })
    }

    /// Keeps all that was `said` for an answer and how its run ended, and enters the run in the ledger.
    pub fn finish_answer(
        &self,
        id: &str,
        said: impl Into<Said>,
        run: Ending,
    ) -> Result<Message, Error> {
        let (id, said) = (id.to_owned(), said.into());
        self.write(move |tx| {
            let before = get(tx, &id)?.filter(|answer| answer.finish.is_none());
            let before = before.ok_or_else(|| Error::not_found("unfinished answer", &id))?;
            ledger::enter(tx, now_ms(), &before, &run)?;
            put(tx, &id, after(before, run))?;
            tx.execute(
                "UPDATE message SET text = ?1, thought = ?2 WHERE id = ?3",
                [&said.answer, &said.thought, &id],
            )?;
            tx.execute("DELETE FROM partial WHERE message = ?1", [&id])?;
            messages::get(tx, &id)
        })
    }
}

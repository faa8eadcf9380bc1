use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::{Conversation, Error, NewConversation, Store, TRASH_DAYS, new_id, now_ms};

pub(crate) const COLUMNS: &str = "conversation.id, conversation.title, \
     conversation.system_prompt, conversation.created_ms, conversation.updated_ms, \
     conversation.pinned_local, conversation.model, conversation.trashed_ms";

const TRASH_MS: i64 = TRASH_DAYS as i64 * 24 * 3600 * 1000;

/// Reads [`COLUMNS`], which must come first in the query.
pub(crate) fn from_row(row: &Row) -> rusqlite::Result<Conversation> {
    Ok(Conversation {
        id: row.get(0)?,
        title: row.get(1)?,
        system_prompt: row.get(2)?,
        created_ms: row.get(3)?,
        updated_ms: row.get(4)?,
        pinned_local: row.get(5)?,
        model: row.get(6)?,
        trashed_ms: row.get(7)?,
    })
}

pub(crate) fn get(connection: &Connection, id: &str) -> Result<Conversation, Error> {
    let sql = format!("SELECT {COLUMNS} FROM conversation WHERE id = ?1");
    let found = connection.prepare_cached(&sql)?.query_row([id], from_row).optional()?;
    found.ok_or_else(|| Error::not_found("chat", id))
}

/// Deletes what has been in the trash for its time; returns how many chats went.
pub(crate) fn purge(tx: &Transaction, now_ms: i64) -> Result<usize, Error> {
    Ok(tx.execute("DELETE FROM conversation WHERE trashed_ms <= ?1", [now_ms - TRASH_MS])?)
}

impl Store {
    pub fn create_conversation(&self, new: NewConversation) -> Result<Conversation, Error> {
        self.write(move |tx| {
            let id = new_id();
            tx.execute(
                "INSERT INTO conversation (id, title, system_prompt, created_ms, updated_ms, \
                 pinned_local, model) VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)",
                params![id, new.title, new.system_prompt, now_ms(), new.pinned_local, new.model],
            )?;
            get(tx, &id)
        })
    }

    pub fn conversation(&self, id: &str) -> Result<Conversation, Error> {
        self.read(|connection| get(connection, id))
    }

    /// The chats, or those in the trash, latest first.
    pub fn conversations(&self, trashed: bool) -> Result<Vec<Conversation>, Error> {
        self.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM conversation WHERE (trashed_ms IS NOT NULL) = ?1 \
                 ORDER BY updated_ms DESC, id DESC"
            );
            let mut query = connection.prepare_cached(&sql)?;
            let rows = query.query_map([trashed], from_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    pub fn rename(&self, id: &str, title: &str) -> Result<(), Error> {
        self.set(id, "title", title.to_owned())
    }

    pub fn set_system_prompt(&self, id: &str, text: &str) -> Result<(), Error> {
        self.set(id, "system_prompt", text.to_owned())
    }

    pub fn set_pinned_local(&self, id: &str, pinned: bool) -> Result<(), Error> {
        self.set(id, "pinned_local", pinned)
    }

    pub fn set_model(&self, id: &str, model: Option<&str>) -> Result<(), Error> {
        self.set(id, "model", model.map(str::to_owned))
    }

    /// Puts a chat into the trash, from where [`Store::restore`] brings it back for 30 days.
    pub fn move_to_trash(&self, id: &str) -> Result<(), Error> {
        self.set(id, "trashed_ms", now_ms())
    }

    pub fn restore(&self, id: &str) -> Result<(), Error> {
        self.set(id, "trashed_ms", None::<i64>)
    }

    /// Deletes a chat for good: its text is overwritten in the file and gone from its log.
    /// What it cost stays in the ledger, which holds no text.
    pub fn delete(&self, id: &str) -> Result<(), Error> {
        let id = id.to_owned();
        self.write(move |tx| {
            match tx.execute("DELETE FROM conversation WHERE id = ?1", [&id])? {
                0 => Err(Error::not_found("chat", &id)),
                _ => Ok(()),
            }
        })?;
        self.forget_log()
    }

    /// Deletes what was in the trash 30 days before `now_ms`; returns how many chats went.
    /// Happens by itself at every start and once a day.
    pub fn purge_trash(&self, now_ms: i64) -> Result<usize, Error> {
        let gone = self.write(move |tx| purge(tx, now_ms))?;
        if gone > 0 {
            self.forget_log()?;
        }
        Ok(gone)
    }

    /// `column` is one of this file's literals.
    fn set(
        &self,
        id: &str,
        column: &'static str,
        value: impl rusqlite::ToSql + Send + 'static,
    ) -> Result<(), Error> {
        let id = id.to_owned();
        self.write(move |tx| {
            let sql = format!("UPDATE conversation SET {column} = ?1 WHERE id = ?2");
            match tx.execute(&sql, params![value, id])? {
                0 => Err(Error::not_found("chat", &id)),
                _ => Ok(()),
            }
        })
    }
}

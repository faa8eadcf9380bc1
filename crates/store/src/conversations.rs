use hearth_router::Label;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::backup::Backups;
use crate::{
    Conversation, Error, NewConversation, Store, TRASH_DAYS, TextOrigin, new_id, now_ms, values,
};

pub(crate) const COLUMNS: &str = "conversation.id, conversation.title, \
     conversation.system_prompt, conversation.created_ms, conversation.updated_ms, \
     conversation.pinned_local OR conversation.held, conversation.model, conversation.trashed_ms, \
     conversation.label, conversation.prompt_origin";

const TRASH_MS: i64 = TRASH_DAYS as i64 * 24 * 3600 * 1000;

/// `trashed_ms` of a chat that is being deleted: nothing shows it any more, and if Hearth ends
/// before it is gone, the next start goes on with it.
pub(crate) const DELETING: i64 = 0;

/// Messages that go in one transaction. Each is taken out of the search index word by word, and a
/// save may have to wait for all of them.
const DELETE_STEP: usize = 100;

/// In bytes; what is longer is cut.
pub(crate) const LONGEST_TITLE: usize = 4 << 10;

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
        label: values::label(row, 8)?,
        prompt_origin: values::origin(row, 9)?,
    })
}

pub(crate) fn get(connection: &Connection, id: &str) -> Result<Conversation, Error> {
    let sql = format!("SELECT {COLUMNS} FROM conversation WHERE id = ?1 AND trashed_ms IS NOT 0");
    let found = connection.prepare_cached(&sql)?.query_row([id], from_row).optional()?;
    found.ok_or_else(|| Error::not_found("chat", id))
}

/// Takes away what has been in the trash for its time, for [`delete_some`] to delete; returns how
/// many chats that are.
pub(crate) fn expire(tx: &Transaction, now_ms: i64) -> Result<usize, Error> {
    let sql = "UPDATE conversation SET trashed_ms = ?1 WHERE trashed_ms BETWEEN 1 AND ?2";
    Ok(tx.execute(sql, [DELETING, now_ms - TRASH_MS])?)
}

/// Deletes the next messages of a chat that is being deleted, and with its last ones the chat.
/// Returns whether there is more to do.
pub(crate) fn delete_some(tx: &Transaction) -> Result<bool, Error> {
    let mut doomed = tx.prepare_cached("SELECT id FROM conversation WHERE trashed_ms = ?1")?;
    let doomed: Option<String> = doomed.query_row([DELETING], |row| row.get(0)).optional()?;
    let Some(id) = doomed else { return Ok(false) };
    // The newest first, so that hardly one is another's parent still.
    let latest =
        format!("FROM message WHERE conversation = ?1 ORDER BY seq DESC LIMIT {DELETE_STEP}");
    let orphan = format!("UPDATE message SET parent = NULL WHERE parent IN (SELECT id {latest})");
    tx.execute(&orphan, [&id])?;
    let gone =
        tx.execute(&format!("DELETE FROM message WHERE seq IN (SELECT seq {latest})"), [&id])?;
    if gone < DELETE_STEP {
        tx.execute("DELETE FROM conversation WHERE id = ?1", [&id])?;
    }
    Ok(true)
}

fn cut(title: &str) -> &str {
    &title[..title.floor_char_boundary(LONGEST_TITLE)]
}

impl Store {
    pub fn create_conversation(&self, new: NewConversation) -> Result<Conversation, Error> {
        self.write(move |tx| {
            let id = new_id();
            tx.execute(
                "INSERT INTO conversation (id, title, system_prompt, created_ms, updated_ms, \
                 pinned_local, model, prompt_origin) VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7)",
                params![
                    id,
                    cut(&new.title),
                    new.system_prompt,
                    now_ms(),
                    new.pinned_local,
                    new.model,
                    values::word(TextOrigin::Typed)?
                ],
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
                 AND trashed_ms IS NOT 0 ORDER BY updated_ms DESC, id DESC"
            );
            let mut query = connection.prepare_cached(&sql)?;
            let rows = query.query_map([trashed], from_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    pub fn rename(&self, id: &str, title: &str) -> Result<(), Error> {
        self.set(id, "title", cut(title).to_owned())
    }

    pub fn set_system_prompt(&self, id: &str, text: &str) -> Result<(), Error> {
        let (id, text) = (id.to_owned(), text.to_owned());
        self.write(move |tx| {
            if get(tx, &id)?.has_foreign_prompt() {
                // Whose words a model wrote that read somebody else's instructions, nobody knows.
                let unknown = "UPDATE message SET origin = NULL \
                               WHERE conversation = ?1 AND origin = 'model'";
                tx.execute(unknown, [&id])?;
            }
            let sql = "UPDATE conversation SET system_prompt = ?1, prompt_origin = 'typed' \
                       WHERE id = ?2";
            tx.execute(sql, [&text, &id])?;
            Ok(())
        })
    }

    pub fn set_pinned_local(&self, id: &str, pinned: bool) -> Result<(), Error> {
        self.set(id, "held = 0, pinned_local", pinned)
    }

    pub fn set_label(&self, id: &str, label: Label) -> Result<(), Error> {
        self.set(id, "label", values::word(label)?)
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

    /// Deletes a chat for good: its text is overwritten in the file, and gone from its log and from the
    /// daily backups.
    /// What it cost stays in the ledger, which holds no text. A long chat takes a while, during
    /// which others can be written.
    pub fn delete(&self, id: &str) -> Result<(), Error> {
        self.set(id, "trashed_ms", DELETING)?;
        self.finish_deleting()
    }

    /// Deletes what was in the trash 30 days before `now_ms`; returns how many chats went.
    /// Happens by itself at every start and once a day.
    pub fn purge_trash(&self, now_ms: i64) -> Result<usize, Error> {
        let gone = self.write(move |tx| expire(tx, now_ms))?;
        if gone > 0 {
            self.finish_deleting()?;
        }
        Ok(gone)
    }

    fn finish_deleting(&self) -> Result<(), Error> {
        while self.write(delete_some)? {}
        self.forget_log()?;
        self.shared.beside.backups.iter().for_each(Backups::forget_deleted);
        Ok(())
    }

    /// `column` is one of this file's literals: a column, and before it what else is set.
    fn set(
        &self,
        id: &str,
        column: &'static str,
        value: impl rusqlite::ToSql + Send + 'static,
    ) -> Result<(), Error> {
        let id = id.to_owned();
        self.write(move |tx| {
            let sql = format!(
                "UPDATE conversation SET {column} = ?1 WHERE id = ?2 AND trashed_ms IS NOT 0"
            );
            match tx.execute(&sql, params![value, id])? {
                0 => Err(Error::not_found("chat", &id)),
                _ => Ok(()),
            }
        })
    }
}

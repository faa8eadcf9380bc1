//! A conversation is a tree: editing or asking again adds a sibling, and nothing is overwritten.
//! Each node remembers the child that was last shown, so a branch is found again as it was left.

use std::collections::HashMap;

use hearth_chat::{Channel, Role};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::answers::so_far;
use crate::{
    BranchMessage, Error, Message, Store, TextOrigin, answers, conversations, new_id, now_ms,
    values,
};

/// One message with its answer. Of an answer that is being written, the text saved so far.
pub(crate) fn get(connection: &Connection, id: &str) -> Result<Message, Error> {
    let (thought, answer) = (so_far(Channel::Thought), so_far(Channel::Answer));
    let mut query = connection.prepare_cached(&format!(
        "SELECT id, conversation, parent, role, COALESCE({answer}, text), created_ms, origin, \
         COALESCE({thought}, thought) \
         FROM message \
         WHERE id = ?1",
    ))?;
    let row = query.query_row([id], |row| {
        let role: String = row.get(3)?;
        let message = Message {
            id: row.get(0)?,
            conversation: row.get(1)?,
            parent: row.get(2)?,
            role: Role::User,
            text: row.get(4)?,
            thought: row.get(7)?,
            origin: values::origin(row, 6)?,
            created_ms: row.get(5)?,
            answer: None,
        };
        Ok((message, role))
    });
    let (message, role) = row.optional()?.ok_or_else(|| Error::not_found("message", id))?;
    let role = values::from_word(role)?;
    let answer = answers::get(connection, id)?;
    Ok(Message { role, answer, ..message })
}

/// Adds a message under `parent`, shows it, and dates the conversation by it.
pub(crate) fn add(
    tx: &Transaction,
    conversation: &str,
    parent: Option<&str>,
    role: Role,
    text: &str,
    origin: TextOrigin,
) -> Result<String, Error> {
    if let Some(parent) = parent {
        let theirs: Option<String> = tx
            .query_row("SELECT conversation FROM message WHERE id = ?1", [parent], |r| r.get(0))
            .optional()?;
        if theirs.as_deref() != Some(conversation) {
            return Err(Error::not_found("message", parent));
        }
    }
    let (id, now) = (new_id(), now_ms());
    let dated = tx.execute(
        "UPDATE conversation SET updated_ms = ?1 WHERE id = ?2",
        params![now, conversation],
    )?;
    if dated == 0 {
        return Err(Error::not_found("chat", conversation));
    }
    tx.execute(
        "INSERT INTO message (id, conversation, parent, role, text, created_ms, origin) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![id, conversation, parent, values::word(role)?, text, now, values::word(origin)?],
    )?;
    choose(tx, conversation, parent, &id)?;
    Ok(id)
}

/// Makes `child` the one that is shown under `parent`.
fn choose(
    tx: &Transaction,
    conversation: &str,
    parent: Option<&str>,
    child: &str,
) -> Result<(), Error> {
    let (table, owner) = match parent {
        Some(parent) => ("message", parent),
        None => ("conversation", conversation),
    };
    let sql = format!("UPDATE {table} SET chosen_child = ?1 WHERE id = ?2");
    tx.execute(&sql, [child, owner])?;
    Ok(())
}

/// The ids from the first message to `id`. Fails when `id` is not there.
fn path(connection: &Connection, id: &str) -> Result<Vec<String>, Error> {
    let mut parent_of = connection.prepare_cached("SELECT parent FROM message WHERE id = ?1")?;
    let mut path = vec![id.to_owned()];
    loop {
        let last = &path[path.len() - 1];
        let parent: Option<Option<String>> =
            parent_of.query_row([last], |row| row.get(0)).optional()?;
        match parent {
            Some(Some(parent)) => path.push(parent),
            Some(None) => break,
            None => return Err(Error::not_found("message", last)),
        }
    }
    path.reverse();
    Ok(path)
}

impl Store {
    /// Adds a message that was typed here under `parent`, or as a first message, and shows it. An
    /// edited message is one more child of the same parent.
    pub fn add_message(
        &self,
        conversation: &str,
        parent: Option<&str>,
        role: Role,
        text: &str,
    ) -> Result<Message, Error> {
        let (conversation, parent) = (conversation.to_owned(), parent.map(str::to_owned));
        let text = text.to_owned();
        self.write(move |tx| {
            let id = add(tx, &conversation, parent.as_deref(), role, &text, TextOrigin::Typed)?;
            get(tx, &id)
        })
    }

    pub fn message(&self, id: &str) -> Result<Message, Error> {
        self.read(|connection| get(connection, id))
    }

    /// From the first message down to `id`, which comes last: what a model is to read.
    pub fn path_to(&self, id: &str) -> Result<Vec<Message>, Error> {
        self.read(|connection| path(connection, id)?.iter().map(|id| get(connection, id)).collect())
    }

    /// The branch that is shown, from the first message to its tip.
    pub fn branch(&self, conversation: &str) -> Result<Vec<BranchMessage>, Error> {
        self.read(|connection| {
            conversations::get(connection, conversation)?;
            let mut tree = Tree::of(connection, conversation)?;
            let mut branch = Vec::new();
            let mut at = None;
            while let Some((id, siblings)) = tree.descend(at.as_deref()) {
                branch.push(BranchMessage { message: get(connection, &id)?, siblings });
                at = Some(id);
            }
            Ok(branch)
        })
    }

    /// Shows the branch through `message`; below it, the choices made there before.
    pub fn select(&self, message: &str) -> Result<(), Error> {
        let message = message.to_owned();
        self.write(move |tx| {
            let path = path(tx, &message)?;
            let conversation = get(tx, &message)?.conversation;
            let mut parent = None;
            for id in &path {
                choose(tx, &conversation, parent, id)?;
                parent = Some(id);
            }
            Ok(())
        })
    }
}

/// The shape of a conversation: who is under whom, and who is shown. `None` is above the first messages.
pub(crate) struct Tree {
    children: HashMap<Option<String>, Vec<String>>,
    chosen: HashMap<Option<String>, String>,
}

impl Tree {
    pub fn of(connection: &Connection, conversation: &str) -> Result<Self, Error> {
        let mut children: HashMap<Option<String>, Vec<String>> = HashMap::new();
        let mut chosen = HashMap::new();
        let first: Option<String> = connection.query_row(
            "SELECT chosen_child FROM conversation WHERE id = ?1",
            [conversation],
            |row| row.get(0),
        )?;
        chosen.extend(first.map(|id| (None, id)));
        let mut query = connection.prepare_cached(
            "SELECT id, parent, chosen_child FROM message WHERE conversation = ?1 \
             ORDER BY created_ms, id",
        )?;
        let mut rows = query.query([conversation])?;
        while let Some(row) = rows.next()? {
            let id: String = row.get(0)?;
            if let Some(child) = row.get(2)? {
                chosen.insert(Some(id.clone()), child);
            }
            children.entry(row.get(1)?).or_default().push(id);
        }
        Ok(Self { children, chosen })
    }

    /// The child shown under `parent`, and all children there; none at the tip.
    fn descend(&mut self, parent: Option<&str>) -> Option<(String, Vec<String>)> {
        let parent = parent.map(str::to_owned);
        let siblings = self.children.remove(&parent)?;
        let shown = match self.chosen.remove(&parent) {
            Some(chosen) if siblings.contains(&chosen) => chosen,
            _ => siblings.last()?.clone(),
        };
        Some((shown, siblings))
    }

    /// All messages, each after its parent and siblings in order of their time.
    pub fn parents_first(mut self) -> Vec<String> {
        let mut order = Vec::new();
        let mut open: Vec<String> = self.children.remove(&None).unwrap_or_default();
        open.reverse();
        while let Some(id) = open.pop() {
            let below = self.children.remove(&Some(id.clone())).unwrap_or_default();
            open.extend(below.into_iter().rev());
            order.push(id);
        }
        order
    }
}

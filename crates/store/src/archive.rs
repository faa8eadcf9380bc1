//! All chats as one JSON file: every branch, every answer's metrics, the trash. The same
//! history always gives the same bytes, and so does a history that was exported and imported.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use hearth_chat::{Finish, Role};
use hearth_router::Label;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::messages::Tree;
use crate::{Answer, Error, Imported, Store, TextOrigin, answers, conversations, messages, values};

const FORMAT: &str = "hearth-chats";
const VERSION: u32 = 1;
const UNFINISHED: &str = "This answer was still being written when the chats were exported.";

/// Read before the rest, whose shape depends on it.
#[derive(Deserialize)]
struct Header {
    format: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Archive {
    format: String,
    version: u32,
    /// Oldest first.
    conversations: Vec<ArchivedConversation>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ArchivedConversation {
    id: String,
    title: String,
    system_prompt: String,
    // A file says nothing about who wrote it that could be believed.
    #[serde(skip, default = "from_a_file")]
    prompt_origin: Option<TextOrigin>,
    #[serde(skip, default = "until_unpinned")]
    held: bool,
    created_ms: i64,
    updated_ms: i64,
    pinned_local: bool,
    #[serde(default)]
    label: Label,
    model: Option<String>,
    trashed_ms: Option<i64>,
    chosen_child: Option<String>,
    /// Each after its parent; siblings oldest first.
    messages: Vec<ArchivedMessage>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ArchivedMessage {
    id: String,
    parent: Option<String>,
    role: Role,
    text: String,
    #[serde(skip, default = "from_a_file")]
    origin: Option<TextOrigin>,
    created_ms: i64,
    chosen_child: Option<String>,
    answer: Option<Answer>,
}

fn from_a_file() -> Option<TextOrigin> {
    Some(TextOrigin::Imported)
}

fn until_unpinned() -> bool {
    true
}

impl Store {
    /// All chats as JSON text.
    pub fn export(&self) -> Result<String, Error> {
        Ok(serde_json::to_string(&self.archived()?)?)
    }

    fn archived(&self) -> Result<Archive, Error> {
        self.read(|connection| {
            let conversations = archived_conversations(connection)?;
            Ok(Archive { format: FORMAT.to_owned(), version: VERSION, conversations })
        })
    }

    /// Writes all chats to `path`, which holds either all of them or what it held before.
    pub fn export_to(&self, path: &Path) -> Result<(), Error> {
        let text = self.export()?;
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let written = write_whole(Path::new(&part), &text).and_then(|()| fs::rename(&part, path));
        written.map_err(|error| {
            // It may not even have been created; what is there is of no use.
            let _ = fs::remove_file(&part);
            Error::io(error, path)
        })
    }

    /// Adds the chats of an export, with their ids. What is here already stays as it is, also
    /// its title and its place in the trash, so that importing twice changes nothing; new
    /// messages of a known chat join it, and an answer that broke off here takes the end that
    /// it has there. All or nothing. What is new counts as somebody else's words, and a new chat is
    /// pinned until the user unpins it.
    pub fn import(&self, text: &str) -> Result<Imported, Error> {
        self.take_in(parse(text)?)
    }

    /// The same with the chats of a history of this device: who wrote what in them is known.
    pub fn merge(&self, other: &Self) -> Result<Imported, Error> {
        self.take_in(other.archived()?)
    }

    fn take_in(&self, archive: Archive) -> Result<Imported, Error> {
        self.write(move |tx| {
            let mut imported = Imported::default();
            for conversation in archive.conversations {
                take_in(tx, conversation, &mut imported)?;
            }
            Ok(imported)
        })
    }

    /// [`Store::import`] of a file.
    pub fn import_from(&self, path: &Path) -> Result<Imported, Error> {
        let bytes = fs::read(path).map_err(|error| Error::io(error, path))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::Import(format!("{} is not a text file.", path.display())))?;
        self.import(&text)
    }
}

fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(text.as_bytes())?;
    file.into_inner()?.sync_all()
}

fn archived_conversations(connection: &Connection) -> Result<Vec<ArchivedConversation>, Error> {
    let mut query = connection.prepare(
        "SELECT id, title, system_prompt, created_ms, updated_ms, pinned_local, model, \
         trashed_ms, chosen_child, label, prompt_origin, held FROM conversation WHERE trashed_ms IS NOT 0 ORDER BY created_ms, id",
    )?;
    let rows = query.query_map([], |row| {
        Ok(ArchivedConversation {
            id: row.get(0)?,
            title: row.get(1)?,
            system_prompt: row.get(2)?,
            created_ms: row.get(3)?,
            updated_ms: row.get(4)?,
            pinned_local: row.get(5)?,
            model: row.get(6)?,
            trashed_ms: row.get(7)?,
            chosen_child: row.get(8)?,
            label: values::label(row, 9)?,
            prompt_origin: values::origin(row, 10)?,
            held: row.get(11)?,
            messages: Vec::new(),
        })
    })?;
    let mut conversations: Vec<_> = rows.collect::<Result<_, _>>()?;
    for conversation in &mut conversations {
        let order = Tree::of(connection, &conversation.id)?.parents_first();
        let messages = order.iter().map(|id| archived_message(connection, id));
        conversation.messages = messages.collect::<Result<_, _>>()?;
    }
    Ok(conversations)
}

fn archived_message(connection: &Connection, id: &str) -> Result<ArchivedMessage, Error> {
    let message = messages::get(connection, id)?;
    let mut chosen = connection.prepare_cached("SELECT chosen_child FROM message WHERE id = ?1")?;
    let chosen_child = chosen.query_row([id], |row| row.get(0))?;
    let answer = message.answer.map(|answer| match answer.finish {
        Some(_) => answer,
        // An import cannot go on writing it.
        None => Answer { finish: Some(Finish::Failed), error: Some(UNFINISHED.into()), ..answer },
    });
    Ok(ArchivedMessage {
        id: message.id,
        parent: message.parent,
        role: message.role,
        text: message.text,
        origin: message.origin,
        created_ms: message.created_ms,
        chosen_child,
        answer,
    })
}

fn parse(text: &str) -> Result<Archive, Error> {
    let refused =
        |error| Error::Import(format!("This is not an export of Hearth's chats: {error}."));
    let header: Header = serde_json::from_str(text).map_err(refused)?;
    if header.format != FORMAT {
        return Err(Error::Import(format!("This file holds “{}”, not chats.", header.format)));
    }
    if header.version > VERSION {
        return Err(Error::Import("A newer Hearth wrote this file; update to import it.".into()));
    }
    serde_json::from_str(text).map_err(refused)
}

/// Adds what is not there yet of one chat.
fn take_in(
    tx: &Transaction,
    theirs: ArchivedConversation,
    imported: &mut Imported,
) -> Result<(), Error> {
    let ArchivedConversation { id, messages, .. } = theirs;
    require_uuid(&id)?;
    require_time(theirs.created_ms)?;
    require_time(theirs.updated_ms)?;
    theirs.trashed_ms.map_or(Ok(()), require_time)?;
    if theirs.trashed_ms == Some(conversations::DELETING) {
        return Err(Error::Import(format!("The file is damaged: chat {id} is half deleted.")));
    }
    let added = tx
        .prepare_cached(
            "INSERT INTO conversation (id, title, system_prompt, created_ms, updated_ms, \
             pinned_local, model, trashed_ms, chosen_child, label, prompt_origin, held) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            id,
            theirs.title,
            theirs.system_prompt,
            theirs.created_ms,
            theirs.updated_ms,
            theirs.pinned_local,
            theirs.model,
            theirs.trashed_ms,
            theirs.chosen_child,
            values::word(theirs.label)?,
            theirs.prompt_origin.map(values::word).transpose()?,
            theirs.held,
        ])?;
    imported.conversations += added as u32;

    let mut known = HashSet::new();
    let mut joined = false;
    for message in messages {
        joined |= take_in_message(tx, &id, message, &mut known, imported)?;
    }
    if joined {
        tx.execute(
            "UPDATE conversation SET updated_ms = max(updated_ms, ?1) WHERE id = ?2",
            params![theirs.updated_ms, id],
        )?;
    }
    Ok(())
}

/// Adds a message unless it is there; `known` are the messages of this chat that came before.
/// A parent among them means that there is neither a cycle nor a thread without a beginning.
fn take_in_message(
    tx: &Transaction,
    conversation: &str,
    message: ArchivedMessage,
    known: &mut HashSet<String>,
    imported: &mut Imported,
) -> Result<bool, Error> {
    let id = message.id.clone();
    require_uuid(&id)?;
    require_time(message.created_ms)?;
    if message.parent.as_ref().is_some_and(|parent| !known.contains(parent)) {
        return Err(Error::Import(format!(
            "The file is damaged: message {id} has lost the one before it."
        )));
    }
    let ours: Option<String> = tx
        .prepare_cached("SELECT conversation FROM message WHERE id = ?1")?
        .query_row([&id], |row| row.get(0))
        .optional()?;
    let changed = match ours {
        None => {
            add_message(tx, conversation, &id, message)?;
            true
        }
        Some(ours) if ours == conversation => complete(tx, &id, message)?,
        Some(_) => {
            return Err(Error::Import(format!(
                "The file is damaged: message {id} is in two chats."
            )));
        }
    };
    imported.messages += u32::from(changed);
    known.insert(id);
    Ok(changed)
}

fn add_message(
    tx: &Transaction,
    conversation: &str,
    id: &str,
    message: ArchivedMessage,
) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT INTO message (id, conversation, parent, role, text, created_ms, chosen_child, \
         origin) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        id,
        conversation,
        message.parent,
        values::word(message.role)?,
        message.text,
        message.created_ms,
        message.chosen_child,
        message.origin.map(values::word).transpose()?,
    ])?;
    match message.answer {
        Some(answer) => {
            let finish = answer.finish.or(Some(Finish::Failed));
            answers::put(tx, id, Answer { finish, ..answer })
        }
        None => Ok(()),
    }
}

/// Gives an answer that broke off here, is being written, or was gone on with there, the end that it
/// has there. That is how a chat comes back whole that went on in memory while the disk was full.
fn complete(tx: &Transaction, id: &str, theirs: ArchivedMessage) -> Result<bool, Error> {
    let ended = |answer: &Answer| !matches!(answer.finish, None | Some(Finish::Failed));
    let Some(answer) = theirs.answer.filter(ended) else { return Ok(false) };
    let Some(ours) = answers::get(tx, id)? else { return Ok(false) };
    let went_on = || -> Result<bool, Error> {
        let text = messages::get(tx, id)?.text;
        Ok(theirs.text.len() > text.len() && theirs.text.starts_with(&text))
    };
    if ended(&ours) && !went_on()? {
        return Ok(false);
    }
    answers::put(tx, id, answer)?;
    let origin = theirs.origin.map(values::word).transpose()?;
    tx.execute(
        "UPDATE message SET text = ?1, origin = ?2 WHERE id = ?3",
        params![theirs.text, origin, id],
    )?;
    tx.execute("DELETE FROM partial WHERE message = ?1", [id])?;
    Ok(true)
}

/// After 1970 and in what a date can say (ECMA-262, section 21.4.1.1), since the window shows it.
fn require_time(ms: i64) -> Result<(), Error> {
    match ms {
        0..=8_640_000_000_000_000 => Ok(()),
        _ => Err(Error::Import(format!("The file is damaged: {ms} is not a time."))),
    }
}

fn require_uuid(id: &str) -> Result<(), Error> {
    // Only the form that exports have, so that one id is never two strings.
    match Uuid::try_parse(id) {
        Ok(uuid) if uuid.to_string() == id => Ok(()),
        _ => Err(Error::Import(format!("The file is damaged: “{id}” is not an id."))),
    }
}

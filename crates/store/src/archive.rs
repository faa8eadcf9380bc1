//! All chats as one JSON file: every branch, every answer's metrics, the trash. The same
//! history always gives the same bytes, and so does a history that was exported and imported.

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Write};
use std::path::Path;

use hearth_chat::{Finish, Role, clipped};
use hearth_router::Label;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, de};
use uuid::Uuid;

use crate::messages::Tree;
use crate::{
    Answer, Error, Imported, Store, TextOrigin, answers, conversations, messages, private,
    thoughts, values,
};

const FORMAT: &str = "hearth-chats";
const VERSION: u32 = 1;
const UNFINISHED: &str = "This answer was still being written when the chats were exported.";

/// Of a file that is imported, in bytes.
const LONGEST_FILE: u64 = 256 << 20;
/// Of one chat. A thread may be as deep.
const MOST_MESSAGES: usize = 100_000;

/// What Hearth takes from a file that anyone may have made, in bytes. It makes nothing as long itself:
/// the longest answer of the engine has 64 MiB.
const LONGEST: Longest = Longest {
    title: conversations::LONGEST_TITLE,
    system_prompt: 1 << 20,
    text: 64 << 20,
    name: 4 << 10,
};

struct Longest {
    title: usize,
    system_prompt: usize,
    text: usize,
    /// Of a model, a backend, an error.
    name: usize,
}

/// The format and the version come first, because the shape of the rest depends on them.
#[derive(Serialize)]
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
    #[serde(deserialize_with = "not_too_many")]
    messages: Vec<ArchivedMessage>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ArchivedMessage {
    id: String,
    parent: Option<String>,
    role: Role,
    text: String,
    // It goes with a history of this device, and into no file.
    #[serde(skip)]
    thought: String,
    #[serde(skip, default = "from_a_file")]
    origin: Option<TextOrigin>,
    created_ms: i64,
    chosen_child: Option<String>,
    answer: Option<Answer>,
}

impl ArchivedMessage {
    /// Takes the thought out of an answer of an older Hearth.
    fn part(&mut self) {
        if let Some(answer) = &mut self.answer
            && let Some((said, units)) = thoughts::part(&self.text)
        {
            answer.tokens = thoughts::marks_after(std::mem::take(&mut answer.tokens), units);
            (self.text, self.thought) = (said.answer, said.thought);
        }
    }
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

    /// Writes all chats to `path`, which holds either all of them or what it held before, and which
    /// no other user can read.
    pub fn export_to(&self, path: &Path) -> Result<(), Error> {
        let text = self.export()?;
        private::replace(path, |file| file.write_all(text.as_bytes()))
            .map_err(|error| Error::io(error, path))
    }

    /// Adds the chats of an export, with their ids. What is here already stays as it is, also
    /// its title and its place in the trash, so that importing twice changes nothing; new
    /// messages of a known chat join it, and an answer that broke off here takes the end that
    /// it has there. All or nothing. What is new counts as somebody else's words, and a new chat is
    /// pinned until the user unpins it.
    pub fn import(&self, text: &str) -> Result<Imported, Error> {
        let read = Cursor::new(text.as_bytes().to_vec());
        self.write(move |tx| take_in_all(tx, read, None))
    }

    /// The same with the chats of a history of this device: who wrote what in them is known.
    pub fn merge(&self, other: &Self) -> Result<Imported, Error> {
        let archive = other.archived()?;
        self.write(move |tx| {
            let mut imported = Imported::default();
            for conversation in archive.conversations {
                take_in(tx, conversation, &mut imported)?;
            }
            Ok(imported)
        })
    }

    /// [`Store::import`] of a file that anyone may have made: what is in it has bounds, and it is never
    /// in memory as a whole.
    pub fn import_from(&self, path: &Path) -> Result<Imported, Error> {
        let io = |error| Error::io(error, path);
        let file = File::open(path).map_err(io)?;
        if file.metadata().map_err(io)?.len() > LONGEST_FILE {
            return Err(too_long());
        }
        let path = path.to_owned();
        self.write(move |tx| {
            // One byte more, which tells that there was more.
            let mut read = BufReader::new(file.take(LONGEST_FILE + 1));
            let done = take_in_all(tx, &mut read, Some(&LONGEST));
            if read.get_ref().limit() == 0 {
                return Err(too_long());
            }
            done.map_err(|error| match error {
                Error::Io { source, .. } => Error::io(source, &path),
                error => error,
            })
        })
    }
}

fn too_long() -> Error {
    let most = LONGEST_FILE >> 20;
    Error::Import(format!("The file is larger than the {most} MiB that Hearth imports at once."))
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
        thought: message.thought,
        origin: message.origin,
        created_ms: message.created_ms,
        chosen_child,
        answer,
    })
}

/// Adds the chats of an export one after the other, as they are read.
fn take_in_all(
    tx: &Transaction,
    read: impl Read,
    longest: Option<&Longest>,
) -> Result<Imported, Error> {
    let mut taking = Taking { tx, longest, imported: Imported::default(), failed: None };
    let mut json = serde_json::Deserializer::from_reader(read);
    let done = taking.deserialize(&mut json).and_then(|()| json.end());
    match (done, taking.failed) {
        (Ok(()), _) => Ok(taking.imported),
        (Err(_), Some(error)) => Err(error),
        (Err(error), None) if error.is_io() => {
            Err(Error::Io { path: Default::default(), source: error.into() })
        }
        (Err(error), None) => Err(Error::Import(format!(
            "This is not an export of Hearth's chats: {}.",
            clipped(&error.to_string(), 200)
        ))),
    }
}

/// An import that is under way.
struct Taking<'a, 't> {
    tx: &'a Transaction<'t>,
    longest: Option<&'a Longest>,
    imported: Imported,
    /// Why it ended, where it was not for the JSON.
    failed: Option<Error>,
}

impl Taking<'_, '_> {
    fn fail<E: de::Error>(&mut self, error: Error) -> E {
        let told = E::custom(&error);
        self.failed = Some(error);
        told
    }

    fn chat<E: de::Error>(&mut self, chat: ArchivedConversation) -> Result<(), E> {
        let short = self.longest.map_or(Ok(()), |longest| longest.allows(&chat));
        let taken = short.and_then(|()| take_in(self.tx, chat, &mut self.imported));
        taken.map_err(|error| self.fail(error))
    }
}

impl<'de> DeserializeSeed<'de> for &mut Taking<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Taking<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object with the format, the version and the conversations")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        const KEYS: &[&str] = &["format", "version", "conversations"];
        for expected in KEYS {
            match map.next_key::<String>()? {
                Some(key) if key == *expected => {}
                Some(key) => {
                    let key = clipped(&key, 40);
                    return Err(de::Error::custom(format!(
                        "`{key}` stands where `{expected}` must"
                    )));
                }
                None => return Err(de::Error::missing_field(expected)),
            }
            match *expected {
                "format" => {
                    let format: String = map.next_value()?;
                    if format != FORMAT {
                        let format = clipped(&format, 40);
                        return Err(self.fail(Error::Import(format!(
                            "This file holds “{format}”, not chats."
                        ))));
                    }
                }
                "version" => {
                    if map.next_value::<u32>()? > VERSION {
                        return Err(self.fail(Error::Import(
                            "A newer Hearth wrote this file; update to import it.".into(),
                        )));
                    }
                }
                _ => map.next_value_seed(Chats(&mut *self))?,
            }
        }
        match map.next_key::<String>()? {
            None => Ok(()),
            Some(key) => Err(de::Error::unknown_field(&clipped(&key, 40), KEYS)),
        }
    }
}

struct Chats<'s, 'a, 't>(&'s mut Taking<'a, 't>);

impl<'de> DeserializeSeed<'de> for Chats<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Chats<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of chats")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(chat) = list.next_element()? {
            self.0.chat(chat)?;
        }
        Ok(())
    }
}

/// The messages of a chat, of which each takes more room in memory than in the file.
fn not_too_many<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<ArchivedMessage>, D::Error> {
    struct Messages;

    impl<'de> Visitor<'de> for Messages {
        type Value = Vec<ArchivedMessage>;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            write!(f, "at most {MOST_MESSAGES} messages in a chat")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut messages = Vec::new();
            while let Some(message) = list.next_element()? {
                if messages.len() == MOST_MESSAGES {
                    return Err(de::Error::invalid_length(MOST_MESSAGES + 1, &self));
                }
                messages.push(message);
            }
            Ok(messages)
        }
    }

    json.deserialize_seq(Messages)
}

impl Longest {
    fn allows(&self, chat: &ArchivedConversation) -> Result<(), Error> {
        let check = |what: &str, text: &str, longest: usize| match text.len() {
            length if length > longest => Err(Error::Import(format!(
                "The file is not one of Hearth's: it has {what} of {length} bytes, and Hearth takes \
                 {longest}."
            ))),
            _ => Ok(()),
        };
        let name = |name: &Option<String>| match name {
            Some(name) => check("a name", name, self.name),
            None => Ok(()),
        };
        check("a title", &chat.title, self.title)?;
        check("a system prompt", &chat.system_prompt, self.system_prompt)?;
        name(&chat.model)?;
        for message in &chat.messages {
            check("a message", &message.text, self.text)?;
            if let Some(answer) = &message.answer {
                check("a name", &answer.model, self.name)?;
                name(&answer.backend)?;
                name(&answer.error)?;
            }
        }
        Ok(())
    }
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
    mut message: ArchivedMessage,
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
    message.part();
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
         origin, thought) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
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
        message.thought,
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
        "UPDATE message SET text = ?1, origin = ?2, \
         thought = CASE ?3 WHEN '' THEN thought ELSE ?3 END WHERE id = ?4",
        params![theirs.text, origin, theirs.thought, id],
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
        _ => {
            Err(Error::Import(format!("The file is damaged: “{}” is not an id.", clipped(id, 40))))
        }
    }
}

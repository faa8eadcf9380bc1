//! The file itself: opening, checking, migrating.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use crate::private::{self, beside};
use crate::{Error, backup, outgoing, thoughts};

/// Applied in order, each once. A released one is never edited.
fn migrations() -> Vec<M<'static>> {
    vec![
        M::up(include_str!("schema/001_chats.sql")),
        M::up(include_str!("schema/002_outgoing.sql")),
        M::up(include_str!("schema/003_label.sql")),
        M::up(include_str!("schema/004_origin.sql")),
        M::up(include_str!("schema/005_partial.sql")),
        M::up(include_str!("schema/006_device.sql")),
        M::up_with_hook(include_str!("schema/007_thought.sql"), thoughts::part_all),
    ]
}

/// From this version on the ledger has a checkpoint before its first row.
const WITH_CHECKPOINT: u32 = 5;

const BUSY: Duration = Duration::from_secs(5);

/// Held by the one process that may change chats. The system releases it when the process ends, however it ends.
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// A file of its own, because closing any handle of the database would drop SQLite's own locks on it.
    pub fn take(database: &Path) -> Result<Self, Error> {
        if let Some(folder) = database.parent() {
            fs::create_dir_all(folder).map_err(|error| Error::io(error, folder))?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file =
            options.open(beside(database, ".lock")).map_err(|error| Error::io(error, database))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse { path: database.to_owned() }),
            Err(TryLockError::Error(error)) => Err(Error::io(error, database)),
        }
    }
}

pub(crate) fn open_writer(path: &Path) -> Result<Connection, Error> {
    private::guard_database(path).map_err(|error| Error::io(error, path))?;
    open_writer_with(path, &migrations())
}

fn open_writer_with(path: &Path, migrations: &[M<'_>]) -> Result<Connection, Error> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    let version = check(&connection, path, migrations.len())?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    careful(&connection)?;
    if version > 0 && (version as usize) < migrations.len() {
        if version < WITH_CHECKPOINT {
            outgoing::note_end_of_empty(&connection, path)?;
        }
        backup::copy(&connection, &beside(path, &format!(".backup-v{version}")))?;
    }
    Migrations::from_slice(migrations).to_latest(&mut connection)?;
    Ok(connection)
}

/// Opens a history that the process with the lock has checked and brought to this version.
pub(crate) fn open_beside(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version as usize != migrations().len() {
        return Err(Error::InUse { path: path.to_owned() });
    }
    careful(&connection)?;
    Ok(connection)
}

/// What holds for a connection that writes, and is not a property of the file.
fn careful(connection: &Connection) -> Result<(), Error> {
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(())
}

/// Refuses a damaged file and one from a newer Hearth, before anything is changed in it.
/// Returns the version of its tables, 0 for a new file.
fn check(connection: &Connection, path: &Path, known: usize) -> Result<u32, Error> {
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version as usize > known {
        return Err(Error::Newer { path: path.to_owned(), found: version, known: known as u32 });
    }
    // Every table's pages, those of the search index included. Asked about the whole file, SQLite
    // would also compare the index with itself word by word, which takes long and which a
    // rebuild would mend.
    let mut tables = connection.prepare(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow') \
         AND name NOT LIKE 'sqlite_%'",
    )?;
    let tables = tables.query_map([], |row| row.get(0))?;
    for table in tables.collect::<Result<Vec<String>, _>>()? {
        let mut verdict = String::new();
        connection.pragma(None, "quick_check", table, |row| {
            verdict = row.get(0)?;
            Ok(())
        })?;
        if verdict != "ok" {
            return Err(Error::corrupt(path, verdict));
        }
    }
    Ok(version)
}

/// Whether a copy of a history could take its place.
pub(crate) fn is_sound(path: &Path) -> bool {
    let checked = open_reader(path).and_then(|copy| check(&copy, path, migrations().len()));
    checked.is_ok_and(|version| version > 0)
}

pub(crate) fn open_reader(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| Error::from(error).at(path))?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// Opens a current history in a folder where nothing can be created. With a write-ahead log
/// left by a crash, SQLite reads both; without one it must be told that nobody writes.
pub(crate) fn open_unwritable(path: &Path) -> Result<Connection, Error> {
    let log = fs::metadata(beside(path, "-wal")).map_or(0, |file| file.len());
    let connection = if log > 0 {
        open_reader(path)?
    } else {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_URI;
        Connection::open_with_flags(immutable_uri(path), flags)?
    };
    let version = check(&connection, path, migrations().len())?;
    if (version as usize) < migrations().len() {
        return Err(Error::ReadOnly { path: path.to_owned() });
    }
    Ok(connection)
}

/// Two connections to one new database that lives in memory while either is open.
pub(crate) fn open_in_memory() -> Result<(Connection, Connection), Error> {
    // With `memdb`, connections take turns as they do on a file; `cache=shared` would refuse them.
    let uri = format!("file:/{}?vfs=memdb", crate::new_id());
    let writer = open_writer_with(Path::new(&uri), &migrations())?;
    let reader = Connection::open(&uri)?;
    reader.busy_timeout(BUSY)?;
    reader.pragma_update(None, "query_only", true)?;
    Ok((writer, reader))
}

fn immutable_uri(path: &Path) -> String {
    let path = path.to_string_lossy();
    let path = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{path}?immutable=1")
}

pub(crate) fn truncate_log(connection: &Connection) -> Result<(), Error> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

/// As an older Hearth made it.
#[cfg(test)]
pub(crate) fn open_writer_of(path: &Path, version: usize) -> Result<Connection, Error> {
    open_writer_with(path, &migrations()[..version])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_migrations_are_valid_sql() {
        Migrations::from_slice(&migrations()).validate().unwrap();
    }

    #[test]
    fn a_backup_is_made_before_an_existing_history_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hearth.db");
        drop(open_writer(&path).unwrap());
        let version = migrations().len();
        let backup = beside(&path, &format!(".backup-v{version}"));
        assert!(!backup.exists(), "a new history needs no backup");

        let mut next = migrations();
        next.push(M::up("DROP TABLE ledger;"));
        let connection = open_writer_with(&path, &next).unwrap();
        let has_ledger =
            |connection: &Connection| connection.prepare("SELECT count(*) FROM ledger").is_ok();
        assert!(!has_ledger(&connection));
        let backup = open_reader(&backup).unwrap();
        assert!(has_ledger(&backup), "the backup is the history as it was before");
    }

    #[test]
    fn of_a_history_from_before_nobody_knows_who_wrote_what() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hearth.db");
        let before = open_writer_with(&path, &migrations()[..3]).unwrap();
        before
            .execute_batch(
                "INSERT INTO conversation (id, title, system_prompt, created_ms, updated_ms, \
                 pinned_local) VALUES ('c', 't', 'Be brief.', 1, 1, 0); \
                 INSERT INTO message (id, conversation, role, text, created_ms) \
                 VALUES ('m', 'c', 'user', 'Hello?', 1);",
            )
            .unwrap();
        drop(before);
        let store = crate::Store::open(&path).unwrap();
        let (chat, message) = (store.conversation("c").unwrap(), store.message("m").unwrap());
        assert_eq!((chat.prompt_origin, message.origin), (None, None));
        assert!(chat.has_foreign_prompt() && message.is_foreign() && !chat.pinned_local);
    }

    #[test]
    fn what_an_unfinished_answer_had_said_is_there_after_an_update() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hearth.db");
        let old = open_writer_of(&path, 3).unwrap();
        old.execute_batch(
            "INSERT INTO conversation VALUES (1, 'c', '', '', 1, 1, 0, NULL, NULL, NULL, 'public');
             INSERT INTO message VALUES (1, 'm', 'c', NULL, 'assistant', '', 1, NULL);
             INSERT INTO answer VALUES ('m', NULL, 'this_device', 'a', NULL, NULL, 0, NULL, '[]',
                 'null', 'null', 'null', 'null', '[]');
             INSERT INTO partial VALUES ('m', 'Once upon');",
        )
        .unwrap();
        drop(old);
        let store = crate::Store::open(&path).unwrap();
        assert_eq!(store.message("m").unwrap().text, "Once upon");
        #[cfg(unix)]
        for name in ["hearth.db", "hearth.db.backup-v3", "hearth.db.lock", "hearth.db-wal"] {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{name}");
        }
    }

    #[test]
    fn thoughts_of_older_answers_move_to_their_place_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hearth.db");
        let old = open_writer_of(&path, 6).unwrap();
        let said = "<think>\nCanary.\n</think>\n\nParis.";
        let marks = r#"[[8,"target",-0.1],[7,"target",-0.1],[11,"target",-0.1],[6,"draft",-0.2]]"#;
        old.execute_batch(&format!(
            "INSERT INTO conversation (id, title, system_prompt, created_ms, updated_ms, \
             pinned_local) VALUES ('c', 't', '', 1, 1, 0); \
             INSERT INTO message (id, conversation, role, text, created_ms) VALUES \
             ('q', 'c', 'user', '<think>mine</think>', 1), ('a', 'c', 'assistant', '{said}', 2), \
             ('b', 'c', 'assistant', 'The tag </think> ends it.', 3); \
             INSERT INTO answer VALUES ('a', 'stop', 'this_device', 'm', NULL, NULL, 0, NULL, '[]', \
             'null', 'null', 'null', 'null', '{marks}', 'null');",
        ))
        .unwrap();
        drop(old);
        let store = crate::Store::open(&path).unwrap();
        let texts = |id| {
            let message = store.message(id).unwrap();
            (message.thought, message.text)
        };
        assert_eq!(texts("a"), ("Canary.".into(), "Paris.".into()));
        assert_eq!(texts("q"), (String::new(), "<think>mine</think>".into()));
        assert_eq!(texts("b").0, "");
        let tokens = store.message("a").unwrap().answer.unwrap().tokens;
        assert_eq!(tokens.iter().map(|token| token.length).collect::<Vec<_>>(), [6]);
        assert!(store.search("Canary", false).unwrap().is_empty());
        assert_eq!(store.search("Paris", false).unwrap().len(), 1);
        assert!(!store.export().unwrap().contains("Canary"));
    }

    #[test]
    fn a_history_from_a_newer_hearth_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hearth.db");
        let mut next = migrations();
        next.push(M::up("CREATE TABLE later (x);"));
        drop(open_writer_with(&path, &next).unwrap());
        let before = fs::read(&path).unwrap();

        let error = open_writer(&path).unwrap_err();
        let known = migrations().len() as u32;
        let newer = matches!(&error, Error::Newer { found, known: k, .. } if (*found, *k) == (known + 1, known));
        assert!(newer, "{error}");
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

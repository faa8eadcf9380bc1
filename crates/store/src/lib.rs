//! Keeps what must not be lost: chats, how each answer came about, and what was spent.
//!
//! One SQLite file in WAL mode with `synchronous=FULL`: what a call acknowledged survives a
//! kill and a power cut. All changes go through one thread, each as one transaction; reads use
//! a second connection that cannot write. Every call blocks; an async caller wraps it.
//! One process changes a history; a second one may note its connections in it.

mod answers;
mod archive;
mod backup;
mod connections;
mod conversations;
mod error;
mod file;
mod judged;
mod ledger;
mod messages;
mod model_use;
mod outgoing;
mod private;
mod rows;
mod search;
mod thoughts;
mod values;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

use rusqlite::Transaction;

use backup::Backups;
pub use backup::Restored;
pub use error::Error;
pub use judged::{Grade, Noted};
pub use model_use::ModelUse;
pub use outgoing::{
    Broken, Checkpoint, Entry, Fault, Intended, Intent, Leave, Settlement, State, Tokens, Verified,
};
pub use rows::{
    Answer, BranchMessage, Connection, Conversation, Ending, Found, Imported, Message,
    NewConversation, Route, Said, TextOrigin, TokenMark, UsageDay,
};
use writer::{Job, Writer};

/// How long a chat stays in the trash, and a backup beside the history.
pub const TRASH_DAYS: u32 = 30;

/// The open history. Clones share it; the last one to go closes the file.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    /// Of the ledger.
    key: OnceLock<outgoing::Key>,
    /// Whether there are files at all.
    on_disk: bool,
    beside: Beside,
    reader: Arc<Mutex<rusqlite::Connection>>,
    /// Both are `Some` until the drop.
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// What lies beside a history that this process keeps.
#[derive(Default)]
struct Beside {
    backups: Option<Backups>,
    restored: Option<Restored>,
}

impl Store {
    /// Opens or creates the history at `path`, checks it, brings it to this version (after a
    /// backup), ends answers that a crash cut off, and begins to empty the trash of what is due.
    /// A damaged one is put aside for its newest sound backup, which [`Store::restored`] tells.
    ///
    /// Where the folder is read-only or the disk full, an existing history opens for reading;
    /// each write then fails with the reason, and works as soon as the folder does.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let mut writer = Writer::new(path);
        let connection = match writer.connect() {
            Ok(()) => file::open_reader(path)?,
            Err(error) if error.is_unwritable() => {
                file::open_unwritable(path).map_err(|_| error)?
            }
            Err(error) => return Err(error),
        };
        let beside = Beside {
            backups: Some(Backups::start(path, writer.is_fresh())?),
            restored: writer.restored(),
        };
        Self::start(path, true, writer, connection, beside)
    }

    /// A history that is gone when the last clone is dropped, for one question or for a start
    /// on which nothing can be kept.
    pub fn in_memory() -> Result<Self, Error> {
        let (writing, reading) = file::open_in_memory()?;
        let nowhere = Path::new("this computer's memory");
        Self::start(
            nowhere,
            false,
            Writer::connected_to(nowhere, writing),
            reading,
            Beside::default(),
        )
    }

    /// Opens the history that another process has open, to read it and to note connections in it.
    /// All else in it is that process's to change.
    pub fn open_beside(path: &Path) -> Result<Self, Error> {
        let writing = file::open_beside(path).map_err(|error| error.at(path))?;
        let reading = file::open_reader(path)?;
        Self::start(path, true, Writer::connected_to(path, writing), reading, Beside::default())
    }

    fn start(
        path: &Path,
        on_disk: bool,
        mut writer: Writer,
        reading: rusqlite::Connection,
        beside: Beside,
    ) -> Result<Self, Error> {
        let reader = Arc::new(Mutex::new(reading));
        writer.serves(Arc::clone(&reader), beside.backups.as_ref().and_then(Backups::notices));
        let (jobs, queue) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("hearth-store".into())
            .spawn(move || writer.run(&queue))
            .map_err(|error| Error::io(error, path))?;
        let shared = Shared {
            path: path.to_owned(),
            key: OnceLock::new(),
            on_disk,
            beside,
            reader,
            jobs: Some(jobs),
            thread: Some(thread),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// What Hearth did about a history that was damaged when this one was opened.
    pub fn restored(&self) -> Option<&Restored> {
        self.shared.beside.restored.as_ref()
    }

    /// Whether something written now would be kept; tries for real, and changes nothing.
    pub fn check_writable(&self) -> Result<(), Error> {
        self.on_writer(Writer::try_writing)
    }

    /// Runs `change` as one transaction on the writer's thread and waits for its commit.
    fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Transaction) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.on_writer(|writer| writer.transact(change))
    }

    fn on_writer<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = mpsc::sync_channel(1);
        let job: Job = Box::new(move |writer| {
            // Nobody waits any more only if the caller's thread is gone.
            let _ = reply.send(work(writer));
        });
        let jobs = self.shared.jobs.as_ref().ok_or(Error::Stopped)?;
        jobs.send(job).map_err(|_| Error::Stopped)?;
        let result = answer.recv().map_err(|_| Error::Stopped)?;
        result.map_err(|error| error.at(&self.shared.path))
    }

    /// Runs `query` on one consistent state of the history.
    fn read<T>(
        &self,
        query: impl FnOnce(&rusqlite::Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        // A query that panicked left nothing half-done in a connection that cannot write.
        let mut reader = self.shared.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || -> Result<T, Error> {
            let snapshot = reader.transaction()?;
            query(&snapshot)
        };
        read().map_err(|error| error.at(&self.shared.path))
    }

    /// The key of the ledger, read once.
    fn ledger_key(&self) -> Result<outgoing::Key, Error> {
        if let Some(key) = self.shared.key.get() {
            return Ok(key.clone());
        }
        // On the writer's thread, so that two do not make one each.
        let path = self.shared.on_disk.then(|| self.shared.path.clone());
        let shared = Arc::clone(&self.shared);
        let found = self.on_writer(move |_| match shared.key.get() {
            Some(key) => Ok(key.clone()),
            None => outgoing::Key::load(path.as_deref()),
        })?;
        Ok(self.shared.key.get_or_init(|| found).clone())
    }

    /// Moves everything into the one file and empties its write-ahead log, where deleted text
    /// would linger. The last clone does it too, if it is dropped before the process ends.
    pub fn forget_log(&self) -> Result<(), Error> {
        self.shared.beside.backups.iter().for_each(Backups::interrupt);
        self.on_writer(Writer::truncate_log)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there was reported as `Stopped` to whoever waited.
            let _ = thread.join();
        }
    }
}

/// ms since the Unix epoch.
fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

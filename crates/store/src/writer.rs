use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::backup::{self, Notices, Restored};
use crate::file::{self, Lock};
use crate::outgoing::{self, Key};
use crate::{Error, conversations, now_ms};

pub(crate) type Job = Box<dyn FnOnce(&mut Writer) + Send>;

/// Bytes that must fit for a history to count as writable: a message, and its place in the index.
const ROOM: u32 = 128 << 10;
const HOUR: Duration = Duration::from_secs(3600);
const DAY_MS: i64 = 24 * 3600 * 1000;

/// The only one that changes the history; lives on its own thread.
pub(crate) struct Writer {
    path: PathBuf,
    lock: Option<Lock>,
    /// `None` while the folder cannot be written.
    connection: Option<Connection>,
    /// Replaced when a folder that could not be written becomes writable.
    reader: Option<Arc<Mutex<Connection>>>,
    /// When the trash was last looked through.
    purged_ms: i64,
    /// Chats are waiting to be deleted, which is done while nobody waits.
    deleting: bool,
    /// Some are deleted, of which `backups` has not heard.
    deleted: bool,
    backups: Option<Notices>,
    /// The file was not there before.
    fresh: bool,
    restored: Option<Restored>,
}

impl Writer {
    pub fn new(path: &Path) -> Self {
        let path = path.to_owned();
        Self {
            path,
            lock: None,
            connection: None,
            reader: None,
            purged_ms: 0,
            deleting: false,
            deleted: false,
            backups: None,
            fresh: false,
            restored: None,
        }
    }

    pub fn connected_to(path: &Path, connection: Connection) -> Self {
        Self { connection: Some(connection), purged_ms: now_ms(), ..Self::new(path) }
    }

    /// The reader to exchange when the folder becomes writable, and who hears of what was deleted.
    pub fn serves(&mut self, reader: Arc<Mutex<Connection>>, backups: Option<Notices>) {
        self.reader = Some(reader);
        self.backups = backups;
    }

    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// What took the place of a damaged history.
    pub fn restored(&self) -> Option<Restored> {
        self.restored.clone()
    }

    /// Opens the file for writing, and makes it sound and current.
    pub fn connect(&mut self) -> Result<(), Error> {
        if self.connection.is_some() {
            return Ok(());
        }
        if self.lock.is_none() {
            self.lock = Some(Lock::take(&self.path)?);
        }
        let mut connection = self.open()?;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        // Without it nothing is sent, and its error says so then; the chats need no key.
        let key = match Key::load(Some(&self.path)) {
            Err(Error::LedgerKey { .. }) => None,
            key => Some(key?),
        };
        let tidied = tx.map_err(Error::from).and_then(|tx| {
            crate::answers::end_interrupted(&tx)?;
            conversations::expire(&tx, now_ms())?;
            let Some(key) = key else { return Ok(tx.commit()?) };
            let end = outgoing::end_interrupted(&tx, &key)?;
            tx.commit()?;
            end.map_or(Ok(()), |(rows, last)| key.note_head(rows, &last))
        });
        tidied.map_err(|error| error.at(&self.path))?;
        backup::remove_old(&self.path);
        self.purged_ms = now_ms();
        // Also what an earlier run did not get to the end of.
        self.deleting = true;
        if let Some(reader) = &self.reader {
            let fresh = file::open_reader(&self.path)?;
            *reader.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
        self.connection = Some(connection);
        Ok(())
    }

    /// A damaged history gives its place to its newest sound backup.
    fn open(&mut self) -> Result<Connection, Error> {
        let path = self.path.clone();
        let open = || file::open_writer(&path).map_err(|error| error.at(&path));
        self.fresh = fs::metadata(&path).map_or(0, |file| file.len()) == 0;
        match open() {
            Err(damaged @ Error::Corrupt { .. }) => match backup::take_over(&path) {
                Ok(Some(restored)) => {
                    self.restored = Some(restored);
                    open()
                }
                Ok(None) | Err(_) => Err(damaged),
            },
            opened => opened,
        }
    }

    pub fn run(mut self, queue: &Receiver<Job>) {
        loop {
            let patience = if self.deleting { Duration::ZERO } else { HOUR };
            match queue.recv_timeout(patience) {
                Ok(job) => job(&mut self),
                Err(RecvTimeoutError::Timeout) => self.delete_some(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.purge_daily();
        }
        if self.connection.is_some() {
            // At worst the log keeps what the next start reads from it.
            let _ = self.truncate_log();
        }
    }

    pub fn transact<T>(
        &mut self,
        change: impl FnOnce(&Transaction) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let connection = self.connected()?;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = change(&tx)?;
        tx.commit()?;
        Ok(value)
    }

    /// Writes what a transaction would, and takes it back.
    pub fn try_writing(&mut self) -> Result<(), Error> {
        let connection = self.connected()?;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(&format!("CREATE TABLE room AS SELECT zeroblob({ROOM})"))?;
        // Without it the pages would stay in SQLite's memory, which never is full.
        tx.cache_flush()?;
        Ok(tx.rollback()?)
    }

    /// Empties the write-ahead log, where deleted text would linger.
    pub fn truncate_log(&mut self) -> Result<(), Error> {
        let reader = self.reader.clone();
        // A reader in the middle of a query would keep the log alive.
        let _no_reader = reader.as_ref().map(|r| r.lock().unwrap_or_else(PoisonError::into_inner));
        file::truncate_log(self.connected()?)
    }

    fn connected(&mut self) -> Result<&mut Connection, Error> {
        self.connect()?;
        self.connection.as_mut().ok_or(Error::Stopped)
    }

    fn purge_daily(&mut self) {
        let now = now_ms();
        if now - self.purged_ms < DAY_MS {
            return;
        }
        self.purged_ms = now;
        backup::remove_old(&self.path);
        // What cannot be purged today is still due tomorrow, and at the next start.
        if let Ok(1..) = self.transact(|tx| conversations::expire(tx, now)) {
            self.deleting = true;
        }
    }

    /// A step at a time, between jobs.
    fn delete_some(&mut self) {
        if !self.deleting {
            return;
        }
        self.deleting = self.transact(conversations::delete_some).unwrap_or(false);
        self.deleted |= self.deleting;
        if self.deleting {
            return;
        }
        let deleted = std::mem::take(&mut self.deleted);
        if deleted {
            self.backups.iter().for_each(Notices::interrupt);
        }
        let _ = self.truncate_log();
        if deleted {
            self.backups.iter().for_each(Notices::deleted);
        }
    }
}

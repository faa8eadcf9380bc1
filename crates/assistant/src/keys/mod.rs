//! Keys to providers. They are kept by the system, in a file that a passphrase opens, or for this
//! run alone; never readable in a file, in a log, or in anything that goes to the window.

mod file;
mod key;
mod system;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub(crate) use file::KeyFile;
pub use file::KeyFileState;
pub use key::Key;
pub use system::SystemStore;

use crate::lock;

/// Where keys are kept by others. The system's own store, or a stand-in for it in tests.
pub trait KeyStore: Send + Sync + 'static {
    fn read(&self, provider: &str) -> Result<Option<Key>, KeyError>;
    fn write(&self, provider: &str, key: &Key) -> Result<(), KeyError>;
    /// A key that is not there is forgotten already.
    fn forget(&self, provider: &str) -> Result<(), KeyError>;
}

/// Why a key could not be read or kept. Each message is for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error(
        "This system has no key store that answers ({0}). Keep the key for this run, or in a file \
         with a passphrase."
    )]
    NoStore(String),
    #[error(
        "The system’s key store is locked. Unlock it, or keep the key for this run, or in a file with \
         a passphrase."
    )]
    Locked,
    #[error(
        "The system’s key store does not answer. Try again, or keep the key for this run, or in a \
         file with a passphrase."
    )]
    Slow,
    #[error("The key store refused: {0}.")]
    Refused(String),
    #[error("A key must not be empty.")]
    Empty,
    #[error("The key is in a file that is locked. Enter its passphrase in the settings.")]
    FileLocked,
    #[error("That is not the passphrase of the key file.")]
    WrongPassphrase,
    #[error("Choose a passphrase of 8 letters or more.")]
    ShortPassphrase,
    #[error("The key file {path} cannot be used: {cause}.")]
    File { path: String, cause: String },
}

/// Where a key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyHome {
    System,
    /// In a file that a passphrase opens.
    File,
    /// In memory, until Hearth ends.
    ThisRun,
}

/// What the window may know about a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum KeyState {
    Missing,
    Kept {
        home: KeyHome,
    },
    /// In a file that waits for its passphrase.
    Locked,
    /// It may be there, and cannot be read; `message` says why.
    Unreadable {
        message: String,
    },
}

/// All keys, wherever they are kept. Its methods may block for seconds.
#[derive(Clone)]
pub(crate) struct Keys {
    system: Arc<dyn KeyStore>,
    file: Arc<KeyFile>,
    this_run: Arc<Mutex<HashMap<String, Key>>>,
}

impl Keys {
    /// `file` need not exist.
    pub fn new(system: Arc<dyn KeyStore>, file: PathBuf) -> Self {
        Self { system, file: Arc::new(KeyFile::at(file)), this_run: Arc::default() }
    }

    pub fn file_state(&self) -> KeyFileState {
        self.file.state()
    }

    /// Opens the file until Hearth ends.
    pub fn open_file(&self, passphrase: &Key) -> Result<(), KeyError> {
        self.file.open(passphrase)
    }

    /// The key, and where it was found.
    pub fn read(&self, provider: &str) -> Result<Option<(Key, KeyHome)>, KeyError> {
        if let Some(key) = lock(&self.this_run).get(provider) {
            return Ok(Some((key.clone(), KeyHome::ThisRun)));
        }
        if let Some(key) = self.file.read(provider)? {
            return Ok(Some((key, KeyHome::File)));
        }
        match self.system.read(provider) {
            Ok(Some(key)) => Ok(Some((key, KeyHome::System))),
            // Without a store there is no key in it.
            Ok(None) | Err(KeyError::NoStore(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps a key in one place, and in no other.
    pub fn keep(&self, provider: &str, key: Key, home: KeyHome) -> Result<(), KeyError> {
        if key.is_empty() {
            return Err(KeyError::Empty);
        }
        match home {
            KeyHome::System => {
                self.system.write(provider, &key)?;
                self.file.forget(provider)?;
                lock(&self.this_run).remove(provider);
            }
            KeyHome::File => {
                self.file.write(provider, &key)?;
                lock(&self.this_run).remove(provider);
                // Without a store there is no older key in it, and the file's is found first.
                let _ = self.system.forget(provider);
            }
            KeyHome::ThisRun => drop(lock(&self.this_run).insert(provider.to_owned(), key)),
        }
        Ok(())
    }

    /// Forgets a key wherever it is.
    pub fn forget(&self, provider: &str) -> Result<(), KeyError> {
        lock(&self.this_run).remove(provider);
        self.file.forget(provider)?;
        match self.system.forget(provider) {
            Err(KeyError::NoStore(_)) => Ok(()),
            done => done,
        }
    }

    pub fn state(&self, provider: &str) -> KeyState {
        match self.read(provider) {
            Ok(Some((_, home))) => KeyState::Kept { home },
            Ok(None) => KeyState::Missing,
            Err(KeyError::FileLocked) => KeyState::Locked,
            Err(error) => KeyState::Unreadable { message: error.to_string() },
        }
    }
}

//! Keys to providers. They are kept by the system, in a file that a passphrase opens, or for this
//! run alone; never readable in a file, in a log, or in anything that goes to the window.

mod file;
mod key;
mod names;
mod system;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
    sync::{Arc, Mutex},
};

use hearth_router::Origin;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub(crate) use file::KeyFile;
pub use file::KeyFileState;
pub use key::Key;
use names::NamesFile;
pub use system::SystemStore;

use crate::lock;

/// Where keys are kept by others. The system's own store, or a stand-in for it in tests.
pub trait KeyStore: Send + Sync + 'static {
    fn read(&self, name: &str) -> Result<Option<Key>, KeyError>;
    fn write(&self, name: &str, key: &Key) -> Result<(), KeyError>;
    /// A key that is not there is forgotten already.
    fn forget(&self, name: &str) -> Result<(), KeyError>;
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

/// All keys, wherever they are kept, each under a name that holds the address that it is for. Its
/// methods may block for seconds.
#[derive(Clone)]
pub(crate) struct Keys {
    system: Arc<dyn KeyStore>,
    file: Arc<KeyFile>,
    this_run: Arc<Mutex<HashMap<String, Key>>>,
    names: Arc<NamesFile>,
    /// Whether the keys of an older time were looked at in this run.
    settled: Arc<Mutex<bool>>,
}

/// The name of a provider's key. An address has no spaces, so no two providers share a name.
pub(crate) fn provider_name(id: &str, origin: &Origin) -> String {
    format!("{PROVIDER}{id} {origin}")
}

const PROVIDER: &str = "provider ";

impl Keys {
    /// With its files in `folder`, which need not exist. `older` says what becomes of keys that were
    /// kept under a provider's id alone.
    pub fn new(
        system: Arc<dyn KeyStore>,
        folder: &Path,
        older: BTreeMap<String, Option<String>>,
    ) -> Self {
        Self {
            system,
            file: Arc::new(KeyFile::at(folder.join("keys.json"))),
            this_run: Arc::default(),
            names: Arc::new(NamesFile::open(folder.join("key-names.json"), older)),
            settled: Arc::default(),
        }
    }

    pub fn file_state(&self) -> KeyFileState {
        self.file.state()
    }

    /// Opens the file until Hearth ends.
    pub fn open_file(&self, passphrase: &Key) -> Result<(), KeyError> {
        self.file.open(passphrase)?;
        self.settle_older(&mut lock(&self.settled));
        Ok(())
    }

    /// The key, and where it was found.
    pub fn read(&self, name: &str) -> Result<Option<(Key, KeyHome)>, KeyError> {
        if let Some(key) = lock(&self.this_run).get(name) {
            return Ok(Some((key.clone(), KeyHome::ThisRun)));
        }
        {
            let mut settled = lock(&self.settled);
            if !*settled {
                self.settle_older(&mut settled);
            }
        }
        if let Some(key) = self.file.read(name)? {
            return Ok(Some((key, KeyHome::File)));
        }
        let older = self.names.names().older;
        let waiting = older.iter().find(|(_, to)| to.as_deref() == Some(name));
        if let Some((id, _)) = waiting
            && self.file.names()?.contains(id)
        {
            return Err(KeyError::FileLocked);
        }
        match self.system.read(name) {
            Ok(Some(key)) => Ok(Some((key, KeyHome::System))),
            // Without a store there is no key in it.
            Ok(None) | Err(KeyError::NoStore(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps a key in one place, and in no other.
    pub fn keep(&self, name: &str, key: Key, home: KeyHome) -> Result<(), KeyError> {
        if key.is_empty() {
            return Err(KeyError::Empty);
        }
        self.give_up_older(name)?;
        match home {
            KeyHome::System => {
                self.write_to_system(name, &key)?;
                self.file.forget(name)?;
                lock(&self.this_run).remove(name);
            }
            KeyHome::File => {
                self.file.write(name, &key)?;
                lock(&self.this_run).remove(name);
                // Without a store there is no older key in it, and the file's is found first.
                let _ = self.forget_in_system(name);
            }
            KeyHome::ThisRun => drop(lock(&self.this_run).insert(name.to_owned(), key)),
        }
        Ok(())
    }

    /// Forgets a key wherever it is.
    pub fn forget(&self, name: &str) -> Result<(), KeyError> {
        lock(&self.this_run).remove(name);
        self.give_up_older(name)?;
        self.file.forget(name)?;
        self.forget_in_system(name)
    }

    /// Forgets what is kept for providers that are not among `owners`, names of keys that are asked for
    /// when they are needed. What cannot be forgotten now is tried again at the next start.
    pub fn forget_others(&self, owners: impl Fn() -> BTreeSet<String>) {
        let kept =
            self.file.names().unwrap_or_default().into_iter().chain(self.names.names().system);
        let providers: BTreeSet<String> = kept.filter(|name| name.starts_with(PROVIDER)).collect();
        for name in providers {
            if !owners().contains(&name)
                && let Err(error) = self.forget(&name)
            {
                tracing::warn!(%error, "a key that nobody needs is not forgotten yet");
            }
        }
    }

    /// No key of an older time goes on under `name` any more.
    fn give_up_older(&self, name: &str) -> Result<(), KeyError> {
        let waits = |to: &Option<String>| to.as_deref() == Some(name);
        if self.names.names().older.values().any(waits) {
            self.names.change(|names| {
                names.older.values_mut().filter(|to| waits(to)).for_each(|to| *to = None);
            })?;
            self.settle_older(&mut lock(&self.settled));
        }
        Ok(())
    }

    /// Moves keys of an older time to the names that they go on under, and forgets the others. What
    /// waits for a store or for a passphrase stays noted.
    fn settle_older(&self, settled: &mut bool) {
        *settled = true;
        let older = self.names.names().older;
        let settle = |(id, to): (&String, &Option<String>)| -> Result<(), KeyError> {
            let in_file = self.file.names()?.contains(id);
            match to {
                None => self.file.forget(id)?,
                Some(to) if in_file => drop(self.file.rename(id, to)?),
                Some(to) => {
                    if let Some(key) = self.system.read(id)? {
                        self.write_to_system(to, &key)?;
                    }
                }
            }
            self.system.forget(id)
        };
        let done: Vec<String> =
            older.iter().filter(|entry| settle(*entry).is_ok()).map(|(id, _)| id.clone()).collect();
        if !done.is_empty()
            && let Err(error) =
                self.names.change(|names| names.older.retain(|id, _| !done.contains(id)))
        {
            tracing::warn!(%error, "what became of older keys cannot be noted");
        }
    }

    fn write_to_system(&self, name: &str, key: &Key) -> Result<(), KeyError> {
        self.names.change(|names| names.system.extend([name.to_owned()]))?;
        self.system.write(name, key)
    }

    fn forget_in_system(&self, name: &str) -> Result<(), KeyError> {
        match self.system.forget(name) {
            // Its name stays noted: the store may be there at another start.
            Err(KeyError::NoStore(_)) => return Ok(()),
            done => done?,
        }
        if let Err(error) = self.names.change(|names| names.system.retain(|kept| kept != name)) {
            // The next start forgets it once more.
            tracing::warn!(%error, "that a key is forgotten cannot be noted");
        }
        Ok(())
    }

    pub fn state(&self, name: &str) -> KeyState {
        match self.read(name) {
            Ok(Some((_, home))) => KeyState::Kept { home },
            Ok(None) => KeyState::Missing,
            Err(KeyError::FileLocked) => KeyState::Locked,
            Err(error) => KeyState::Unreadable { message: error.to_string() },
        }
    }
}

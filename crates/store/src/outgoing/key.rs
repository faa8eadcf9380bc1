//! The key of the chain and the checkpoint of its end: two small files beside the database. Whoever
//! can read this folder can read the key too; the chain shows what happened to the database alone,
//! and an exported checkpoint also what was done with both.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::chain::{Checkpoint, START, Seal};
use crate::{Error, private};

/// 32 random bytes, and where the checkpoint lies. Does not print.
#[derive(Clone)]
pub(crate) struct Key {
    bytes: [u8; 32],
    /// `None` for a ledger in memory.
    head: Option<PathBuf>,
}

impl Key {
    /// The key beside `database`, made when there is none. `None` is a ledger in memory.
    pub fn load(database: Option<&Path>) -> Result<Self, Error> {
        let Some(database) = database else { return Ok(Self { bytes: random()?, head: None }) };
        let path = database.with_extension("ledger-key");
        let head = Some(database.with_extension("ledger-head"));
        match fs::read(&path) {
            Ok(bytes) => {
                let bytes =
                    bytes.try_into().map_err(|_| Error::LedgerKey { path: path.clone() })?;
                Ok(Self { bytes, head })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = Self { bytes: random()?, head };
                // Before the key: wherever there is one, its ledger has an end that cannot go unnoticed.
                key.note_head(0, &START)?;
                write(&path, &key.bytes)?;
                Ok(key)
            }
            Err(error) => Err(Error::io(error, &path)),
        }
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Whether there is no checkpoint at all.
    pub fn has_no_head(&self) -> bool {
        self.head.as_ref().is_some_and(|path| !path.exists())
    }

    pub fn note_head(&self, rows: i64, last: &Seal) -> Result<(), Error> {
        let Some(path) = &self.head else { return Ok(()) };
        let checkpoint = serde_json::to_vec(&Checkpoint::of(self, rows, last))?;
        write(path, &checkpoint)
    }

    /// The checkpoint beside the database. `Ok(None)` for a ledger in memory, `Err` when it is gone or
    /// not one of this key.
    pub(super) fn head(&self) -> Result<Option<Checkpoint>, ()> {
        let Some(path) = &self.head else { return Ok(None) };
        let bytes = fs::read(path).map_err(|_| ())?;
        let checkpoint: Checkpoint = serde_json::from_slice(&bytes).map_err(|_| ())?;
        if checkpoint.is_genuine(self) { Ok(Some(checkpoint)) } else { Err(()) }
    }
}

fn random() -> Result<[u8; 32], Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::NoRandomness(error.to_string()))?;
    Ok(bytes)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    private::replace(path, |file| file.write_all(bytes)).map_err(|error| Error::io(error, path))
}

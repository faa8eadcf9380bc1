//! The key of the chain and the checkpoint of its end: two small files beside the database. Whoever
//! can read this folder can read the key too; the chain shows what happened to the database alone,
//! and an exported checkpoint also what was done with both.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::chain::{Checkpoint, Seal};
use crate::Error;

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
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes.try_into().map_err(|_| Error::LedgerKey { path: path.clone() })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let bytes = random()?;
                write_private(&path, &bytes)?;
                bytes
            }
            Err(error) => return Err(Error::io(error, &path)),
        };
        Ok(Self { bytes, head: Some(database.with_extension("ledger-head")) })
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    pub fn note_head(&self, rows: i64, last: &Seal) -> Result<(), Error> {
        let Some(path) = &self.head else { return Ok(()) };
        let checkpoint = serde_json::to_vec(&Checkpoint::of(self, rows, last))?;
        write_private(path, &checkpoint)
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

/// Readable by the user alone, and on the disk before this returns: all of it or nothing.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push("-new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&fresh).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    });
    written.map_err(|error| Error::io(error, path))
}

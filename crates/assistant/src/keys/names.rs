//! The names of keys that the system keeps. Its stores cannot be listed, so they are noted here, to
//! forget what nobody needs any more.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Mutex,
};

use serde::{Deserialize, Serialize};

use super::{KeyError, file::write_private};
use crate::lock;

/// What the file holds. There is no key in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Names {
    /// Under which something was given to the system.
    pub system: BTreeSet<String>,
    /// Keys were once kept under a provider's id alone. The name that each goes on under, where the
    /// settings of that time vouch for the address, and otherwise `None`: then it is forgotten.
    pub older: BTreeMap<String, Option<String>>,
}

pub(crate) struct NamesFile {
    path: PathBuf,
    names: Mutex<Names>,
}

impl NamesFile {
    /// `older` is for the first time; later ones go on from what was left then.
    pub fn open(path: PathBuf, older: BTreeMap<String, Option<String>>) -> Self {
        let names = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|_| {
                tracing::warn!("the names of keys cannot be read; some may stay in the key store");
                Names::default()
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let names = Names { older, ..Names::default() };
                if let Err(error) = save(&path, &names) {
                    tracing::warn!(%error, "the names of keys cannot be noted");
                }
                names
            }
            // Nothing is vouched for.
            Err(_) => Names::default(),
        };
        Self { path, names: Mutex::new(names) }
    }

    pub fn names(&self) -> Names {
        lock(&self.names).clone()
    }

    /// Changes them on the disk first.
    pub fn change(&self, change: impl FnOnce(&mut Names)) -> Result<(), KeyError> {
        let mut names = lock(&self.names);
        let mut new = names.clone();
        change(&mut new);
        if new != *names {
            save(&self.path, &new)?;
            *names = new;
        }
        Ok(())
    }
}

fn save(path: &Path, names: &Names) -> Result<(), KeyError> {
    let text = serde_json::to_vec_pretty(names).expect("texts have a JSON text");
    let fresh = path.with_extension("new");
    let written = write_private(&fresh, &text).and_then(|()| fs::rename(&fresh, path));
    written.map_err(|error| KeyError::File {
        path: path.display().to_string(),
        cause: error.to_string(),
    })
}

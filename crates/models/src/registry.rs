//! The list of models that were added, as it stands in `models.json`.

use serde::{Deserialize, Serialize};

use crate::Measured;
use crate::download::{Sha256, Source};

/// Read anew for each use, because the command line may change it too.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registry {
    version: u32,
    /// In the order in which they were added.
    pub files: Vec<Entry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Removed>,
    /// One for each pair.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured: Vec<Measured>,
}

impl Default for Registry {
    fn default() -> Self {
        Self { version: 1, files: Vec::new(), removed: Vec::new(), measured: Vec::new() }
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Written")]
pub(crate) struct Entry {
    pub path: String,
    /// Hearth downloaded or copied it.
    #[serde(skip_serializing_if = "is_false")]
    pub owned: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256>,
}

impl Entry {
    /// The user's own file.
    pub fn reference(path: &str) -> Self {
        Self { path: path.to_owned(), owned: false, source: None, sha256: None }
    }

    pub fn owned(path: &str, source: Option<Source>, sha256: Sha256) -> Self {
        Self { path: path.to_owned(), owned: true, source, sha256: Some(sha256) }
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

/// What may stand in the file: a path alone, or with all that is known about it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Path(String),
    Whole {
        path: String,
        #[serde(default)]
        owned: bool,
        source: Option<Source>,
        sha256: Option<Sha256>,
    },
}

impl From<Written> for Entry {
    fn from(written: Written) -> Self {
        match written {
            Written::Path(path) => Self::reference(&path),
            Written::Whole { path, owned, source, sha256 } => Self { path, owned, source, sha256 },
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Removed {
    pub entry: Entry,
    pub at_ms: u64,
}

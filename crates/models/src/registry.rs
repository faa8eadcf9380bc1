//! The list of models that were added, as it stands in `models.json`.

use std::path::{Path, PathBuf};

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
    /// What the file had when it came here, or the first of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256>,
    /// What the other parts had, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<Sha256>,
}

impl Entry {
    /// The user's own file.
    pub fn reference(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            owned: false,
            source: None,
            sha256: None,
            further: Vec::new(),
        }
    }

    /// With a checksum for each of its files.
    pub fn owned(path: &str, source: Option<Source>, sums: &[Sha256]) -> Self {
        let mut sums = sums.iter().copied();
        let sha256 = sums.next();
        Self { path: path.to_owned(), owned: true, source, sha256, further: sums.collect() }
    }

    /// A checksum for each of its files, or none where nobody noted any.
    pub fn sums(&self) -> Vec<Sha256> {
        self.sha256.into_iter().chain(self.further.iter().copied()).collect()
    }

    /// The files that are Hearth's own.
    pub fn own_files(&self) -> Vec<PathBuf> {
        match (self.owned, self.further.is_empty()) {
            (false, _) => Vec::new(),
            (true, true) => vec![PathBuf::from(&self.path)],
            (true, false) => hearth_gguf::parts_of(Path::new(&self.path)),
        }
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
        #[serde(default)]
        further: Vec<Sha256>,
    },
}

impl From<Written> for Entry {
    fn from(written: Written) -> Self {
        match written {
            Written::Path(path) => Self::reference(&path),
            Written::Whole { path, owned, source, sha256, further } => {
                Self { path, owned, source, sha256, further }
            }
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Removed {
    pub entry: Entry,
    pub at_ms: u64,
}

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use hearth_gguf::PartName;
use serde::{Deserialize, Serialize};

use crate::facts::name_of;

/// A file of a hub's repository. Every step of it is a plain name, so that none can lead anywhere
/// else: neither on this disk nor on the hub.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Unchecked", into = "Unchecked")]
pub struct Source {
    owner: String,
    repository: String,
    /// `FILE.gguf`, or `FOLDER/FILE.gguf`.
    name: String,
    revision: Option<String>,
}

/// A name from elsewhere that Hearth does not use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{0}” does not name a model file. Write OWNER/REPOSITORY/FILE.gguf, in plain letters and digits."
)]
pub struct NotASource(String);

#[derive(Serialize, Deserialize)]
struct Unchecked {
    repository: String,
    name: String,
    revision: Option<String>,
}

impl Source {
    /// `repository` is `owner/name`; a `revision` is a branch or a commit.
    pub fn new(repository: &str, name: &str, revision: Option<&str>) -> Result<Self, NotASource> {
        let refused = || NotASource(printable(&format!("{repository}/{name}")));
        let (owner, rest) = repository.split_once('/').ok_or_else(refused)?;
        let (folder, file) = name.split_once('/').map_or((None, name), |(a, b)| (Some(a), b));
        let plain = [owner, rest, file].into_iter().chain(folder).chain(revision).all(is_plain);
        if !plain || !name.to_ascii_lowercase().ends_with(".gguf") {
            return Err(refused());
        }
        Ok(Self {
            owner: owner.to_owned(),
            repository: rest.to_owned(),
            name: name.to_owned(),
            revision: revision.map(str::to_owned),
        })
    }

    /// `owner/name`.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.owner, self.repository)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is called in a list.
    pub fn label(&self) -> String {
        name_of(Path::new(&self.name))
    }

    /// The files of the model that this one is or belongs to, in their order.
    pub fn parts(&self) -> Vec<Self> {
        let (folder, file) = match self.name.rsplit_once('/') {
            Some((folder, file)) => (format!("{folder}/"), file),
            None => (String::new(), self.name.as_str()),
        };
        let Some(part) = PartName::parse(file) else { return vec![self.clone()] };
        let with = |name| Self { name: format!("{folder}{name}"), ..self.clone() };
        part.all().map(with).collect()
    }

    pub fn revision(&self) -> Option<&str> {
        self.revision.as_deref()
    }

    /// Where it is kept, relative to the folder of the models.
    pub(crate) fn path(&self) -> PathBuf {
        [&self.owner, &self.repository, &self.name].into_iter().collect()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.owner, self.repository, self.name)
    }
}

impl FromStr for Source {
    type Err = NotASource;

    fn from_str(text: &str) -> Result<Self, NotASource> {
        let refused = || NotASource(printable(text));
        let (owner, rest) = text.split_once('/').ok_or_else(refused)?;
        let (repository, name) = rest.split_once('/').ok_or_else(refused)?;
        Self::new(&format!("{owner}/{repository}"), name, None)
    }
}

impl TryFrom<Unchecked> for Source {
    type Error = NotASource;

    fn try_from(unchecked: Unchecked) -> Result<Self, NotASource> {
        Self::new(&unchecked.repository, &unchecked.name, unchecked.revision.as_deref())
    }
}

impl From<Source> for Unchecked {
    fn from(source: Source) -> Self {
        Self { repository: source.repository(), name: source.name, revision: source.revision }
    }
}

/// Letters, digits and `._-`: a name on every file system, and one step of a path on none.
/// No leading dot, so that neither `..` nor a hidden file is one; no trailing dot and none of the
/// names that Windows gives to devices.
fn is_plain(name: &str) -> bool {
    const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let device = DEVICES.contains(&stem.trim_end_matches(|c: char| c.is_ascii_digit()));
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    (1..=96).contains(&name.len())
        && name.chars().all(plain)
        && !name.starts_with(['.', '-'])
        && !name.ends_with('.')
        && !device
}

/// What a person may see of a name that was refused.
fn printable(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(80).collect()
}

/// A SHA-256, parsed once; nothing but 64 hexadecimal digits is one.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256([u8; 32]);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a SHA-256")]
pub struct NotASha256;

impl Sha256 {
    pub(crate) fn of(digest: impl Into<[u8; 32]>) -> Self {
        Self(digest.into())
    }
}

impl FromStr for Sha256 {
    type Err = NotASha256;

    fn from_str(text: &str) -> Result<Self, NotASha256> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotASha256)?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Sha256 {
    type Error = NotASha256;

    fn try_from(text: String) -> Result<Self, NotASha256> {
        text.parse()
    }
}

impl From<Sha256> for String {
    fn from(sum: Sha256) -> Self {
        sum.to_string()
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

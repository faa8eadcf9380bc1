use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

use crate::backup;

/// Why something could not be kept or read. Each message says what happened, to what, and what
/// to do next. A write that fails leaves everything as it was.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "The disk that holds {} is full, so this was not saved. Everything saved before is \
         intact. Free some space and try again.",
        path.display()
    )]
    DiskFull { path: PathBuf },
    #[error(
        "{} cannot be written, so this was not saved. Everything saved before is intact. Check \
         that the folder and its disk are not read-only.",
        path.display()
    )]
    ReadOnly { path: PathBuf },
    /// Hearth takes the newest sound backup by itself at the start; there was none, or it is noticed
    /// only now.
    #[error(
        "The chat history {} is damaged ({detail}). Nothing was changed. {}",
        path.display(),
        next_step(.backup.as_deref())
    )]
    Corrupt { path: PathBuf, detail: String, backup: Option<PathBuf> },
    #[error(
        "The chat history {} was written by a newer Hearth (format {found}; this one knows \
         {known}). Nothing was changed. Update Hearth to open it.",
        path.display()
    )]
    Newer { path: PathBuf, found: u32, known: u32 },
    #[error("Another Hearth is using {}. Go on there, or close it first.", path.display())]
    InUse { path: PathBuf },
    #[error("This {what} is not there any more; it may have been deleted.")]
    NotFound { what: &'static str, id: String },
    /// The file given to an import; nothing of it was taken.
    #[error("{0} Nothing was imported.")]
    Import(String),
    #[error("Saving stopped after an internal failure. Restart Hearth; saved chats are intact.")]
    Stopped,
    #[error("{} could not be read or written: {source}.", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error(
        "The key of the ledger, {}, is not one that Hearth made, so nothing is sent. Put the \
         original back, or move it away: a new one is made, and what the ledger holds by then can no \
         longer be verified.",
        path.display()
    )]
    LedgerKey { path: PathBuf },
    #[error("An entry of the ledger that is {from} cannot become {to}.")]
    LedgerOrder { from: String, to: &'static str },
    #[error("This system gave no random numbers for the ledger's key ({0}), so nothing is sent.")]
    NoRandomness(String),
    #[error("The chat history failed: {0}.")]
    Sqlite(#[from] rusqlite::Error),
    #[error("The chat history could not be brought to this version: {0}.")]
    Migration(#[from] rusqlite_migration::Error),
    #[error("The chat history holds a value that this Hearth cannot read: {0}.")]
    Json(#[from] serde_json::Error),
}

impl Error {
    /// Names the cause where SQLite's code tells one that a person can act on.
    pub(crate) fn at(self, path: &Path) -> Self {
        let path = path.to_owned();
        let sqlite = match &self {
            Self::Sqlite(error) => error,
            Self::Migration(rusqlite_migration::Error::RusqliteError { err, .. }) => err,
            _ => return self,
        };
        let rusqlite::Error::SqliteFailure(failure, detail) = sqlite else { return self };
        match failure.code {
            ErrorCode::DiskFull => Self::DiskFull { path },
            // The memory shared between connections is a file too, and has its own code for "no room".
            ErrorCode::SystemIoFailure if failure.extended_code == SQLITE_IOERR_SHMSIZE => {
                Self::DiskFull { path }
            }
            ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                Self::ReadOnly { path }
            }
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                let detail = detail.clone().unwrap_or_else(|| failure.to_string());
                Self::corrupt(&path, detail)
            }
            _ => self,
        }
    }

    pub(crate) fn corrupt(path: &Path, detail: String) -> Self {
        Self::Corrupt { path: path.to_owned(), detail, backup: backup::newest(path) }
    }

    pub(crate) fn io(source: io::Error, path: &Path) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                Self::ReadOnly { path }
            }
            _ => Self::Io { path, source },
        }
    }

    /// Nothing can be written for now, and reading may well go on.
    pub fn is_unwritable(&self) -> bool {
        matches!(self, Self::DiskFull { .. } | Self::ReadOnly { .. })
    }

    pub(crate) fn not_found(what: &'static str, id: &str) -> Self {
        Self::NotFound { what, id: id.to_owned() }
    }
}

fn next_step(backup: Option<&Path>) -> String {
    match backup {
        Some(backup) => format!(
            "There is a backup, {}: start Hearth again to take it. If Hearth does not take it, it is \
             damaged too; then put another copy of yours in the place of the history, or move the \
             history away to start with an empty one.",
            backup.display()
        ),
        None => {
            "There is no backup beside it. Put one of your own in its place, or move it away to \
                 start with an empty history."
                .into()
        }
    }
}

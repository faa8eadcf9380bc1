use std::io;
use std::path::{Path, PathBuf};

/// Why a download ended without its file. Each message is for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DownloadError {
    #[error(transparent)]
    Connection(#[from] hearth_egress::Error),
    #[error("{host} has no {file}. It may have been moved or withdrawn.")]
    NotFound { host: String, file: String },
    #[error(
        "{file} does not exist, or is given only to people who accepted its licence. See {page}, and \
         accept it there and give Hearth an access token in the settings."
    )]
    Gated { file: String, page: String },
    #[error("{host} answered with the status {status}.")]
    Status { host: String, status: u16 },
    #[error("{host} is busy and asks to wait.")]
    Busy { host: String, seconds: Option<u64> },
    #[error("{host} did not say what {file} must look like, so it could not be checked.")]
    Unlisted { host: String, file: String },
    #[error("{host} sent something else than what was asked for ({what}).")]
    Wrong { host: String, what: &'static str },
    #[error(
        "{file} was replaced by its publisher. What was downloaded of the old one was deleted; \
         start again for the new one."
    )]
    Replaced { file: String },
    #[error(
        "{file} is not the file that Hearth knows by this name: its publisher has replaced it. \
         It was not downloaded."
    )]
    NotAsKnown { file: String },
    #[error(
        "{file} arrived damaged: its checksum is not the published one. It was deleted; start \
         again."
    )]
    WrongHash { file: String },
    #[error("{file} arrived whole, but it is not a model that Hearth can read. It was deleted.")]
    NotAModel { file: String },
    #[error(
        "{file} needs {} more and {} are free. Make room, then resume.", size(*need), size(*free)
    )]
    NoRoom { file: String, need: u64, free: u64 },
    #[error("Another Hearth is downloading {file} at this moment.")]
    ElsewhereAlready { file: String },
    #[error("{} could not be written: {cause}.", path.display())]
    Disk { path: PathBuf, cause: String, full: bool },
}

impl DownloadError {
    pub(crate) fn disk(path: &Path, error: &io::Error) -> Self {
        let full = matches!(
            error.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
        );
        Self::Disk { path: path.to_owned(), cause: error.to_string(), full }
    }

    /// Whether trying again by itself makes sense.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Connection(error) => {
                use hearth_egress::Error::*;
                matches!(error, Unreachable { .. } | Silent { .. } | Broken { .. })
            }
            Self::Status { status, .. } => *status >= 500 || *status == 408,
            Self::Busy { .. } | Self::Wrong { .. } => true,
            Self::NotFound { .. }
            | Self::Gated { .. }
            | Self::Unlisted { .. }
            | Self::Replaced { .. }
            | Self::NotAsKnown { .. }
            | Self::WrongHash { .. }
            | Self::NotAModel { .. }
            | Self::NoRoom { .. }
            | Self::ElsewhereAlready { .. }
            | Self::Disk { .. } => false,
        }
    }
}

/// As file managers count.
fn size(bytes: u64) -> String {
    match bytes as f64 {
        bytes if bytes < 1e9 => format!("{:.1} MB", bytes / 1e6),
        bytes => format!("{:.1} GB", bytes / 1e9),
    }
}

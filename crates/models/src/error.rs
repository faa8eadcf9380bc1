use std::io;
use std::path::PathBuf;

/// Why a model could not be added, used or removed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Names the file and the cause.
    #[error(transparent)]
    Unreadable(#[from] hearth_gguf::Error),
    /// Names the folder, or the file in it, and the cause.
    #[error("{0}.")]
    Folder(#[from] hearth_safetensors::Error),
    /// `what` ends the sentence.
    #[error("{} {what}. Choose the model's own file.", path.display())]
    NoModel { path: PathBuf, what: &'static str },
    #[error(
        "{} is a folder, and Hearth copies single files only. Open the folder, and it is used \
         where it is.",
        path.display()
    )]
    FolderCopy { path: PathBuf },
    #[error("{} cannot be remembered, because its path is not Unicode text. Rename it.", path.display())]
    NotText { path: PathBuf },
    #[error("{name} comes with Hearth and stays. Choose another model to use instead.")]
    Builtin { name: String },
    #[error("The file {path} is not in the list of models.")]
    NotInstalled { path: String },
    #[error("{} could not be copied: {source}.", path.display())]
    Import { path: PathBuf, source: io::Error },
    #[error("{} could not be moved: {source}.", path.display())]
    Move { path: PathBuf, source: io::Error },
    #[error("{} could not be read: {source}.", path.display())]
    Unverified { path: PathBuf, source: io::Error },
    #[error("The list of models in {} could not be read or written: {source}.", path.display())]
    Registry { path: PathBuf, source: io::Error },
}

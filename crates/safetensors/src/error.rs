use std::path::{Path, PathBuf};

/// A folder or a file in it that could not be read as a model: which one, and why.
#[derive(Debug, thiserror::Error)]
#[error("{} {cause}", .path.display())]
pub struct Error {
    pub path: PathBuf,
    pub cause: Cause,
}

impl Error {
    pub(crate) fn new(path: &Path, cause: impl Into<Cause>) -> Self {
        Self { path: path.to_owned(), cause: cause.into() }
    }
}

/// Text of a file, for a sentence: as long as a name, and with its control and direction characters
/// visible.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// Each reads as the end of a sentence that begins with the path.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    #[error("could not be read: {0}")]
    Io(#[from] std::io::Error),
    #[error(
        "has no {0}, so it is not a folder with a model in it; choose one that has config.json, tokenizer.json and .safetensors files"
    )]
    Missing(&'static str),
    #[error("names the file `{0}`, which is not in the folder; fetch it again")]
    Gone(String),
    #[error("is not what it should be: {0}")]
    Malformed(String),
    #[error("has {bytes} bytes where at most {limit} are read")]
    TooLarge { bytes: u64, limit: u64 },
    #[error(
        "is cut short: the tensor `{name}` ends at byte {end}, and the file has {bytes} bytes; fetch it again"
    )]
    TensorOutside { name: String, end: u64, bytes: u64 },
    #[error("has the tensor `{name}`, which takes another number of bytes than its shape says")]
    Shape { name: String },
    #[error("has the tensor `{0}` twice")]
    Twice(String),
}

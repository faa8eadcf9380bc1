use std::path::Path;

use hearth_chat::{Error, ErrorKind};
use hearth_gguf as gguf;
use hearth_safetensors::Folder;

/// A model on disk, whose description was read and checked, and no weight.
pub enum ModelFile {
    Gguf(gguf::File),
    /// As it was published, with weights that nobody quantized yet.
    Folder(Box<Folder>),
}

impl ModelFile {
    /// Fails with [`ErrorKind::ModelFile`], the path and the cause.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let unreadable = |error: String| Error::new(ErrorKind::ModelFile, format!("{error}."));
        match path.is_dir() {
            true => Folder::open(path)
                .map(|folder| Self::Folder(Box::new(folder)))
                .map_err(|e| unreadable(e.to_string())),
            false => gguf::File::open(path).map(Self::Gguf).map_err(|e| unreadable(e.to_string())),
        }
    }

    pub fn path(&self) -> &Path {
        match self {
            Self::Gguf(file) => file.path(),
            Self::Folder(folder) => folder.path(),
        }
    }

    /// The longest context the model was made for, in tokens.
    pub fn context_length(&self) -> Option<u32> {
        match self {
            Self::Gguf(file) => file.context_length(),
            Self::Folder(folder) => folder.config().context_length,
        }
    }
}

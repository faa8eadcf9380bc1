use std::path::{Path, PathBuf};

/// A file that could not be read as a GGUF model: which one, and why.
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

/// Why a file is not a readable GGUF model. Each reads as the end of a sentence that begins
/// with the file's name.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    #[error("could not be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("is a folder; choose the .gguf file inside it")]
    Directory,
    #[error("is not an ordinary file")]
    NotAFile,
    #[error("is empty; its download probably failed, so fetch it again")]
    Empty,
    #[error("is not a GGUF model: {0}")]
    NotGguf(&'static str),
    #[error("is a big-endian GGUF file, made for another kind of computer; get the usual one")]
    BigEndian,
    #[error("uses GGUF version {0}, and versions 2 and 3 can be read")]
    Version(u32),
    /// The header promises bytes that the file does not have.
    #[error(
        "is cut short: {what} needs {needed} bytes at offset {offset}, and the file has {file_len} bytes; fetch it again"
    )]
    Truncated { what: &'static str, offset: u64, needed: u64, file_len: u64 },
    /// A count or length above what any real model needs.
    #[error("has {what} of {value}, above the limit of {limit}")]
    Limit { what: &'static str, value: u64, limit: u64 },
    #[error("has text that is not UTF-8 at offset {offset}")]
    Utf8 { offset: u64 },
    #[error("has a metadata value `{key}` of the unknown type {kind}")]
    ValueType { key: String, kind: u32 },
    #[error("has the metadata key `{0}` twice")]
    DuplicateKey(String),
    #[error("has an alignment of {0}, which is not a power of two up to 1048576")]
    Alignment(u64),
    #[error("has the tensor `{0}` twice")]
    DuplicateTensor(String),
    #[error("has a tensor `{name}` of the unknown type {kind}; a newer Hearth may know it")]
    TensorType { name: String, kind: u32 },
    #[error("has a tensor `{name}` with an impossible shape {dims:?}")]
    Shape { name: String, dims: Vec<u64> },
    #[error("has a tensor `{name}` at offset {offset}, which is not a multiple of {alignment}")]
    Misaligned { name: String, offset: u64, alignment: u64 },
    #[error(
        "is cut short: the tensor `{name}` ends at byte {end}, and the file has {file_len} bytes; fetch it again"
    )]
    TensorOutside { name: String, end: u64, file_len: u64 },
    /// Of a model in several files, which find each other by their names.
    #[error(
        "says that it is part {number} of {count} of a model, and its name does not; the parts find \
         each other by their names, so let it end in -{number:05}-of-{count:05}.gguf"
    )]
    PartName { number: u32, count: u32 },
    #[error(
        "is missing: it is part {number} of {count} of a model, whose parts must all be in one folder; \
         fetch it too"
    )]
    PartMissing { number: u32, count: u32 },
    #[error(
        "does not belong to the parts of a model beside it: {why}; fetch all parts from one place"
    )]
    OtherModel { why: String },
    #[error(
        "begins a model of {stated} tensors, and its parts have {found}; fetch all parts from one \
         place"
    )]
    TensorCount { stated: u64, found: u64 },
}

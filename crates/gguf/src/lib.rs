//! Reads GGUF model files (versions 2 and 3, little-endian), and writes them for tests.
//!
//! A file is untrusted: it may come from anywhere. [`File::open`] checks every length against
//! the file before using it, so that what a [`File`] hands out is always inside the file.
//! The format: <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>.

mod error;
mod file;
mod header;
mod headroom;
mod kv;
mod metadata;
mod split;
mod tensor;
#[cfg(test)]
mod tests;
pub mod write;

pub use error::{Cause, Error};
pub use file::File;
pub use headroom::headroom;
pub use kv::{KV_BLOCK, KV_SLACK, Kv};
pub use metadata::{Metadata, Strings};
pub use split::{PartName, parts_of, resolved, stamp};
pub use tensor::{Tensor, TensorType};

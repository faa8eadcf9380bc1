//! Reads folders of safetensors: `config.json`, `tokenizer.json` and weights, as models are published
//! before anybody quantizes them. Only what describes a model is read here, never a weight.
//!
//! A folder is untrusted: every length is checked against its file, and what is read whole has a limit.
//! The format: <https://huggingface.co/docs/safetensors>.

mod config;
mod error;
mod folder;
mod header;
pub mod write;

pub use config::Config;
pub use error::{Cause, Error};
pub use folder::Folder;
pub use header::{Dtype, Tensor};

//! The models on this machine, and what this machine has to run them.

mod copy;
pub mod download;
mod error;
mod facts;
pub mod fit;
pub mod found;
pub mod hardware;
mod installed;
mod measured;
mod partner;
mod registry;
mod starter;

pub use error::Error;
pub use facts::{Facts, files_of};
pub use installed::{Installed, InstalledModel, Verified, size_of, stamp};
pub use measured::{Measured, Pairing};
pub use partner::partners;
pub use starter::starter_folder;

/// Whether a model of safetensors lies in this folder, as far as its names tell.
pub fn is_model_folder(path: &std::path::Path) -> bool {
    hearth_safetensors::Folder::looks_like_one(path)
}

//! The models on this machine, and what this machine has to run them.

mod error;
mod facts;
pub mod fit;
pub mod hardware;
mod installed;
mod starter;

pub use error::Error;
pub use facts::Facts;
pub use installed::{Installed, InstalledModel};
pub use starter::starter_folder;

//! The client side of the engine process: starting it, asking it, and surviving it.
//!
//! [`Engine`] is what the rest of the app holds. Behind it one thread owns the process, answers
//! one request at a time, and turns every way in which a process can fail into a
//! [`hearth_chat::Error`] that says what happened. The child is treated as hostile: see
//! [`protocol`].

mod binaries;
mod check;
mod child;
mod deaths;
mod devices;
mod engine;
pub mod fit;
mod job;
mod model_file;
mod preflight;
pub mod protocol;
mod quarantine;
mod spec;
mod state;
mod supervisor;
mod ways;

pub use binaries::{Binaries, SecondEngine};
pub use check::{Checked, Runs};
pub use devices::{Devices, Gpu, GpuKind};
pub use engine::{Engine, EngineConfig, Limits};
pub use model_file::ModelFile;
pub use spec::{BackendChoice, ModelSpec};
pub use state::{EngineState, ModelState, ProcessState, SandboxLayer, SandboxLevel, SandboxReport};

//! Inference of dense GGUF models on CPUs: as fast as the memory bus allows.
//!
//! [`LoadedModel`] goes from messages to text, with [`hearth_text`] at both ends. Between them [`model`]
//! computes logits and `speculate` guesses tokens ahead; [`kernels`] do the arithmetic, on the one [`pool`].
//!
//! A token's logits have the same bits whatever else is computed with it and on however many
//! threads. Reusing a prefix, batching and verifying drafts therefore never change a text.

mod answering;
pub mod bench;
mod generate;
pub mod kernels;
pub mod kv;
mod loaded;
mod memory;
pub mod model;
pub mod pool;
mod sequence;
mod speculate;
pub mod synthetic;

pub use loaded::{LoadOptions, LoadedModel, supports};

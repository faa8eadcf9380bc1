//! Inference of dense GGUF models on CPUs: as fast as the memory bus allows.
//!
//! [`LoadedModel`] goes from messages to text. Below it, from the outside in: `prompt`
//! makes tokens of the messages by way of `template` and `tokenizer`, [`model`] computes logits, `sampler` and `grammar`
//! choose a token, `stop` makes text of it; `speculate` guesses tokens ahead. [`kernels`] do the arithmetic, on the one [`pool`].
//!
//! A token's logits have the same bits whatever else is computed with it and on however many
//! threads. Reusing a prefix, batching and verifying drafts therefore never change a text.

mod answering;
pub mod bench;
mod generate;
pub mod grammar;
pub mod kernels;
pub mod kv;
mod loaded;
mod memory;
pub mod model;
pub mod pool;
pub mod prompt;
pub mod sampler;
mod sequence;
mod speculate;
pub mod stop;
pub mod synthetic;
pub mod template;
pub mod tokenizer;

pub use loaded::{LoadOptions, LoadedModel, supports};

//! From a conversation to the tokens of its prompt, and from logits back to text: all that a backend
//! needs beside the numbers, so that both of them say the same for the same logits.
//!
//! `prompt` makes tokens of messages by way of `template` and `tokenizer`; `sampler` and `grammar`
//! choose the next token; `stop` makes text of it.

pub mod grammar;
pub mod prompt;
pub mod sampler;
pub mod stop;
pub mod template;
pub mod tokenizer;

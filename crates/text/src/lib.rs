//! From a conversation to the tokens of its prompt, and from logits to an answer: all that a backend
//! needs beside the numbers. Both have it from here, and say the same for the same logits.
//!
//! [`prompt`] makes tokens of messages by way of [`template`] and [`tokenizer`]. [`generation`] makes
//! an answer of logits: [`sampler`] and [`grammar`] choose the next token, [`stop`] makes text of it and parts
//! the thought from the answer by the marks of [`thinking`].

pub mod generation;
pub mod grammar;
pub mod prompt;
pub mod sampler;
pub mod stop;
pub mod template;
pub mod thinking;
pub mod tokenizer;

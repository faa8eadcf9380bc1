use std::pin::Pin;

use futures::Stream;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Outcome, Request, TokenScore};

/// Anything that can answer. Dropping the stream cancels: no more tokens are computed
/// than the one under way.
pub trait Model: Send + Sync {
    fn stream(&self, request: Request) -> EventStream;

    /// Closes the thought of the answer that was asked for last, so that the answer begins within a
    /// token. Nothing happens where it is not thinking, or where nobody can tell it to stop.
    fn answer_now(&self) {}
}

/// Ends after `Finished` or an error, whichever comes first.
pub type EventStream = Pin<Box<dyn Stream<Item = Result<Event, Error>> + Send>>;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event", content = "data")]
pub enum Event {
    /// The model is being read from disk; `fraction` is in 0..=1.
    Loading {
        fraction: f32,
    },
    /// The prompt is being computed: `done` of `total` tokens.
    Prefill {
        done: u32,
        total: u32,
    },
    /// A piece of the thought or of the answer.
    Text(Piece),
    Finished(Outcome),
}

/// What a text is for: a model may think before it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Thought,
    #[default]
    Answer,
}

/// A run of text and the tokens that made it. A token's text can be empty while a
/// multi-byte character is still incomplete, and where it is a mark between the channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    pub channel: Channel,
    pub text: String,
    pub tokens: Vec<PieceToken>,
}

impl Piece {
    /// A piece of an answer.
    pub fn answer(text: impl Into<String>, tokens: Vec<PieceToken>) -> Self {
        Self { channel: Channel::Answer, text: text.into(), tokens }
    }
}

/// One token of a [`Piece`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PieceToken {
    /// Bytes of the piece's text that this token added.
    pub text_bytes: u32,
    /// `None` where the backend cannot tell it truly.
    pub score: Option<TokenScore>,
    pub origin: TokenOrigin,
    /// The likeliest tokens and their ln p, when asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<(String, f32)>,
}

/// Who proposed a token. The target model accepted every one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TokenOrigin {
    Target,
    Draft,
    Ngram,
}

/// A failure that a person can act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    pub kind: ErrorKind,
    /// What happened, to what, and what to do next.
    pub message: String,
}

impl Error {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

/// The kinds of failure that some caller treats differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The file is not a model that can be read: missing, truncated, or malformed.
    ModelFile,
    /// The file is sound, but no backend runs this architecture or tensor type.
    Unsupported,
    /// It would not fit into the memory that is free.
    Memory,
    /// The prompt is longer than the model's context.
    ContextLength,
    /// The engine process died or stopped answering.
    EngineDied,
    /// The model killed the engine twice and is not tried again by itself.
    Quarantined,
    /// The GPU that was asked for could not be used; the model may run without.
    Gpu,
    /// A place away from this device failed or refused.
    Remote,
    /// A request that can never work, such as a grammar that does not parse.
    InvalidRequest,
    Internal,
}

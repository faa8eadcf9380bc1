use hearth_chat::{Finish, Timing};
use hearth_router::NanoUsd;

use crate::{Failure, Usage};

/// What one request to a provider came to. There is one for every request, however it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub finish: Finish,
    /// As the provider counted; `None` when it never said, or said what cannot be.
    pub usage: Option<Usage>,
    pub cost: NanoUsd,
    pub certainty: Certainty,
    /// Bytes of questions that were handed to the network, repeated attempts included.
    pub bytes_sent: u64,
    /// Bytes of the answer's body.
    pub bytes_received: u64,
    pub timing: Timing,
    /// Why it is partial or missing; `None` when it is whole or was cancelled.
    pub failure: Option<Failure>,
}

impl Account {
    /// How it ended, for a record that must hold nothing of what was said.
    pub fn finish_in_words(&self) -> &'static str {
        match (&self.failure, self.finish) {
            (Some(Failure::Connection(_)), _) => "the connection failed or was cut",
            (Some(_), _) => "the provider refused or failed",
            (None, Finish::Cancelled) => "stopped by the user",
            (None, _) => "the provider did not say what it counted",
        }
    }
}

/// How well a cost is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    Exact,
    /// The provider never told what it counted, so this is the most that it can charge.
    UpperBound,
}

use std::time::Duration;

use hearth_chat::clipped;
use hearth_egress as egress;

/// Why a request could not be prepared. Each message is for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("The address of {name} cannot be used: {what}. Correct it in the settings.")]
    Address { name: String, what: String },
    #[error(
        "Nobody has said what {model} at {name} costs, so it is not asked. State its price in the \
         settings."
    )]
    NoPrice { name: String, model: String },
    #[error("What you wrote is no request that {name} understands: {what}. Nothing was sent.")]
    Edited { name: String, what: &'static str },
    #[error(transparent)]
    Key(#[from] egress::NotAKey),
}

/// Why an answer did not come, or not to its end. Each message is for a person; it may quote the
/// provider, so it is shown and never logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Connection(#[from] egress::Error),
    #[error("{name} does not accept the key. Check it in the settings.")]
    Key { name: String },
    #[error("{name} says that the account has no credit left.")]
    Quota { name: String },
    #[error("{name} is asked too often{}.", later(*.retry_after))]
    Busy { name: String, retry_after: Option<Duration> },
    #[error("{name} refused the question ({status}){}.", quoted(.said))]
    Refused { name: String, status: u16, said: String },
    #[error("{name} failed ({status}). Ask again later.")]
    Down { name: String, status: u16 },
    #[error("{name} failed while it answered{}.", quoted(.said))]
    Reported { name: String, said: String },
    #[error("{name} did not send an answer that Hearth understands.")]
    Malformed { name: String },
    #[error("The answer from {name} broke off.")]
    BrokeOff { name: String },
    #[error("{name} declined to answer.")]
    Declined { name: String },
    #[error(
        "{name} did not stop: it {what}, so Hearth cut the answer off. What had come was kept."
    )]
    Endless { name: String, what: &'static str },
}

fn later(retry_after: Option<Duration>) -> String {
    match retry_after {
        Some(wait) => format!("; try again in {} s", wait.as_secs()),
        None => "; try again later".into(),
    }
}

fn quoted(said: &str) -> String {
    const LONGEST: usize = 300;
    match said.trim() {
        "" => String::new(),
        said => format!(": “{}”", clipped(said, LONGEST)),
    }
}

//! How a command ends when it does not go well.

use std::{io, process::ExitCode};

use hearth_assistant::{Error, api::ApiError};
use hearth_chat::ErrorKind;

use crate::terminal::say;

pub const USAGE: u8 = 2;
pub const MODEL_UNUSABLE: u8 = 3;
pub const ENGINE_FAILED: u8 = 4;
pub const LEDGER_BROKEN: u8 = 5;
pub const INTERRUPTED: u8 = 130;

/// A message for a person and an exit code, as `hearth --help` documents them.
#[derive(Debug)]
pub struct Failure {
    pub message: String,
    pub action: Option<String>,
    pub code: u8,
}

impl Failure {
    pub fn new(code: u8, message: impl Into<String>) -> Self {
        Self { message: message.into(), action: None, code }
    }

    /// Shows it; the exit code that goes with it.
    pub fn report(self) -> ExitCode {
        self.show();
        ExitCode::from(self.code)
    }

    pub fn show(&self) {
        say!("hearth: {}", self.message);
        if let Some(action) = &self.action {
            say!("{action}");
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::Model(error) => code_of(error.kind),
            Error::ModelFile(_) | Error::NoModel | Error::UnknownModel(_) => MODEL_UNUSABLE,
            _ => 1,
        };
        let ApiError { message, action, .. } = error.into();
        Self { message, action, code }
    }
}

impl From<hearth_chat::Error> for Failure {
    fn from(error: hearth_chat::Error) -> Self {
        Self { code: code_of(error.kind), message: error.message, action: None }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // Whoever read our output has seen enough, as `head` does.
        if error.kind() == io::ErrorKind::BrokenPipe {
            std::process::exit(0);
        }
        Self::new(1, error.to_string())
    }
}

fn code_of(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::ModelFile
        | ErrorKind::Unsupported
        | ErrorKind::Memory
        | ErrorKind::Quarantined => MODEL_UNUSABLE,
        ErrorKind::EngineDied | ErrorKind::Gpu => ENGINE_FAILED,
        ErrorKind::ContextLength
        | ErrorKind::Remote
        | ErrorKind::InvalidRequest
        | ErrorKind::Internal => 1,
    }
}

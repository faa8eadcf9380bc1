use std::io;

use hearth_chat::ErrorKind;
use hearth_router::{NoPermit, Reason};

use crate::{
    api::{ApiError, ErrorCode},
    keys::KeyError,
};

/// Why something that was asked of the assistant did not happen. Each message is for a person.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Model(#[from] hearth_chat::Error),
    #[error(transparent)]
    Store(#[from] hearth_store::Error),
    #[error(transparent)]
    ModelFile(#[from] hearth_models::Error),
    #[error(transparent)]
    Source(#[from] hearth_models::download::NotASource),
    #[error(transparent)]
    Download(#[from] hearth_models::download::DownloadError),
    #[error("{file} is not what the catalog says. It has {found}.")]
    NotAsKnown { file: String, found: String },
    #[error("Nothing drafts for this model. Choose a draft first, and measure then.")]
    NoDraft,
    #[error("The model said nothing that could be measured. Try another model.")]
    NothingMeasured,
    #[error("No model is chosen, and the starter is missing.")]
    NoModel,
    #[error("There is no model called “{0}” on this device.")]
    UnknownModel(String),
    #[error(
        "Only a question can be edited, and only an answer given again, or continued by the model that began it."
    )]
    WrongMessage,
    #[error("Nothing was sent: the chat is in the trash. Take it out first.")]
    InTrash,
    #[error("An empty message was not sent.")]
    EmptyMessage,
    #[error("These settings were not taken: {0}.")]
    Settings(String),
    #[error(transparent)]
    Foreign(#[from] crate::dirs::Foreign),
    #[error("{0}.")]
    NotClosed(String),
    #[error("{context}: {source}.")]
    Io { context: String, source: io::Error },
    #[error(transparent)]
    Cloud(#[from] hearth_cloud::Error),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    NotAKey(#[from] hearth_egress::NotAKey),
    #[error("There is no provider called “{0}”. Add it in the settings.")]
    UnknownProvider(String),
    #[error("No provider is set up that could be asked. Add one in the settings, with its price.")]
    NoProvider,
    #[error("There is no key for {0}. Enter it in the settings.")]
    NoKey(String),
    #[error("Nothing was sent. {}", .0.map_or("It is kept here.", Reason::sentence))]
    KeptHere(Option<Reason>),
    #[error("Nothing was sent: {0}.")]
    NoPermit(#[from] NoPermit),
    #[error(
        "Nothing was sent: the time to agree was over, or the provider was changed. Ask again."
    )]
    ConsentOver,
    #[error(
        "Nothing was sent: it still holds a text that is to be replaced. Let it leave as it is, or take it out."
    )]
    StillPrivate,
    #[error("Nothing was sent, because it could not be noted: {0}")]
    NotNoted(String),
    #[error("A part of Hearth stopped unexpectedly.")]
    Stopped,
}

impl Error {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Model(error) => match error.kind {
                ErrorKind::Memory => ErrorCode::Memory,
                ErrorKind::ModelFile | ErrorKind::Unsupported => ErrorCode::ModelFile,
                ErrorKind::EngineDied => ErrorCode::EngineDied,
                ErrorKind::Quarantined => ErrorCode::Quarantined,
                ErrorKind::ContextLength
                | ErrorKind::Gpu
                | ErrorKind::Remote
                | ErrorKind::InvalidRequest
                | ErrorKind::Internal => ErrorCode::Other,
            },
            Self::Store(hearth_store::Error::NotFound { .. } | hearth_store::Error::Import(_)) => {
                ErrorCode::Other
            }
            Self::Store(_) | Self::Foreign(_) => ErrorCode::Storage,
            Self::ModelFile(_) => ErrorCode::ModelFile,
            Self::NoModel | Self::UnknownModel(_) => ErrorCode::NoModel,
            Self::WrongMessage
            | Self::EmptyMessage
            | Self::Settings(_)
            | Self::NotClosed(_)
            | Self::InTrash
            | Self::Source(_)
            | Self::Download(_)
            | Self::NotAsKnown { .. }
            | Self::NoDraft
            | Self::NothingMeasured
            | Self::Io { .. }
            | Self::Cloud(_)
            | Self::Key(_)
            | Self::NotAKey(_)
            | Self::UnknownProvider(_)
            | Self::NoProvider
            | Self::NoKey(_)
            | Self::KeptHere(_)
            | Self::NoPermit(_)
            | Self::ConsentOver
            | Self::StillPrivate
            | Self::NotNoted(_)
            | Self::Stopped => ErrorCode::Other,
        }
    }

    /// What to do next, where the message does not say it already.
    fn action(&self) -> Option<&'static str> {
        match self {
            Self::NoModel => Some("Add a model, or install Hearth again to get the starter back."),
            Self::UnknownModel(_) => {
                Some("Choose one of the models that Hearth lists, or a GGUF file.")
            }
            Self::Stopped => Some("Start Hearth again; what was saved is safe."),
            _ => None,
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self {
            code: error.code(),
            message: error.to_string(),
            action: error.action().map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_names_what_the_window_can_offer() {
        let code = |kind| {
            ApiError::from(Error::from(hearth_chat::Error::new(kind, "The engine ended."))).code
        };
        assert_eq!(code(ErrorKind::Memory), ErrorCode::Memory);
        assert_eq!(code(ErrorKind::EngineDied), ErrorCode::EngineDied);
        assert_eq!(code(ErrorKind::Unsupported), ErrorCode::ModelFile);
        assert_eq!(code(ErrorKind::Internal), ErrorCode::Other);
    }

    #[test]
    fn the_message_of_the_cause_reaches_the_person() {
        let error = hearth_chat::Error::new(ErrorKind::Memory, "A needs 3 GB and 2 GB are free.");
        assert_eq!(ApiError::from(Error::from(error)).message, "A needs 3 GB and 2 GB are free.");
    }
}

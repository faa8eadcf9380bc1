use std::time::Duration;

use hearth_router::{Permit, PermitRefused};

use crate::NotThere;

/// Why a connection was not made or did not hold. Each message is for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("Nothing was sent to {host}: in this mode nothing may leave the device.")]
    NotAllowed { host: String },
    #[error(
        "Nothing was sent to {host}: the mode, your rules, the chat or the provider changed \
         meanwhile. Ask again."
    )]
    Changed { host: String },
    #[error("Nothing was sent to {host}: {why}. Ask again to decide anew.")]
    Permit { host: String, why: PermitRefused },
    #[error("The connection to {host} was cut.")]
    Cut { host: String },
    #[error("“{host}” is not an address that Hearth talks to.")]
    Address { host: String },
    #[error("Hearth does not talk to {host} in the clear. Use an address that begins with https.")]
    Unencrypted { host: String },
    #[error("Nothing was sent to {host}: {why}.")]
    Peer { host: String, why: NotThere },
    #[error("{from} sent Hearth on to {to}, which it did not follow: {why}.")]
    Redirect { from: String, to: String, why: &'static str },
    #[error("The address of the proxy cannot be used. Correct it in the settings.")]
    Proxy,
    #[error("Nothing was sent to {host}, because the connection could not be noted: {cause}.")]
    Log { host: String, cause: String },
    #[error("{host} cannot be reached ({cause}). Is this device online?")]
    Unreachable { host: String, cause: String },
    #[error("Encrypted connections cannot be made on this device: {cause}.")]
    Tls { cause: String },
    #[error("{host} said nothing for {} seconds.", waited.as_secs_f32())]
    Silent { host: String, waited: Duration },
    #[error("The connection to {host} broke: {cause}.")]
    Broken { host: String, cause: String },
}

impl Error {
    /// Whether the other side is at fault, as far as one can see from here.
    pub fn is_of_the_other_side(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Silent { .. } | Self::Broken { .. })
    }

    /// Whether it is certain that no byte of the request left.
    pub(crate) fn is_before_sending(&self) -> bool {
        match self {
            Self::Log { .. } | Self::Unreachable { .. } | Self::Tls { .. } | Self::Proxy => true,
            Self::NotAllowed { .. }
            | Self::Changed { .. }
            | Self::Permit { .. }
            | Self::Cut { .. }
            | Self::Address { .. }
            | Self::Unencrypted { .. }
            | Self::Peer { .. }
            | Self::Redirect { .. }
            | Self::Silent { .. }
            | Self::Broken { .. } => false,
        }
    }
}

/// Why there is no response to what was sent with a permit.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Unsent {
    pub error: Error,
    /// To try again with, where it is certain that nothing left.
    pub permit: Option<Permit>,
}

impl From<Error> for Unsent {
    fn from(error: Error) -> Self {
        Self { error, permit: None }
    }
}

/// The innermost cause. reqwest's own texts carry the whole address, which is nobody's business.
pub(crate) fn root_of(error: &dyn std::error::Error) -> String {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root.to_string()
}

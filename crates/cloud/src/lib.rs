//! Models on other machines: the clouds, and servers that the user runs.
//!
//! [`prepare`] writes the exact bytes of a request and says what they can cost at most. Those bytes
//! are shown, agreed to, hashed into a permit and sent unchanged by [`answer`], which streams the
//! answer and gives an [`Account`] of it. The way to the network is `hearth-egress`.

mod account;
mod answer;
mod error;
#[cfg(feature = "loopback")]
pub mod loopback;
mod prepare;
pub mod price;
mod provider;
mod replay;
mod retry;
pub mod sse;
mod usage;
mod wire;

pub use account::{Account, Certainty};
pub use answer::{Answering, Limits, answer};
pub use error::{Error, Failure};
pub use prepare::{Prepared, prepare, secret};
pub use price::{Pico, Price};
pub use provider::{KnownPrice, PRESETS, Preset, PriceSource, ProviderConfig, Wire};
#[doc(hidden)]
pub use replay::{Replayed, replay};
pub use usage::Usage;

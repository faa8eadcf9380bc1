//! Answers from places away from this device: the user's own servers, and clouds.
//!
//! The order is always the same. A request is prepared to the last byte; the router decides; the
//! user, or the user's policy, agrees to those bytes; the ledger notes that they are going to
//! leave; only then do they leave, and the ledger notes what became of them. Whatever fails on the
//! way, the local answer stays.

mod cache;
mod consent;
mod draft;
mod entry;
mod failing;
mod providers;

#[cfg(test)]
mod tests;

pub(crate) use cache::{Cache, Question};
pub(crate) use consent::{Consents, Pending};
pub(crate) use draft::{Asking, Draft, restored};
pub(crate) use failing::Failing;
pub(crate) use providers::{key_name, older_keys};

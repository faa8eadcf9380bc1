//! Where a question may be answered, and why. Pure: facts in, decision out; no async, no I/O,
//! so that every rule can be tested by the hundred thousand.

mod decide;
mod decision;
mod facts;
mod money;
mod origin;
mod permit;
#[cfg(test)]
mod permit_tests;
mod reason;

pub use decide::decide;
pub use decision::{Action, Decision};
pub use facts::{Destination, Facts, Mode, Place};
pub use money::NanoUsd;
pub use origin::{NotAnOrigin, Origin};
pub use permit::{NoPermit, PERMIT_LIFETIME, Permit, PermitRefused, Purpose, Redeemed};
pub use reason::Reason;

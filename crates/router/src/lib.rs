//! Where a question may be answered, and why. Pure: facts in, decision out; no async, no I/O,
//! so that every rule can be tested by the hundred thousand.

pub mod binomial;
mod budget;
mod calibration;
mod decide;
#[cfg(test)]
mod decide_tests;
mod decision;
mod evidence;
mod facts;
mod health;
mod lease;
mod logistic;
mod money;
mod origin;
mod permit;
#[cfg(test)]
mod permit_tests;
mod policy;
mod reason;
pub mod redact;
mod sketch;

pub use budget::{Budget, Limits, Spent};
pub use calibration::{Calibration, Certificate, Graded, SecondOpinions, Target};
pub use decide::{decide, first, open_places};
pub use decision::{Action, Decision};
pub use evidence::{Evidence, is_refusal};
pub use facts::{Destination, Facts, Findings, Label, LocalAnswer, Mode, Place, Region};
pub use health::Health;
pub use lease::{Epoch, Lease, Scope};
pub use money::NanoUsd;
pub use origin::{NotAnOrigin, Origin, is_near};
pub use permit::{NoPermit, PERMIT_LIFETIME, Permit, PermitRefused, Purpose, Redeemed};
pub use policy::{Policy, Rule};
pub use reason::Reason;
pub use sketch::{NotASketch, Sketch};

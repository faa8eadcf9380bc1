//! How good the router is: on made-up users whose truth is known, and on real graded answers.
//! Everything is drawn from seeds, so the same command gives the same table.

pub mod metrics;
mod random;
pub mod replay;
pub mod simulate;
pub mod worlds;

//! `cargo xtask bench`.

use crate::Result;

pub fn bench(_arguments: &[String]) -> Result {
    Err("`cargo xtask bench` has nothing to measure yet.".into())
}

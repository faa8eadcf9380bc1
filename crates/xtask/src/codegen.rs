//! `cargo xtask codegen`: the values that cross to the window, as TypeScript.
//! hearth-assistant says what they are; one of its tests compares them with the committed file,
//! or writes it where it is told to.

use std::process::Command;

use crate::{Result, cargo, process};

/// Where the window keeps them.
const COMMITTED: &str = "ui/src/lib/backend";

/// The test, by the start of its name.
const TEST: &str = "export_bindings";

pub fn codegen(arguments: &[String]) -> Result {
    let mut command = cargo::cargo();
    command.args(["test", "--quiet", "-p", "hearth-assistant", "--lib", TEST]);
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let folder = process::root().canonicalize()?.join(COMMITTED);
            process::run(command.env("TS_RS_EXPORT_DIR", folder))
        }
        ["--check"] => process::run(&mut command),
        _ => Err("`cargo xtask codegen` takes nothing but --check.".into()),
    }
}

/// The check alone, with the features that the whole workspace was built with.
pub fn check() -> Command {
    let mut command = cargo::linting();
    command.args(["test", "--workspace", "--quiet", "--lib", TEST]);
    command
}

//! `cargo xtask codegen`: the values that cross to the window, as TypeScript.
//! hearth-assistant says what they are; one of its tests compares them with the committed file,
//! or writes it where it is told to.

use std::process::Command;

use crate::{Result, cargo, process};

/// Where the window keeps them.
const COMMITTED: &str = "ui/src/lib/backend";

/// The test, by the start of its name. The whole workspace is named, because the assistant alone
/// would build its dependencies with other features, and so once more.
const ARGUMENTS: [&str; 4] = ["test", "--quiet", "--lib", "export_bindings"];

pub fn codegen(arguments: &[String]) -> Result {
    let mut command = cargo::cargo();
    command.args(ARGUMENTS);
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            let folder = process::root().canonicalize()?.join(COMMITTED);
            process::run(command.env("TS_RS_EXPORT_DIR", folder))
        }
        ["--check"] => process::run(&mut command),
        _ => Err("`cargo xtask codegen` takes nothing but --check.".into()),
    }
}

/// The check alone, with what the stage before it has built.
pub fn check() -> Command {
    let mut command = cargo::linting();
    command.args(ARGUMENTS);
    command
}

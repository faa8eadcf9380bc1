//! How this workspace is built: one profile, and one build that both lints and compiles.

use std::{ffi::OsStr, path::PathBuf, process::Command};

use serde_json::Value;

use crate::{Result, process};

/// The one package that cargo leaves out where none is named (`default-members`): it is built by itself,
/// after everything else.
pub const MISTRALRS: &str = "hearth-engine-mistralrs";

/// The cargo that runs this xtask, started as if typed at the terminal. `cargo run` tells a program
/// which package it is; a build script that looks at that (ring's does) would run again, and all
/// that stands on it would compile again, mistral.rs among it, whenever xtask and a person take turns.
pub fn cargo() -> Command {
    let mut command = process::command(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_about_xtask(name)) {
        command.env_remove(name);
    }
    command
}

fn is_about_xtask(variable: &OsStr) -> bool {
    let variable = variable.to_string_lossy();
    let beginnings = ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_BIN_", "CARGO_CRATE_"];
    beginnings.iter().any(|beginning| variable.starts_with(beginning)) || variable == "OUT_DIR"
}

/// Cargo with clippy in the compiler's place for this workspace's own crates, warnings denied.
/// `cargo clippy` would check the 900 dependencies a second time after the build has compiled them;
/// clippy-driver is the compiler plus lints, so what it builds here is what the tests run.
pub fn linting() -> Command {
    let mut command = cargo();
    command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver").env("CLIPPY_ARGS", "-Dwarnings");
    command
}

/// The target that this machine builds for.
pub fn host() -> Result<String> {
    let version = process::output(process::command("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc -vV names no host")?.to_owned())
}

/// `cargo metadata`, with the dependencies of this system; those of others would be downloaded.
pub fn metadata() -> Result<Value> {
    let arguments = ["metadata", "--format-version", "1", "--filter-platform", &host()?];
    let text = process::output(cargo().args(arguments))?;
    Ok(serde_json::from_str(&text)?)
}

/// `cargo metadata` of this workspace's own packages: at once, and without the network.
fn own_metadata() -> Result<Value> {
    let text = process::output(cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    Ok(serde_json::from_str(&text)?)
}

/// Where cargo puts what it builds.
pub fn target_directory() -> Result<PathBuf> {
    let metadata = own_metadata()?;
    let directory = metadata["target_directory"].as_str().ok_or("cargo named no target folder")?;
    Ok(PathBuf::from(directory))
}

/// A program of this workspace as the build left it.
pub fn built(program: &str) -> Result<PathBuf> {
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    Ok(target_directory()?.join("debug").join(name))
}

/// The names of this workspace's packages.
pub fn members() -> Result<Vec<String>> {
    let metadata = own_metadata()?;
    let packages = metadata["packages"].as_array().ok_or("cargo named no packages")?;
    Ok(packages.iter().filter_map(|p| Some(p["name"].as_str()?.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cargo sets these for a test as it does for `cargo run`.
    #[test]
    fn a_build_does_not_hear_which_package_xtask_is() {
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some(), "there is something to hide");
        let command = cargo();
        let hidden: Vec<_> = command.get_envs().filter(|(_, value)| value.is_none()).collect();
        for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_PKG_VERSION_MAJOR"] {
            assert!(hidden.iter().any(|(hidden, _)| *hidden == name), "{name}");
        }
        assert!(!is_about_xtask(OsStr::new("CARGO_TARGET_DIR")));
        assert!(!is_about_xtask(OsStr::new("CARGO_HOME")));
    }
}

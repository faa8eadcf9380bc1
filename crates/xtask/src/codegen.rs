//! `cargo xtask codegen`: the values that cross to the window, as TypeScript.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::{Result, cargo, process};

/// Where the window keeps them.
const COMMITTED: &str = "ui/src/lib/backend";

/// Which crates are compiled to find the types.
#[derive(Clone, Copy)]
pub enum Scope {
    /// Only what declares them; starts soonest.
    Assistant,
    /// With the features that the whole workspace is built with, when that has been built anyway.
    Workspace,
}

pub fn codegen(arguments: &[String]) -> Result {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => write(),
        ["--check"] => check(Scope::Assistant),
        _ => Err("`cargo xtask codegen` takes nothing but --check.".into()),
    }
}

/// Fails when the committed types are not those of the Rust code.
pub fn check(scope: Scope) -> Result {
    let fresh = export(scope)?;
    let committed = process::root().join(COMMITTED);
    let stale: Vec<String> = fresh
        .iter()
        .filter(|(name, text)| fs::read_to_string(committed.join(name)).ok().as_ref() != Some(text))
        .map(|(name, _)| format!("{COMMITTED}/{name}"))
        .collect();
    if stale.is_empty() {
        return Ok(());
    }
    Err(format!("Not as the Rust code says: {}. Run cargo xtask codegen.", stale.join(", ")).into())
}

fn write() -> Result {
    let committed = process::root().join(COMMITTED);
    fs::create_dir_all(&committed)?;
    for (name, text) in export(Scope::Assistant)? {
        fs::write(committed.join(&name), text)?;
        println!("{COMMITTED}/{name}");
    }
    Ok(())
}

/// Lets ts-rs write into an empty folder, by its generated tests, and reads that folder.
fn export(scope: Scope) -> Result<BTreeMap<String, String>> {
    let folder = cargo::target_directory()?.join("codegen");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let (mut command, package) = match scope {
        Scope::Assistant => (cargo::cargo(), ["-p", "hearth-assistant"].as_slice()),
        Scope::Workspace => (cargo::linting(), ["--workspace"].as_slice()),
    };
    command.arg("test").args(package).args(["--quiet", "--lib", "export_bindings"]);
    process::output(command.env("TS_RS_EXPORT_DIR", &folder))?;
    let exported = read(&folder)?;
    if exported.is_empty() {
        return Err("No type was exported: hearth-assistant has no #[ts(export)].".into());
    }
    Ok(exported)
}

fn read(folder: &Path) -> Result<BTreeMap<String, String>> {
    let files: Vec<PathBuf> = match fs::read_dir(folder) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => Vec::new(),
    };
    let named = |file: PathBuf| {
        let name = file.file_name()?.to_str()?.to_owned();
        Some((name, fs::read_to_string(file).ok()?))
    };
    Ok(files.into_iter().filter_map(named).collect())
}

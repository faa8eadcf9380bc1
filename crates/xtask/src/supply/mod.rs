//! What is built from other people's code: where it comes from, under which licence, and what is
//! known against it. `cargo xtask test supply` reads the two lock files, `deny.toml` and the lists
//! in `supply/`; it asks no network, so it says the same on every machine. `deny.toml` is also what
//! `cargo deny check` reads, which asks the registries of today.

mod advisories;
mod licences;
mod lock;
mod policy;

use std::{fs, path::Path};

use serde_json::Value;

use crate::{Result, cargo, process};
use advisories::Advisories;
use policy::Policy;

const RUSTSEC: &str = "supply/rustsec.json";
const BY_HAND: &str = "supply/by-hand.json";

/// The stage of `cargo xtask test`.
pub fn check() -> Result {
    let policy = Policy::read(&text("deny.toml")?)?;
    let crates = lock::crates(&text("Cargo.lock")?)?;
    let npm = lock::npm(&text("ui/package-lock.json")?)?;
    let rustsec = Advisories::read(&text(RUSTSEC)?)?;
    let by_hand = Advisories::read(&text(BY_HAND)?)?;

    let mut complaints = lock::complaints(&crates, &npm);
    complaints.extend(policy.duplicates(&crates));
    complaints.extend(advisories::complaints(&[&rustsec, &by_hand], &crates, &npm, &policy));
    let mut licences = licences_here()?;
    licences.extend(npm.iter().map(|package| {
        (package.name.clone(), package.version.to_string(), package.licence.clone())
    }));
    complaints.extend(licences::complaints(&licences, &policy.licences, &by_hand.licences));
    println!(
        "{} crates and {} npm packages, against {} advisories ({}; {}).",
        crates.len(),
        npm.len(),
        rustsec.list.len() + by_hand.list.len(),
        rustsec.source,
        by_hand.source,
    );
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n").into()) }
}

/// `cargo xtask supply FOLDER`: writes the list of advisories from a checkout of RustSec's database.
pub fn supply(arguments: &[String]) -> Result {
    let [folder] = arguments else {
        return Err("`cargo xtask supply` takes the folder of a checkout of RustSec's advisory \
                    database (github.com/rustsec/advisory-db)."
            .into());
    };
    let list = advisories::from_checkout(Path::new(folder))?;
    fs::write(process::root().join(RUSTSEC), list.written()?)?;
    println!("{RUSTSEC}: {} advisories, {}.", list.list.len(), list.source);
    check()
}

fn text(path: &str) -> Result<String> {
    fs::read_to_string(process::root().join(path))
        .map_err(|error| format!("{path} could not be read: {error}.").into())
}

/// Name, version and licence of each crate from elsewhere that is built on this system. Those of
/// other systems would have to be downloaded; `cargo deny check licenses` looks at them.
fn licences_here() -> Result<Vec<(String, String, Option<String>)>> {
    let metadata = cargo::metadata()?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    let from_elsewhere = packages.iter().filter(|package| package["source"].is_string());
    let word = |package: &Value, field: &str| package[field].as_str().map(str::to_owned);
    Ok(from_elsewhere
        .filter_map(|package| {
            Some((word(package, "name")?, word(package, "version")?, word(package, "license")))
        })
        .collect())
}

//! `cargo xtask tidy`: what no compiler checks.

mod arrows;
mod features;
mod files;
mod paths;

use crate::{Result, cargo};

pub fn tidy() -> Result {
    let mut complaints = arrows::complaints(&arrows::Graph::read(&cargo::metadata()?)?);
    complaints.extend(features::complaints()?);
    complaints.extend(paths::complaints());
    let files = files::tracked()?;
    complaints.extend(files.iter().flat_map(files::complaints));
    complaints.extend(paths::promises(&files));
    for hint in files.iter().filter_map(files::hint) {
        println!("hint: {hint}");
    }
    if complaints.is_empty() {
        return Ok(());
    }
    Err(complaints.join("\n").into())
}

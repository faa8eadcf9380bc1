//! `cargo xtask catalog check`: whether every file of the catalog is what its publisher shows.

use crate::{Result, cargo, process};

/// Asks through `hearth`, which has the way out; this program has none.
pub fn catalog(arguments: &[String]) -> Result {
    if arguments != ["check"] {
        return Err("`cargo xtask catalog` knows only `check`.".into());
    }
    process::run(cargo::cargo().args(["build", "--bin", "hearth"]))?;
    let folder = std::env::temp_dir().join("hearth-catalog-check");
    let hearth = cargo::built("hearth")?;
    let home = folder.into_os_string();
    process::run(
        std::process::Command::new(hearth).args(["models", "check"]).env("HEARTH_HOME", home),
    )
}

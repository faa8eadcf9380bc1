//! `cargo xtask dist`: packages that a person installs.

mod appimage;
mod contents;
mod libraries;
mod programs;

use std::{
    fs,
    path::{Path, PathBuf},
};

use programs::Programs;

use crate::{Result, cargo, node, process, system};

/// Fetched when packages are made and only then: nothing else needs it.
const TAURI_CLI: &str = "@tauri-apps/cli@2.12.5";

/// What Tauri's bundler makes on this system, by its names for `--bundles`.
const BUNDLES: &[&str] = if cfg!(target_os = "macos") {
    &["dmg"]
} else if cfg!(windows) {
    &["nsis", "msi"]
} else {
    &["deb", "rpm"]
};

/// What was asked for on the command line.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    profile: String,
    mistralrs: bool,
    /// The head of the AppImage, instead of the one from the registry.
    runtime: Option<PathBuf>,
}

pub fn dist(arguments: &[String]) -> Result {
    let wish = parse(arguments)?;
    system::ensure(system::Need::Packages, true)?;
    node::ensure_packages()?;
    node::ensure_built()?;
    let built = programs::build(&wish.profile, wish.mistralrs)?;
    // Packages of an earlier run are no part of this one.
    let dist = process::root().join("dist");
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    let staging = cargo::target_directory()?.join("packages");
    let staged = programs::stage(&built, &staging, &dist.join("symbols"))?;
    bundle(&staging, &staged)?;
    let bundles = staging.join("release/bundle");
    for kind in BUNDLES {
        collect(&bundles.join(kind), &dist)?;
    }
    if cfg!(target_os = "linux") {
        match appimage::missing() {
            None => appimage::make(&bundles, &staging, &dist, wish.runtime.as_deref())?,
            Some(why) => println!("No AppImage: {why}"),
        }
    }
    report(&staged, &dist)
}

fn parse(arguments: &[String]) -> Result<Wish> {
    let mut wish = Wish { profile: "dist".to_owned(), mistralrs: true, runtime: None };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--without-mistralrs" => wish.mistralrs = false,
            "--profile" => {
                wish.profile.clone_from(words.next().ok_or("--profile needs a name.")?);
            }
            "--runtime" => {
                let file = words.next().ok_or("--runtime needs a file.")?;
                wish.runtime = Some(std::path::absolute(file)?);
            }
            word => return Err(format!("`cargo xtask dist` knows no {word}.").into()),
        }
    }
    Ok(wish)
}

/// Tauri's bundler packs what is staged; a second config names the files beside the window.
fn bundle(staging: &Path, staged: &Programs) -> Result {
    let config = staging.join("packages.json");
    fs::write(&config, contents::config(staged)?.to_string())?;
    let mut command = process::command(if cfg!(windows) { "npx.cmd" } else { "npx" });
    command.args(["--yes", TAURI_CLI, "bundle", "--bundles", &BUNDLES.join(",")]);
    command.arg("--config").arg(&config);
    process::run(command.env("CARGO_TARGET_DIR", staging))
}

/// Brings the packages in `folder` to `dist`.
fn collect(folder: &Path, dist: &Path) -> Result {
    for entry in fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        let is_package = path
            .extension()
            .and_then(|ending| ending.to_str())
            .is_some_and(|ending| ["deb", "rpm", "dmg", "msi", "exe"].contains(&ending));
        if is_package {
            fs::copy(&path, dist.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// How large everything is, without and with what only a debugger reads.
fn report(staged: &Programs, dist: &Path) -> Result {
    println!();
    for program in &staged.names {
        println!("{:<40} {:>8.1} MB", program, megabytes(&staged.path(program))?);
    }
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in [dist.to_owned(), dist.join("symbols")] {
        files.extend(fs::read_dir(folder)?.flatten().map(|entry| entry.path()));
    }
    files.sort();
    for file in files.iter().filter(|file| file.is_file()) {
        let name = file.strip_prefix(dist)?;
        println!("{:<40} {:>8.1} MB", Path::new("dist").join(name).display(), megabytes(file)?);
    }
    Ok(())
}

fn megabytes(file: &Path) -> Result<f64> {
    Ok(fs::metadata(file)?.len() as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Wish> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn packages_hold_both_engines_in_the_profile_for_packages_unless_asked_otherwise() {
        let usual = parsed("").unwrap();
        assert!(usual.mistralrs && usual.profile == "dist" && usual.runtime.is_none());
        let quick = parsed("--profile dev --without-mistralrs").unwrap();
        assert!(!quick.mistralrs && quick.profile == "dev");
    }

    #[test]
    fn a_wrong_word_is_refused_before_anything_is_built() {
        assert!(parsed("--profile").is_err());
        assert!(parsed("deb").unwrap_err().to_string().contains("deb"));
    }
}

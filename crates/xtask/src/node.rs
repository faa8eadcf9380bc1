//! The window's TypeScript: Node, its packages, and the built files that the app embeds.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Result, process};

/// `npm ARGUMENTS` in `ui/`.
pub fn npm(arguments: &[&str]) -> Command {
    let mut command = process::command(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(["--prefix", "ui"]).args(arguments);
    command
}

/// Vite's server for `ui/`, as one process that can be ended.
pub fn vite() -> Command {
    let mut command = process::command("node");
    command.args(["ui/node_modules/vite/bin/vite.js", "ui", "--strictPort"]);
    command
}

/// Checks Node's version, and installs the packages of `ui/package-lock.json` when it changed.
pub fn ensure_packages() -> Result {
    ensure_node()?;
    let lock = process::root().join("ui/package-lock.json");
    let installed = process::root().join("ui/node_modules/.hearth-package-lock.json");
    let wanted = fs::read(&lock)?;
    if fs::read(&installed).is_ok_and(|have| have == wanted) {
        return Ok(());
    }
    println!("Installing the window's packages (npm ci).");
    // No package's own script runs on this machine: none here needs to. The audit is a stage of
    // `cargo xtask test` (and of CI) that fails; at each install it would be a line that nobody reads.
    process::run(&mut npm(&["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
    Ok(fs::write(installed, wanted)?)
}

/// What the window's pages are made of, in `ui/`.
const SOURCES: &[&str] = &[
    "src",
    "index.html",
    "package.json",
    "package-lock.json",
    "svelte.config.js",
    "vite.config.ts",
];

/// Builds `ui/build` unless what is there was built whole, by this function, from these sources.
/// Its times tell nothing: a build that was broken off, and the placeholder that stands in for the
/// pages where cargo alone was run, look newer than the sources too.
pub fn ensure_built() -> Result {
    let ui = process::root().join("ui");
    let built = ui.join("build/index.html");
    let mark = ui.join("node_modules/.hearth-built");
    let sources: Vec<PathBuf> = SOURCES.iter().map(|name| ui.join(name)).collect();
    let wanted = fingerprint(&sources)?;
    let mark_of = |built: &PathBuf| Some(format!("{wanted} {}", fingerprint([built]).ok()?));
    if mark_of(&built).is_some_and(|wanted| fs::read_to_string(&mark).is_ok_and(|is| is == wanted))
    {
        return Ok(());
    }
    println!("Building the window's pages.");
    process::run(&mut npm(&["run", "build"]))?;
    let whole = mark_of(&built).ok_or("npm run build left no ui/build/index.html.")?;
    Ok(fs::write(mark, whole)?)
}

/// Names and contents of everything at and under `paths`.
fn fingerprint<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        add(&mut hasher, path)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn add(hasher: &mut DefaultHasher, path: &Path) -> Result {
    let failed = |error| format!("{} could not be read: {error}.", path.display());
    path.file_name().hash(hasher);
    if !path.is_dir() {
        fs::read(path).map_err(failed)?.hash(hasher);
        return Ok(());
    }
    let entries = fs::read_dir(path).map_err(failed)?.flatten();
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    entries.sort();
    entries.iter().try_for_each(|entry| add(hasher, entry))
}

/// What the packages in `ui/package-lock.json` run on, by their `engines`.
fn builds_the_window(version: (u32, u32)) -> bool {
    matches!(version, (20, 19..) | (22, 13..) | (24.., _))
}

fn ensure_node() -> Result {
    let advice = "Hearth's window is built with Node 20 from 20.19, 22 from 22.13, or 24 and newer: install one \
                  from https://nodejs.org or with your system's package manager.";
    if process::find("node").is_none() {
        return Err(format!("Node was not found. {advice}").into());
    }
    let text = process::output(process::command("node").arg("--version"))?;
    match version(&text) {
        Some(found) if builds_the_window(found) => Ok(()),
        _ => Err(format!("This is Node {}. {advice}", text.trim()).into()),
    }
}

/// Major and minor of what `node --version` prints, such as `v20.19.2`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_node_is_told_from_a_new_one() {
        let builds = |text: &str| version(text).map(builds_the_window);
        for (text, expected) in [
            ("v20.18.3\n", false),
            ("v20.19.0\n", true),
            ("v22.1.0", false),
            ("v22.13.0", true),
            ("v23.9.0", false),
            ("v25.0.0", true),
        ] {
            assert_eq!(builds(text), Some(expected), "{text}");
        }
        assert_eq!(builds("20"), None);
    }

    #[test]
    fn a_changed_moved_or_new_source_is_another_fingerprint() {
        let dir = std::env::temp_dir().join(format!("hearth-fingerprint-{}", std::process::id()));
        let of = || fingerprint([&dir]).unwrap();
        fs::create_dir_all(dir.join("deep")).unwrap();
        fs::write(dir.join("deep/a"), "1").unwrap();
        let first = of();
        assert_eq!(of(), first);
        fs::write(dir.join("deep/a"), "2").unwrap();
        let changed = of();
        fs::rename(dir.join("deep/a"), dir.join("deep/b")).unwrap();
        let moved = of();
        fs::write(dir.join("c"), "").unwrap();
        let all = [first, changed, moved, of()];
        fs::remove_dir_all(&dir).unwrap();
        assert!((0..4).all(|a| (0..a).all(|b| all[a] != all[b])), "{all:?}");
    }

    #[test]
    fn a_clean_clone_has_all_that_the_pages_are_made_of() {
        for name in SOURCES {
            assert!(process::root().join("ui").join(name).exists(), "{name}");
        }
    }
}

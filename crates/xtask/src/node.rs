//! The window's TypeScript: Node, its packages, and the built files that the app embeds.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
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
    process::run(&mut npm(&["ci", "--no-audit", "--no-fund"]))?;
    Ok(fs::write(installed, wanted)?)
}

/// Builds `ui/build` when anything it is made of is newer.
pub fn ensure_built() -> Result {
    let ui = process::root().join("ui");
    let sources = ["src", "static", "index.html", "package-lock.json", "vite.config.ts"];
    let changed = sources.iter().filter_map(|name| newest(&ui.join(name))).max();
    let built = fs::metadata(ui.join("build/index.html")).and_then(|file| file.modified()).ok();
    if built.is_some() && changed < built {
        return Ok(());
    }
    println!("Building the window's pages.");
    process::run(&mut npm(&["run", "build"]))
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

/// When anything at or under `path` last changed.
fn newest(path: &Path) -> Option<SystemTime> {
    let own = fs::metadata(path).ok()?;
    if own.is_file() {
        return own.modified().ok();
    }
    let entries: Vec<PathBuf> = fs::read_dir(path).ok()?.flatten().map(|e| e.path()).collect();
    entries.iter().filter_map(|entry| newest(entry)).max()
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
}

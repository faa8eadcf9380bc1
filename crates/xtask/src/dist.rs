//! `cargo xtask dist`: installable packages.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{Result, cargo, node, process, system};

pub fn dist(arguments: &[String]) -> Result {
    let debug = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        // Checks the packages' contents without a second, optimised build of everything.
        ["--debug"] => true,
        _ => return Err("`cargo xtask dist` takes nothing but --debug.".into()),
    };
    if !cfg!(target_os = "linux") {
        return Err("`cargo xtask dist` makes .deb and .rpm packages, and needs Linux.".into());
    }
    system::ensure(system::Need::Build, true)?;
    node::ensure_packages()?;
    node::ensure_built()?;
    build(debug)?;
    bundle(debug)
}

fn build(debug: bool) -> Result {
    let mut command = cargo::cargo();
    command.args(["build", "--workspace", "--bins"]);
    if !debug {
        command.arg("--release");
    }
    process::run(&mut command)
}

/// Fetched when packages are made and only then: nothing else needs it.
const TAURI_CLI: &str = "@tauri-apps/cli@2.12.3";

/// Tauri's bundler packs what is built; the second config names the files beside the window.
fn bundle(debug: bool) -> Result {
    let profile = if debug { "debug" } else { "release" };
    let target = cargo::target_directory()?.join(profile);
    let config = target.join("packages.json");
    fs::write(&config, packages(&target)?.to_string())?;
    let mut command = process::command("npx");
    command.args(["--yes", TAURI_CLI, "bundle", "--bundles", "deb,rpm"]);
    command.arg("--config").arg(&config);
    if debug {
        command.arg("--debug");
    }
    process::run(&mut command)?;
    collect(&target.join("bundle"))
}

/// Where each file goes on the user's machine.
fn packages(target: &Path) -> Result<Value> {
    let root = process::root().canonicalize()?;
    let mut files = serde_json::json!({
        "/usr/bin/hearth": target.join("hearth"),
        "/usr/bin/hearth-engine": target.join("hearth-engine"),
        "/usr/share/doc/hearth/LICENSE-MIT": root.join("LICENSE-MIT"),
        "/usr/share/doc/hearth/LICENSE-APACHE": root.join("LICENSE-APACHE"),
        "/usr/share/doc/hearth/README.md": root.join("README.md"),
    });
    for entry in fs::read_dir(root.join("model-catalog/starter"))?.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "gguf") {
            let name = entry.file_name();
            files[format!("/usr/lib/hearth/starter/{}", name.to_string_lossy())] =
                path.to_str().into();
        }
    }
    let both = serde_json::json!({ "deb": { "files": files }, "rpm": { "files": files } });
    Ok(serde_json::json!({ "bundle": { "linux": both } }))
}

/// Brings the packages to `dist/`.
fn collect(bundles: &Path) -> Result {
    let dist = process::root().join("dist");
    fs::create_dir_all(&dist)?;
    for kind in ["deb", "rpm"] {
        for entry in fs::read_dir(bundles.join(kind))?.flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == kind) {
                let name = path.file_name().ok_or("a package without a name")?;
                fs::copy(&path, dist.join(name))?;
                println!("dist/{}", name.to_string_lossy());
            }
        }
    }
    Ok(())
}

//! `cargo xtask dist`: installable packages of what was tested.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{Result, cargo, node, process, system};

/// The window, which Tauri's bundler packs by itself, and the programs beside it.
const WINDOW: &str = "hearth-desktop";
const BESIDE: [&str; 3] = ["hearth", "hearth-engine", "hearth-mistralrs"];

/// Fetched when packages are made and only then: nothing else needs it.
const TAURI_CLI: &str = "@tauri-apps/cli@2.12.3";

pub fn dist(arguments: &[String]) -> Result {
    if !arguments.is_empty() {
        return Err("`cargo xtask dist` takes no arguments.".into());
    }
    if !cfg!(target_os = "linux") {
        return Err("`cargo xtask dist` makes .deb and .rpm packages, and needs Linux.".into());
    }
    system::ensure(system::Need::Build, true)?;
    node::ensure_packages()?;
    node::ensure_built()?;
    // As the tests build it: what is shipped is what was tested, and nothing is compiled twice.
    process::run(cargo::linting().args(["build", "--bins"]))?;
    process::run(cargo::linting().args(["build", "--package", cargo::MISTRALRS]))?;
    let staging = cargo::target_directory()?.join("dist");
    stage(&staging.join("debug"))?;
    bundle(&staging)?;
    collect(&staging.join("debug/bundle"))
}

/// Puts the programs, without the symbols that only a debugger reads, where the bundler looks.
fn stage(programs: &Path) -> Result {
    fs::create_dir_all(programs)?;
    for program in BESIDE.into_iter().chain([WINDOW]) {
        let mut strip = process::command("strip");
        strip.arg("-o").arg(programs.join(program)).arg(cargo::built(program)?);
        process::run(&mut strip)?;
    }
    Ok(())
}

/// Tauri's bundler packs what is staged; the second config names the files beside the window.
fn bundle(staging: &Path) -> Result {
    let config = staging.join("packages.json");
    fs::write(&config, packages(&staging.join("debug"))?.to_string())?;
    let mut command = process::command("npx");
    command.args(["--yes", TAURI_CLI, "bundle", "--debug", "--bundles", "deb,rpm"]);
    command.arg("--config").arg(&config);
    process::run(command.env("CARGO_TARGET_DIR", staging))
}

/// Where each file goes on the user's machine.
fn packages(programs: &Path) -> Result<Value> {
    let root = process::root().canonicalize()?;
    let mut files = serde_json::json!({
        "/usr/share/doc/hearth/LICENSE-MIT": root.join("LICENSE-MIT"),
        "/usr/share/doc/hearth/LICENSE-APACHE": root.join("LICENSE-APACHE"),
        "/usr/share/doc/hearth/README.md": root.join("README.md"),
    });
    for program in BESIDE {
        files[format!("/usr/bin/{program}")] = programs.join(program).to_str().into();
    }
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

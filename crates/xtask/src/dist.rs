//! `cargo xtask dist`: installable packages.

use std::{fs, path::Path};

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

/// Tauri's bundler packs what is built; the second config names the files beside the window.
fn bundle(debug: bool) -> Result {
    let profile = if debug { "debug" } else { "release" };
    let target = cargo::target_directory()?.join(profile);
    let config = target.join("packages.json");
    fs::write(&config, packages(&target).to_string())?;
    let mut command = process::command("node");
    command.args(["ui/node_modules/@tauri-apps/cli/tauri.js", "bundle", "--bundles", "deb,rpm"]);
    command.arg("--config").arg(&config);
    if debug {
        command.arg("--debug");
    }
    process::run(&mut command)?;
    collect(&target.join("bundle"))
}

/// Where each file goes on the user's machine.
fn packages(target: &Path) -> serde_json::Value {
    let root = process::root();
    let built = |name: &str| target.join(name).to_string_lossy().into_owned();
    let own = |path: &str| root.join(path).to_string_lossy().into_owned();
    let starter = |name: &str| own(&format!("model-catalog/starter/{name}.gguf"));
    let files = serde_json::json!({
        "/usr/lib/hearth/starter/starter-6m-q8_0.gguf": starter("starter-6m-q8_0"),
        "/usr/lib/hearth/starter/starter-draft-1m-q8_0.gguf": starter("starter-draft-1m-q8_0"),
        "/usr/bin/hearth": built("hearth"),
        "/usr/bin/hearth-engine": built("hearth-engine"),
        "/usr/share/doc/hearth/LICENSE-MIT": own("LICENSE-MIT"),
        "/usr/share/doc/hearth/LICENSE-APACHE": own("LICENSE-APACHE"),
        "/usr/share/doc/hearth/README.md": own("README.md"),
    });
    serde_json::json!({ "bundle": { "linux": { "deb": { "files": files }, "rpm": { "files": files } } } })
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

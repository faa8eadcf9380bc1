//! The AppImage: one file that runs where it lies. It is the content of the .deb, the libraries
//! that a desktop may lack, and in front a small program that unpacks or mounts the rest.
//! Tauri's own way downloads tools that nobody pinned; here every part comes from a registry and
//! is checked.

use std::{
    env, fs, io,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use super::libraries;
use crate::{Result, process};

/// A crate that carries the runtime of AppImageKit 13, which mounts with the system's libfuse2.
const RUNTIME_CRATE: &str = "appimage@0.4.0";
const RUNTIME_IN_CRATE: &str = "appimage-0.4.0/assets/runtime-x86_64";

/// The runtimes that may stand in front, by SHA-256: that one, and AppImage's type2-runtime
/// 20251108, which needs no library and is what the release workflow passes.
const RUNTIMES: [&str; 2] = [
    "328e0d745c5c6817048c27bc3e8314871703f8f47ffa81a37cb06cd95a94b323",
    "2fca8b443c92510f1483a883f60061ad09b46b978b2631c807cd873a47ec260d",
];

/// Why no AppImage can be made here.
pub fn missing() -> Option<String> {
    if env::consts::ARCH != "x86_64" {
        return Some("its runtime is for x86-64.".to_owned());
    }
    let tools = ["mksquashfs", "patchelf", "ldd", "sha256sum", "glib-compile-schemas"];
    let tool = tools.into_iter().find(|tool| process::find(tool).is_none());
    match tool {
        Some(tool) => Some(format!("{tool} was not found.")),
        None => libraries::missing(),
    }
}

/// Makes the AppImage of the .deb in `bundles` and puts it into `dist`.
pub fn make(bundles: &Path, staging: &Path, dist: &Path, runtime: Option<&Path>) -> Result {
    let runtime = match runtime {
        Some(file) => file.to_owned(),
        None => runtime_from_registry()?,
    };
    check(&runtime)?;
    let (name, content) = unpacked_deb(&bundles.join("deb"))?;
    let folder = staging.join("AppDir");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    process::run(process::command("cp").arg("-a").arg(content.join("usr")).arg(&folder))?;
    libraries::add(&folder.join("usr"))?;
    front(&folder)?;
    let image = dist.join(format!("{name}.AppImage"));
    pack(&folder, &staging.join("AppDir.squashfs"), &runtime, &image)
}

/// Cargo downloads a crate to tell about it, and checks it against the registry's index.
fn runtime_from_registry() -> Result<PathBuf> {
    let mut fetch = process::command("cargo");
    // Outside of this workspace, which does not depend on it.
    fetch.args(["info", "--quiet", RUNTIME_CRATE, "--registry", "crates-io"]);
    process::output(fetch.current_dir(env::temp_dir()))?;
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let sources = home.ok_or("there is no home folder")?.join("registry/src");
    let registries = fs::read_dir(&sources)?.flatten();
    let mut files = registries.map(|registry| registry.path().join(RUNTIME_IN_CRATE));
    let found = files.find(|file| file.is_file());
    found.ok_or_else(|| format!("{RUNTIME_CRATE} is not in {}.", sources.display()).into())
}

fn check(runtime: &Path) -> Result {
    let line = process::output(process::command("sha256sum").arg(runtime))?;
    let sum = line.split_whitespace().next().unwrap_or_default();
    if RUNTIMES.contains(&sum) {
        return Ok(());
    }
    Err(format!("{} is no runtime that Hearth knows: its SHA-256 is {sum}.", runtime.display())
        .into())
}

/// What the bundler packed as a .deb, and its name without the ending.
fn unpacked_deb(folder: &Path) -> Result<(String, PathBuf)> {
    for entry in fs::read_dir(folder)?.flatten() {
        let content = entry.path().join("data");
        if content.is_dir() {
            return Ok((entry.file_name().to_string_lossy().into_owned(), content));
        }
    }
    Err(format!("The bundler left no content in {}.", folder.display()).into())
}

/// What is read at the top of an AppImage: how to start it, and how a desktop shows it.
fn front(folder: &Path) -> Result {
    let start = folder.join("AppRun");
    fs::copy(process::root().join("src-tauri/linux/AppRun"), &start)?;
    fs::set_permissions(&start, fs::Permissions::from_mode(0o755))?;
    symlink("usr/share/applications/Hearth.desktop", folder.join("Hearth.desktop"))?;
    let icon = "hearth-desktop.png";
    fs::copy(process::root().join("icons/256x256.png"), folder.join(icon))?;
    Ok(symlink(icon, folder.join(".DirIcon"))?)
}

/// gzip, which both runtimes read.
fn pack(folder: &Path, squashfs: &Path, runtime: &Path, image: &Path) -> Result {
    let mut pack = process::command("mksquashfs");
    pack.arg(folder).arg(squashfs).args(["-noappend", "-root-owned", "-no-xattrs"]);
    process::run(pack.args(["-comp", "gzip", "-quiet", "-no-progress"]))?;
    let mut file = fs::File::create(image)?;
    for part in [runtime, squashfs] {
        io::copy(&mut fs::File::open(part)?, &mut file)?;
    }
    Ok(fs::set_permissions(image, fs::Permissions::from_mode(0o755))?)
}

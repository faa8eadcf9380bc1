//! What is in a package besides the window, and where each file goes on the user's machine.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::programs::Programs;
use crate::{Result, process};

/// Files of a Linux package that do not depend on the build, from the repository's root.
const SHARED: [(&str, &str); 6] = [
    ("/usr/share/doc/hearth/LICENSE-MIT", "LICENSE-MIT"),
    ("/usr/share/doc/hearth/LICENSE-APACHE", "LICENSE-APACHE"),
    ("/usr/share/doc/hearth/README.md", "README.md"),
    ("/usr/share/mime/packages/hearth.xml", "src-tauri/linux/hearth-mime.xml"),
    (
        "/usr/share/metainfo/org.hearth.desktop.metainfo.xml",
        "src-tauri/linux/org.hearth.desktop.metainfo.xml",
    ),
    ("/usr/share/icons/hicolor/scalable/apps/hearth-desktop.svg", "icons/hearth.svg"),
];

/// What Tauri's bundler reads besides `src-tauri/tauri.conf.json`.
pub fn config(programs: &Programs) -> Result<Value> {
    // The bundler adds the target to each name itself.
    let beside: Vec<PathBuf> = programs.beside().map(|name| programs.folder.join(name)).collect();
    let mut bundle = json!({ "externalBin": beside });
    if cfg!(target_os = "linux") {
        bundle["linux"] = linux(programs)?;
    } else {
        bundle["resources"] = resources()?;
    }
    Ok(json!({ "bundle": bundle }))
}

fn linux(programs: &Programs) -> Result<Value> {
    let root = absolute_root()?;
    let mut files = json!({});
    for (place, file) in SHARED {
        files[place] = json!(root.join(file));
    }
    for (name, path) in starters()? {
        files[format!("/usr/lib/hearth/starter/{name}")] = json!(path);
    }
    let libc = newest_libc(programs)?;
    let mut deb = own_depends("deb")?;
    deb.push(format!("libc6 (>= {libc})"));
    let mut rpm = own_depends("rpm")?;
    rpm.push(format!("libc.so.6(GLIBC_{libc})(64bit)"));
    Ok(json!({
        "deb": { "files": files, "depends": deb },
        "rpm": { "files": files, "depends": rpm },
    }))
}

/// What lies beside the program on Windows and in the bundle's Resources on a Mac.
fn resources() -> Result<Value> {
    let root = absolute_root()?;
    let mut resources = json!({});
    for license in ["LICENSE-MIT", "LICENSE-APACHE"] {
        resources[root.join(license).to_string_lossy().as_ref()] = json!(license);
    }
    for (name, path) in starters()? {
        resources[path.to_string_lossy().as_ref()] = json!(format!("starter/{name}"));
    }
    Ok(resources)
}

/// The models that come along, by name.
fn starters() -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(absolute_root()?.join("model-catalog/starter"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "gguf") {
            let name = path.file_name().ok_or("a model without a name")?;
            found.push((name.to_string_lossy().into_owned(), path));
        }
    }
    found.sort();
    Ok(found)
}

/// What `tauri.conf.json` says a package needs: a second config replaces a list, and adds nothing
/// to it.
fn own_depends(kind: &str) -> Result<Vec<String>> {
    let text = fs::read_to_string(process::root().join("src-tauri/tauri.conf.json"))?;
    let config: Value = serde_json::from_str(&text)?;
    Ok(serde_json::from_value(config["bundle"]["linux"][kind]["depends"].clone())?)
}

/// The newest version of the C library that a program asks for. Without it a package would install
/// on an older system, and then not start.
fn newest_libc(programs: &Programs) -> Result<String> {
    let mut newest = None;
    for program in &programs.names {
        let mut symbols = process::command("objdump");
        let text = process::output(symbols.arg("-T").arg(programs.path(program)))?;
        newest = newest.max(libc_version(&text));
    }
    let (major, minor) = newest.ok_or("no program names a version of the C library")?;
    Ok(format!("{major}.{minor}"))
}

fn libc_version(symbols: &str) -> Option<(u32, u32)> {
    let versions = symbols.split("GLIBC_").skip(1).filter_map(|rest| {
        let number = rest.split(|c: char| !c.is_ascii_digit() && c != '.').next()?;
        let mut parts = number.split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    });
    versions.max()
}

/// Not `canonicalize`, whose paths the bundler cannot use on Windows.
fn absolute_root() -> Result<PathBuf> {
    Ok(std::path::absolute(Path::new(process::root()))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_c_library_that_is_asked_for_is_found() {
        let text = "0 DF *UND* 0 (GLIBC_2.9)  read\n0 DF *UND* 0 (GLIBC_2.34) pthread_create\n\
                    0 DF *UND* 0 (GLIBC_2.2.5) free\n0 DF *UND* 0 (GCC_3.0) _Unwind_Resume\n";
        assert_eq!(libc_version(text), Some((2, 34)));
        assert_eq!(libc_version("no symbols"), None);
    }

    #[test]
    fn every_file_of_a_package_is_in_the_repository() {
        for (_, file) in SHARED {
            assert!(process::root().join(file).is_file(), "{file}");
        }
        assert!(!starters().unwrap().is_empty());
    }

    #[test]
    fn the_store_page_names_the_version_and_the_file_type_of_the_package() {
        let read = |path: &str| fs::read_to_string(process::root().join(path)).unwrap();
        let page = read("src-tauri/linux/org.hearth.desktop.metainfo.xml");
        let version = format!("<release version=\"{}\"", env!("CARGO_PKG_VERSION"));
        assert!(page.contains(&version), "the store page has no {version}");
        let config: Value = serde_json::from_str(&read("src-tauri/tauri.conf.json")).unwrap();
        let mime = config["bundle"]["fileAssociations"][0]["mimeType"].as_str().unwrap();
        assert!(page.contains(&format!("<mediatype>{mime}</mediatype>")));
        assert!(read("src-tauri/linux/hearth-mime.xml").contains(&format!("type=\"{mime}\"")));
    }
}

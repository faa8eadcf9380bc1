//! The window's libraries inside an AppImage: GTK, WebKitGTK with its helper processes, and what
//! they load, but not what belongs to the graphics driver or to the system's C library.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use crate::{Result, process};

/// Libraries that the machine has and must have its own of: the C library and the compiler's,
/// graphics drivers and what speaks to the display, and fonts with their caches.
const OF_THE_SYSTEM: &[&str] = &[
    "ld-linux-x86-64.so.2",
    "libc.so.6",
    "libdl.so.2",
    "libm.so.6",
    "libmvec.so.1",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
    "libutil.so.1",
    "libgcc_s.so.1",
    "libstdc++.so.6",
    "libEGL.so.1",
    "libGL.so.1",
    "libGLX.so.0",
    "libGLdispatch.so.0",
    "libGLESv2.so.2",
    "libOpenGL.so.0",
    "libdrm.so.2",
    "libgbm.so.1",
    "libglapi.so.0",
    "libX11.so.6",
    "libX11-xcb.so.1",
    "libxcb.so.1",
    "libwayland-client.so.0",
    "libasound.so.2",
    "libfontconfig.so.1",
    "libfreetype.so.6",
    "libharfbuzz.so.0",
    "libfribidi.so.0",
    "libexpat.so.1",
    "libz.so.1",
];

/// WebKitGTK's processes and what they load, below the folder of libraries.
const WEBKIT: [&str; 3] = [
    "webkit2gtk-4.1/WebKitNetworkProcess",
    "webkit2gtk-4.1/WebKitWebProcess",
    "webkit2gtk-4.1/injected-bundle/libwebkit2gtkinjectedbundle.so",
];

/// Icons are SVG files, and this is what draws them.
const SVG: &str = "gdk-pixbuf-2.0/2.10.0/loaders/libpixbufloader-svg.so";
const LOADERS: &str = "gdk-pixbuf-2.0/2.10.0/loaders.cache";
const QUERY: &str = "gdk-pixbuf-2.0/gdk-pixbuf-query-loaders";

/// Loaded by name when the tray's icon is placed, so no program lists it.
const TRAY: &str = "libayatana-appindicator3.so.1";

/// Without GTK's settings schemas a file dialog ends the program, and without the list of file
/// types no picture is read.
const SCHEMAS: &str = "share/glib-2.0/schemas";
const TYPES: &str = "share/mime/mime.cache";

/// Libraries that have the place of their helpers compiled in.
const REPLACED: [&str; 2] = ["libwebkit2gtk-4.1.so.0", "libgdk_pixbuf-2.0.so.0"];

/// The folder compiled in, and the same folder from the AppImage's `usr`, of the same length.
const COMPILED_IN: &[u8] = b"/usr/lib/";
const FROM_USR: &[u8] = b"././/lib/";

/// Where Debian and Ubuntu keep libraries, from `/usr`.
fn folder() -> String {
    format!("lib/{}-linux-gnu", env::consts::ARCH)
}

/// Why the libraries cannot be gathered here.
pub fn missing() -> Option<String> {
    let here = Path::new("/usr").join(folder());
    let wanted = WEBKIT.into_iter().chain([SVG, QUERY, TRAY]);
    let absent = wanted.map(|name| here.join(name)).find(|path| !path.exists());
    absent.map(|path| format!("{} was not found; Debian and Ubuntu have it.", path.display()))
}

/// Adds the libraries to an AppImage's `usr`, and makes them find each other there.
pub fn add(usr: &Path) -> Result {
    let here = Path::new("/usr").join(folder());
    let to = usr.join(folder());
    for name in WEBKIT.into_iter().chain([SVG]) {
        copy(&here.join(name), &to.join(name))?;
    }
    let mut query = process::command(&here.join(QUERY).to_string_lossy());
    fs::write(to.join(LOADERS), process::output(query.arg(here.join(SVG)))?)?;
    let mut roots: Vec<PathBuf> =
        fs::read_dir(usr.join("bin"))?.flatten().map(|e| e.path()).collect();
    roots.extend(WEBKIT.into_iter().chain([SVG, TRAY]).map(|name| here.join(name)));
    let mut needed = BTreeMap::from([(TRAY.to_owned(), here.join(TRAY))]);
    for root in roots {
        let text = process::output(process::command("ldd").arg(&root))?;
        needed.extend(libraries(&text)?);
    }
    for (name, path) in &needed {
        copy(path, &to.join(name))?;
        find_beside(&to.join(name), "$ORIGIN")?;
    }
    for name in WEBKIT.into_iter().chain([SVG]) {
        let up = vec![".."; Path::new(name).components().count() - 1].join("/");
        find_beside(&to.join(name), &format!("$ORIGIN/{up}"))?;
    }
    let window = usr.join("bin/hearth-desktop");
    find_beside(&window, &format!("$ORIGIN/../{}", folder()))?;
    for name in REPLACED {
        replace(&to.join(name))?;
    }
    replace(&to.join(LOADERS))?;
    copy(&Path::new("/usr").join(TYPES), &usr.join(TYPES))?;
    schemas(usr)
}

/// What `ldd` lists and the system is not relied on for, by the name that is asked for.
fn libraries(listed: &str) -> Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    for line in listed.lines().map(str::trim) {
        let Some((name, place)) = line.split_once(" => ") else { continue };
        if OF_THE_SYSTEM.contains(&name) {
            continue;
        }
        let path = place.split_whitespace().next().unwrap_or_default();
        if !path.starts_with('/') {
            return Err(format!("{name} is needed and {place}.").into());
        }
        found.insert(name.to_owned(), PathBuf::from(path));
    }
    Ok(found)
}

fn copy(from: &Path, to: &Path) -> Result {
    fs::create_dir_all(to.parent().ok_or("a file without a folder")?)?;
    fs::copy(from, to)?;
    Ok(())
}

/// Makes `file` look for libraries in `place` first.
fn find_beside(file: &Path, place: &str) -> Result {
    process::run(process::command("patchelf").args(["--set-rpath", place]).arg(file))
}

/// Makes `file` look for its helpers from the current folder, which `AppRun` sets.
fn replace(file: &Path) -> Result {
    let mut bytes = fs::read(file)?;
    if !replaced(&mut bytes) {
        return Err(format!("{} has no helpers' folder in it.", file.display()).into());
    }
    Ok(fs::write(file, bytes)?)
}

fn replaced(bytes: &mut [u8]) -> bool {
    let last = bytes.len().saturating_sub(COMPILED_IN.len());
    let mut any = false;
    for at in 0..=last {
        if bytes[at..].starts_with(COMPILED_IN) {
            bytes[at..at + FROM_USR.len()].copy_from_slice(FROM_USR);
            any = true;
        }
    }
    any
}

fn schemas(usr: &Path) -> Result {
    let to = usr.join(SCHEMAS);
    for entry in fs::read_dir(Path::new("/usr").join(SCHEMAS))?.flatten() {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with("org.gtk.") {
            copy(&entry.path(), &to.join(name))?;
        }
    }
    process::run(process::command("glib-compile-schemas").arg(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_machine_must_have_its_own_of_stays_out() {
        let listed = "\tlinux-vdso.so.1 (0x00007ffc)\n\
                      \tlibgtk-3.so.0 => /lib/x86_64-linux-gnu/libgtk-3.so.0 (0x00007f)\n\
                      \tlibGL.so.1 => /lib/x86_64-linux-gnu/libGL.so.1 (0x00007f)\n\
                      \tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)\n\
                      \t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n";
        let found = libraries(listed).unwrap();
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(names, ["libgtk-3.so.0"]);
        assert!(libraries("\tlibx.so.1 => not found\n").unwrap_err().to_string().contains("libx"));
    }

    #[test]
    fn a_place_compiled_in_keeps_its_length() {
        let mut text = b"a\0/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1\0/usr/lib/b".to_vec();
        assert!(replaced(&mut text));
        assert_eq!(text, b"a\0././/lib/x86_64-linux-gnu/webkit2gtk-4.1\0././/lib/b");
        assert!(!replaced(&mut b"nothing".to_vec()));
        assert!(!replaced(&mut []));
    }
}

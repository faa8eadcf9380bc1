//! System packages: found, printed, and installed where that is possible.

use std::process::Stdio;

use crate::{Result, process};

/// What building needs on Debian and Ubuntu.
const BUILD: &[&str] = &[
    "build-essential",
    "pkg-config",
    "libwebkit2gtk-4.1-dev",
    "libgtk-3-dev",
    "librsvg2-dev",
    "libdbus-1-dev",
    "libayatana-appindicator3-dev",
];

/// What driving the real window needs besides.
const WINDOW: &[&str] = &["webkit2gtk-driver", "xvfb", "dbus", "iproute2"];

/// What making an AppImage needs besides.
const PACKAGES: &[&str] = &["patchelf", "squashfs-tools"];

/// The libraries of [`BUILD`] as pkg-config knows them, for systems other than Debian.
const LIBRARIES: &[&str] =
    &["webkit2gtk-4.1", "gtk+-3.0", "librsvg-2.0", "dbus-1", "ayatana-appindicator3-0.1"];

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Compile everything.
    Build,
    /// Compile everything and drive the window.
    Window,
    /// Compile everything and make packages.
    Packages,
}

/// Makes sure that the system packages for `need` are there.
/// On Debian and Ubuntu it installs what is missing, as root or through sudo;
/// with `install` false, and on other systems, it says what to install and fails.
pub fn ensure(need: Need, install: bool) -> Result {
    if cfg!(target_os = "linux") {
        if process::find("dpkg-query").is_some() {
            return ensure_debian(need, install);
        }
        return ensure_other_linux(need);
    }
    if cfg!(target_os = "macos") && process::find("xcrun").is_none() {
        return Err(
            "Building Hearth needs Apple's command line tools:\n  xcode-select --install".into()
        );
    }
    // On Windows a Rust toolchain for MSVC cannot be installed without its build tools,
    // and WebView2 comes with Windows 11.
    Ok(())
}

fn ensure_debian(need: Need, install: bool) -> Result {
    let wanted = match need {
        Need::Build => BUILD.to_vec(),
        Need::Window => [BUILD, WINDOW].concat(),
        Need::Packages => [BUILD, PACKAGES].concat(),
    };
    let missing: Vec<&str> = wanted.into_iter().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    println!("Missing system packages: {list}");
    let sudo = !is_root();
    let prefix = if sudo { "sudo " } else { "" };
    println!("  {prefix}apt-get update");
    println!("  {prefix}apt-get install -y --no-install-recommends {list}");
    if !install {
        return Err("Nothing was installed, because of --no-install.".into());
    }
    if sudo && process::find("sudo").is_none() {
        return Err("There is no sudo here. Run those two lines as root, then this again.".into());
    }
    apt_get(sudo, &["update"])?;
    apt_get(sudo, &[&["install", "-y", "--no-install-recommends"][..], &missing].concat())
}

fn apt_get(sudo: bool, arguments: &[&str]) -> Result {
    let mut command = process::command(if sudo { "sudo" } else { "apt-get" });
    if sudo {
        command.args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    }
    process::run(command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments))
}

fn is_installed(package: &str) -> bool {
    process::command("dpkg-query")
        .args(["-W", "-f=${db:Status-Status}", package])
        .stderr(Stdio::null())
        .output()
        .is_ok_and(|output| output.stdout == b"installed")
}

fn ensure_other_linux(need: Need) -> Result {
    let libraries = process::command("pkg-config")
        .arg("--exists")
        .args(LIBRARIES)
        .status()
        .is_ok_and(|status| status.success());
    let programs: &[&str] = match need {
        Need::Build | Need::Packages => &["cc", "c++"],
        Need::Window => &["cc", "c++", "WebKitWebDriver", "Xvfb", "dbus-daemon"],
    };
    if libraries && programs.iter().all(|program| process::find(program).is_some()) {
        return Ok(());
    }
    Err(format!("Some system packages are missing. {}", other_linux_packages(need)).into())
}

/// What to type on Fedora and Arch, by name.
fn other_linux_packages(need: Need) -> String {
    let (fedora, arch) = match need {
        Need::Build | Need::Packages => ("", ""),
        Need::Window => (
            " webkit2gtk4.1 xorg-x11-server-Xvfb dbus-daemon iproute",
            " xorg-server-xvfb iproute2",
        ),
    };
    format!(
        "Install them, then run this again:\n\
         Fedora:  sudo dnf install gcc gcc-c++ make pkgconf-pkg-config webkit2gtk4.1-devel \
         gtk3-devel librsvg2-devel dbus-devel libayatana-appindicator-gtk3-devel{fedora}\n\
         Arch:    sudo pacman -S --needed base-devel webkit2gtk-4.1 gtk3 librsvg dbus \
         libayatana-appindicator{arch}"
    )
}

fn is_root() -> bool {
    process::command("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

/// Whether a window can be opened from here.
pub fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

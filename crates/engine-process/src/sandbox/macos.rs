//! Seatbelt, the sandbox of macOS. Written by its documentation and the profiles that the system
//! brings along (`/System/Library/Sandbox/Profiles`); it has not been tried on a Mac yet, and the
//! acts say there what holds.

use std::ffi::{CStr, CString, c_char, c_int};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::ptr;

use hearth_engine::SandboxReport;

use super::{Act, Kernel, Measured, Profile, descriptors, measure};

unsafe extern "C" {
    /// `sandbox.h`. With no flags, `profile` is the text of one. Deprecated for apps, which have
    /// entitlements instead, and what browsers call all the same.
    fn sandbox_init(profile: *const c_char, flags: u64, error: *mut *mut c_char) -> c_int;
    fn sandbox_free_error(error: *mut c_char);
}

/// A folder that is there and empty, for libraries that look around in one.
const EMPTY_FOLDER: &str = "/private/var/empty";

const LAYERS: &[(&str, &[Act])] = &[
    (
        "network",
        &[
            ("connect by TCP", || TcpStream::connect(("127.0.0.1", 9)).map(drop)),
            ("wait for connections", || TcpListener::bind(("127.0.0.1", 0)).map(drop)),
            ("send by UDP", || UdpSocket::bind(("127.0.0.1", 0)).map(drop)),
            ("connect to a service", || {
                std::os::unix::net::UnixStream::connect("/private/var/run/mDNSResponder").map(drop)
            }),
        ],
    ),
    (
        "reading files",
        &[
            ("list the root folder", || fs::read_dir("/").map(drop)),
            ("read the list of users", || File::open("/etc/passwd").map(drop)),
            ("list temporary files", || fs::read_dir("/private/tmp").map(drop)),
        ],
    ),
    (
        "writing files",
        &[
            ("make a temporary file", || {
                let path = format!("/private/tmp/.hearth-sandbox-probe-{}", std::process::id());
                OpenOptions::new().write(true).create_new(true).open(&path)?;
                fs::remove_file(path)
            }),
            ("open a file for writing", || {
                OpenOptions::new().write(true).open("/dev/zero").map(drop)
            }),
        ],
    ),
    (
        "new programs",
        &[("start another program", || Command::new("/usr/bin/true").status().map(drop))],
    ),
    (
        "other processes",
        &[("send the app a signal", || {
            // SAFETY: takes integers; signal 0 only asks whether one could be sent.
            match unsafe { libc::kill(std::os::unix::process::parent_id() as libc::pid_t, 0) } {
                0 => Ok(()),
                _ => Err(io::Error::last_os_error()),
            }
        })],
    ),
];

/// Puts the rules in force and measures them: this process reads these files, computes, and does
/// nothing else.
pub fn enter(readable: &[PathBuf], profile: Profile, kernel: Kernel) -> Measured {
    descriptors::close_inherited();
    let seatbelt = match kernel {
        Kernel::WithoutRules => Err("no rules were asked for".into()),
        _ => restrict(&rules(readable, profile)),
    };
    let closed = Ok("closed at the start".to_owned());
    let measured = LAYERS.iter().map(|(name, acts)| measure(name, &[&seatbelt], acts));
    let (layers, acts): (Vec<_>, Vec<_>) =
        measured.chain([measure("open descriptors", &[&closed], descriptors::ACTS)]).unzip();
    Measured { report: SandboxReport::of(layers), acts: acts.into_iter().flatten().collect() }
}

fn restrict(rules: &str) -> Result<String, String> {
    let rules = CString::new(rules).map_err(|_| "a path with a zero byte".to_owned())?;
    let mut error = ptr::null_mut();
    // SAFETY: the text ends in a zero byte, and `error` is written by the call alone.
    if unsafe { sandbox_init(rules.as_ptr(), 0, &mut error) } == 0 {
        return Ok("Seatbelt".into());
    }
    if error.is_null() {
        return Err("Seatbelt refused".into());
    }
    // SAFETY: the call left a text there that ends in a zero byte, which is freed once, below.
    let why = unsafe { CStr::from_ptr(error) }.to_string_lossy().into_owned();
    // SAFETY: as above; the text was copied.
    unsafe { sandbox_free_error(error) };
    Err(format!("Seatbelt refused: {why}"))
}

/// A profile in Seatbelt's language. Nothing is allowed by default.
fn rules(readable: &[PathBuf], profile: Profile) -> String {
    let mut rules = "(version 1)\n(deny default)\n\
        (allow sysctl-read)\n\
        (allow signal (target self))\n\
        (allow file-read-metadata)\n"
        .to_owned();
    let folder = profile.runtime.then(|| PathBuf::from(EMPTY_FOLDER));
    for path in readable.iter().chain(&folder) {
        // Seatbelt compares what a path leads to in the end.
        let path = path.canonicalize().unwrap_or_else(|_| path.clone());
        rules += &format!("(allow file-read* (literal {}))\n", quoted(&path));
    }
    if profile.gpu {
        rules += METAL;
    }
    rules
}

/// The device itself, the memory that it shares, and the service that compiles what it runs.
const METAL: &str = "(allow iokit-get-properties)\n\
    (allow iokit-open\n\
    (iokit-connection \"IOAccelerator\")\n\
    (iokit-user-client-class \"AGXDeviceUserClient\")\n\
    (iokit-user-client-class \"IOSurfaceRootUserClient\"))\n\
    (allow mach-lookup (xpc-service-name \"com.apple.MTLCompilerService\"))\n";

/// A string in that language.
fn quoted(path: &Path) -> String {
    let escaped = path.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_end_its_string() {
        let path = Path::new(r#"/models/a")) (allow default) (""#);
        assert_eq!(quoted(path), r#""/models/a\")) (allow default) (\"""#);
        assert_eq!(quoted(Path::new(r"/a\")), r#""/a\\""#);
    }
}

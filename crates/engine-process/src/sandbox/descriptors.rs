//! What a process holds from its start. An inherited socket is a way out that no rule about new
//! sockets closes, and an inherited file one to write to.

use std::fs::{self, File};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::sync::OnceLock;

use libc::{self as c, c_int};

use super::Act;

const STANDARD: [c_int; 3] = [c::STDIN_FILENO, c::STDOUT_FILENO, c::STDERR_FILENO];

/// What would break the promise that nothing but the pipes to the app is open.
pub const ACTS: &[Act] = &[
    ("use what the app has open", || refused_if(close_inherited().others.is_empty())),
    ("reach more than the app through its pipes", || refused_if(close_inherited().only_pipes)),
];

/// What was found when all but the standard streams had been closed.
pub struct Inherited {
    /// Still open all the same.
    others: Vec<c_int>,
    /// Whether each standard stream leads to the one who started this process, or nowhere.
    pub only_pipes: bool,
}

/// Closes everything but the standard streams. The first thing that a process does, before it has
/// opened anything itself; later calls only answer what was found then.
pub fn close_inherited() -> &'static Inherited {
    static INHERITED: OnceLock<Inherited> = OnceLock::new();
    INHERITED.get_or_init(|| {
        if !close_range() {
            listed().into_iter().for_each(close);
        }
        Inherited {
            others: listed().into_iter().filter(|descriptor| is_open(*descriptor)).collect(),
            only_pipes: STANDARD.into_iter().all(leads_to_the_parent),
        }
    })
}

/// Answers whether the system has the call.
#[cfg(target_os = "linux")]
fn close_range() -> bool {
    let first = c::STDERR_FILENO as c::c_uint + 1;
    // SAFETY: takes integers; nothing in this process owns a descriptor beyond the standard ones.
    unsafe { c::syscall(c::SYS_close_range, first, c::c_uint::MAX, 0) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn close_range() -> bool {
    false
}

/// The descriptors beyond the standard streams, that of the list itself among them.
fn listed() -> Vec<c_int> {
    let Ok(folder) = fs::read_dir("/dev/fd") else {
        // Without such a folder each possible one has to be looked at.
        return (c::STDERR_FILENO + 1..most()).filter(|descriptor| is_open(*descriptor)).collect();
    };
    let numbers = folder.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    numbers.filter(|number| !STANDARD.contains(number)).collect()
}

fn most() -> c_int {
    let mut limit = MaybeUninit::<c::rlimit>::uninit();
    // SAFETY: writes the struct that it is given, which is read only where it did.
    unsafe {
        match c::getrlimit(c::RLIMIT_NOFILE, limit.as_mut_ptr()) {
            0 => limit.assume_init().rlim_cur.min(1 << 20) as c_int,
            _ => 1024,
        }
    }
}

fn is_open(descriptor: c_int) -> bool {
    // SAFETY: takes integers and changes nothing.
    unsafe { c::fcntl(descriptor, c::F_GETFD) >= 0 }
}

fn close(descriptor: c_int) {
    // SAFETY: nothing in this process owns a descriptor beyond the standard ones.
    unsafe { c::close(descriptor) };
}

/// A pipe, a terminal, or the device that swallows everything. Not a socket, and not a file.
fn leads_to_the_parent(descriptor: c_int) -> bool {
    // What is closed leads nowhere.
    let Some(stream) = about(descriptor) else { return true };
    let swallows = || {
        let null = File::open("/dev/null").ok()?;
        Some(about(null.as_raw_fd())?.st_rdev == stream.st_rdev)
    };
    // SAFETY: takes an integer and asks about it.
    let is_terminal = || unsafe { c::isatty(descriptor) == 1 };
    match stream.st_mode & c::S_IFMT {
        c::S_IFIFO => true,
        c::S_IFCHR => swallows() == Some(true) || is_terminal(),
        _ => false,
    }
}

fn about(descriptor: c_int) -> Option<c::stat> {
    let mut about = MaybeUninit::uninit();
    // SAFETY: writes the struct that it is given, which is read only where it did.
    unsafe { (c::fstat(descriptor, about.as_mut_ptr()) == 0).then(|| about.assume_init()) }
}

/// There is nothing left to be tried: it was seen to, and found to be so.
fn refused_if(seen_to: bool) -> io::Result<()> {
    if seen_to { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
}

//! What the process does to itself before it does anything for others.

use std::fs::File;
use std::io;

/// Takes the pipe behind stdout for the protocol; what any library prints goes to stderr.
#[cfg(unix)]
pub fn take_stdout() -> io::Result<File> {
    use std::os::fd::{AsFd, AsRawFd};

    let pipe = io::stdout().as_fd().try_clone_to_owned()?;
    // SAFETY: both descriptors are open, and nothing in this process owns number 1.
    let moved = unsafe { libc::dup2(io::stderr().as_raw_fd(), libc::STDOUT_FILENO) };
    if moved < 0 { Err(io::Error::last_os_error()) } else { Ok(File::from(pipe)) }
}

#[cfg(windows)]
pub fn take_stdout() -> io::Result<File> {
    use std::os::windows::io::AsHandle;

    Ok(File::from(io::stdout().as_handle().try_clone_to_owned()?))
}

/// Dies with its parent, goes first when memory runs out, cannot be looked into, and makes nothing
/// that another user could read.
/// Each is a help where the system has it, and none is relied on.
#[cfg(target_os = "linux")]
pub fn bind_to_parent() {
    let _ = std::fs::write("/proc/self/oom_score_adj", "800");
    // SAFETY: these calls take integers only and change this process alone.
    unsafe {
        libc::umask(0o077);
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        libc::prctl(libc::PR_SET_DUMPABLE, 0);
    }
}

#[cfg(not(target_os = "linux"))]
pub fn bind_to_parent() {}

/// From now on this process can have `more` bytes beyond what it has. Where it asks for more it is
/// refused and ends, instead of pushing other programs out of the machine's memory.
#[cfg(target_os = "linux")]
pub fn limit_memory(more: u64) {
    // What the limit counts: private memory that can be written, touched or not. The sandbox
    // refuses every other kind.
    let Some(now) = status_kib("VmData:") else { return };
    let most = now.saturating_add(more);
    let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
    // SAFETY: reads the struct that it is given and lowers a limit of this process alone.
    // Where the system refuses, the process runs without the limit, as it does on others.
    unsafe {
        libc::setrlimit(libc::RLIMIT_DATA, &limit);
    }
}

#[cfg(windows)]
pub use crate::sandbox::limit_memory;

#[cfg(not(any(target_os = "linux", windows)))]
pub fn limit_memory(_more: u64) {}

/// Ends the process at once, with threads still at work: nothing here needs to be saved.
pub fn exit() -> ! {
    #[cfg(unix)]
    // SAFETY: `_exit` runs no destructors, which is the point: worker threads may be inside
    // libraries whose statics must not be torn down under them.
    unsafe {
        libc::_exit(0)
    }
    #[cfg(not(unix))]
    std::process::exit(0)
}

/// Memory of this process now, in bytes.
pub fn resident_bytes() -> Option<u64> {
    status_kib("VmRSS:")
}

/// The most memory this process has had, in bytes.
pub fn peak_resident_bytes() -> Option<u64> {
    status_kib("VmHWM:")
}

fn status_kib(key: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(key))?;
    let kib: u64 = line.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

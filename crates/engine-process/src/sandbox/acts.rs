//! The forbidden acts, each tried for real.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::ptr;

use hearth_engine::SandboxLayer;
use libc::{self as c, c_int, c_long};

/// One promise to the user, and the acts that would break it.
pub struct Layer {
    name: &'static str,
    by: By,
    acts: &'static [Act],
}

/// Whose rules keep the promise.
enum By {
    Landlock,
    Seccomp,
    Both,
}

type Act = (&'static str, fn() -> io::Result<()>);

pub const LAYERS: [Layer; 6] = [
    Layer {
        name: "network",
        by: By::Seccomp,
        acts: &[
            ("open a TCP socket", || socket(c::AF_INET, c::SOCK_STREAM)),
            ("open a UDP socket", || socket(c::AF_INET, c::SOCK_DGRAM)),
            ("open an IPv6 socket", || socket(c::AF_INET6, c::SOCK_STREAM)),
            ("open a UDP socket over IPv6", || socket(c::AF_INET6, c::SOCK_DGRAM)),
            ("open a Unix socket", || socket(c::AF_UNIX, c::SOCK_STREAM)),
            ("open a Unix datagram socket", || socket(c::AF_UNIX, c::SOCK_DGRAM)),
            ("open a netlink socket", || socket(c::AF_NETLINK, c::SOCK_RAW)),
            ("make a pair of datagram sockets", datagram_pair),
            ("use io_uring", || call(c::SYS_io_uring_setup, [0; 4])),
        ],
    },
    Layer {
        name: "reading files",
        by: By::Landlock,
        acts: &[
            ("list the root folder", || fs::read_dir("/").map(drop)),
            ("read the list of users", || File::open("/etc/passwd").map(drop)),
            ("read the app's environment", || File::open(parent_file("environ")).map(drop)),
            ("read this program", || File::open("/proc/self/exe").map(drop)),
            ("list temporary files", || fs::read_dir(std::env::temp_dir()).map(drop)),
        ],
    },
    Layer {
        name: "writing files",
        by: By::Landlock,
        acts: &[
            ("make a temporary file", || create(std::env::temp_dir().join(unlikely_name()))),
            ("make a file in shared memory", || create(format!("/dev/shm/{}", unlikely_name()))),
            ("make a file in the root folder", || create(format!("/{}", unlikely_name()))),
            ("make a folder", || {
                let folder = std::env::temp_dir().join(unlikely_name());
                fs::create_dir(&folder).and_then(|()| fs::remove_dir(&folder))
            }),
        ],
    },
    Layer {
        name: "new programs",
        by: By::Both,
        acts: &[("become another program", exec), ("start another process", fork)],
    },
    Layer {
        name: "other processes",
        by: By::Both,
        acts: &[
            ("send the app a signal", || call(c::SYS_kill, [parent(), 0, 0, 0])),
            // A request that does not exist, so that it harms nothing where it is not refused.
            ("trace a process", || call(c::SYS_ptrace, [-1, parent(), 0, 0])),
            ("read the app's memory", || call(c::SYS_process_vm_readv, [parent(), 0, 0, 0])),
        ],
    },
    Layer {
        name: "kernel interfaces",
        by: By::Seccomp,
        acts: &[
            ("leave its namespaces", || call(c::SYS_unshare, [0; 4])),
            ("mount a file system", || call(c::SYS_mount, [0; 4])),
            ("use the kernel's keys", || call(c::SYS_keyctl, [-1, 0, 0, 0])),
            ("load a kernel program", || call(c::SYS_bpf, [-1, 0, 0, 0])),
            ("watch performance events", || call(c::SYS_perf_event_open, [0, 0, -1, -1])),
            #[cfg(target_arch = "x86_64")]
            ("make a call by its other number", || call(c::SYS_getpid | 0x4000_0000, [0; 4])),
        ],
    },
];

impl Layer {
    /// In force when every act was refused for lack of permission, and not for another reason.
    pub fn measure(
        &self,
        landlock: &Result<String, String>,
        seccomp: &Result<String, String>,
    ) -> SandboxLayer {
        let means = match self.by {
            By::Landlock => vec![landlock],
            By::Seccomp => vec![seccomp],
            By::Both => vec![seccomp, landlock],
        };
        let means: Vec<&str> =
            means.into_iter().map(|r| r.as_ref().unwrap_or_else(|e| e).as_str()).collect();
        let possible: Vec<&str> =
            self.acts.iter().filter(|(_, act)| !refused(act())).map(|(name, _)| *name).collect();
        let detail = if possible.is_empty() {
            format!("{}: {} attempts, all refused", means.join(" and "), self.acts.len())
        } else {
            format!("{}: could {}", means.join(" and "), possible.join(", "))
        };
        SandboxLayer { name: self.name.into(), in_force: possible.is_empty(), detail }
    }
}

/// A missing file or an odd argument is no refusal: there it might have worked.
fn refused(attempt: io::Result<()>) -> bool {
    matches!(attempt.map_err(|e| e.raw_os_error()), Err(Some(c::EPERM | c::EACCES)))
}

fn call(number: c_long, arguments: [c_long; 4]) -> io::Result<()> {
    let [a, b, c, d] = arguments;
    // SAFETY: every caller passes null pointers or lengths of nought with calls that check them,
    // so that a call that is not refused has nothing to read or write.
    let result = unsafe { c::syscall(number, a, b, c, d) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn socket(family: c_int, kind: c_int) -> io::Result<()> {
    // SAFETY: takes integers; a descriptor that it gives is closed at once.
    let descriptor = unsafe { c::socket(family, kind, 0) };
    close(descriptor)
}

fn datagram_pair() -> io::Result<()> {
    let mut pair = [-1; 2];
    // SAFETY: `pair` has room for the two descriptors, which are closed at once.
    let result = unsafe { c::socketpair(c::AF_UNIX, c::SOCK_DGRAM, 0, pair.as_mut_ptr()) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    close(pair[0])?;
    close(pair[1])
}

fn close(descriptor: c_int) -> io::Result<()> {
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor was opened by the caller and is used by nobody else.
    unsafe { c::close(descriptor) };
    Ok(())
}

/// An empty name is no program, so this fails in any case: with "not found" where the call is
/// not refused.
fn exec() -> io::Result<()> {
    let nothing = [ptr::null()];
    // SAFETY: the name and both lists are valid and end in null.
    unsafe { c::execve(c"".as_ptr(), nothing.as_ptr(), nothing.as_ptr()) };
    Err(io::Error::last_os_error())
}

fn fork() -> io::Result<()> {
    // SAFETY: there is one thread, and a child that comes to be ends at once without unwinding.
    match unsafe { c::fork() } {
        // SAFETY: ends the child alone.
        0 => unsafe { c::_exit(0) },
        n if n < 0 => Err(io::Error::last_os_error()),
        child => {
            // SAFETY: waits for the child just made; no status is written.
            unsafe { c::waitpid(child, ptr::null_mut(), 0) };
            Ok(())
        }
    }
}

fn create(path: impl AsRef<std::path::Path>) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(&path)?;
    fs::remove_file(path)
}

fn unlikely_name() -> String {
    format!(".hearth-sandbox-probe-{}", std::process::id())
}

fn parent() -> c_long {
    std::os::unix::process::parent_id().into()
}

fn parent_file(name: &str) -> String {
    format!("/proc/{}/{name}", parent())
}

//! The forbidden acts, each tried for real.
//!
//! Where an act is not refused it must do no harm: it names nothing (`""`), or a descriptor or a
//! number that is none, so that it fails for that reason instead.

use std::ffi::CStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::ptr;
use std::sync::OnceLock;

use hearth_engine::SandboxLayer;
use libc::{self as c, c_int, c_long};

use super::{Act, Tried, descriptors};

/// One promise to the user, and the acts that would break it.
pub struct Layer {
    name: &'static str,
    by: &'static [Means],
    acts: &'static [Act],
}

/// Whose rules keep the promise.
#[derive(Clone, Copy)]
enum Means {
    Landlock,
    Seccomp,
    /// What was closed at the start.
    Closed,
}

use Means::{Closed, Landlock, Seccomp};

pub const LAYERS: &[Layer] = &[
    Layer {
        name: "network",
        by: &[Seccomp],
        acts: &[
            ("open a TCP socket", || socket(c::AF_INET, c::SOCK_STREAM)),
            ("open a UDP socket", || socket(c::AF_INET, c::SOCK_DGRAM)),
            ("open an IPv6 socket", || socket(c::AF_INET6, c::SOCK_STREAM)),
            ("open a UDP socket over IPv6", || socket(c::AF_INET6, c::SOCK_DGRAM)),
            ("open a Unix socket", || socket(c::AF_UNIX, c::SOCK_STREAM)),
            ("open a Unix datagram socket", || socket(c::AF_UNIX, c::SOCK_DGRAM)),
            ("open a netlink socket", || socket(c::AF_NETLINK, c::SOCK_RAW)),
            ("open a socket to the host", || socket(c::AF_VSOCK, c::SOCK_STREAM)),
            ("make a pair of datagram sockets", datagram_pair),
            ("connect a socket", || call(c::SYS_connect, [NONE, 0, 0, 0, 0])),
            ("name a socket", || call(c::SYS_bind, [NONE, 0, 0, 0, 0])),
            ("wait for connections", || call(c::SYS_listen, [NONE, 0, 0, 0, 0])),
            ("send to an address", || call(c::SYS_sendto, [NONE, 0, 0, 0, 0])),
            ("send a message", || call(c::SYS_sendmsg, [NONE, 0, 0, 0, 0])),
            ("send several messages", || call(c::SYS_sendmmsg, [NONE, 0, 0, 0, 0])),
            ("use io_uring", || call(c::SYS_io_uring_setup, [0; 5])),
        ],
    },
    Layer {
        name: "reading files",
        by: &[Landlock],
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
        by: &[Seccomp, Landlock],
        acts: &[
            ("make a temporary file", || create(std::env::temp_dir().join(unlikely_name()))),
            ("make a file in shared memory", || create(format!("/dev/shm/{}", unlikely_name()))),
            ("make a file in the root folder", || create(format!("/{}", unlikely_name()))),
            ("make a file without a name", || open(c"/tmp", c::O_TMPFILE | c::O_RDWR)),
            ("open a file for writing", || open(c"/dev/null", c::O_WRONLY)),
            ("make a folder", || {
                let folder = std::env::temp_dir().join(unlikely_name());
                fs::create_dir(&folder).and_then(|()| fs::remove_dir(&folder))
            }),
            ("make a device", || call(c::SYS_mknodat, [HERE, no_name(), 0, 0, 0])),
            ("cut a file", || call(c::SYS_truncate, [no_name(), 0, 0, 0, 0])),
            ("cut an open file", || call(c::SYS_ftruncate, [NONE, 0, 0, 0, 0])),
            ("punch holes into a file", || call(c::SYS_fallocate, [NONE, 0, 0, 1, 0])),
            ("rename a file", || call(c::SYS_renameat2, [HERE, no_name(), HERE, no_name(), 0])),
            ("delete a file", || call(c::SYS_unlinkat, [HERE, no_name(), 0, 0, 0])),
            ("link a file", || call(c::SYS_linkat, [HERE, no_name(), HERE, no_name(), 0])),
            ("make a symbolic link", || call(c::SYS_symlinkat, [no_name(), HERE, no_name(), 0, 0])),
            ("write from one file to another", || {
                call(c::SYS_copy_file_range, [NONE, 0, NONE, 0, 0])
            }),
            ("change who may read a file", || call(c::SYS_fchmodat, [HERE, no_name(), 0, 0, 0])),
            ("change who may read an open file", || call(c::SYS_fchmod, [NONE, 0, 0, 0, 0])),
            ("change who may read a link", || call(FCHMODAT2, [HERE, no_name(), 0, 0, 0])),
            ("give a file away", || call(c::SYS_fchownat, [HERE, no_name(), -1, -1, 0])),
            ("give an open file away", || call(c::SYS_fchown, [NONE, -1, -1, 0, 0])),
            ("attach data to a file", || call(c::SYS_setxattr, [no_name(), no_name(), 0, 0, 0])),
            ("attach data to a link", || call(c::SYS_lsetxattr, [no_name(), no_name(), 0, 0, 0])),
            ("attach data to an open file", || call(c::SYS_fsetxattr, [NONE, no_name(), 0, 0, 0])),
            ("detach data from a file", || {
                call(c::SYS_removexattr, [no_name(), no_name(), 0, 0, 0])
            }),
            ("change a file's times", || call(c::SYS_utimensat, [HERE, no_name(), 0, 0, 0])),
            #[cfg(target_arch = "x86_64")]
            ("change a file's times by an older call", || {
                call(c::SYS_utimes, [no_name(), 0, 0, 0, 0])
            }),
            #[cfg(target_arch = "x86_64")]
            ("change who may read a file by an older call", || {
                call(c::SYS_chmod, [no_name(), 0, 0, 0, 0])
            }),
            #[cfg(target_arch = "x86_64")]
            ("make a file by an older call", || call(c::SYS_creat, [no_name(), 0, 0, 0, 0])),
        ],
    },
    Layer {
        name: "new programs",
        by: &[Seccomp, Landlock],
        acts: &[
            ("become another program", exec),
            ("become a program that is open", || call(c::SYS_execveat, [NONE, no_name(), 0, 0, 0])),
            ("start another process", fork),
            ("write machine code", || map(c::PROT_WRITE | c::PROT_EXEC, OWN, NONE)),
            ("make memory executable", executable),
        ],
    },
    Layer {
        name: "other processes",
        by: &[Seccomp, Landlock],
        acts: &[
            ("send the app a signal", || call(c::SYS_kill, [parent(), 0, 0, 0, 0])),
            ("send the app's thread a signal", || {
                call(c::SYS_tgkill, [parent(), parent(), 0, 0, 0])
            }),
            ("send a signal with data", || call(c::SYS_rt_sigqueueinfo, [parent(), 0, 0, 0, 0])),
            ("let a pipe send signals", || fcntl(c::F_SETOWN, 0)),
            ("let a pipe send signals to a thread", || fcntl(F_SETOWN_EX, 0)),
            ("choose the signal that a pipe sends", || fcntl(F_SETSIG, c::SIGKILL)),
            ("let a socket send signals", || ioctl(FIOSETOWN)),
            ("let a terminal send signals", || ioctl(c::TIOCSPGRP as c_long)),
            // A request that does not exist, so that it harms nothing where it is not refused.
            ("trace a process", || call(c::SYS_ptrace, [-1, parent(), 0, 0, 0])),
            ("read the app's memory", || call(c::SYS_process_vm_readv, [parent(), 0, 0, 0, 0])),
            ("write the app's memory", || call(c::SYS_process_vm_writev, [parent(), 0, 0, 0, 0])),
            ("get hold of the app's process", || {
                call_for_descriptor(c::SYS_pidfd_open, [parent(), 0, 0, 0, 0])
            }),
            ("take a descriptor of the app", || call(c::SYS_pidfd_getfd, [NONE, 0, 0, 0, 0])),
            ("compare itself with the app", || call(c::SYS_kcmp, [parent(), parent(), 0, 0, 0])),
            ("advise the app's memory", || call(c::SYS_process_madvise, [NONE, 0, 0, 0, 0])),
            ("change a priority", || call(c::SYS_setpriority, [-1, parent(), 0, 0, 0])),
            ("change the app's priority for disks", || {
                call(c::SYS_ioprio_set, [1, parent(), 7 << 13, 0, 0])
            }),
            ("choose the app's processors", || {
                call(c::SYS_sched_setaffinity, [parent(), 0, 0, 0, 0])
            }),
            ("choose how the app is scheduled", || {
                call(c::SYS_sched_setscheduler, [parent(), -1, 0, 0, 0])
            }),
            ("choose how the app is scheduled by a newer call", || {
                call(c::SYS_sched_setattr, [parent(), 0, 0, 0, 0])
            }),
            ("change the app's limits", || call(c::SYS_prlimit64, [parent(), 99, 0, 0, 0])),
            ("move the app's memory", || call(c::SYS_migrate_pages, [parent(), 0, 0, 0, 0])),
            ("move the app's pages", || call(c::SYS_move_pages, [parent(), 0, 0, 0, 0])),
            ("leave the app's group", || call(c::SYS_setpgid, [-1, 0, 0, 0, 0])),
            // A signal that does not exist.
            ("outlive the app", || call(c::SYS_prctl, [PR_SET_PDEATHSIG, 999, 0, 0, 0])),
        ],
    },
    Layer {
        name: "memory",
        by: &[Seccomp],
        acts: &[
            ("have shared memory", || map(c::PROT_WRITE, c::MAP_SHARED | c::MAP_ANONYMOUS, NONE)),
            ("make shared memory of what it may read", || {
                map(c::PROT_READ, c::MAP_SHARED | c::MAP_ANONYMOUS, NONE)
            }),
            ("write to a file through memory", || map(c::PROT_WRITE, c::MAP_SHARED, NONE)),
            ("have memory that grows like a stack", || {
                map(c::PROT_WRITE, OWN | c::MAP_GROWSDOWN, NONE)
            }),
            ("have huge pages of its own", || map(c::PROT_WRITE, OWN | c::MAP_HUGETLB, NONE)),
            ("have a file in memory", || {
                call_for_descriptor(c::SYS_memfd_create, [no_name(), 0, 0, 0, 0])
            }),
            // Flags that do not exist: the call itself would be the way.
            ("have secret memory", || call(c::SYS_memfd_secret, [-1, 0, 0, 0, 0])),
            // Of no size, which is refused as wrong where the call is not.
            ("have memory that outlives it", || call(c::SYS_shmget, [0, 0, 0, 0, 0])),
            ("use shared memory of others", || call(c::SYS_shmat, [-1, 0, 0, 0, 0])),
            ("use a queue of messages", || call(c::SYS_msgget, [UNLIKELY_KEY, 0, 0, 0, 0])),
            ("use a semaphore of others", || call(c::SYS_semget, [UNLIKELY_KEY, 0, 0, 0, 0])),
            ("open a queue of messages", || call(c::SYS_mq_open, [no_name(), 0, 0, 0, 0])),
            ("keep memory from being swapped", || call(c::SYS_mlock, [0; 5])),
        ],
    },
    Layer { name: "open descriptors", by: &[Closed], acts: descriptors::ACTS },
    Layer {
        name: "kernel interfaces",
        by: &[Seccomp],
        acts: &[
            ("leave its namespaces", || call(c::SYS_unshare, [0; 5])),
            ("enter a namespace", || call(c::SYS_setns, [NONE, 0, 0, 0, 0])),
            ("mount a file system", || call(c::SYS_mount, [0; 5])),
            ("unmount a file system", || call(c::SYS_umount2, [no_name(), 0, 0, 0, 0])),
            ("prepare a file system", || call(c::SYS_fsopen, [0; 5])),
            ("change how a file system is mounted", || {
                call(c::SYS_mount_setattr, [NONE, 0, 0, 0, 0])
            }),
            ("change its root folder", || call(c::SYS_chroot, [no_name(), 0, 0, 0, 0])),
            ("open a file by its number", || call(c::SYS_open_by_handle_at, [NONE, 0, 0, 0, 0])),
            ("open a file by a newer call", || call(c::SYS_openat2, [NONE, 0, 0, 0, 0])),
            ("watch files", || call_for_descriptor(c::SYS_inotify_init1, [0; 5])),
            ("watch file systems", || call(c::SYS_fanotify_init, [-1, 0, 0, 0, 0])),
            ("use the kernel's keys", || call(c::SYS_keyctl, [-1, 0, 0, 0, 0])),
            ("load a kernel program", || call(c::SYS_bpf, [-1, 0, 0, 0, 0])),
            ("load a kernel module", || call(c::SYS_init_module, [0; 5])),
            ("load another kernel", || call(c::SYS_kexec_load, [0, 99, 0, 0, 0])),
            ("watch performance events", || call(c::SYS_perf_event_open, [0, 0, -1, -1, 0])),
            ("handle page faults", || call(c::SYS_userfaultfd, [-1, 0, 0, 0, 0])),
            ("change the clock", || call(c::SYS_clock_settime, [-1, 0, 0, 0, 0])),
            ("change who it is", || call(c::SYS_setresuid, [-1, -1, -1, 0, 0])),
            ("change what it is", || call(c::SYS_personality, [0xffff_ffff, 0, 0, 0, 0])),
            ("read the kernel's messages", || call(c::SYS_syslog, [10, 0, 0, 0, 0])),
            ("type into a terminal", || ioctl(c::TIOCSTI as c_long)),
            ("let others look into it", || call(c::SYS_prctl, [PR_SET_DUMPABLE, 9, 0, 0, 0])),
            #[cfg(target_arch = "x86_64")]
            ("make a call by its other number", || call(c::SYS_getpid | 0x4000_0000, [0; 5])),
        ],
    },
];

/// No descriptor.
const NONE: c_long = -1;
/// Where a path begins that is not absolute.
const HERE: c_long = c::AT_FDCWD as c_long;
/// A path, or a name, that is empty: there is no such file.
fn no_name() -> c_long {
    c"".as_ptr() as c_long
}
/// Nobody's, unless by chance.
const UNLIKELY_KEY: c_long = 0x6865_6172;
const OWN: c_int = c::MAP_PRIVATE | c::MAP_ANONYMOUS;
const FCHMODAT2: c_long = 452;
const F_SETSIG: c_int = 10;
const F_SETOWN_EX: c_int = 15;
const FIOSETOWN: c_long = 0x8901;
const PR_SET_PDEATHSIG: c_long = c::PR_SET_PDEATHSIG as c_long;
const PR_SET_DUMPABLE: c_long = c::PR_SET_DUMPABLE as c_long;

/// How the means went, each as the end of a sentence.
pub struct Enforced {
    pub landlock: Result<String, String>,
    pub seccomp: Result<String, String>,
}

impl Layer {
    pub fn measure(&self, enforced: &Enforced) -> (SandboxLayer, Vec<Tried>) {
        let closed = Ok("closed at the start".to_owned());
        let means = self.by.iter().map(|means| match means {
            Landlock => &enforced.landlock,
            Seccomp => &enforced.seccomp,
            Closed => &closed,
        });
        super::measure(self.name, &means.collect::<Vec<_>>(), self.acts)
    }
}

fn call(number: c_long, arguments: [c_long; 5]) -> io::Result<()> {
    answer(number, arguments).map(drop)
}

fn call_for_descriptor(number: c_long, arguments: [c_long; 5]) -> io::Result<()> {
    close(answer(number, arguments)? as c_int)
}

fn answer(number: c_long, arguments: [c_long; 5]) -> io::Result<c_long> {
    let [a, b, c, d, e] = arguments;
    // SAFETY: every caller passes null pointers, empty names, or lengths of nought with calls that
    // check them, so that a call that is not refused has nothing to read or write.
    match unsafe { c::syscall(number, a, b, c, d, e) } {
        -1 => Err(io::Error::last_os_error()),
        answer => Ok(answer),
    }
}

fn fcntl(command: c_int, argument: c_int) -> io::Result<()> {
    call(c::SYS_fcntl, [NONE, command.into(), argument.into(), 0, 0])
}

fn ioctl(request: c_long) -> io::Result<()> {
    call(c::SYS_ioctl, [NONE, request, 0, 0, 0])
}

fn open(path: &CStr, flags: c_int) -> io::Result<()> {
    let path = path.as_ptr() as c_long;
    call_for_descriptor(c::SYS_openat, [HERE, path, flags.into(), 0, 0])
}

fn socket(family: c_int, kind: c_int) -> io::Result<()> {
    call_for_descriptor(c::SYS_socket, [family.into(), kind.into(), 0, 0, 0])
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
    // SAFETY: the descriptor was opened by the caller and is used by nobody else.
    unsafe { c::close(descriptor) };
    Ok(())
}

const PAGE: usize = 4096;

fn map(protection: c_int, flags: c_int, descriptor: c_long) -> io::Result<()> {
    mapped(protection, flags, descriptor as c_int).map(unmap)
}

/// Pages that can be written are to be run.
fn executable() -> io::Result<()> {
    let pages = mapped(c::PROT_READ | c::PROT_WRITE, OWN, -1)?;
    // SAFETY: the pages were just mapped, and nothing is in them that could be run.
    let result = unsafe { c::mprotect(pages, PAGE, c::PROT_READ | c::PROT_EXEC) };
    let result = if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) };
    unmap(pages);
    result
}

fn mapped(protection: c_int, flags: c_int, descriptor: c_int) -> io::Result<*mut c::c_void> {
    // SAFETY: the kernel chooses the place, so no memory in use is touched.
    let pages = unsafe { c::mmap(ptr::null_mut(), PAGE, protection, flags, descriptor, 0) };
    if pages == c::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(pages) }
}

fn unmap(pages: *mut c::c_void) {
    // SAFETY: these pages were mapped by the caller, and nobody has a reference into them.
    unsafe { c::munmap(pages, PAGE) };
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

/// The app. Must be asked for once before the rules are in force: nothing else here needs to know.
pub fn parent() -> c_long {
    static PARENT: OnceLock<u32> = OnceLock::new();
    (*PARENT.get_or_init(std::os::unix::process::parent_id)).into()
}

fn parent_file(name: &str) -> String {
    format!("/proc/{}/{name}", parent())
}

//! The allow lists: what the kernel is asked for while models are read and answers computed.
//!
//! Found with strace over loads and long answers of both backends, and completed by reading what
//! glibc 2.31 to 2.42 and Rust's library may ask for on other kernels: fallbacks of the vDSO, older
//! and newer ways of sleeping and of asking for a file's size. What is not here is refused.

use libc::{self as c, c_int, c_long};

/// A call, and what its arguments must be: any of these sets of conditions, or anything where
/// there is none.
pub struct Allowed {
    pub call: c_long,
    pub when: &'static [&'static [Test]],
}

/// A condition on one argument, by its place.
pub enum Test {
    Is(u8, u64),
    /// No bits but these.
    Within(u8, u64),
    /// These bits of the argument are this.
    Masked(u8, u64, u64),
    /// This process.
    Own(u8),
}

use Test::{Is, Masked, Own, Within};

const fn any(call: c_long) -> Allowed {
    Allowed { call, when: &[] }
}

const fn only(call: c_long, when: &'static [&'static [Test]]) -> Allowed {
    Allowed { call, when }
}

const fn bits(flags: c_int) -> u64 {
    flags as u32 as u64
}

/// `O_LARGEFILE`, which the kernel knows by another number than the C library.
const LARGE_FILE: c_int = if cfg!(target_arch = "aarch64") { 0o400_000 } else { 0o100_000 };

/// Reading, and nothing made, cut, or opened by name alone.
const READ_ONLY: c_int =
    c::O_CLOEXEC | c::O_DIRECTORY | c::O_NOFOLLOW | c::O_NONBLOCK | c::O_NOCTTY | LARGE_FILE;

/// Memory of one's own. Not memory that grows like a stack (`MAP_GROWSDOWN`): it does not count
/// towards `RLIMIT_DATA`.
const PRIVATE: c_int = c::MAP_PRIVATE
    | c::MAP_ANONYMOUS
    | c::MAP_FIXED
    | c::MAP_FIXED_NOREPLACE
    | c::MAP_NORESERVE
    | c::MAP_POPULATE
    | c::MAP_STACK
    | c::MAP_DENYWRITE;

/// A file's pages. Shared memory without a file would not count towards `RLIMIT_DATA`.
const SHARED: c_int = c::MAP_SHARED | c::MAP_NORESERVE | c::MAP_POPULATE;

/// What the C library starts a thread with. Whatever shares less is a process.
const THREAD: c_int = c::CLONE_VM
    | c::CLONE_FS
    | c::CLONE_FILES
    | c::CLONE_SIGHAND
    | c::CLONE_THREAD
    | c::CLONE_SYSVSEM
    | c::CLONE_SETTLS
    | c::CLONE_PARENT_SETTID
    | c::CLONE_CHILD_CLEARTID;

/// Names memory for who looks at it from outside.
const PR_SET_VMA: c_int = 0x5356_4d41;

/// Reading the files that Landlock lets through, computing on threads, and talking to the app.
pub const COMPUTE: &[Allowed] = &[
    // Files: to open them for reading and to learn their size.
    only(c::SYS_openat, &[&[Within(2, bits(READ_ONLY))]]),
    any(c::SYS_close),
    any(c::SYS_read),
    any(c::SYS_pread64),
    any(c::SYS_readv),
    any(c::SYS_lseek),
    any(c::SYS_fstat),
    any(c::SYS_newfstatat),
    any(c::SYS_statx),
    // The pipes to the app. Everything else that is open is open for reading.
    any(c::SYS_write),
    any(c::SYS_writev),
    // No owner of signals (`F_SETOWN`, `F_SETSIG`), which would be a way to send them.
    only(
        c::SYS_fcntl,
        &[
            &[Is(1, bits(c::F_GETFD))],
            &[Is(1, bits(c::F_SETFD))],
            &[Is(1, bits(c::F_GETFL))],
            &[Is(1, bits(c::F_DUPFD_CLOEXEC))],
        ],
    ),
    // Memory: its own, never executable, and files' pages for reading.
    only(
        c::SYS_mmap,
        &[
            &[Within(2, bits(c::PROT_READ | c::PROT_WRITE)), Within(3, bits(PRIVATE))],
            &[Within(2, bits(c::PROT_READ)), Within(3, bits(SHARED))],
        ],
    ),
    only(c::SYS_mprotect, &[&[Within(2, bits(c::PROT_READ | c::PROT_WRITE))]]),
    only(c::SYS_mremap, &[&[Within(3, bits(c::MREMAP_MAYMOVE))]]),
    any(c::SYS_munmap),
    any(c::SYS_madvise),
    any(c::SYS_brk),
    // Threads. `clone3` is answered with "no such call" by a filter of its own: it keeps its flags
    // behind a pointer, and without it the C library uses `clone`.
    any(c::SYS_clone3),
    only(c::SYS_clone, &[&[Is(0, bits(THREAD))]]),
    any(c::SYS_set_robust_list),
    any(c::SYS_rseq),
    any(c::SYS_futex),
    any(c::SYS_membarrier),
    any(c::SYS_sched_yield),
    any(c::SYS_sched_getaffinity),
    any(c::SYS_getcpu),
    any(c::SYS_getpid),
    any(c::SYS_gettid),
    any(c::SYS_exit),
    any(c::SYS_exit_group),
    only(
        c::SYS_prctl,
        &[
            &[Is(0, bits(c::PR_SET_NAME))],
            &[Is(0, bits(c::PR_GET_NAME))],
            &[Is(0, bits(PR_SET_VMA))],
        ],
    ),
    // Signals to itself: a panic in a thread that must not unwind, an overflowed stack.
    any(c::SYS_rt_sigaction),
    any(c::SYS_rt_sigprocmask),
    any(c::SYS_rt_sigreturn),
    any(c::SYS_sigaltstack),
    any(c::SYS_restart_syscall),
    only(c::SYS_tgkill, &[&[Own(0)]]),
    // Time, chance, and what it has used.
    any(c::SYS_clock_gettime),
    any(c::SYS_clock_getres),
    any(c::SYS_gettimeofday),
    any(c::SYS_clock_nanosleep),
    any(c::SYS_nanosleep),
    any(c::SYS_getrandom),
    any(c::SYS_getrusage),
    any(c::SYS_sysinfo),
    only(c::SYS_prlimit64, &[&[Is(0, 0)], &[Own(0)]]),
];

/// What tokio's runtime and libraries that look around in folders need besides.
pub const RUNTIME: &[Allowed] = &[
    any(c::SYS_epoll_create1),
    any(c::SYS_epoll_ctl),
    any(c::SYS_epoll_pwait),
    #[cfg(target_arch = "x86_64")]
    any(c::SYS_epoll_wait),
    any(c::SYS_eventfd2),
    // A pair within the process. One of datagram sockets could send to any named socket.
    only(c::SYS_socketpair, &[&[Is(0, bits(c::AF_UNIX)), Masked(1, 0xf, bits(c::SOCK_STREAM))]]),
    any(c::SYS_getdents64),
    any(c::SYS_getcwd),
    any(c::SYS_readlinkat),
    #[cfg(target_arch = "x86_64")]
    any(c::SYS_readlink),
];

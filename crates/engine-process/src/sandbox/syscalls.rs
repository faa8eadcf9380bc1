use std::collections::BTreeMap;

use libc::{self as c, c_long};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, sock_filter,
};

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Refused whatever their arguments. The families: reaching the network or another process,
/// becoming another program, changing what the process sees, and doors to much kernel code.
const REFUSED: &[c_long] = &[
    // Sockets. Data has no other way out than the pipe to the app.
    c::SYS_socket,
    c::SYS_connect,
    c::SYS_bind,
    c::SYS_listen,
    c::SYS_accept,
    c::SYS_accept4,
    c::SYS_sendto,
    c::SYS_sendmsg,
    c::SYS_sendmmsg,
    // Its requests run in the kernel, past these filters.
    c::SYS_io_uring_setup,
    c::SYS_io_uring_enter,
    c::SYS_io_uring_register,
    // Other programs and other processes.
    c::SYS_execve,
    c::SYS_execveat,
    c::SYS_ptrace,
    c::SYS_process_vm_readv,
    c::SYS_process_vm_writev,
    c::SYS_process_madvise,
    c::SYS_kcmp,
    c::SYS_pidfd_open,
    c::SYS_pidfd_getfd,
    c::SYS_pidfd_send_signal,
    c::SYS_tkill,
    c::SYS_rt_sigqueueinfo,
    c::SYS_rt_tgsigqueueinfo,
    c::SYS_shmget,
    c::SYS_msgget,
    c::SYS_semget,
    c::SYS_mq_open,
    // Another view of the system.
    c::SYS_unshare,
    c::SYS_setns,
    c::SYS_mount,
    c::SYS_umount2,
    c::SYS_move_mount,
    c::SYS_open_tree,
    c::SYS_fsopen,
    c::SYS_fsconfig,
    c::SYS_fsmount,
    c::SYS_fspick,
    c::SYS_pivot_root,
    c::SYS_chroot,
    c::SYS_open_by_handle_at,
    c::SYS_name_to_handle_at,
    // Keys, and interfaces known for their bugs.
    c::SYS_keyctl,
    c::SYS_add_key,
    c::SYS_request_key,
    c::SYS_bpf,
    c::SYS_perf_event_open,
    c::SYS_userfaultfd,
    c::SYS_fanotify_init,
    c::SYS_init_module,
    c::SYS_finit_module,
    c::SYS_delete_module,
    c::SYS_kexec_load,
    c::SYS_reboot,
    c::SYS_swapon,
    c::SYS_swapoff,
    c::SYS_acct,
    c::SYS_quotactl,
];

/// The bits of a socket's type; the others are flags.
const SOCKET_TYPES: u64 = 0xf;

/// Loads the filters (seccomp). Answers how it went, as the end of a sentence.
pub fn restrict() -> Result<String, String> {
    let apply = || -> Result<(), seccompiler::Error> {
        let arch = std::env::consts::ARCH.try_into()?;
        let filter = |rules, on_match| -> Result<BpfProgram, seccompiler::Error> {
            let filter = SeccompFilter::new(rules, SeccompAction::Allow, on_match, arch)?;
            Ok(filter.try_into()?)
        };
        seccompiler::apply_filter(&filter(refused()?, SeccompAction::Errno(c::EPERM as u32))?)?;
        seccompiler::apply_filter(&filter(absent(), SeccompAction::Errno(c::ENOSYS as u32))?)?;
        if cfg!(target_arch = "x86_64") {
            seccompiler::apply_filter(&no_x32())?;
        }
        Ok(())
    };
    apply().map(|()| "seccomp".into()).map_err(|e| format!("seccomp failed: {e}"))
}

fn refused() -> Result<Rules, seccompiler::Error> {
    let mut rules: Rules = REFUSED.iter().map(|call| (*call, vec![])).collect();
    #[cfg(target_arch = "x86_64")]
    rules.extend([(c::SYS_fork, vec![]), (c::SYS_vfork, vec![])]);
    // A connected pair within the process is harmless, and tokio's runtime makes one. A pair of
    // datagram sockets is not: it can send to any named socket.
    let mut pairs = vec![differs(0, c::AF_UNIX as u64)?];
    for kind in (0..=SOCKET_TYPES).filter(|kind| *kind != c::SOCK_STREAM as u64) {
        pairs.push(masked_is(1, SOCKET_TYPES, kind)?);
    }
    rules.insert(c::SYS_socketpair, pairs);
    // Threads yes, processes no.
    rules.insert(c::SYS_clone, vec![masked_is(0, c::CLONE_THREAD as u64, 0)?]);
    // Signals and limits are for oneself.
    let me = u64::from(std::process::id());
    rules.insert(c::SYS_kill, vec![differs(0, me)?]);
    rules.insert(c::SYS_tgkill, vec![differs(0, me)?]);
    let not_zero = condition(0, SeccompCmpOp::Ne, 0)?;
    let not_me = condition(0, SeccompCmpOp::Ne, me)?;
    rules.insert(c::SYS_prlimit64, vec![SeccompRule::new(vec![not_zero, not_me])?]);
    Ok(rules)
}

/// `clone3` hides its flags behind a pointer; when it is absent, the C library uses `clone`.
fn absent() -> Rules {
    Rules::from([(c::SYS_clone3, vec![])])
}

/// A second numbering of the same calls on x86-64, which the filters above do not know.
fn no_x32() -> [sock_filter; 4] {
    const X32: u32 = 0x4000_0000;
    let load_number = c::BPF_LD | c::BPF_W | c::BPF_ABS;
    let jump_if_at_least = c::BPF_JMP | c::BPF_JGE | c::BPF_K;
    let answer = c::BPF_RET | c::BPF_K;
    let step = |code: u32, jt, jf, k| sock_filter { code: code as u16, jt, jf, k };
    [
        step(load_number, 0, 0, 0),
        step(jump_if_at_least, 0, 1, X32),
        step(answer, 0, 0, c::SECCOMP_RET_ERRNO | c::EPERM as u32),
        step(answer, 0, 0, c::SECCOMP_RET_ALLOW),
    ]
}

fn differs(argument: u8, value: u64) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(vec![condition(argument, SeccompCmpOp::Ne, value)?])
}

fn masked_is(
    argument: u8,
    mask: u64,
    value: u64,
) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(vec![condition(argument, SeccompCmpOp::MaskedEq(mask), value)?])
}

fn condition(
    argument: u8,
    operator: SeccompCmpOp,
    value: u64,
) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
}

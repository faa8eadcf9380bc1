//! What a process can take from itself on Windows: its privileges, its right to write to anything
//! of the user's (low integrity), other processes and machine code (mitigations, a job). There is
//! no rule here against reading files or against the network: that takes an AppContainer, which
//! only a parent can put a process into. Written by the documentation of these calls and not tried
//! on Windows yet; the acts say there what holds.

use std::ffi::c_void;
use std::fs::{File, OpenOptions};
use std::io;
use std::mem::{size_of, size_of_val, zeroed};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

use hearth_engine::SandboxReport;
use windows_sys::Win32::Foundation::{CloseHandle, HANDLE};
use windows_sys::Win32::Security::{
    AdjustTokenPrivileges, CreateWellKnownSid, GetTokenInformation, SECURITY_MAX_SID_SIZE,
    SID_AND_ATTRIBUTES, SetTokenInformation, TOKEN_ADJUST_DEFAULT, TOKEN_ADJUST_PRIVILEGES,
    TOKEN_MANDATORY_LABEL, TOKEN_PRIVILEGES, TOKEN_QUERY, TokenIntegrityLevel, TokenPrivileges,
    WinLowLabelSid,
};
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_ACTIVE_PROCESS,
    JOB_OBJECT_LIMIT_PROCESS_MEMORY, JOBOBJECT_BASIC_UI_RESTRICTIONS,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectBasicUIRestrictions,
    JobObjectExtendedLimitInformation, SetInformationJobObject,
};
use windows_sys::Win32::System::ProcessStatus::{
    K32GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS, PROCESS_MEMORY_COUNTERS_EX,
};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, OpenProcessToken, ProcessChildProcessPolicy, ProcessDynamicCodePolicy,
    SetProcessMitigationPolicy,
};

use super::{Act, Kernel, Measured, Profile, measure};

const SE_GROUP_INTEGRITY: u32 = 0x20;
const SE_PRIVILEGE_REMOVED: u32 = 4;
/// The clipboard, other programs' windows, the desktop, the display, the session's end.
const ALL_OF_THE_SCREEN: u32 = 0xff;

/// The job that this process is in, for as long as it lives.
static JOB: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// A file that may be read, to try whether it can be written too.
static READABLE: OnceLock<PathBuf> = OnceLock::new();

const NETWORK: &[Act] = &[("open a TCP socket", || TcpListener::bind(("127.0.0.1", 0)).map(drop))];

const READING: &[Act] = &[("read this program", || File::open(std::env::current_exe()?).map(drop))];

const WRITING: &[Act] = &[
    ("make a file beside the model", || {
        let path = readable()?.with_file_name(".hearth-sandbox-probe");
        OpenOptions::new().write(true).create_new(true).open(&path)?;
        std::fs::remove_file(path)
    }),
    ("open the model for writing", || OpenOptions::new().write(true).open(readable()?).map(drop)),
];

const PROGRAMS: &[Act] = &[("start another program", || {
    // It would say how it is used, and end.
    Command::new(std::env::current_exe()?).arg("--help").status().map(drop)
})];

fn readable() -> io::Result<&'static PathBuf> {
    READABLE.get().ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// What this process was started with. Only handles that were marked for it are inherited here.
pub struct Inherited {
    pub only_pipes: bool,
}

pub fn close_inherited() -> Inherited {
    Inherited { only_pipes: true }
}

/// Puts the rules in force and measures them.
pub fn enter(files: &[PathBuf], _: Profile, kernel: Kernel) -> Measured {
    if let Some(file) = files.first() {
        let _ = READABLE.set(file.clone());
    }
    let by = |means: &str, rules: fn() -> io::Result<()>| match kernel {
        Kernel::WithoutRules => Err("no rules were asked for".to_owned()),
        _ => rules().map(|()| means.to_owned()).map_err(|error| format!("{means}: {error}")),
    };
    let integrity = by("low integrity, without privileges", || {
        give_up_privileges().and_then(|()| lower_integrity())
    });
    let programs = by("a job of one process", || restrict_job().and_then(|()| forbid_programs()));
    let none = Err("Hearth has no means against this on Windows yet".to_owned());
    let (layers, acts): (Vec<_>, Vec<_>) = [
        measure("network", &[&none], NETWORK),
        measure("reading files", &[&none], READING),
        measure("writing files", &[&integrity], WRITING),
        measure("new programs", &[&programs], PROGRAMS),
    ]
    .into_iter()
    .unzip();
    Measured { report: SandboxReport::of(layers), acts: acts.into_iter().flatten().collect() }
}

/// Every call here answers nought where it failed.
fn checked(answer: i32) -> io::Result<()> {
    if answer == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// This process's own token.
struct Token(HANDLE);

impl Token {
    fn open(access: u32) -> io::Result<Self> {
        let mut token = ptr::null_mut();
        // SAFETY: writes the handle that it opens, which is closed once.
        checked(unsafe { OpenProcessToken(GetCurrentProcess(), access, &mut token) })?;
        Ok(Self(token))
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        // SAFETY: the handle was opened by this value and is used by nobody else.
        unsafe { CloseHandle(self.0) };
    }
}

/// For good: a privilege that was removed does not come back.
fn give_up_privileges() -> io::Result<()> {
    let token = Token::open(TOKEN_QUERY | TOKEN_ADJUST_PRIVILEGES)?;
    // In words of its alignment, and more than all privileges there are need.
    let mut buffer = [0u32; 512];
    let bytes = size_of_val(&buffer) as u32;
    let mut used = 0;
    let privileges = buffer.as_mut_ptr();
    // SAFETY: writes at most `bytes` bytes there.
    checked(unsafe {
        GetTokenInformation(token.0, TokenPrivileges, privileges.cast(), bytes, &mut used)
    })?;
    // A count, and then for each privilege two words of its name and one of its attributes.
    for privilege in 0..buffer[0] as usize {
        if let Some(attributes) = buffer.get_mut(1 + 3 * privilege + 2) {
            *attributes = SE_PRIVILEGE_REMOVED;
        }
    }
    let privileges = buffer.as_ptr().cast::<TOKEN_PRIVILEGES>();
    // SAFETY: the buffer holds as many privileges as its count says, as the call above left it.
    checked(unsafe {
        AdjustTokenPrivileges(token.0, 0, privileges, 0, ptr::null_mut(), ptr::null_mut())
    })
}

/// What has low integrity cannot write to what has the usual one, nor touch its processes.
fn lower_integrity() -> io::Result<()> {
    let token = Token::open(TOKEN_QUERY | TOKEN_ADJUST_DEFAULT)?;
    let mut sid = [0u32; SECURITY_MAX_SID_SIZE as usize / 4];
    let mut bytes = size_of_val(&sid) as u32;
    let low = sid.as_mut_ptr().cast();
    // SAFETY: writes at most `bytes` bytes there.
    checked(unsafe { CreateWellKnownSid(WinLowLabelSid, ptr::null_mut(), low, &mut bytes) })?;
    let label = TOKEN_MANDATORY_LABEL {
        Label: SID_AND_ATTRIBUTES { Sid: low, Attributes: SE_GROUP_INTEGRITY },
    };
    let length = size_of_val(&label) as u32 + bytes;
    // SAFETY: reads the label, and the identifier that it points at, which lives until then.
    checked(unsafe {
        SetTokenInformation(token.0, TokenIntegrityLevel, (&raw const label).cast(), length)
    })
}

fn forbid_programs() -> io::Result<()> {
    for policy in [ProcessChildProcessPolicy, ProcessDynamicCodePolicy] {
        // Of each policy's flags the first one is the prohibition.
        let prohibit = 1u32;
        let (flags, bytes) = ((&raw const prohibit).cast(), size_of::<u32>());
        // SAFETY: reads the flags that it is given.
        checked(unsafe { SetProcessMitigationPolicy(policy, flags, bytes) })?;
    }
    Ok(())
}

/// Puts this process into a job of its own. The handle stays open until the process ends.
fn restrict_job() -> io::Result<()> {
    // SAFETY: makes a job without a name.
    let job = unsafe { CreateJobObjectW(ptr::null(), ptr::null()) };
    if job.is_null() {
        return Err(io::Error::last_os_error());
    }
    JOB.store(job, Ordering::Relaxed);
    limit_job(None)?;
    let screen = JOBOBJECT_BASIC_UI_RESTRICTIONS { UIRestrictionsClass: ALL_OF_THE_SCREEN };
    let (about, bytes) = ((&raw const screen).cast(), size_of_val(&screen) as u32);
    // SAFETY: reads the struct that it is given, of the kind that it expects.
    checked(unsafe { SetInformationJobObject(job, JobObjectBasicUIRestrictions, about, bytes) })?;
    // SAFETY: takes two valid handles.
    checked(unsafe { AssignProcessToJobObject(job, GetCurrentProcess()) })
}

fn limit_job(memory: Option<usize>) -> io::Result<()> {
    // SAFETY: a struct of numbers, for which nought means nothing.
    let mut limits: JOBOBJECT_EXTENDED_LIMIT_INFORMATION = unsafe { zeroed() };
    limits.BasicLimitInformation.ActiveProcessLimit = 1;
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_ACTIVE_PROCESS;
    if let Some(bytes) = memory {
        limits.BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_PROCESS_MEMORY;
        limits.ProcessMemoryLimit = bytes;
    }
    let (about, bytes) = ((&raw const limits).cast(), size_of_val(&limits) as u32);
    let job = JOB.load(Ordering::Relaxed);
    // SAFETY: reads the struct that it is given, of the kind that it expects.
    checked(unsafe {
        SetInformationJobObject(job, JobObjectExtendedLimitInformation, about, bytes)
    })
}

/// From now on this process can have `more` bytes beyond what it has.
pub fn limit_memory(more: u64) {
    // SAFETY: a struct of numbers.
    let mut now: PROCESS_MEMORY_COUNTERS_EX = unsafe { zeroed() };
    now.cb = size_of_val(&now) as u32;
    let about = (&raw mut now).cast::<PROCESS_MEMORY_COUNTERS>();
    // SAFETY: writes at most `cb` bytes there; the larger struct begins like the smaller one.
    let known = unsafe { K32GetProcessMemoryInfo(GetCurrentProcess(), about, now.cb) } != 0;
    if known && !JOB.load(Ordering::Relaxed).is_null() {
        // Where the system refuses, the process runs without the limit.
        let _ = limit_job(Some(now.PrivateUsage.saturating_add(more as usize)));
    }
}

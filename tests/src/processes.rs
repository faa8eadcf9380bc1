//! Programs started by a test, and the processes that those start.

use std::{
    env, fs,
    os::unix::{fs::FileExt, process::CommandExt},
    path::PathBuf,
    process::{Child, Command},
};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// A program of this workspace, beside the running test where the build left it.
pub fn program(name: &str) -> PathBuf {
    let test = env::current_exe().expect("a running test has a path");
    let folder = test.ancestors().nth(2).expect("a test lies in target/PROFILE/deps");
    let path = folder.join(name);
    assert!(path.exists(), "{} is not built: cargo xtask test window builds it", path.display());
    path
}

/// A program that ends, with everything it started, when this value does.
pub struct Background(Child);

impl Background {
    pub fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.process_group(0).spawn();
        Self(child.unwrap_or_else(|error| panic!("{name} could not start: {error}")))
    }

    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // Whatever ended by itself is not there to be killed.
        let _ = kill_process_group(pid_of(self.0.id()), Signal::KILL);
        let _ = self.0.wait();
    }
}

/// Asks a process to end.
pub fn kill(pid: u32) {
    let _ = kill_process(pid_of(pid), Signal::TERM);
}

/// Halts a process where it is.
pub(crate) fn stop(pid: u32) {
    kill_process(pid_of(pid), Signal::STOP).expect("the process was there to be stopped");
}

/// Lets a process crash as if it had ended itself. (A fault that was only signalled would be forgiven:
/// the standard library's handler expects it to come again.)
pub fn crash(pid: u32) {
    kill_process(pid_of(pid), Signal::ABORT).expect("the process was there to crash");
}

/// Ends a process without asking it.
pub fn kill_9(pid: u32) {
    kill_process(pid_of(pid), Signal::KILL).expect("the process was there to be killed");
}

fn pid_of(pid: u32) -> Pid {
    i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process has a number above 0")
}

/// The processes that `parent` started and that still run, with their names.
/// A name is what `/proc` keeps: its first 15 letters.
pub fn children(parent: u32) -> Vec<(u32, String)> {
    let entries = fs::read_dir("/proc").expect("/proc can be read");
    let pids = entries.flatten().filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok());
    pids.filter_map(|pid| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // `pid (name) state parent ...`, and a name may hold spaces and brackets.
        let (head, tail) = stat.rsplit_once(") ")?;
        let name = head.split_once('(')?.1.to_owned();
        let mut fields = tail.split(' ');
        let running = fields.next()? != "Z";
        (running && fields.next()?.parse() == Ok(parent)).then_some((pid, name))
    })
    .collect()
}

/// Every process below `parent`.
pub fn descendants(parent: u32) -> Vec<(u32, String)> {
    let below = children(parent);
    let further = below.iter().flat_map(|(pid, _)| descendants(*pid)).collect();
    [below, further].concat()
}

/// Whether `text` stands anywhere in the memory of `pid`, as UTF-8 or as UTF-16.
/// `None` when that memory cannot be read.
pub fn memory_holds(pid: u32, text: &str) -> Option<bool> {
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let memory = fs::File::open(format!("/proc/{pid}/mem")).ok()?;
    let pages = fs::File::open(format!("/proc/{pid}/pagemap")).ok()?;
    let mut part = vec![0; PART as usize + wide.len()];
    let mut seen = 0;
    for line in maps.lines() {
        let (range, rest) = line.split_once(' ')?;
        let (from, to) = range.split_once('-')?;
        let (from, to) = (u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?);
        let writable = rest.starts_with("rw");
        let starts = (from..to).step_by(PART as usize).filter(|_| writable);
        // A web view reserves far more than it ever touches, and reading would touch it.
        for at in starts.filter(|at| has_pages(&pages, *at, to.min(at + PART))) {
            // What stands across two parts is not missed.
            let at = from.max(at.saturating_sub(wide.len() as u64));
            let wanted = (to - at).min(PART + wide.len() as u64) as usize;
            let Ok(read) = memory.read_at(&mut part[..wanted], at) else { continue };
            seen += read;
            if contains(&part[..read], text.as_bytes()) || contains(&part[..read], &wide) {
                return Some(true);
            }
        }
    }
    (seen > 0).then_some(false)
}

const PAGE: u64 = 4096;
/// What is looked at in one go.
const PART: u64 = 1 << 20;

/// Whether any page of this stretch of memory is in use.
fn has_pages(pagemap: &fs::File, from: u64, to: u64) -> bool {
    let mut entries = vec![0; ((to - from) / PAGE * 8) as usize];
    let read = pagemap.read_at(&mut entries, from / PAGE * 8).unwrap_or(0);
    // The highest bits: present, swapped.
    entries[..read].chunks_exact(8).any(|entry| entry[7] & 0b1100_0000 != 0)
}

pub fn contains(bytes: &[u8], text: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == text[0]) {
        if rest[at..].starts_with(text) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

/// Memory that `pid` and everything it started hold, shared pages divided among their users.
pub fn resident_bytes(pid: u32) -> u64 {
    let own = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = own.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    let below: u64 = children(pid).iter().map(|(child, _)| resident_bytes(*child)).sum();
    kib.unwrap_or(0) * 1024 + below
}

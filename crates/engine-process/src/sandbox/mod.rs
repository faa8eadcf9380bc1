//! What the system is asked to forbid this process, and what it forbids indeed.
//!
//! The report is measured: after the rules are in force the process tries each forbidden act.
//! What could not be refused is reported as not in force, whatever was configured.

use std::io;

use hearth_engine::{SandboxLayer, SandboxReport};
use serde::Serialize;

#[cfg(target_os = "linux")]
mod acts;
#[cfg(target_os = "linux")]
mod calls;
#[cfg(unix)]
mod descriptors;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "linux")]
mod syscalls;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub use descriptors::close_inherited;
#[cfg(target_os = "linux")]
pub use linux::enter;
#[cfg(target_os = "macos")]
pub use macos::enter;
#[cfg(windows)]
pub use windows::{close_inherited, enter, limit_memory};

/// What a process needs beyond reading its files and computing on threads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Profile {
    /// An asynchronous runtime, and libraries that look around in folders.
    pub runtime: bool,
    /// A GPU's driver. Only macOS has rules for it yet; on Linux it stays out.
    pub gpu: bool,
}

/// Which kernel to be on: to measure here what would hold on another.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux has rules in versions"))]
pub enum Kernel {
    #[default]
    ThisOne,
    /// With this version of Landlock: 0 is none, 1 came with Linux 5.13, 2 with 5.19, 3 with 6.2.
    Landlock(i32),
    /// The control: nothing is forbidden, so that it is seen what can be done at all.
    WithoutRules,
}

/// What was measured: the report, and every act that was tried for it.
#[derive(Debug, Serialize)]
pub struct Measured {
    #[serde(flatten)]
    pub report: SandboxReport,
    pub acts: Vec<Tried>,
}

/// An act that a layer is to refuse, and whether it was.
#[derive(Debug, Serialize)]
pub struct Tried {
    pub layer: &'static str,
    pub act: &'static str,
    pub refused: bool,
}

/// What it would be to do something forbidden, as the end of "it could", and the attempt.
type Act = (&'static str, fn() -> io::Result<()>);

/// Tries each act of a layer, which is in force when every one was refused. `means` says by what,
/// each as the end of a sentence about what holds (`Ok`) or does not.
fn measure(
    layer: &'static str,
    means: &[&Result<String, String>],
    acts: &[Act],
) -> (SandboxLayer, Vec<Tried>) {
    let tried: Vec<Tried> = acts
        .iter()
        .map(|(act, attempt)| Tried { layer, act, refused: refused(attempt()) })
        .collect();
    let possible: Vec<&str> = tried.iter().filter(|t| !t.refused).map(|t| t.act).collect();
    let detail = if possible.is_empty() {
        let held: Vec<&str> = means.iter().filter_map(|m| m.as_deref().ok()).collect();
        format!("{}: {} attempts, all refused", held.join(" and "), tried.len())
    } else {
        let means: Vec<&str> = means.iter().map(|m| m.as_deref().unwrap_or_else(|e| e)).collect();
        format!("{}: could {}", means.join("; "), possible.join(", "))
    };
    (SandboxLayer { name: layer.into(), in_force: possible.is_empty(), detail }, tried)
}

/// A missing file or an odd argument is no refusal: there it might have worked.
fn refused(attempt: io::Result<()>) -> bool {
    attempt.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}

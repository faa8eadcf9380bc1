//! What the kernel is asked to forbid this process, and what it forbids indeed.
//!
//! The report is measured: after the rules are in force the process tries each forbidden act.
//! What could not be refused is reported as not in force, whatever was configured.

use std::path::PathBuf;

#[cfg(not(target_os = "linux"))]
use hearth_engine::SandboxLayer;
use hearth_engine::SandboxReport;

#[cfg(target_os = "linux")]
mod acts;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod syscalls;

/// Puts the rules in force and measures them. Must run before any thread is started, since
/// threads inherit the rules and do not get them later.
#[cfg(target_os = "linux")]
pub fn enter(readable: &[PathBuf]) -> SandboxReport {
    let files = files::restrict(readable);
    let syscalls = syscalls::restrict();
    SandboxReport::of(acts::LAYERS.iter().map(|layer| layer.measure(&files, &syscalls)).collect())
}

/// Nothing is enforced on this system yet, and the report says so.
#[cfg(not(target_os = "linux"))]
pub fn enter(_: &[PathBuf]) -> SandboxReport {
    let unprotected = |name: &str| SandboxLayer {
        name: name.into(),
        in_force: false,
        detail: format!("Hearth has no sandbox on {} yet", std::env::consts::OS),
    };
    SandboxReport::of(["network", "reading files", "writing files"].map(unprotected).into())
}

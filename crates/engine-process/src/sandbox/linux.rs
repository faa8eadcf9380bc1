use std::path::PathBuf;

use hearth_engine::SandboxReport;

use super::{Kernel, Measured, Profile, acts, calls, descriptors, files, syscalls};

/// Puts the rules in force and measures them: this process reads these files, computes, and does
/// nothing else. Must run before any thread is started, since threads inherit the rules and do not
/// get them later. Whatever is open by then beside the standard streams was opened by this process
/// after [`super::close_inherited`], or is closed here.
pub fn enter(readable: &[PathBuf], profile: Profile, kernel: Kernel) -> Measured {
    descriptors::close_inherited();
    acts::parent();
    let landlock = match kernel {
        Kernel::ThisOne => files::restrict(readable, files::NEWEST),
        Kernel::Landlock(0) => Err(files::ABSENT.into()),
        Kernel::Landlock(version) => files::restrict(readable, version.into()),
        Kernel::WithoutRules => Err(UNASKED.into()),
    };
    let lists: &[&[calls::Allowed]] =
        if profile.runtime { &[calls::COMPUTE, calls::RUNTIME] } else { &[calls::COMPUTE] };
    let seccomp = match kernel {
        Kernel::WithoutRules => Err(UNASKED.into()),
        _ => syscalls::restrict(lists),
    };
    let enforced = acts::Enforced { landlock, seccomp };
    let (layers, acts): (Vec<_>, Vec<_>) =
        acts::LAYERS.iter().map(|layer| layer.measure(&enforced)).unzip();
    Measured { report: SandboxReport::of(layers), acts: acts.into_iter().flatten().collect() }
}

const UNASKED: &str = "no rules were asked for";

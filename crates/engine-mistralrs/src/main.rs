//! The engine process of mistral.rs: files that Hearth's own backend does not run.
//! The only crate that names mistralrs.

mod backend;
mod device;

use std::process::ExitCode;

use hearth_engine_process::{Profile, Program, run};

fn main() -> ExitCode {
    let profile = Profile { runtime: true, ..Profile::default() };
    run(&Program {
        name: "hearth-mistralrs",
        profile,
        load: backend::load,
        check: backend::can_run,
        devices: device::all,
    })
}

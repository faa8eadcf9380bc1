//! The engine process of Hearth's own backend: the one that the first answer needs.

mod backend;

use std::process::ExitCode;

use hearth_engine::Devices;
use hearth_engine_process::{Profile, Program, run};

fn main() -> ExitCode {
    run(&Program {
        name: "hearth-engine",
        profile: Profile::default(),
        load: backend::load,
        check: backend::check,
        devices: Devices::default,
    })
}

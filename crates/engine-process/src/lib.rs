//! An engine process, but for what computes: it reads a model file, answers, and can do nothing else.
//!
//! Each backend is a program of its own that hands its [`Program`] to [`run`]. It is started by
//! `hearth_engine::Engine` and speaks [`hearth_engine::protocol`] on its stdin and stdout. The files
//! it may read come as arguments, because the kernel's rules are put in force before a byte of any
//! model is looked at and cannot be widened afterwards: another model is another process. It ends
//! when its stdin ends or its parent dies.

mod backend;
pub mod process;
mod sandbox;
mod session;
mod wire;

use std::path::PathBuf;
use std::process::ExitCode;

pub use backend::{Backend, Check, Load, unsupported};
use hearth_engine::{Checked, Devices};
use sandbox::Kernel;
pub use sandbox::Profile;

/// What one engine process has that the others have not.
pub struct Program {
    /// Its file name, without an ending.
    pub name: &'static str,
    pub profile: Profile,
    pub load: Load,
    pub check: Check,
    /// The GPUs that it can compute on.
    pub devices: fn() -> Devices,
}

/// The whole life of the process.
pub fn run(program: &Program) -> ExitCode {
    // The first thing of all: what is open now was not opened by this program.
    let inherited = sandbox::close_inherited();
    let arguments = Arguments::parse(std::env::args_os().skip(1));
    let Some(arguments) = arguments.filter(|a| a.probe.is_some() || inherited.only_pipes) else {
        let name = program.name;
        eprintln!("{name} is started by Hearth. By hand: {name} --probe-sandbox");
        return ExitCode::from(2);
    };
    // Before anything else can print: the protocol's pipe is not for libraries to write to.
    let stdout = match process::take_stdout() {
        Ok(stdout) => stdout,
        Err(error) => {
            eprintln!("stdout could not be moved: {error}");
            return ExitCode::FAILURE;
        }
    };
    process::bind_to_parent();
    if arguments.devices {
        // Asks the driver, and reads nothing that anybody could have made.
        return wire::print_json(stdout, &(program.devices)());
    }
    let kernel = arguments.probe.unwrap_or_default();
    let profile = Profile { gpu: arguments.gpu, ..program.profile };
    let measured = sandbox::enter(&arguments.files, profile, kernel);
    if arguments.probe.is_some() {
        wire::print_json(stdout, &measured)
    } else if let Some(model) = &arguments.check {
        process::limit_memory(MOST_TO_CHECK);
        let checked = hearth_engine::ModelFile::open(model).and_then(|file| (program.check)(&file));
        wire::print_json(stdout, &Checked { refused: checked.err() })
    } else {
        let wire = wire::Wire::new(stdout);
        session::run(std::io::stdin().lock(), wire, measured.report, program.load)
    }
}

/// What reading a description may take, in bytes: the longest header, and what is made of it.
const MOST_TO_CHECK: u64 = 1 << 30;

#[derive(Default)]
struct Arguments {
    /// What the process may read of the user's.
    files: Vec<PathBuf>,
    /// Only measure the sandbox and print what holds, for support and tests; for these also as it
    /// would be on another kernel.
    probe: Option<Kernel>,
    /// Whether a GPU is to compute; which one, the load says.
    gpu: bool,
    /// Only print the GPUs.
    devices: bool,
    /// Only print whether this model can be run.
    check: Option<PathBuf>,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = std::ffi::OsString>) -> Option<Self> {
        let mut arguments = Self::default();
        while let Some(word) = words.next() {
            match word.to_str()? {
                "--file" => arguments.files.push(words.next()?.into()),
                "--probe-sandbox" => arguments.probe = Some(Kernel::ThisOne),
                // Rules are left out where nothing but the measuring follows.
                "--landlock" if arguments.probe.is_some() => {
                    let version = words.next()?.to_str()?.parse().ok()?;
                    arguments.probe = Some(Kernel::Landlock(version));
                }
                "--without-rules" if arguments.probe.is_some() => {
                    arguments.probe = Some(Kernel::WithoutRules);
                }
                "--gpu" => arguments.gpu = true,
                "--devices" => arguments.devices = true,
                "--check" => arguments.check = Some(words.next()?.into()),
                _ => return None,
            }
        }
        Some(arguments)
    }
}

//! `cargo xtask`: the commands that a person working on Hearth types.
//! It depends on almost nothing, so that it starts at once on a machine that has built nothing yet.

mod bench;
mod cargo;
mod catalog;
mod codegen;
mod dist;
mod fuzz;
mod gpu;
mod icons;
mod node;
mod process;
mod run;
mod second;
mod stages;
mod supply;
mod system;
mod test;
mod tidy;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask run [--dev] [--no-install] [FILE.gguf]
    Builds Hearth and opens its window; without a display, starts the chat in this terminal.
    mistral.rs, which only some models need, is built behind it.
cargo xtask test [STAGE|CRATE ...] [--skip STAGE ...] [--keep-going] [--no-install]
    Checks everything, or only what is named: a stage (`window`) or a crate (`router`).
cargo xtask test fuzz [--minutes N] [TARGET ...]
    Looks for inputs that break what reads foreign bytes, a minute for each reader.
cargo xtask bench [--shape NAME] [--rounds N]
    Measures Hearth beside the peers found on this machine.
cargo xtask bench speculation [--target SHAPE] [--draft SHAPE] [--tokens N] [--rounds N]
    Measures what drafting gains by how often the draft is right, beside llama.cpp's best.
cargo xtask bench router [--seeds N] [--labels N] [--world NAME] [--replay FILE]
    Measures the router on made-up users, or on answers that you graded.
cargo xtask codegen [--check]
    Writes the TypeScript types of everything that crosses to the window.
cargo xtask catalog check
    Asks the hub whether every file of the catalog is what the catalog says; needs a network.
cargo xtask tidy
    Checks the arrows between the crates and the habits that no compiler checks.
cargo xtask supply FOLDER
    Takes the list of advisories from a checkout of RustSec's database.
cargo xtask icons
    Draws the icon set from its SVG sources.
cargo xtask dist [--without-mistralrs] [--profile NAME] [--runtime FILE]
    Makes the packages of this system in dist/: .deb, .rpm and AppImage; .dmg; or .exe and .msi.";

/// What a command ends with; a failure is one message for the person at the terminal.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    if let Some(code) = fuzz::as_compiler() {
        return code;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\n{failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result {
    let Some((command, rest)) = arguments.split_first() else {
        println!("{USAGE}");
        return Ok(());
    };
    if ["run", "test", "bench", "codegen", "dist"].contains(&command.as_str()) {
        // Cargo does one build at a time, and this one would wait for it without a word.
        second::stop()?;
    }
    match command.as_str() {
        "run" => run::run(rest),
        second::COMMAND => second::build(),
        "test" => test::test(rest),
        "bench" => bench::bench(rest),
        "codegen" => codegen::codegen(rest),
        "catalog" => catalog::catalog(rest),
        "tidy" => tidy::tidy(),
        "supply" => supply::supply(rest),
        "icons" => icons::icons(),
        "dist" => dist::dist(rest),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        unknown => Err(format!("There is no `cargo xtask {unknown}`.\n\n{USAGE}").into()),
    }
}

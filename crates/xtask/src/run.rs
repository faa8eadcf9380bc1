//! `cargo xtask run`.

use std::process::{Child, Command};

use crate::{Result, cargo, node, process, system};

pub fn run(arguments: &[String]) -> Result {
    let (options, passed): (Vec<_>, Vec<_>) =
        arguments.iter().map(String::as_str).partition(|a| matches!(*a, "--dev" | "--no-install"));
    if !system::has_display() {
        println!(
            "There is no display here ($DISPLAY and $WAYLAND_DISPLAY are empty): starting the chat in this terminal."
        );
        return chat();
    }
    system::ensure(system::Need::Build, !options.contains(&"--no-install"))?;
    node::ensure_packages()?;
    if options.contains(&"--dev") { develop(&passed) } else { open(&passed) }
}

/// Opens the window as a user gets it, with the pages inside the program.
fn open(passed: &[&str]) -> Result {
    node::ensure_built()?;
    announce_first_build()?;
    build("hearth-desktop", &[])?;
    process::run(Command::new(cargo::built("hearth-desktop")?).args(passed))
}

/// Opens the window on Vite's server, which shows a saved change of `ui/` at once.
fn develop(passed: &[&str]) -> Result {
    announce_first_build()?;
    build("hearth-desktop", &["--no-default-features"])?;
    let _server = Server(node::vite().spawn()?);
    process::run(Command::new(cargo::built("hearth-desktop")?).args(passed))
}

fn chat() -> Result {
    announce_first_build()?;
    build("hearth", &[])?;
    process::run(Command::new(cargo::built("hearth")?).arg("chat"))
}

/// Builds `program` and the engine. `--workspace` keeps the features that the tests build with;
/// naming two packages would compile their dependencies a second time.
fn build(program: &str, options: &[&str]) -> Result {
    let programs = ["build", "--workspace", "--bin", program, "--bin", "hearth-engine"];
    process::run(cargo::cargo().args(programs).args(options))
}

fn announce_first_build() -> Result {
    if !cargo::built("hearth-engine")?.exists() {
        println!(
            "The first build compiles about 900 crates and takes long: half an hour on two cores, \
             a few minutes on sixteen. Later ones take seconds."
        );
    }
    Ok(())
}

/// A running server that ends with the window.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

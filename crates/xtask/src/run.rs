//! `cargo xtask run`.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use crate::{Result, cargo, node, process, second, system};

/// What was asked for on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wish {
    develop: bool,
    no_install: bool,
    /// A model to begin with.
    file: Option<PathBuf>,
}

pub fn run(arguments: &[String]) -> Result {
    let wish = parse(arguments)?;
    let file = wish.file.as_deref();
    if !system::has_display() {
        println!(
            "There is no display here ($DISPLAY and $WAYLAND_DISPLAY are empty): starting the chat in this terminal."
        );
        return chat(file);
    }
    system::ensure(system::Need::Build, !wish.no_install)?;
    node::ensure_packages()?;
    if wish.develop { develop(file) } else { open(file) }
}

fn parse(arguments: &[String]) -> Result<Wish> {
    let mut wish = Wish::default();
    for argument in arguments {
        match argument.as_str() {
            "--dev" => wish.develop = true,
            "--no-install" => wish.no_install = true,
            flag if flag.starts_with('-') => {
                return Err(format!("`cargo xtask run` knows no {flag}.").into());
            }
            _ if wish.file.is_some() => return Err("`cargo xtask run` takes one file.".into()),
            // Hearth is started from the repository's root, which may not be where this was typed.
            file => wish.file = Some(std::path::absolute(file)?),
        }
    }
    Ok(wish)
}

/// Opens the window as a user gets it, with the pages inside the program.
fn open(file: Option<&Path>) -> Result {
    node::ensure_built()?;
    announce_first_build()?;
    build("hearth-desktop", &[])?;
    with_second_engine(Command::new(cargo::built("hearth-desktop")?).args(file), true)
}

/// Opens the window on Vite's server, which shows a saved change of `ui/` at once.
fn develop(file: Option<&Path>) -> Result {
    announce_first_build()?;
    build("hearth-desktop", &["--no-default-features"])?;
    let _server = Server(node::vite().spawn()?);
    with_second_engine(Command::new(cargo::built("hearth-desktop")?).args(file), true)
}

fn chat(file: Option<&Path>) -> Result {
    announce_first_build()?;
    build("hearth", &[])?;
    let mut command = Command::new(cargo::built("hearth")?);
    command.arg("chat");
    if let Some(file) = file {
        command.arg("--model").arg(file);
    }
    // Its progress would be printed into the conversation.
    with_second_engine(&mut command, false)
}

/// Runs the program while the second engine is built behind it, whatever becomes of that build.
fn with_second_engine(command: &mut Command, tell: bool) -> Result {
    if let Err(failure) = second::start() {
        println!("mistral.rs is not being built: {failure}");
    }
    let closed = AtomicBool::new(false);
    thread::scope(|scope| {
        if tell {
            scope.spawn(|| second::follow(&closed));
        }
        let ran = process::run(command);
        closed.store(true, Ordering::Relaxed);
        ran
    })
}

/// Builds `program` and the engine. No package is named, so that they get the features that the tests
/// build with; naming two would compile their dependencies a second time.
fn build(program: &str, options: &[&str]) -> Result {
    let programs = ["build", "--bin", program, "--bin", "hearth-engine"];
    process::run(cargo::cargo().args(programs).args(options))
}

fn announce_first_build() -> Result {
    if !cargo::built("hearth-engine")?.exists() {
        println!(
            "The first build takes a while: some ten minutes on two cores, less on more. \
             Later ones take seconds."
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Wish> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_file_is_found_from_wherever_it_was_named() {
        let wish = parsed("--dev model.gguf").unwrap();
        assert!(wish.develop && !wish.no_install);
        assert_eq!(wish.file, Some(std::env::current_dir().unwrap().join("model.gguf")));
    }

    #[test]
    fn a_wrong_flag_is_refused_before_anything_is_built() {
        assert!(parsed("--develop").unwrap_err().to_string().contains("--develop"));
        assert!(parsed("a.gguf b.gguf").is_err());
    }
}

//! Runs `hearth` with the real engine, in folders of its own.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use tempfile::TempDir;

pub struct Hearth {
    pub home: TempDir,
}

impl Hearth {
    pub fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    /// `input` is what is typed.
    pub fn run(&self, arguments: &[&str], input: &str) -> Output {
        self.typing(Command::new(env!("CARGO_BIN_EXE_hearth")).args(arguments), input)
    }

    /// The same with any command.
    pub fn typing(&self, command: &mut Command, input: &str) -> Output {
        let mut running = self.start(command);
        // A command that does not read may be gone already.
        let _ = running.stdin.take().unwrap().write_all(input.as_bytes());
        running.wait_with_output().unwrap()
    }

    /// The same, to type later.
    pub fn start(&self, command: &mut Command) -> Child {
        command
            .env("HEARTH_HOME", self.home.path())
            .env("HEARTH_ENGINE", engine())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// The files under `HEARTH_HOME` that contain `text`.
    pub fn files_with(&self, text: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut open = vec![self.home.path().to_owned()];
        while let Some(path) = open.pop() {
            match std::fs::read_dir(&path) {
                Ok(entries) => open.extend(entries.map(|entry| entry.unwrap().path())),
                Err(_) => {
                    let bytes = std::fs::read(&path).unwrap();
                    if bytes.windows(text.len()).any(|part| part == text.as_bytes()) {
                        found.push(path);
                    }
                }
            }
        }
        found
    }
}

/// The engine's binary, which `cargo test --workspace` and `cargo xtask test` build beside this one.
fn engine() -> PathBuf {
    let beside = Path::new(env!("CARGO_BIN_EXE_hearth")).with_file_name("hearth-engine");
    let named = std::env::var_os("HEARTH_ENGINE").map(PathBuf::from);
    let found = named.into_iter().chain([beside]).find(|path| path.is_file());
    found.expect(
        "there is no hearth-engine: run `cargo build --workspace --bin hearth-engine` first",
    )
}

//! Runs `hearth` with the real engine, in folders of its own.
#![allow(dead_code)]

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use hearth_cloud::{
    Usage,
    loopback::{Provider, Reply},
};
use tempfile::TempDir;

/// What a server of the user's own counts of each answer.
pub const COUNTED: Usage = Usage {
    input: 9,
    cache_read: 0,
    cache_write_5m: 0,
    cache_write_1h: 0,
    output: 2,
    reasoning: 0,
};

pub struct Hearth {
    pub home: TempDir,
}

impl Hearth {
    pub fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    /// Someone whose settings name a server of their own, which always says `reply`.
    pub fn with_own_server(name: &str, reply: Reply) -> (Self, Provider) {
        let there = Provider::start();
        there.always(reply);
        let hearth = Self::new();
        let folder = hearth.home.path().join("settings");
        fs::create_dir_all(&folder).unwrap();
        let settings = serde_json::json!({ "providers": [{
            "id": "mine",
            "name": name,
            "wire": "open_ai_compatible",
            "own_server": true,
            "url": there.url(),
            "model": "m-1",
            "price": null,
            "region": null,
            "retention_days": null,
        }] });
        fs::write(folder.join("settings.jsonc"), settings.to_string()).unwrap();
        (hearth, there)
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

    /// What a terminal shows of a command of the shell when each text is typed into it once it shows
    /// what stands before it, and the exit code; `None` where `script` is not installed.
    pub fn on_a_terminal(
        &self,
        command: &str,
        typed: &[(&str, &str)],
    ) -> Option<(String, Option<i32>)> {
        Command::new("script").arg("--version").output().ok()?;
        let mut running = self.start(Command::new("script").args(["-qec", command, "/dev/null"]));
        let (mut keys, mut screen) =
            (running.stdin.take().unwrap(), running.stdout.take().unwrap());
        let (mut shown, mut seen) = (Vec::new(), 0);
        let mut typed = typed.iter();
        let mut next = typed.next();
        let mut part = [0; 1024];
        loop {
            match screen.read(&mut part).unwrap() {
                0 => break,
                n => shown.extend_from_slice(&part[..n]),
            }
            if let Some((prompt, text)) = next
                && String::from_utf8_lossy(&shown[seen..]).contains(prompt)
            {
                keys.write_all(text.as_bytes()).unwrap();
                seen = shown.len();
                next = typed.next();
            }
        }
        let code = running.wait().unwrap().code();
        Some((String::from_utf8_lossy(&shown).into_owned(), code))
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

//! Where a window stands: a display, a session bus and folders that belong to one test alone.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use hearth_store::Store;
use tempfile::TempDir;

use crate::{Window, processes::Background, until};

/// A session bus that starts no services: a desktop's portals, keyring and screen reader would come
/// up half, without their desktop, and each call to them would wait for half a minute.
const BUS: &str = "\
    <busconfig>
      <type>session</type>
      <listen>unix:tmpdir=/tmp</listen>
      <policy context='default'>
        <allow send_destination='*' eavesdrop='true'/>
        <allow eavesdrop='true'/>
        <allow own='*'/>
      </policy>
    </busconfig>";

pub struct Desk {
    folder: TempDir,
    display: String,
    bus: String,
    /// Held for as long as the desk is used; ended with it.
    _running: [Background; 2],
}

impl Desk {
    /// A desk that nobody has sat at: no settings, no chats, no other window.
    pub fn fresh() -> Self {
        let folder = tempfile::Builder::new().prefix("hearth-").tempdir().expect("a folder");
        for name in ["home", "run", "hearth"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let (display, number) =
            announcing(
                Command::new("Xvfb")
                    .args(["-displayfd", "1", "-screen", "0", "1600x1200x24"])
                    .args(["-nolisten", "tcp", "-noreset"]),
            );
        let rules = folder.path().join("bus.conf");
        fs::write(&rules, BUS).expect("a file");
        let (bus, address) = announcing(
            Command::new("dbus-daemon")
                .args(["--nofork", "--print-address=1", "--config-file"])
                .arg(&rules),
        );
        Self { folder, display: format!(":{number}"), bus: address, _running: [display, bus] }
    }

    /// Everything that Hearth keeps.
    pub fn hearth_home(&self) -> PathBuf {
        self.folder.path().join("hearth")
    }

    pub fn data(&self) -> PathBuf {
        self.hearth_home().join("data")
    }

    /// What the window that just ended has kept. Its threads may hold the file a moment longer.
    pub async fn store(&self) -> Store {
        let path = self.data().join("hearth.db");
        until("the store can be opened", async || Store::open(&path).ok()).await
    }

    pub fn settings(&self) -> PathBuf {
        self.hearth_home().join("settings")
    }

    /// `program`, with the environment of someone who sits at this desk and nothing else of ours.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let path = |name: &str| self.folder.path().join(name);
        let mut command = Command::new(program.as_ref());
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("LANG", "C.UTF-8");
        command.env("HOME", path("home"));
        command.env("XDG_RUNTIME_DIR", path("run"));
        command.env("DISPLAY", &self.display);
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
        command.env("HEARTH_HOME", self.hearth_home());
        // No screen reader listens here, and asking for one would start another bus.
        command.env("NO_AT_BRIDGE", "1");
        command
    }

    /// Starts Hearth and waits until its window takes a question.
    pub async fn open(&self) -> Window<'_> {
        Window::open(self, &[]).await
    }

    /// As [`Desk::open`], with a command line.
    pub async fn open_with(&self, arguments: &[&str]) -> Window<'_> {
        Window::open(self, arguments).await
    }

    /// WebKitGTK's own small browser, without any of the window's defences.
    pub async fn browser(&self) -> Window<'_> {
        Window::start(self, None).await
    }
}

/// Starts a program that prints one line on stdout when it is ready.
fn announcing(command: &mut Command) -> (Background, String) {
    let mut running = Background::start(
        command.stdout(Stdio::piped()).stderr(Stdio::null()).stdin(Stdio::null()),
    );
    let stdout = running.child().stdout.take().expect("stdout is piped");
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("its first line can be read");
    assert!(!line.trim().is_empty(), "{command:?} ended at once");
    (running, line.trim().to_owned())
}

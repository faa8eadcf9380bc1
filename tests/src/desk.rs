//! Where a window stands: a display, a session bus and folders that belong to one test alone.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use hearth_store::Store;
use tempfile::TempDir;

use crate::{
    Window,
    processes::{Background, program, stop},
    until,
};

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
    /// What Hearth logs; the usual where nothing is said.
    log: Option<&'static str>,
    /// Where its programs lie; where the build left them where nothing is said.
    programs: Option<PathBuf>,
    /// Held for as long as the desk is used; ended with it.
    running: Vec<Background>,
}

/// The passphrase of the desk's key store.
const PASSPHRASE: &[u8] = b"only for tests";

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
        let display_name = format!(":{number}");
        let running = vec![display, bus];
        Self { folder, display: display_name, bus: address, log: None, programs: None, running }
    }

    /// A desk with the key store of a GNOME session; `None` where that is not installed. One that
    /// is locked has nobody to unlock it.
    pub fn with_key_store(unlocked: bool) -> Option<Self> {
        let installed = Command::new("gnome-keyring-daemon").arg("--version").output();
        if !installed.is_ok_and(|output| output.status.success()) {
            println!("SKIPPED: it needs gnome-keyring-daemon");
            return None;
        }
        let mut desk = Self::fresh();
        let mut command = desk.command("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        if unlocked {
            command.arg("--unlock");
        }
        let mut daemon = Background::start(&mut command);
        let mut stdin = daemon.child().stdin.take().expect("stdin is piped");
        stdin.write_all(PASSPHRASE).expect("the daemon reads its passphrase");
        desk.running.push(daemon);
        Some(desk)
    }

    /// From now on the key store says nothing any more, whatever it is asked.
    pub fn silence_key_store(&self) {
        stop(self.running.last().expect("the key store runs").pid());
    }

    /// Everything is logged, down to what libraries say about each byte.
    pub fn logging_everything(self) -> Self {
        Self { log: Some("trace"), ..self }
    }

    /// The window and its own engine in a folder of their own, as they lie before mistral.rs is built.
    pub fn without_the_second_engine(self) -> Self {
        let programs = self.folder.path().join("programs");
        fs::create_dir(&programs).expect("a folder");
        let desk = Self { programs: Some(programs), ..self };
        desk.bring("hearth-desktop");
        desk.bring("hearth-engine");
        desk
    }

    /// Puts a program of the build into the desk's own folder.
    pub fn bring(&self, name: &str) {
        let (built, here) = (program(name), self.program(name));
        if fs::hard_link(&built, &here).is_err() {
            fs::copy(built, here).expect("a program can be copied");
        }
    }

    /// Where this desk's programs lie.
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.as_ref().map_or_else(|| program(name), |programs| programs.join(name))
    }

    /// Every folder of this desk.
    pub fn folder(&self) -> &Path {
        self.folder.path()
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
        command.envs(self.log.map(|what| ("HEARTH_LOG", what)));
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

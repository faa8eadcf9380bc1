//! What the kernel forbids the engine processes, tried there.
#![cfg(target_os = "linux")]

mod support;

use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use hearth_engine::protocol::{FromEngine, ToEngine};
use hearth_engine::{BackendChoice, SandboxLevel, SandboxReport};
use serde::Deserialize;
use support::*;

/// What `--probe-sandbox` prints.
#[derive(Deserialize)]
struct Probe {
    #[serde(flatten)]
    report: SandboxReport,
    acts: Vec<Act>,
}

#[derive(Deserialize)]
struct Act {
    layer: String,
    act: String,
    refused: bool,
}

impl Probe {
    /// Acts that could be done.
    fn possible(&self) -> Vec<&str> {
        self.acts.iter().filter(|act| !act.refused).map(|act| act.act.as_str()).collect()
    }

    fn of_layer(&self, name: &str) -> impl Iterator<Item = &Act> {
        self.acts.iter().filter(move |act| act.layer == name)
    }
}

#[test]
fn every_forbidden_act_is_refused_inside() {
    for backend in backends() {
        let probe = probe(backend, &[]);
        if kernel_has_landlock() {
            assert_eq!(probe.possible(), Vec::<&str>::new(), "{backend:?}");
            assert_eq!(probe.report.level, SandboxLevel::Full);
        }
        assert!(probe.acts.len() >= 100, "{}", probe.acts.len());
        for layer in &probe.report.layers {
            let attempts = format!("{} attempts, all refused", probe.of_layer(&layer.name).count());
            assert_eq!(layer.detail.ends_with(&attempts), layer.in_force, "{layer:?}");
        }
    }
}

/// The control: this machine lets a process do what the engine is refused, so that a refusal
/// inside is the sandbox's.
#[test]
fn every_forbidden_act_is_possible_outside() {
    // Only for root, or in none of the folders of a user.
    let privileged =
        |act: &Act| act.layer == "kernel interfaces" || act.act == "make a file in the root folder";
    let probe = probe(BackendChoice::Cpu, &["--without-rules"]);
    for act in probe.acts.iter().filter(|act| act.layer != "open descriptors" && !privileged(act)) {
        assert!(!act.refused, "this machine refuses to {} without a sandbox", act.act);
    }
    let refused = probe.acts.iter().filter(|act| act.refused && !privileged(act)).count();
    assert_eq!(refused, probe.of_layer("open descriptors").count());
}

/// Debian 12 has version 2 of Landlock, Ubuntu 22.04 version 1, older systems none.
#[test]
fn what_an_older_kernels_landlock_cannot_refuse_seccomp_does() {
    for backend in backends() {
        for version in ["1", "2", "5"] {
            let probe = probe(backend, &["--landlock", version]);
            if kernel_has_landlock() {
                assert_eq!(probe.possible(), Vec::<&str>::new(), "{backend:?} {version}");
            }
        }
        let probe = probe(backend, &["--landlock", "0"]);
        for act in &probe.acts {
            // One path is like another to a filter of calls.
            assert_eq!(act.refused, act.layer != "reading files", "{backend:?}: {}", act.act);
        }
        let reading =
            probe.report.layers.iter().find(|layer| layer.name == "reading files").unwrap();
        assert!(!reading.in_force && reading.detail.contains("no Landlock"), "{reading:?}");
        assert_eq!(probe.report.level, SandboxLevel::Partial);
    }
}

#[test]
fn the_report_comes_before_any_model_is_named() {
    for backend in backends() {
        let mut wire = Wire::start(backend);
        match wire.hear() {
            FromEngine::Hello { sandbox, .. } => assert_eq!(sandbox, probe(backend, &[]).report),
            other => panic!("{other:?}"),
        }
        wire.hang_up();
    }
}

/// The threads that read models and compute were started after the rules: each has them.
#[test]
fn every_thread_of_a_working_engine_is_filtered() {
    for backend in backends() {
        let mut wire = Wire::load(backend);
        wire.generate(1, question("Hello!"));
        while !matches!(wire.event(), hearth_chat::Event::Finished(_)) {}
        let threads = wire.threads();
        assert!(threads.len() > 1, "{backend:?}");
        for status in threads {
            let value = |key: &str| {
                let line = status.lines().find(|line| line.starts_with(key)).unwrap();
                line.split_once('\t').unwrap().1.trim().to_owned()
            };
            assert_eq!(value("Seccomp:"), "2", "a filter, in {}", value("Name:"));
            assert_eq!(value("NoNewPrivs:"), "1", "in {}", value("Name:"));
        }
        wire.hang_up();
    }
}

/// Whatever the app has open by mistake: here a connection, which needs no new socket to be used.
#[test]
fn an_inherited_connection_is_closed_before_anything_else() {
    for backend in backends() {
        let (mut peer, connection) = connection();
        let mut engine = inheriting(Command::new(program_of(backend)), &connection);
        drop(connection);
        let mut end = [0; 1];
        assert_eq!(peer.read(&mut end).unwrap(), 0, "the engine closed it");
        assert!(engine.try_wait().unwrap().is_none(), "and goes on");
        drop(engine.stdin.take());
        engine.wait().unwrap();
    }
}

/// The control: another program has it.
#[test]
fn an_inherited_connection_is_there_in_any_other_program() {
    let (mut peer, connection) = connection();
    let mut sh = Command::new("/bin/sh");
    sh.args(["-c", &format!("echo from inside >&{INHERITED}; cat")]);
    let mut other = inheriting(sh, &connection);
    drop(connection);
    let mut said = [0; 11];
    peer.read_exact(&mut said).unwrap();
    assert_eq!(&said, b"from inside");
    drop(other.stdin.take());
    other.wait().unwrap();
}

#[test]
fn an_engine_whose_answers_would_not_go_to_a_pipe_does_not_start() {
    let dir = tempfile::tempdir().unwrap();
    for backend in backends() {
        let path = dir.path().join("answers");
        let file = std::fs::File::create(&path).unwrap();
        let mut engine = Command::new(program_of(backend));
        engine.stdin(Stdio::piped()).stdout(file).stderr(Stdio::piped());
        let output = engine.spawn().unwrap().wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("is started by Hearth"));
        assert_eq!(std::fs::read(&path).unwrap(), b"");
    }
}

#[test]
fn the_engine_ends_when_its_stdin_does_and_when_told() {
    for backend in backends() {
        Wire::start(backend).hang_up();
        let mut wire = Wire::load(backend);
        wire.send(&ToEngine::Shutdown);
        wire.wait();
    }
}

fn probe(backend: BackendChoice, arguments: &[&str]) -> Probe {
    let mut engine = Command::new(program_of(backend));
    let output = engine.arg("--probe-sandbox").args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The number under which a program inherits a connection here.
const INHERITED: RawFd = 9;

fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let connection = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (peer, _) = listener.accept().unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    (peer, connection)
}

/// Starts a program that has this connection open.
fn inheriting(mut program: Command, connection: &TcpStream) -> std::process::Child {
    let connection = connection.as_raw_fd();
    // SAFETY: `dup2` may be called between fork and exec, and changes the child alone.
    unsafe {
        program.pre_exec(move || match libc::dup2(connection, INHERITED) {
            INHERITED => Ok(()),
            _ => Err(io::Error::last_os_error()),
        });
    }
    let pipes = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    pipes.spawn().unwrap()
}

fn kernel_has_landlock() -> bool {
    // SAFETY: with this flag the call reads nothing and answers the newest version it knows.
    let version = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, 0, 0, 1) };
    version > 0
}

//! What the kernel forbids the engine process, tried there.
#![cfg(target_os = "linux")]

mod support;

use std::net::{TcpListener, UdpSocket};
use std::process::Command;

use hearth_engine::protocol::{FromEngine, ToEngine};
use hearth_engine::{BackendChoice, SandboxLevel, SandboxReport};
use support::*;

#[test]
fn every_forbidden_act_is_refused_inside_and_possible_outside() {
    // The control: this machine does allow what the engine is refused.
    TcpListener::bind("127.0.0.1:0").unwrap();
    UdpSocket::bind("127.0.0.1:0").unwrap();
    tempfile::tempfile().unwrap();

    for backend in backends() {
        every_act_is_refused(&probe(backend));
    }
}

fn every_act_is_refused(report: &SandboxReport) {
    let layers = |name: &str| report.layers.iter().find(|layer| layer.name == name).unwrap();
    for name in ["network", "new programs", "other processes", "kernel interfaces"] {
        assert!(layers(name).in_force, "{:?}", layers(name));
    }
    let landlock = kernel_has_landlock();
    for name in ["reading files", "writing files"] {
        assert_eq!(layers(name).in_force, landlock, "{:?}", layers(name));
    }
    assert_eq!(report.level == SandboxLevel::Full, landlock);
}

#[test]
fn the_report_comes_before_any_model_is_named() {
    for backend in backends() {
        let mut wire = Wire::start(backend);
        match wire.hear() {
            FromEngine::Hello { sandbox, .. } => assert_eq!(sandbox, probe(backend)),
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

#[test]
fn the_engine_ends_when_its_stdin_does_and_when_told() {
    for backend in backends() {
        Wire::start(backend).hang_up();
        let mut wire = Wire::load(backend);
        wire.send(&ToEngine::Shutdown);
        wire.wait();
    }
}

fn probe(backend: BackendChoice) -> SandboxReport {
    let output = Command::new(program_of(backend)).arg("--probe-sandbox").output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn kernel_has_landlock() -> bool {
    // SAFETY: with this flag the call reads nothing and answers the newest version it knows.
    let version = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, 0, 0, 1) };
    version > 0
}

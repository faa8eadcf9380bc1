//! The engine dies in every way a test can arrange, and the app goes on.
#![cfg(target_os = "linux")]

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hearth_chat::{ErrorKind, EventStream};
use hearth_engine::{BackendChoice, Engine, EngineConfig, Limits, ProcessState};
use support::*;

#[tokio::test]
async fn a_kill_in_mid_answer_is_explained_and_the_next_answer_comes() {
    for backend in backends() {
        let engine = engine();
        let model = engine.model(spec(backend));
        let error = loop {
            let mut story = model.stream(endless());
            read_some(&mut story).await;
            signal(pid(&engine), libc::SIGKILL);
            // On a busy machine the story can have come to its end before the signal did.
            if let Err(error) = read(story).await {
                break error;
            }
            until(|| !is_running(&engine)).await;
        };
        assert_eq!(error.kind, ErrorKind::EngineDied);
        assert!(error.message.contains("while answering with starter"), "{error}");
        assert!(error.message.contains("signal 9"), "{error}");
        let told = matches!(engine.state().borrow().process, ProcessState::Died { .. });
        assert!(told);

        assert!(read(model.stream(question("Hello!"))).await.is_ok(), "{backend:?}");
    }
}

#[tokio::test]
async fn two_kills_in_a_row_set_the_model_aside_and_lifting_brings_it_back() {
    let engine = engine();
    let spec = spec(BackendChoice::Auto);
    let model = engine.model(spec.clone());
    for _ in 0..2 {
        engine.load(spec.clone()).await.unwrap();
        // It cannot answer before it is killed.
        signal(pid(&engine), libc::SIGSTOP);
        let story = model.stream(endless());
        signal(pid(&engine), libc::SIGKILL);
        assert_eq!(fails(story).await, ErrorKind::EngineDied);
    }
    assert_eq!(fails(model.stream(question("Hello!"))).await, ErrorKind::Quarantined);
    engine.lift_quarantine(&starter());
    assert!(read(model.stream(question("Hello!"))).await.is_ok());
}

#[tokio::test]
async fn a_death_between_answers_costs_nothing() {
    let engine = engine();
    let model = engine.model(spec(BackendChoice::Auto));
    for _ in 0..3 {
        assert!(read(model.stream(question("Hello!"))).await.is_ok());
        signal(pid(&engine), libc::SIGKILL);
        until(|| !is_running(&engine)).await;
    }
}

#[tokio::test]
async fn a_stopped_process_is_found_and_ended() {
    let limits = Limits {
        ping: Duration::from_millis(50),
        silence: Duration::from_secs(1),
        ..Limits::default()
    };
    let engine = Engine::new(EngineConfig { limits, ..config() });
    engine.load(spec(BackendChoice::Auto)).await.unwrap();
    let pid = pid(&engine);
    signal(pid, libc::SIGSTOP);
    let story = engine.model(spec(BackendChoice::Auto)).stream(endless());
    let error = read(story).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::EngineDied);
    assert!(error.message.contains("did not answer"), "{error}");
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn no_engine_outlives_the_engine_handle() {
    let engine = engine();
    engine.load(spec(BackendChoice::Auto)).await.unwrap();
    let pid = pid(&engine);
    drop(engine);
    until(|| !is_alive(pid)).await;
}

/// The app is a process of its own here, so that it can be killed.
#[tokio::test]
async fn no_engine_outlives_a_killed_app() {
    let mut app = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "an_app_that_only_waits", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(app.stdout.take().unwrap()).lines().map_while(Result::ok);
    let pid = said.find_map(|line| line.split_once("engine is ")?.1.parse().ok()).unwrap();
    assert!(is_alive(pid));
    app.kill().unwrap();
    app.wait().unwrap();
    until(|| !is_alive(pid)).await;
}

#[tokio::test]
#[ignore = "a part of no_engine_outlives_a_killed_app"]
async fn an_app_that_only_waits() {
    let engine = engine();
    engine.load(spec(BackendChoice::Auto)).await.unwrap();
    println!("\nengine is {}", pid(&engine));
    tokio::time::sleep(Duration::from_secs(600)).await;
}

fn is_running(engine: &Engine) -> bool {
    matches!(engine.state().borrow().process, ProcessState::Running { .. })
}

async fn fails(stream: EventStream) -> ErrorKind {
    read(stream).await.err().expect("this answer cannot come").kind
}

/// Waits for something that must come to be.
async fn until(what: impl Fn() -> bool) {
    let began = Instant::now();
    while !what() {
        assert!(began.elapsed() < Duration::from_secs(20), "it never came to be");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

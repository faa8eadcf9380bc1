//! The client against children that break every rule. The children are shell scripts that write
//! prepared bytes; nothing here needs a real engine.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::StreamExt;
use hearth_chat::{
    Error, ErrorKind, Event, EventStream, Message, Piece, Request, Role, ThinkingSupport,
};
use hearth_engine::protocol::{self, FromEngine};
use hearth_engine::{
    Binaries, Engine, EngineConfig, EngineState, Limits, ModelSpec, ModelState, ProcessState,
    SandboxLayer, SandboxReport,
};
use hearth_gguf::{TensorType, write::Writer};

#[tokio::test]
async fn whatever_a_child_writes_is_a_typed_error() {
    let scene = Scene::new();
    let oversized = [0xff; 64].to_vec();
    let truncated = scene.frame(&hello(protocol::VERSION))[..9].to_vec();
    let garbage = [&12u32.to_le_bytes()[..], b"not a message at all"].concat();
    let early = scene.frame(&FromEngine::Event { id: 1, event: text("hi") });
    let too_early = scene.frame(&FromEngine::Loaded {
        backend: "x".into(),
        gpu: None,
        memory_bytes: None,
        thinking: ThinkingSupport::default(),
    });
    let twice =
        [scene.frame(&hello(protocol::VERSION)), scene.frame(&hello(protocol::VERSION))].concat();
    let impossible = [
        scene.frame(&hello(protocol::VERSION)),
        scene.frame(&FromEngine::LoadProgress { fraction: 2.0e30 }),
        early.clone(),
    ]
    .concat();
    for (what, bytes) in [
        ("an oversized frame", oversized),
        ("a truncated frame", truncated),
        ("garbage", garbage),
        ("an answer before the greeting", early),
        ("a load before the greeting", too_early),
        ("two greetings", twice),
        ("an answer instead of a load", impossible),
        ("nothing", vec![]),
    ] {
        let error = scene.engine(&scene.child_that_writes(&bytes, "exit 0")).ask().await;
        assert_eq!(error.kind, ErrorKind::EngineDied, "{what}: {error}");
        assert!(error.message.contains("while loading model.gguf"), "{what}: {error}");
    }
}

#[tokio::test]
async fn what_the_first_engine_cannot_run_goes_to_the_second_or_says_that_it_is_missing() {
    let scene = Scene::new();
    let refuses = |why: &str| {
        let error = Error::new(ErrorKind::Unsupported, why);
        let words = [hello(protocol::VERSION), FromEngine::LoadFailed { error }];
        let bytes = words.map(|word| scene.frame(&word)).concat();
        scene.child_that_writes(&bytes, "exec sleep 60")
    };
    let first = refuses("model.gguf is of a family that is not known.");
    let missing = scene.engine(&first).ask().await;
    assert_eq!(missing.kind, ErrorKind::Unsupported);
    assert!(missing.message.starts_with("model.gguf is of a family"), "{missing}");
    assert!(missing.message.contains("hearth-mistralrs"), "{missing}");

    let both = Binaries { cpu: Some(first.clone()), mistralrs: Some(refuses("It has experts.")) };
    let config = EngineConfig { binaries: both, ..scene.config(&first) };
    let neither = Asked { engine: Engine::new(config), model: scene.model.clone() }.ask().await;
    assert_eq!(neither.kind, ErrorKind::Unsupported);
    assert!(neither.message.starts_with("model.gguf is of a family"), "{neither}");
    assert!(neither.message.ends_with("Nor does mistral.rs run it: It has experts."), "{neither}");
}

#[tokio::test]
async fn a_child_that_floods_the_pipe_is_ended() {
    let scene = Scene::new();
    let flood = scene.script("exec yes");
    let error = scene.engine(&flood).ask().await;
    assert_eq!(error.kind, ErrorKind::EngineDied);
}

#[tokio::test]
async fn a_silent_child_is_ended_and_its_silence_told() {
    let scene = Scene::new();
    let error = scene.engine(&scene.script("exec sleep 600")).ask().await;
    assert_eq!(error.kind, ErrorKind::EngineDied);
    assert!(error.message.contains("did not answer"), "{error}");
}

#[tokio::test]
async fn a_child_that_loads_for_ever_is_ended() {
    let scene = Scene::new();
    // It answers pings, so only the lack of progress gives it away.
    let pong = scene.file("pong", &scene.frame(&FromEngine::Pong { steps: 1 }));
    let then = format!("while sleep 0.05; do cat {}; done", pong.display());
    let error = scene
        .engine(&scene.child_that_writes(&scene.frame(&hello(protocol::VERSION)), &then))
        .ask()
        .await;
    assert!(error.message.contains("made no progress"), "{error}");
}

/// Whoever holds the state holds up the supervisor, as if the app had been stopped meanwhile.
#[tokio::test]
async fn a_pause_of_the_app_is_not_the_childs_silence() {
    let scene = Scene::new();
    let load = Error::new(ErrorKind::Unsupported, "Loaded for long enough.");
    let alive = scene.file(
        "alive",
        &[
            scene.frame(&FromEngine::Pong { steps: 1 }),
            scene.frame(&FromEngine::LoadProgress { fraction: 0.5 }),
        ]
        .concat(),
    );
    let end = scene.file("end", &scene.frame(&FromEngine::LoadFailed { error: load }));
    let then = format!(
        "for i in $(seq 90); do cat {}; sleep 0.05; done; cat {}; sleep 600",
        alive.display(),
        end.display()
    );
    let child = scene.child_that_writes(&scene.frame(&hello(protocol::VERSION)), &then);
    let asked = scene.engine(&child);
    let state = asked.engine.state();
    let held_up = std::thread::spawn(move || {
        while !matches!(state.borrow().model, ModelState::Loading { fraction: 0.5, .. }) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _held = state.borrow();
        std::thread::sleep(Duration::from_secs(3));
    });
    let error = asked.ask().await;
    held_up.join().unwrap();
    assert_eq!(error.kind, ErrorKind::Unsupported, "{error}");
}

#[tokio::test]
async fn what_a_child_says_of_a_failure_is_short_and_hides_nothing() {
    let scene = Scene::new();
    let evil = "the architecture \u{1b}]52;c;cm0=\u{7}\u{202e}".repeat(10_000);
    let failed = FromEngine::LoadFailed { error: Error::new(ErrorKind::ModelFile, evil) };
    let bytes = [scene.frame(&hello(protocol::VERSION)), scene.frame(&failed)].concat();
    let error = scene.engine(&scene.child_that_writes(&bytes, "sleep 600")).ask().await;
    assert_eq!(error.kind, ErrorKind::ModelFile);
    assert!(error.message.contains("the architecture \\u001b]52;c;cm0="), "{error}");
    assert!(error.message.chars().count() <= 1001);
    assert!(!error.message.contains(|c: char| c.is_control() || c == '\u{202e}'), "{error:?}");
}

#[tokio::test]
async fn the_exit_code_of_a_child_is_told() {
    let scene = Scene::new();
    let error = scene.engine(&scene.script("exit 3")).ask().await;
    assert!(error.message.contains("It ended with exit code 3."), "{error}");
}

#[tokio::test]
async fn an_engine_of_another_version_is_refused_by_name() {
    let scene = Scene::new();
    let other = scene.child_that_writes(&scene.frame(&hello(protocol::VERSION + 1)), "sleep 600");
    let error = scene.engine(&other).ask().await;
    assert!(error.message.contains("another version"), "{error}");
}

#[tokio::test]
async fn the_strict_setting_refuses_a_sandbox_with_a_hole() {
    let scene = Scene::new();
    let child = scene.child_that_writes(&scene.frame(&hello(protocol::VERSION)), "sleep 600");
    let mut engine = scene.engine(&child);
    engine.engine = Engine::new(EngineConfig { strict_sandbox: true, ..scene.config(&child) });
    let error = engine.ask().await;
    assert!(error.message.contains("does not enforce: network."), "{error}");
    assert_eq!(engine.engine.state().borrow().process, ProcessState::NotStarted);
}

/// A child that loads, goes on answering pings, and is deaf to everything else.
#[tokio::test]
async fn stop_frees_the_engine_from_a_child_that_goes_on() {
    let scene = Scene::new();
    let loaded = FromEngine::Loaded {
        backend: "x".into(),
        gpu: None,
        memory_bytes: None,
        thinking: ThinkingSupport::default(),
    };
    let said = [scene.frame(&hello(protocol::VERSION)), scene.frame(&loaded)].concat();
    let pong = scene.file("pong", &scene.frame(&FromEngine::Pong { steps: 1 }));
    let deaf = format!("while sleep 0.05; do cat {}; done", pong.display());
    let engine = scene.engine(&scene.child_that_writes(&said, &deaf));
    // More often than a model may die before it is set aside.
    for _ in 0..4 {
        let answer = engine.stream(&scene.model, "Hello");
        engine.until(|state| matches!(state.model, ModelState::Loaded { .. })).await;
        drop(answer);
        engine.until(|state| state.process == ProcessState::NotStarted).await;
    }
    let waiting = engine.stream(&scene.model, "Hello");
    engine.until(|state| matches!(state.model, ModelState::Loaded { .. })).await;
    drop(waiting);
    let mut next = engine.stream(&scene.model("another.gguf"), "Hello");
    engine.until(|state| is_loaded(&state.model, "another.gguf")).await;
    assert!(matches!(next.next().await, Some(Ok(Event::Loading { .. }))));
}

/// What was loaded for a question that was stopped is there for the next one, but does not keep
/// another model waiting.
#[tokio::test]
async fn a_stopped_load_goes_on_until_another_model_is_wanted() {
    let scene = Scene::new();
    let progress =
        scene.file("progress", &scene.frame(&FromEngine::LoadProgress { fraction: 0.5 }));
    let slow = format!("while sleep 0.05; do cat {}; done", progress.display());
    let child = scene.child_that_writes(&scene.frame(&hello(protocol::VERSION)), &slow);
    let engine = scene.engine(&child);
    let stopped = engine.stream(&scene.model, "Hello");
    let is_loading = |state: &EngineState, name: &str| matches!(&state.model, ModelState::Loading { path, .. } if path.ends_with(name));
    engine.until(|state| is_loading(state, "model.gguf")).await;
    drop(stopped);
    tokio::time::sleep(4 * STOP).await;
    assert!(is_loading(&engine.engine.state().borrow(), "model.gguf"), "it goes on");
    let _same = engine.stream(&scene.model, "Hello again");
    tokio::time::sleep(4 * STOP).await;
    assert!(is_loading(&engine.engine.state().borrow(), "model.gguf"), "and is waited for");
    drop(_same);
    let _other = engine.stream(&scene.model("another.gguf"), "Hello");
    engine.until(|state| is_loading(state, "another.gguf")).await;
}

/// A template that hangs is left behind in the process, which is of no use any more.
#[tokio::test]
async fn a_child_that_blames_the_file_for_a_failed_answer_is_ended() {
    let scene = Scene::new();
    let loaded = FromEngine::Loaded {
        backend: "x".into(),
        gpu: None,
        memory_bytes: None,
        thinking: ThinkingSupport::default(),
    };
    let said = [scene.frame(&hello(protocol::VERSION)), scene.frame(&loaded)].concat();
    let error = Error::new(ErrorKind::ModelFile, "The template does not end.");
    let failed = scene.file("failed", &scene.frame(&FromEngine::Failed { id: 1, error }));
    let then = format!("sleep 0.5; cat {}; sleep 600", failed.display());
    let engine = scene.engine(&scene.child_that_writes(&said, &then));
    let error = engine.ask().await;
    assert_eq!(error.kind, ErrorKind::ModelFile);
    assert_eq!(engine.engine.state().borrow().process, ProcessState::NotStarted);
}

#[tokio::test]
async fn an_engine_that_is_not_there_is_told_with_its_path() {
    let scene = Scene::new();
    let error = scene.engine(&scene.dir.path().join("missing")).ask().await;
    assert_eq!(error.kind, ErrorKind::Internal);
    assert!(error.message.contains("missing"), "{error}");
}

#[tokio::test]
async fn a_model_that_ends_the_engine_twice_is_set_aside_until_it_is_lifted() {
    let scene = Scene::new();
    let remembering = EngineConfig {
        quarantine_file: Some(scene.dir.path().join("quarantine.json")),
        ..scene.config(&scene.script("exit 3"))
    };
    let start = || Asked { engine: Engine::new(remembering.clone()), model: scene.model.clone() };
    let engine = start();
    assert_eq!(engine.ask().await.kind, ErrorKind::EngineDied);
    assert_eq!(engine.ask().await.kind, ErrorKind::EngineDied);
    let error = engine.ask().await;
    assert_eq!(error.kind, ErrorKind::Quarantined);
    assert!(error.message.contains("exit code 3"), "{error}");

    let after_a_restart = start();
    assert_eq!(after_a_restart.ask().await.kind, ErrorKind::Quarantined);
    after_a_restart.engine.lift_quarantine(&scene.model);
    assert_eq!(after_a_restart.ask().await.kind, ErrorKind::EngineDied);
}

#[tokio::test]
async fn after_three_deaths_in_a_minute_nothing_is_started_for_a_while() {
    let scene = Scene::new();
    let engine = scene.engine(&scene.script("exit 3"));
    for n in 0..3 {
        let model = scene.model(&format!("model-{n}.gguf"));
        assert!(engine.ask_for(&model).await.message.contains("exit code 3"));
    }
    let error = engine.ask_for(&scene.model("another.gguf")).await;
    assert!(error.message.contains("left alone for"), "{error}");
}

#[tokio::test]
async fn a_question_that_is_too_long_to_be_sent_fails_alone() {
    let scene = Scene::new();
    let engine = scene.engine(&scene.script("exit 3"));
    for _ in 0..3 {
        let error = engine.ask_this(&scene.model, &"x".repeat(9 << 20)).await;
        assert_eq!(error.kind, ErrorKind::ContextLength, "{error}");
        assert!(error.message.contains("too long for model.gguf"), "{error}");
    }
    assert_eq!(engine.engine.state().borrow().process, ProcessState::NotStarted);
    assert_eq!(engine.ask().await.kind, ErrorKind::EngineDied, "the model is not set aside");
}

#[tokio::test]
async fn a_broken_file_is_refused_before_any_process_is_started() {
    let scene = Scene::new();
    let engine = scene.engine(&scene.script("exit 3"));
    let text = scene.file("diary.gguf", b"Dear Anna, this is not a model.");
    for path in [text, scene.dir.path().to_owned(), scene.dir.path().join("gone.gguf")] {
        let error = engine.ask_for(&path).await;
        assert_eq!(error.kind, ErrorKind::ModelFile, "{error}");
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(error.message.contains(name), "{error}");
    }
    assert_eq!(engine.engine.state().borrow().process, ProcessState::NotStarted);
}

/// How long a stopped child has here.
const STOP: Duration = Duration::from_millis(200);

/// A folder with a model that passes the checks of the client.
struct Scene {
    dir: tempfile::TempDir,
    model: PathBuf,
}

struct Asked {
    engine: Engine,
    model: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut scene = Self { model: dir.path().join("model.gguf"), dir };
        scene.model = scene.model("model.gguf");
        scene
    }

    fn model(&self, name: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        let mut writer = Writer::new();
        writer.set("general.architecture", "llama").tensor("w", &[8], TensorType::F32);
        writer.write(&path, &[&[0; 32]]).unwrap();
        path
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn frame(&self, message: &FromEngine) -> Vec<u8> {
        let mut bytes = Vec::new();
        protocol::write_frame(&mut bytes, message).unwrap();
        bytes
    }

    fn child_that_writes(&self, bytes: &[u8], then: &str) -> PathBuf {
        let said = self.file(&self.unused("said"), bytes);
        self.script(&format!("cat {}; {then}", said.display()))
    }

    fn unused(&self, name: &str) -> String {
        format!("{}-{name}", fs::read_dir(self.dir.path()).unwrap().count())
    }

    fn script(&self, body: &str) -> PathBuf {
        let text = format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{body}\n");
        let path = self.file(&self.unused("child.sh"), text.as_bytes());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn config(&self, binary: &Path) -> EngineConfig {
        EngineConfig {
            binaries: Binaries { cpu: Some(binary.to_owned()), mistralrs: None },
            strict_sandbox: false,
            quarantine_file: None,
            limits: Limits {
                ping: Duration::from_millis(50),
                silence: Duration::from_secs(2),
                stop: STOP,
                load: Duration::from_secs(1),
                ..Limits::default()
            },
        }
    }

    fn engine(&self, binary: &Path) -> Asked {
        Asked { engine: Engine::new(self.config(binary)), model: self.model.clone() }
    }
}

impl Asked {
    async fn ask(&self) -> Error {
        self.ask_for(&self.model).await
    }

    async fn ask_for(&self, model: &Path) -> Error {
        self.ask_this(model, "Hello").await
    }

    fn stream(&self, model: &Path, question: &str) -> EventStream {
        let request = Request::new(vec![Message::new(Role::User, question)]);
        self.engine.model(ModelSpec::new(model)).stream(request)
    }

    /// Waits for something that must come to be.
    async fn until(&self, wanted: impl FnMut(&EngineState) -> bool) {
        let mut state = self.engine.state();
        let came = tokio::time::timeout(Duration::from_secs(60), state.wait_for(wanted)).await;
        came.expect("it never came to be").unwrap();
    }

    /// Asks, and expects to fail.
    async fn ask_this(&self, model: &Path, question: &str) -> Error {
        let mut answer = self.stream(model, question);
        while let Some(event) = answer.next().await {
            match event {
                Ok(Event::Loading { .. }) => {}
                Ok(event) => panic!("no child here answers, but {event:?} came"),
                Err(error) => return error,
            }
        }
        panic!("the answer ended without saying why")
    }
}

fn is_loaded(model: &ModelState, name: &str) -> bool {
    matches!(model, ModelState::Loaded { path, .. } if path.ends_with(name))
}

fn hello(protocol: u32) -> FromEngine {
    let hole = SandboxLayer { name: "network".into(), in_force: false, detail: String::new() };
    FromEngine::Hello {
        protocol,
        build: "test".into(),
        pid: 1,
        sandbox: SandboxReport::of(vec![hole]),
    }
}

fn text(text: &str) -> Event {
    Event::Text(Piece::answer(text, vec![]))
}

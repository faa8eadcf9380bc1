//! The real engine binary and the starter model, for the tests of this folder.
#![allow(dead_code, unused_imports, reason = "each test binary uses its own part")]

mod wire;

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::StreamExt;
use hearth_chat::{
    Error, Event, EventStream, Grammar, Message, Outcome, Piece, Request, Role, Sampling,
};
use hearth_engine::{
    BackendChoice, Binaries, Engine, EngineConfig, Limits, ModelSpec, ProcessState,
};
use hearth_gguf::File;

pub use wire::Wire;

/// Those whose programs were built. `cargo xtask test` builds both and asks for both; `cargo test` alone
/// need not wait for mistral.rs.
pub fn backends() -> Vec<BackendChoice> {
    let wanted = std::env::var_os("HEARTH_TEST_MISTRALRS").is_some();
    if wanted || built("hearth-mistralrs").is_file() {
        return vec![BackendChoice::Cpu, BackendChoice::Mistralrs];
    }
    println!("hearth-mistralrs was not built: only hearth-engine is tested");
    vec![BackendChoice::Cpu]
}

/// The tiny model that comes with Hearth.
pub fn starter() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../model-catalog/starter");
    folder.join("starter-6m-q8_0.gguf").canonicalize().expect("the starter model is in place")
}

/// The starter's file with this chat template, which is no longer than its own.
pub fn starter_with_template(template: &str) -> Vec<u8> {
    let file = File::open(starter()).unwrap();
    let own = file.metadata().str("tokenizer.chat_template").unwrap();
    let padding = own.len().checked_sub(template.len()).expect("the starter's is longer");
    let mut bytes = std::fs::read(starter()).unwrap();
    let at = bytes.windows(own.len()).position(|part| part == own.as_bytes()).unwrap();
    let padded = format!("{template}{}", " ".repeat(padding));
    bytes[at..at + own.len()].copy_from_slice(padded.as_bytes());
    bytes
}

/// A program as the build leaves it, in the folder above that of the tests.
fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).unwrap();
    folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// The program of each backend.
pub fn program_of(backend: BackendChoice) -> PathBuf {
    let (name, package) = match backend {
        BackendChoice::Mistralrs => ("hearth-mistralrs", "hearth-engine-mistralrs"),
        BackendChoice::Auto | BackendChoice::Cpu => ("hearth-engine", "hearth-engine-cpu"),
    };
    let path = built(name);
    assert!(path.is_file(), "{} is missing: cargo build -p {package}", path.display());
    path
}

pub fn config() -> EngineConfig {
    EngineConfig {
        binaries: Binaries {
            cpu: Some(program_of(BackendChoice::Cpu)),
            mistralrs: Some(built("hearth-mistralrs")),
        },
        strict_sandbox: false,
        quarantine_file: None,
        limits: Limits { ping: Duration::from_millis(50), ..Limits::default() },
    }
}

pub fn engine() -> Engine {
    Engine::new(config())
}

pub fn spec(backend: BackendChoice) -> ModelSpec {
    ModelSpec { backend, threads: Some(2), ..ModelSpec::new(starter()) }
}

/// A question with greedy sampling and a bound.
pub fn question(text: &str) -> Request {
    let sampling = Sampling { temperature: 0.0, max_tokens: Some(48), ..Sampling::default() };
    Request { sampling, ..Request::new(vec![Message::new(Role::User, text)]) }
}

/// A request whose answer has no end for a long while: the grammar allows none.
pub fn endless() -> Request {
    let grammar = Some(Grammar::Regex("[a-z ]{3000}".into()));
    let sampling = Sampling { temperature: 1.0, seed: Some(1), grammar, ..Sampling::default() };
    Request { sampling, ..question("Tell me a long story.") }
}

pub struct Answered {
    pub text: String,
    pub pieces: Vec<Piece>,
    pub outcome: Outcome,
}

/// Reads an answer to its end.
pub async fn read(mut stream: EventStream) -> Result<Answered, Error> {
    let mut pieces = Vec::new();
    while let Some(event) = stream.next().await {
        match event? {
            Event::Loading { .. } | Event::Prefill { .. } => {}
            Event::Text(piece) => pieces.push(piece),
            Event::Finished(outcome) => {
                let text = pieces.iter().map(|piece| piece.text.as_str()).collect();
                return Ok(Answered { text, pieces, outcome });
            }
        }
    }
    panic!("an answer ends with `Finished` or an error")
}

/// Reads until the first words are there.
pub async fn read_some(stream: &mut EventStream) {
    while let Some(event) = stream.next().await {
        if let Event::Text(piece) = event.expect("the answer begins")
            && !piece.text.is_empty()
        {
            return;
        }
    }
    panic!("the answer ended before its first word")
}

pub fn pid(engine: &Engine) -> u32 {
    match engine.state().borrow().process {
        ProcessState::Running { pid } => pid,
        ref other => panic!("the engine is not running: {other:?}"),
    }
}

/// Whether a process is there; one that ended and was not fetched yet is not.
pub fn is_alive(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    !status.is_empty() && !status.contains("State:\tZ")
}

/// Sends a signal.
pub fn signal(pid: u32, signal: i32) {
    // SAFETY: takes integers; the process is one that this test started.
    unsafe { libc::kill(pid as i32, signal) };
}

//! One conversation with the app. The main thread reads, so that a ping or a cancellation is
//! answered whatever the worker is doing; the worker loads and generates.

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

use hearth_chat::{Error, ErrorKind, Event, Request, Signals};
use hearth_engine::SandboxReport;
use hearth_engine::protocol::{self, FromEngine, LoadRequest, ToEngine};

use crate::backend::{self, Backend, Load};
use crate::process;
use crate::wire::Wire;

/// Deep recursion in a template or a grammar should meet our limits before the stack's end.
const WORKER_STACK: usize = 16 << 20;

enum Work {
    Load(LoadRequest),
    Generate { id: u64, request: Request, signals: Arc<Signals> },
}

pub fn run(mut input: impl Read, wire: Wire, sandbox: SandboxReport, load: Load) -> ExitCode {
    wire.send(&FromEngine::Hello {
        protocol: protocol::VERSION,
        build: env!("CARGO_PKG_VERSION").into(),
        pid: std::process::id(),
        sandbox,
    });
    let steps = Arc::new(AtomicU64::new(0));
    let (work, todo) = mpsc::channel();
    let worker = Worker { wire: wire.clone(), steps: steps.clone(), load, model: None };
    let spawned = std::thread::Builder::new()
        .name("worker".into())
        .stack_size(WORKER_STACK)
        .spawn(move || worker.run(todo));
    if spawned.is_err() {
        return ExitCode::FAILURE;
    }

    let mut current: Option<(u64, Arc<Signals>)> = None;
    while let Ok(Some(message)) = protocol::read_frame(&mut input) {
        let sent = match message {
            ToEngine::Ping => {
                wire.send(&FromEngine::Pong { steps: steps.load(Ordering::Relaxed) });
                Ok(())
            }
            ToEngine::Load(request) => work.send(Work::Load(request)),
            ToEngine::Generate { id, request } => {
                let signals = Arc::new(Signals::default());
                current = Some((id, signals.clone()));
                work.send(Work::Generate { id, request, signals })
            }
            ToEngine::Cancel { id } => {
                signals_of(&current, id).inspect(|signals| signals.cancel());
                Ok(())
            }
            ToEngine::AnswerNow { id } => {
                signals_of(&current, id).inspect(|signals| signals.answer_now());
                Ok(())
            }
            ToEngine::Shutdown => break,
        };
        if sent.is_err() {
            break;
        }
    }
    process::exit()
}

/// Those of the answer under way, if it is this one.
fn signals_of(current: &Option<(u64, Arc<Signals>)>, id: u64) -> Option<&Signals> {
    current.as_ref().filter(|(now, _)| *now == id).map(|(_, signals)| &**signals)
}

struct Worker {
    wire: Wire,
    steps: Arc<AtomicU64>,
    load: Load,
    model: Option<(PathBuf, Box<dyn Backend>)>,
}

impl Worker {
    fn run(mut self, todo: mpsc::Receiver<Work>) {
        for work in todo {
            match work {
                Work::Load(request) => self.load(&request),
                Work::Generate { id, request, signals } => {
                    self.generate(id, &request, &signals);
                }
            }
        }
    }

    fn load(&mut self, request: &LoadRequest) {
        let mut progress = |fraction: f32| {
            self.steps.fetch_add(1, Ordering::Relaxed);
            self.wire.send(&FromEngine::LoadProgress { fraction });
        };
        // Nothing but the model file has been read yet, so what a panic says is about the file.
        let loaded =
            catch_unwind(AssertUnwindSafe(|| backend::load(self.load, request, &mut progress)));
        match loaded.unwrap_or_else(|panic| Err(unreadable(request, &*panic))) {
            Ok(model) => {
                let backend = model.name().to_owned();
                let thinking = model.thinking();
                let (gpu, memory_bytes) = (request.gpu, process::resident_bytes());
                self.model = Some((request.path.clone(), model));
                self.wire.send(&FromEngine::Loaded { backend, gpu, memory_bytes, thinking });
            }
            Err(error) => {
                let error = naming(&request.path, error);
                self.wire.send(&FromEngine::LoadFailed { error });
                process::exit();
            }
        }
    }

    fn generate(&mut self, id: u64, request: &Request, signals: &Signals) {
        let Some((path, model)) = &mut self.model else {
            let error = Error::new(ErrorKind::Internal, "The engine was asked before it loaded.");
            return self.wire.send(&FromEngine::Failed { id, error });
        };
        let mut emit = |event: Event| {
            self.steps.fetch_add(1, Ordering::Relaxed);
            self.wire.send(&FromEngine::Event { id, event });
        };
        // After a panic the model's state is unknown. The app starts another process and says why.
        let answer = catch_unwind(AssertUnwindSafe(|| model.generate(request, signals, &mut emit)))
            .unwrap_or_else(|_| std::process::abort());
        match answer {
            Ok(mut outcome) => {
                outcome.peak_rss_bytes = process::peak_resident_bytes();
                self.wire.send(&FromEngine::Event { id, event: Event::Finished(outcome) });
            }
            Err(error) => {
                let error = naming(path, error);
                self.wire.send(&FromEngine::Failed { id, error });
            }
        }
    }
}

/// An error about a file says which file.
fn naming(path: &Path, mut error: Error) -> Error {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if error.kind == ErrorKind::ModelFile && !error.message.contains(&*name) {
        error.message = format!("{name}: {}", error.message);
    }
    error
}

fn unreadable(request: &LoadRequest, panic: &(dyn std::any::Any + Send)) -> Error {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no reason given");
    let said: String = said.chars().take(200).collect();
    let path = request.path.display();
    // With a driver at work it may as well be about that.
    let (kind, advice) = match request.gpu {
        Some(_) => (ErrorKind::Gpu, "The processor may do it"),
        None => (ErrorKind::ModelFile, "Get the file again"),
    };
    Error::new(kind, format!("{path} could not be loaded: {said}. {advice}."))
}

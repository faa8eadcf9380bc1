use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::Stream;
use hearth_chat::{Error, ErrorKind, Event, EventStream, Model, Request};
use tokio::sync::{mpsc, oneshot, watch};

use crate::binaries::Binaries;
use crate::job::{Job, Task};
use crate::quarantine::Quarantine;
use crate::supervisor::{Settings, Signal, Supervisor};
use crate::{EngineState, ModelSpec};

/// Signals that may wait for the supervisor before their senders have to.
const BACKLOG: usize = 4096;

/// How the engine process is found, bounded and remembered.
#[derive(Clone, Debug, Default)]
pub struct EngineConfig {
    pub binaries: Binaries,
    /// Refuse to load anything when the sandbox is not full.
    pub strict_sandbox: bool,
    /// Where deaths are remembered across restarts; `None` remembers them for this run.
    pub quarantine_file: Option<PathBuf>,
    pub limits: Limits,
}

/// How long the engine may take before it counts as stuck. Generous, because a slow computer
/// under load is not a broken engine.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Between two pings of a working process.
    pub ping: Duration,
    /// Without any sign of life.
    pub silence: Duration,
    /// Without progress while loading.
    pub load: Duration,
    /// Without progress while computing the prompt; one backend reports none until it is done.
    pub prefill: Duration,
    /// Without a token.
    pub decode: Duration,
    /// After Stop, until the engine is free for something else.
    pub stop: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            ping: Duration::from_secs(1),
            silence: Duration::from_secs(20),
            load: Duration::from_secs(300),
            prefill: Duration::from_secs(1800),
            decode: Duration::from_secs(60),
            stop: Duration::from_secs(2),
        }
    }
}

/// The engine process, started when a model is first needed. Clones are the same engine; when
/// the last one goes, the process is ended.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    signal: SyncSender<Signal>,
    state: watch::Receiver<EngineState>,
    next_id: AtomicU64,
}

impl Engine {
    /// Starts the supervising thread, and no process.
    pub fn new(config: EngineConfig) -> Self {
        let (signal, signals) = sync_channel(BACKLOG);
        let (state, watched) = watch::channel(EngineState::default());
        let supervisor = Supervisor::new(
            Settings {
                binaries: config.binaries,
                strict_sandbox: config.strict_sandbox,
                limits: config.limits,
            },
            signals,
            signal.clone(),
            state,
            Quarantine::open(config.quarantine_file),
        );
        std::thread::Builder::new()
            .name("engine-supervisor".into())
            .spawn(move || supervisor.run())
            .expect("the system has a thread left");
        Self { inner: Arc::new(Inner { signal, state: watched, next_id: AtomicU64::new(1) }) }
    }

    /// A handle that loads the model when it is first asked.
    pub fn model(&self, spec: ModelSpec) -> Arc<dyn Model> {
        Arc::new(LocalModel { engine: self.clone(), spec, asked: AtomicU64::new(0) })
    }

    /// Loads a model, in place of the one that is loaded. Waits for the answers before it.
    pub async fn load(&self, spec: ModelSpec) -> Result<(), Error> {
        let (done, loaded) = oneshot::channel();
        self.ask(spec, Task::Load { done });
        loaded.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Ends the process, which gives its memory back to the system.
    pub async fn unload(&self) {
        let (done, ended) = oneshot::channel();
        self.send(Signal::Unload { done });
        let _ = ended.await;
    }

    pub fn state(&self) -> watch::Receiver<EngineState> {
        self.inner.state.clone()
    }

    /// Lets a model that ended the engine be tried again.
    pub fn lift_quarantine(&self, model: &Path) {
        self.send(Signal::LiftQuarantine { model: model.to_owned() });
    }

    fn ask(&self, spec: ModelSpec, task: Task) -> u64 {
        let id = self.inner.next_id.fetch_add(1, Ordering::Relaxed);
        self.send(Signal::Ask(Job { id, spec, task }));
        id
    }

    fn send(&self, signal: Signal) {
        // The supervisor ends only after the last `Engine`, or by a fault of its own; then the
        // reply channels close, and whoever waits is told.
        let _ = self.inner.signal.send(signal);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let _ = self.signal.send(Signal::Stop);
    }
}

struct LocalModel {
    engine: Engine,
    spec: ModelSpec,
    /// The last request; no request has the number 0.
    asked: AtomicU64,
}

impl Model for LocalModel {
    fn stream(&self, request: Request) -> EventStream {
        let (events, received) = mpsc::unbounded_channel();
        let task = Task::Answer { request: Box::new(request), events };
        let id = self.engine.ask(self.spec.clone(), task);
        self.asked.store(id, Ordering::Relaxed);
        Box::pin(Answer { engine: self.engine.clone(), id, received, ended: false })
    }

    fn answer_now(&self) {
        self.engine.send(Signal::AnswerNow { id: self.asked.load(Ordering::Relaxed) });
    }
}

/// An answer as it comes. Dropping it before its end cancels it.
struct Answer {
    engine: Engine,
    id: u64,
    received: mpsc::UnboundedReceiver<Result<Event, Error>>,
    ended: bool,
}

impl Stream for Answer {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let item = ready!(self.received.poll_recv(cx)).unwrap_or_else(|| Err(gone()));
        self.ended = matches!(item, Ok(Event::Finished(_)) | Err(_));
        Poll::Ready(Some(item))
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if !self.ended {
            self.engine.send(Signal::Cancel { id: self.id });
        }
    }
}

fn gone() -> Error {
    Error::new(ErrorKind::Internal, "The engine's supervisor ended. Start Hearth again.")
}

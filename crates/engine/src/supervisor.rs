//! The thread that owns the engine process: starts it, asks it, watches its pulse, explains its
//! death, and starts another. It is the parent that the kernel binds the child's life to.

mod listening;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use hearth_chat::{Error, ErrorKind, Event, SpeculationOff};
use hearth_gguf as gguf;
use tokio::sync::{oneshot, watch};

use crate::binaries::Binaries;
use crate::child::{Child, Launch};
use crate::deaths::Deaths;
use crate::job::{Active, Job, Stage, Task};
use crate::protocol::{FromEngine, LoadRequest, ToEngine};
use crate::quarantine::Quarantine;
use crate::spec::Backend;
use crate::{EngineState, Limits, ModelSpec, ModelState, ProcessState, preflight};

/// Everything that happens to the supervisor.
pub(crate) enum Signal {
    Ask(Job),
    Cancel {
        id: u64,
    },
    Unload {
        done: oneshot::Sender<()>,
    },
    LiftQuarantine {
        model: PathBuf,
    },
    Said {
        generation: u64,
        message: FromEngine,
    },
    /// The child's stdout ended, because of `fault` or because it is gone.
    Closed {
        generation: u64,
        fault: Option<String>,
    },
    Stop,
}

/// What the supervisor needs to know once.
pub(crate) struct Settings {
    pub binaries: Binaries,
    pub strict_sandbox: bool,
    pub limits: Limits,
}

pub(crate) struct Supervisor {
    pub settings: Settings,
    pub signals: Receiver<Signal>,
    /// For the threads that read from the child.
    pub signal: SyncSender<Signal>,
    pub state: watch::Sender<EngineState>,
    pub quarantine: Quarantine,
    running: Option<Running>,
    active: Option<Active>,
    queue: VecDeque<Job>,
    deaths: Deaths,
    generation: u64,
    /// When the pulse was last looked at.
    checked: Instant,
}

/// The process there is now.
struct Running {
    child: Child,
    /// The model it was started for, loaded or not.
    spec: ModelSpec,
    backend: Backend,
    load: LoadRequest,
    loaded: bool,
    pinged: Instant,
    heard: Instant,
    steps: u64,
}

impl Running {
    /// Whether the draft that it had to do without can be read by now.
    fn draft_is_back(&self) -> bool {
        self.load.draft_off == Some(SpeculationOff::DraftUnusable)
            && self.spec.draft_path().is_some_and(|path| gguf::File::open(&path).is_ok())
    }
}

impl Supervisor {
    pub fn new(
        settings: Settings,
        signals: Receiver<Signal>,
        signal: SyncSender<Signal>,
        state: watch::Sender<EngineState>,
        quarantine: Quarantine,
    ) -> Self {
        Self {
            settings,
            signals,
            signal,
            state,
            quarantine,
            running: None,
            active: None,
            queue: VecDeque::new(),
            deaths: Deaths::default(),
            generation: 0,
            checked: Instant::now(),
        }
    }

    pub fn run(mut self) {
        loop {
            match self.signals.recv_timeout(self.patience()) {
                Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(signal) => self.handle(signal),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.check_pulse();
            self.start_next();
        }
        self.end_process();
    }

    /// How long nothing needs to be looked at.
    fn patience(&self) -> Duration {
        if let Some(active) = &self.active {
            let limits = &self.settings.limits;
            let left = active.cancelled.map(|at| limits.stop.saturating_sub(at.elapsed()));
            // Once it is over, what matters is whether something else is asked for.
            return left.filter(|left| !left.is_zero()).map_or(limits.ping, |l| l.min(limits.ping));
        }
        match self.deaths.not_before() {
            Some(start) if !self.queue.is_empty() => {
                start.saturating_duration_since(Instant::now())
            }
            _ => Duration::from_secs(3600),
        }
    }

    fn handle(&mut self, signal: Signal) {
        match signal {
            Signal::Ask(job) => self.queue.push_back(job),
            Signal::Cancel { id } => self.cancel(id),
            Signal::Unload { done } => {
                self.unload();
                let _ = done.send(());
            }
            Signal::LiftQuarantine { model } => {
                self.quarantine.forgive(&model);
                self.deaths = Deaths::default();
            }
            Signal::Said { generation, message } if generation == self.generation => {
                self.hear(message);
            }
            Signal::Closed { generation, fault } if generation == self.generation => {
                self.died(
                    fault.map(|fault| format!("It sent something else than answers: {fault}.")),
                );
            }
            // The last words of a process that was already ended.
            Signal::Said { .. } | Signal::Closed { .. } => {}
            Signal::Stop => unreachable!("handled by the loop"),
        }
    }

    fn cancel(&mut self, id: u64) {
        self.queue.retain(|job| job.id != id);
        if let Some(active) = self.active.as_mut().filter(|active| active.job.id == id) {
            active.cancelled = Some(Instant::now());
            if let (Stage::Prefill | Stage::Decode, Some(running)) = (active.stage, &self.running) {
                running.child.send(ToEngine::Cancel { id });
            }
        }
    }

    fn unload(&mut self) {
        self.end_process();
        if let Some(active) = self.active.take() {
            let name = active.job.spec.file_name();
            active.fail(Error::new(
                ErrorKind::EngineDied,
                format!("{name} was unloaded before the answer ended. Ask again to load it."),
            ));
        }
    }

    fn start_next(&mut self) {
        while self.active.is_none() {
            if self.deaths.not_before().is_some_and(|start| start > Instant::now()) {
                return;
            }
            let Some(job) = self.queue.pop_front() else { return };
            match job.check_size().and_then(|()| self.prepare(&job.spec)) {
                Ok(loaded) => self.begin(job, loaded),
                Err(error) => job.task.fail(error),
            }
        }
    }

    /// Sees to a process for this model. Answers whether it is loaded there already.
    fn prepare(&mut self, spec: &ModelSpec) -> Result<bool, Error> {
        self.quarantine.check(&spec.path)?;
        let answers = |r: &Running| r.loaded && r.spec.same_load(spec) && !r.draft_is_back();
        if self.running.as_ref().is_some_and(answers) {
            return Ok(true);
        }
        self.end_process();
        self.running = Some(self.start_process(spec, spec.backend.first())?);
        Ok(false)
    }

    fn begin(&mut self, job: Job, loaded: bool) {
        let mut active = Active::new(job);
        if !loaded {
            active.load_began = Some(Instant::now());
            active.tell(Event::Loading { fraction: 0.0 });
        } else if active.wants_no_answer() {
            return active.finish_load();
        } else {
            self.ask(&mut active);
        }
        self.active = Some(active);
    }

    /// Everything that can be known without the child is checked before there is one.
    fn start_process(&mut self, spec: &ModelSpec, backend: Backend) -> Result<Running, Error> {
        let binary = self.settings.binaries.find(backend)?;
        self.deaths.check()?;
        let load = preflight::plan(spec, backend)?;
        let files = std::iter::once(load.path.clone()).chain(load.draft.clone()).collect();
        let launch = Launch { binary, files, threads: spec.threads };
        self.generation += 1;
        let child = Child::start(&launch, self.generation, self.signal.clone()).map_err(|e| {
            let binary = launch.binary.display();
            Error::new(ErrorKind::Internal, format!("The engine at {binary} did not start: {e}."))
        })?;
        self.state.send_modify(|state| {
            state.process = ProcessState::Starting;
            state.model = ModelState::Loading { path: spec.path.clone(), fraction: 0.0 };
        });
        let now = Instant::now();
        Ok(Running {
            child,
            spec: spec.clone(),
            backend,
            load,
            loaded: false,
            pinged: now,
            heard: now,
            steps: 0,
        })
    }

    /// Sends the request to a process that has the model.
    fn ask(&mut self, active: &mut Active) {
        let Some(running) = &mut self.running else { return };
        running.pinged = Instant::now();
        running.heard = Instant::now();
        active.progress = Instant::now();
        active.stage = Stage::Prefill;
        if let Task::Answer { request, .. } = &active.job.task {
            let (id, request) = (active.job.id, (**request).clone());
            running.child.send(ToEngine::Generate { id, request });
        }
    }

    /// The job cannot be done, and the process that was started for it is of no use.
    fn refuse(&mut self, error: Error) {
        self.end_process();
        if let Some(active) = self.active.take() {
            active.fail(error);
        }
    }

    /// The first backend cannot run this file: the second one is asked.
    fn go_on_with_mistralrs(&mut self, spec: &ModelSpec, first: Error) {
        self.end_process();
        match self.start_process(spec, Backend::Mistralrs) {
            Ok(running) => {
                self.running = Some(running);
                if let Some(active) = &mut self.active {
                    active.stage = Stage::Starting;
                    active.progress = Instant::now();
                    active.refused = Some(first.message);
                }
            }
            Err(error) if error.kind == ErrorKind::Unsupported => {
                let message = format!("{} {}", first.message, error.message);
                self.refuse(Error::new(error.kind, message));
            }
            Err(error) => self.refuse(error),
        }
    }

    fn end_process(&mut self) {
        let Some(running) = self.running.take() else { return };
        self.generation += 1;
        running.child.end();
        self.state.send_modify(|state| {
            state.process = ProcessState::NotStarted;
            state.model = ModelState::None;
        });
    }

    /// The process is gone or of no use: says why, and remembers.
    fn died(&mut self, fault: Option<String>) {
        let Some(running) = self.running.take() else { return };
        self.generation += 1;
        let autopsy = running.child.autopsy();
        let how = fault.unwrap_or(autopsy);
        let Some(active) = self.active.take() else {
            return self.show_death(format!("The engine ended while it had nothing to do. {how}"));
        };
        let path = &active.job.spec.path;
        self.quarantine.record_death(path, &how);
        self.deaths.record();
        let name = active.job.spec.file_name();
        let doing = match active.stage {
            Stage::Starting | Stage::Loading => format!("loading {name}"),
            Stage::Prefill | Stage::Decode => format!("answering with {name}"),
        };
        let message = format!("The engine ended while {doing}. {how} Ask again to start it anew.");
        self.show_death(message.clone());
        active.fail(Error::new(ErrorKind::EngineDied, message));
    }

    fn show_death(&self, message: String) {
        tracing::warn!(message, "engine ended");
        self.state.send_modify(|state| {
            state.process = ProcessState::Died { message };
            state.model = ModelState::None;
        });
    }

    /// Pings a working process, and ends one that is silent or gets nowhere.
    fn check_pulse(&mut self) {
        let now = Instant::now();
        let since = now - std::mem::replace(&mut self.checked, now);
        let (Some(running), Some(active)) = (&mut self.running, &mut self.active) else { return };
        let limits = &self.settings.limits;
        // A pause of the app itself (stopped, or asleep) says nothing about the child.
        let paused = since.saturating_sub(limits.ping);
        running.heard = now.min(running.heard + paused);
        active.progress = now.min(active.progress + paused);
        active.cancelled = active.cancelled.map(|at| now.min(at + paused));
        if running.pinged.elapsed() >= limits.ping {
            running.pinged = Instant::now();
            running.child.send(ToEngine::Ping);
        }
        let stuck = match active.stage {
            Stage::Starting => limits.silence,
            Stage::Loading => limits.load,
            Stage::Prefill => limits.prefill,
            Stage::Decode => limits.decode,
        };
        if running.heard.elapsed() > limits.silence {
            let seconds = limits.silence.as_secs();
            self.died(Some(format!("It did not answer for {seconds} s and was ended.")));
        } else if active.progress.elapsed() > stuck {
            let seconds = stuck.as_secs();
            self.died(Some(format!("It made no progress for {seconds} s and was ended.")));
        } else if active.cancelled.is_some_and(|at| at.elapsed() >= limits.stop) {
            self.end_stopped();
        }
    }

    /// Stop is a promise: what has not stopped by now is ended with its process. That is no death
    /// to hold against the model. On a slow computer a step of a sound one takes as long, and a
    /// model that hangs has limits of its own.
    fn end_stopped(&mut self) {
        let (Some(running), Some(active)) = (&self.running, &self.active) else { return };
        // A load is of use to the next question, unless that is for another model.
        let loading = active.stage < Stage::Prefill;
        let is_of_use = |job: &Job| running.spec.same_load(&job.spec);
        if loading && self.queue.front().is_none_or(is_of_use) {
            return;
        }
        self.end_process();
        self.active = None;
    }
}

//! The thread that owns the engine process: starts it, asks it, watches its pulse, explains its
//! death, and starts another. It is the parent that the kernel binds the child's life to.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use hearth_chat::{Error, ErrorKind, Event};
use tokio::sync::{oneshot, watch};

use crate::child::{Child, Launch};
use crate::job::{Active, Job, Stage, Task};
use crate::protocol::{self, FromEngine, LoadRequest, ToEngine};
use crate::quarantine::Quarantine;
use crate::{
    EngineState, Limits, ModelSpec, ModelState, ProcessState, SandboxLevel, SandboxReport,
    preflight,
};

/// How long to wait before the next start, by the number of deaths within [`MEMORY_OF_DEATHS`].
const BACK_OFF: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(1)];

/// After more deaths than [`BACK_OFF`] has steps within this time, nothing is started.
const MEMORY_OF_DEATHS: Duration = Duration::from_secs(60);

/// More text than this in one answer is not an answer, in bytes.
const LONGEST_ANSWER: usize = 64 << 20;

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
    /// Or why there is none.
    pub binary: Result<PathBuf, Error>,
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
    deaths: VecDeque<Instant>,
    generation: u64,
}

/// The process there is now.
struct Running {
    child: Child,
    /// The model it was started for, loaded or not.
    spec: ModelSpec,
    load: LoadRequest,
    loaded: bool,
    pinged: Instant,
    heard: Instant,
    steps: u64,
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
            deaths: VecDeque::new(),
            generation: 0,
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
        if self.active.is_some() {
            return self.settings.limits.ping;
        }
        match self.not_before() {
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
                self.deaths.clear();
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
            active.cancelled = true;
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

    // ---- starting ----

    fn start_next(&mut self) {
        while self.active.is_none() {
            if self.not_before().is_some_and(|start| start > Instant::now()) {
                return;
            }
            let Some(job) = self.queue.pop_front() else { return };
            match self.prepare(&job.spec) {
                Ok(loaded) => self.begin(job, loaded),
                Err(error) => job.task.fail(error),
            }
        }
    }

    /// `None` unless a process died lately.
    fn not_before(&self) -> Option<Instant> {
        let last = *self.deaths.back()?;
        let step = self.recent_deaths().clamp(1, BACK_OFF.len()) - 1;
        Some(last + BACK_OFF[step])
    }

    fn recent_deaths(&self) -> usize {
        self.deaths.iter().filter(|at| at.elapsed() < MEMORY_OF_DEATHS).count()
    }

    /// Sees to a process for this model. Answers whether it is loaded there already.
    fn prepare(&mut self, spec: &ModelSpec) -> Result<bool, Error> {
        self.quarantine.check(&spec.path)?;
        if self.running.as_ref().is_some_and(|r| r.loaded && r.spec.same_load(spec)) {
            return Ok(true);
        }
        self.end_process();
        self.running = Some(self.start_process(spec)?);
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
    fn start_process(&mut self, spec: &ModelSpec) -> Result<Running, Error> {
        let binary = self.settings.binary.clone()?;
        self.check_breaker()?;
        let load = preflight::plan(spec)?;
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
            load,
            loaded: false,
            pinged: now,
            heard: now,
            steps: 0,
        })
    }

    fn check_breaker(&self) -> Result<(), Error> {
        if self.recent_deaths() <= BACK_OFF.len() {
            return Ok(());
        }
        let oldest = self.deaths[self.deaths.len() - 1 - BACK_OFF.len()];
        let wait = MEMORY_OF_DEATHS.saturating_sub(oldest.elapsed()).as_secs() + 1;
        Err(Error::new(
            ErrorKind::EngineDied,
            format!(
                "The engine ended {} times within a minute and is left alone for {wait} s. \
                 Then ask again, or choose another model.",
                self.recent_deaths()
            ),
        ))
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

    // ---- listening ----

    fn hear(&mut self, message: FromEngine) {
        if let Some(running) = &mut self.running {
            running.heard = Instant::now();
        }
        let expected = match message {
            FromEngine::Pong { steps } => self.hear_pong(steps),
            FromEngine::Hello { protocol, sandbox, .. } => self.hear_hello(protocol, sandbox),
            FromEngine::LoadProgress { fraction } => self.hear_load_progress(fraction),
            FromEngine::Loaded { backend, memory_bytes } => self.hear_loaded(backend, memory_bytes),
            FromEngine::LoadFailed { error } => self.hear_load_failed(error),
            FromEngine::Event { id, event } => self.hear_event(id, event),
            FromEngine::Failed { id, error } => self.hear_failed(id, error),
        };
        if !expected {
            self.died(Some("It said something that made no sense at that point.".into()));
        }
    }

    fn at(&mut self, stage: Stage) -> Option<&mut Active> {
        self.active.as_mut().filter(|active| active.stage == stage)
    }

    fn hear_pong(&mut self, steps: u64) -> bool {
        if let (Some(running), Some(active)) = (&mut self.running, &mut self.active)
            && steps > running.steps
        {
            running.steps = steps;
            active.progress = Instant::now();
        }
        true
    }

    fn hear_hello(&mut self, version: u32, sandbox: SandboxReport) -> bool {
        let (Some(active), Some(running)) = (&mut self.active, &self.running) else {
            return false;
        };
        if active.stage != Stage::Starting {
            return false;
        }
        let pid = running.child.pid();
        let sandbox = clip(sandbox);
        self.state.send_modify(|state| {
            state.process = ProcessState::Running { pid };
            state.sandbox = sandbox.clone();
        });
        if version != protocol::VERSION {
            self.refuse(Error::new(
                ErrorKind::Internal,
                "The engine beside this app belongs to another version of it. Install Hearth again.",
            ));
        } else if self.settings.strict_sandbox && sandbox.level != SandboxLevel::Full {
            self.refuse(Error::new(
                ErrorKind::Internal,
                format!(
                    "The strict sandbox is on, and this system does not enforce: {}. \
                     Nothing was loaded. Turn the setting off to run all the same.",
                    sandbox.missing()
                ),
            ));
        } else {
            active.stage = Stage::Loading;
            active.progress = Instant::now();
            running.child.send(ToEngine::Load(running.load.clone()));
        }
        true
    }

    fn hear_load_progress(&mut self, fraction: f32) -> bool {
        let Some(active) = self.at(Stage::Loading) else { return false };
        let fraction = if fraction.is_finite() { fraction.clamp(0.0, 1.0) } else { return false };
        active.progress = Instant::now();
        active.tell(Event::Loading { fraction });
        self.state.send_modify(|state| {
            if let ModelState::Loading { fraction: shown, .. } = &mut state.model {
                *shown = fraction;
            }
        });
        true
    }

    fn hear_loaded(&mut self, backend: String, memory_bytes: Option<u64>) -> bool {
        if self.at(Stage::Loading).is_none() {
            return false;
        }
        let (Some(mut active), Some(running)) = (self.active.take(), &mut self.running) else {
            return false;
        };
        running.loaded = true;
        let model = ModelState::Loaded {
            path: running.spec.path.clone(),
            backend: backend.chars().take(40).collect(),
            memory_bytes,
            context_length: running.load.context_length,
        };
        self.state.send_modify(|state| state.model = model);
        active.load_ms = active.load_began.map(|began| began.elapsed().as_secs_f64() * 1e3);
        if active.wants_no_answer() {
            active.finish_load();
        } else {
            self.ask(&mut active);
            self.active = Some(active);
        }
        true
    }

    fn hear_load_failed(&mut self, error: Error) -> bool {
        if self.at(Stage::Loading).is_none() {
            return false;
        }
        self.refuse(error);
        true
    }

    fn hear_event(&mut self, id: u64, event: Event) -> bool {
        let Some(active) = self.active.as_mut().filter(|active| active.job.id == id) else {
            return false;
        };
        active.progress = Instant::now();
        match (active.stage, &event) {
            (Stage::Prefill, Event::Prefill { .. }) => {}
            (Stage::Prefill | Stage::Decode, Event::Text(piece)) => {
                active.stage = Stage::Decode;
                active.answer_bytes += piece.text.len() + piece.tokens.len();
                if active.answer_bytes > LONGEST_ANSWER {
                    return false;
                }
            }
            (Stage::Prefill | Stage::Decode, Event::Finished(_)) => {}
            _ => return false,
        }
        match event {
            Event::Finished(mut outcome) => {
                outcome.timing.load_ms = active.load_ms;
                active.tell(Event::Finished(outcome));
                self.quarantine.forgive(&active.job.spec.path);
                self.active = None;
            }
            event => active.tell(event),
        }
        true
    }

    fn hear_failed(&mut self, id: u64, error: Error) -> bool {
        match self.active.take_if(|active| active.job.id == id && active.stage >= Stage::Prefill) {
            Some(active) => active.fail(error),
            None => return false,
        }
        true
    }

    // ---- ending ----

    /// The job cannot be done, and the process that was started for it is of no use.
    fn refuse(&mut self, error: Error) {
        self.end_process();
        if let Some(active) = self.active.take() {
            active.fail(error);
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
        self.deaths.push_back(Instant::now());
        self.deaths.retain(|at| at.elapsed() < MEMORY_OF_DEATHS);
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
        let (Some(running), Some(active)) = (&mut self.running, &self.active) else { return };
        let limits = &self.settings.limits;
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
        }
    }
}

/// What a hostile child may put on the screen.
fn clip(mut report: SandboxReport) -> SandboxReport {
    report.layers.truncate(16);
    for layer in &mut report.layers {
        layer.name = layer.name.chars().take(60).collect();
        layer.detail = layer.detail.chars().take(400).collect();
    }
    SandboxReport::of(report.layers)
}

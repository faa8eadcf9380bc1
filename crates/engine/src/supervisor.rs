//! The thread that owns the engine process: starts it, asks it, watches its pulse, explains its
//! death, and starts another. It is the parent that the kernel binds the child's life to.

mod listening;

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant, SystemTime};

use hearth_chat::{Device, DeviceChoice, Error, ErrorKind, Event, GpuOff, NoGpu, SpeculationOff};
use hearth_gguf as gguf;
use tokio::sync::{oneshot, watch};

use crate::binaries::Binaries;
use crate::child::{Child, Launch};
use crate::deaths::Deaths;
use crate::devices::{Devices, Gpu};
use crate::job::{Active, Job, Stage, Task};
use crate::protocol::{FromEngine, LoadRequest, ToEngine};
use crate::quarantine::Quarantine;
use crate::spec::Backend;
use crate::ways::{Known, Way, Ways};
use crate::{
    BackendChoice, EngineState, Limits, ModelFile, ModelSpec, ModelState, ProcessState, fit,
    preflight,
};

/// Everything that happens to the supervisor.
pub(crate) enum Signal {
    Ask(Job),
    Cancel {
        id: u64,
    },
    AnswerNow {
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
    /// How else the model that is being loaded can be run.
    ways: Ways,
    /// What was chosen last, and the GPUs that failed since.
    device: DeviceChoice,
    failed_gpus: HashMap<u32, GpuOff>,
    /// Of an engine that can use no GPU, which is not asked twice.
    devices: Option<(PathBuf, Option<SystemTime>, Devices)>,
    generation: u64,
    /// When the pulse was last looked at.
    checked: Instant,
}

/// The process there is now.
struct Running {
    child: Child,
    /// The model it was started for, loaded or not.
    spec: ModelSpec,
    way: Way,
    load: LoadRequest,
    loaded: bool,
    /// What computes, and why nothing better does.
    device: Device,
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
            ways: Ways::default(),
            device: DeviceChoice::default(),
            failed_gpus: HashMap::new(),
            devices: None,
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
            Signal::AnswerNow { id } => self.tell_active(id, ToEngine::AnswerNow { id }),
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
            self.tell_active(id, ToEngine::Cancel { id });
        }
    }

    /// Tells the process something about an answer that it is computing.
    fn tell_active(&self, id: u64, message: ToEngine) {
        let active = self.active.as_ref().filter(|active| active.job.id == id);
        if let (Some(Stage::Prefill | Stage::Decode), Some(running)) =
            (active.map(|active| active.stage), &self.running)
        {
            running.child.send(message);
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
        let file = preflight::open(&spec.path)?;
        self.ways = self.ways_of(spec, &file);
        self.start(spec, &file)?;
        Ok(false)
    }

    fn ways_of(&mut self, spec: &ModelSpec, file: &ModelFile) -> Ways {
        if self.device != spec.device {
            // Who chooses anew wants it tried anew.
            self.failed_gpus.clear();
            self.device = spec.device;
        }
        let asks = spec.device != DeviceChoice::Processor && spec.backend != BackendChoice::Cpu;
        let devices = if asks { self.devices() } else { Err(NoGpu::NoEngine) };
        let known = Known {
            devices: devices.as_ref().map_err(|why| *why),
            failed: &self.failed_gpus,
            strict_sandbox: self.settings.strict_sandbox,
        };
        let fits = |free| fit::plan(file, spec.context_length, Backend::Mistralrs, free).is_ok();
        Ways::of(spec, matches!(file, ModelFile::Folder(_)), &known, fits)
    }

    /// The GPUs that there are now, with the memory that is free now.
    fn devices(&mut self) -> Result<Devices, NoGpu> {
        let engine =
            self.settings.binaries.find(Backend::Mistralrs).map_err(|_| NoGpu::NoEngine)?;
        let built = engine.metadata().and_then(|file| file.modified()).ok();
        if let Some((path, at, devices)) = &self.devices
            && (path, at) == (&engine, &built)
        {
            return Ok(devices.clone());
        }
        let devices = Devices::of(&engine)?;
        if devices.built_for.is_none() {
            self.devices = Some((engine, built, devices.clone()));
        }
        Ok(devices)
    }

    /// Starts a process for the first of the ways that are left which can be started.
    fn start(&mut self, spec: &ModelSpec, file: &ModelFile) -> Result<(), Error> {
        let mut cannot = None;
        while let Some(way) = self.ways.left.pop_front() {
            let gpu = way.gpu.clone();
            match (self.start_process(spec, file, way), gpu) {
                (Ok(running), _) => {
                    self.running = Some(running);
                    return Ok(());
                }
                (Err(error), Some(gpu)) => {
                    self.leave_out(&gpu, &error);
                    cannot = Some(error);
                }
                (Err(error), None) => return Err(error),
            }
        }
        let nothing = || Error::new(ErrorKind::Internal, "Nothing here runs this model.");
        Err(cannot.unwrap_or_else(nothing))
    }

    /// This GPU does not do: says why, and remembers it if it is the GPU's fault.
    fn leave_out(&mut self, gpu: &Gpu, error: &Error) {
        let why = match error.kind {
            ErrorKind::Unsupported => NoGpu::Model,
            ErrorKind::Memory => NoGpu::TooLittleMemory,
            _ => NoGpu::Failed,
        };
        let detail = (why == NoGpu::Failed).then(|| error.message.chars().take(300).collect());
        let off = GpuOff { why, detail };
        tracing::warn!(gpu = gpu.shown(), ?off, "the GPU is not used");
        if error.kind == ErrorKind::Gpu {
            self.failed_gpus.insert(gpu.index, off.clone());
        }
        self.ways.gpu_off = Some(off);
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
    fn start_process(
        &mut self,
        spec: &ModelSpec,
        file: &ModelFile,
        way: Way,
    ) -> Result<Running, Error> {
        let binary = self.settings.binaries.find(way.backend)?;
        self.deaths.check()?;
        let load = preflight::plan(spec, file, &way)?;
        let files = preflight::readable(file, &load);
        let launch = Launch { binary, files, threads: spec.threads, gpu: load.gpu };
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
            way,
            load,
            loaded: false,
            device: Device::default(),
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

    /// What was tried cannot run this model. Goes on with what is left, or tells why nothing can.
    fn go_on(&mut self, error: Error) {
        let Some(running) = &self.running else { return };
        let (spec, way) = (running.spec.clone(), running.way.clone());
        self.end_process();
        self.go_on_after(&spec, &way, error);
    }

    fn go_on_after(&mut self, spec: &ModelSpec, way: &Way, mut error: Error) {
        let refused = self.active.as_mut().and_then(|active| active.refused.take());
        let unsupported = error.kind == ErrorKind::Unsupported;
        if let Some(earlier) = refused.filter(|_| unsupported) {
            error.message = format!("{earlier} Nor does mistral.rs run it: {}", error.message);
        }
        if let Some(gpu) = &way.gpu {
            self.leave_out(gpu, &error);
        } else if !unsupported {
            return self.refuse(error);
        }
        if self.ways.left.is_empty() {
            return self.refuse(error);
        }
        let started = preflight::open(&spec.path).and_then(|file| self.start(spec, &file));
        match started {
            Ok(()) => {
                if let Some(active) = &mut self.active {
                    active.stage = Stage::Starting;
                    active.progress = Instant::now();
                    active.refused = way.gpu.is_none().then_some(error.message);
                }
            }
            Err(next) if next.kind == ErrorKind::Unsupported && way.gpu.is_none() => {
                let message = format!("{} {}", error.message, next.message);
                self.refuse(Error::new(next.kind, message));
            }
            Err(next) => self.refuse(next),
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
        let name = active.job.spec.file_name();
        if let Some(gpu) = &running.way.gpu {
            return self.died_on(gpu.clone(), active, running.spec, running.way, how);
        }
        self.quarantine.record_death(&active.job.spec.path, &how);
        self.deaths.record();
        let doing = match active.stage {
            Stage::Starting | Stage::Loading => format!("loading {name}"),
            Stage::Prefill | Stage::Decode => format!("answering with {name}"),
        };
        let message = format!("The engine ended while {doing}. {how} Ask again to start it anew.");
        self.show_death(message.clone());
        active.fail(Error::new(ErrorKind::EngineDied, message));
    }

    /// A death with a GPU is taken for its driver's: the model may be sound, so the processor is
    /// tried, at once where nothing has been said yet.
    fn died_on(&mut self, gpu: Gpu, active: Active, spec: ModelSpec, way: Way, how: String) {
        let failed = |message: String| Error::new(ErrorKind::Gpu, message);
        let shown = gpu.shown();
        if active.stage <= Stage::Loading {
            self.active = Some(active);
            let message = format!("The engine ended while loading on {shown}. {how}");
            self.state.send_modify(|state| state.process = ProcessState::NotStarted);
            return self.go_on_after(&spec, &way, failed(message));
        }
        self.leave_out(&gpu, &failed(format!("The engine ended while answering. {how}")));
        let name = spec.file_name();
        let message = format!(
            "The engine ended while answering with {name} on {shown}. {how} Ask again: the \
             processor answers then."
        );
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

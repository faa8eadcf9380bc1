//! What the child says, and whether it makes sense at that point. The child is not trusted: a
//! message out of turn ends it.

use std::time::Instant;

use hearth_chat::{Device, Error, ErrorKind, Event, ThinkingSupport, clipped};

use super::Supervisor;
use crate::devices::Gpu;
use crate::job::{Active, Stage};
use crate::protocol::{self, FromEngine, ToEngine};
use crate::{ModelState, ProcessState, SandboxLevel, SandboxReport};

/// More text than this in one answer is not an answer, in bytes.
const LONGEST_ANSWER: usize = 64 << 20;

/// Of a backend, a layer, a model, in characters.
const LONGEST_NAME: usize = 80;

impl Supervisor {
    pub(super) fn hear(&mut self, message: FromEngine) {
        if let Some(running) = &mut self.running {
            running.heard = Instant::now();
        }
        let expected = match message {
            FromEngine::Pong { steps } => self.hear_pong(steps),
            FromEngine::Hello { protocol, sandbox, .. } => self.hear_hello(protocol, sandbox),
            FromEngine::LoadProgress { fraction } => self.hear_load_progress(fraction),
            FromEngine::Loaded { backend, gpu, memory_bytes, thinking } => {
                self.hear_loaded(backend, gpu, memory_bytes, thinking)
            }
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

    fn hear_loaded(
        &mut self,
        backend: String,
        gpu: Option<u32>,
        memory_bytes: Option<u64>,
        thinking: ThinkingSupport,
    ) -> bool {
        if self.at(Stage::Loading).is_none() {
            return false;
        }
        let (Some(mut active), Some(running)) = (self.active.take(), &mut self.running) else {
            return false;
        };
        if gpu != running.load.gpu {
            self.active = Some(active);
            return false;
        }
        running.loaded = true;
        running.device = Device {
            gpu: running.way.gpu.as_ref().map(Gpu::shown),
            gpu_off: self.ways.gpu_off.clone(),
        };
        let model = ModelState::Loaded {
            path: running.spec.path.clone(),
            backend: clipped(&backend, LONGEST_NAME),
            device: running.device.clone(),
            memory_bytes,
            context_length: running.load.context_length,
            thinking,
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
        self.go_on(quoted(error));
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
                outcome.backend = clipped(&outcome.backend, LONGEST_NAME);
                if let Some(draft) = outcome.speculation.as_mut().and_then(|it| it.draft.as_mut()) {
                    *draft = clipped(draft, LONGEST_NAME);
                }
                outcome.device =
                    self.running.as_ref().map(|running| Box::new(running.device.clone()));
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
            Some(active) => {
                // What the file is to blame for comes again, and may still be going on in there.
                if error.kind == ErrorKind::ModelFile {
                    self.end_process();
                }
                active.fail(quoted(error));
            }
            None => return false,
        }
        true
    }
}

/// The child quotes the file that it reads.
fn quoted(error: Error) -> Error {
    Error::new(error.kind, clipped(&error.message, 1000))
}

/// What a hostile child may put on the screen.
fn clip(mut report: SandboxReport) -> SandboxReport {
    report.layers.truncate(16);
    for layer in &mut report.layers {
        layer.name = clipped(&layer.name, LONGEST_NAME);
        layer.detail = clipped(&layer.detail, 400);
    }
    SandboxReport::of(report.layers)
}

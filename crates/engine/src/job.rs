//! What is asked of the supervisor, and how far it has come.

use std::time::Instant;

use hearth_chat::{Error, ErrorKind, Event, Request};
use tokio::sync::{mpsc, oneshot};

use crate::ModelSpec;
use crate::protocol::{self, FrameError, MAX_FRAME, ToEngine};

/// Something to be done with a model, which is loaded for it where it is not.
pub(crate) struct Job {
    pub id: u64,
    pub spec: ModelSpec,
    pub task: Task,
}

pub(crate) enum Task {
    Load { done: oneshot::Sender<Result<(), Error>> },
    Answer { request: Box<Request>, events: mpsc::UnboundedSender<Result<Event, Error>> },
}

/// The job under way.
pub(crate) struct Active {
    pub job: Job,
    pub stage: Stage,
    /// When somebody pressed Stop.
    pub cancelled: Option<Instant>,
    /// When the model began to be loaded for this job.
    pub load_began: Option<Instant>,
    pub load_ms: Option<f64>,
    /// When something last came of it.
    pub progress: Instant,
    pub answer_bytes: usize,
    /// Why the first backend could not run the model, once the second one is asked.
    pub refused: Option<String>,
}

/// In the order in which a job goes through them.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub(crate) enum Stage {
    Starting,
    Loading,
    Prefill,
    Decode,
}

impl Job {
    /// Fails with [`ErrorKind::ContextLength`] where the request does not fit into a frame, which
    /// would end the conversation with the child.
    pub fn check_size(&self) -> Result<(), Error> {
        let Task::Answer { request, .. } = &self.task else { return Ok(()) };
        let message = ToEngine::Generate { id: self.id, request: (**request).clone() };
        let Err(FrameError::TooLarge(bytes)) = protocol::body(&message) else { return Ok(()) };
        let name = self.spec.file_name();
        let [long, most] = [bytes, u64::from(MAX_FRAME)].map(|bytes| bytes as f64 / 1e6);
        Err(Error::new(
            ErrorKind::ContextLength,
            format!(
                "The question is too long for {name}: with its conversation it has {long:.1} MB, \
                 and at most {most:.1} MB can be sent. Shorten it, or ask about a part of it."
            ),
        ))
    }
}

impl Active {
    pub fn new(job: Job) -> Self {
        Self {
            job,
            stage: Stage::Starting,
            cancelled: None,
            load_began: None,
            load_ms: None,
            progress: Instant::now(),
            answer_bytes: 0,
            refused: None,
        }
    }

    /// Whether nothing is left to do once the model is there.
    pub fn wants_no_answer(&self) -> bool {
        self.cancelled.is_some() || matches!(self.job.task, Task::Load { .. })
    }

    pub fn tell(&self, event: Event) {
        if let Task::Answer { events, .. } = &self.job.task {
            let _ = events.send(Ok(event));
        }
    }

    pub fn finish_load(self) {
        if let Task::Load { done } = self.job.task {
            let _ = done.send(Ok(()));
        }
    }

    pub fn fail(self, error: Error) {
        self.job.task.fail(error);
    }
}

impl Task {
    /// Nobody may be listening any more.
    pub fn fail(self, error: Error) {
        match self {
            Self::Load { done } => drop(done.send(Err(error))),
            Self::Answer { events, .. } => drop(events.send(Err(error))),
        }
    }
}

//! The turns that are under way, so that one can be stopped, or told to answer, by its name.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;
use uuid::Uuid;

/// All turns under way.
#[derive(Clone, Default)]
pub(crate) struct Turns {
    signals: Arc<Mutex<HashMap<String, Arc<Signals>>>>,
}

/// One turn; it is under way until this is dropped.
pub(crate) struct Running {
    id: String,
    signals: Arc<Signals>,
    turns: Turns,
}

/// Each is kept by `Notify` when the turn is not waiting at this moment.
#[derive(Default)]
struct Signals {
    stop: Notify,
    answer_now: Notify,
}

impl Turns {
    pub fn start(&self) -> Running {
        let running = Running {
            id: Uuid::now_v7().to_string(),
            signals: Arc::default(),
            turns: self.clone(),
        };
        self.all().insert(running.id.clone(), Arc::clone(&running.signals));
        running
    }

    pub fn cancel(&self, turn: &str) {
        if let Some(signals) = self.all().get(turn) {
            signals.stop.notify_one();
        }
    }

    pub fn answer_now(&self, turn: &str) {
        if let Some(signals) = self.all().get(turn) {
            signals.answer_now.notify_one();
        }
    }

    pub fn is_idle(&self) -> bool {
        self.all().is_empty()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Arc<Signals>>> {
        self.signals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Waits until somebody cancels this turn.
    pub async fn cancelled(&self) {
        self.signals.stop.notified().await;
    }

    /// Does it whenever somebody wants the answer now.
    pub async fn told_to_answer(&self, tell: impl Fn()) -> Infallible {
        loop {
            self.signals.answer_now.notified().await;
            tell();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.turns.all().remove(&self.id);
    }
}

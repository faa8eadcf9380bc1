//! The turns that are under way, so that one can be stopped by its name.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;
use uuid::Uuid;

/// All turns under way.
#[derive(Clone, Default)]
pub(crate) struct Turns {
    stops: Arc<Mutex<HashMap<String, Arc<Notify>>>>,
}

/// One turn; it is under way until this is dropped.
pub(crate) struct Running {
    id: String,
    stop: Arc<Notify>,
    turns: Turns,
}

impl Turns {
    pub fn start(&self) -> Running {
        let running = Running {
            id: Uuid::now_v7().to_string(),
            stop: Arc::new(Notify::new()),
            turns: self.clone(),
        };
        self.stops().insert(running.id.clone(), Arc::clone(&running.stop));
        running
    }

    pub fn cancel(&self, turn: &str) {
        if let Some(stop) = self.stops().get(turn) {
            // Kept by `Notify` when the turn is not waiting at this moment.
            stop.notify_one();
        }
    }

    pub fn is_idle(&self) -> bool {
        self.stops().is_empty()
    }

    fn stops(&self) -> MutexGuard<'_, HashMap<String, Arc<Notify>>> {
        self.stops.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Waits until somebody cancels this turn.
    pub async fn cancelled(&self) {
        self.stop.notified().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.turns.stops().remove(&self.id);
    }
}

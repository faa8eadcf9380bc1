//! What changes outside a turn, told to every window and terminal that watches.

use tokio::sync::broadcast;

use crate::api::AppEvent;

/// A watcher that falls this many events behind misses the oldest; every event is a whole state,
/// so the next one makes good for them.
const BACKLOG: usize = 64;

#[derive(Clone)]
pub(crate) struct Events {
    sender: broadcast::Sender<AppEvent>,
}

impl Events {
    pub fn new() -> Self {
        Self { sender: broadcast::Sender::new(BACKLOG) }
    }

    pub fn send(&self, event: AppEvent) {
        // Without a watcher nobody needs to know.
        let _ = self.sender.send(event);
    }

    pub fn watch(&self) -> Watch {
        Watch { receiver: self.sender.subscribe() }
    }
}

/// The events from now on.
pub struct Watch {
    receiver: broadcast::Receiver<AppEvent>,
}

impl Watch {
    /// `None` when the assistant is gone.
    pub async fn next(&mut self) -> Option<AppEvent> {
        loop {
            match self.receiver.recv().await {
                Ok(event) => return Some(event),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

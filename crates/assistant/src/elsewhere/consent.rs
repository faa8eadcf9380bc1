//! What waits for the user's yes. It waits two minutes, and counts for one answer.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use hearth_router::PERMIT_LIFETIME;
use uuid::Uuid;

use super::Draft;
use crate::lock;

/// A request that was shown.
pub(crate) struct Pending {
    pub draft: Draft,
    /// The answer that is given a second opinion on; `None` outside every conversation.
    pub beside: Option<String>,
    asked: Instant,
}

impl Pending {
    pub fn new(draft: Draft, beside: Option<String>) -> Self {
        Self { draft, beside, asked: Instant::now() }
    }
}

#[derive(Default)]
pub(crate) struct Consents {
    waiting: Mutex<HashMap<String, Pending>>,
}

impl Consents {
    /// How long a yes counts.
    pub const LIFETIME: Duration = PERMIT_LIFETIME;

    /// The name by which it can be agreed to.
    pub fn wait(&self, pending: Pending) -> String {
        let id = Uuid::now_v7().to_string();
        let mut waiting = lock(&self.waiting);
        waiting.retain(|_, pending| pending.asked.elapsed() < Self::LIFETIME);
        waiting.insert(id.clone(), pending);
        id
    }

    /// Takes it, once; `None` when it was taken, declined, or waited for too long.
    pub fn take(&self, id: &str) -> Option<Pending> {
        let pending = lock(&self.waiting).remove(id);
        pending.filter(|pending| pending.asked.elapsed() < Self::LIFETIME)
    }
}

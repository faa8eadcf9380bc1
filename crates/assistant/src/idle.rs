//! What happens by itself: the engine's changes are told, and unused memory is given back.

use std::{
    sync::Weak,
    time::{Duration, Instant},
};

use hearth_engine::{EngineState, ProcessState};

use crate::{Assistant, Inner, api::AppEvent, lock};

/// How often it is looked whether the model is still needed.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// Progress of loading is told in steps of this size.
const LOADING_STEP: f32 = 0.02;

impl Assistant {
    /// The model was just needed.
    pub(crate) fn touch(&self) {
        *lock(&self.inner.last_used) = Instant::now();
    }

    /// Tells the watchers when the engine's state changes, until the assistant is gone.
    pub(crate) fn follow_engine(&self) {
        let mut state = self.engine().state();
        let weak = std::sync::Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            let mut before = state.borrow().clone();
            while state.changed().await.is_ok() {
                let Some(assistant) = alive(&weak) else { return };
                let now = state.borrow_and_update().clone();
                if is_worth_telling(&before, &now) {
                    assistant.tell(&before, &now);
                    before = now;
                }
            }
        });
    }

    fn tell(&self, before: &EngineState, now: &EngineState) {
        if let ProcessState::Died { message } = &now.process
            && before.process != now.process
        {
            tracing::warn!("the engine ended: {message}");
            self.events().send(AppEvent::Engine { message: message.clone() });
        }
        if before.sandbox != now.sandbox {
            self.events().send(AppEvent::Sandbox(self.sandbox()));
        }
        if before.model != now.model {
            self.models_changed();
        }
    }

    /// Gives the model's memory back after the time of the settings, until the assistant is gone.
    pub(crate) fn unload_when_idle(&self) {
        let weak = std::sync::Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                let Some(assistant) = alive(&weak) else { return };
                if assistant.is_due_for_unloading() {
                    tracing::info!("the model was not used for a while and is unloaded");
                    assistant.engine().unload().await;
                }
            }
        });
    }

    fn is_due_for_unloading(&self) -> bool {
        let minutes = self.settings().unload_after_min;
        let unused = lock(&self.inner.last_used).elapsed();
        minutes > 0
            && self.running().is_idle()
            && self.loaded_backend().is_some()
            && unused >= Duration::from_secs(60 * u64::from(minutes))
    }
}

fn alive(weak: &Weak<Inner>) -> Option<Assistant> {
    weak.upgrade().map(|inner| Assistant { inner })
}

/// A large file's loading changes hundreds of times; the window needs a fraction of that.
fn is_worth_telling(before: &EngineState, now: &EngineState) -> bool {
    use hearth_engine::ModelState::Loading;
    match (&before.model, &now.model) {
        (Loading { fraction: a, .. }, Loading { fraction: b, .. }) => {
            before.process != now.process || (b - a).abs() >= LOADING_STEP
        }
        _ => before != now,
    }
}

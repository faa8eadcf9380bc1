use std::sync::atomic::{AtomicBool, Ordering};

/// What is said to a model while it answers.
#[derive(Debug, Default)]
pub struct Signals {
    cancelled: AtomicBool,
    answer_now: AtomicBool,
}

impl Signals {
    /// No more tokens than the one under way.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Enough thought: the answer is to begin.
    pub fn answer_now(&self) {
        self.answer_now.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    pub fn wants_answer(&self) -> bool {
        self.answer_now.load(Ordering::Relaxed)
    }
}

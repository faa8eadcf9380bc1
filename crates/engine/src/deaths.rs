//! How often the process has died lately, and what that means for the next start.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use hearth_chat::{Error, ErrorKind};

/// How long to wait before the next start, by the number of deaths within [`MEMORY`].
const BACK_OFF: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(1)];

/// After more deaths than [`BACK_OFF`] has steps within this time, nothing is started.
const MEMORY: Duration = Duration::from_secs(60);

/// The deaths within [`MEMORY`], oldest first.
#[derive(Default)]
pub(crate) struct Deaths(VecDeque<Instant>);

impl Deaths {
    pub fn record(&mut self) {
        self.0.push_back(Instant::now());
        self.0.retain(|at| at.elapsed() < MEMORY);
    }

    /// `None` unless a process died lately.
    pub fn not_before(&self) -> Option<Instant> {
        let last = *self.0.back()?;
        let step = self.recent().clamp(1, BACK_OFF.len()) - 1;
        Some(last + BACK_OFF[step])
    }

    /// Refuses another start after too many deaths, and says for how long.
    pub fn check(&self) -> Result<(), Error> {
        let recent = self.recent();
        if recent <= BACK_OFF.len() {
            return Ok(());
        }
        let oldest = self.0[self.0.len() - 1 - BACK_OFF.len()];
        let wait = MEMORY.saturating_sub(oldest.elapsed()).as_secs() + 1;
        Err(Error::new(
            ErrorKind::EngineDied,
            format!(
                "The engine ended {recent} times within a minute and is left alone for {wait} s. \
                 Then ask again, or choose another model."
            ),
        ))
    }

    fn recent(&self) -> usize {
        self.0.iter().filter(|at| at.elapsed() < MEMORY).count()
    }
}

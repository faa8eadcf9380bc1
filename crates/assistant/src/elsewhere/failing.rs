//! Providers that fail again and again are left alone for a while.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use hearth_cloud::Failure;
use hearth_router::Health;

use crate::lock;

/// So many failures within [`WHILE`] close a provider for as long.
const FAILURES: usize = 3;
const WHILE: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(crate) struct Failing {
    /// By provider, oldest first.
    failures: Mutex<HashMap<String, Vec<Instant>>>,
}

impl Failing {
    /// How a request to `provider` ended. An answer makes up for all failures before it.
    pub fn note(&self, provider: &str, failure: Option<&Failure>) {
        let mut failures = lock(&self.failures);
        match failure {
            None => drop(failures.remove(provider)),
            Some(failure) if is_down(failure) => {
                failures.entry(provider.to_owned()).or_default().push(Instant::now());
            }
            Some(_) => {}
        }
    }

    pub fn health(&self) -> Health {
        let mut failures = lock(&self.failures);
        for times in failures.values_mut() {
            times.retain(|at| at.elapsed() < WHILE);
        }
        let down = failures.iter().filter(|(_, times)| times.len() >= FAILURES);
        Health { down: down.map(|(provider, _)| provider.clone()).collect(), offline: false }
    }
}

/// Whether it says something about the provider, and not about the question, the key or the user.
fn is_down(failure: &Failure) -> bool {
    match failure {
        Failure::Busy { .. } | Failure::Down { .. } => true,
        Failure::Connection(error) => error.is_of_the_other_side(),
        Failure::Key { .. }
        | Failure::Quota { .. }
        | Failure::Refused { .. }
        | Failure::Reported { .. }
        | Failure::Malformed { .. }
        | Failure::BrokeOff { .. }
        | Failure::Declined { .. }
        | Failure::Endless { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn down() -> Failure {
        Failure::Down { name: "a".into(), status: 503 }
    }

    #[test]
    fn three_failures_in_a_row_close_a_provider_and_no_other() {
        let failing = Failing::default();
        for _ in 0..2 {
            failing.note("a", Some(&down()));
        }
        assert!(failing.health().down.is_empty());
        failing.note("a", Some(&down()));
        assert!(failing.health().down.contains("a"));
        assert!(!failing.health().down.contains("b"));
    }

    #[test]
    fn an_answer_makes_up_for_failures_and_a_wrong_key_is_none() {
        let failing = Failing::default();
        for failure in [Some(down()), Some(down()), None, Some(down())] {
            failing.note("a", failure.as_ref());
        }
        for _ in 0..9 {
            failing.note("a", Some(&Failure::Key { name: "a".into() }));
        }
        assert!(failing.health().down.is_empty());
    }
}

//! What the router is told before the local answer.

use hearth_router::{Budget, Decision, Facts, Health, Mode, Policy, decide};

/// Where a question is answered first.
pub(crate) fn first(mode: Mode, pinned_local: bool) -> Decision {
    let facts = Facts { mode, pinned_local, ..Facts::default() };
    let (policy, budget, health) = (Policy::default(), Budget::default(), Health::default());
    decide(&facts, Some(&policy), None, Some(&budget), Some(&health))
}

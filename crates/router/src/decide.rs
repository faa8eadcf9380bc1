use crate::{Action, Decision, Facts, Mode, Reason};

/// Decides where a question is answered.
pub fn decide(facts: &Facts) -> Decision {
    let mut reasons = Vec::new();
    if facts.pinned_local {
        reasons.push(Reason::PinnedLocal);
    }
    if facts.mode == Mode::LocalOnly {
        reasons.push(Reason::ModeLocalOnly);
    }
    if !reasons.is_empty() {
        return Decision::keep(reasons);
    }
    match facts.destinations.iter().find(|to| to.worst_case.is_some()) {
        Some(to) if facts.wished => {
            Decision::leave(Action::Ask, to.clone(), vec![Reason::YouAsked])
        }
        _ => Decision::keep(vec![Reason::NothingElseConfigured]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Place;

    #[test]
    fn the_default_is_local_only() {
        let decision = decide(&Facts::default());
        assert_eq!(decision.place, Place::ThisDevice);
        assert_eq!(decision.reasons, [Reason::ModeLocalOnly]);
    }
}

//! The decision itself: gates that only remove places, then the evidence.

use crate::{
    Action, Budget, Calibration, Decision, Destination, Facts, Health, Label, LocalAnswer, Mode,
    Place, Policy, Reason,
};

/// Decides where a question is answered, and after the local answer whether it is kept.
///
/// `None` stands for what could not be read: without rules, budget or state of the network
/// everything stays here, and without a calibration nothing is concluded.
pub fn decide(
    facts: &Facts,
    policy: Option<&Policy>,
    calibration: Option<&Calibration>,
    budget: Option<&Budget>,
    health: Option<&Health>,
) -> Decision {
    let (open, closed) = open_places(facts, policy, budget, health);
    // Nearest first; among equals, the user's order.
    let Some(to) = open.into_iter().min_by_key(|to| to.place) else {
        return Decision::keep(closed);
    };
    let shown_first = shown_first(facts, policy, to);
    if facts.wished {
        let by_itself = facts.mode == Mode::Auto && to.place == Place::OwnServer && !shown_first;
        let action = if by_itself { Action::Send } else { Action::Ask };
        return Decision::leave(action, to.clone(), vec![Reason::YouAsked]);
    }
    let Some(answer) = &facts.answer else {
        return Decision::keep(vec![Reason::LocalFirst]);
    };
    let (verdict, mut reasons) = judge(answer, calibration);
    let action = match (verdict, facts.mode) {
        (Verdict::Good, _) | (_, Mode::LocalOnly) => return Decision::keep(reasons),
        (Verdict::Doubtful, _) => Action::Offer,
        (Verdict::Weak, Mode::Auto) if !shown_first => Action::Send,
        (Verdict::Weak, _) => Action::Ask,
    };
    if facts.mode == Mode::Auto && action == Action::Ask {
        reasons.push(match facts.foreign_text {
            true => Reason::ForeignTextShownFirst,
            false => Reason::PersonalDataShownFirst,
        });
    }
    Decision::leave(action, to.clone(), reasons)
}

/// Where a question is answered first: always here. `elsewhere` is whether any other place is set up.
pub fn first(mode: Mode, pinned_local: bool, elsewhere: bool) -> Decision {
    let facts = Facts { mode, pinned_local, ..Facts::default() };
    let (_, mut reasons) = open_places(
        &facts,
        Some(&Policy::default()),
        Some(&Budget::default()),
        Some(&Health::default()),
    );
    if reasons == [Reason::NothingElseConfigured] && elsewhere {
        reasons = vec![Reason::LocalFirst];
    }
    Decision::keep(reasons)
}

/// The destinations that every gate leaves open, and why the others are closed. A gate looks at one
/// destination and the facts; it removes it or says nothing.
pub fn open_places<'a>(
    facts: &'a Facts,
    policy: Option<&Policy>,
    budget: Option<&Budget>,
    health: Option<&Health>,
) -> (Vec<&'a Destination>, Vec<Reason>) {
    let mut closed = Vec::new();
    closed.extend(facts.pinned_local.then_some(Reason::PinnedLocal));
    closed.extend(facts.mode.refuses());
    if !closed.is_empty() {
        return (Vec::new(), closed);
    }
    let (Some(policy), Some(budget), Some(health)) = (policy, budget, health) else {
        return (Vec::new(), vec![Reason::RulesUnreadable]);
    };
    let mut open = Vec::new();
    for to in facts.destinations.iter().filter(|to| to.place != Place::ThisDevice) {
        match gate(facts, policy, budget, health, to) {
            None => open.push(to),
            Some(reason) if !closed.contains(&reason) => closed.push(reason),
            Some(_) => {}
        }
    }
    if open.is_empty() && closed.is_empty() {
        closed.push(Reason::NothingElseConfigured);
    }
    (open, closed)
}

/// Why `to` is closed to this question.
fn gate(
    facts: &Facts,
    policy: &Policy,
    budget: &Budget,
    health: &Health,
    to: &Destination,
) -> Option<Reason> {
    if facts.left.secrets > 0 && to.place == Place::Cloud {
        return Some(Reason::HoldsSecret);
    }
    let label = label(facts);
    let too_far =
        if label > facts.label { Reason::HoldsPersonalData } else { Reason::LabelKeepsIt };
    if let Some(reason) = policy.rules(label).find_map(|rule| rule.refuses(to, too_far)) {
        return Some(reason);
    }
    if !to.has_key {
        return Some(Reason::KeyMissing);
    }
    let Some(worst_case) = to.worst_case else { return Some(Reason::PriceUnknown) };
    if let Some(reason) = budget.refuses(&to.provider, worst_case) {
        return Some(reason);
    }
    if health.offline && !to.origin.is_loopback() {
        return Some(Reason::Offline);
    }
    health.down.contains(&to.provider).then_some(Reason::ProviderDown)
}

/// What was said about the data, or what it shows, whichever is stricter.
fn label(facts: &Facts) -> Label {
    let holds_some = facts.left.personal > 0 || facts.left.secrets > 0;
    facts.label.max(if holds_some { Label::Personal } else { Label::Public })
}

/// What the user must see before it leaves, in every mode. Redaction is an aid and misses things,
/// so a text in which something was found counts as personal even after it.
fn shown_first(facts: &Facts, policy: Option<&Policy>, to: &Destination) -> bool {
    let sensitive = !facts.found.none() || !facts.left.none();
    let ruled = policy.is_none_or(|policy| policy.always_ask(label(facts)));
    ruled || facts.foreign_text || (sensitive && to.place == Place::Cloud)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    /// Nothing is proven; the user may want another opinion.
    Doubtful,
    /// Below what the user's grades certify.
    Weak,
}

fn judge(answer: &LocalAnswer, calibration: Option<&Calibration>) -> (Verdict, Vec<Reason>) {
    let failed = [
        answer.refused.then_some(Reason::AnswerRefused),
        (answer.well_formed == Some(false)).then_some(Reason::AnswerMalformed),
    ];
    let failed: Vec<Reason> = failed.into_iter().flatten().collect();
    let certificate = calibration.and_then(|calibration| calibration.certificate());
    let helps = calibration.is_none_or(Calibration::elsewhere_helps);
    if !failed.is_empty() {
        let verdict =
            if certificate.is_some() && helps { Verdict::Weak } else { Verdict::Doubtful };
        return (verdict, failed);
    }
    let evidence = answer.evidence.filter(|evidence| evidence.is_plausible());
    let (Some(evidence), Some(calibration)) = (evidence, calibration) else {
        let reason = if evidence.is_none() { Reason::NoEvidence } else { Reason::NotCertified };
        return (Verdict::Good, vec![reason]);
    };
    let score = calibration.score(&evidence, answer.sketch.as_ref());
    match certificate {
        Some(certificate) if score >= certificate.threshold => {
            (Verdict::Good, vec![Reason::ConfidentEnough])
        }
        Some(_) if !helps => (Verdict::Good, vec![Reason::LooksWeak, Reason::RarelyHelps]),
        Some(_) => (Verdict::Weak, vec![Reason::LooksWeak]),
        None if calibration.is_among_the_weakest(score) => {
            (Verdict::Doubtful, vec![Reason::AmongTheWeakest, Reason::NotCertified])
        }
        None => (Verdict::Good, vec![Reason::NotCertified]),
    }
}

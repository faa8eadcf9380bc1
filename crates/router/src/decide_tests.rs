use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::*;

fn cloud() -> Destination {
    Destination {
        provider: "cloud".into(),
        place: Place::Cloud,
        origin: Origin::parse("https://api.example.com").unwrap(),
        region: Some(Region::Eu),
        retention_days: Some(0),
        has_key: true,
        worst_case: Some(NanoUsd(1000)),
    }
}

fn own_server() -> Destination {
    let origin = Origin::parse("http://192.168.0.2:8000").unwrap();
    let worst_case = Some(NanoUsd::ZERO);
    Destination { provider: "own".into(), place: Place::OwnServer, origin, worst_case, ..cloud() }
}

fn facts(mode: Mode) -> Facts {
    Facts { mode, destinations: vec![cloud()], ..Facts::default() }
}

fn decided(facts: &Facts, calibration: Option<&Calibration>) -> Decision {
    let (policy, budget, health) = (Policy::default(), Budget::default(), Health::default());
    decide(facts, Some(&policy), calibration, Some(&budget), Some(&health))
}

fn evidence(mean_logprob: f64) -> Evidence {
    let p10_logprob = 2.0 * mean_logprob;
    Evidence { mean_logprob, p10_logprob, mean_entropy: 0.5, tokens: 20, complete: true }
}

fn answered(mean_logprob: f64) -> Option<LocalAnswer> {
    Some(LocalAnswer { evidence: Some(evidence(mean_logprob)), ..LocalAnswer::default() })
}

/// Sure answers were right and unsure ones wrong.
fn certified() -> Calibration {
    let grade =
        |mean, right| Graded { evidence: evidence(mean), sketch: None, right, at_random: true };
    let mut grades = vec![grade(-0.05, true); 30];
    grades.extend(vec![grade(-1.0, false); 20]);
    let calibration = Calibration::of(Target::default(), &grades, &[], SecondOpinions::default());
    assert!(calibration.certificate().is_some());
    calibration
}

#[test]
fn the_default_is_local_only() {
    let decision = decide(&Facts::default(), None, None, None, None);
    assert_eq!((decision.place, decision.action()), (Place::ThisDevice, Action::Keep));
    assert_eq!(decision.reasons, [Reason::ModeLocalOnly]);
}

#[test]
fn a_wish_is_asked_about_and_a_pin_is_stronger_than_a_wish() {
    let wished = Facts { wished: true, ..facts(Mode::Auto) };
    let decision = decided(&wished, None);
    assert_eq!((decision.action(), &*decision.reasons), (Action::Ask, &[Reason::YouAsked][..]));
    assert_eq!(decision.place, Place::ThisDevice, "nothing has left yet");

    let pinned = Facts { pinned_local: true, ..wished };
    let decision = decided(&pinned, None);
    assert_eq!((decision.action(), &*decision.reasons), (Action::Keep, &[Reason::PinnedLocal][..]));
}

#[test]
fn every_question_is_answered_here_first() {
    let decision = decided(&facts(Mode::Auto), Some(&certified()));
    assert_eq!(decision.reasons, [Reason::LocalFirst]);
    assert_eq!(decision.action(), Action::Keep);
}

#[test]
fn before_the_local_answer_the_reason_is_the_mode_the_pin_or_the_order() {
    let reasons = |mode, pinned, elsewhere| first(mode, pinned, elsewhere).reasons;
    assert_eq!(reasons(Mode::LocalOnly, false, true), [Reason::ModeLocalOnly]);
    assert_eq!(reasons(Mode::Auto, true, true), [Reason::PinnedLocal]);
    assert_eq!(reasons(Mode::AskEachTime, false, false), [Reason::NothingElseConfigured]);
    assert_eq!(reasons(Mode::AskEachTime, false, true), [Reason::LocalFirst]);
}

#[test]
fn without_a_certificate_the_app_only_offers() {
    let seen: Vec<_> = (1..=40).map(|i| (evidence(-0.01 * f64::from(i)), None)).collect();
    let calibration = Calibration::of(Target::default(), &[], &seen, SecondOpinions::default());
    let weak = Facts { answer: answered(-0.9), ..facts(Mode::Auto) };
    let decision = decided(&weak, Some(&calibration));
    assert_eq!(decision.action(), Action::Offer);
    assert_eq!(decision.reasons, [Reason::AmongTheWeakest, Reason::NotCertified]);
    assert_eq!(decided(&weak, None).action(), Action::Keep);
}

#[test]
fn a_certified_threshold_keeps_asks_or_sends() {
    let certified = certified();
    let with = |mode, mean| Facts { answer: answered(mean), ..facts(mode) };
    let sure = decided(&with(Mode::Auto, -0.05), Some(&certified));
    assert_eq!((sure.action(), &*sure.reasons), (Action::Keep, &[Reason::ConfidentEnough][..]));
    let asked = decided(&with(Mode::AskEachTime, -1.0), Some(&certified));
    assert_eq!((asked.action(), &*asked.reasons), (Action::Ask, &[Reason::LooksWeak][..]));
    let sent = decided(&with(Mode::Auto, -1.0), Some(&certified));
    assert_eq!((sent.action(), sent.place), (Action::Send, Place::Cloud));
    assert!(
        Permit::by_policy(
            &sent,
            b"x",
            NanoUsd(1000),
            Lease::since(Epoch(0)),
            std::time::Instant::now()
        )
        .is_ok()
    );
}

#[test]
fn foreign_text_is_shown_first_wherever_it_would_go() {
    for to in [cloud(), own_server()] {
        for foreign_text in [false, true] {
            let destinations = vec![to.clone()];
            let answer = answered(-1.0);
            let weak = Facts { answer, foreign_text, destinations, ..facts(Mode::Auto) };
            let decision = decided(&weak, Some(&certified()));
            let action = if foreign_text { Action::Ask } else { Action::Send };
            assert_eq!(decision.action(), action, "{:?}", to.place);
            let told = decision.reasons.contains(&Reason::ForeignTextShownFirst);
            assert_eq!(told, foreign_text);
        }
    }
}

#[test]
fn what_was_found_is_shown_first_even_when_it_was_replaced() {
    let replaced = Findings { personal: 1, ..Findings::default() };
    let weak = Facts { answer: answered(-1.0), found: replaced, ..facts(Mode::Auto) };
    let decision = decided(&weak, Some(&certified()));
    assert_eq!(decision.action(), Action::Ask);
    assert_eq!(decision.reasons, [Reason::LooksWeak, Reason::PersonalDataShownFirst]);
}

#[test]
fn personal_data_stays_and_reaches_the_own_server_at_most() {
    let personal = Findings { personal: 2, ..Findings::default() };
    let wished =
        Facts { wished: true, left: personal, found: personal, ..facts(Mode::AskEachTime) };
    let decision = decided(&wished, None);
    assert_eq!(
        (decision.action(), &*decision.reasons),
        (Action::Keep, &[Reason::HoldsPersonalData][..])
    );

    let both = Facts { destinations: vec![cloud(), own_server()], ..wished };
    let decision = decided(&both, None);
    assert_eq!(decision.destination().unwrap().provider, "own");
}

#[test]
fn each_gate_says_why() {
    let region = Rule { regions: Some([Region::Us].into()), ..Policy::default().public };
    let provider = Rule { providers: Some(BTreeSet::new()), ..Policy::default().public };
    let retention = Rule { retention_days: Some(30), ..Policy::default().public };
    let with = |public| Policy { public, ..Policy::default() };
    let usual = Policy::default();
    let no_key = Destination { has_key: false, ..cloud() };
    let no_price = Destination { worst_case: None, ..cloud() };
    let dear = Destination { worst_case: Some(NanoUsd::from_cents(11)), ..cloud() };
    let keeps = Destination { retention_days: None, ..cloud() };
    let down = Health { down: ["cloud".to_owned()].into(), ..Health::default() };
    let offline = Health { offline: true, ..Health::default() };
    let fine = Health::default();
    let secret = Findings { secrets: 1, ..Findings::default() };
    let none = Findings::default();
    for (reason, policy, to, health, left) in [
        (Reason::RegionNotAllowed, &with(region), cloud(), &fine, none),
        (Reason::ProviderNotAllowed, &with(provider), cloud(), &fine, none),
        (Reason::RetentionTooLong, &with(retention), keeps, &fine, none),
        (Reason::KeyMissing, &usual, no_key, &fine, none),
        (Reason::PriceUnknown, &usual, no_price, &fine, none),
        (Reason::OverMessageBudget, &usual, dear, &fine, none),
        (Reason::ProviderDown, &usual, cloud(), &down, none),
        (Reason::Offline, &usual, cloud(), &offline, none),
        (Reason::HoldsSecret, &usual, cloud(), &fine, secret),
    ] {
        let facts =
            Facts { wished: true, left, destinations: vec![to], ..facts(Mode::AskEachTime) };
        let decision = decide(&facts, Some(policy), None, Some(&Budget::default()), Some(health));
        assert_eq!((decision.action(), &*decision.reasons), (Action::Keep, &[reason][..]));
    }
}

#[test]
fn an_own_server_on_this_machine_works_offline() {
    let here =
        Destination { origin: Origin::parse("http://127.0.0.1:8080").unwrap(), ..own_server() };
    let wished = Facts { wished: true, destinations: vec![here], ..facts(Mode::Auto) };
    let offline = Health { offline: true, ..Health::default() };
    let policy = Policy::default();
    let decision = decide(&wished, Some(&policy), None, Some(&Budget::default()), Some(&offline));
    assert_eq!((decision.action(), decision.place), (Action::Send, Place::OwnServer));
}

/// Cases of each property: 100,000 when asked for, fewer in every run.
fn cases() -> u32 {
    std::env::var("HEARTH_PROPERTY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(4000)
}

fn any_place() -> impl Strategy<Value = Place> {
    prop::sample::select(vec![Place::ThisDevice, Place::OwnServer, Place::Cloud])
}

fn any_mode() -> impl Strategy<Value = Mode> {
    prop::sample::select(vec![Mode::LocalOnly, Mode::AskEachTime, Mode::Auto, Mode::Auto])
}

fn any_label() -> impl Strategy<Value = Label> {
    let labels =
        vec![Label::Public, Label::Public, Label::Personal, Label::Confidential, Label::Regulated];
    prop::sample::select(labels)
}

fn any_destination() -> impl Strategy<Value = Destination> {
    let regions = vec![None, Some(Region::Eu), Some(Region::Us)];
    let costs = vec![None, Some(0), Some(1000), Some(200_000_000)];
    (
        0u8..4,
        any_place(),
        prop::sample::select(regions),
        prop::option::of(0u32..60),
        prop::bool::weighted(0.9),
        prop::sample::select(costs),
    )
        .prop_map(|(n, place, region, retention_days, has_key, worst_case)| Destination {
            provider: format!("p{n}"),
            place,
            region,
            retention_days,
            has_key,
            worst_case: worst_case.map(NanoUsd),
            ..cloud()
        })
}

fn any_findings() -> impl Strategy<Value = Findings> {
    (0u32..2, 0u32..2, 0u32..2).prop_map(|(secrets, personal, possible_names)| Findings {
        secrets,
        personal,
        possible_names,
    })
}

fn any_answer() -> impl Strategy<Value = Option<LocalAnswer>> {
    let means = vec![-2.0, -1.0, -0.05, 0.0, f64::NAN];
    prop::option::of(
        (
            prop::option::of(prop::sample::select(means)),
            any::<bool>(),
            prop::option::of(any::<bool>()),
        )
            .prop_map(|(mean, refused, well_formed)| LocalAnswer {
                evidence: mean.map(evidence),
                sketch: None,
                refused,
                well_formed,
            }),
    )
}

prop_compose! {
    fn any_facts()(
        mode in any_mode(),
        pinned_local in prop::bool::weighted(0.1),
        wished in any::<bool>(),
        label in any_label(),
        found in any_findings(),
        left in any_findings(),
        foreign_text in any::<bool>(),
        destinations in prop::collection::vec(any_destination(), 0..4),
        answer in any_answer(),
    ) -> Facts {
        Facts { mode, pinned_local, wished, label, found, left, foreign_text, destinations, answer }
    }
}

fn any_rule() -> impl Strategy<Value = Rule> {
    (
        any_place(),
        prop::option::weighted(
            0.3,
            prop::collection::btree_set((0u8..4).prop_map(|n| format!("p{n}")), 0..4),
        ),
        prop::option::weighted(0.3, Just(BTreeSet::from([Region::Eu]))),
        prop::option::weighted(0.3, 0u32..60),
        any::<bool>(),
    )
        .prop_map(|(furthest, providers, regions, retention_days, always_ask)| Rule {
            furthest,
            providers,
            regions,
            retention_days,
            always_ask,
        })
}

fn any_policy() -> impl Strategy<Value = Policy> {
    (any_rule(), any_rule(), any_rule(), any_rule()).prop_map(
        |(public, personal, confidential, regulated)| Policy {
            public,
            personal,
            confidential,
            regulated,
        },
    )
}

/// One more thing that calls for care.
fn more_sensitive(facts: &Facts, what: u8) -> Facts {
    let mut more = facts.clone();
    match what {
        0 => {
            (more.found.personal, more.left.personal) =
                (more.found.personal + 1, more.left.personal + 1)
        }
        1 => {
            (more.found.secrets, more.left.secrets) =
                (more.found.secrets + 1, more.left.secrets + 1)
        }
        2 => more.found.possible_names += 1,
        3 => more.found.personal += 1,
        4 => more.foreign_text = true,
        5 => more.pinned_local = true,
        6 => more.mode = Mode::LocalOnly,
        _ => {
            more.label = match more.label {
                Label::Public => Label::Personal,
                Label::Personal => Label::Confidential,
                Label::Confidential | Label::Regulated => Label::Regulated,
            }
        }
    }
    more
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..Default::default() })]

    #[test]
    fn sensitive_facts_never_enlarge_the_set_of_places(
        facts in any_facts(), policy in any_policy(), what in 0u8..8, offline in any::<bool>(),
    ) {
        let (budget, health) = (Budget::default(), Health { offline, ..Health::default() });
        let more = more_sensitive(&facts, what);
        let (before, _) = open_places(&facts, Some(&policy), Some(&budget), Some(&health));
        let (after, _) = open_places(&more, Some(&policy), Some(&budget), Some(&health));
        prop_assert!(after.iter().all(|to| before.contains(to)));

        let certified = certified();
        let decide = |facts| decide(facts, Some(&policy), Some(&certified), Some(&budget), Some(&health));
        let (before, after) = (decide(&facts), decide(&more));
        let same = before.destination() == after.destination();
        prop_assert!(!same || after.action() <= before.action(), "more is seen before it leaves");
        prop_assert!(before.action() != Action::Keep || after.action() == Action::Keep);
    }

    #[test]
    fn whatever_cannot_be_read_means_local(facts in any_facts(), policy in any_policy(), which in 0u8..3) {
        let (budget, health, certified) = (Budget::default(), Health::default(), certified());
        let decision = decide(
            &facts,
            (which != 0).then_some(&policy),
            Some(&certified),
            (which != 1).then_some(&budget),
            (which != 2).then_some(&health),
        );
        prop_assert_eq!((decision.action(), decision.place), (Action::Keep, Place::ThisDevice));
        prop_assert!(!decision.reasons.is_empty());

        let without = decide(&facts, Some(&policy), None, Some(&budget), Some(&health));
        prop_assert!(without.action() != Action::Send || facts.wished, "no certificate, no sending");
    }

    /// What is sent by itself passed a certificate, holds nothing sensitive, and fits the budget.
    #[test]
    fn sending_has_its_conditions_and_every_decision_a_reason(
        facts in any_facts(), policy in any_policy(),
    ) {
        let (budget, health, certified) = (Budget::default(), Health::default(), certified());
        let decision = decide(&facts, Some(&policy), Some(&certified), Some(&budget), Some(&health));
        prop_assert!(!decision.reasons.is_empty());
        prop_assert!(decision.reasons.iter().all(|reason| !reason.sentence().is_empty()));
        if decision.action() == Action::Send {
            prop_assert_eq!(facts.mode, Mode::Auto);
            let to = decision.destination().unwrap();
            prop_assert!(budget.refuses(&to.provider, to.worst_case.unwrap()).is_none());
            prop_assert!(!facts.foreign_text);
            prop_assert!(to.place == Place::OwnServer || (facts.found.none() && facts.left.none()));
        } else {
            prop_assert_eq!(decision.place, Place::ThisDevice);
        }
    }
}

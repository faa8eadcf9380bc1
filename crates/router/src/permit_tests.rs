use std::time::{Duration, Instant};

use crate::*;

const BODY: &[u8] = br#"{"model":"m"}"#;

fn lease() -> Lease {
    Lease::since(Epoch(7))
}

fn asked() -> Decision {
    let destination = Destination {
        provider: "own".into(),
        place: Place::Cloud,
        origin: Origin::parse("https://api.example.com").unwrap(),
        region: None,
        retention_days: None,
        has_key: true,
        worst_case: Some(NanoUsd(100)),
    };
    let facts = Facts {
        mode: Mode::AskEachTime,
        wished: true,
        destinations: vec![destination],
        ..Facts::default()
    };
    let (policy, budget, health) = (Policy::default(), Budget::default(), Health::default());
    decide(&facts, Some(&policy), None, Some(&budget), Some(&health))
}

#[test]
fn a_permit_covers_its_bytes_at_its_address_for_two_minutes() {
    let now = Instant::now();
    let there = Origin::parse("https://api.example.com/v1/chat").unwrap();
    let permit = || Permit::from_consent(&asked(), BODY, NanoUsd(100), lease(), now).unwrap();
    assert_eq!(permit().redeem(&there, BODY, now).unwrap().purpose(), Purpose::CloudAnswer);

    let elsewhere = Origin::parse("https://api.example.org").unwrap();
    let refused = permit().redeem(&elsewhere, BODY, now).unwrap_err();
    assert_eq!(refused, PermitRefused::OtherDestination);
    let refused = permit().redeem(&there, br#"{"model":"M"}"#, now).unwrap_err();
    assert_eq!(refused, PermitRefused::OtherBytes);
    let late = now + Duration::from_secs(120);
    assert_eq!(permit().redeem(&there, BODY, late).unwrap_err(), PermitRefused::Expired);
}

#[test]
fn a_question_that_was_not_taken_may_be_asked_again() {
    let now = Instant::now();
    let there = Origin::parse("https://api.example.com").unwrap();
    let permit = Permit::from_consent(&asked(), BODY, NanoUsd(1), lease(), now).unwrap();
    let again = permit.redeem(&there, BODY, now).unwrap().not_taken();
    assert!(again.redeem(&there, BODY, now).is_ok());
}

#[test]
fn a_permit_rests_on_its_provider_whatever_else_it_rests_on() {
    let lease = lease().and(Scope::Chat("a".into()));
    let permit = Permit::from_consent(&asked(), BODY, NanoUsd(1), lease, Instant::now()).unwrap();
    assert_eq!(permit.lease().epoch(), Epoch(7));
    let scopes = [Scope::Rules, Scope::Chat("a".into()), Scope::Provider("own".into())];
    assert_eq!(permit.lease().scopes(), scopes);
}

#[test]
fn there_is_no_permit_without_a_decision_that_leads_to_one() {
    let now = Instant::now();
    let local = decide(&Facts::default(), None, None, None, None);
    let none = Permit::from_consent(&local, BODY, NanoUsd::ZERO, lease(), now).unwrap_err();
    assert_eq!(none, NoPermit::NotAllowed);
    let none = Permit::by_policy(&asked(), BODY, NanoUsd::ZERO, lease(), now).unwrap_err();
    assert_eq!(none, NoPermit::NeedsConsent);
    let none = Permit::from_consent(&asked(), BODY, NanoUsd(101), lease(), now).unwrap_err();
    assert_eq!(none, NoPermit::TooExpensive);
}

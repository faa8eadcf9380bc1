use std::collections::HashMap;

use hearth_chat::{ErrorKind, Sampling};
use toktrie::SimpleVob;

use super::{Sampler, Scores, likeliest};

/// No filter at all.
fn plain() -> Sampling {
    Sampling { temperature: 1.0, top_k: 0, top_p: 1.0, seed: Some(7), ..Sampling::default() }
}

fn kept(sampling: Sampling, logits: &[f32]) -> Vec<(u32, f32)> {
    let distribution = Sampler::new(&sampling).unwrap().distribution(logits, None).unwrap();
    let sum: f64 = distribution.tokens().iter().map(|(_, p)| f64::from(*p)).sum();
    assert!((sum - 1.0).abs() < 1e-5, "probabilities sum to {sum}");
    distribution.tokens().to_vec()
}

fn ids(tokens: &[(u32, f32)]) -> Vec<u32> {
    tokens.iter().map(|(id, _)| *id).collect()
}

/// Probabilities 0.5, 0.25, 0.125, 0.125 for the tokens 2, 0, 1, 3.
fn quarters() -> Vec<f32> {
    [0.25f32, 0.125, 0.5, 0.125].map(f32::ln).to_vec()
}

#[test]
fn greedy_takes_the_likeliest_and_the_first_of_equals() {
    let greedy = Sampling { temperature: 0.0, ..plain() };
    assert_eq!(kept(greedy.clone(), &quarters()), [(2, 1.0)]);
    assert_eq!(kept(greedy, &[0.0, 3.0, 3.0]), [(1, 1.0)]);
}

#[test]
fn a_temperature_too_small_to_divide_by_is_greedy() {
    for temperature in [f32::from_bits(1), 1e-40, f32::MIN_POSITIVE] {
        for top_p in [1.0, 0.9] {
            let sampling = Sampling { temperature, top_p, ..plain() };
            assert_eq!(Sampler::new(&sampling).unwrap().choose(&quarters(), None).unwrap(), 2);
            assert_eq!(kept(sampling, &quarters()), [(2, 1.0)]);
        }
    }
}

#[test]
fn without_filters_probabilities_are_the_softmax() {
    let tokens = kept(plain(), &quarters());
    assert_eq!(ids(&tokens), [0, 1, 2, 3]);
    for ((_, p), expected) in tokens.iter().zip([0.25, 0.125, 0.5, 0.125]) {
        assert!((p - expected).abs() < 1e-6);
    }
}

#[test]
fn temperature_sharpens_and_flattens() {
    let best = |temperature| {
        let sampling = Sampling { temperature, ..plain() };
        Sampler::new(&sampling).unwrap().distribution(&quarters(), None).unwrap().probability(2)
    };
    assert!((best(0.5) - 0.25 / 0.34375).abs() < 1e-6, "squares of the probabilities");
    assert!(best(0.5) > best(1.0) && best(1.0) > best(2.0));
}

#[test]
fn each_filter_keeps_what_it_says() {
    let logits = quarters();
    assert_eq!(ids(&kept(Sampling { top_k: 2, ..plain() }, &logits)), [2, 0]);
    assert_eq!(ids(&kept(Sampling { top_p: 0.7, ..plain() }, &logits)), [2, 0]);
    assert_eq!(ids(&kept(Sampling { top_p: 0.0, ..plain() }, &logits)), [2]);
    assert_eq!(ids(&kept(Sampling { min_p: 0.4, ..plain() }, &logits)), [0, 2]);
    let all = Sampling { top_k: 3, top_p: 0.8, min_p: 0.6, ..plain() };
    assert_eq!(ids(&kept(all, &logits)), [2]);
}

#[test]
fn top_p_looks_as_far_as_it_must() {
    let flat = vec![0.0; 10_000];
    let count = kept(Sampling { top_p: 0.9, ..plain() }, &flat).len();
    assert!((8_990..=9_010).contains(&count), "{count} of 10000 equal tokens");
}

#[test]
fn a_penalty_counts_each_seen_token_once_and_forgets_old_ones() {
    let sampling = Sampling { repetition_penalty: 2.0, temperature: 0.0, ..plain() };
    let mut sampler = Sampler::new(&sampling).unwrap();
    let logits = [3.0, 2.0, -1.0];
    assert_eq!(sampler.choose(&logits, None).unwrap(), 0);
    sampler.see(0);
    assert_eq!(sampler.choose(&logits, None).unwrap(), 1, "3 / 2 is below 2");
    sampler.see(0);
    sampler.see(1);
    assert_eq!(sampler.choose(&logits, None).unwrap(), 0, "3 / 2 against 2 / 2");
    (0..64).for_each(|_| sampler.see(2));
    assert_eq!(sampler.choose(&[3.0, 2.9, 3.2], None).unwrap(), 0, "3.2 / 2 is below 3");
}

#[test]
fn only_allowed_tokens_are_drawn() {
    let mut allowed = SimpleVob::alloc(3);
    allowed.allow_token(1);
    let logits = [9.0, 0.0, 9.0, 9.0];
    for temperature in [0.0, 1.0] {
        let mut sampler = Sampler::new(&Sampling { temperature, ..plain() }).unwrap();
        assert_eq!(sampler.choose(&logits, Some(&allowed)).unwrap(), 1);
    }
}

#[test]
fn a_seed_repeats_itself_and_another_does_not() {
    let draws = |seed| -> Vec<u32> {
        let mut sampler = Sampler::new(&Sampling { seed: Some(seed), ..plain() }).unwrap();
        (0..50).map(|_| sampler.choose(&[0.0; 100], None).unwrap()).collect()
    };
    assert_eq!(draws(1), draws(1));
    assert_ne!(draws(1), draws(2));
}

#[test]
fn draws_follow_the_probabilities() {
    let mut sampler = Sampler::new(&plain()).unwrap();
    let mut counts = HashMap::new();
    for _ in 0..8000 {
        *counts.entry(sampler.choose(&quarters(), None).unwrap()).or_insert(0) += 1;
    }
    for (token, expected) in [(2, 4000), (0, 2000), (1, 1000), (3, 1000)] {
        let off = i32::abs(counts[&token] - expected);
        assert!(off < 200, "token {token} was drawn {} times, not {expected}", counts[&token]);
    }
}

#[test]
fn numbers_that_are_not_usable_are_an_error_and_not_a_word() {
    for temperature in [0.0, 1.0] {
        let mut sampler = Sampler::new(&Sampling { temperature, ..plain() }).unwrap();
        let error = sampler.choose(&[f32::NAN; 4], None).unwrap_err();
        assert_eq!(error.kind, ErrorKind::ModelFile);
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    for sampling in [
        Sampling { temperature: -1.0, ..plain() },
        Sampling { temperature: f32::NAN, ..plain() },
        Sampling { top_p: 1.5, ..plain() },
        Sampling { min_p: -0.1, ..plain() },
        Sampling { repetition_penalty: 0.0, ..plain() },
    ] {
        assert_eq!(Sampler::new(&sampling).err().unwrap().kind, ErrorKind::InvalidRequest);
    }
}

#[test]
fn scores_are_of_the_whole_distribution() {
    let logits = quarters();
    let scores = Scores::of(&logits);
    let score = scores.of_token(&logits, 2);
    assert!((score.logprob - 0.5f32.ln()).abs() < 1e-6);
    let entropy = 0.5 * 2f32.ln() + 0.25 * 4f32.ln() + 0.25 * 8f32.ln();
    assert!((score.entropy - entropy).abs() < 1e-6);
    let top = likeliest(&logits, &scores, 5);
    assert_eq!(ids(&top), [2, 0, 1, 3]);
    assert!((top[1].1 - 0.25f32.ln()).abs() < 1e-6);
}

#[test]
fn scores_of_a_large_vocabulary_are_exact_enough() {
    let logits: Vec<f32> = (0..150_001).map(|i| (i as f32 * 0.7).sin() * 12.0).collect();
    let exact: f64 = logits.iter().map(|logit| f64::from(*logit).exp()).sum();
    let score = Scores::of(&logits).of_token(&logits, 5);
    assert!((f64::from(score.logprob) - (f64::from(logits[5]) - exact.ln())).abs() < 1e-4);
}

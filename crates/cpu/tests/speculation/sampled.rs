//! Text drawn without a seed has the distribution that it has without drafts: chi-square tests
//! over whole answers, drafted by a model that is right about half of the time. The arithmetic
//! alone is tested in `sampler/reject_tests.rs`, with bugs planted in it.

use std::collections::BTreeMap;

use hearth_chat::{DraftChoice, Event, Request, Sampling, Signals};
use hearth_cpu::LoadedModel;

use super::{ask, load, random_pair};

/// The count at which the tests are meant to be read; with fewer only gross errors show.
const ALL_DRAWS: usize = 200_000;
/// Answers that are drawn together, since several sequences share each pass.
const TOGETHER: usize = 8;
/// The first token is chosen with the prompt; these two are drafted, and one more verifies both.
const DRAFTED: std::ops::Range<usize> = 1..3;
const TOKENS: u32 = 4;

/// Answers of each kind, unless the environment asks for another number.
fn draws() -> usize {
    std::env::var("HEARTH_SPECULATION_DRAWS").map_or(2000, |n| n.parse().unwrap())
}

/// How often each text came: of the first drafted token, and of both.
#[derive(Default)]
struct Counts {
    one: BTreeMap<String, usize>,
    two: BTreeMap<String, usize>,
    drafted: u32,
    accepted: u32,
}

/// Draws answers to one question.
fn draw(model: &mut LoadedModel, sampling: &Sampling, draft: DraftChoice) -> Counts {
    let sampling = Sampling { max_tokens: Some(TOKENS), ..sampling.clone() };
    let request = Request { sampling, draft, ..ask("Say something.", TOKENS) };
    let requests = vec![request; TOGETHER];
    let mut counts = Counts::default();
    for _ in 0..draws().div_ceil(TOGETHER) {
        let mut said = vec![Vec::new(); TOGETHER];
        let outcomes = model.generate_all(&requests, &Signals::default(), &mut |i, event| {
            if let Event::Text(piece) = event {
                let mut rest = piece.text.as_str();
                for token in &piece.tokens {
                    let (own, others) = rest.split_at(token.text_bytes as usize);
                    said[i].push(own.to_owned());
                    rest = others;
                }
            }
        });
        for (tokens, outcome) in said.into_iter().zip(outcomes) {
            // A turn that ended earlier is a text of its own.
            let token = |i: usize| tokens.get(i).map_or("(end)", String::as_str);
            let both: Vec<&str> = DRAFTED.map(token).collect();
            *counts.one.entry(both[0].to_owned()).or_default() += 1;
            *counts.two.entry(both.join("|")).or_default() += 1;
            let speculation = outcome.unwrap().speculation.unwrap();
            counts.drafted += speculation.drafted;
            counts.accepted += speculation.accepted;
        }
    }
    counts
}

/// Pearson's chi-square for two samples of the same size, over its quantile: above 1 they are not
/// of one distribution. The level is 0.001 over all draws. Fewer are drawn each time that somebody
/// tests, and there one false alarm in a thousand would be too many: one in a million.
fn deviation(a: &BTreeMap<String, usize>, b: &BTreeMap<String, usize>) -> f64 {
    // What is expected less than five times in each sample is joined, as is usual.
    const FEW: usize = 10;
    let of = |counts: &BTreeMap<String, usize>, key| counts.get(key).copied().unwrap_or(0);
    let (mut chi_square, mut cells, mut rare) = (0.0, 0.0, (0, 0));
    let mut add = |x: usize, y: usize| {
        chi_square += (x as f64 - y as f64).powi(2) / (x + y) as f64;
        cells += 1.0;
    };
    let texts: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    for text in texts {
        match (of(a, text), of(b, text)) {
            (x, y) if x + y < FEW => rare = (rare.0 + x, rare.1 + y),
            (x, y) => add(x, y),
        }
    }
    if rare.0 + rare.1 > 0 {
        add(rare.0, rare.1);
    }
    // The quantile by Wilson and Hilferty 1931, from that of the normal distribution.
    let normal = if draws() >= ALL_DRAWS { 3.0902 } else { 4.7534 };
    let freedom: f64 = cells - 1.0;
    assert!(freedom > 0.0, "a test of one cell shows nothing");
    let spread = 2.0 / (9.0 * freedom);
    chi_square / (freedom * (1.0 - spread + normal * spread.sqrt()).powi(3))
}

fn settings() -> [(&'static str, Sampling); 3] {
    // Made-up weights are sure of themselves, so the temperature is high.
    let plain = Sampling { temperature: 2.5, top_k: 0, top_p: 1.0, ..Sampling::default() };
    let filters =
        Sampling { temperature: 3.0, top_k: 20, top_p: 0.9, min_p: 0.02, ..plain.clone() };
    let penalty = Sampling { repetition_penalty: 1.2, ..filters.clone() };
    [("no filter", plain), ("every filter", filters), ("penalty", penalty)]
}

#[test]
fn drafts_leave_one_and_two_token_distributions_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let (target, draft) = random_pair(&folder, 0.6);
    let mut model = load(&target, Some(&draft));
    for (name, sampling) in settings() {
        let plain = draw(&mut model, &sampling, DraftChoice::Off);
        for choice in [DraftChoice::Model(String::new()), DraftChoice::Automatic] {
            model.fix_draft_length(Some(3));
            let with = draw(&mut model, &sampling, choice.clone());
            let share = f64::from(with.accepted) / f64::from(with.drafted);
            let found = [deviation(&plain.one, &with.one), deviation(&plain.two, &with.two)];
            println!(
                "{name}, {choice:?}: {} draws, {share:.2} accepted, {} and {} texts, chi-square over its quantile {found:.2?}",
                draws(),
                plain.one.len(),
                plain.two.len()
            );
            assert!((0.1..0.95).contains(&share), "both outcomes are tried: {share}");
            assert!(found.iter().all(|deviation| *deviation < 1.0), "{name}: {found:?}");
        }
    }
}

#[test]
fn what_believing_every_guess_would_say_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let (target, draft) = random_pair(&folder, 0.6);
    // Who believes every guess says what the draft says.
    let (mut target, mut draft) = (load(&target, None), load(&draft, None));
    for (name, sampling) in settings() {
        let right = draw(&mut target, &sampling, DraftChoice::Off);
        let wrong = draw(&mut draft, &sampling, DraftChoice::Off);
        let found = [deviation(&right.one, &wrong.one), deviation(&right.two, &wrong.two)];
        println!("{name}: {} draws, chi-square over its quantile {found:.2?}", draws());
        assert!(found.iter().all(|deviation| *deviation > 1.0), "{name}: {found:?}");
    }
}

//! Guesses do not change the distribution: chi-square tests over 200,000 draws.

use hearth_chat::Sampling;
use toktrie::SimpleVob;

use super::{Distribution, Sampler, SplitMix64};

const DRAWS: usize = 200_000;
const VOCABULARY: usize = 24;

/// Made-up logits for what follows `token`.
fn logits(model: u64, token: u32) -> Vec<f32> {
    let mut random = SplitMix64(model * 1000 + u64::from(token));
    (0..VOCABULARY).map(|_| (random.uniform() * 4.0) as f32).collect()
}

/// Logits of a target, and of a draft that agrees with it in part.
fn target_and_draft(after: u32) -> (Vec<f32>, Vec<f32>) {
    let target = logits(1, after);
    let other = logits(2, after);
    let draft = target.iter().zip(other).map(|(a, b)| 0.6 * a + 0.5 * b).collect();
    (target, draft)
}

fn settings() -> [Sampling; 3] {
    let plain = Sampling { temperature: 1.0, top_k: 0, top_p: 1.0, ..Sampling::default() };
    let filters =
        Sampling { temperature: 0.8, top_k: 15, top_p: 0.9, min_p: 0.03, ..plain.clone() };
    [plain.clone(), filters, Sampling { repetition_penalty: 1.4, ..plain }]
}

fn grammar() -> SimpleVob {
    let mut allowed = SimpleVob::alloc(VOCABULARY);
    (0..VOCABULARY as u32).filter(|id| id % 3 != 1).for_each(|id| allowed.allow_token(id));
    allowed
}

/// A sampler without a seed whose numbers are the same in each run.
fn unseeded(sampling: &Sampling) -> Sampler {
    let mut sampler = Sampler::new(sampling).unwrap();
    sampler.random = SplitMix64(11);
    [3, 5, 5, 8].into_iter().for_each(|token| sampler.see(token));
    sampler
}

/// How the next token is chosen, given the target's logits and what guessed it.
type Choose = fn(&mut Sampler, &[f32], Option<&SimpleVob>, u32, &Distribution) -> u32;

fn verify(
    sampler: &mut Sampler,
    target: &[f32],
    allowed: Option<&SimpleVob>,
    guess: u32,
    from: &Distribution,
) -> u32 {
    sampler.verify(target, allowed, guess, from).unwrap()
}

/// Two tokens by guessing both ahead, as often as [`DRAWS`], counted.
fn pairs(sampling: &Sampling, allowed: Option<&SimpleVob>, choose: Choose) -> Vec<usize> {
    let mut counts = vec![0; VOCABULARY * VOCABULARY];
    let mut sampler = unseeded(sampling);
    let start = sampler.recent.clone();
    for _ in 0..DRAWS {
        sampler.recent.clone_from(&start);
        let mut ahead = sampler.ahead();
        let mut after = 0;
        let guesses = [0, 1].map(|_| {
            let from = ahead.distribution(&target_and_draft(after).1, allowed).unwrap();
            after = ahead.draw(&from);
            ahead.see(after);
            (after, from)
        });
        let (target, _) = target_and_draft(0);
        let first = choose(&mut sampler, &target, allowed, guesses[0].0, &guesses[0].1);
        sampler.see(first);
        let (target, _) = target_and_draft(first);
        let second = if first == guesses[0].0 {
            choose(&mut sampler, &target, allowed, guesses[1].0, &guesses[1].1)
        } else {
            sampler.choose(&target, allowed).unwrap()
        };
        counts[first as usize * VOCABULARY + second as usize] += 1;
    }
    counts
}

/// The probabilities of the pairs without guessing.
fn expected(sampling: &Sampling, allowed: Option<&SimpleVob>) -> Vec<f64> {
    let mut p = vec![0.0; VOCABULARY * VOCABULARY];
    let start = unseeded(sampling);
    let first = start.clone().distribution(&target_and_draft(0).0, allowed).unwrap();
    for (a, p_a) in first.tokens() {
        let mut sampler = start.clone();
        sampler.see(*a);
        let second = sampler.distribution(&target_and_draft(*a).0, allowed).unwrap();
        for (b, p_b) in second.tokens() {
            p[*a as usize * VOCABULARY + *b as usize] = f64::from(*p_a) * f64::from(*p_b);
        }
    }
    p
}

/// Whether the counts deviate from the probabilities at the level 0.001. Cells that expect fewer
/// than 5 are joined, as is usual for Pearson's test.
fn deviates(counts: &[usize], p: &[f64]) -> bool {
    let total: usize = counts.iter().sum();
    let (mut chi_square, mut cells) = (0.0, 0.0);
    let (mut few, mut few_expected) = (0.0, 0.0);
    let mut add = |count: f64, expected: f64| {
        chi_square += (count - expected).powi(2) / expected;
        cells += 1.0;
    };
    for (count, p) in counts.iter().zip(p) {
        let expected = p * total as f64;
        if expected >= 5.0 {
            add(*count as f64, expected);
        } else if *p == 0.0 && *count > 0 {
            return true;
        } else {
            few += *count as f64;
            few_expected += expected;
        }
    }
    if few_expected > 0.0 {
        add(few, few_expected);
    }
    // The quantile by Wilson and Hilferty 1931; 3.0902 is the normal distribution's.
    let freedom: f64 = cells - 1.0;
    let spread = 2.0 / (9.0 * freedom);
    chi_square > freedom * (1.0 - spread + 3.0902 * spread.sqrt()).powi(3)
}

/// The first tokens of pairs.
fn firsts<T: Copy + std::iter::Sum>(pairs: &[T]) -> Vec<T> {
    pairs.chunks_exact(VOCABULARY).map(|row| row.iter().copied().sum()).collect()
}

#[test]
fn guesses_leave_one_and_two_token_distributions_as_they_are() {
    let grammar = grammar();
    for sampling in settings() {
        for allowed in [None, Some(&grammar)] {
            let (counts, p) = (pairs(&sampling, allowed, verify), expected(&sampling, allowed));
            assert!(!deviates(&firsts(&counts), &firsts(&p)), "{sampling:?}");
            assert!(!deviates(&counts, &p), "{sampling:?}");
        }
    }
}

#[test]
fn a_sampler_that_believes_every_guess_is_caught() {
    let [plain, ..] = settings();
    let counts = pairs(&plain, None, |_, _, _, guess, _| guess);
    let p = expected(&plain, None);
    assert!(deviates(&counts, &p) && deviates(&firsts(&counts), &firsts(&p)));
}

#[test]
fn a_sampler_that_replaces_wrong_guesses_from_the_whole_distribution_is_caught() {
    let [plain, ..] = settings();
    let counts = pairs(&plain, None, |sampler, target, allowed, guess, from| {
        let p = sampler.distribution(target, allowed).unwrap();
        let keep = p.probability(guess) / from.probability(guess);
        if sampler.random.uniform() < f64::from(keep) { guess } else { sampler.draw(&p) }
    });
    assert!(deviates(&counts, &expected(&plain, None)));
}

#[test]
fn draws_without_guesses_pass_the_same_test() {
    let [plain, ..] = settings();
    let counts = pairs(&plain, None, |sampler, target, allowed, _, _| {
        sampler.choose(target, allowed).unwrap()
    });
    assert!(!deviates(&counts, &expected(&plain, None)));
}

#[test]
fn with_a_seed_guesses_leave_every_single_token_as_it_is() {
    for sampling in settings().map(|sampling| Sampling { seed: Some(9), ..sampling }) {
        let (mut with, mut without) =
            (Sampler::new(&sampling).unwrap(), Sampler::new(&sampling).unwrap());
        let (mut token, mut right) = (0, 0);
        for _ in 0..2000 {
            let (target, draft) = target_and_draft(token);
            let mut ahead = with.ahead();
            let from = ahead.distribution(&draft, None).unwrap();
            let guess = ahead.draw(&from);
            let verified = with.verify(&target, None, guess, &from).unwrap();
            token = without.choose(&target, None).unwrap();
            assert_eq!(verified, token);
            right += usize::from(guess == token);
            with.see(token);
            without.see(token);
        }
        assert!(right > 200, "more than by chance, as the numbers are foreseen: {right} of 2000");
    }
}

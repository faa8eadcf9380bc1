use super::*;

/// Acceptance of every guess, and what things cost in plain passes.
#[derive(Clone, Copy)]
struct World {
    acceptance: f64,
    row: f64,
    guess: f64,
    /// Whether the text repeats itself.
    repeats: bool,
    model: bool,
}

const PAIR: World = World { acceptance: 0.8, row: 0.1, guess: 0.12, repeats: false, model: true };

struct Run {
    gain: f64,
    mean_length: f64,
}

/// Decodes so many tokens in a world where passes take just what they cost.
fn run(control: &mut Control, world: World, tokens: usize) -> Run {
    let truth = Costs::of(world.row, world.guess, world.guess / 10.0);
    let mut random = 1u64;
    let mut right = || {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((random >> 33) as f64 / (1u64 << 31) as f64) < world.acceptance
    };
    let (mut seconds, mut emitted, mut guessed, mut verifications) = (0.0, 0, 0, 0);
    let mut unread = 100;
    while emitted < tokens {
        let at = Situation {
            repeat: world.repeats.then_some((3, LONGEST)),
            unread: world.model.then_some(unread),
            emitted,
            most: LONGEST,
            others: 0,
        };
        let source = |plan, position| match plan {
            Plan::Ngram(_) => Source::Ngram { matched: 3 + position },
            _ => Source::Model { position, confidence: 0.5 },
        };
        let plan = control.plan(&at);
        let (drawn, length, reading) = match plan {
            Plan::Plain { .. } => (0, 0, 0.0),
            Plan::Ngram(length) => (0, length, 0.0),
            Plan::Model(fixed) => {
                let mut sources = Vec::new();
                let wanted = loop {
                    let wanted = fixed.unwrap_or_else(|| control.wanted(&sources, &at));
                    if sources.len() >= wanted {
                        break wanted;
                    }
                    sources.push(source(plan, sources.len()));
                };
                let reading = truth.read() * unread.saturating_sub(2) as f64;
                unread = 0;
                (sources.len(), wanted.min(sources.len()), reading)
            }
        };
        let mut accepted = 0;
        while accepted < length && right() {
            control.chances.observe(source(plan, accepted), true);
            accepted += 1;
        }
        if accepted < length {
            control.chances.observe(source(plan, accepted), false);
        }
        let step = truth.guess() * drawn as f64 + truth.pass(1 + length);
        control.costs.saw_pass(1 + length, truth.pass(1 + length));
        control.saw_step(1, accepted + 1, step, length > 0);
        seconds += step + reading;
        emitted += accepted + 1;
        unread += if matches!(plan, Plan::Model(_)) { 1 } else { accepted + 1 };
        guessed += length;
        verifications += usize::from(length > 0);
    }
    Run {
        gain: emitted as f64 / seconds,
        mean_length: guessed as f64 / verifications.max(1) as f64,
    }
}

fn control(world: World) -> Control {
    Control::new(Costs::of(world.row, world.guess, world.guess / 10.0))
}

#[test]
fn the_gain_comes_near_that_of_the_best_length() {
    for (acceptance, least) in [(0.6, 1.25), (0.7, 1.45), (0.8, 1.70), (0.9, 2.15)] {
        let world = World { acceptance, ..PAIR };
        let gain = run(&mut control(world), world, 4000).gain;
        // Formula of Leviathan et al. for the best fixed length.
        let best = (0..=LONGEST).map(|k| {
            let tokens: f64 = (0..=k as i32).map(|i| acceptance.powi(i)).sum();
            tokens / (world.guess * k as f64 + 1.0 + world.row * k as f64)
        });
        let best = best.fold(0.0, f64::max);
        assert!(gain > 0.95 * best, "{acceptance}: {gain} of {best}");
        assert!(gain > least, "{acceptance}: {gain}");
    }
}

#[test]
fn surer_guesses_make_longer_drafts() {
    let length = |acceptance| {
        let world = World { acceptance, ..PAIR };
        run(&mut control(world), world, 3000).mean_length
    };
    assert!(length(0.9) > length(0.7) + 1.0);
}

#[test]
fn guessing_that_does_not_pay_costs_less_than_two_percent() {
    for world in [
        World { acceptance: 0.2, ..PAIR },
        World { acceptance: 0.0, ..PAIR },
        World { acceptance: 0.0, model: false, repeats: true, ..PAIR },
        World { acceptance: 0.1, repeats: true, ..PAIR },
        // A machine where rows cost what passes cost.
        World { acceptance: 0.7, row: 1.0, ..PAIR },
    ] {
        let gain = run(&mut control(world), world, 2000).gain;
        assert!(gain > 0.98, "{gain}");
    }
}

#[test]
fn what_is_lost_before_the_first_guess_is_right_is_little() {
    // Answers are often short: so many tokens at 0.98 of the plain speed lose four passes.
    for repeats in [false, true] {
        let world = World { acceptance: 0.0, repeats, model: !repeats, ..PAIR };
        let gain = run(&mut control(world), world, 200).gain;
        assert!(gain > 0.98, "{gain}");
    }
}

#[test]
fn repetitions_cost_no_guesses_and_are_taken_first() {
    let world = World { repeats: true, ..PAIR };
    let mut control = control(world);
    assert!(run(&mut control, world, 1000).gain > 2.3);
    let at = Situation { repeat: Some((3, 16)), unread: Some(1), emitted: 9, most: 16, others: 0 };
    assert!(matches!(control.plan(&at), Plan::Ngram(_)));
}

#[test]
fn a_text_that_becomes_easy_is_noticed() {
    let hard = World { acceptance: 0.05, ..PAIR };
    let mut control = control(hard);
    run(&mut control, hard, 500);
    let easy = World { acceptance: 0.95, ..PAIR };
    let gain = run(&mut control, easy, 3000).gain;
    assert!(gain > 1.5, "{gain}");
}

#[test]
fn a_long_prompt_is_not_read_for_a_short_answer() {
    let mut control = control(PAIR);
    (0..50).for_each(|_| control.saw_answer(4));
    let at = Situation { repeat: None, unread: Some(4000), emitted: 0, most: 16, others: 0 };
    assert_eq!(control.plan(&at), Plan::Plain { declined: true });
    let long = Situation { emitted: 2000, ..at };
    assert_eq!(control.plan(&long), Plan::Model(None));
}

#[test]
fn there_is_no_guess_beyond_the_room() {
    let at = Situation { repeat: Some((9, 16)), unread: Some(1), emitted: 0, most: 0, others: 0 };
    assert_eq!(control(PAIR).plan(&at), Plan::Plain { declined: false });
    let mut fixed = control(PAIR);
    fixed.fix(Some(8));
    assert_eq!(fixed.plan(&Situation { repeat: None, most: 3, ..at }), Plan::Model(Some(3)));
}

//! What the router promises, over fewer users than `cargo xtask bench router --seeds 1000` has.

use hearth_route_bench::simulate::{Plan, simulate};
use hearth_route_bench::worlds::{REFERENCE, WORLDS};

/// `HEARTH_ROUTER_SEEDS=1000` for the full count.
fn seeds() -> u64 {
    std::env::var("HEARTH_ROUTER_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(40)
}

#[test]
fn certificates_promise_too_much_to_one_user_in_ten_at_most() {
    let plan = Plan { seeds: seeds(), labels: 150, questions: 500 };
    // So few users leave room for chance: three deviations of a share of one tenth.
    let chance = 3.0 * (0.09 / plan.seeds as f64).sqrt();
    for world in WORLDS {
        let found = simulate(*world, &plan);
        assert!(found.violations <= 0.10 + chance, "{}: {:.3}", world.name, found.violations);
    }
}

#[test]
fn three_hundred_grades_recover_six_tenths_of_the_gap() {
    let found = simulate(REFERENCE, &Plan { seeds: seeds(), labels: 300, questions: 1000 });
    assert!(found.apgr >= 0.60, "{:.3}", found.apgr);
}

//! `route-bench [--seeds N] [--labels N] [--world NAME] [--replay FILE]`: the table of `cargo xtask bench router`.

use std::path::PathBuf;
use std::process::ExitCode;

use hearth_route_bench::replay::{self, Replay, Trace};
use hearth_route_bench::simulate::{Plan, Result as Simulated, simulate};
use hearth_route_bench::worlds::{REFERENCE, WORLDS};

/// What others published, for orientation: other models, other questions.
const PUBLISHED: &[(&str, &str, &str, &str)] = &[
    ("random", ".500", "50", "80"),
    ("RouteLLM's best on MMLU, with MMLU labels", ".603", "35.4", "70.3"),
    ("RouteLLM matrix factorization on MT-Bench", ".802", "13.4", "31.3"),
    ("Qwen2.5 0.5B to 7B: features and confidence, AUROC .678", ".623", "34.0", "63.5"),
    ("Qwen2.5 0.5B to 7B: confidence alone", ".546", "45.0", "65.5"),
    ("perfect detector of wrong answers, GSM8K / MMLU", ".979 / 1.054", "14.3 / 11.1", ""),
    ("oracle, GSM8K / MMLU", "1.125 / 1.285", "10.9 / 6.3", ""),
];

struct Wanted {
    seeds: u64,
    labels: usize,
    world: Option<String>,
    replay: Option<PathBuf>,
}

fn main() -> ExitCode {
    match wanted().and_then(|wanted| run(&wanted)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn wanted() -> Result<Wanted, String> {
    let mut wanted = Wanted { seeds: 200, labels: 300, world: None, replay: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} needs a value."))?;
        let number = || value.parse::<u32>().map_err(|_| format!("{value} is no number."));
        match word.as_str() {
            "--seeds" => wanted.seeds = number()?.max(1).into(),
            "--labels" => wanted.labels = number()? as usize,
            "--world" => wanted.world = Some(value),
            "--replay" => wanted.replay = Some(value.into()),
            _ => return Err(format!("{word} is not known: --seeds, --labels, --world, --replay.")),
        }
    }
    Ok(wanted)
}

fn run(wanted: &Wanted) -> Result<(), String> {
    if let Some(path) = &wanted.replay {
        let traces = replay::read(path)?;
        report(&replay::replay(&traces, wanted.seeds), wanted.seeds);
        costs(&traces);
        return Ok(());
    }
    println!("{} users a world, {} graded answers each\n", wanted.seeds, wanted.labels);
    println!(
        "| world | AUROC | APGR | CPT50 % | CPT80 % | ECE | certified | kept here | violations | \
         right: routed / local / large |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let plan = Plan { seeds: wanted.seeds, labels: wanted.labels, questions: 2000 };
    let chosen = |name: &str| wanted.world.as_ref().is_none_or(|wanted| wanted == name);
    for world in WORLDS.iter().filter(|world| chosen(world.name)) {
        line(world.name, &simulate(*world, &plan));
    }
    if wanted.world.is_some() {
        return Ok(());
    }
    println!("\n| grades, in the world {} | certified | kept here | violations |", REFERENCE.name);
    println!("|---|---|---|---|");
    for labels in [50, 100, 300, 1000] {
        let found = simulate(REFERENCE, &Plan { labels, ..plan });
        let Simulated { certified, kept, violations, .. } = found;
        println!("| {labels} | {certified:.2} | {kept:.2} | {violations:.3} |");
    }
    println!("\n| published elsewhere | APGR | CPT50 % | CPT80 % |\n|---|---|---|---|");
    for (what, apgr, cpt50, cpt80) in PUBLISHED {
        println!("| {what} | {apgr} | {cpt50} | {cpt80} |");
    }
    Ok(())
}

fn line(name: &str, found: &Simulated) {
    let [routed, local, large] = found.accuracy;
    println!(
        "| {name} | {:.3} | {:.3} ± {:.3} | {:.0} | {:.0} | {:.3} | {:.2} | {:.2} | {:.3} | \
         {routed:.3} / {local:.3} / {large:.3} |",
        found.auroc,
        found.apgr,
        found.apgr_half_width,
        found.cpt50,
        found.cpt80,
        found.ece,
        found.certified,
        found.kept,
        found.violations,
    );
}

fn report(found: &Replay, seeds: u64) {
    println!("{} answers, {:.1} % right", found.answers, 100.0 * found.correct);
    match found.auroc_mean {
        Some(auroc) => println!("AUROC of the mean ln p: {auroc:.3}"),
        None => println!("AUROC of the mean ln p: unknown, as all are graded alike"),
    }
    println!("{seeds} random splits, 60 % of them graded:");
    println!("AUROC of the learnt score: {:.3}", found.auroc_learnt);
    println!("ECE: {:.3}", found.ece);
    println!("certified: {:.1} % of the splits", 100.0 * found.certified);
    println!("kept here: {:.1} % ± {:.1}", 100.0 * found.kept, 100.0 * found.kept_half_width);
    println!("certificates that promised too much: {:.1} %", 100.0 * found.violations);
}

fn costs(traces: &[Trace]) {
    let percentile = |mut values: Vec<f64>, percent: usize| {
        values.sort_by(f64::total_cmp);
        values.get((values.len() * percent).div_ceil(100).saturating_sub(1)).copied()
    };
    let shown = |value: Option<f64>| value.map_or("unknown".into(), |ms| format!("{ms:.0} ms"));
    let of = |value: fn(&Trace) -> Option<f64>| traces.iter().filter_map(value).collect::<Vec<_>>();
    for (name, values) in [("TTFT", of(|t| t.ttft_ms)), ("total", of(|t| t.total_ms))] {
        let (p50, p95) = (percentile(values.clone(), 50), percentile(values, 95));
        println!("{name}: P50 {}, P95 {}", shown(p50), shown(p95));
    }
    let prices: Vec<u64> = traces.iter().filter_map(|trace| trace.elsewhere_nano_usd).collect();
    if !prices.is_empty() {
        println!("all of it elsewhere: {}", hearth_router::NanoUsd(prices.iter().sum()));
    }
}

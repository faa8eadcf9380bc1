//! `cargo xtask bench`: Hearth's two backends and llama.cpp on the same files, one after the other
//! in turn, so that a machine that slows down slows all of them.

mod figures;
mod fit;
mod plot;
mod speculation;

use std::{
    fs,
    path::{Path, PathBuf},
};

use figures::{Figures, Table};
use serde_json::Value;

use crate::{Result, cargo, gpu, process};

/// A public shape with made-up weights (speed does not depend on what the weights are), and how it
/// is quantized.
struct Case {
    shape: &'static str,
    mix: &'static str,
    /// Decode is also measured after this many tokens.
    depth: Option<u32>,
}

const fn case(shape: &'static str, mix: &'static str, depth: Option<u32>) -> Case {
    Case { shape, mix, depth }
}

const CASES: &[Case] = &[
    case("SmolLM2-135M", "q4_k_m", Some(2048)),
    case("Qwen3-0.6B", "q4_k_m", Some(2048)),
    case("Qwen3-0.6B", "q8_0", None),
    case("Qwen3-0.6B", "q4_0", None),
    case("Llama-3.2-1B", "q4_k_m", Some(2048)),
    case("Llama-3.2-1B", "q8_0", None),
    case("Llama-3.2-1B", "q4_0", None),
    case("Qwen3-4B", "q4_k_m", None),
];

/// Tokens of the prompt and of the answer.
const PREFILL: &str = "512";
const DECODE: &str = "32";

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Runner {
    HearthCpu,
    MistralRs,
    LlamaCpp,
}

impl Runner {
    fn name(self) -> &'static str {
        match self {
            Self::HearthCpu => "Hearth cpu",
            Self::MistralRs => "mistral.rs",
            Self::LlamaCpp => "llama.cpp",
        }
    }
}

/// What was asked for on the command line.
struct Wanted {
    shape: Option<String>,
    rounds: u32,
}

impl Wanted {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut wanted = Self { shape: None, rounds: 3 };
        let mut words = arguments.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match (word, words.next()) {
                ("--shape", Some(name)) if CASES.iter().any(|case| case.shape == name) => {
                    wanted.shape = Some(name.to_owned());
                }
                ("--rounds", Some(count)) => wanted.rounds = count.parse()?,
                _ => return Err(usage().into()),
            }
        }
        Ok(wanted)
    }

    fn takes(&self, case: &Case) -> bool {
        self.shape.as_ref().is_none_or(|shape| shape == case.shape)
    }
}

fn usage() -> String {
    let mut shapes: Vec<_> = CASES.iter().map(|case| case.shape).collect();
    shapes.dedup();
    format!("usage: cargo xtask bench [--shape {}] [--rounds N]", shapes.join("|"))
}

/// The router's figures: made-up users, or real graded answers with `--replay FILE`.
fn router(arguments: &[String]) -> Result {
    let mut build = cargo::cargo();
    process::run(build.args(["build", "--bin", "route-bench"]))?;
    let bench = cargo::built("route-bench")?;
    process::run(process::command(&bench.to_string_lossy()).args(arguments))
}

pub fn bench(arguments: &[String]) -> Result {
    match arguments.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        Some(("router", rest)) => return router(rest),
        Some(("speculation", rest)) => return speculation::bench(rest),
        Some(("fit", rest)) => return fit::fit(rest),
        _ => {}
    }
    let wanted = Wanted::parse(arguments)?;
    build()?;
    let mut runners = vec![Runner::HearthCpu, Runner::MistralRs];
    match process::find("llama-bench") {
        Some(_) => runners.push(Runner::LlamaCpp),
        None => println!("llama-bench is not on PATH: llama.cpp is left out."),
    }
    let mut table = Table::default();
    for case in CASES.iter().filter(|case| wanted.takes(case)) {
        let (file, name) = (model(case)?, format!("{} {}", case.shape, case.mix.to_uppercase()));
        for round in 1..=wanted.rounds {
            // Many times slower than the others, mistral.rs would make each round ten minutes long.
            let slow = |runner: &Runner| *runner == Runner::MistralRs && round > 1;
            for runner in runners.iter().filter(|runner| !slow(runner)) {
                println!("{name}, round {round} of {}: {}", wanted.rounds, runner.name());
                table.add(&name, *runner, measure(*runner, case, &file)?);
            }
        }
    }
    report(&table)
}

/// The programs that are measured, and the one that makes their models. The window is none of them, and
/// needs packages that measuring does not.
fn build() -> Result {
    let mut build = cargo::cargo();
    process::run(build.args([
        "build",
        "--bin",
        "hearth",
        "--bin",
        "hearth-engine",
        "--example",
        "make_model",
    ]))?;
    let build = ["build", "--package", cargo::MISTRALRS];
    process::run(cargo::cargo().args(build).args(gpu::flags()))
}

/// A file of this case, written the first time.
fn model(case: &Case) -> Result<PathBuf> {
    let folder = cargo::target_directory()?.join("bench");
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{}-{}.gguf", case.shape, case.mix));
    if !file.exists() {
        let maker = cargo::built("examples/make_model")?;
        let mut command = process::command(&maker.to_string_lossy());
        process::run(command.args([case.shape, case.mix]).arg(&file))?;
    }
    Ok(file)
}

fn measure(runner: Runner, case: &Case, file: &Path) -> Result<Figures> {
    match runner {
        Runner::HearthCpu => hearth(case, file),
        Runner::MistralRs => mistralrs(case, file),
        Runner::LlamaCpp => llama(case, file),
    }
}

fn hearth(case: &Case, file: &Path) -> Result<Figures> {
    let depths = case.depth.map_or_else(|| "0".to_owned(), |depth| format!("0,{depth}"));
    let words = ["--prefill", PREFILL, "--depth", &depths, "--rows", "1,4,8"];
    let (report, peak) = hearth_bench("cpu", &words, file)?;
    let ms = |m: u64| report["rows"].as_array()?.iter().find(|row| row["m"] == m)?["ms"].as_f64();
    Ok(Figures {
        load_ms: report["load_ms"].as_f64(),
        prefill_tok_s: report["prefill_tok_s"].as_f64(),
        decode_tok_s: report["decode_tok_s"].as_f64(),
        deep_decode_tok_s: report["depths"][1]["decode_tok_s"].as_f64(),
        r4: ratio(ms(4), ms(1)),
        r8: ratio(ms(8), ms(1)),
        read_share: report["decode_read_share"].as_f64(),
        // The whole process, as for llama.cpp, though measuring the bandwidth comes on top.
        peak_rss_bytes: report["peak_rss_bytes"].as_f64().or(Some(peak as f64)),
    })
}

/// One answer after a prompt of the usual length, and one after a prompt of the case's depth.
fn mistralrs(case: &Case, file: &Path) -> Result<Figures> {
    let (report, _) = hearth_bench("mistralrs", &["--prefill", PREFILL], file)?;
    let deep =
        case.depth.map(|depth| hearth_bench("mistralrs", &["--prefill", &depth.to_string()], file));
    let deep = deep.transpose()?.map(|(report, _)| report);
    // Its engine is a process of its own, so the peak is the one that it reports.
    let peak = deep.as_ref().unwrap_or(&report)["peak_rss_bytes"].as_f64();
    Ok(Figures {
        load_ms: report["load_ms"].as_f64(),
        prefill_tok_s: report["prefill_tok_s"].as_f64(),
        decode_tok_s: report["decode_tok_s"].as_f64(),
        deep_decode_tok_s: deep.and_then(|deep| deep["decode_tok_s"].as_f64()),
        peak_rss_bytes: peak,
        ..Figures::default()
    })
}

fn hearth_bench(backend: &str, words: &[&str], file: &Path) -> Result<(Value, u64)> {
    let mut command = process::command(&cargo::built("hearth")?.to_string_lossy());
    command.args(["bench", "--json", "--backend", backend, "--decode", DECODE]).args(words);
    let (text, peak) = process::output_and_peak(command.arg("--model").arg(file))?;
    Ok((serde_json::from_str(&text)?, peak))
}

fn llama(case: &Case, file: &Path) -> Result<Figures> {
    let rows = format!("1,4,8,{PREFILL}");
    let (runs, mut peak) = llama_bench(&["-r", "3", "-p", &rows, "-n", DECODE], file)?;
    let rate = |runs: &Value, counted: &str, tokens: &str| {
        let mut runs = runs.as_array()?.iter();
        runs.find(|run| run[counted].as_u64() == tokens.parse().ok())?["avg_ts"].as_f64()
    };
    let seconds = |m: &str| Some(m.parse::<f64>().ok()? / rate(&runs, "n_prompt", m)?);
    let mut deep_decode_tok_s = None;
    if let Some(depth) = case.depth {
        let words = ["-r", "1", "-p", "0", "-n", DECODE, "-d", &depth.to_string()];
        let (deep, deep_peak) = llama_bench(&words, file)?;
        deep_decode_tok_s = rate(&deep, "n_gen", DECODE);
        peak = peak.max(deep_peak);
    }
    Ok(Figures {
        prefill_tok_s: rate(&runs, "n_prompt", PREFILL),
        decode_tok_s: rate(&runs, "n_gen", DECODE),
        deep_decode_tok_s,
        r4: ratio(seconds("4"), seconds("1")),
        r8: ratio(seconds("8"), seconds("1")),
        peak_rss_bytes: Some(peak as f64),
        ..Figures::default()
    })
}

fn llama_bench(words: &[&str], file: &Path) -> Result<(Value, u64)> {
    let mut command = process::command("llama-bench");
    let (text, peak) =
        process::output_and_peak(command.args(["-o", "json"]).args(words).arg("-m").arg(file))?;
    Ok((serde_json::from_str(&text)?, peak))
}

/// `None` where either is unknown, or there is nothing to compare with.
fn ratio(over: Option<f64>, under: Option<f64>) -> Option<f64> {
    Some(over? / under.filter(|under| *under != 0.0)?)
}

fn report(table: &Table) -> Result {
    let folder = cargo::target_directory()?.join("bench");
    let text = table.markdown();
    println!("\n{text}");
    fs::write(folder.join("bench.md"), &text)?;
    fs::write(folder.join("bench.svg"), plot::svg(table))?;
    println!("Written to {}", folder.display());
    Ok(())
}

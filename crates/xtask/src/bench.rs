//! `cargo xtask bench`: Hearth's two backends and llama.cpp on the same files, one after the other
//! in turn, so that a machine that slows down slows all of them.

mod figures;
mod plot;

use std::{fs, path::PathBuf};

use figures::{Figures, Table};
use serde_json::Value;

use crate::{Result, cargo, process};

/// Public shapes with made-up weights: speed does not depend on what the weights are.
const SHAPES: &[&str] = &["SmolLM2-135M", "Qwen3-0.6B", "Llama-3.2-1B"];
const MIX: &str = "q4_k_m";

/// Words of the prompt, each at least one token, and tokens of the answer.
const PROMPT_WORDS: usize = 480;
const ANSWER_TOKENS: usize = 64;

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

pub fn bench(arguments: &[String]) -> Result {
    let (shapes, rounds) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => (SHAPES, 5),
        ["--quick"] => (&SHAPES[..1], 1),
        _ => return Err("`cargo xtask bench` takes nothing but --quick.".into()),
    };
    let mut build = cargo::cargo();
    process::run(build.args(["build", "--workspace", "--bins", "--example", "make_model"]))?;
    let mut runners = vec![Runner::HearthCpu, Runner::MistralRs];
    match process::find("llama-bench") {
        Some(_) => runners.push(Runner::LlamaCpp),
        None => println!("llama-bench is not on PATH: llama.cpp is left out."),
    }
    let mut table = Table::default();
    for shape in shapes {
        let file = model(shape)?;
        for round in 1..=rounds {
            for runner in &runners {
                println!("{shape}, round {round} of {rounds}: {}", runner.name());
                table.add(shape, *runner, measure(*runner, &file)?);
            }
        }
    }
    report(&table)
}

/// A file of this shape, written the first time.
fn model(shape: &str) -> Result<PathBuf> {
    let folder = cargo::target_directory()?.join("bench");
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{shape}-{MIX}.gguf"));
    if !file.exists() {
        let maker = cargo::built("debug", "examples/make_model")?;
        let mut command = process::command(&maker.to_string_lossy());
        process::run(command.args([shape, MIX]).arg(&file))?;
    }
    Ok(file)
}

fn measure(runner: Runner, file: &PathBuf) -> Result<Figures> {
    match runner {
        Runner::HearthCpu => hearth("cpu", file),
        Runner::MistralRs => hearth("mistralrs", file),
        Runner::LlamaCpp => llama(file),
    }
}

/// One question to a fresh engine, through the command line that a user has.
fn hearth(backend: &str, file: &PathBuf) -> Result<Figures> {
    let prompt = vec!["word"; PROMPT_WORDS].join(" ");
    let mut command = process::command(&cargo::built("debug", "hearth")?.to_string_lossy());
    command.args(["ask", "--json", "--backend", backend, "--temperature", "0", "--draft", "none"]);
    command.args(["--max-tokens", &ANSWER_TOKENS.to_string()]);
    command.arg("--model").arg(file).arg(prompt);
    let report: Value = serde_json::from_str(&process::output(&mut command)?)?;
    Ok(Figures {
        prefill_tok_s: report["timing"]["prefill_tok_s"].as_f64(),
        decode_tok_s: report["timing"]["decode_tok_s"].as_f64(),
        peak_rss_bytes: report["memory"]["peak_rss_bytes"].as_f64(),
    })
}

fn llama(file: &PathBuf) -> Result<Figures> {
    let mut command = process::command("llama-bench");
    command.args(["-o", "json", "-r", "1", "-p", &PROMPT_WORDS.to_string()]);
    command.args(["-n", &ANSWER_TOKENS.to_string(), "-m"]).arg(file);
    let runs: Value = serde_json::from_str(&process::output(&mut command)?)?;
    let rate = |counted: &str| {
        let runs = runs.as_array()?;
        runs.iter().find(|run| run[counted].as_u64() > Some(0))?["avg_ts"].as_f64()
    };
    Ok(Figures {
        prefill_tok_s: rate("n_prompt"),
        decode_tok_s: rate("n_gen"),
        peak_rss_bytes: None,
    })
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

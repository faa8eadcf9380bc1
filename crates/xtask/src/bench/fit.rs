//! `cargo xtask bench fit`: what the catalog foresees for this machine, held against what the engine
//! then takes and does. Speeds mean something only on a machine that does nothing else.

use std::{fs, path::Path};

use serde_json::Value;

use super::{Case, build, case, model};
use crate::{Result, cargo, process};

/// The catalog's name for a model, and a file of its shape.
const CASES: &[(&str, Case)] = &[
    ("smollm2-135m", case("SmolLM2-135M", "q4_k_m", None)),
    ("smollm2-360m", case("SmolLM2-360M", "q8_0", None)),
    ("qwen3-0.6b", case("Qwen3-0.6B", "q4_k_m", None)),
    ("llama-3.2-1b", case("Llama-3.2-1B", "q4_k_m", None)),
    ("qwen3-1.7b", case("Qwen3-1.7B", "q4_k_m", None)),
    ("qwen3-4b", case("Qwen3-4B", "q4_k_m", None)),
];

/// The context for which the catalog foresees memory; its speeds are for half of it.
const CONTEXT: u64 = 4096;

/// Tokens that are left free for the template and the answer.
const SPARE: u64 = 160;

/// How far off a forecast may be.
const MEMORY_WITHIN: f64 = 0.10;
const SPEED_WITHIN: f64 = 0.25;

/// Takes `--memory` to leave the speeds out.
pub fn fit(arguments: &[String]) -> Result {
    let speeds = match arguments {
        [] => true,
        [only] if only == "--memory" => false,
        _ => return Err("usage: cargo xtask bench fit [--memory]".into()),
    };
    build()?;
    let home = cargo::target_directory()?.join("bench/fit-home");
    let _ = fs::remove_dir_all(&home);
    let catalog = hearth(&home, &["models", "search", "--json"])?;
    let mut off = Vec::new();
    for (id, case) in CASES {
        let file = model(case)?;
        let foreseen =
            entry(&catalog, id, case.mix).ok_or(format!("{id} is not in the catalog"))?;
        // The template has tokens of its own; only the difference is the words'.
        let (few, more) = (ask(&home, &file, 64, 1)?, ask(&home, &file, 128, 1)?);
        let per_word = (tokens(&more)? - tokens(&few)?) as f64 / 64.0;
        let words = |tokens: u64| ((tokens - SPARE) as f64 / per_word) as usize;
        let full = ask(&home, &file, words(CONTEXT), 32)?;
        let peak = full["memory"]["peak_rss_bytes"].as_f64().ok_or("no peak was reported")?;
        // A published file may be larger than its shape: some hold a tied table twice.
        let need = &foreseen["need"];
        let beside_weights = number(&need["total"])? - number(&need["weights"])?;
        let foreseen_bytes = beside_weights + fs::metadata(&file)?.len() as f64;
        let memory = Forecast { foreseen: foreseen_bytes, measured: peak };
        println!("{} {}, {} tokens:", case.shape, case.mix, tokens(&full)?);
        println!("  memory {}", memory.line(1e6, "MB"));
        if memory.is_off(MEMORY_WITHIN) {
            off.push(format!("{id}: memory"));
        }
        if speeds {
            let half = ask(&home, &file, words(CONTEXT / 2), 32)?;
            let measured = number(&half["timing"]["decode_tok_s"])?;
            let speed = Forecast { foreseen: number(&foreseen["expected_tok_s"])?, measured };
            println!("  speed  {}", speed.line(1.0, "tok/s"));
            if speed.is_off(SPEED_WITHIN) {
                off.push(format!("{id}: speed"));
            }
        }
    }
    match off.is_empty() {
        true => Ok(()),
        false => Err(format!("Foreseen too far off: {}.", off.join(", ")).into()),
    }
}

struct Forecast {
    foreseen: f64,
    measured: f64,
}

impl Forecast {
    fn error(&self) -> f64 {
        self.foreseen / self.measured - 1.0
    }

    fn is_off(&self, within: f64) -> bool {
        self.error().abs() > within
    }

    fn line(&self, unit: f64, name: &str) -> String {
        let (foreseen, measured) = (self.foreseen / unit, self.measured / unit);
        let error = 100.0 * self.error();
        format!("{foreseen:8.1} {name} foreseen, {measured:8.1} measured, {error:+.1} %")
    }
}

/// The catalog's file of this model with this mix.
fn entry<'a>(catalog: &'a Value, id: &str, mix: &str) -> Option<&'a Value> {
    let model = catalog.as_array()?.iter().find(|model| model["id"] == id)?;
    let mut files = model["files"].as_array()?.iter();
    files.find(|file| file["quantization"].as_str().is_some_and(|q| q.eq_ignore_ascii_case(mix)))
}

fn ask(home: &Path, file: &Path, words: usize, answer: u32) -> Result<Value> {
    let (context, answer) = (CONTEXT.to_string(), answer.to_string());
    let file = file.to_string_lossy();
    let question = "word ".repeat(words);
    hearth(
        home,
        &[
            "ask",
            "--json",
            "--model",
            &file,
            "--backend",
            "cpu",
            "--draft",
            "none",
            "--context",
            &context,
            "--max-tokens",
            &answer,
            "--temperature",
            "0",
            &question,
        ],
    )
}

fn hearth(home: &Path, words: &[&str]) -> Result<Value> {
    let mut command = process::command(&cargo::built("hearth")?.to_string_lossy());
    let (text, _) = process::output_and_peak(command.args(words).env("HEARTH_HOME", home))?;
    Ok(serde_json::from_str(&text)?)
}

fn tokens(report: &Value) -> Result<u64> {
    report["usage"]["prompt_tokens"].as_u64().ok_or_else(|| "no tokens were counted".into())
}

fn number(value: &Value) -> Result<f64> {
    value.as_f64().ok_or_else(|| "a figure is missing".into())
}

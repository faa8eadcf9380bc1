//! `cargo xtask bench speculation`: what drafting gains when the draft is right a given share of
//! the time, against plain decoding in the same run, and against the best that llama.cpp could do
//! with the same pair.

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

use serde_json::Value;

use super::{CASES, Case, build, figures::median, llama_bench, model, ratio};
use crate::{Result, cargo, process};

/// Chances of a guess to be right, and the gain that drafting is meant to have there.
const ACCEPTANCE: [(f64, f64); 5] = [(0.2, 0.98), (0.6, 1.3), (0.7, 1.5), (0.8, 1.8), (0.9, 2.3)];
/// The same for guesses from the text's own repetitions, by the names of `hearth bench`.
const REPETITIONS: [(&str, f64); 2] = [("60 % repeated", 2.2), ("nothing repeated", 0.98)];
/// How much faster than llama.cpp's best it is meant to be.
const OVER_LLAMA: f64 = 1.6;
const LONGEST_DRAFT: usize = 16;

struct Wanted {
    target: &'static Case,
    draft: &'static Case,
    tokens: String,
    rounds: u32,
}

impl Wanted {
    fn parse(arguments: &[String]) -> Result<Self> {
        let shape = |name: &str| CASES.iter().find(|case| case.shape == name);
        let mut wanted = Self {
            target: shape("Qwen3-4B").expect("it is measured alone too"),
            draft: shape("Qwen3-0.6B").expect("it is measured alone too"),
            tokens: "96".into(),
            rounds: 1,
        };
        let mut words = arguments.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match (word, words.next()) {
                ("--target", Some(name)) => wanted.target = shape(name).ok_or_else(usage)?,
                ("--draft", Some(name)) => wanted.draft = shape(name).ok_or_else(usage)?,
                ("--tokens", Some(count)) => wanted.tokens = count.parse::<u32>()?.to_string(),
                ("--rounds", Some(count)) => wanted.rounds = count.parse()?,
                _ => return Err(usage().into()),
            }
        }
        Ok(wanted)
    }
}

fn usage() -> String {
    "usage: cargo xtask bench speculation [--target SHAPE] [--draft SHAPE] [--tokens N] [--rounds N]"
        .into()
}

pub fn bench(arguments: &[String]) -> Result {
    let wanted = Wanted::parse(arguments)?;
    build()?;
    let (target, draft) = (model(wanted.target)?, model(wanted.draft)?);
    let mut runs = Vec::new();
    for round in 1..=wanted.rounds {
        println!("Round {round} of {}: Hearth", wanted.rounds);
        runs.push(hearth(&target, &draft, &wanted.tokens)?);
    }
    let llama = match process::find("llama-bench") {
        Some(_) => {
            println!("llama.cpp");
            Some(Llama::measure(&target, &draft)?)
        }
        None => {
            println!("llama-bench is not on PATH: llama.cpp is left out.");
            None
        }
    };
    let text = table(&runs, llama.as_ref());
    let title = format!("{} with {} as its draft, Q4_K_M", wanted.target.shape, wanted.draft.shape);
    println!("\n{title}\n\n{text}");
    let file = cargo::target_directory()?.join("bench/speculation.md");
    fs::write(&file, format!("{title}\n\n{text}"))?;
    println!("Written to {}", file.display());
    Ok(())
}

fn hearth(target: &Path, draft: &Path, tokens: &str) -> Result<Value> {
    let shares = ACCEPTANCE.map(|(share, _)| share.to_string()).join(",");
    let mut command = process::command(&cargo::built("hearth")?.to_string_lossy());
    command.args(["bench", "--json", "--decode", tokens, "--acceptance", &shares]);
    let text = process::output(command.arg("--model").arg(target).arg("--draft").arg(draft))?;
    Ok(serde_json::from_str(&text)?)
}

/// What llama.cpp takes for the parts of speculative decoding, in seconds.
struct Llama {
    /// A pass of the target by its rows; 1 has no guesses.
    pass: BTreeMap<usize, f64>,
    /// One token of the draft.
    guess: f64,
}

impl Llama {
    fn measure(target: &Path, draft: &Path) -> Result<Self> {
        let rows: Vec<String> = (1..=LONGEST_DRAFT + 1).map(|rows| rows.to_string()).collect();
        let (runs, _) = llama_bench(&["-r", "3", "-n", "0", "-p", &rows.join(",")], target)?;
        let runs = runs.as_array().map(Vec::as_slice).unwrap_or_default().iter();
        let pass = runs.filter_map(|run| {
            let rows = run["n_prompt"].as_u64()? as usize;
            Some((rows, rows as f64 / run["avg_ts"].as_f64()?))
        });
        let pass = pass.collect();
        let (alone, _) = llama_bench(&["-r", "3", "-n", "32", "-p", "0"], draft)?;
        let rate = alone[0]["avg_ts"].as_f64().ok_or("llama-bench gave no speed of the draft")?;
        Ok(Self { pass, guess: 1.0 / rate })
    }

    /// Tokens a second with the draft length that is best for these parts, or without a draft if
    /// that is: nothing but the two models' passes is counted, and verifying is counted with the
    /// logits of one row (Leviathan et al. 2023, section 3).
    fn best(&self, acceptance: f64) -> Option<f64> {
        let speed = |(rows, seconds): (&usize, &f64)| {
            let tokens: f64 = (0..*rows).map(|i| acceptance.powi(i as i32)).sum();
            tokens / (seconds + (*rows as f64 - 1.0) * self.guess)
        };
        self.pass.iter().map(speed).max_by(f64::total_cmp)
    }
}

/// Medians over the rounds, beside what they are meant to be.
fn table(runs: &[Value], llama: Option<&Llama>) -> String {
    let mut text = String::from(
        "| case | plain tok/s | drafted tok/s | gain | meant | accepted | llama.cpp at best | over it | meant |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    let drafted =
        ACCEPTANCE.map(|(share, least)| (format!("acceptance {share}"), least, Some(share)));
    let repeated = REPETITIONS.map(|(case, least)| (case.to_owned(), least, None));
    for (case, least, share) in drafted.into_iter().chain(repeated) {
        let found =
            |name: &str| median(runs.iter().filter_map(|run| of(run, &case, name)).collect());
        let best = share.and_then(|share| llama?.best(share));
        let tok_s = found("tok_s");
        let cells = [
            shown(found("plain_tok_s"), 1),
            shown(tok_s, 1),
            shown(found("speedup"), 2),
            format!("{least:.2}"),
            shown(ratio(found("accepted"), found("drafted")), 2),
            shown(best, 1),
            shown(ratio(tok_s, best), 2),
            shown(best.map(|_| OVER_LLAMA), 1),
        ];
        writeln!(text, "| {case} | {} |", cells.join(" | ")).expect("a String takes all text");
    }
    text
}

/// A figure of one case of `hearth bench`.
fn of(run: &Value, case: &str, name: &str) -> Option<f64> {
    let mut cases = run["rehearsed"].as_array()?.iter();
    cases.find(|found| found["case"] == case)?[name].as_f64()
}

fn shown(figure: Option<f64>, digits: usize) -> String {
    figure.map_or_else(|| "–".into(), |figure| format!("{figure:.digits$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_draft_length_depends_on_how_often_guesses_are_right() {
        let pass = (1..=9).map(|rows| (rows, 1.0 + 0.1 * (rows as f64 - 1.0))).collect();
        let llama = Llama { pass, guess: 0.1 };
        assert_eq!(llama.best(0.0), Some(1.0), "without a draft");
        let best = llama.best(0.5).unwrap();
        assert!((best - 1.75 / 1.4).abs() < 1e-9, "two guesses: {best}");
        assert_eq!(llama.best(1.0), Some(9.0 / 2.6));
    }

    #[test]
    fn the_table_holds_medians_and_marks() {
        let run = |tok_s: f64| {
            serde_json::json!({ "rehearsed": [{
                "case": "acceptance 0.6", "plain_tok_s": 10.0, "tok_s": tok_s,
                "speedup": tok_s / 10.0, "drafted": 100, "accepted": 60,
            }]})
        };
        let text = table(&[run(15.0), run(14.0), run(90.0)], None);
        assert!(
            text.contains("| acceptance 0.6 | 10.0 | 15.0 | 1.50 | 1.30 | 0.60 | – |"),
            "{text}"
        );
        assert!(
            text.contains("| acceptance 0.9 | – | – | – | 2.30 |"),
            "unknown is unknown: {text}"
        );
    }
}

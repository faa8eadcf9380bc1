//! `hearth bench --draft`: what drafting gains here.

use std::{
    io::{self, Write},
    path::PathBuf,
};

use hearth_assistant::{Assistant, Dirs};
use hearth_chat::gain::Gain;
use hearth_cpu::bench::{PairOptions, PairReport, run_pair};

use crate::{
    args::BenchArgs,
    failure::Failure,
    terminal::{self, say},
};

pub async fn run(args: BenchArgs, draft: String) -> Result<(), Failure> {
    let json = args.json;
    let options = PairOptions {
        target: args.model,
        draft: (draft != "ngram").then(|| draft.into()),
        tokens: args.decode as u32,
        acceptance: args.acceptance,
        threads: args.threads,
    };
    say!("Measuring with and without the draft in turn; this takes some minutes.");
    let measured = tokio::task::spawn_blocking(move || run_pair(&options));
    let report = measured.await.map_err(|error| Failure::new(1, error.to_string()))??;
    keep(&report).await?;
    if json {
        let line = serde_json::to_string(&report).expect("figures have a JSON text");
        writeln!(terminal::stdout(), "{line}")?;
    } else {
        print(&report)?;
    }
    Ok(())
}

/// Keeps the result, which then stands beside the model in the window too.
async fn keep(report: &PairReport) -> Result<(), Failure> {
    if report.answers.is_empty() || report.off_reason.is_some() {
        return Ok(());
    }
    let assistant = Assistant::without_history(Dirs::of_this_user()?).await?;
    for case in &report.answers {
        let draft: Option<PathBuf> = report.draft.clone().filter(|_| case.case != "repetitions");
        let repetitions = case.case != "model";
        let model = report.target.clone();
        assistant.keep_pair(model, draft, repetitions, case.gain, report.peak_rss_bytes).await?;
    }
    Ok(())
}

fn print(report: &PairReport) -> io::Result<()> {
    let mut stdout = terminal::stdout();
    writeln!(stdout, "{:<22} {:>9} {:>9} {:>7}  accepted", "", "plain", "drafted", "gain")?;
    for case in report.answers.iter().chain(&report.rehearsed) {
        let Gain { plain_tok_s, tok_s, speedup, drafted, accepted } = case.gain;
        let rates = format!("{plain_tok_s:>9.1} {tok_s:>9.1} {speedup:>6.2}x");
        writeln!(stdout, "{:<22} {rates}  {accepted} of {drafted}", case.case)?;
    }
    let megabytes = report.memory_bytes as f64 / 1e6;
    writeln!(stdout, "both models take {megabytes:.0} MB with the conversations they keep")?;
    if let Some(reason) = report.off_reason {
        let reason = serde_json::to_value(reason).expect("a reason has a name");
        writeln!(stdout, "the draft model was off: {}", reason.as_str().unwrap_or_default())?;
    }
    match report.answers.last().map(|case| case.gain) {
        Some(gain) if gain.is_worthwhile() => writeln!(stdout, "Drafting helps here."),
        Some(_) => writeln!(stdout, "Drafting does not help here; Hearth leaves it off by itself."),
        None => Ok(()),
    }
}

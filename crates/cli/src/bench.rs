//! `hearth bench`: how fast a model runs here, and how close that is to the machine's limit.

mod pair;
mod text;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use futures::StreamExt;
use hearth_assistant::{Assistant, Dirs, api::BackendChoice};
use hearth_chat::{DraftChoice, Event, Outcome, Sampling};
use hearth_cpu::bench::{AtDepth, AtRows, BenchOptions, BenchReport};
use hearth_text::tokenizer::Tokenizer;
use serde::Serialize;

use crate::{
    args::{Backend, BenchArgs},
    failure::{Failure, MODEL_UNUSABLE},
    terminal::{self, say},
};

/// What was measured; a figure that this backend does not give is `null`.
#[derive(Debug, Serialize)]
struct Figures {
    backend: String,
    load_ms: Option<f64>,
    prefill_tok_s: Option<f64>,
    /// At the first depth.
    decode_tok_s: Option<f64>,
    depths: Vec<AtDepth>,
    rows: Vec<AtRows>,
    /// Of all, when eight conversations are answered at once.
    together_tok_s: Option<f64>,
    peak_rss_bytes: Option<u64>,
    /// What the machine reads from memory, in 1e9 bytes a second.
    read_gb_s: Option<f64>,
    /// What it multiplies and adds in 8 bits, in 1e9 a second.
    int8_gmac_s: Option<f64>,
    /// Weights read a second at the first depth, as a share of `read_gb_s`.
    decode_read_share: Option<f64>,
    /// Multiplications a second in prefill, as a share of `int8_gmac_s`.
    prefill_int8_share: Option<f64>,
}

pub async fn run(args: BenchArgs) -> Result<ExitCode, Failure> {
    if let Some(draft) = args.draft.clone() {
        pair::run(args, draft).await?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(text) = args.text.clone() {
        text::run(args, text).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let json = args.json;
    let figures = if runs_on_cpu(&args)? {
        say!("Measuring; this takes a minute or two.");
        let measured = tokio::task::spawn_blocking(move || hearth_cpu::bench::run(&options(args)));
        Figures::from(measured.await.map_err(|error| Failure::new(1, error.to_string()))??)
    } else {
        Figures::from(ask_mistralrs(&args).await?)
    };
    if json {
        let line = serde_json::to_string(&figures).expect("figures have a JSON text");
        writeln!(terminal::stdout(), "{line}")?;
    } else {
        print(&figures)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn runs_on_cpu(args: &BenchArgs) -> Result<bool, Failure> {
    let unusable = |message: String| Failure::new(MODEL_UNUSABLE, message);
    let file = hearth_gguf::File::open(&args.model).map_err(|error| unusable(error.to_string()))?;
    match (args.backend, hearth_cpu::supports(&file)) {
        (Backend::Mistralrs, _) => Ok(false),
        (_, Ok(())) => Ok(true),
        (Backend::Cpu, Err(cause)) => Err(unusable(cause)),
        (Backend::Auto, Err(_)) => Ok(false),
    }
}

fn options(args: BenchArgs) -> BenchOptions {
    BenchOptions {
        model: args.model,
        prefill: args.prefill,
        decode: args.decode,
        depths: args.depth,
        rows: args.rows,
        threads: args.threads,
    }
}

/// One greedy answer through the engine process; the backend shows no more of itself.
async fn ask_mistralrs(args: &BenchArgs) -> Result<Outcome, Failure> {
    let assistant = Assistant::without_history(Dirs::of_this_user()?).await?;
    let mut settings = assistant.settings();
    settings.model = Some(args.model.display().to_string());
    settings.backend = BackendChoice::Mistralrs;
    settings.draft = DraftChoice::Off;
    settings.threads = args.threads;
    settings.sampling =
        Sampling { temperature: 0.0, max_tokens: Some(args.decode as u32), ..Sampling::default() };
    assistant.settings_for_this_run(settings)?;
    let mut events = assistant.ask_once(&prompt_of(args)?)?.events;
    while let Some(event) = events.next().await {
        if let Event::Finished(outcome) = event? {
            assistant.shut_down().await;
            return Ok(outcome);
        }
    }
    Err(Failure::new(1, "The engine stopped before it had answered. Try again."))
}

/// A text of about `args.prefill` tokens of this model; the figures are rates over the tokens that
/// there were.
fn prompt_of(args: &BenchArgs) -> Result<String, Failure> {
    const SAMPLE: usize = 64;
    let unusable = |message: String| Failure::new(MODEL_UNUSABLE, message);
    let file = hearth_gguf::File::open(&args.model).map_err(|error| unusable(error.to_string()))?;
    // A vocabulary that only mistral.rs knows is taken to have a token for a short word.
    let tokens = Tokenizer::from_gguf(&file)
        .map_or(SAMPLE, |known| known.encode_text(&"word ".repeat(SAMPLE)).len());
    Ok("word ".repeat((args.prefill * SAMPLE / tokens).max(1)))
}

impl From<BenchReport> for Figures {
    fn from(report: BenchReport) -> Self {
        Self {
            backend: report.backend.to_owned(),
            load_ms: Some(report.load_ms),
            prefill_tok_s: Some(report.prefill_tok_s),
            decode_tok_s: report.decode_tok_s,
            depths: report.depths,
            rows: report.rows,
            together_tok_s: Some(report.together_tok_s),
            peak_rss_bytes: report.peak_rss_bytes,
            read_gb_s: Some(report.read_gb_s),
            int8_gmac_s: Some(report.int8_gmac_s),
            decode_read_share: report.decode_read_share,
            prefill_int8_share: Some(report.prefill_int8_share),
        }
    }
}

impl From<Outcome> for Figures {
    fn from(outcome: Outcome) -> Self {
        Self {
            backend: outcome.backend,
            load_ms: outcome.timing.load_ms,
            prefill_tok_s: outcome.timing.prefill_tok_s,
            decode_tok_s: outcome.timing.decode_tok_s,
            depths: Vec::new(),
            rows: Vec::new(),
            together_tok_s: None,
            peak_rss_bytes: outcome.peak_rss_bytes,
            read_gb_s: None,
            int8_gmac_s: None,
            decode_read_share: None,
            prefill_int8_share: None,
        }
    }
}

fn print(figures: &Figures) -> io::Result<()> {
    let mut stdout = terminal::stdout();
    let mut line = |name: &str, value: Option<f64>, unit: &str| match value {
        Some(value) => writeln!(stdout, "{name:<22} {value:>9.1} {unit}"),
        None => Ok(()),
    };
    line("prefill", figures.prefill_tok_s, "tok/s")?;
    if figures.depths.is_empty() {
        line("decode", figures.decode_tok_s, "tok/s")?;
    }
    for at in &figures.depths {
        line(&format!("decode at depth {}", at.depth), Some(at.decode_tok_s), "tok/s")?;
    }
    for at in &figures.rows {
        line(&format!("a pass of {} rows", at.m), Some(at.ms), "ms")?;
    }
    line("8 chats at once", figures.together_tok_s, "tok/s")?;
    line("load", figures.load_ms, "ms")?;
    line("peak memory", figures.peak_rss_bytes.map(|bytes| bytes as f64 / 1e6), "MB")?;
    line("memory bandwidth", figures.read_gb_s, "GB/s")?;
    // A model that fits into the processor's cache is not read from memory at all.
    let from_memory = figures.decode_read_share.filter(|share| *share <= 1.0);
    line("of it, in decode", from_memory.map(|share| 100.0 * share), "%")?;
    line("int8 arithmetic", figures.int8_gmac_s, "GMAC/s")?;
    line("of it, in prefill", figures.prefill_int8_share.map(|share| 100.0 * share), "%")?;
    writeln!(stdout, "backend                {:>9}", figures.backend)
}

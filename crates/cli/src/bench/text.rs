//! `hearth bench --text`: how well a model foretells a text.

use std::{io::Write, path::PathBuf};

use hearth_cpu::bench::likelihood;

use super::runs_on_cpu;
use crate::{
    args::BenchArgs,
    failure::{Failure, MODEL_UNUSABLE},
    terminal::{self, say},
};

pub async fn run(args: BenchArgs, path: PathBuf) -> Result<(), Failure> {
    if !runs_on_cpu(&args)? {
        let message = "Only the cpu backend tells how well a model foretells a text.";
        return Err(Failure::new(MODEL_UNUSABLE, message));
    }
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Failure::new(1, format!("{}: {error}", path.display())))?;
    say!("Measuring; this takes about as long as reading the text as a prompt.");
    let json = args.json;
    let measured =
        tokio::task::spawn_blocking(move || likelihood(&args.model, &text, args.threads));
    let measured = measured.await.map_err(|error| Failure::new(1, error.to_string()))??;
    let found = measured
        .ok_or_else(|| Failure::new(1, format!("{} has hardly a word in it.", path.display())))?;
    if json {
        let line = serde_json::to_string(&found).expect("figures have a JSON text");
        writeln!(terminal::stdout(), "{line}")?;
    } else {
        writeln!(
            terminal::stdout(),
            "{} tokens, mean log-probability {:.4} nats (perplexity {:.2})",
            found.tokens,
            found.mean_log_probability,
            (-found.mean_log_probability).exp(),
        )?;
    }
    Ok(())
}

//! The catalog on the command line.

use std::{io::Write, process::ExitCode};

use hearth_assistant::{
    Assistant,
    api::{CatalogModel, FitView},
};

use super::{json, size};
use crate::{
    failure::Failure,
    terminal::{self, say},
};

pub async fn run(
    assistant: &Assistant,
    words: &[String],
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let mut found = assistant.catalog().await?;
    found.retain(|model| words.iter().all(|word| text_of(model).contains(&word.to_lowercase())));
    if as_json {
        return json(&found);
    }
    let mut stdout = terminal::stdout();
    for model in &found {
        for file in &model.files {
            let fit = match file.fit {
                Some(FitView::Fits) => "fits",
                Some(FitView::Tight) => "tight",
                Some(FitView::WillNotFit) => "will not fit",
                None => "?",
            };
            let speed = file.expected_tok_s.map_or("?".into(), |speed| format!("{speed:.0}"));
            writeln!(
                stdout,
                "{:<26} {:<8} {:>9}  {:<12} {:>4} tok/s  {}",
                model.id,
                file.quantization,
                file.bytes.map_or("?".into(), size),
                fit,
                speed,
                if file.installed.is_some() { "here" } else { "" },
            )?;
        }
    }
    if found.is_empty() {
        say!("The catalog has nothing with all of these words.");
    }
    Ok(ExitCode::SUCCESS)
}

fn text_of(model: &CatalogModel) -> String {
    let parts = [&model.id, &model.name, &model.publisher, &model.summary, &model.licence];
    let parts: Vec<_> = parts.into_iter().chain(&model.languages).map(String::as_str).collect();
    parts.join(" ").to_lowercase()
}

/// Says of every file what the hub says; fails when one is not as the catalog has it.
pub async fn check(assistant: &Assistant) -> Result<ExitCode, Failure> {
    let mut wrong = 0;
    for model in assistant.catalog().await? {
        for file in &model.files {
            match assistant.catalog_check(&model.id, &file.name).await {
                Ok(published) => {
                    writeln!(terminal::stdout(), "{}: as published, {published}", file.id)?;
                }
                Err(error) => {
                    wrong += 1;
                    writeln!(terminal::stdout(), "{}: {error}", file.id)?;
                }
            }
        }
    }
    match wrong {
        0 => Ok(ExitCode::SUCCESS),
        _ => Err(Failure::new(1, format!("{wrong} files are not as the catalog has them."))),
    }
}

//! `hearth models`: what is on this device, and what could be.

mod pull;
mod search;

use std::{io::Write, path::PathBuf, process::ExitCode};

use hearth_assistant::{
    Assistant, Dirs,
    api::{ModelState, ModelView, Runs, Verdict},
};
use serde::Serialize;

use crate::{
    args::{ModelsArgs, ModelsCommand},
    failure::{Failure, MODEL_UNUSABLE, USAGE},
    terminal::{self, say},
};

pub async fn run(args: ModelsArgs) -> Result<ExitCode, Failure> {
    let dirs = Dirs::of_this_user()?;
    let assistant = match &args.command {
        Some(ModelsCommand::Pull { .. } | ModelsCommand::Check) => connecting(dirs).await?,
        _ => Assistant::without_history(dirs).await?,
    };
    match args.command {
        None | Some(ModelsCommand::List) => list(&assistant, args.json).await,
        Some(ModelsCommand::Search { words }) => search::run(&assistant, &words, args.json).await,
        Some(ModelsCommand::Pull { model, quality }) => {
            pull::run(&assistant, &model, quality, args.json).await
        }
        Some(ModelsCommand::Remove { model }) => {
            let model = find(assistant.models(), &model)?;
            assistant.model_remove(model.id).await?;
            say!("{} was removed.", model.name);
            Ok(ExitCode::SUCCESS)
        }
        Some(ModelsCommand::Verify { model }) => verify(&assistant, &model, args.json).await,
        Some(ModelsCommand::Import { path, copy }) => {
            import(&assistant, path, copy, args.json).await
        }
        Some(ModelsCommand::Check) => search::check(&assistant).await,
    }
}

/// For what connects, which has its rows on the Privacy page or does not happen; the rest needs no
/// history, and none of it keeps a window from its chats.
async fn connecting(dirs: Dirs) -> Result<Assistant, Failure> {
    let assistant = Assistant::for_downloads(dirs).await?;
    assistant.check_connections_noted()?;
    Ok(assistant)
}

async fn list(assistant: &Assistant, as_json: bool) -> Result<ExitCode, Failure> {
    assistant.clone().look_at_models().await;
    let models = assistant.models();
    if as_json {
        return json(&models);
    }
    let chosen = assistant.status().await?.model;
    let mut stdout = terminal::stdout();
    for model in &models {
        writeln!(stdout, "{}", line(model, chosen.as_ref() == Some(&model.name)))?;
    }
    if models.is_empty() {
        say!("There is no model on this device.");
    }
    Ok(ExitCode::SUCCESS)
}

/// What `hearth models verify --json` prints.
#[derive(Serialize)]
struct Verified {
    id: String,
    name: String,
    path: String,
    verdict: Verdict,
}

async fn verify(assistant: &Assistant, wanted: &str, as_json: bool) -> Result<ExitCode, Failure> {
    let ModelView { id, name, path, .. } = find(assistant.models(), wanted)?;
    let verdict = assistant.model_verify(id.clone()).await?;
    if as_json {
        json(&Verified { id, name: name.clone(), path, verdict })?;
    }
    match verdict {
        Verdict::AsPublished | Verdict::Unknown if as_json => {}
        Verdict::AsPublished => {
            writeln!(terminal::stdout(), "{name}: every byte is as it was published.")?;
        }
        Verdict::Unknown => {
            let unknown = "read to its end; nobody published a checksum to compare with.";
            writeln!(terminal::stdout(), "{name}: {unknown}")?;
        }
        Verdict::Changed => {
            let message = format!("{name} is not what was downloaded: its file has changed.");
            let action = Some(
                "Remove it and pull it again; if it came with Hearth, install Hearth again.".into(),
            );
            return Err(Failure { message, action, code: MODEL_UNUSABLE });
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn import(
    assistant: &Assistant,
    path: PathBuf,
    copy: bool,
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let model = match copy {
        true => assistant.model_import(path).await?,
        false => assistant.model_add_path(path).await?,
    };
    if as_json {
        return json(&model);
    }
    writeln!(terminal::stdout(), "{} was added: {}", model.name, model.path)?;
    if let Some(Runs::Mistralrs { why }) = &model.runs {
        say!("It runs on mistral.rs, which is slower. {why}");
    }
    Ok(ExitCode::SUCCESS)
}

/// By id or path, else by a name that only one of them has: the quantizations of a model share
/// theirs.
fn find(mut models: Vec<ModelView>, wanted: &str) -> Result<ModelView, Failure> {
    let path = std::path::absolute(wanted).map(|path| path.display().to_string());
    let is_it = |model: &ModelView| {
        model.id == wanted || path.as_ref().is_ok_and(|path| *path == model.path)
    };
    if let Some(at) = models.iter().position(is_it) {
        return Ok(models.swap_remove(at));
    }
    models.retain(|model| model.name.eq_ignore_ascii_case(wanted));
    if models.len() > 1 {
        let paths = models.iter().map(|model| format!("  {}", model.path)).collect::<Vec<_>>();
        return Err(Failure {
            message: format!("{} models are called “{wanted}”.", models.len()),
            action: Some(format!("Name one by its path:\n{}", paths.join("\n"))),
            code: USAGE,
        });
    }
    let unknown = || hearth_assistant::Error::UnknownModel(wanted.to_owned());
    Ok(models.pop().ok_or_else(unknown)?)
}

fn json(value: &impl Serialize) -> Result<ExitCode, Failure> {
    let text = serde_json::to_string(value).expect("what the window gets has a JSON text");
    writeln!(terminal::stdout(), "{text}")?;
    Ok(ExitCode::SUCCESS)
}

/// The model that answers next has a star.
fn line(model: &ModelView, chosen: bool) -> String {
    let state = match &model.state {
        ModelState::OnDisk => match &model.runs {
            Some(Runs::Mistralrs { .. }) => "ready, on mistral.rs".into(),
            _ => "ready".into(),
        },
        ModelState::Loading { fraction } => format!("loading, {:.0} %", fraction * 100.0),
        ModelState::Loaded { backend, .. } => format!("loaded, {backend}"),
        ModelState::Unusable { message } => format!("cannot be used: {message}"),
        ModelState::Quarantined { message } => format!("quarantined: {message}"),
    };
    format!(
        "{} {:<28} {:>9}  {:<8} {state}",
        if chosen { '*' } else { ' ' },
        model.name,
        size(model.file_bytes),
        model.quantization.as_deref().unwrap_or("?"),
    )
}

/// As file managers count: powers of ten.
fn size(bytes: u64) -> String {
    match bytes as f64 {
        bytes if bytes < 1e6 => format!("{:.0} kB", bytes / 1e3),
        bytes if bytes < 1e9 => format!("{:.1} MB", bytes / 1e6),
        bytes => format!("{:.1} GB", bytes / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_those_of_a_file_manager() {
        assert_eq!(size(6_400_000), "6.4 MB");
        assert_eq!(size(4_700_000_000), "4.7 GB");
        assert_eq!(size(900), "1 kB");
    }
}

//! A download with a bar on stderr.

use std::{io::Write, process::ExitCode};

use hearth_assistant::{
    Assistant,
    api::{CatalogModel, DownloadState, DownloadView, Quality as Choice},
};
use indicatif::{ProgressBar, ProgressStyle};

use super::json;
use crate::{
    args::Quality,
    failure::{Failure, INTERRUPTED, MODEL_UNUSABLE},
    terminal::{self, one_line},
};

pub async fn run(
    assistant: &Assistant,
    wanted: &str,
    quality: Option<Quality>,
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let mut events = assistant.watch();
    let begun = start(assistant, wanted, quality).await?;
    let bar = Bar::new(&begun);
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    loop {
        let now = assistant.downloads().into_iter().find(|download| download.id == begun.id);
        let Some(now) = now else { return Err(Failure::new(1, "The download was cancelled.")) };
        bar.show(&now);
        match now.state {
            DownloadState::Done { model } => {
                bar.clear();
                let added = assistant.models().into_iter().find(|added| added.id == model);
                if as_json {
                    return json(&added);
                }
                writeln!(terminal::stdout(), "{} is ready: {model}", now.name)?;
                return Ok(ExitCode::SUCCESS);
            }
            DownloadState::Failed { message } => {
                bar.clear();
                return Err(Failure::new(MODEL_UNUSABLE, message));
            }
            DownloadState::Paused => {
                bar.clear();
                return Err(Failure {
                    message: format!("{} is not complete.", now.name),
                    action: Some("The same command goes on from here.".into()),
                    code: INTERRUPTED,
                });
            }
            DownloadState::Queued | DownloadState::Running | DownloadState::Waiting { .. } => {}
        }
        tokio::select! {
            _ = &mut interrupted, if !bar.is_stopping() => {
                bar.stopping();
                assistant.download_pause(&begun.id);
            }
            _ = events.next() => {}
        }
    }
}

async fn start(
    assistant: &Assistant,
    wanted: &str,
    quality: Option<Quality>,
) -> Result<DownloadView, Failure> {
    let catalog = assistant.catalog().await?;
    let is_it =
        |model: &&CatalogModel| model.id == wanted || model.name.eq_ignore_ascii_case(wanted);
    let Some(model) = catalog.iter().find(is_it) else {
        if wanted.contains('/') {
            return Ok(assistant.download_source(wanted).await?);
        }
        let action = Some("`hearth models search` lists the catalog.".into());
        let message = format!("The catalog has no model called “{wanted}”.");
        return Err(Failure { message, action, code: MODEL_UNUSABLE });
    };
    let file = match quality {
        None => model.files.first(),
        Some(quality) => model.files.iter().find(|file| {
            file.quality
                == match quality {
                    Quality::Small => Choice::Small,
                    Quality::Balanced => Choice::Balanced,
                    Quality::Best => Choice::Best,
                }
        }),
    };
    let missing = || Failure::new(MODEL_UNUSABLE, format!("{} has no such file.", model.name));
    Ok(assistant.download_start(&model.id, &file.ok_or_else(missing)?.name).await?)
}

/// Nothing is drawn where stderr is not a terminal.
struct Bar {
    bar: ProgressBar,
    stopping: std::cell::Cell<bool>,
}

impl Bar {
    fn new(download: &DownloadView) -> Self {
        let template = "{msg} {bar:24.dim} {bytes}/{total_bytes} {prefix}";
        let style = ProgressStyle::with_template(template).expect("the template is fixed");
        let bar = ProgressBar::new(download.bytes.unwrap_or(0)).with_style(style);
        bar.set_message(one_line(&download.name));
        Self { bar, stopping: std::cell::Cell::new(false) }
    }

    fn show(&self, download: &DownloadView) {
        self.bar.set_length(download.bytes.unwrap_or(0));
        self.bar.set_position(download.received);
        let speed = download.speed.map(|speed| format!("{:.1} MB/s", speed / 1e6));
        let left = download.left_s.map(|left| format!("{left:.0} s left"));
        self.bar.set_prefix(match &download.state {
            DownloadState::Waiting { message } => format!("waiting: {}", one_line(message)),
            DownloadState::Queued => "queued".into(),
            _ => [speed, left].into_iter().flatten().collect::<Vec<_>>().join(", "),
        });
    }

    fn stopping(&self) {
        self.stopping.set(true);
        self.bar.set_prefix("stopping");
    }

    fn is_stopping(&self) -> bool {
        self.stopping.get()
    }

    fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

//! The line that is always there, and the first picture of everything.

use std::path::Path;

use hearth_router::first;

use crate::{
    Assistant, Error,
    api::{AppEvent, EngineView, Hardware, SandboxView, Snapshot, Status},
};

impl Assistant {
    /// Everything the window needs to draw itself the first time.
    pub async fn snapshot(&self) -> Result<Snapshot, Error> {
        let conversations = self.conversation_list(None, false).await?;
        let trash = self.conversation_list(None, true).await?;
        let data = self.dirs().data.clone();
        let hardware = tokio::task::spawn_blocking({
            let data = data.clone();
            move || hardware(&data)
        });
        Ok(Snapshot {
            version: env!("CARGO_PKG_VERSION").into(),
            data_dir: data.display().to_string(),
            first_run: conversations.is_empty() && trash.is_empty(),
            status: self.status().await?,
            settings: self.settings(),
            hardware: hardware.await.map_err(|_| Error::Stopped)?,
            sandbox: self.sandbox(),
            models: self.models(),
            conversations,
        })
    }

    pub async fn status(&self) -> Result<Status, Error> {
        let settings = self.settings();
        let figures = self
            .history()
            .read_each(|store| {
                Ok((store.bytes_sent_today()?, store.spent()?.month, store.last_decode_tok_s()?))
            })
            .await?;
        Ok(Status {
            mode: settings.mode,
            place: first(settings.mode, false, !settings.providers.is_empty()).place,
            bytes_sent_today: figures
                .iter()
                .fold(0, |sum: i64, (sent, ..)| sum.saturating_add(*sent)),
            spent_this_month: figures.iter().map(|(_, spent, _)| *spent).sum(),
            decode_tok_s: figures.iter().find_map(|(.., speed)| *speed),
            model: self.chosen_model().ok().map(|model| model.name),
            storage_problem: self.history().problem(),
            restored: self.history().restored(),
            settings_problem: self.settings_problem(),
        })
    }

    /// What the kernel forbids the engine, as measured by the engine that ran last.
    pub fn sandbox(&self) -> SandboxView {
        let report = self.engine().state().borrow().sandbox.clone();
        SandboxView { level: report.level, layers: report.layers }
    }

    /// What the second engine can do here. It may have to ask a driver, which can take seconds.
    pub async fn engine_view(&self) -> Result<EngineView, Error> {
        let look = || {
            let binaries = hearth_engine::Binaries::default();
            let second = binaries.second_engine();
            let devices = binaries.devices();
            let no_gpu = match &devices {
                Err(why) => Some(*why),
                Ok(devices) => devices.no_gpu(),
            };
            let devices = devices.unwrap_or_default();
            EngineView { second, built_for: devices.built_for, gpus: devices.gpus, no_gpu }
        };
        tokio::task::spawn_blocking(look).await.map_err(|_| Error::Stopped)
    }

    pub(crate) async fn status_changed(&self) {
        match self.status().await {
            Ok(status) => self.events().send(AppEvent::Status(status)),
            Err(error) => tracing::warn!(%error, "the status could not be read"),
        }
    }
}

/// What this machine has; takes some milliseconds. `data` is the folder whose disk counts.
fn hardware(data: &Path) -> Hardware {
    let here = hearth_models::hardware::Hardware::here(data);
    Hardware {
        cpu: here.cpu,
        cores: here.physical_cores,
        instructions: here.instructions.to_owned(),
        memory_bytes: here.memory_bytes,
        memory_available_bytes: here.memory_available_bytes,
        disk_available_bytes: here.disk_available_bytes,
        gpus: here.gpus,
    }
}

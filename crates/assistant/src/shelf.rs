//! The models that can be had: the catalog seen from this machine, downloads, what other programs
//! have, and what becomes of the installed ones.

use std::{path::PathBuf, sync::Arc, time::Duration};

use hearth_egress::Proxy;
use hearth_models::{
    Installed, Verified,
    download::{Download, DownloadState as State, Downloads, Published, Source, Wanted, look_up},
    files_of,
    found::Places,
};

use crate::{
    Assistant, Error,
    api::{
        AppEvent, DownloadState, DownloadView, FoundModel, ModelRecord, ModelView, Settings,
        Verdict,
    },
};

/// How long a removal can be taken back.
const UNDO: Duration = Duration::from_secs(60);

impl Assistant {
    pub fn downloads(&self) -> Vec<DownloadView> {
        self.shelf().list().into_iter().map(view).collect()
    }

    /// Brings a file of the catalog here, or goes on with it.
    pub async fn download_start(&self, model: &str, file: &str) -> Result<DownloadView, Error> {
        let wanted = wanted(model, file)?;
        Ok(view(self.shelf().start(self.hub().await?, wanted)))
    }

    /// Asks the hub what a file of the catalog is now; an error when that is not what the catalog
    /// says. Otherwise its size and checksum, in words.
    pub async fn catalog_check(&self, model: &str, file: &str) -> Result<String, Error> {
        let wanted = wanted(model, file)?;
        let published = look_up(self.egress(), &self.hub().await?, &wanted.source).await?;
        let same = |published: &Published| {
            wanted.sha256.is_none_or(|sum| sum == published.sha256)
                && wanted.bytes.is_none_or(|bytes| bytes == published.bytes)
        };
        let tell = |file: &Published| format!("{} bytes, SHA-256 {}", file.bytes, file.sha256);
        let found = published.iter().map(tell).collect::<Vec<_>>().join("; ");
        match published.iter().all(same) {
            true => Ok(found),
            false => Err(Error::NotAsKnown { file: file.to_owned(), found }),
        }
    }

    /// Brings any model of the hub here: `OWNER/REPOSITORY/FILE.gguf`, and all parts of it.
    pub async fn download_source(&self, text: &str) -> Result<DownloadView, Error> {
        let source: Source = text.trim().parse()?;
        let label = source.label();
        let wanted = Wanted { source, label, bytes: None, sha256: None };
        Ok(view(self.shelf().start(self.hub().await?, wanted)))
    }

    pub async fn download_resume(&self, id: &str) -> Result<(), Error> {
        self.shelf().resume(id, self.hub().await?);
        Ok(())
    }

    pub fn download_pause(&self, id: &str) {
        self.shelf().pause(id);
    }

    pub fn download_cancel(&self, id: &str) {
        self.shelf().cancel(id);
    }

    /// What is known about each installed model beyond its file.
    pub async fn model_records(&self) -> Result<Vec<ModelRecord>, Error> {
        let used = self.history().read(|store| store.model_use()).await?;
        let models = self.inner.installed.models();
        Ok(models
            .into_iter()
            .map(|model| {
                let used = used.iter().find(|used| used.model == model.name);
                ModelRecord {
                    id: model.id,
                    owned: model.owned,
                    source: model.source.map(|source| source.to_string()),
                    last_used_ms: used.map(|used| used.last_ms),
                    decode_tok_s: used.and_then(|used| used.decode_tok_s_p50),
                }
            })
            .collect())
    }

    /// Takes a removal back; possible for a minute.
    pub async fn model_undo_remove(&self, id: String) -> Result<ModelView, Error> {
        self.on_files(move |assistant| {
            let restored = assistant.inner.installed.restore(&id)?;
            Ok(assistant.view_of(&restored))
        })
        .await
    }

    /// Copies a GGUF file, or all parts of one, into Hearth's own folder, and adds the copy, if
    /// anything here runs it.
    pub async fn model_import(&self, path: PathBuf) -> Result<ModelView, Error> {
        self.on_files(move |assistant| {
            assistant.check_runs(&files_of(&path)?[0])?;
            let copied = assistant.inner.installed.import(&path, &assistant.dirs().models)?;
            Ok(assistant.view_of(&copied))
        })
        .await
    }

    /// Reads the whole file and says whether it is what was published.
    pub async fn model_verify(&self, id: String) -> Result<Verdict, Error> {
        let assistant = self.clone();
        let verified =
            tokio::task::spawn_blocking(move || assistant.inner.installed.verify(&id)).await;
        Ok(match verified.map_err(|_| Error::Stopped)?? {
            Verified::AsPublished => Verdict::AsPublished,
            Verified::Changed => Verdict::Changed,
            Verified::Unknown => Verdict::Unknown,
        })
    }

    /// Models of other programs that are not on the list yet.
    pub async fn models_found(&self) -> Result<Vec<FoundModel>, Error> {
        let assistant = self.clone();
        let look = move || {
            let listed: Vec<_> =
                assistant.inner.installed.models().into_iter().map(|model| model.path).collect();
            let found = Places::of_this_user().look().into_iter();
            let view = |found: hearth_models::found::Found| {
                Some(FoundModel {
                    program: found.program.to_owned(),
                    name: found.name,
                    path: found.path.display().to_string(),
                    bytes: found.bytes,
                    runs: assistant.runs(&found.path).ok()?,
                })
            };
            found.filter(|found| !listed.contains(&found.path)).filter_map(view).collect()
        };
        tokio::task::spawn_blocking(look).await.map_err(|_| Error::Stopped)
    }

    async fn on_files<T: Send + 'static>(
        &self,
        work: impl FnOnce(Assistant) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let assistant = self.clone();
        let done = tokio::task::spawn_blocking(move || work(assistant)).await;
        let done = done.map_err(|_| Error::Stopped)??;
        self.models_changed();
        Ok(done)
    }

    pub(crate) fn shelf(&self) -> &Downloads {
        &self.inner.downloads
    }

    /// Tells the watchers when downloads change, until the assistant is gone.
    pub(crate) fn follow_downloads(&self) {
        let mut changes = self.shelf().watch();
        let weak = Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            let mut done = 0;
            while changes.changed().await.is_ok() {
                let Some(inner) = weak.upgrade() else { return };
                let assistant = Assistant { inner };
                let downloads = assistant.downloads();
                let now = downloads
                    .iter()
                    .filter(|download| matches!(download.state, DownloadState::Done { .. }))
                    .count();
                if now != done {
                    done = now;
                    assistant.models_changed();
                    tokio::spawn(assistant.clone().look_at_models());
                }
                assistant.events().send(AppEvent::Downloads { downloads });
            }
        });
    }

    /// Deletes what was just removed, once that cannot be taken back any more.
    pub(crate) fn purge_later(&self) {
        let weak = Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            tokio::time::sleep(UNDO).await;
            if let Some(inner) = weak.upgrade() {
                let _ = tokio::task::spawn_blocking(move || purge(&inner.installed)).await;
            }
        });
    }
}

/// An entry of the catalog as a download.
fn wanted(model: &str, file: &str) -> Result<Wanted, Error> {
    let unknown = || Error::UnknownModel(format!("{model} {file}"));
    let known = hearth_model_catalog::model(model).ok_or_else(unknown)?;
    let listed = known.files.iter().find(|listed| listed.name == file).ok_or_else(unknown)?;
    let repository = listed.repository.as_deref().ok_or_else(unknown)?;
    let source = Source::new(repository, &listed.name, listed.revision.as_deref())?;
    let sha256 = listed.sha256.as_deref().and_then(|sum| sum.parse().ok());
    Ok(Wanted { source, label: known.name.clone(), bytes: listed.bytes, sha256 })
}

/// Deletes for good what was removed longer ago than can be taken back.
pub(crate) fn purge(installed: &Installed) {
    if let Err(error) = installed.purge(UNDO) {
        tracing::warn!(%error, "removed models could not be deleted");
    }
}

/// How connections leave, as the settings say. Checked when the settings were taken.
pub(crate) fn proxy(settings: &Settings) -> Proxy {
    match settings.proxy.as_deref() {
        None => Proxy::Environment,
        Some("direct") => Proxy::Direct,
        Some(address) => address.parse().map_or(Proxy::Direct, Proxy::Through),
    }
}

fn view(download: Download) -> DownloadView {
    DownloadView {
        left_s: download.left_s(),
        id: download.id,
        name: download.label,
        bytes: download.bytes,
        received: download.received,
        speed: download.speed,
        state: match download.state {
            State::Queued => DownloadState::Queued,
            State::Running => DownloadState::Running,
            State::Waiting(message) => DownloadState::Waiting { message },
            State::Paused => DownloadState::Paused,
            State::Failed(error) => DownloadState::Failed { message: error.to_string() },
            State::Done(path) => DownloadState::Done { model: path.display().to_string() },
        },
    }
}

//! What runs a model, found out before it is loaded.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use hearth_chat::ErrorKind;
use hearth_engine::{Binaries, Runs, SecondEngine};

use crate::{Assistant, Error, lock};

/// A model as it was when it was looked at, and whether the second engine was there.
pub(crate) type Looked = (PathBuf, (u64, Option<SystemTime>), bool);

impl Assistant {
    /// Asks the engines what runs each of the listed models, and shows it.
    pub async fn look_at_models(self) {
        let assistant = self.clone();
        let look = move || {
            let models = assistant.inner.installed.models().into_iter();
            let news = models.filter(|model| model.facts.is_ok()).filter(|model| {
                let unknown = assistant.runs_as_seen(&model.path).is_none();
                unknown && assistant.runs(&model.path).is_ok_and(|runs| runs != Runs::Unknown)
            });
            news.count()
        };
        if tokio::task::spawn_blocking(look).await.is_ok_and(|news| news > 0) {
            self.models_changed();
        }
    }

    /// Refuses a model that nothing here runs. Waits for an engine to read its header.
    pub(crate) fn check_runs(&self, path: &Path) -> Result<(), Error> {
        match self.runs(path)? {
            Runs::Nowhere { why } => {
                Err(hearth_chat::Error::new(ErrorKind::Unsupported, why).into())
            }
            Runs::Cpu | Runs::Mistralrs { .. } | Runs::Unknown => Ok(()),
        }
    }

    /// Waits for an engine to read the model's header, unless it has been read.
    pub(crate) fn runs(&self, path: &Path) -> Result<Runs, Error> {
        if self.inner.stand_in.is_some() {
            return Ok(Runs::Unknown);
        }
        if let Some(known) = self.runs_as_seen(path) {
            return Ok(known);
        }
        let runs = Binaries::default().check(path)?;
        if runs != Runs::Unknown {
            lock(&self.inner.runs).insert(looked(path), runs.clone());
        }
        Ok(runs)
    }

    /// What was found out, if it was.
    pub(crate) fn runs_as_seen(&self, path: &Path) -> Option<Runs> {
        lock(&self.inner.runs).get(&looked(path)).cloned()
    }
}

fn looked(path: &Path) -> Looked {
    let second = Binaries::default().second_engine() == SecondEngine::Ready;
    (path.to_owned(), hearth_models::stamp(path), second)
}

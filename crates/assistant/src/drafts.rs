//! What drafts for which model, and what that is measured to gain.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use futures::StreamExt;
use hearth_chat::{
    DraftChoice, Event, Model, Outcome, Request, SpeculationOff,
    gain::{Comparison, Gain},
};
use hearth_engine::{BackendChoice, fit};
use hearth_models::{Facts, InstalledModel, Measured, Pairing, partners};

use crate::{
    Assistant, Error,
    api::{DraftCandidate, DraftMeasured, DraftView, ModelView},
    models::Chosen,
};

/// Tokens of each answer of a measurement.
const TOKENS: u32 = 48;

impl Assistant {
    /// What drafts for the model with this id.
    pub(crate) fn draft_choice(&self, id: &str) -> DraftChoice {
        let settings = self.settings();
        let choice = settings.drafts.get(id).cloned().unwrap_or(settings.draft);
        match choice {
            // A draft may be named; the engine wants its file.
            DraftChoice::Model(name) => match self.find(&name) {
                Ok(model) => DraftChoice::Model(model.path.display().to_string()),
                Err(_) => DraftChoice::Model(name),
            },
            other => other,
        }
    }

    /// The file that drafts for a model, as the settings are.
    pub(crate) fn draft_file(&self, model: &InstalledModel) -> Option<PathBuf> {
        match self.draft_choice(&model.id) {
            DraftChoice::Automatic => model.draft.clone(),
            DraftChoice::Model(path) => Some(path.into()),
            DraftChoice::Ngram | DraftChoice::Off => None,
        }
    }

    pub(crate) fn draft_view(
        &self,
        models: &[InstalledModel],
        model: &InstalledModel,
    ) -> DraftView {
        let choice = self.draft_choice(&model.id);
        let name = |path: &Path| match models.iter().find(|other| other.path == path) {
            Some(other) => other.name.clone(),
            None => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        };
        let own = model.draft.iter().map(PathBuf::as_path);
        let others = partners(models, model).into_iter().map(|other| other.path.as_path());
        let others = others.filter(|path| Some(*path) != model.draft.as_deref());
        let candidate =
            |path: &Path| DraftCandidate { path: path.display().to_string(), name: name(path) };
        let measured =
            self.pairing(model).and_then(|pairing| self.inner.installed.measured(pairing));
        DraftView {
            off_reason: self.draft_off(models, model, &choice, measured.as_ref()),
            model: self.draft_file(model).map(|path| name(&path)),
            candidates: own.chain(others).map(candidate).collect(),
            measured: measured.map(|measured| DraftMeasured {
                gain: measured.gain,
                helps: measured.gain.is_worthwhile(),
                memory_bytes: measured.memory_bytes,
                at_ms: measured.at_ms,
            }),
            choice,
        }
    }

    /// The pair that the settings make of a model; `None` if nothing is to draft for it.
    fn pairing(&self, model: &InstalledModel) -> Option<Pairing> {
        let choice = self.draft_choice(&model.id);
        let repetitions = matches!(choice, DraftChoice::Automatic | DraftChoice::Ngram);
        let draft = self.draft_file(model);
        (repetitions || draft.is_some()).then(|| Pairing {
            model: model.path.clone(),
            draft,
            repetitions,
        })
    }

    fn draft_off(
        &self,
        models: &[InstalledModel],
        model: &InstalledModel,
        choice: &DraftChoice,
        measured: Option<&Measured>,
    ) -> Option<SpeculationOff> {
        if *choice == DraftChoice::Off {
            return Some(SpeculationOff::Disabled);
        }
        let backend = self.settings().backend == BackendChoice::Mistralrs
            || self.backend_of(&model.path).is_some_and(|backend| backend == "mistralrs");
        if backend {
            return Some(SpeculationOff::Backend);
        }
        let draft = self.draft_file(model);
        if let Some(path) = &draft {
            let facts = match models.iter().find(|other| other.path == *path) {
                Some(other) => other.facts.clone().ok(),
                None => Facts::read(path).ok(),
            };
            let own = model.facts.as_ref().ok().and_then(|facts| facts.vocabulary);
            match facts {
                None => return Some(SpeculationOff::DraftUnusable),
                Some(facts) if facts.vocabulary != own => {
                    return Some(SpeculationOff::VocabularyDiffers);
                }
                Some(_) => {}
            }
            // What is loaded was found to fit, or not, when it was loaded.
            let need = self.memory_of(model).filter(|_| self.backend_of(&model.path).is_none());
            if need.is_some_and(|bytes| bytes > fit::available()) {
                return Some(SpeculationOff::TooLittleMemory);
            }
        }
        match measured {
            Some(measured) if measured.off_reason.is_some() => measured.off_reason,
            Some(measured) if !measured.gain.is_worthwhile() => Some(SpeculationOff::NotFaster),
            _ if draft.is_none() && *choice == DraftChoice::Automatic => {
                Some(SpeculationOff::NoPartner)
            }
            _ => None,
        }
    }

    /// Measures what the draft of this model gains here: a few everyday questions, answered without
    /// the draft and with it in turn. Takes from seconds to minutes. The result is kept.
    pub async fn draft_measure(&self, id: String) -> Result<ModelView, Error> {
        let found = self.find(&id)?;
        let pairing = self.pairing(&found).ok_or(Error::NoDraft)?;
        let choice = self.draft_choice(&found.id);
        let chosen = Chosen::from(found.clone());
        let model = self.model(&chosen);
        // One measurement at a time: two would measure each other.
        let _alone = self.inner.measuring.lock().await;
        // The model is not unloaded in the middle of an answer.
        let _running = self.running().start();
        let mut comparison = Comparison::default();
        let mut memory_bytes = None;
        for (question, counts) in Comparison::questions() {
            self.touch();
            let ask = |draft| answered(&model, Comparison::request(question, TOKENS, draft));
            let without = ask(&DraftChoice::Off).await?;
            let with = ask(&choice).await?;
            if counts {
                comparison.count_plain(&without);
                comparison.count_drafted(&with);
            }
            memory_bytes = with.peak_rss_bytes;
        }
        let gain = comparison.gain().ok_or(Error::NothingMeasured)?;
        self.keep_measured(pairing, gain, comparison.off_reason, memory_bytes).await?;
        Ok(self.view_of(&found))
    }

    /// Keeps what was measured of a pair of files: with the draft model, with the text's
    /// repetitions, or with both.
    pub async fn keep_pair(
        &self,
        model: PathBuf,
        draft: Option<PathBuf>,
        repetitions: bool,
        gain: Gain,
        memory_bytes: Option<u64>,
    ) -> Result<(), Error> {
        let pairing = Pairing { model, draft, repetitions };
        self.keep_measured(pairing, gain, None, memory_bytes).await
    }

    async fn keep_measured(
        &self,
        pairing: Pairing,
        gain: Gain,
        off_reason: Option<SpeculationOff>,
        memory_bytes: Option<u64>,
    ) -> Result<(), Error> {
        let at_ms =
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_millis() as u64);
        let measured = Measured { pairing, gain, off_reason, memory_bytes, at_ms };
        let installed = Arc::clone(&self.inner.installed);
        let kept = tokio::task::spawn_blocking(move || installed.keep_measured(measured)).await;
        kept.map_err(|_| Error::Stopped)??;
        self.models_changed();
        Ok(())
    }
}

async fn answered(model: &Arc<dyn Model>, request: Request) -> Result<Outcome, Error> {
    let mut events = model.stream(request);
    while let Some(event) = events.next().await {
        if let Event::Finished(outcome) = event? {
            return Ok(outcome);
        }
    }
    Err(Error::Stopped)
}

#[cfg(test)]
mod tests;

//! The models on this device, and which one answers.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use hearth_chat::{Device, DraftChoice, ErrorKind, Message, Model, Request};
use hearth_engine::{ModelFile, ModelSpec, ModelState as Engaged, Runs, fit};
use hearth_models::{Facts, InstalledModel, files_of};

use crate::{
    Assistant, Error,
    api::{AppEvent, ModelState, ModelView},
    lock,
};

/// The model that answers a question.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    id: String,
    pub name: String,
    path: PathBuf,
    /// The longest that the model knows, in tokens.
    context_length: Option<u32>,
    /// A file that can draft for it.
    draft: Option<PathBuf>,
}

impl Chosen {
    /// Differs from every other model, and from the same one when a file of it was replaced.
    pub fn identity(&self) -> String {
        let (bytes, written) = hearth_gguf::stamp(&self.path);
        let written = written.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let seconds = written.map_or(0, |since| since.as_secs());
        format!("{} {bytes} {seconds}", self.path.display())
    }
}

impl Assistant {
    /// All models on this device, the built-in ones first.
    pub fn models(&self) -> Vec<ModelView> {
        let models = self.inner.installed.models();
        models.iter().map(|model| self.view_among(&models, model)).collect()
    }

    /// Adds a GGUF file, or a folder of safetensors, where it lies, if anything here runs it.
    pub async fn model_add_path(&self, path: PathBuf) -> Result<ModelView, Error> {
        let assistant = self.clone();
        let added = tokio::task::spawn_blocking(move || {
            assistant.check_runs(&files_of(&path)?[0])?;
            let added = assistant.inner.installed.add(&path)?;
            Ok::<_, Error>(assistant.view_of(&added))
        });
        let view = added.await.map_err(|_| Error::Stopped)??;
        self.models_changed();
        Ok(view)
    }

    /// Takes a model off the list; for a minute that can be taken back. The user's own file stays
    /// where it is, one that Hearth brought is deleted then.
    pub async fn model_remove(&self, id: String) -> Result<(), Error> {
        let removed = self.find(&id)?;
        if self.is_loaded(&removed.path) {
            self.engine().unload().await;
        }
        self.inner.installed.remove(&removed.id)?;
        self.purge_later();
        if self.settings().model.as_ref() == Some(&removed.id) {
            self.settings_change(|settings| settings.model = None).await?;
        }
        self.models_changed();
        Ok(())
    }

    /// From now on this model answers.
    pub async fn model_use(&self, id: String) -> Result<(), Error> {
        let model = Some(self.find(&id)?.id);
        self.settings_change(|settings| settings.model = model).await?;
        Ok(())
    }

    /// Loads a model before it is asked, in place of the one that is loaded.
    pub async fn model_load(&self, id: String) -> Result<(), Error> {
        let model = Chosen::from(self.find(&id)?);
        self.touch();
        let loaded = self.engine().load(self.spec(&model)).await;
        match &loaded {
            Ok(()) => self.trouble_over(&model),
            Err(error) => self.trouble(&model, error),
        }
        self.touch();
        Ok(loaded?)
    }

    /// Gives the memory of the loaded model back.
    pub async fn model_unload(&self) -> Result<(), Error> {
        self.engine().unload().await;
        Ok(())
    }

    /// Lets a model that ended the engine be tried again.
    pub async fn model_retry(&self, id: String) -> Result<(), Error> {
        let model = Chosen::from(self.find(&id)?);
        self.engine().lift_quarantine(&model.path);
        self.trouble_over(&model);
        Ok(())
    }

    /// The model of the settings; without one, the starter.
    pub(crate) fn chosen_model(&self) -> Result<Chosen, Error> {
        if self.inner.stand_in.is_some() {
            let name = "stand-in".into();
            return Ok(Chosen {
                id: String::new(),
                name,
                path: PathBuf::new(),
                context_length: None,
                draft: None,
            });
        }
        match self.settings().model {
            Some(wanted) => self.find(&wanted).map(Chosen::from),
            None => {
                let starter = self.inner.installed.models().into_iter().find(|m| m.builtin);
                starter.map(Chosen::from).ok_or(Error::NoModel)
            }
        }
    }

    /// By id, by name, or by the path of a file that is not on the list.
    pub(crate) fn find(&self, wanted: &str) -> Result<InstalledModel, Error> {
        let models = self.inner.installed.models();
        let with_id = models.iter().find(|model| model.id == wanted);
        let named = || models.iter().find(|model| model.name.eq_ignore_ascii_case(wanted));
        match with_id.or_else(named) {
            Some(model) => Ok(model.clone()),
            None if Path::new(wanted).exists() => unlisted(Path::new(wanted)),
            None => Err(Error::UnknownModel(wanted.to_owned())),
        }
    }

    pub(crate) fn model(&self, chosen: &Chosen) -> Arc<dyn Model> {
        match &self.inner.stand_in {
            Some(model) => Arc::clone(model),
            None => self.engine().model(self.spec(chosen)),
        }
    }

    fn spec(&self, chosen: &Chosen) -> ModelSpec {
        let settings = self.settings();
        ModelSpec {
            path: chosen.path.clone(),
            backend: settings.backend,
            device: settings.device,
            draft: match (self.draft_choice(&chosen.id), &chosen.draft) {
                (DraftChoice::Automatic, Some(partner)) => {
                    DraftChoice::Model(partner.display().to_string())
                }
                (choice, _) => choice,
            },
            context_length: settings.context_length,
            threads: settings.threads,
        }
    }

    pub(crate) fn request(&self, chosen: &Chosen, messages: Vec<Message>) -> Request {
        let settings = self.settings();
        Request {
            messages,
            sampling: settings.sampling,
            thinking: settings.thinking,
            draft: self.draft_choice(&chosen.id),
            want_alternatives: false,
        }
    }

    /// Tokens of context: as loaded, else as it is going to be at most.
    pub(crate) fn context_of(&self, chosen: &Chosen) -> u32 {
        if let Engaged::Loaded { path, context_length, .. } = &self.engine().state().borrow().model
            && *path == chosen.path
        {
            return *context_length;
        }
        let wanted = self.settings().context_length.unwrap_or(fit::DEFAULT_CONTEXT);
        wanted.min(chosen.context_length.unwrap_or(wanted))
    }

    /// What runs the file, if it is loaded.
    pub(crate) fn backend_of(&self, file: &Path) -> Option<String> {
        self.loaded_backend().filter(|_| self.is_loaded(file))
    }

    pub(crate) fn loaded_backend(&self) -> Option<String> {
        self.loaded().map(|(backend, _)| backend)
    }

    /// The backend that holds a model now, and on what.
    pub(crate) fn loaded(&self) -> Option<(String, Device)> {
        match &self.engine().state().borrow().model {
            Engaged::Loaded { backend, device, .. } => Some((backend.clone(), device.clone())),
            Engaged::None | Engaged::Loading { .. } => None,
        }
    }

    fn is_loaded(&self, path: &Path) -> bool {
        matches!(&self.engine().state().borrow().model, Engaged::Loaded { path: p, .. } if p == path)
    }

    /// Remembers why a model could not be used.
    pub(crate) fn trouble(&self, model: &Chosen, error: &hearth_chat::Error) {
        let message = error.message.clone();
        let state = match error.kind {
            ErrorKind::Quarantined => ModelState::Quarantined { message },
            ErrorKind::ModelFile | ErrorKind::Unsupported => ModelState::Unusable { message },
            ErrorKind::Memory
            | ErrorKind::ContextLength
            | ErrorKind::EngineDied
            | ErrorKind::Gpu
            | ErrorKind::Remote
            | ErrorKind::InvalidRequest
            | ErrorKind::Internal => return,
        };
        lock(&self.inner.troubles).insert(model.path.clone(), state);
        self.models_changed();
    }

    pub(crate) fn trouble_over(&self, model: &Chosen) {
        if lock(&self.inner.troubles).remove(&model.path).is_some() {
            self.models_changed();
        }
    }

    pub(crate) fn models_changed(&self) {
        self.events().send(AppEvent::Models { models: self.models() });
    }

    pub(crate) fn view_of(&self, model: &InstalledModel) -> ModelView {
        self.view_among(&self.inner.installed.models(), model)
    }

    fn view_among(&self, models: &[InstalledModel], model: &InstalledModel) -> ModelView {
        let facts = model.facts.as_ref().ok();
        let runs = self.runs_as_seen(&model.path);
        ModelView {
            id: model.id.clone(),
            name: model.name.clone(),
            path: model.path.display().to_string(),
            builtin: model.builtin,
            file_bytes: model.file_bytes,
            architecture: facts.map(|facts| facts.architecture.clone()),
            parameters: facts.map(|facts| facts.parameters),
            quantization: facts.and_then(|facts| facts.quantization.clone()),
            context_length: facts.and_then(|facts| facts.context_length),
            memory_bytes: facts.and_then(|_| self.memory_of(model)),
            state: self.state_of(model, runs.as_ref()),
            runs,
            draft: self.draft_view(models, model),
        }
    }

    /// What it takes when it is loaded with the context of the settings.
    pub(crate) fn memory_of(&self, model: &InstalledModel) -> Option<u64> {
        let longest = model.facts.as_ref().ok().and_then(|facts| facts.context_length);
        let wanted = self.settings().context_length.unwrap_or(fit::DEFAULT_CONTEXT);
        let context = wanted.min(longest.unwrap_or(wanted));
        let draft = self.draft_file(model);
        let mut known = lock(&self.inner.memory);
        *known.entry((model.path.clone(), draft.clone(), context)).or_insert_with(|| {
            let file = ModelFile::open(&model.path).ok()?;
            let alone = fit::estimate(&file, context);
            let draft = draft.and_then(|draft| ModelFile::open(&draft).ok());
            Some(draft.map_or(alone, |draft| alone.with_draft(&draft, context)).total())
        })
    }

    fn state_of(&self, model: &InstalledModel, runs: Option<&Runs>) -> ModelState {
        match &self.engine().state().borrow().model {
            Engaged::Loading { path, fraction } if *path == model.path => {
                return ModelState::Loading { fraction: *fraction };
            }
            Engaged::Loaded { path, backend, device, memory_bytes, thinking, .. }
                if *path == model.path =>
            {
                return ModelState::Loaded {
                    memory_bytes: *memory_bytes,
                    backend: backend.clone(),
                    device: device.clone(),
                    thinking: *thinking,
                };
            }
            Engaged::None | Engaged::Loading { .. } | Engaged::Loaded { .. } => {}
        }
        if let Some(trouble) = lock(&self.inner.troubles).get(&model.path) {
            return trouble.clone();
        }
        match (&model.facts, runs) {
            (Err(message), _) => ModelState::Unusable { message: message.clone() },
            (Ok(_), Some(Runs::Nowhere { why })) => ModelState::Unusable { message: why.clone() },
            (Ok(_), _) => ModelState::OnDisk,
        }
    }
}

/// A file that is used without being on the list.
fn unlisted(path: &Path) -> Result<InstalledModel, Error> {
    let path = hearth_gguf::resolved(path).unwrap_or_else(|_| path.to_owned());
    let facts = Facts::read(&path)?;
    let path = files_of(&path)?.swap_remove(0);
    Ok(InstalledModel {
        id: path.display().to_string(),
        name: facts.name.clone(),
        builtin: false,
        owned: false,
        source: None,
        sums: Vec::new(),
        file_bytes: hearth_models::size_of(&path),
        facts: Ok(facts),
        draft: None,
        path,
    })
}

impl From<InstalledModel> for Chosen {
    fn from(model: InstalledModel) -> Self {
        Self {
            context_length: model.facts.ok().and_then(|facts| facts.context_length),
            id: model.id,
            name: model.name,
            path: model.path,
            draft: model.draft,
        }
    }
}

//! The application: what every face of Hearth, the window and the terminal, asks for.
//!
//! [`Assistant`] is the whole of it. Chats are in `hearth-store`, models run in `hearth-engine`,
//! and where a question may be answered is decided by `hearth-router`; here is what joins them.

pub mod api;
mod catalog;
pub mod codegen;
mod connections;
mod conversations;
pub mod crash;
mod dirs;
mod drafts;
mod elsewhere;
mod error;
mod events;
mod grades;
mod history;
mod hub;
mod idle;
pub mod keys;
mod ledger;
pub mod log;
mod models;
mod once;
mod prompt;
mod runs;
mod settings;
mod shelf;
mod status;
mod title;
mod turn;
mod usage;
mod view;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use hearth_chat::Model;
use hearth_egress::Egress;
use hearth_engine::{Engine, EngineConfig, Runs};
use hearth_models::{
    Installed,
    download::{Downloads, Pace},
};
use hearth_router::{Mode, Scope};
use hearth_store::Store;

/// For `hearth-fuzz`, which tries other files than people write.
#[doc(hidden)]
pub mod settings_file {
    pub use crate::settings::{Loaded, load, save};
}

pub use dirs::{Dirs, Foreign, write_for_this_user_alone};
pub use error::Error;
pub use events::Watch;
pub use hearth_models::is_model_folder;
pub use once::Once;
pub use turn::{OpinionOnce, Proposal};

use api::{AppEvent, ModelState, Settings};
use elsewhere::{Cache, Consents, Failing};
use events::Events;
use history::History;
use keys::{KeyStore, Keys, SystemStore};
use settings::Saved;
use turn::Turns;

/// The application of one user. Clones are the same one; the last to go ends the engine.
#[derive(Clone)]
pub struct Assistant {
    inner: Arc<Inner>,
}

/// A model's file, its draft's, and a context length in tokens.
type Loading = (PathBuf, Option<PathBuf>, u32);

struct Inner {
    dirs: Dirs,
    history: History,
    settings: Mutex<settings::Loaded>,
    /// Held while settings change: two changes at once would each undo the other.
    changing: tokio::sync::Mutex<()>,
    installed: Arc<Installed>,
    downloads: Downloads,
    /// Bytes a second, measured when first needed.
    bandwidth: Mutex<Option<f64>>,
    /// Estimates by file, draft and context, in bytes: each takes reading a header.
    memory: Mutex<HashMap<Loading, Option<u64>>>,
    /// What runs each model, as the engines said.
    runs: Mutex<HashMap<runs::Looked, Runs>>,
    /// The only way out, closed while the mode is `LocalOnly`.
    egress: Egress,
    keys: Keys,
    failing: Failing,
    consents: Consents,
    cache: Cache,
    /// Replaced when the settings ask for another kind of sandbox.
    engine: Mutex<Engine>,
    /// Answers in place of the engine, in tests.
    stand_in: Option<Arc<dyn Model>>,
    /// Models that could not be used when they were last tried.
    troubles: Mutex<HashMap<PathBuf, ModelState>>,
    running: Turns,
    /// Held by the measurement that runs.
    measuring: tokio::sync::Mutex<()>,
    last_used: Mutex<Instant>,
    events: Events,
}

impl Assistant {
    /// Opens the user's chats, settings and models. Starts no engine yet.
    ///
    /// Opens whatever state the folders are in: without folders that can be written everything
    /// works and nothing is kept, which [`api::Status`] says.
    pub async fn open(dirs: Dirs) -> Result<Self, Error> {
        Self::assemble(dirs, Keep::OnDisk, None, Arc::new(SystemStore::default())).await
    }

    /// For single questions: no chat is read, written or locked.
    pub async fn without_history(dirs: Dirs) -> Result<Self, Error> {
        Self::assemble(dirs, Keep::Nothing, None, Arc::new(SystemStore::default())).await
    }

    /// For downloads: connections are noted in the history, which stays free for a window.
    pub async fn for_downloads(dirs: Dirs) -> Result<Self, Error> {
        Self::assemble(dirs, Keep::Connections, None, Arc::new(SystemStore::default())).await
    }

    /// Like [`Assistant::open`], with `model` answering in place of the engine.
    pub async fn open_with(dirs: Dirs, model: Arc<dyn Model>) -> Result<Self, Error> {
        Self::assemble(dirs, Keep::OnDisk, Some(model), Arc::new(SystemStore::default())).await
    }

    /// The same, with `keys` in place of the system's key store.
    pub async fn open_with_keys(
        dirs: Dirs,
        model: Arc<dyn Model>,
        keys: Arc<dyn KeyStore>,
    ) -> Result<Self, Error> {
        Self::assemble(dirs, Keep::OnDisk, Some(model), keys).await
    }

    async fn assemble(
        dirs: Dirs,
        keep: Keep,
        stand_in: Option<Arc<dyn Model>>,
        keys: Arc<dyn KeyStore>,
    ) -> Result<Self, Error> {
        tokio::task::spawn_blocking(move || Inner::open(dirs, keep, stand_in, keys))
            .await
            .map_err(|_| Error::Stopped)?
            .map(|inner| {
                let assistant = Self { inner: Arc::new(inner) };
                assistant.follow_engine();
                assistant.unload_when_idle();
                assistant.follow_downloads();
                if keep == Keep::OnDisk {
                    tokio::spawn(assistant.clone().look_at_models());
                }
                assistant.forget_ownerless_keys();
                assistant
            })
    }

    /// What changes outside a turn, from now on.
    pub fn watch(&self) -> Watch {
        self.inner.events.watch()
    }

    /// Ends the engine process, and leaves the chats in one file.
    pub async fn shut_down(&self) {
        self.engine().unload().await;
        if let Err(error) = self.history().read(Store::forget_log).await {
            tracing::warn!(%error, "the write-ahead log could not be emptied");
        }
    }

    pub fn settings(&self) -> Settings {
        lock(&self.inner.settings).settings.clone()
    }

    /// Takes new settings and writes them. Where they cannot be written they hold until Hearth
    /// ends, and the status says so; the next start is then local only.
    ///
    /// # Errors
    /// When they cannot work, or when they do hold but the next start could let more leave than they do.
    pub async fn settings_update(&self, new: Settings) -> Result<Settings, Error> {
        settings::check(&new).map_err(Error::Settings)?;
        // First of all: what is on its way is cut before anything else happens, even before another
        // change has ended, and no end of another change lets anything leave again.
        let closing =
            (new.mode == Mode::LocalOnly).then(|| self.egress().change(vec![Scope::Rules]));
        let this = self.clone();
        // Whoever asked for it may be gone before it is done.
        let changed = tokio::spawn(async move {
            let changed = this.settings_change(|settings| *settings = new).await;
            if let Some(closing) = closing {
                closing.ended().await;
            }
            changed
        });
        changed.await.map_err(|_| Error::Stopped)?
    }

    /// Changes some settings and leaves the others, the mode above all, as they are at that moment.
    /// When it returns, nothing leaves any more that the new settings do not allow.
    pub(crate) async fn settings_change(
        &self,
        change: impl FnOnce(&mut Settings),
    ) -> Result<Settings, Error> {
        let _alone = self.inner.changing.lock().await;
        let before = self.settings();
        let mut new = before.clone();
        change(&mut new);
        settings::check(&new).map_err(Error::Settings)?;
        for provider in new.providers.iter().filter(|new| !before.providers.contains(new)) {
            provider.endpoint()?;
        }
        let changing = self.egress().change(scopes_of(&before, &new));
        if new.mode == Mode::LocalOnly {
            self.inner.cache.forget();
        }
        let folder = self.dirs().settings.clone();
        let writing = new.clone();
        let saved = tokio::task::spawn_blocking(move || settings::save_or_close(&folder, &writing))
            .await
            .map_err(|_| Error::Stopped)?;
        let (problem, refused) = match saved {
            Saved::Whole => (None, None),
            Saved::ForThisRun(problem) => (Some(problem), None),
            Saved::Dangerous(why) => (Some(format!("{why}.")), Some(why)),
        };
        *lock(&self.inner.settings) = settings::Loaded { settings: new.clone(), problem };
        if before.mode != new.mode {
            self.egress().allow(new.mode != Mode::LocalOnly);
        }
        if before.strict_sandbox != new.strict_sandbox {
            // The old engine ends with the last answer that still comes from it.
            *lock(&self.inner.engine) = engine(self.dirs(), &new);
            self.follow_engine();
        }
        self.egress().set_proxy(shelf::proxy(&new));
        changing.ended().await;
        self.events().send(AppEvent::Settings { settings: Box::new(new.clone()) });
        self.models_changed();
        self.status_changed().await;
        refused.map_or(Ok(new), |problem| Err(Error::NotClosed(problem)))
    }

    /// Settings for this run alone; nothing is written.
    pub fn settings_for_this_run(&self, settings: Settings) -> Result<(), Error> {
        settings::check(&settings).map_err(Error::Settings)?;
        let _changing = self.egress().change(scopes_of(&self.settings(), &settings));
        self.egress().allow(settings.mode != Mode::LocalOnly);
        self.egress().set_proxy(shelf::proxy(&settings));
        lock(&self.inner.settings).settings = settings;
        Ok(())
    }

    /// Why settings or the list of models are not as the user left them, if so.
    pub(crate) fn settings_problem(&self) -> Option<String> {
        let settings = lock(&self.inner.settings).problem.clone();
        settings.or_else(|| self.inner.installed.notice().map(str::to_owned))
    }

    pub(crate) fn dirs(&self) -> &Dirs {
        &self.inner.dirs
    }

    pub(crate) fn history(&self) -> &History {
        &self.inner.history
    }

    pub(crate) fn egress(&self) -> &Egress {
        &self.inner.egress
    }

    pub(crate) fn engine(&self) -> Engine {
        lock(&self.inner.engine).clone()
    }

    pub(crate) fn running(&self) -> &Turns {
        &self.inner.running
    }

    pub(crate) fn events(&self) -> &Events {
        &self.inner.events
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    OnDisk,
    Connections,
    Nothing,
}

impl Inner {
    fn open(
        dirs: Dirs,
        keep: Keep,
        stand_in: Option<Arc<dyn Model>>,
        keys: Arc<dyn KeyStore>,
    ) -> Result<Self, Error> {
        if let Err(error) = dirs.create() {
            // Whatever needs the folders says what it could not do.
            tracing::warn!(%error, "the folders could not all be made");
        }
        dirs.keep_others_out()?;
        let database = dirs.data.join("hearth.db");
        let history = match keep {
            Keep::OnDisk => History::open(&database)?,
            Keep::Connections => History::beside(&database)?,
            Keep::Nothing => History::unkept()?,
        };
        let settings = settings::load(&dirs.settings);
        let engine = Mutex::new(engine(&dirs, &settings.settings));
        let egress = Egress::new(connections::Log::new(history.clone()));
        egress.allow(settings.settings.mode != Mode::LocalOnly);
        egress.set_proxy(shelf::proxy(&settings.settings));
        let installed = Arc::new(Installed::open(&dirs.data, hearth_models::starter_folder()));
        shelf::purge(&installed);
        let shared = Arc::clone(&installed);
        Ok(Self {
            downloads: Downloads::open(egress.clone(), &dirs.models, shared, Pace::default()),
            egress,
            keys: Keys::new(keys, &dirs.data, elsewhere::older_keys(&settings)),
            failing: Failing::default(),
            consents: Consents::default(),
            cache: Cache::default(),
            installed,
            bandwidth: Mutex::default(),
            memory: Mutex::default(),
            runs: Mutex::default(),
            dirs,
            history,
            settings: Mutex::new(settings),
            changing: tokio::sync::Mutex::default(),
            engine,
            stand_in,
            troubles: Mutex::default(),
            running: Turns::default(),
            measuring: tokio::sync::Mutex::default(),
            last_used: Mutex::new(Instant::now()),
            events: Events::new(),
        })
    }
}

/// What leave to send rests on and differs between them. Limits are no part of it: the ledger looks at
/// them when it reserves what a request can cost.
fn scopes_of(before: &Settings, new: &Settings) -> Vec<Scope> {
    let mut scopes = Vec::new();
    if (before.mode, &before.policy) != (new.mode, &new.policy) {
        scopes.push(Scope::Rules);
    }
    let all = before.providers.iter().chain(&new.providers);
    for provider in all.filter(|it| !before.providers.contains(it) || !new.providers.contains(it)) {
        scopes.push(Scope::Provider(provider.id.clone()));
    }
    scopes
}

fn engine(dirs: &Dirs, settings: &Settings) -> Engine {
    Engine::new(EngineConfig {
        strict_sandbox: settings.strict_sandbox,
        quarantine_file: Some(dirs.data.join("quarantine.json")),
        ..EngineConfig::default()
    })
}

/// A panic elsewhere leaves these values whole: they are replaced, never half-changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

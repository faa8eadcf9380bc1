//! The providers of the settings and their keys.

use std::collections::BTreeMap;

use hearth_cloud::{PRESETS, ProviderConfig, price};
use hearth_egress::Change;
use hearth_router::{Mode, Scope};

use crate::{
    Assistant, Error,
    api::{KeyFileState, KeyHome, KeyState, PresetView, ProviderView, Settings},
    keys::{self, Key, KeyError, Keys},
    lock, settings,
};

impl Assistant {
    /// The providers of the settings, in the user's order of preference.
    pub async fn providers(&self) -> Result<Vec<ProviderView>, Error> {
        let configs = self.settings().providers;
        self.with_keys(move |keys| Ok(configs.into_iter().map(|c| view(c, keys)).collect())).await
    }

    /// What a new provider can start from.
    pub fn provider_presets(&self) -> Vec<PresetView> {
        let tables = price::tables();
        let preset = |preset: hearth_cloud::Preset| {
            let table = tables.iter().find(|table| table.provider == preset.id);
            let models: Vec<String> =
                table.into_iter().flat_map(|table| table.models.keys().cloned()).collect();
            let config = ProviderConfig {
                id: preset.id.into(),
                name: preset.name.into(),
                wire: preset.wire,
                own_server: preset.own_server,
                own_host: None,
                url: preset.url.into(),
                model: models.first().cloned().unwrap_or_default(),
                price: None,
                region: None,
                retention_days: None,
            };
            PresetView { config, models }
        };
        PRESETS.into_iter().map(preset).collect()
    }

    /// Adds a provider, or changes the one with its id.
    pub async fn provider_save(&self, config: ProviderConfig) -> Result<Vec<ProviderView>, Error> {
        let name = key_name(&config)?;
        let put = |settings: &mut Settings| match settings
            .providers
            .iter_mut()
            .find(|known| known.id == config.id)
        {
            Some(known) => *known = config.clone(),
            None => settings.providers.push(config.clone()),
        };
        let changing = self.changing_provider(&config.id);
        let known = self.provider_of(&config.id).ok();
        if let Some(known) = known
            && key_name(&known).is_ok_and(|known| known != name)
        {
            // A key is for one address; at another it would be somebody else's to read.
            self.forget_key_of(&known).await?;
        }
        self.settings_change(put).await?;
        changing.ended().await;
        self.providers().await
    }

    /// Forgets a provider's key, and then the provider: without it nobody would know of the key.
    pub async fn provider_remove(&self, id: String) -> Result<Vec<ProviderView>, Error> {
        let changing = self.changing_provider(&id);
        if let Ok(known) = self.provider_of(&id) {
            self.forget_key_of(&known).await?;
        }
        let take = |settings: &mut Settings| {
            settings.providers.retain(|provider| provider.id != id);
            settings.limits.providers.remove(&id);
        };
        self.settings_change(take).await?;
        changing.ended().await;
        self.providers().await
    }

    pub async fn provider_set_key(
        &self,
        id: String,
        key: Key,
        home: KeyHome,
    ) -> Result<Vec<ProviderView>, Error> {
        let name = key_name(&self.provider_of(&id)?)?;
        let changing = self.changing_provider(&id);
        self.with_keys(move |keys| keys.keep(&name, key, home)).await?;
        changing.ended().await;
        self.providers().await
    }

    pub async fn provider_forget_key(&self, id: String) -> Result<Vec<ProviderView>, Error> {
        let changing = self.changing_provider(&id);
        self.forget_key_of(&self.provider_of(&id)?).await?;
        changing.ended().await;
        self.providers().await
    }

    /// What is under way to it ends, and what was agreed to is agreed to no more.
    fn changing_provider(&self, id: &str) -> Change {
        self.egress().change(vec![Scope::Provider(id.to_owned())])
    }

    async fn forget_key_of(&self, provider: &ProviderConfig) -> Result<(), Error> {
        // Without an address that can be used there is no key.
        let Ok(name) = key_name(provider) else { return Ok(()) };
        self.with_keys(move |keys| keys.forget(&name)).await
    }

    /// Forgets keys of providers that are not in the settings any more. Not where the settings could
    /// not be read: then nobody knows whose they are, and at another address they are of no use anyway.
    pub(crate) fn forget_ownerless_keys(&self) {
        let loaded = lock(&self.inner.settings).clone();
        if loaded.problem.is_some() && loaded.settings.providers.is_empty() {
            return;
        }
        let this = self.clone();
        tokio::task::spawn_blocking(move || {
            let owners = || this.settings().providers.iter().flat_map(key_name).collect();
            this.inner.keys.forget_others(owners);
        });
    }

    /// Where keys are kept when the system has no store for them.
    pub async fn key_file_state(&self) -> Result<KeyFileState, Error> {
        self.with_keys(|keys| Ok(keys.file_state())).await
    }

    /// Opens the key file until Hearth ends; where there is none, begins one with this passphrase.
    pub async fn key_file_open(&self, passphrase: Key) -> Result<Vec<ProviderView>, Error> {
        self.with_keys(move |keys| keys.open_file(&passphrase)).await?;
        self.providers().await
    }

    /// By id alone: a key must not go to another provider that is called so.
    fn provider_of(&self, id: &str) -> Result<ProviderConfig, Error> {
        let found = self.settings().providers.into_iter().find(|provider| provider.id == id);
        found.ok_or_else(|| Error::UnknownProvider(id.to_owned()))
    }

    /// By id or by name.
    pub(crate) fn provider(&self, wanted: &str) -> Result<ProviderConfig, Error> {
        let mut providers = self.settings().providers.into_iter();
        let found = providers.find(|p| p.id == wanted || p.name.eq_ignore_ascii_case(wanted));
        found.ok_or_else(|| Error::UnknownProvider(wanted.to_owned()))
    }

    /// Runs on a thread that may block: a key store can take seconds.
    pub(crate) async fn with_keys<T: Send + 'static>(
        &self,
        what: impl FnOnce(&Keys) -> Result<T, KeyError> + Send + 'static,
    ) -> Result<T, Error> {
        let keys = self.inner.keys.clone();
        let done = tokio::task::spawn_blocking(move || what(&keys)).await;
        Ok(done.map_err(|_| Error::Stopped)??)
    }
}

/// A key is kept under the provider and the address that it is for.
pub(crate) fn key_name(provider: &ProviderConfig) -> Result<String, Error> {
    Ok(keys::provider_name(&provider.id, &provider.origin()?))
}

/// What becomes of keys that an older Hearth kept under a provider's id alone: they go on at the
/// address that sealed settings hold, and nowhere else.
pub(crate) fn older_keys(loaded: &settings::Loaded) -> BTreeMap<String, Option<String>> {
    let settings::Loaded { settings, problem } = loaded;
    let sealed = problem.is_none() && settings.mode != Mode::LocalOnly;
    let presets = PRESETS.iter().map(|preset| (preset.id.to_owned(), None));
    let vouched = |provider: &ProviderConfig| key_name(provider).ok().filter(|_| sealed);
    let kept = settings.providers.iter().map(|it| (it.id.clone(), vouched(it)));
    presets.chain(kept).collect()
}

fn view(config: ProviderConfig, keys: &Keys) -> ProviderView {
    ProviderView {
        place: config.place(),
        key: key_name(&config).map_or(KeyState::Missing, |name| keys.state(&name)),
        price: config.known_price(),
        problem: config.endpoint().err().map(|error| error.to_string()),
        config,
    }
}

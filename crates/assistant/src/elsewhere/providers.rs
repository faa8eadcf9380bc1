//! The providers of the settings and their keys.

use hearth_cloud::{PRESETS, ProviderConfig, price};

use crate::{
    Assistant, Error,
    api::{KeyFileState, KeyHome, PresetView, ProviderView, Settings},
    keys::{Key, KeyError, Keys},
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
        config.endpoint()?;
        let origin = |config: &ProviderConfig| config.endpoint().map(|url| url.origin());
        let providers = self.settings().providers;
        let known = providers.iter().find(|known| known.id == config.id);
        if known.is_some_and(|known| origin(known) != origin(&config)) {
            // A key is for one address; at another it would be somebody else's to read.
            let id = config.id.clone();
            self.with_keys(move |keys| keys.forget(&id)).await?;
        }
        let put = |settings: &mut Settings| match settings
            .providers
            .iter_mut()
            .find(|known| known.id == config.id)
        {
            Some(known) => *known = config,
            None => settings.providers.push(config),
        };
        self.settings_change(put).await?;
        self.providers().await
    }

    /// Removes a provider and forgets its key.
    pub async fn provider_remove(&self, id: String) -> Result<Vec<ProviderView>, Error> {
        let take = |settings: &mut Settings| {
            settings.providers.retain(|provider| provider.id != id);
            settings.limits.providers.remove(&id);
        };
        self.settings_change(take).await?;
        self.with_keys(move |keys| keys.forget(&id)).await?;
        self.providers().await
    }

    pub async fn provider_set_key(
        &self,
        id: String,
        key: Key,
        home: KeyHome,
    ) -> Result<Vec<ProviderView>, Error> {
        self.provider(&id)?;
        self.with_keys(move |keys| keys.keep(&id, key, home)).await?;
        self.providers().await
    }

    pub async fn provider_forget_key(&self, id: String) -> Result<Vec<ProviderView>, Error> {
        self.with_keys(move |keys| keys.forget(&id)).await?;
        self.providers().await
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

fn view(config: ProviderConfig, keys: &Keys) -> ProviderView {
    ProviderView {
        place: config.place(),
        key: keys.state(&config.id),
        price: config.known_price(),
        problem: config.endpoint().err().map(|error| error.to_string()),
        config,
    }
}

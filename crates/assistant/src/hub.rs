//! Where models come from, and the token for files that are given only to some people.

use hearth_egress::{Origin, Secret};
use hearth_models::download::Hub;
use url::Url;

use crate::{
    Assistant, Error,
    api::{KeyHome, KeyState},
    keys::Key,
};

impl Assistant {
    /// The hub of the settings with its token, if one is kept.
    pub(crate) async fn hub(&self) -> Result<Hub, Error> {
        let endpoint = self.hub_endpoint()?;
        let name = key_name(&endpoint)?;
        let kept = self.with_keys(move |keys| keys.read(&name)).await;
        let token = match kept {
            Ok(Some((key, _))) => Some(secret(&endpoint, &key)?),
            Ok(None) => None,
            // Most files are given without one; for others the hub says that it is missing.
            Err(error) => {
                tracing::warn!(%error, "the hub's token cannot be read");
                None
            }
        };
        Ok(Hub { endpoint, token })
    }

    pub async fn hub_token(&self) -> Result<KeyState, Error> {
        let name = key_name(&self.hub_endpoint()?)?;
        self.with_keys(move |keys| Ok(keys.state(&name))).await
    }

    /// Keeps a token for the hub of the settings. No other address ever sees it.
    pub async fn hub_set_token(&self, token: Key, home: KeyHome) -> Result<KeyState, Error> {
        let endpoint = self.hub_endpoint()?;
        secret(&endpoint, &token)?;
        let name = key_name(&endpoint)?;
        self.with_keys(move |keys| keys.keep(&name, token, home)).await?;
        self.hub_token().await
    }

    pub async fn hub_forget_token(&self) -> Result<KeyState, Error> {
        let name = key_name(&self.hub_endpoint()?)?;
        self.with_keys(move |keys| keys.forget(&name)).await?;
        self.hub_token().await
    }

    fn hub_endpoint(&self) -> Result<Url, Error> {
        match self.settings().hub {
            Some(hub) => hub.parse().map_err(|_| not_an_address(&hub)),
            None => Ok(Hub::of_environment()),
        }
    }
}

/// A token belongs to one address, so that a mirror does not inherit the token of the hub.
fn key_name(endpoint: &Url) -> Result<String, Error> {
    Ok(format!("hub {}", origin(endpoint)?))
}

fn secret(endpoint: &Url, token: &Key) -> Result<Secret, Error> {
    Ok(Secret::bearer(origin(endpoint)?, token.reveal())?)
}

fn origin(endpoint: &Url) -> Result<Origin, Error> {
    Origin::of(endpoint).map_err(|_| not_an_address(endpoint.as_str()))
}

fn not_an_address(hub: &str) -> Error {
    Error::Settings(format!("{hub} is no address"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hearth_chat::FakeModel;

    use super::*;
    use crate::{
        Dirs,
        api::Settings,
        keys::{KeyError, KeyStore},
    };

    /// A system without a key store.
    struct NoStore;

    impl KeyStore for NoStore {
        fn read(&self, _: &str) -> Result<Option<Key>, KeyError> {
            Err(KeyError::NoStore("no D-Bus".into()))
        }

        fn write(&self, _: &str, _: &Key) -> Result<(), KeyError> {
            Err(KeyError::NoStore("no D-Bus".into()))
        }

        fn forget(&self, _: &str) -> Result<(), KeyError> {
            Err(KeyError::NoStore("no D-Bus".into()))
        }
    }

    #[tokio::test]
    async fn a_token_is_for_one_hub_and_a_mirror_does_not_inherit_it() {
        let home = tempfile::tempdir().unwrap();
        let model = Arc::new(FakeModel::default());
        let dirs = Dirs::under(home.path());
        let assistant = Assistant::open_with_keys(dirs, model, Arc::new(NoStore)).await.unwrap();
        let at = async |hub: &str| {
            let settings = Settings { hub: Some(hub.into()), ..assistant.settings() };
            assistant.settings_update(settings).await.unwrap();
            (assistant.hub_token().await.unwrap(), assistant.hub().await.unwrap().token.is_some())
        };
        let kept = KeyState::Kept { home: KeyHome::ThisRun };
        assert_eq!(at("http://127.0.0.1:1").await, (KeyState::Missing, false));
        let token = || Key::new("hf_canary".into());
        assert!(assistant.hub_set_token(token(), KeyHome::System).await.is_err(), "no store");
        assert_eq!(assistant.hub_set_token(token(), KeyHome::ThisRun).await.unwrap(), kept);
        assert_eq!(at("http://127.0.0.1:2").await, (KeyState::Missing, false));
        assert_eq!(at("http://127.0.0.1:1").await, (kept, true));
        assert_eq!(assistant.hub_forget_token().await.unwrap(), KeyState::Missing);
        let broken = Key::new("two\nlines".into());
        assert!(assistant.hub_set_token(broken, KeyHome::ThisRun).await.is_err());
    }
}

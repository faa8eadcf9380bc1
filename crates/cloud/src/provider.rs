//! Who can be asked, as the user set it up. No key is in here.

use hearth_router::{NotAnOrigin, Origin, Place, Region};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use url::Url;

use crate::{Error, Price, price};

/// Which dialect of HTTP a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    /// OpenAI's own chat completions, whose newer models refuse sampling settings.
    OpenAi,
    /// Mistral's chat completions, which report usage unasked.
    Mistral,
    /// What OpenRouter, vLLM, SGLang, mistral.rs, llama.cpp and Ollama understand alike.
    OpenAiCompatible,
    Anthropic,
    Gemini,
}

/// One place away from this device, with the model that is asked there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// Stable, and the name of its key in the system's key store.
    pub id: String,
    /// What the user calls it.
    pub name: String,
    pub wire: Wire,
    /// The user's own machine: between this device and the cloud, and free of charge. Of a host that
    /// is not in the own network, only where [`ProviderConfig::own_host`] says so too.
    pub own_server: bool,
    /// A host outside the own network that the user named, in full, as their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub own_host: Option<String>,
    /// The start of every address, such as `https://api.openai.com/v1`.
    pub url: String,
    pub model: String,
    /// The user's own statement; it goes before the price that comes with Hearth.
    #[serde(default)]
    pub price: Option<Price>,
    /// Where the provider computes, as far as the user knows.
    #[serde(default)]
    pub region: Option<Region>,
    /// Days it keeps what it is sent, 0 for not at all, as far as the user knows.
    #[serde(default)]
    pub retention_days: Option<u32>,
}

/// What a model costs and how that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KnownPrice {
    pub price: Price,
    pub source: PriceSource,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "from")]
pub enum PriceSource {
    /// The user said so.
    Stated,
    OwnServer,
    /// Read from `page` on the day `read`.
    Table {
        page: String,
        read: String,
    },
}

impl ProviderConfig {
    pub fn place(&self) -> Place {
        if self.is_own() { Place::OwnServer } else { Place::Cloud }
    }

    /// Whether it counts as the user's own machine. One tick is not enough for a host that anybody's
    /// words could reach.
    pub fn is_own(&self) -> bool {
        self.own_server
            && self.origin().is_ok_and(|origin| {
                let named = self.own_host.as_deref().map(str::trim);
                origin.is_near() || named.is_some_and(|it| it.eq_ignore_ascii_case(origin.host()))
            })
    }

    /// Where its answers come from, and its key goes to.
    ///
    /// # Errors
    /// As [`ProviderConfig::endpoint`].
    pub fn origin(&self) -> Result<Origin, Error> {
        let wrong = |error: NotAnOrigin| self.wrong(&error.to_string());
        Origin::of(&self.endpoint()?).map_err(wrong)
    }

    fn wrong(&self, what: &str) -> Error {
        Error::Address { name: self.name.clone(), what: what.to_owned() }
    }

    /// The address that answers are asked from.
    ///
    /// # Errors
    /// When the address is none, carries a password or a query, or would send in the clear to
    /// a machine that is not in the user's own network.
    pub fn endpoint(&self) -> Result<Url, Error> {
        let wrong = |what: &str| self.wrong(what);
        let base = Url::parse(&self.url).map_err(|error| wrong(&error.to_string()))?;
        let origin = Origin::of(&base).map_err(|_| wrong("it must begin with https://"))?;
        let in_the_clear = origin.is_loopback() || (self.own_server && origin.is_near());
        if !origin.is_https() && !in_the_clear {
            return Err(wrong("it must begin with https://"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(wrong("it carries a password, which belongs into the key"));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(wrong("it must end with a path"));
        }
        let tail = match self.wire {
            Wire::OpenAi | Wire::Mistral | Wire::OpenAiCompatible => "chat/completions".to_owned(),
            Wire::Anthropic => "messages".to_owned(),
            Wire::Gemini => format!("models/{}:streamGenerateContent", self.model),
        };
        let mut url = base;
        url.path_segments_mut()
            .map_err(|()| wrong("it has no path"))?
            .pop_if_empty()
            .extend(tail.split('/'));
        if self.wire == Wire::Gemini {
            url.set_query(Some("alt=sse"));
        }
        Ok(url)
    }

    /// What its model costs; `None` when nobody said. A model without a price is not asked.
    pub fn known_price(&self) -> Option<KnownPrice> {
        if self.is_own() {
            return Some(KnownPrice { price: Price::NOTHING, source: PriceSource::OwnServer });
        }
        if let Some(price) = &self.price {
            return Some(KnownPrice { price: price.clone(), source: PriceSource::Stated });
        }
        // Behind another address the same name may cost something else.
        let table = price::tables().into_iter().find(|table| {
            PRESETS.iter().any(|preset| preset.id == table.provider && preset.url == self.url)
        })?;
        let price = table.models.get(&self.model)?.clone();
        Some(KnownPrice {
            price,
            source: PriceSource::Table { page: table.source, read: table.read },
        })
    }
}

/// A provider that Hearth knows how to reach.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    pub id: &'static str,
    pub name: &'static str,
    pub wire: Wire,
    pub own_server: bool,
    pub url: &'static str,
}

pub const PRESETS: [Preset; 9] = [
    preset("openai", "OpenAI", Wire::OpenAi, "https://api.openai.com/v1"),
    preset("anthropic", "Anthropic", Wire::Anthropic, "https://api.anthropic.com/v1"),
    preset("gemini", "Gemini", Wire::Gemini, "https://generativelanguage.googleapis.com/v1beta"),
    preset("mistral", "Mistral", Wire::Mistral, "https://api.mistral.ai/v1"),
    preset("openrouter", "OpenRouter", Wire::OpenAiCompatible, "https://openrouter.ai/api/v1"),
    own("llama-cpp", "llama.cpp server", "http://127.0.0.1:8080/v1"),
    own("ollama", "Ollama", "http://127.0.0.1:11434/v1"),
    own("vllm", "vLLM", "http://127.0.0.1:8000/v1"),
    own("sglang", "SGLang", "http://127.0.0.1:30000/v1"),
];

const fn preset(id: &'static str, name: &'static str, wire: Wire, url: &'static str) -> Preset {
    Preset { id, name, wire, own_server: false, url }
}

const fn own(id: &'static str, name: &'static str, url: &'static str) -> Preset {
    Preset { id, name, wire: Wire::OpenAiCompatible, own_server: true, url }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(preset: &Preset, model: &str) -> ProviderConfig {
        ProviderConfig {
            id: preset.id.into(),
            name: preset.name.into(),
            wire: preset.wire,
            own_server: preset.own_server,
            own_host: None,
            url: preset.url.into(),
            model: model.into(),
            price: None,
            region: None,
            retention_days: None,
        }
    }

    fn at(url: &str, own_server: bool) -> ProviderConfig {
        ProviderConfig { url: url.into(), own_server, ..config(&PRESETS[4], "m") }
    }

    #[test]
    fn every_preset_has_its_published_address() {
        let addresses = PRESETS.map(|p| config(&p, "m-1").endpoint().unwrap().to_string());
        assert_eq!(
            addresses[..4],
            [
                "https://api.openai.com/v1/chat/completions",
                "https://api.anthropic.com/v1/messages",
                "https://generativelanguage.googleapis.com/v1beta/models/m-1:streamGenerateContent?alt=sse",
                "https://api.mistral.ai/v1/chat/completions",
            ]
        );
    }

    #[test]
    fn nothing_goes_in_the_clear_to_a_machine_of_somebody_else() {
        assert!(at("http://example.org/v1", false).endpoint().is_err());
        for near in ["http://192.168.1.7:8000/v1", "http://nas/v1", "http://gpu.lan:8000/v1"] {
            assert!(at(near, true).endpoint().is_ok(), "{near}");
            assert!(at(near, false).endpoint().is_err(), "{near}");
        }
        for far in ["http://example.org/v1", "http://9.9.9.9/v1", "http://lan.example.org/v1"] {
            let named = ProviderConfig { own_host: Some("example.org".into()), ..at(far, true) };
            assert!(named.endpoint().is_err(), "{far}");
        }
        assert!(at("http://127.0.0.1:8000/v1", false).endpoint().is_ok());
        assert!(at("https://example.org/v1/", false).endpoint().is_ok());
        for odd in ["ftp://example.org", "https://u:p@example.org", "https://h/?k=1", "nonsense"] {
            assert!(at(odd, true).endpoint().is_err(), "{odd}");
        }
    }

    #[test]
    fn one_tick_does_not_make_a_host_of_the_internet_the_users_own() {
        let ticked = at("https://gpu.example.org:8443/v1", true);
        assert_eq!((ticked.place(), ticked.known_price()), (Place::Cloud, None));
        for (named, place) in [
            ("gpu.example.org", Place::OwnServer),
            (" GPU.Example.org ", Place::OwnServer),
            ("example.org", Place::Cloud),
            ("gpu.example.org.evil.example", Place::Cloud),
            ("", Place::Cloud),
        ] {
            let named = ProviderConfig { own_host: Some(named.into()), ..ticked.clone() };
            assert_eq!(named.place(), place, "{named:?}");
            // What was named there does not count for another host.
            let moved = ProviderConfig { url: "https://other.example/v1".into(), ..named.clone() };
            assert_eq!(moved.place(), Place::Cloud);
            let cloud = ProviderConfig { own_server: false, ..named };
            assert_eq!(cloud.place(), Place::Cloud);
        }
        assert_eq!(at("https://nas.local/v1", true).place(), Place::OwnServer);
        assert_eq!(at("http://10.0.0.7:8000/v1", true).place(), Place::OwnServer);
    }

    #[test]
    fn a_model_name_cannot_change_the_address() {
        let sly = config(&PRESETS[2], "../../x?key=1#");
        let url = sly.endpoint().unwrap();
        assert_eq!(url.host_str(), Some("generativelanguage.googleapis.com"));
        assert_eq!(url.query(), Some("alt=sse"));
    }

    #[test]
    fn a_price_is_known_only_where_somebody_stated_it() {
        let known = config(&PRESETS[1], "claude-haiku-4-5");
        assert!(matches!(known.known_price().unwrap().source, PriceSource::Table { .. }));
        assert_eq!(config(&PRESETS[1], "claude-unheard-of").known_price(), None);
        let elsewhere = ProviderConfig { url: "https://example.org/v1".into(), ..known.clone() };
        assert_eq!(elsewhere.known_price(), None, "the same name behind another address");
        let stated = ProviderConfig { price: Some(Price::NOTHING), ..elsewhere };
        assert_eq!(stated.known_price().unwrap().source, PriceSource::Stated);
        let own = config(&PRESETS[6], "anything").known_price().unwrap();
        assert_eq!(own.source, PriceSource::OwnServer);
    }
}

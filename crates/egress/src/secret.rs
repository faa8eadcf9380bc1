use std::fmt;

use hearth_router::Origin;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use url::Url;

/// A key and the only origin that may see it. It prints as redacted and cannot be serialized.
#[derive(Clone)]
pub struct Secret {
    origin: Origin,
    header: HeaderName,
    value: HeaderValue,
}

/// The key has characters that no header can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The key has characters that no key has. Copy it again.")]
pub struct NotAKey;

impl Secret {
    /// `authorization: Bearer KEY`.
    pub fn bearer(origin: Origin, key: &str) -> Result<Self, NotAKey> {
        Self::new(origin, AUTHORIZATION, format!("Bearer {}", key.trim()))
    }

    /// `NAME: KEY`; the name in lower case.
    pub fn header(origin: Origin, name: &'static str, key: &str) -> Result<Self, NotAKey> {
        Self::new(origin, HeaderName::from_static(name), key.trim().to_owned())
    }

    fn new(origin: Origin, header: HeaderName, value: String) -> Result<Self, NotAKey> {
        let mut value = HeaderValue::try_from(value).map_err(|_| NotAKey)?;
        value.set_sensitive(true);
        Ok(Self { origin, header, value })
    }

    /// Adds the key to what goes to its own origin, and to nothing else.
    pub(crate) fn attach(&self, url: &Url, headers: &mut HeaderMap) {
        if Origin::of(url).is_ok_and(|origin| origin == self.origin) {
            headers.insert(self.header.clone(), self.value.clone());
        }
    }

    /// `text` without the key: some servers repeat it where they refuse it.
    pub fn conceal(&self, text: &str) -> String {
        let value = self.value.to_str().unwrap_or_default();
        let key = value.strip_prefix("Bearer ").unwrap_or(value);
        if key.is_empty() { text.to_owned() } else { text.replace(key, "…") }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret(<redacted>, for {})", self.origin)
    }
}

//! Where bytes may go: one scheme, host and port. Parsed by the same crate as the HTTP client
//! uses, so that nobody can read an address in two ways.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The origin of an address (RFC 6454), such as `https://api.example.com:443`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin {
    https: bool,
    /// As in the address: lower case, punycode, IPv6 in brackets.
    host: String,
    port: u16,
    loopback: bool,
}

/// An address that nothing can be sent to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not an http or https address with a host")]
pub struct NotAnOrigin(String);

impl Origin {
    /// # Errors
    /// When `url` is neither http nor https, or has no host.
    pub fn of(url: &Url) -> Result<Self, NotAnOrigin> {
        let refused = || NotAnOrigin(format!("{}:…", url.scheme()));
        let https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(refused()),
        };
        let host = url.host().ok_or_else(refused)?;
        let loopback = match &host {
            Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let port = url.port_or_known_default().ok_or_else(refused)?;
        Ok(Self { https, host: host.to_string(), port, loopback })
    }

    /// # Errors
    /// When `address` is not an http or https address.
    pub fn parse(address: &str) -> Result<Self, NotAnOrigin> {
        let url = Url::parse(address).map_err(|_| NotAnOrigin(address.to_owned()))?;
        Self::of(&url)
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn is_https(&self) -> bool {
        self.https
    }

    /// This very machine.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual) = if self.https { ("https", 443) } else { ("http", 80) };
        write!(out, "{scheme}://{}", self.host)?;
        if self.port == usual { Ok(()) } else { write!(out, ":{}", self.port) }
    }
}

impl TryFrom<String> for Origin {
    type Error = NotAnOrigin;

    fn try_from(address: String) -> Result<Self, NotAnOrigin> {
        Self::parse(&address)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_only_in_spelling_is_one_origin() {
        let plain = Origin::parse("https://api.example.com").unwrap();
        assert_eq!(plain, Origin::parse("HTTPS://API.example.com:443/v1?x=1").unwrap());
        assert_eq!(plain.to_string(), "https://api.example.com");
        for other in
            ["http://api.example.com", "https://example.com", "https://api.example.com:8443"]
        {
            assert_ne!(plain, Origin::parse(other).unwrap());
        }
    }

    #[test]
    fn a_user_name_is_not_a_host() {
        let origin = Origin::parse("https://api.example.com@evil.example/").unwrap();
        assert_eq!(origin.host(), "evil.example");
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for here in ["http://127.0.0.1:8080", "http://[::1]", "http://localhost:11434"] {
            assert!(Origin::parse(here).unwrap().is_loopback(), "{here}");
        }
        for there in ["http://192.168.0.2", "http://localhost.example", "http://127.0.0.1.example"]
        {
            assert!(!Origin::parse(there).unwrap().is_loopback(), "{there}");
        }
    }

    #[test]
    fn other_schemes_are_refused() {
        for address in ["file:///etc/passwd", "data:,x", "ftp://example.com", "example.com", ""] {
            assert!(Origin::parse(address).is_err(), "{address}");
        }
    }
}

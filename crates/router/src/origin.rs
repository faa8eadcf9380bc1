//! Where bytes may go: one scheme, host and port. Parsed by the same crate as the HTTP client
//! uses, so that nobody can read an address in two ways.

use std::{fmt, net::IpAddr};

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
    near: bool,
}

/// The ends of names that are kept for the own network (RFC 6761, 6762 and 8375; `.internal` by ICANN in
/// 2024; `.lan` is what home routers give out).
const NEAR_NAMES: [&str; 5] = [".local", ".lan", ".internal", ".home.arpa", ".localhost"];

/// Whether an address is this machine or in a network of its own kind: loopback, private or
/// link-local.
pub fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            v4.is_private() || v4.is_link_local() || v4.is_loopback() || v4.is_unspecified()
        }
        IpAddr::V6(v6) => {
            v6.is_unique_local()
                || v6.is_unicast_link_local()
                || v6.is_loopback()
                || v6.is_unspecified()
        }
    }
}

/// A name that says that it is of the own network. What it stands for is another question.
fn is_near_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    !name.contains('.') || NEAR_NAMES.iter().any(|end| name.ends_with(end))
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
        let (loopback, near) = match &host {
            Host::Domain(name) => {
                let here = name.trim_end_matches('.');
                (here == "localhost" || here.ends_with(".localhost"), is_near_name(name))
            }
            Host::Ipv4(address) => (address.is_loopback(), is_near(IpAddr::V4(*address))),
            Host::Ipv6(address) => {
                let canonical = address.to_canonical();
                (canonical.is_loopback(), is_near(canonical))
            }
        };
        let port = url.port_or_known_default().ok_or_else(refused)?;
        Ok(Self { https, host: host.to_string(), port, loopback, near })
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

    /// In the user's own network, by what the address says. Of a name, only the connection shows
    /// whether that is true.
    pub fn is_near(&self) -> bool {
        self.near
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
    fn what_is_near_says_so() {
        for near in [
            "http://10.1.2.3",
            "http://192.168.1.7:8000/v1",
            "http://172.31.0.1",
            "http://169.254.1.1",
            "http://127.1",
            "http://0x7f.1",
            "http://[fe80::1]",
            "http://[fd00::1]",
            "http://[::ffff:10.0.0.1]",
            "http://nas",
            "http://NAS.:80",
            "http://gpu.lan",
            "http://gpu.Local.",
            "http://a.b.internal",
            "http://box.home.arpa",
        ] {
            assert!(Origin::parse(near).unwrap().is_near(), "{near}");
        }
        for far in [
            "http://example.org",
            "http://172.32.0.1",
            "http://100.64.0.1",
            "http://169.253.1.1",
            "http://8.8.8.8",
            "http://[2001:db8::1]",
            "http://[::ffff:8.8.8.8]",
            "http://lan.example.org",
            "http://xlan.example",
            "http://gpu.lan.example",
        ] {
            assert!(!Origin::parse(far).unwrap().is_near(), "{far}");
        }
    }

    #[test]
    fn other_schemes_are_refused() {
        for address in ["file:///etc/passwd", "data:,x", "ftp://example.com", "example.com", ""] {
            assert!(Origin::parse(address).is_err(), "{address}");
        }
    }
}

//! Which addresses may be talked to, and how.

use std::net::IpAddr;

use hearth_router::Origin;
use url::{Host, Url};

use crate::{Error, peers::Peers};

/// The host, with the port where it is not the scheme's own.
pub(crate) fn host_of(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => String::new(),
    }
}

/// Whether the address is this device by what it says, without asking the network.
pub(crate) fn is_loopback(url: &Url) -> bool {
    Origin::of(url).is_ok_and(|origin| origin.is_loopback())
}

/// Whether the address is in the user's own network by what it says.
pub(crate) fn is_near(url: &Url) -> bool {
    Origin::of(url).is_ok_and(|origin| origin.is_near())
}

/// Whether nothing needs to be looked up to see that `peers` do not take it.
pub(crate) fn is_refused(url: &Url, peers: Peers) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => !peers.take(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => !peers.take(IpAddr::V6(address)),
        Some(Host::Domain(_)) => peers == Peers::Far && is_near(url),
        None => true,
    }
}

/// Refuses what is not a web address, names a user, or would go in the clear: plain http is only
/// for this device and, where `own_server`, for a host that the user runs.
pub(crate) fn check(url: &Url, own_server: bool) -> Result<(), Error> {
    let host = host_of(url);
    let clear = is_loopback(url) || (own_server && is_near(url));
    match url.scheme() {
        _ if host.is_empty() => Err(Error::Address { host: url.scheme().to_owned() }),
        "https" | "http" if !url.username().is_empty() || url.password().is_some() => {
            Err(Error::Address { host })
        }
        "https" => Ok(()),
        "http" if clear => Ok(()),
        "http" => Err(Error::Unencrypted { host }),
        _ => Err(Error::Address { host }),
    }
}

/// Where a redirect leads, if it may be followed: never from encrypted to plain, and never from
/// outside to an address on this device or in its network. `near` is whether `from` is inside.
pub(crate) fn redirected(from: &Url, near: bool, location: &str) -> Result<Url, Error> {
    let refused =
        |to: &Url, why| Err(Error::Redirect { from: host_of(from), to: host_of(to), why });
    let Ok(to) = from.join(location) else {
        return refused(from, "the new address cannot be read");
    };
    if to.scheme() != "https" && (from.scheme() == "https" || !is_loopback(&to)) {
        return refused(&to, "it would not be encrypted");
    }
    if !near && is_refused(&to, Peers::Far) {
        return refused(&to, "it leads back into this network");
    }
    match check(&to, false) {
        Ok(()) => Ok(to),
        Err(_) => refused(&to, "it is not a plain web address"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn plain_http_is_for_this_device_and_own_servers() {
        for text in ["http://127.0.0.1:8080/", "http://localhost/", "http://[::1]:9/"] {
            assert!(check(&url(text), false).is_ok(), "{text}");
        }
        for text in ["http://192.168.1.5/", "http://example.org/", "http://localhost.example.org/"]
        {
            let refused = check(&url(text), false);
            assert!(matches!(refused, Err(Error::Unencrypted { .. })), "{text}");
        }
        for text in ["http://192.168.1.5/", "http://nas:8000/", "http://gpu.home.arpa/"] {
            assert!(check(&url(text), true).is_ok(), "{text}");
        }
        for text in ["http://example.org/", "http://9.9.9.9/", "http://localhost.example.org/"] {
            let refused = check(&url(text), true);
            assert!(matches!(refused, Err(Error::Unencrypted { .. })), "{text}");
        }
    }

    #[test]
    fn only_web_addresses_without_a_user_are_talked_to() {
        for text in
            ["ftp://example.org/", "file:///etc/passwd", "https://me:pw@example.org/", "data:,x"]
        {
            assert!(matches!(check(&url(text), true), Err(Error::Address { .. })), "{text}");
        }
    }

    #[test]
    fn a_redirect_never_loses_encryption_and_never_leads_into_the_own_network() {
        let hub = url("https://hub.example/a/b");
        assert_eq!(
            redirected(&hub, false, "https://cdn.example/x").unwrap(),
            url("https://cdn.example/x")
        );
        assert_eq!(redirected(&hub, false, "/x?y").unwrap(), url("https://hub.example/x?y"));
        for location in [
            "http://cdn.example/x",
            "http://127.0.0.1/x",
            "https://127.0.0.1/x",
            "https://localhost/x",
            "https://[::ffff:10.0.0.1]/x",
            "https://169.254.169.254/latest",
            "https://100.100.100.200/latest",
            "https://router/x",
            "https://gpu.lan/x",
            "https://me:pw@cdn.example/x",
            "file:///etc/passwd",
            "https://",
        ] {
            let refused = redirected(&hub, false, location);
            assert!(matches!(refused, Err(Error::Redirect { .. })), "{location}: {refused:?}");
        }
        let here = url("http://127.0.0.1:1/a");
        assert!(redirected(&here, true, "http://localhost:2/b").is_ok());
        assert!(redirected(&here, true, "http://example.org/b").is_err());
    }

    #[test]
    fn a_host_is_named_with_its_unusual_port() {
        assert_eq!(host_of(&url("https://a.example:443/x")), "a.example");
        assert_eq!(host_of(&url("http://127.0.0.1:8080/x")), "127.0.0.1:8080");
    }
}

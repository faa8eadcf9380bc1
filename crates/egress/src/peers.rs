//! Who is really at the other end: a name is judged by the addresses that it turns out to have, and
//! only those that pass are connected to.

use std::{
    error, fmt,
    future::Future,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use hearth_router::is_near;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Which addresses will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peers {
    Any,
    /// In the own network: what goes there is not encrypted.
    Near,
    /// Outside it: somebody outside said to go there.
    Far,
}

/// Why none of the addresses would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotThere {
    Outside,
    Inside,
    ProxyOutside,
}

impl fmt::Display for NotThere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Outside => {
                "its address is outside your own network, where only https is private. Use an \
                 address that begins with https"
            }
            Self::Inside => "somebody outside sent Hearth on to an address in your own network",
            Self::ProxyOutside => {
                "the proxy is outside your own network, and could read what is not encrypted. Use an \
                 address that begins with https"
            }
        })
    }
}

impl error::Error for NotThere {}

impl NotThere {
    /// Whether this is why `error` came about.
    pub(crate) fn of(error: &(dyn error::Error + 'static)) -> Option<Self> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(found) = error.downcast_ref() {
                return Some(*found);
            }
            cause = error.source();
        }
        None
    }
}

/// For one connection.
#[derive(Clone)]
pub(crate) struct Judge {
    /// Names other than this are proxies.
    host: String,
    peers: Peers,
    found_near: Arc<AtomicBool>,
}

tokio::task_local! {
    static JUDGE: Judge;
}

impl Judge {
    /// `near` is whether the host is in the own network by what it says.
    pub fn new(host: &str, peers: Peers, near: bool) -> Self {
        Self { host: host.to_owned(), peers, found_near: Arc::new(AtomicBool::new(near)) }
    }

    /// Judges the names that are looked up while `asking` runs.
    pub async fn over<T>(&self, asking: impl Future<Output = T>) -> T {
        JUDGE.scope(self.clone(), asking).await
    }

    /// Whether the host is in the own network by what it says or by its addresses.
    pub fn found_near(&self) -> bool {
        self.found_near.load(Ordering::Relaxed)
    }

    /// Those of `addresses` that will do.
    fn pass(
        &self,
        name: &str,
        mut addresses: Vec<SocketAddr>,
    ) -> Result<Vec<SocketAddr>, NotThere> {
        let is_host = name.eq_ignore_ascii_case(&self.host);
        let refused = match (self.peers, is_host) {
            (Peers::Near, true) => NotThere::Outside,
            // What it carries is not encrypted.
            (Peers::Near, false) => NotThere::ProxyOutside,
            (Peers::Far, true) => NotThere::Inside,
            (Peers::Far, false) | (Peers::Any, _) => return Ok(self.noting(is_host, addresses)),
        };
        let found = !addresses.is_empty();
        addresses.retain(|address| self.peers.take(address.ip()));
        if found && addresses.is_empty() {
            return Err(refused);
        }
        Ok(self.noting(is_host, addresses))
    }

    fn noting(&self, is_host: bool, addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
        if is_host && !addresses.is_empty() && addresses.iter().all(|at| is_near(at.ip())) {
            self.found_near.store(true, Ordering::Relaxed);
        }
        addresses
    }
}

impl Peers {
    pub fn take(self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::Near => is_near(address),
            Self::Far => !is_near(address) && is_one_host_outside(address),
        }
    }
}

/// Not a group, not a carrier's own network (RFC 6598), and not an address of the own network in a
/// translator's (RFC 6052).
fn is_one_host_outside(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !shared && a != 0 && !v4.is_multicast() && !v4.is_broadcast()
        }
        IpAddr::V6(v6) => {
            let [.., high, low] = v6.segments();
            let translated = Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
            let by_translator = v6.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
            !(v6.is_multicast() || by_translator && is_near(IpAddr::V4(translated)))
        }
    }
}

/// Looks names up as the system does, under the judge of the connection that asks.
pub(crate) struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let judge = JUDGE.try_with(Judge::clone);
        Box::pin(async move {
            let judge = judge.map_err(|_| io::Error::other("nobody judges this connection"))?;
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let passed = judge.pass(name.as_str(), found)?;
            Ok(Box::new(passed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEAR: [&str; 4] = ["192.168.1.7", "10.0.0.1", "fe80::1", "::1"];
    const FAR: [&str; 3] = ["9.9.9.9", "2620:fe::9", "100.65.0.1"];

    fn at(addresses: &[&str]) -> Vec<SocketAddr> {
        addresses.iter().map(|text| SocketAddr::new(text.parse().unwrap(), 0)).collect()
    }

    #[test]
    fn what_is_not_encrypted_goes_to_addresses_of_the_own_network_alone() {
        let judge = Judge::new("nas.lan", Peers::Near, true);
        assert_eq!(judge.pass("NAS.lan", at(&NEAR)).unwrap(), at(&NEAR));
        assert_eq!(judge.pass("nas.lan", at(&FAR)), Err(NotThere::Outside));
        let mixed = at(&["9.9.9.9", "192.168.1.7"]);
        assert_eq!(judge.pass("nas.lan", mixed).unwrap(), at(&["192.168.1.7"]));
        assert_eq!(judge.pass("proxy.example", at(&FAR)), Err(NotThere::ProxyOutside));
        assert!(judge.pass("proxy.lan", at(&NEAR)).is_ok());
        assert_eq!(judge.pass("nas.lan", vec![]).unwrap(), [], "no such name is no refusal");
    }

    #[test]
    fn whoever_was_sent_on_from_outside_does_not_arrive_inside() {
        let judge = || Judge::new("cdn.example", Peers::Far, false);
        let inside =
            ["0.0.0.0", "255.255.255.255", "224.0.0.1", "64:ff9b::10.0.0.1", "::ffff:10.1.1.1"];
        for near in NEAR.iter().chain(&inside).chain(&["100.65.0.1"]) {
            assert_eq!(judge().pass("cdn.example", at(&[near])), Err(NotThere::Inside), "{near}");
        }
        let far = at(&["9.9.9.9", "2620:fe::9", "64:ff9b::9.9.9.9"]);
        assert_eq!(judge().pass("cdn.example", far.clone()).unwrap(), far);
        // A proxy is often inside, and what it is asked for is its own to look up.
        assert!(judge().pass("proxy.lan", at(&NEAR)).is_ok());
    }

    #[test]
    fn a_host_is_near_when_all_its_addresses_are() {
        let near = |addresses: &[&str]| {
            let judge = Judge::new("hub.example", Peers::Any, false);
            judge.pass("proxy.lan", at(&NEAR)).unwrap();
            judge.pass("hub.example", at(addresses)).unwrap();
            judge.found_near()
        };
        assert!(near(&NEAR));
        assert!(!near(&FAR) && !near(&["9.9.9.9", "10.0.0.1"]) && !near(&[]));
    }
}

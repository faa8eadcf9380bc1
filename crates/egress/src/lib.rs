//! The only way out of the application: whatever leaves the device goes through [`Egress`].
//!
//! Two things open a connection. A [`Permit`] of the router, for a question that may be answered
//! elsewhere: it is used up, and the bytes are hashed again here, so that what was agreed to is what
//! is sent, and it must still stand: a [`Change`] of the mode, the policy, the chat or the provider
//! ends it. Or a [`UserAction`], for a download or a check that the user started. Each request has a
//! connection of its own, which is noted in the [`ConnectionLog`] before it is made and counted in
//! both directions. Nothing else in Hearth has an HTTP client.

mod action;
mod address;
mod connection;
mod error;
mod gate;
mod log;
mod peers;
mod proxy;
mod response;
mod secret;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use hearth_router::{Lease, Permit, PermitRefused, Scope};
use reqwest::{
    Method,
    header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue, USER_AGENT},
};
use url::Url;

pub use action::{Get, Request, UserAction};
pub use error::{Error, Unsent};
pub use gate::Change;
pub use hearth_router::{Origin, Purpose};
pub use log::{ConnectionId, ConnectionLog, ConnectionStart, End, Traffic};
pub use peers::NotThere;
pub use proxy::Proxy;
pub use response::{Body, Response};
pub use secret::{NotAKey, Secret};

use connection::Plan;
use gate::{Gate, Leave};
use peers::{Judge, Peers};

/// How long a host may take to take the connection.
const CONNECT_PATIENCE: Duration = Duration::from_secs(20);

/// How often a download may be sent on.
const MOST_REDIRECTS: usize = 5;

/// Says what is asking and nothing about the device.
const AGENT: &str = concat!("hearth/", env!("CARGO_PKG_VERSION"));

/// The way out. Clones are the same one.
#[derive(Clone)]
pub struct Egress {
    inner: Arc<Inner>,
}

struct Inner {
    log: Arc<dyn ConnectionLog>,
    /// For answers and keys; closed until the mode allows them.
    answers: Gate,
    clients: Mutex<Clients>,
}

/// Made when first needed: reading the system's certificates takes a moment.
#[derive(Default)]
struct Clients {
    proxy: Proxy,
    outside: Option<reqwest::Client>,
    direct: Option<reqwest::Client>,
}

impl Egress {
    /// Answers are not allowed until [`Egress::allow`] says so.
    pub fn new(log: impl ConnectionLog) -> Self {
        Self {
            inner: Arc::new(Inner {
                log: Arc::new(log),
                answers: Gate::new(),
                clients: Mutex::default(),
            }),
        }
    }

    /// For connections from now on.
    pub fn set_proxy(&self, proxy: Proxy) {
        let mut clients = self.clients();
        if clients.proxy != proxy {
            clients.proxy = proxy;
            clients.outside = None;
        }
    }

    /// Whether answers may come from elsewhere at all. `false` also ends those that are coming.
    pub fn allow(&self, answers: bool) {
        self.inner.answers.set_open(answers);
    }

    /// To be held while something changes that leave to send rests on: nothing of `scopes` leaves
    /// before it has ended, and leave from before the end is gone.
    pub fn change(&self, scopes: Vec<Scope>) -> Change {
        self.inner.answers.change(scopes)
    }

    /// To be taken before anything is read that a decision rests on.
    pub fn lease(&self) -> Lease {
        self.inner.answers.lease()
    }

    /// Whether nothing has changed since that `lease` rests on.
    pub fn stands(&self, lease: &Lease) -> bool {
        self.inner.answers.stands(lease)
    }

    /// Waits for the change that ends `lease`.
    pub async fn revoked(&self, lease: &Lease) {
        self.inner.answers.revoked(lease).await;
    }

    /// Posts `request` if it is exactly what the permit was given for. Follows no redirect.
    pub async fn send(&self, permit: Permit, request: Request) -> Result<Response, Unsent> {
        let Request { url, headers, body, secret, patience } = request;
        let host = address::host_of(&url);
        let refused = |why: PermitRefused| Error::Permit { host: host.clone(), why };
        let (purpose, lease) = (permit.purpose(), permit.lease().clone());
        let destination = Origin::of(&url).map_err(|_| Error::Address { host: host.clone() })?;
        let redeemed = permit.redeem(&destination, &body, Instant::now()).map_err(refused)?;
        address::check(&url, purpose == Purpose::OwnServerAnswer)?;
        let mut post = reqwest::Request::new(Method::POST, url);
        *post.headers_mut() = assemble(post.url(), &headers, secret.as_ref())?;
        *post.body_mut() = Some(body.into());
        let leave = self.leave(lease, &host)?;
        let peers = if post.url().scheme() == "http" { Peers::Near } else { Peers::Any };
        match self.connect(purpose, post, patience, peers, Some(leave)).await {
            Ok(response) => Ok(Response { redeemed: Some(redeemed), ..response }),
            Err(error) if error.is_before_sending() => {
                Err(Unsent { error, permit: Some(redeemed.not_taken()) })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Gets what the user asked for. Downloads follow redirects, and a hub's word about a model does
    /// within the hub (a repository may have a new name). Each hop is a connection of its own; the
    /// secret goes only to its origin. A response of any status is a response.
    pub async fn get(&self, action: UserAction, get: Get) -> Result<Response, Error> {
        let UserAction { purpose, mut url } = action;
        address::check(&url, false)?;
        let mut peers = Peers::Any;
        for _ in 0..=MOST_REDIRECTS {
            let mut request = reqwest::Request::new(Method::GET, url.clone());
            *request.headers_mut() = assemble(&url, &get.headers, get.secret.as_ref())?;
            let leave = match purpose {
                Purpose::ModelDownload | Purpose::CatalogCheck => None,
                Purpose::CloudAnswer | Purpose::OwnServerAnswer | Purpose::KeyCheck => {
                    Some(self.leave(self.lease(), &address::host_of(&url))?)
                }
            };
            let plain = url.scheme() == "http";
            let asked = if plain { Peers::Near } else { peers };
            let response = self.connect(purpose, request, get.patience, asked, leave).await?;
            let is_redirect = matches!(response.status, 301 | 302 | 303 | 307 | 308);
            match response.header("location") {
                Some(location)
                    if is_redirect
                        && matches!(purpose, Purpose::ModelDownload | Purpose::CatalogCheck) =>
                {
                    let to = address::redirected(&url, response.near, location)?;
                    if purpose == Purpose::CatalogCheck && to.origin() != url.origin() {
                        return Ok(response);
                    }
                    peers = if response.near { Peers::Any } else { Peers::Far };
                    url = to;
                }
                _ => return Ok(response),
            }
        }
        let host = address::host_of(&url);
        Err(Error::Redirect { from: host.clone(), to: host, why: "it was sent on too often" })
    }

    /// Looked at anew for every attempt, before it is noted and again before it is made.
    fn leave(&self, lease: Lease, host: &str) -> Result<Leave, Error> {
        let leave = Leave { gate: self.inner.answers.clone(), lease };
        leave.check(host)?;
        Ok(leave)
    }

    async fn connect(
        &self,
        purpose: Purpose,
        request: reqwest::Request,
        patience: Duration,
        peers: Peers,
        leave: Option<Leave>,
    ) -> Result<Response, Error> {
        let url = request.url();
        let host = address::host_of(url);
        let client = self.client(url, peers)?;
        let name = url.host_str().unwrap_or_default();
        let judge = Judge::new(name, peers, address::is_near(url));
        let start = ConnectionStart { purpose, host };
        let plan = Plan { client, request, start, patience, judge, leave };
        connection::make(plan, Arc::clone(&self.inner.log)).await
    }

    fn client(&self, url: &Url, peers: Peers) -> Result<reqwest::Client, Error> {
        let mut clients = self.clients();
        let Clients { proxy, outside, direct } = &mut *clients;
        let away = !address::is_loopback(url);
        match proxy {
            Proxy::Through(proxy)
                if away && peers == Peers::Near && address::is_refused(proxy, peers) =>
            {
                let (host, why) = (address::host_of(url), NotThere::ProxyOutside);
                return Err(Error::Peer { host, why });
            }
            Proxy::Through(_) if away => {}
            _ if address::is_near(url) => return kept(direct, proxy::direct_client),
            _ => {}
        }
        kept(outside, || proxy.client())
    }

    fn clients(&self) -> MutexGuard<'_, Clients> {
        self.inner.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn kept(
    place: &mut Option<reqwest::Client>,
    make: impl FnOnce() -> Result<reqwest::Client, Error>,
) -> Result<reqwest::Client, Error> {
    match place {
        Some(client) => Ok(client.clone()),
        None => Ok(place.insert(make()?).clone()),
    }
}

fn assemble(
    url: &Url,
    given: &[(String, String)],
    secret: Option<&Secret>,
) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    // What is stored and hashed is what was published, not a compressed form of it.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    for (name, value) in given {
        let name = HeaderName::try_from(name);
        let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value)) else {
            let cause = "a header of the request cannot be written".into();
            return Err(Error::Broken { host: address::host_of(url), cause });
        };
        headers.insert(name, value);
    }
    if let Some(secret) = secret {
        secret.attach(url, &mut headers);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    struct Nowhere;

    impl ConnectionLog for Nowhere {
        fn opened(&self, _: &ConnectionStart) -> Result<ConnectionId, String> {
            Ok(0)
        }

        fn progress(&self, _: ConnectionId, _: Traffic) {}

        fn closed(&self, _: ConnectionId, _: Traffic, _: End) {}
    }

    /// The name is looked up by the system, and the connection is that of every download.
    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_connected_to_when_somebody_outside_said_so() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let url: Url = format!("http://localhost:{port}/").parse().unwrap();
        let egress = Egress::new(Nowhere);
        let connect = |peers| {
            let request = reqwest::Request::new(Method::GET, url.clone());
            let patience = Duration::from_millis(500);
            egress.connect(Purpose::ModelDownload, request, patience, peers, None)
        };
        let refused = connect(Peers::Far).await.unwrap_err();
        assert!(matches!(refused, Error::Peer { why: NotThere::Inside, .. }), "{refused:?}");
        assert!(listener.accept().is_err(), "nobody came");
        for peers in [Peers::Near, Peers::Any] {
            assert!(matches!(connect(peers).await, Err(Error::Silent { .. })));
            assert!(listener.accept().is_ok(), "{peers:?}");
        }
    }
}

//! The only way out of the application: whatever leaves the device goes through [`Egress`].
//!
//! Two things open a connection. A [`Permit`] of the router, for a question that may be answered
//! elsewhere: it is used up, and the bytes are hashed again here, so that what was agreed to is what
//! is sent. Or a [`UserAction`], for a download or a check that the user started. Each request has a
//! connection of its own, which is noted in the [`ConnectionLog`] before it is made and counted in
//! both directions. Nothing else in Hearth has an HTTP client.

mod action;
mod address;
mod connection;
mod error;
mod gate;
mod log;
mod proxy;
mod response;
mod secret;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use hearth_router::{Permit, PermitRefused};
use reqwest::{
    Method,
    header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue, USER_AGENT},
};
use url::Url;

pub use action::{Get, Request, UserAction};
pub use error::{Error, Unsent};
pub use hearth_router::{Origin, Purpose};
pub use log::{ConnectionId, ConnectionLog, ConnectionStart, End, Traffic};
pub use proxy::Proxy;
pub use response::{Body, Response};
pub use secret::{NotAKey, Secret};

use connection::Plan;
use gate::Gate;

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
    /// For what the user starts in every mode.
    downloads: Gate,
    clients: Mutex<Clients>,
}

/// Made when first needed: reading the system's certificates takes a moment.
#[derive(Default)]
struct Clients {
    proxy: Proxy,
    outside: Option<reqwest::Client>,
    loopback: Option<reqwest::Client>,
}

impl Egress {
    /// Answers are not allowed until [`Egress::allow`] says so.
    pub fn new(log: impl ConnectionLog) -> Self {
        Self {
            inner: Arc::new(Inner {
                log: Arc::new(log),
                answers: Gate::new(false),
                downloads: Gate::new(true),
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

    /// Ends every answer that is coming from elsewhere.
    pub fn cut(&self) {
        self.inner.answers.cut();
    }

    /// Ends every connection, downloads too.
    pub fn cut_all(&self) {
        self.inner.answers.cut();
        self.inner.downloads.cut();
    }

    /// Posts `request` if it is exactly what the permit was given for. Follows no redirect.
    pub async fn send(&self, permit: Permit, request: Request) -> Result<Response, Unsent> {
        let Request { url, headers, body, secret, patience } = request;
        let host = address::host_of(&url);
        let refused = |why: PermitRefused| Error::Permit { host: host.clone(), why };
        let purpose = permit.purpose();
        let destination = Origin::of(&url).map_err(|_| Error::Address { host: host.clone() })?;
        let redeemed = permit.redeem(&destination, &body, Instant::now()).map_err(refused)?;
        address::check(&url, purpose == Purpose::OwnServerAnswer)?;
        let mut post = reqwest::Request::new(Method::POST, url);
        *post.headers_mut() = assemble(post.url(), &headers, secret.as_ref())?;
        *post.body_mut() = Some(body.into());
        match self.connect(purpose, post, patience).await {
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
        for _ in 0..=MOST_REDIRECTS {
            let mut request = reqwest::Request::new(Method::GET, url.clone());
            *request.headers_mut() = assemble(&url, &get.headers, get.secret.as_ref())?;
            let response = self.connect(purpose, request, get.patience).await?;
            let is_redirect = matches!(response.status, 301 | 302 | 303 | 307 | 308);
            match response.header("location") {
                Some(location)
                    if is_redirect
                        && matches!(purpose, Purpose::ModelDownload | Purpose::CatalogCheck) =>
                {
                    let to = address::redirected(&url, location)?;
                    if purpose == Purpose::CatalogCheck && to.origin() != url.origin() {
                        return Ok(response);
                    }
                    url = to;
                }
                _ => return Ok(response),
            }
        }
        let host = address::host_of(&url);
        Err(Error::Redirect { from: host.clone(), to: host, why: "it was sent on too often" })
    }

    async fn connect(
        &self,
        purpose: Purpose,
        request: reqwest::Request,
        patience: Duration,
    ) -> Result<Response, Error> {
        let host = address::host_of(request.url());
        let gate = match purpose {
            Purpose::ModelDownload | Purpose::CatalogCheck => &self.inner.downloads,
            Purpose::CloudAnswer | Purpose::OwnServerAnswer | Purpose::KeyCheck => {
                &self.inner.answers
            }
        };
        let pass = gate.pass().ok_or_else(|| Error::NotAllowed { host: host.clone() })?;
        let client = self.client(request.url())?;
        let start = ConnectionStart { purpose, host };
        let plan = Plan { client, request, start, patience, pass };
        connection::make(plan, Arc::clone(&self.inner.log)).await
    }

    fn client(&self, url: &Url) -> Result<reqwest::Client, Error> {
        let mut clients = self.clients();
        let Clients { proxy, outside, loopback } = &mut *clients;
        if address::is_loopback(url) {
            kept(loopback, proxy::loopback_client)
        } else {
            kept(outside, || proxy.client())
        }
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

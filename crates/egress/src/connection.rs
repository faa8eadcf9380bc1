//! One connection, from its row in the log to its end. It lives on a task of its own, so that it
//! can be cut while nobody reads from it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use reqwest::header::HeaderMap;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout},
};

use crate::{
    Body, ConnectionLog, ConnectionStart, End, Error, Response, Traffic, error::root_of, gate::Pass,
};

/// Chunks that wait for a reader; then the socket waits too.
const CHUNKS_AHEAD: usize = 4;

/// How often the log hears of a long transfer.
const NOTE_EVERY: Duration = Duration::from_secs(2);

/// What a connection needs to be made.
pub(crate) struct Plan {
    pub client: reqwest::Client,
    pub request: reqwest::Request,
    pub start: ConnectionStart,
    /// The longest silence, before the answer and within it.
    pub patience: Duration,
    pub pass: Pass,
}

/// Makes the connection and returns once the response has begun.
pub(crate) async fn make(plan: Plan, log: Arc<dyn ConnectionLog>) -> Result<Response, Error> {
    let (head, begun) = oneshot::channel();
    let (chunks, received) = mpsc::channel(CHUNKS_AHEAD);
    let (end, ended) = oneshot::channel();
    let host = plan.start.host.clone();
    tokio::spawn(async move {
        let noted = Noted::open(log, plan.start.clone()).await;
        let (mut noted, result) = match noted {
            Err(error) => return drop(head.send(Err(error))),
            Ok(mut noted) => {
                let result = run(plan, &mut noted, head, chunks).await;
                (noted, result)
            }
        };
        noted.close(result.as_ref().map_or_else(end_of, |()| End::Complete)).await;
        let _ = end.send(result.map_err(|stop| stop.error(&noted.host)));
    });
    let stopped = || Error::Broken { host: host.clone(), cause: "it ended unexpectedly".into() };
    let (status, headers) = begun.await.map_err(|_| stopped())??;
    Ok(Response { status, headers, body: Body::new(host, received, ended), redeemed: None })
}

type Head = (u16, HeaderMap);

/// Why a connection ended before its end.
enum Stop {
    Dropped,
    Cut,
    Failed(Error),
}

impl Stop {
    fn error(self, host: &str) -> Error {
        match self {
            Self::Failed(error) => error,
            Self::Dropped | Self::Cut => Error::Cut { host: host.to_owned() },
        }
    }
}

fn end_of(stop: &Stop) -> End {
    match stop {
        Stop::Dropped => End::Dropped,
        Stop::Cut => End::Cut,
        Stop::Failed(_) => End::Failed,
    }
}

async fn run(
    plan: Plan,
    noted: &mut Noted,
    mut head: oneshot::Sender<Result<Head, Error>>,
    chunks: mpsc::Sender<Bytes>,
) -> Result<(), Stop> {
    let Plan { client, request, patience, mut pass, .. } = plan;
    let begin = async {
        // A request that is cut off on its way counts whole: never less than what left. It is noted
        // before it leaves, so that it counts after a crash too.
        noted.traffic.sent = size_of(&request);
        noted.note().await;
        let response = timeout(patience, client.execute(request)).await;
        if matches!(&response, Ok(Err(error)) if error.is_connect()) {
            noted.traffic.sent = 0;
        }
        match response {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(Stop::Failed(noted.failure(&error))),
            Err(_) => Err(Stop::Failed(noted.silent(patience))),
        }
    };
    let begun = tokio::select! {
        biased;
        () = pass.revoked() => Err(Stop::Cut),
        () = head.closed() => Err(Stop::Dropped),
        begun = begin => begun,
    };
    let response = match begun {
        Ok(response) => response,
        Err(stop) => {
            // Whoever waits for the beginning is told there.
            let error = match &stop {
                Stop::Failed(error) => error.clone(),
                Stop::Cut | Stop::Dropped => Error::Cut { host: noted.host.clone() },
            };
            let _ = head.send(Err(error));
            return Err(stop);
        }
    };
    let headers = response.headers();
    noted.traffic.received = 17 + size_of_headers(headers);
    let _ = head.send(Ok((response.status().as_u16(), headers.clone())));
    tokio::select! {
        biased;
        () = pass.revoked() => Err(Stop::Cut),
        done = pump(response, noted, patience, chunks) => done,
    }
}

async fn pump(
    mut response: reqwest::Response,
    noted: &mut Noted,
    patience: Duration,
    chunks: mpsc::Sender<Bytes>,
) -> Result<(), Stop> {
    loop {
        let next = tokio::select! {
            biased;
            () = chunks.closed() => return Err(Stop::Dropped),
            next = timeout(patience, response.chunk()) => next,
        };
        match next {
            Ok(Ok(Some(chunk))) => {
                noted.received(chunk.len()).await;
                chunks.send(chunk).await.map_err(|_| Stop::Dropped)?;
            }
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) => return Err(Stop::Failed(noted.failure(&error))),
            Err(_) => return Err(Stop::Failed(noted.silent(patience))),
        }
    }
}

/// A connection's row in the log.
struct Noted {
    log: Arc<dyn ConnectionLog>,
    id: i64,
    host: String,
    traffic: Traffic,
    told: Instant,
}

impl Noted {
    async fn open(log: Arc<dyn ConnectionLog>, start: ConnectionStart) -> Result<Self, Error> {
        let host = start.host.clone();
        let opening = Arc::clone(&log);
        let opened = tokio::task::spawn_blocking(move || opening.opened(&start)).await;
        match opened.unwrap_or_else(|_| Err("the log stopped".into())) {
            Ok(id) => Ok(Self { log, id, host, traffic: Traffic::default(), told: Instant::now() }),
            Err(cause) => Err(Error::Log { host, cause }),
        }
    }

    async fn received(&mut self, bytes: usize) {
        self.traffic.received += bytes as u64;
        if self.told.elapsed() >= NOTE_EVERY {
            self.told = Instant::now();
            self.note().await;
        }
    }

    async fn note(&self) {
        let (id, traffic) = (self.id, self.traffic);
        self.tell(move |log| log.progress(id, traffic)).await;
    }

    async fn close(&mut self, end: End) {
        let (id, traffic) = (self.id, self.traffic);
        self.tell(move |log| log.closed(id, traffic, end)).await;
    }

    async fn tell(&self, what: impl FnOnce(&dyn ConnectionLog) + Send + 'static) {
        let log = Arc::clone(&self.log);
        if tokio::task::spawn_blocking(move || what(log.as_ref())).await.is_err() {
            tracing::warn!("the end of a connection could not be noted");
        }
    }

    fn failure(&self, error: &reqwest::Error) -> Error {
        let (host, cause) = (self.host.clone(), root_of(error));
        // Only what never came to be is certain not to have carried the request. A connection that
        // times out later may have.
        if error.is_connect() {
            Error::Unreachable { host, cause }
        } else {
            Error::Broken { host, cause }
        }
    }

    fn silent(&self, waited: Duration) -> Error {
        Error::Silent { host: self.host.clone(), waited }
    }
}

/// Bytes of the request as HTTP/1.1 writes it.
fn size_of(request: &reqwest::Request) -> u64 {
    let url = request.url();
    let target = url.path().len() + url.query().map_or(0, |query| 1 + query.len());
    let line = request.method().as_str().len() + target + " HTTP/1.1\r\n ".len();
    let host = "host: \r\n".len() + crate::address::host_of(url).len();
    let body = request
        .body()
        .and_then(reqwest::Body::as_bytes)
        .map_or(0, |body| format!("content-length: {}\r\n", body.len()).len() + body.len());
    (line + host + body) as u64 + size_of_headers(request.headers())
}

fn size_of_headers(headers: &HeaderMap) -> u64 {
    let lines = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    2 + lines.sum::<usize>() as u64
}

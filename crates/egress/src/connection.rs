//! One connection, from its row in the log to its end. It lives on a thread of its own, so that it
//! can be cut while nobody reads from it.
//!
//! The thread has a runtime of its own, too: hyper drives a socket from tasks that it spawns, and only
//! when their runtime is gone is it certain that they are. Not before then is the pass given back, so
//! that whoever waits for a cut knows that nothing is handed to a socket any more.

use std::{sync::Arc, thread, time::Duration};

use bytes::Bytes;
use reqwest::header::HeaderMap;
use tokio::{
    runtime,
    sync::{mpsc, oneshot},
    time::{Instant, timeout},
};

use crate::{
    Body, ConnectionLog, ConnectionStart, End, Error, Response, Traffic,
    error::root_of,
    gate::{Leave, Pass},
    peers::{Judge, NotThere},
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
    /// Which addresses the host may turn out to have.
    pub judge: Judge,
    /// `None` for what the user may start in every mode.
    pub leave: Option<Leave>,
}

/// What a connection tells to those who wait for it.
struct Told {
    head: oneshot::Sender<Result<Head, Error>>,
    chunks: mpsc::Sender<Bytes>,
}

/// Makes the connection and returns once the response has begun.
pub(crate) async fn make(plan: Plan, log: Arc<dyn ConnectionLog>) -> Result<Response, Error> {
    let (head, begun) = oneshot::channel();
    let (chunks, received) = mpsc::channel(CHUNKS_AHEAD);
    let (end, ended) = oneshot::channel();
    let host = plan.start.host.clone();
    let broken = |cause: String| Error::Broken { host: host.clone(), cause };
    thread::Builder::new()
        .name("connection".into())
        .spawn(move || carry(plan, log, Told { head, chunks }, end))
        .map_err(|error| broken(error.to_string()))?;
    let stopped = || broken("it ended unexpectedly".into());
    let (status, headers, near) = begun.await.map_err(|_| stopped())??;
    let body = Body::new(host, received, ended);
    Ok(Response { status, headers, near, body, redeemed: None })
}

fn carry(
    plan: Plan,
    log: Arc<dyn ConnectionLog>,
    told: Told,
    end: oneshot::Sender<Result<(), Error>>,
) {
    let noted = match Noted::open(log, &plan.start) {
        Ok(noted) => noted,
        Err(error) => return drop(told.head.send(Err(error))),
    };
    let refuse = |head: oneshot::Sender<_>, end, error| {
        noted.close(end);
        drop(head.send(Err(error)));
    };
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let (host, cause) = (noted.host.clone(), error.to_string());
            return refuse(told.head, End::Failed, Error::Broken { host, cause });
        }
    };
    // Noting it may have taken a while.
    let Plan { client, request, patience, judge, leave, .. } = plan;
    let pass = match leave.map(|leave| leave.pass(&noted.host)).transpose() {
        Ok(pass) => pass,
        Err(error) => return refuse(told.head, End::Cut, error),
    };
    let asking = Asking { client, request, patience, judge };
    let mut noted = noted;
    let result = runtime.block_on(run(asking, pass.as_ref(), &mut noted, told));
    // Without waiting for a name server.
    runtime.shutdown_background();
    drop(pass);
    noted.close(result.as_ref().map_or_else(end_of, |()| End::Complete));
    let _ = end.send(result.map_err(|stop| stop.error(&noted.host)));
}

struct Asking {
    client: reqwest::Client,
    request: reqwest::Request,
    patience: Duration,
    judge: Judge,
}

/// Status, headers, and whether who answered is in the own network.
type Head = (u16, HeaderMap, bool);

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
    asking: Asking,
    pass: Option<&Pass>,
    noted: &mut Noted,
    told: Told,
) -> Result<(), Stop> {
    let Asking { client, request, patience, judge } = asking;
    let Told { mut head, chunks } = told;
    let revoked = async || match pass {
        Some(pass) => pass.revoked().await,
        None => std::future::pending().await,
    };
    let begin = async {
        // A request that is cut off on its way counts whole: never less than what left. It is noted
        // before it leaves, so that it counts after a crash too.
        noted.traffic.sent = size_of(&request);
        noted.note().await;
        let response = timeout(patience, judge.over(client.execute(request))).await;
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
        () = revoked() => Err(Stop::Cut),
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
    let _ = head.send(Ok((response.status().as_u16(), headers.clone(), judge.found_near())));
    tokio::select! {
        biased;
        () = revoked() => Err(Stop::Cut),
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
    /// On a thread that may block, like [`Noted::close`].
    fn open(log: Arc<dyn ConnectionLog>, start: &ConnectionStart) -> Result<Self, Error> {
        let host = start.host.clone();
        match log.opened(start) {
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

    /// While the connection lives, which can be cut meanwhile.
    async fn note(&self) {
        let (id, traffic, log) = (self.id, self.traffic, Arc::clone(&self.log));
        if tokio::task::spawn_blocking(move || log.progress(id, traffic)).await.is_err() {
            tracing::warn!("the traffic of a connection could not be noted");
        }
    }

    fn close(&self, end: End) {
        self.log.closed(self.id, self.traffic, end);
    }

    fn failure(&self, error: &reqwest::Error) -> Error {
        if let Some(why) = NotThere::of(error) {
            return Error::Peer { host: self.host.clone(), why };
        }
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

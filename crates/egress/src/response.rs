use bytes::Bytes;
use hearth_router::Redeemed;
use reqwest::header::HeaderMap;
use tokio::sync::{mpsc, oneshot};

use crate::Error;

/// What came back. Dropping it ends the connection.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub(crate) headers: HeaderMap,
    /// Who answered is in the own network.
    pub(crate) near: bool,
    pub body: Body,
    /// The permit that was used, for what came of [`crate::Egress::send`].
    pub redeemed: Option<Redeemed>,
}

impl Response {
    /// The value of a header; `None` where it is missing or is not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// The bytes of a response, as they arrive.
#[derive(Debug)]
pub struct Body {
    host: String,
    chunks: mpsc::Receiver<Bytes>,
    ended: oneshot::Receiver<Result<(), Error>>,
    /// How the connection ended, once that is known.
    outcome: Option<Result<(), Error>>,
    /// The reader knows too.
    told: bool,
}

impl Body {
    pub(crate) fn new(
        host: String,
        chunks: mpsc::Receiver<Bytes>,
        ended: oneshot::Receiver<Result<(), Error>>,
    ) -> Self {
        Self { host, chunks, ended, outcome: None, told: false }
    }

    /// The next bytes; `None` after the last. A connection that broke or was cut is an error, never
    /// an end. Nothing is lost when this future is dropped before it is ready.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, Error>> {
        while self.outcome.is_none() {
            tokio::select! {
                biased;
                outcome = &mut self.ended => self.outcome = Some(outcome.unwrap_or_else(|_| {
                    Err(Error::Broken { host: self.host.clone(), cause: "it stopped".into() })
                })),
                Some(chunk) = self.chunks.recv() => return Some(Ok(chunk)),
            }
        }
        // A cut counts before the bytes that were already here; any other end comes after them.
        let cut = matches!(self.outcome, Some(Err(Error::Cut { .. })));
        if !cut && let Some(chunk) = self.chunks.recv().await {
            return Some(Ok(chunk));
        }
        if std::mem::replace(&mut self.told, true) {
            return None;
        }
        self.outcome.clone()?.err().map(Err)
    }

    /// The whole body, for short ones: longer than `at_most` bytes is an error.
    pub async fn read_all(&mut self, at_most: usize) -> Result<Vec<u8>, Error> {
        let mut all = Vec::new();
        while let Some(chunk) = self.chunk().await {
            all.extend_from_slice(&chunk?);
            if all.len() > at_most {
                let cause = format!("its answer is longer than {at_most} bytes");
                return Err(Error::Broken { host: self.host.clone(), cause });
            }
        }
        Ok(all)
    }
}

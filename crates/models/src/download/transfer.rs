//! Brings what is missing of one file, through whatever the network and the host do.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    time::Duration,
};

use futures::future::join_all;
use hearth_egress::{Egress, Get, Response, UserAction};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::{DownloadError, Hub, Pace, Published, Sha256, hub, part::Part};

/// A failure after at least this many new bytes is a first failure again.
const PROGRESS: u64 = 16 << 10;

/// As often may a host send the whole file for a part of it, before it is believed that it cannot
/// do otherwise.
const WHOLE_FILES: u32 = 3;

/// As often is such a file begun again.
const RESTARTS: u32 = 3;

/// How a transfer ended, if it did not fail.
pub(crate) enum Ended {
    /// All bytes are here; this is their hash.
    Whole(Sha256),
    Stopped,
}

/// What the watchers may know of a running transfer.
#[derive(Default)]
pub(crate) struct Tally {
    /// Bytes that came over the network, those that came twice included.
    pub fetched: AtomicU64,
    /// Why it waits before it tries again, if it does.
    pub trouble: watch::Sender<Option<String>>,
}

pub(crate) struct Transfer {
    pub egress: Egress,
    pub hub: Hub,
    pub published: Published,
    pub part: Arc<Part>,
    pub pace: Pace,
    pub tally: Arc<Tally>,
    /// True ends it; it keeps what it has.
    pub stop: watch::Receiver<bool>,
}

/// What ends one try at one segment before its end.
enum Trouble {
    Error(DownloadError),
    /// The host calls the bytes by another name than before.
    Renamed,
    /// The host sent the whole file for a part of it.
    WholeFile,
    Stopped,
}

impl From<DownloadError> for Trouble {
    fn from(error: DownloadError) -> Self {
        Self::Error(error)
    }
}

impl From<hearth_egress::Error> for Trouble {
    fn from(error: hearth_egress::Error) -> Self {
        Self::Error(error.into())
    }
}

impl Transfer {
    pub async fn run(self) -> Result<Ended, DownloadError> {
        let mut restarts = 0;
        loop {
            let (abort, aborted) = watch::channel(false);
            let round = Round { transfer: &self, aborted };
            match round.run(&abort).await {
                // The host cannot do parts: all of it in one go, from the beginning.
                Err(Trouble::WholeFile) if restarts < RESTARTS => {
                    restarts += 1;
                    self.part.restart();
                }
                Err(Trouble::WholeFile) => {
                    return Err(wrong(&self.hub, "the whole file for a part of it"));
                }
                Err(Trouble::Error(error)) => return Err(error),
                Err(Trouble::Stopped | Trouble::Renamed) => return Ok(Ended::Stopped),
                Ok(sum) => return Ok(Ended::Whole(sum)),
            }
        }
    }
}

/// The segments of one file, brought side by side.
struct Round<'a> {
    transfer: &'a Transfer,
    /// Set when one segment failed for good: the others need not go on.
    aborted: watch::Receiver<bool>,
}

impl Round<'_> {
    async fn run(&self, abort: &watch::Sender<bool>) -> Result<Sha256, Trouble> {
        let part = &self.transfer.part;
        let (fronts, behind) = mpsc::channel();
        let hashing = tokio::task::spawn_blocking({
            let part = Arc::clone(part);
            move || part.hash(&behind)
        });
        let (done, finished) = watch::channel(false);
        let segments = join_all((0..part.segments().len()).map(|index| async move {
            let done = self.segment(index).await;
            if done.is_err() {
                abort.send_replace(true);
            }
            done
        }));
        let bring = async {
            let results = segments.await;
            done.send_replace(true);
            results
        };
        let keep = async {
            let kept = self.keep(&fronts, finished).await;
            if kept.is_err() {
                abort.send_replace(true);
            }
            kept
        };
        let (results, kept) = tokio::join!(bring, keep);
        let _ = fronts.send(part.front());
        drop(fronts);
        let sum = hashing.await.unwrap_or(Ok(None));
        kept?;
        // The cause comes before those that only stopped because of it.
        let worst =
            results.into_iter().filter_map(Result::err).min_by_key(|trouble| match trouble {
                Trouble::Error(_) => 0,
                Trouble::WholeFile => 1,
                Trouble::Renamed | Trouble::Stopped => 2,
            });
        if let Some(worst) = worst {
            return Err(worst);
        }
        sum?.ok_or(Trouble::Stopped)
    }

    /// Tells the hasher how far it may go, notes progress on disk, and watches the room there, until
    /// the segments are finished.
    async fn keep(
        &self,
        fronts: &mpsc::Sender<u64>,
        mut finished: watch::Receiver<bool>,
    ) -> Result<(), DownloadError> {
        let Transfer { part, pace, published, .. } = self.transfer;
        let step = (published.bytes / 50).clamp(pace.least_step, 32 << 20);
        let mut kept = part.received();
        loop {
            let is_last = tokio::select! {
                _ = finished.wait_for(|finished| *finished) => true,
                () = sleep(pace.tick) => false,
            };
            // The hasher is gone only when it failed, and then says so itself.
            let _ = fronts.send(part.front());
            let received = part.received();
            if received < kept + step && !is_last {
                continue;
            }
            kept = received;
            let keeping = Arc::clone(part);
            let (missing, reserve) = (published.bytes - received, pace.reserve);
            let file = published.source.name().to_owned();
            blocking(move || {
                keeping.keep()?;
                check_room(keeping.path(), &file, missing, reserve)
            })
            .await?;
            if is_last {
                return Ok(());
            }
        }
    }

    async fn segment(&self, index: usize) -> Result<(), Trouble> {
        let Transfer { part, pace, tally, .. } = self.transfer;
        let (mut failures, mut whole_files, mut seen) = (0, 0, part.received());
        loop {
            let before = part.segments()[index].at;
            let error = match self.fetch(index).await {
                Ok(()) => return Ok(()),
                Err(Trouble::Stopped) => return Err(Trouble::Stopped),
                Err(Trouble::Error(error)) if !error.may_pass() => return Err(error.into()),
                Err(Trouble::Error(error)) => error,
                Err(Trouble::Renamed) => {
                    self.check_again().await?;
                    wrong(&self.transfer.hub, "it changed the name of the file's version")
                }
                Err(Trouble::WholeFile) => {
                    whole_files += 1;
                    if whole_files == WHOLE_FILES {
                        return Err(Trouble::WholeFile);
                    }
                    wrong(&self.transfer.hub, "the whole file for a part of it")
                }
            };
            failures =
                if part.segments()[index].at >= before + PROGRESS { 1 } else { failures + 1 };
            // Some hosts serve one connection at a time: the others get their turn.
            if part.received() >= seen + PROGRESS {
                failures = failures.min(pace.attempts);
            }
            seen = part.received();
            if failures > pace.attempts {
                return Err(error.into());
            }
            tally.trouble.send_replace(Some(error.to_string()));
            tokio::select! {
                () = self.stopped() => return Err(Trouble::Stopped),
                () = sleep(pace.wait(failures, &error)) => {}
            }
        }
    }

    /// Whether the file is still the same, although its host gives it another name.
    async fn check_again(&self) -> Result<(), DownloadError> {
        let Transfer { egress, hub, published, part, .. } = self.transfer;
        match hub::look_up(egress, hub, &published.source).await {
            Ok(now) if now.iter().any(|now| now.is_same(published)) => {
                part.set_etag(None);
                Ok(())
            }
            Ok(_) => {
                let file = published.source.name().to_owned();
                Err(DownloadError::Replaced { file })
            }
            // It will be asked again after the next try.
            Err(error) if error.may_pass() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// One connection: from where the segment is to its end, as far as it goes.
    async fn fetch(&self, index: usize) -> Result<(), Trouble> {
        let Transfer { part, tally, .. } = self.transfer;
        let segment = part.segments()[index];
        if segment.at == segment.to {
            return Ok(());
        }
        let mut response = tokio::select! {
            biased;
            () = self.stopped() => return Err(Trouble::Stopped),
            response = self.begin(segment.at, segment.to) => response?,
        };
        tally.trouble.send_if_modified(|trouble| trouble.take().is_some());
        let mut buffer = Vec::new();
        let ended = self.read(&mut response, index, &mut buffer).await;
        self.flush(index, &mut buffer).await?;
        match ended {
            Ok(()) if part.segments()[index].at < segment.to => {
                Err(wrong(&self.transfer.hub, "fewer bytes than it promised").into())
            }
            ended => ended,
        }
    }

    async fn begin(&self, from: u64, to: u64) -> Result<Response, Trouble> {
        let Transfer { egress, hub, published, part, pace, .. } = self.transfer;
        let etag = part.etag();
        let mut headers = vec![("range".to_owned(), format!("bytes={from}-{}", to - 1))];
        headers.extend(etag.clone().map(|etag| ("if-range".to_owned(), etag)));
        let get = Get { headers, secret: hub.token.clone(), patience: pace.patience };
        let url = hub.file_url(&published.source);
        let response = egress.get(UserAction::download(url), get).await?;
        let retry_after = response.header("retry-after");
        hub::refuse(hub, &published.source, response.status, retry_after)?;
        if response.header("content-encoding").is_some_and(|coding| coding != "identity") {
            return Err(wrong(hub, "a compressed form of the file").into());
        }
        let named = response.header("etag").map(str::to_owned);
        let renamed = etag.is_some() && named.is_some() && etag != named;
        let length = response.header("content-length").and_then(|length| length.parse().ok());
        if response.status == 206 {
            let promised = response.header("content-range").and_then(content_range);
            match promised {
                _ if renamed => return Err(Trouble::Renamed),
                Some((first, last, total))
                    if (first, total) == (from, published.bytes)
                        && last < to
                        && length.is_none_or(|length: u64| length == last - first + 1) => {}
                _ => return Err(wrong(hub, "another part of the file").into()),
            }
        } else if renamed {
            return Err(Trouble::Renamed);
        } else if from > 0 || to < published.bytes {
            return Err(Trouble::WholeFile);
        } else if length.is_some_and(|length| length != published.bytes) {
            return Err(wrong(hub, "a file of another length").into());
        }
        // A weak name does not promise the same bytes, and no range may rest on it.
        part.set_etag(named.filter(|name| !name.starts_with("W/")));
        Ok(response)
    }

    /// Reads up to the segment's end, writing what fills the buffer.
    async fn read(
        &self,
        response: &mut Response,
        index: usize,
        buffer: &mut Vec<u8>,
    ) -> Result<(), Trouble> {
        let Transfer { part, tally, pace, published, hub, .. } = self.transfer;
        let Some(segment) = part.segments().get(index).copied() else { return Ok(()) };
        let mut missing = segment.to - segment.at;
        let full = (published.bytes / 100).clamp(16 << 10, 1 << 20) as usize;
        let (mut since, mut lately) = (Instant::now(), 0);
        while missing > 0 {
            let chunk = tokio::select! {
                biased;
                () = self.stopped() => return Err(Trouble::Stopped),
                chunk = response.body.chunk() => chunk,
            };
            let Some(chunk) = chunk else { return Ok(()) };
            let chunk = chunk?;
            tally.fetched.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            let wanted = chunk.len().min(usize::try_from(missing).unwrap_or(usize::MAX));
            buffer.extend_from_slice(&chunk[..wanted]);
            missing -= wanted as u64;
            if buffer.len() >= full {
                self.flush(index, buffer).await?;
            }
            lately += wanted as u64;
            if since.elapsed() >= pace.slow_window {
                if lately < pace.slow_bytes && missing > 0 {
                    return Err(wrong(hub, "hardly anything for a long time").into());
                }
                (since, lately) = (Instant::now(), 0);
            }
        }
        Ok(())
    }

    async fn flush(&self, index: usize, buffer: &mut Vec<u8>) -> Result<(), DownloadError> {
        if buffer.is_empty() {
            return Ok(());
        }
        let part = Arc::clone(&self.transfer.part);
        let bytes = std::mem::take(buffer);
        blocking(move || part.write(index, &bytes)).await
    }

    async fn stopped(&self) {
        let (mut stop, mut aborted) = (self.transfer.stop.clone(), self.aborted.clone());
        // A sender that is gone is as good as one that says stop.
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => {}
            _ = aborted.wait_for(|aborted| *aborted) => {}
        }
    }
}

fn wrong(hub: &Hub, what: &'static str) -> DownloadError {
    DownloadError::Wrong { host: hub.host(), what }
}

/// `bytes FIRST-LAST/TOTAL`.
fn content_range(text: &str) -> Option<(u64, u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total) = (first.parse().ok()?, last.parse().ok()?, total.parse().ok()?);
    (first <= last && last < total).then_some((first, last, total))
}

/// Refuses to fill the disk to its brim.
pub(crate) fn check_room(
    path: &std::path::Path,
    file: &str,
    missing: u64,
    reserve: u64,
) -> Result<(), DownloadError> {
    match crate::hardware::disk_available(path) {
        Some(free) if missing > 0 && free < missing.saturating_add(reserve) => {
            let need = missing.saturating_add(reserve);
            Err(DownloadError::NoRoom { file: file.to_owned(), need, free })
        }
        _ => Ok(()),
    }
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DownloadError> + Send + 'static,
) -> Result<T, DownloadError> {
    let stopped = || DownloadError::Disk {
        path: Default::default(),
        cause: "a part of Hearth stopped".into(),
        full: false,
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(stopped()))
}

impl Pace {
    /// How long to wait after so many failures in a row.
    pub(crate) fn wait(&self, failures: u32, error: &DownloadError) -> Duration {
        let doubled = self.first_wait * 2_u32.saturating_pow(failures.saturating_sub(1).min(16));
        let asked = match error {
            DownloadError::Busy { seconds, .. } => Duration::from_secs(seconds.unwrap_or(0)),
            _ => Duration::ZERO,
        };
        doubled.max(asked).min(self.longest_wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_any_stated_size_has_room_or_has_not() {
        let folder = tempfile::tempdir().unwrap();
        for missing in [u64::MAX, u64::MAX - 1, 1 << 50] {
            let refused = check_room(folder.path(), "a.gguf", missing, 1 << 30).unwrap_err();
            assert!(matches!(refused, DownloadError::NoRoom { need, .. } if need >= missing));
        }
    }
}

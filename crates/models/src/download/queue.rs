//! All downloads: those that run, wait for their turn, or were left by an earlier start.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use hearth_egress::Egress;
use tokio::{
    sync::{Semaphore, watch},
    time::{Instant, interval, sleep},
};

use super::{
    DownloadError, Hub, Pace, Published, Sha256, Source, hub,
    journal::Journal,
    part::{Part, Paths},
    transfer::{Ended, Tally, Transfer, blocking, check_room},
};
use crate::{Facts, Installed, InstalledModel};

/// Speed is that of the last seconds.
const SPEED_OVER: f64 = 5.0;

/// What a person chose.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub source: Source,
    /// What it is called in a list.
    pub label: String,
    pub bytes: Option<u64>,
    /// What the catalog knows; otherwise the hub says it.
    pub sha256: Option<Sha256>,
}

/// One file on its way here.
#[derive(Clone, Debug, PartialEq)]
pub struct Download {
    /// `OWNER/REPOSITORY/FILE`.
    pub id: String,
    pub label: String,
    pub bytes: Option<u64>,
    /// Written so far.
    pub received: u64,
    /// Came over the network since this start, what came twice included.
    pub fetched: u64,
    /// Bytes a second.
    pub speed: Option<f64>,
    pub state: DownloadState,
}

impl Download {
    /// Seconds, at the present speed.
    pub fn left_s(&self) -> Option<f64> {
        let left = self.bytes?.checked_sub(self.received)? as f64;
        self.speed.filter(|speed| *speed > 0.0).map(|speed| left / speed)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum DownloadState {
    /// Others come first.
    Queued,
    Running,
    /// Tries again by itself; the sentence says after what.
    Waiting(String),
    Paused,
    Failed(DownloadError),
    /// In the list of models, under this path.
    Done(PathBuf),
}

impl DownloadState {
    fn is_active(&self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::Waiting(_))
    }
}

/// All downloads of one folder. Clones are the same.
#[derive(Clone)]
pub struct Downloads {
    inner: Arc<Inner>,
}

struct Inner {
    egress: Egress,
    folder: PathBuf,
    installed: Arc<Installed>,
    pace: Pace,
    turns: Semaphore,
    entries: Mutex<BTreeMap<String, Entry>>,
    /// Counts what can be seen to have changed.
    changes: watch::Sender<u64>,
    started: AtomicU64,
}

struct Entry {
    /// In the order in which they were asked for.
    number: u64,
    wanted: Wanted,
    shown: Download,
    /// Of the task that brings it; true ends that.
    stop: watch::Sender<bool>,
    /// Whether to delete what is here when the task has ended.
    cancelled: bool,
}

impl Downloads {
    /// With what earlier starts left unfinished, paused.
    pub fn open(egress: Egress, folder: &Path, installed: Arc<Installed>, pace: Pace) -> Self {
        let inner = Inner {
            egress,
            folder: folder.to_owned(),
            installed,
            turns: Semaphore::new(pace.at_once),
            pace,
            entries: Mutex::default(),
            changes: watch::Sender::new(0),
            started: AtomicU64::new(0),
        };
        let downloads = Self { inner: Arc::new(inner) };
        for journal in left_in(folder) {
            downloads.inner.enter_left(journal);
        }
        downloads
    }

    /// In the order in which they were asked for.
    pub fn list(&self) -> Vec<Download> {
        let entries = self.inner.entries();
        let mut list: Vec<_> = entries.values().map(|entry| (entry.number, &entry.shown)).collect();
        list.sort_by_key(|(number, _)| *number);
        list.into_iter().map(|(_, shown)| shown.clone()).collect()
    }

    pub fn get(&self, id: &str) -> Option<Download> {
        self.inner.entries().get(id).map(|entry| entry.shown.clone())
    }

    /// Changes whenever [`Downloads::list`] does.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    /// Begins, goes on, or joins what is already running: one file is downloaded once, however
    /// many ask for it. Must be called inside the runtime.
    pub fn start(&self, hub: Hub, wanted: Wanted) -> Download {
        let id = wanted.source.to_string();
        let mut entries = self.inner.entries();
        if let Some(entry) = entries.get(&id)
            && entry.shown.state.is_active()
        {
            return entry.shown.clone();
        }
        let old = entries.remove(&id);
        let number = match &old {
            Some(old) => old.number,
            None => self.inner.started.fetch_add(1, Ordering::Relaxed),
        };
        let shown = Download {
            id: id.clone(),
            label: wanted.label.clone(),
            bytes: wanted.bytes.or(old.as_ref().and_then(|old| old.shown.bytes)),
            received: old.map_or(0, |old| old.shown.received),
            fetched: 0,
            speed: None,
            state: DownloadState::Queued,
        };
        let (stop, stopped) = watch::channel(false);
        let entry =
            Entry { number, wanted: wanted.clone(), shown: shown.clone(), stop, cancelled: false };
        entries.insert(id.clone(), entry);
        drop(entries);
        self.inner.changed();
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move { inner.bring(id, hub, wanted, stopped).await });
        shown
    }

    /// Goes on with what was paused or failed. `None` when there is no such download.
    pub fn resume(&self, id: &str, hub: Hub) -> Option<Download> {
        let wanted = self.inner.entries().get(id)?.wanted.clone();
        Some(self.start(hub, wanted))
    }

    /// Keeps what is here for later.
    pub fn pause(&self, id: &str) {
        if let Some(entry) = self.inner.entries().get(id) {
            entry.stop.send_replace(true);
        }
    }

    /// Deletes what is here of it. One that is complete, or that another Hearth is downloading,
    /// only leaves the list.
    pub fn cancel(&self, id: &str) {
        let mut entries = self.inner.entries();
        let Some(entry) = entries.get_mut(id) else { return };
        if entry.shown.state.is_active() {
            entry.cancelled = true;
            entry.stop.send_replace(true);
            return;
        }
        if !matches!(entry.shown.state, DownloadState::Done(_)) {
            Paths::of(&self.inner.folder, &entry.wanted.source).discard_unused();
        }
        entries.remove(id);
        drop(entries);
        self.inner.changed();
    }
}

impl Inner {
    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn enter_left(&self, journal: Journal) {
        let id = journal.source.to_string();
        let shown = Download {
            id: id.clone(),
            label: journal.label.clone(),
            bytes: Some(journal.bytes),
            received: journal.received(),
            fetched: 0,
            speed: None,
            state: DownloadState::Paused,
        };
        let wanted = Wanted {
            label: journal.label,
            bytes: Some(journal.bytes),
            sha256: Some(journal.sha256),
            source: journal.source,
        };
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let entry =
            Entry { number, wanted, shown, stop: watch::Sender::new(false), cancelled: false };
        self.entries().insert(id, entry);
    }

    fn show(&self, id: &str, change: impl FnOnce(&mut Download)) {
        if let Some(entry) = self.entries().get_mut(id) {
            change(&mut entry.shown);
        }
        self.changed();
    }

    /// One download from its turn to its end.
    async fn bring(
        self: Arc<Self>,
        id: String,
        hub: Hub,
        wanted: Wanted,
        mut stop: watch::Receiver<bool>,
    ) {
        let turn = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => None,
            turn = self.turns.acquire() => turn.ok(),
        };
        let state = match turn {
            None => DownloadState::Paused,
            Some(_turn) => match self.take_turn(&id, hub, &wanted, stop).await {
                Ok(state) => state,
                Err(error) => DownloadState::Failed(error),
            },
        };
        let mut entries = self.entries();
        let Some(entry) = entries.get_mut(&id) else { return };
        let done = matches!(state, DownloadState::Done(_));
        entry.shown.speed = None;
        entry.shown.state = state;
        if entry.cancelled && !done {
            Paths::of(&self.folder, &wanted.source).discard_unused();
            entries.remove(&id);
        }
        drop(entries);
        self.changed();
    }

    async fn take_turn(
        &self,
        id: &str,
        hub: Hub,
        wanted: &Wanted,
        mut stop: watch::Receiver<bool>,
    ) -> Result<DownloadState, DownloadError> {
        self.show(id, |shown| shown.state = DownloadState::Running);
        let published = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return Ok(DownloadState::Paused),
            published = self.published(id, &hub, wanted) => published?,
        };
        if let Some(path) = self.already_here(&published) {
            return Ok(DownloadState::Done(path));
        }
        if let Some(path) = self.left_whole(&published).await? {
            return Ok(DownloadState::Done(path));
        }
        let part = self.open_part(&published, &wanted.label).await?;
        self.show(id, |shown| {
            shown.bytes = Some(published.bytes);
            shown.received = part.received();
        });
        let tally = Arc::new(Tally::default());
        let transfer = Transfer {
            egress: self.egress.clone(),
            hub,
            published: published.clone(),
            part: Arc::clone(&part),
            pace: self.pace.clone(),
            tally: Arc::clone(&tally),
            stop,
        };
        let ended = tokio::select! {
            ended = transfer.run() => ended,
            never = self.follow(id, &part, &tally) => match never {},
        };
        self.show(id, |shown| {
            shown.received = part.received();
            shown.fetched = tally.fetched.load(Ordering::Relaxed);
        });
        let part = Arc::into_inner(part).ok_or_else(|| {
            DownloadError::disk(Path::new(id), &std::io::Error::other("it is still being written"))
        })?;
        let file = published.source.name().to_owned();
        match ended {
            Ok(Ended::Stopped) => Ok(DownloadState::Paused),
            Ok(Ended::Whole(sum)) if sum != published.sha256 => {
                part.discard();
                Err(DownloadError::WrongHash { file })
            }
            Ok(Ended::Whole(_)) => Ok(DownloadState::Done(self.finish(part, published).await?)),
            Err(error @ DownloadError::Replaced { .. }) => {
                part.discard();
                Err(error)
            }
            Err(error) => {
                if part.received() == 0 {
                    part.discard();
                }
                Err(error)
            }
        }
    }

    /// What the file must turn out to be. What the catalog knows is not asked again.
    async fn published(
        &self,
        id: &str,
        hub: &Hub,
        wanted: &Wanted,
    ) -> Result<Published, DownloadError> {
        if let (Some(bytes), Some(sha256), Some(_)) =
            (wanted.bytes, wanted.sha256, wanted.source.revision())
        {
            return Ok(Published { source: wanted.source.clone(), bytes, sha256 });
        }
        let published = self.look_up(id, hub, &wanted.source).await?;
        let as_known = wanted.sha256.is_none_or(|sum| sum == published.sha256)
            && wanted.bytes.is_none_or(|bytes| bytes == published.bytes);
        if !as_known {
            return Err(DownloadError::NotAsKnown { file: wanted.source.name().to_owned() });
        }
        Ok(published)
    }

    /// As patient as a transfer.
    async fn look_up(
        &self,
        id: &str,
        hub: &Hub,
        source: &Source,
    ) -> Result<Published, DownloadError> {
        let mut failures = 0;
        loop {
            match hub::look_up(&self.egress, hub, source).await {
                Err(error) if error.may_pass() && failures < self.pace.attempts => {
                    failures += 1;
                    let why = error.to_string();
                    self.show(id, |shown| shown.state = DownloadState::Waiting(why));
                    sleep(self.pace.wait(failures, &error)).await;
                }
                ended => {
                    self.show(id, |shown| shown.state = DownloadState::Running);
                    return ended;
                }
            }
        }
    }

    /// The path of the very file, when it was downloaded before and is still there.
    fn already_here(&self, published: &Published) -> Option<PathBuf> {
        let path = Paths::of(&self.folder, &published.source).whole;
        let mut models = self.installed.models().into_iter();
        let same = |model: &InstalledModel| {
            model.path == path
                && model.sha256 == Some(published.sha256)
                && model.file_bytes == published.bytes
        };
        models.any(|model| same(&model)).then_some(path)
    }

    /// The file that has its name but not its place in the list of models, because Hearth ended
    /// between the two; after a look at every byte of it.
    async fn left_whole(&self, published: &Published) -> Result<Option<PathBuf>, DownloadError> {
        let paths = Paths::of(&self.folder, &published.source);
        let (installed, published) = (Arc::clone(&self.installed), published.clone());
        blocking(move || {
            if !paths.has_whole(&published) {
                return Ok(None);
            }
            paths.discard_unused();
            enter(&installed, &paths.whole, &published)?;
            Ok(Some(paths.whole))
        })
        .await
    }

    async fn open_part(
        &self,
        published: &Published,
        label: &str,
    ) -> Result<Arc<Part>, DownloadError> {
        let (folder, label) = (self.folder.clone(), label.to_owned());
        let (published, pace) = (published.clone(), self.pace.clone());
        blocking(move || {
            let file = published.source.name();
            let parallel = published.bytes >= pace.parallel_from;
            let connections = if parallel { pace.connections } else { 1 };
            let part = Part::open(&folder, &published, &label, connections)?;
            check_room(&folder, file, published.bytes - part.received(), pace.reserve)?;
            Ok(Arc::new(part))
        })
        .await
    }

    /// Gives the file its name and its place in the list of models.
    async fn finish(&self, part: Part, published: Published) -> Result<PathBuf, DownloadError> {
        let installed = Arc::clone(&self.installed);
        blocking(move || {
            #[cfg(windows)]
            part.unlock()?;
            if Facts::read(part.path()).is_err() {
                let file = published.source.name().to_owned();
                part.discard();
                return Err(DownloadError::NotAModel { file });
            }
            let path = part.finish()?;
            enter(&installed, &path, &published)?;
            Ok(path)
        })
        .await
    }

    /// Shows progress for as long as it is polled.
    async fn follow(&self, id: &str, part: &Part, tally: &Tally) -> std::convert::Infallible {
        let mut ticks = interval(self.pace.tick);
        let mut speed = Speed::new(part.received());
        let trouble = tally.trouble.subscribe();
        loop {
            ticks.tick().await;
            let received = part.received();
            let state = match &*trouble.borrow() {
                Some(why) => DownloadState::Waiting(why.clone()),
                None => DownloadState::Running,
            };
            let speed = speed.after(received);
            let fetched = tally.fetched.load(Ordering::Relaxed);
            let now = self.entries().get(id).map(|entry| entry.shown.clone());
            let Some(now) = now else { continue };
            if (now.received, &now.state) != (received, &state) || now.speed != speed {
                self.show(id, |shown| {
                    *shown = Download { received, fetched, speed, state, ..now };
                });
            }
        }
    }
}

/// Gives a whole and checked file its place in the list of models.
fn enter(installed: &Installed, path: &Path, published: &Published) -> Result<(), DownloadError> {
    let added = installed.add_downloaded(path, &published.source, published.sha256);
    added.map_err(|error| DownloadError::disk(path, &std::io::Error::other(error)))?;
    Ok(())
}

/// A moving average that forgets exponentially.
struct Speed {
    at: Instant,
    received: u64,
    average: Option<f64>,
}

impl Speed {
    fn new(received: u64) -> Self {
        Self { at: Instant::now(), received, average: None }
    }

    fn after(&mut self, received: u64) -> Option<f64> {
        let seconds = self.at.elapsed().as_secs_f64();
        if seconds < 0.05 {
            return self.average;
        }
        let now = received.saturating_sub(self.received) as f64 / seconds;
        (self.at, self.received) = (Instant::now(), received);
        let weight = 1.0 - (-seconds / SPEED_OVER).exp();
        self.average = Some(self.average.map_or(now, |old| old + weight * (now - old)));
        self.average
    }
}

/// The journals of unfinished downloads, wherever in the folder's `owner/repository/`.
fn left_in(folder: &Path) -> Vec<Journal> {
    let inside = |folder: PathBuf| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let repositories = inside(folder.to_owned()).into_iter().flat_map(inside);
    let mut files: Vec<PathBuf> = repositories.flat_map(inside).collect();
    files.sort();
    let journals = files.iter().filter(|path| path.to_string_lossy().ends_with(".part.json"));
    let read = journals.filter_map(|path| {
        let journal = Journal::read(path)?;
        // Only where it says it is: a journal cannot point elsewhere.
        (Paths::of(folder, &journal.source).journal == **path).then_some(journal)
    });
    read.collect()
}

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

/// One model on its way here, in one file or in several.
#[derive(Clone, Debug, PartialEq)]
pub struct Download {
    /// `OWNER/REPOSITORY/FILE`, of several files the first.
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
        for (id, journals) in left_in(folder) {
            downloads.inner.enter_left(id, &journals);
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
        let source = first_of(&wanted.source);
        let (id, wanted) = (source.to_string(), Wanted { source, ..wanted });
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
            discard_unused(&self.inner.folder, &entry.wanted.source);
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

    /// What an earlier start left of one model.
    fn enter_left(&self, id: String, journals: &[Journal]) {
        let Some(journal) = journals.first() else { return };
        let source = first_of(&journal.source);
        // Of several files some may be here already, so the hub is asked for all of them again.
        let is_all = source.parts().len() == 1;
        let wanted = Wanted {
            label: journal.label.clone(),
            bytes: is_all.then_some(journal.bytes),
            sha256: is_all.then_some(journal.sha256),
            source,
        };
        let sum = |of: fn(&Journal) -> u64| journals.iter().map(of).fold(0, u64::saturating_add);
        let shown = Download {
            id: id.clone(),
            label: wanted.label.clone(),
            bytes: Some(sum(|journal| journal.bytes)),
            received: sum(Journal::received),
            fetched: 0,
            speed: None,
            state: DownloadState::Paused,
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
            discard_unused(&self.folder, &wanted.source);
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
        let set = self.open_set(published, &wanted.label).await?;
        self.show(id, |shown| {
            shown.bytes = Some(set.bytes());
            shown.received = set.received();
        });
        let tally = Arc::new(Tally::default());
        let ended = tokio::select! {
            ended = self.bring_set(&set, &hub, &tally, stop) => ended,
            never = self.follow(id, &set, &tally) => match never {},
        };
        self.show(id, |shown| {
            shown.received = set.received();
            shown.fetched = tally.fetched.load(Ordering::Relaxed);
        });
        match ended {
            Ok(false) => Ok(DownloadState::Paused),
            Ok(true) => Ok(DownloadState::Done(self.finish(set).await?)),
            Err(error) => {
                if set.received() == 0 || matches!(error, DownloadError::Replaced { .. }) {
                    set.discard();
                }
                Err(error)
            }
        }
    }

    /// Brings one file after the other. Answers whether all are here; not when it was stopped.
    async fn bring_set(
        &self,
        set: &Set,
        hub: &Hub,
        tally: &Arc<Tally>,
        stop: watch::Receiver<bool>,
    ) -> Result<bool, DownloadError> {
        for (published, part) in &set.files {
            let Some(part) = part else { continue };
            let transfer = Transfer {
                egress: self.egress.clone(),
                hub: hub.clone(),
                published: published.clone(),
                part: Arc::clone(part),
                pace: self.pace.clone(),
                tally: Arc::clone(tally),
                stop: stop.clone(),
            };
            match transfer.run().await? {
                Ended::Stopped => return Ok(false),
                Ended::Whole(sum) if sum != published.sha256 => {
                    part.discard();
                    let file = published.source.name().to_owned();
                    return Err(DownloadError::WrongHash { file });
                }
                Ended::Whole(_) => {}
            }
        }
        Ok(true)
    }

    /// What each file must turn out to be. What the catalog knows, which is single files, is not asked
    /// again.
    async fn published(
        &self,
        id: &str,
        hub: &Hub,
        wanted: &Wanted,
    ) -> Result<Vec<Published>, DownloadError> {
        if let (Some(bytes), Some(sha256), Some(_)) =
            (wanted.bytes, wanted.sha256, wanted.source.revision())
        {
            return Ok(vec![Published { source: wanted.source.clone(), bytes, sha256 }]);
        }
        let published = self.look_up(id, hub, &wanted.source).await?;
        let as_known = |published: &Published| {
            wanted.sha256.is_none_or(|sum| sum == published.sha256)
                && wanted.bytes.is_none_or(|bytes| bytes == published.bytes)
        };
        if !published.iter().all(as_known) {
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
    ) -> Result<Vec<Published>, DownloadError> {
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

    /// The path of the very model, when it was downloaded before and is still there.
    fn already_here(&self, published: &[Published]) -> Option<PathBuf> {
        let path = Paths::of(&self.folder, &published.first()?.source).whole;
        let bytes = published.iter().map(|file| file.bytes).fold(0, u64::saturating_add);
        let mut models = self.installed.models().into_iter();
        let same = |model: &InstalledModel| {
            model.path == path
                && model.sums.iter().eq(published.iter().map(|file| &file.sha256))
                && model.file_bytes == bytes
        };
        models.any(|model| same(&model)).then_some(path)
    }

    /// Opens what is here of each file, and sees that there is room for the rest. A file that has its
    /// name, because Hearth ended before it had its place in the list of models, is whole after a look
    /// at every byte of it.
    async fn open_set(&self, published: Vec<Published>, label: &str) -> Result<Set, DownloadError> {
        let (folder, label, pace) = (self.folder.clone(), label.to_owned(), self.pace.clone());
        blocking(move || {
            let open = |published: Published| {
                let paths = Paths::of(&folder, &published.source);
                if paths.has_whole(&published) {
                    paths.discard_unused();
                    return Ok((published, None));
                }
                let parallel = published.bytes >= pace.parallel_from;
                let connections = if parallel { pace.connections } else { 1 };
                let part = Part::open(&folder, &published, &label, connections)?;
                Ok((published, Some(Arc::new(part))))
            };
            let files = published.into_iter().map(open).collect::<Result<Vec<_>, DownloadError>>();
            let set = Set { files: files? };
            check_room(&folder, &label, set.bytes() - set.received(), pace.reserve)?;
            Ok(set)
        })
        .await
    }

    /// Gives the files their names and the model its place in the list.
    async fn finish(&self, set: Set) -> Result<PathBuf, DownloadError> {
        let (installed, folder) = (Arc::clone(&self.installed), self.folder.clone());
        blocking(move || {
            let (published, parts): (Vec<_>, Vec<_>) = set.files.into_iter().unzip();
            // The first one last, for by that the model is found.
            for part in parts.into_iter().rev().flatten() {
                let busy = || std::io::Error::other("it is still being written");
                let part = Arc::into_inner(part);
                part.ok_or_else(|| DownloadError::disk(&folder, &busy()))?.finish()?;
            }
            let paths = published.iter().map(|file| Paths::of(&folder, &file.source).whole);
            let paths: Vec<_> = paths.collect();
            let first = &published[0].source;
            if Facts::read(&paths[0]).is_err() {
                for path in &paths {
                    let _ = fs::remove_file(path);
                }
                return Err(DownloadError::NotAModel { file: first.name().to_owned() });
            }
            let sums: Vec<_> = published.iter().map(|file| file.sha256).collect();
            let added = installed.add_downloaded(&paths[0], first, &sums);
            added.map_err(|error| DownloadError::disk(&paths[0], &std::io::Error::other(error)))?;
            Ok(paths[0].clone())
        })
        .await
    }

    /// Shows progress for as long as it is polled.
    async fn follow(&self, id: &str, set: &Set, tally: &Tally) -> std::convert::Infallible {
        let mut ticks = interval(self.pace.tick);
        let mut speed = Speed::new(set.received());
        let trouble = tally.trouble.subscribe();
        loop {
            ticks.tick().await;
            let received = set.received();
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

/// The files of one model on their way here, those that are whole already without a part.
struct Set {
    files: Vec<(Published, Option<Arc<Part>>)>,
}

impl Set {
    fn bytes(&self) -> u64 {
        self.files.iter().map(|(published, _)| published.bytes).fold(0, u64::saturating_add)
    }

    fn received(&self) -> u64 {
        let of = |(published, part): &(Published, Option<Arc<Part>>)| match part {
            Some(part) => part.received(),
            None => published.bytes,
        };
        self.files.iter().map(of).fold(0, u64::saturating_add)
    }

    fn discard(&self) {
        self.files.iter().filter_map(|(_, part)| part.as_ref()).for_each(|part| part.discard());
    }
}

/// The file by which a model is known.
fn first_of(source: &Source) -> Source {
    source.parts().swap_remove(0)
}

/// Deletes what is here of a model's files, but for what another process is writing.
fn discard_unused(folder: &Path, source: &Source) {
    for part in source.parts() {
        Paths::of(folder, &part).discard_unused();
    }
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

/// The journals of unfinished downloads by the model that they are for, wherever in the folder's
/// `owner/repository/`, and in a folder in there.
fn left_in(folder: &Path) -> BTreeMap<String, Vec<Journal>> {
    let inside = |folder: PathBuf| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let repositories = inside(folder.to_owned()).into_iter().flat_map(inside);
    let mut files: Vec<PathBuf> = repositories.flat_map(inside).collect();
    files.extend(files.clone().into_iter().flat_map(inside));
    files.sort();
    let mut left = BTreeMap::<String, Vec<Journal>>::new();
    for path in files.iter().filter(|path| path.to_string_lossy().ends_with(".part.json")) {
        let Some(journal) = Journal::read(path) else { continue };
        // Only where it says it is: a journal cannot point elsewhere.
        if Paths::of(folder, &journal.source).journal == **path {
            left.entry(first_of(&journal.source).to_string()).or_default().push(journal);
        }
    }
    left
}

//! The chats, kept on disk whenever that is possible, and in memory while it is not.
//!
//! A question must be answerable with a full disk or a read-only folder. So when a write fails
//! for such a reason, every chat that can be read is copied into memory, the write is done there,
//! and the app goes on with a banner that says what is not kept. As soon as the folder can be
//! written again, what happened meanwhile is merged into it.
//!
//! Merging adds and never changes what is on disk, so a pin, a title or a deletion is done on disk
//! or not at all. The ledger is never copied, and is read where it was written.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hearth_store::Store;

use crate::{Error, api::Restored};

#[derive(Clone)]
pub(crate) struct History {
    kept: Arc<Mutex<Kept>>,
    restored: Option<Restored>,
}

struct Kept {
    /// Where everything is read and written now.
    current: Store,
    /// The store on disk that could not be written; it may recover.
    waiting: Option<Store>,
    /// The store on disk that another Hearth keeps its chats in. Connections are noted there.
    beside: Option<Store>,
    /// A sentence for the user while `current` is only in memory.
    problem: Option<String>,
    /// It was opened from a file, and not only for this run.
    on_disk: bool,
}

impl History {
    /// Opens the history at `path`. One that cannot be opened at all leaves an empty history in
    /// memory and a problem to show.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let opened = Store::open(path);
        let restored = opened
            .as_ref()
            .ok()
            .and_then(Store::restored)
            .map(|it| Restored { day: it.day.clone(), damaged: it.damaged.display().to_string() });
        let kept = match opened {
            Ok(store) => match store.check_writable() {
                Ok(()) => Kept::of(store, true),
                Err(error) => in_memory(store, &error)?,
            },
            Err(error) => Kept {
                beside: match error {
                    hearth_store::Error::InUse { .. } => Store::open_beside(path).ok(),
                    _ => None,
                },
                problem: Some(not_kept(&error)),
                ..Kept::of(Store::in_memory()?, false)
            },
        };
        Ok(Self { restored, ..Self::of(kept) })
    }

    /// A history without chats, whose connections are noted in the one on disk. That stays free for
    /// a window.
    pub fn beside(path: &Path) -> Result<Self, Error> {
        // Made, or brought to this version, alone; then the lock is free again.
        let made = match Store::open(path).map(drop) {
            Ok(()) | Err(hearth_store::Error::InUse { .. }) => Store::open_beside(path),
            Err(error) => Err(error),
        };
        let (beside, problem) = match made.and_then(|disk| disk.check_writable().map(|()| disk)) {
            Ok(disk) => (Some(disk), None),
            Err(error) => (None, Some(not_kept(&error))),
        };
        Ok(Self::of(Kept { beside, problem, ..Kept::of(Store::in_memory()?, false) }))
    }

    /// A history that is never on disk.
    pub fn unkept() -> Result<Self, Error> {
        Ok(Self::of(Kept::of(Store::in_memory()?, false)))
    }

    fn of(kept: Kept) -> Self {
        Self { kept: Arc::new(Mutex::new(kept)), restored: None }
    }

    /// What took the place of a damaged history at this start.
    pub fn restored(&self) -> Option<Restored> {
        self.restored.clone()
    }

    /// Why nothing is kept at present, if so.
    pub fn problem(&self) -> Option<String> {
        self.kept().problem.clone()
    }

    /// Reads; the store blocks, so another thread waits for it.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Store) -> Result<T, hearth_store::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let store = self.kept().current.clone();
        blocking(move || Ok(query(&store)?)).await
    }

    /// Reads the ledger, which is on disk also while the chats are in memory.
    pub async fn read_ledger<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Store) -> Result<T, hearth_store::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let store = {
            let kept = self.kept();
            kept.noted().unwrap_or(&kept.current).clone()
        };
        blocking(move || Ok(query(&store)?)).await
    }

    /// Reads what is noted both on disk and, while that cannot be written, in memory.
    pub async fn read_each<T: Send + 'static>(
        &self,
        query: impl Fn(&Store) -> Result<T, hearth_store::Error> + Send + 'static,
    ) -> Result<Vec<T>, Error> {
        let stores = {
            let kept = self.kept();
            [Some(&kept.current), kept.noted()].map(|store| store.cloned())
        };
        blocking(move || Ok(stores.iter().flatten().map(query).collect::<Result<_, _>>()?)).await
    }

    /// Changes a chat. One that is on disk is changed there, or not at all.
    pub async fn change_chat(
        &self,
        id: String,
        change: impl FnOnce(&Store, &str) -> Result<(), hearth_store::Error> + Send + 'static,
    ) -> Result<(), Error> {
        let history = self.clone();
        blocking(move || {
            let store = {
                let mut kept = history.kept();
                if let Err(cause) = kept.recover()
                    && kept.has_on_disk(&id)
                {
                    return Err(cause.into());
                }
                kept.current.clone()
            };
            Ok(change(&store, &id)?)
        })
        .await
    }

    /// Writes something. Where the folder cannot be written, it is written in memory, of which only
    /// what is new comes to the disk later.
    pub async fn write<T: Send + 'static>(
        &self,
        change: impl Fn(&Store) -> Result<T, hearth_store::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let history = self.clone();
        blocking(move || history.write_here(change)).await
    }

    /// The same on this thread, which may block.
    pub fn write_here<T>(
        &self,
        change: impl Fn(&Store) -> Result<T, hearth_store::Error>,
    ) -> Result<T, Error> {
        let store = self.recovered();
        match change(&store) {
            Err(error) if error.is_unwritable() => {
                let store = self.leave_disk(&error)?;
                Ok(change(&store)?)
            }
            done => Ok(done?),
        }
    }

    /// Notes a connection, on this thread, which may block.
    pub fn note_here<T>(
        &self,
        note: impl Fn(&Store) -> Result<T, hearth_store::Error>,
    ) -> Result<T, Error> {
        let beside = self.kept().beside.clone();
        match beside {
            Some(store) => Ok(note(&store)?),
            None => self.write_here(note),
        }
    }

    /// What leaves the device must be noted for good, so it must not leave while nothing is kept.
    pub fn check_kept(&self) -> Result<(), Error> {
        let kept = self.kept();
        match &kept.problem {
            Some(problem) => Err(Error::NotNoted(problem.clone())),
            None if !kept.on_disk => {
                Err(Error::NotNoted("nothing of this run is kept on disk.".into()))
            }
            None => Ok(()),
        }
    }

    /// An error while connections would be noted only in memory.
    pub fn check_noted(&self) -> Result<(), Error> {
        let beside = self.kept().beside.is_some();
        if beside { Ok(()) } else { self.check_kept() }
    }

    /// The store to write to: the one on disk again, if its folder can be written again.
    fn recovered(&self) -> Store {
        let mut kept = self.kept();
        // A folder that cannot be written yet is what the copy in memory is for.
        let _ = kept.recover();
        kept.current.clone()
    }

    fn leave_disk(&self, cause: &hearth_store::Error) -> Result<Store, Error> {
        let mut kept = self.kept();
        if kept.waiting.is_none() {
            tracing::warn!(%cause, "the data folder cannot be written; going on in memory");
            *kept = in_memory(kept.current.clone(), cause)?;
        }
        Ok(kept.current.clone())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn of(current: Store, on_disk: bool) -> Self {
        Self { current, waiting: None, beside: None, problem: None, on_disk }
    }

    /// The store on disk, where it is not the one in use.
    fn noted(&self) -> Option<&Store> {
        self.waiting.as_ref().or(self.beside.as_ref())
    }

    /// Goes back to the store on disk; an error while that cannot be written.
    fn recover(&mut self) -> Result<(), hearth_store::Error> {
        let Some(disk) = &self.waiting else { return Ok(()) };
        disk.check_writable()?;
        disk.merge(&self.current)?;
        disk.record_connections(self.current.connections(u32::MAX)?)?;
        tracing::info!("the data folder can be written again");
        *self = Self::of(disk.clone(), true);
        Ok(())
    }

    /// Whether the store that waits has this chat, as far as it can be read.
    fn has_on_disk(&self, chat: &str) -> bool {
        let found = self.waiting.as_ref().map(|disk| disk.conversation(chat));
        found.is_some_and(|found| !matches!(found, Err(hearth_store::Error::NotFound { .. })))
    }
}

/// Every chat that `disk` has, in memory.
fn in_memory(disk: Store, cause: &hearth_store::Error) -> Result<Kept, Error> {
    let current = Store::in_memory()?;
    current.merge(&disk)?;
    let problem = Some(not_kept(cause));
    Ok(Kept { waiting: Some(disk), problem, ..Kept::of(current, true) })
}

fn not_kept(cause: &hearth_store::Error) -> String {
    format!("What you ask now is not kept after closing Hearth. {cause}")
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Stopped)?
}

#[cfg(all(test, unix))]
#[path = "../../store/tests/common/mod.rs"]
pub(crate) mod common;

#[cfg(test)]
mod tests {
    use std::fs;

    use hearth_chat::FakeModel;
    use hearth_egress::{ConnectionLog, ConnectionStart, Purpose};
    use hearth_router::{Limits, NanoUsd, Place};
    use hearth_store::{Intent, Leave, NewConversation};

    use super::*;
    use crate::{Assistant, Dirs, api::LedgerCheck, connections::Log};

    async fn chats(history: &History) -> Vec<String> {
        let all = history.read(|store| store.conversations(false)).await.unwrap();
        all.into_iter().map(|chat| chat.title).collect()
    }

    async fn add(history: &History, title: &str) {
        let new = NewConversation { title: title.into(), ..NewConversation::default() };
        history.write(move |store| store.create_conversation(new.clone())).await.unwrap();
    }

    #[tokio::test]
    async fn with_a_folder_that_cannot_be_made_chats_work_and_the_problem_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "in the way").unwrap();
        let history = History::open(&file.join("hearth.db")).unwrap();
        assert!(history.problem().unwrap().contains("not kept after closing"));
        add(&history, "Here").await;
        assert_eq!(chats(&history).await, ["Here"]);
    }

    #[tokio::test]
    async fn a_second_instance_keeps_nothing_and_harms_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hearth.db");
        let first = History::open(&path).unwrap();
        add(&first, "First").await;
        let second = History::open(&path).unwrap();
        assert!(second.problem().unwrap().contains("Another Hearth"));
        add(&second, "Second").await;
        assert_eq!(chats(&first).await, ["First"]);
        assert_eq!(first.problem(), None);
    }

    #[tokio::test]
    async fn a_damaged_history_comes_back_from_its_backup_and_the_user_is_told() {
        let home = tempfile::tempdir().unwrap();
        let dirs = Dirs::under(home.path());
        dirs.create().unwrap();
        let database = dirs.data.join("hearth.db");
        let history = History::open(&database).unwrap();
        add(&history, "Kept").await;
        drop(history);
        fs::copy(&database, dirs.data.join("hearth.db.backup-2026-03-01")).unwrap();
        fs::write(&database, "{\"chats\": []}".repeat(500)).unwrap();

        let model = Arc::new(FakeModel::default());
        let assistant = Assistant::open_with(dirs, model).await.unwrap();
        let status = assistant.status().await.unwrap();
        assert_eq!(status.storage_problem, None);
        let restored = status.restored.unwrap();
        assert_eq!(restored.day, "2026-03-01");
        assert!(fs::read_to_string(&restored.damaged).unwrap().starts_with("{\"chats\""));
        assert_eq!(chats(assistant.history()).await, ["Kept"]);
    }

    fn connect(history: &History, host: &str) {
        let start = ConnectionStart { purpose: Purpose::ModelDownload, host: host.into() };
        Log::new(history.clone()).opened(&start).unwrap();
    }

    #[tokio::test]
    async fn a_second_instance_notes_its_connections_with_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hearth.db");
        let first = History::open(&path).unwrap();
        let second = History::open(&path).unwrap();
        second.check_noted().unwrap();
        connect(&second, "hub.example");
        let noted = first.read(|store| store.connections(9)).await.unwrap();
        assert_eq!(noted[0].host, "hub.example");
    }

    #[tokio::test]
    async fn what_notes_only_connections_leaves_the_chats_to_a_window() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hearth.db");
        let download = History::beside(&path).unwrap();
        download.check_noted().unwrap();
        let window = History::open(&path).unwrap();
        assert_eq!(window.problem(), None);
        connect(&download, "hub.example");
        add(&window, "Kept").await;
        let noted = window.read(|store| store.connections(9)).await.unwrap();
        assert_eq!(noted[0].host, "hub.example");
    }

    #[test]
    fn connections_that_only_memory_would_note_are_told_beforehand() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "in the way").unwrap();
        for open in [History::open, History::beside] {
            let history = open(&file.join("hearth.db")).unwrap();
            assert!(matches!(history.check_noted(), Err(Error::NotNoted(_))));
        }
    }

    #[tokio::test]
    async fn what_left_before_the_disk_was_full_is_still_shown() {
        let home = tempfile::tempdir().unwrap();
        let model = Arc::new(FakeModel::default());
        let assistant = Assistant::open_with(Dirs::under(home.path()), model).await.unwrap();
        let history = assistant.history();
        let intent = Intent {
            provider: "Some provider".into(),
            origin: "https://api.example".into(),
            place: Place::Cloud,
            model: "large".into(),
            message: Some("answer".into()),
            body_sha256: String::new(),
            body_bytes: 9,
            worst_case: NanoUsd(1),
            leave: Leave::Consent,
            reasons: Vec::new(),
            replaced: 0,
        };
        let before = move |store: &Store| {
            store.ledger_intend(intent.clone(), Limits::default())?;
            let row = store.open_connection("api.example", "cloud_answer")?;
            store.note_traffic(row, 300, 9)
        };
        history.write(before).await.unwrap();
        let full = hearth_store::Error::DiskFull { path: home.path().into() };
        history.leave_disk(&full).unwrap();
        // In memory: nothing is written that would find the disk to have room.
        history.read(|store| store.open_connection("hub.example", "download")).await.unwrap();

        let ledger = assistant.ledger().await.unwrap();
        assert_eq!(ledger.entries.len(), 1);
        assert_eq!(ledger.check, LedgerCheck::Intact { rows: 1 });
        assert!(assistant.answer_receipt("answer".into()).await.unwrap().is_some());
        assert_eq!(assistant.status().await.unwrap().bytes_sent_today, 300);
        assert_eq!(assistant.privacy_connections().await.unwrap().len(), 2);

        add(history, "Home again").await;
        assert_eq!(history.problem(), None);
        assert_eq!(assistant.privacy_connections().await.unwrap().len(), 2);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_chat_on_a_full_disk_is_changed_there_or_not_at_all() {
        let Some(disk) = super::common::SmallDisk::mount("3m") else { return };
        let history = History::open(&disk.folder.path().join("hearth.db")).unwrap();
        add(&history, "Old").await;
        let old = history.read(|store| store.conversations(false)).await.unwrap().remove(0).id;
        let ballast = disk.folder.path().join("ballast");
        // Ends with an error, when no byte is left.
        let _ = fs::write(&ballast, vec![1; 4 << 20]);
        let pin = |id: &String| {
            history.change_chat(id.clone(), |store, id| store.set_pinned_local(id, true))
        };
        let pinned = |id: &String| {
            let id = id.clone();
            history.read(move |store| Ok(store.conversation(&id)?.pinned_local))
        };

        let mut long = NewConversation { title: "New".into(), ..NewConversation::default() };
        long.system_prompt = "word ".repeat(100_000);
        let create = move |store: &Store| store.create_conversation(long.clone());
        let new = history.write(create).await.unwrap().id;
        assert!(history.problem().is_some());
        for change in [Store::move_to_trash, Store::delete] {
            let refused = history.change_chat(old.clone(), change).await;
            let full = hearth_store::Error::is_unwritable;
            assert!(matches!(refused, Err(Error::Store(error)) if full(&error)));
        }
        assert!(pin(&old).await.is_err());
        assert!(!pinned(&old).await.unwrap(), "what is shown is what is on disk");
        pin(&new).await.unwrap();

        fs::remove_file(&ballast).unwrap();
        pin(&old).await.unwrap();
        assert_eq!(history.problem(), None);
        assert!(pinned(&old).await.unwrap());
        assert!(pinned(&new).await.unwrap(), "a chat that was only in memory comes as it is");
    }

    #[tokio::test]
    async fn what_was_asked_on_a_full_disk_is_merged_when_there_is_room_again() {
        let folder = tempfile::tempdir().unwrap();
        let history = History::open(&folder.path().join("hearth.db")).unwrap();
        add(&history, "Before").await;
        let full = hearth_store::Error::DiskFull { path: folder.path().into() };
        history.leave_disk(&full).unwrap();
        assert!(history.problem().is_some());
        assert_eq!(chats(&history).await, ["Before"], "what there was is still shown");
        // This disk has room, so the next write goes home.
        add(&history, "After").await;
        assert_eq!(history.problem(), None);
        drop(history);
        let again = History::open(&folder.path().join("hearth.db")).unwrap();
        assert_eq!(chats(&again).await.len(), 2);
    }
}

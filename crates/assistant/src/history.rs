//! The chats, kept on disk whenever that is possible, and in memory while it is not.
//!
//! A question must be answerable with a full disk or a read-only folder. So when a write fails
//! for such a reason, everything that can be read moves into memory, the write is done there,
//! and the app goes on with a banner that says what is not kept. As soon as the folder can be
//! written again, what happened meanwhile is merged into it.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hearth_store::Store;

use crate::Error;

#[derive(Clone)]
pub(crate) struct History {
    kept: Arc<Mutex<Kept>>,
}

struct Kept {
    /// Where everything is read and written now.
    current: Store,
    /// The store on disk that could not be written; it may recover.
    waiting: Option<Store>,
    /// A sentence for the user while `current` is only in memory.
    problem: Option<String>,
    /// It was opened from a file, and not only for this run.
    on_disk: bool,
}

impl History {
    /// Opens the history at `path`. One that cannot be opened at all leaves an empty history in
    /// memory and a problem to show.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let kept = match Store::open(path) {
            Ok(store) => match store.check_writable() {
                Ok(()) => Kept { current: store, waiting: None, problem: None, on_disk: true },
                Err(error) => in_memory(store, &error)?,
            },
            Err(error) => Kept {
                current: Store::in_memory()?,
                waiting: None,
                problem: Some(not_kept(&error)),
                on_disk: false,
            },
        };
        Ok(Self { kept: Arc::new(Mutex::new(kept)) })
    }

    /// A history that is never on disk.
    pub fn unkept() -> Result<Self, Error> {
        let current = Store::in_memory()?;
        let kept = Kept { current, waiting: None, problem: None, on_disk: false };
        Ok(Self { kept: Arc::new(Mutex::new(kept)) })
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

    /// Changes something. Where the folder cannot be written, the change is made in memory.
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
        let store = self.recovered()?;
        match change(&store) {
            Err(error) if error.is_unwritable() => {
                let store = self.leave_disk(&error)?;
                Ok(change(&store)?)
            }
            done => Ok(done?),
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

    /// The store to write to: the one on disk again, if its folder can be written again.
    fn recovered(&self) -> Result<Store, Error> {
        let mut kept = self.kept();
        if let Some(disk) = &kept.waiting
            && disk.check_writable().is_ok()
            && disk.import(&kept.current.export()?).is_ok()
        {
            tracing::info!("the data folder can be written again");
            kept.current = disk.clone();
            kept.waiting = None;
            kept.problem = None;
        }
        Ok(kept.current.clone())
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

/// Everything that `disk` has, in memory.
fn in_memory(disk: Store, cause: &hearth_store::Error) -> Result<Kept, Error> {
    let current = Store::in_memory()?;
    current.import(&disk.export()?)?;
    Ok(Kept { current, waiting: Some(disk), problem: Some(not_kept(cause)), on_disk: true })
}

fn not_kept(cause: &hearth_store::Error) -> String {
    format!("What you ask now is not kept after closing Hearth. {cause}")
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Stopped)?
}

#[cfg(test)]
mod tests {
    use std::fs;

    use hearth_store::NewConversation;

    use super::*;

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

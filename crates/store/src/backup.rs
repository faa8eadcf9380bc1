//! Copies of the history beside it: one a day, of which two are kept, and one before each migration,
//! which lives as long as the trash. What was deleted for good is in none of the daily ones.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use jiff::Zoned;
use jiff::civil::Date;
use rusqlite::{Connection, InterruptHandle};

use crate::private::{self, beside};
use crate::{Error, TRASH_DAYS, conversations, file};

const KEPT: usize = 2;

/// So long after the start nothing is copied: a command that is over at once is not held up.
const AFTER_START: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// Bytes that a copy leaves free on the disk.
const RESERVE: u64 = 64 << 20;

const PREFIX: &str = ".backup-";
const PART: &str = ".part";

/// A history that was damaged, and what Hearth did about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The day of the backup that took its place, `YYYY-MM-DD`.
    pub day: String,
    /// The damaged file, as it was found.
    pub damaged: PathBuf,
}

/// A daily copy.
struct Backup {
    day: Date,
    path: PathBuf,
}

/// Those that are there, newest first. A day that has not come yet is that of a wrong clock.
fn daily(database: &Path, today: Date) -> Vec<Backup> {
    let mut found: Vec<_> = siblings(database, PREFIX)
        .filter_map(|(rest, path)| Some(Backup { day: rest.parse().ok()?, path }))
        .collect();
    found.sort_by_key(|backup| (backup.day <= today, backup.day));
    found.reverse();
    found
}

/// The files beside `database` that are called as it is and then `prefix`, with the rest of the name.
fn siblings(database: &Path, prefix: &str) -> impl Iterator<Item = (String, PathBuf)> {
    let name = database.file_name().unwrap_or_default().to_string_lossy();
    let begin = format!("{name}{prefix}");
    let folder = database.parent().map(fs::read_dir);
    let entries = folder.into_iter().flatten().flatten().flatten();
    entries.filter_map(move |entry| {
        let name = entry.file_name().into_string().ok()?;
        Some((name.strip_prefix(&begin)?.to_owned(), entry.path()))
    })
}

/// A backup to name to a person: the newest daily one, else one from before a migration.
pub(crate) fn newest(database: &Path) -> Option<PathBuf> {
    let daily = daily(database, Zoned::now().date()).into_iter().map(|backup| backup.path).next();
    daily.or_else(|| siblings(database, ".backup-v").map(|(_, path)| path).max())
}

/// Copies what `connection` sees, compacted, to `to`, which is there whole or not at all.
pub(crate) fn copy(connection: &Connection, to: &Path) -> Result<(), Error> {
    let part = beside(to, PART);
    let made = || -> Result<(), Error> {
        // SQLite writes into an empty file that is there, and would make one that all can read.
        let file = private::create(&part).map_err(|error| Error::io(error, &part))?;
        connection.execute("VACUUM INTO ?1", [part.to_string_lossy()])?;
        let kept = file.sync_all().and_then(|()| fs::rename(&part, to));
        kept.map_err(|error| Error::io(error, to))
    };
    made().inspect_err(|_| {
        let _ = fs::remove_file(&part);
    })
}

/// Makes the copy of `today` where there is none, and anew where one has what was deleted since; such
/// ones go, and of the others two stay.
fn keep_up(database: &Path, connection: &Connection, today: Date) -> Result<(), Error> {
    let here: HashSet<String> = chats(connection)?;
    let before = daily(database, today);
    let stale = |backup: &Backup| {
        let theirs = file::open_reader(&backup.path).and_then(|copy| chats(&copy));
        !theirs.is_ok_and(|theirs| theirs.is_subset(&here))
    };
    let (stale, sound): (Vec<_>, Vec<_>) = before.into_iter().partition(stale);
    let mut made = Ok(());
    if !here.is_empty() && sound.first().is_none_or(|newest| newest.day != today) {
        made = match has_room(database) {
            true => copy(connection, &beside(database, &format!("{PREFIX}{today}"))),
            false => Err(Error::DiskFull { path: database.to_owned() }),
        };
    }
    // Deleted is deleted, also where there is no room for a new copy.
    let replaced = |backup: &Backup| made.is_ok() && backup.day == today && !here.is_empty();
    for backup in stale.iter().filter(|backup| !replaced(backup)) {
        let _ = fs::remove_file(&backup.path);
    }
    for backup in daily(database, today).iter().skip(KEPT) {
        let _ = fs::remove_file(&backup.path);
    }
    made
}

/// The ids of the chats that are not deleted.
fn chats(connection: &Connection) -> Result<HashSet<String>, Error> {
    let mut query = connection.prepare("SELECT id FROM conversation WHERE trashed_ms IS NOT ?1")?;
    let ids = query.query_map([conversations::DELETING], |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

fn has_room(database: &Path) -> bool {
    let size = |suffix| fs::metadata(beside(database, suffix)).map_or(0, |file| file.len());
    let needed = size("").saturating_add(size("-wal")).saturating_add(RESERVE);
    free_beside(database).is_none_or(|free| free >= needed)
}

#[cfg(unix)]
fn free_beside(database: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(database.parent()?).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_beside(_: &Path) -> Option<u64> {
    None
}

/// What lies beside the history and holds chats that were deleted since, or that nobody asked for,
/// goes when the trash would have been emptied; what a crash left unfinished goes at once.
pub(crate) fn remove_old(database: &Path) {
    let _ = fs::remove_file(beside(database, PART));
    let age = Duration::from_secs(u64::from(TRASH_DAYS) * 24 * 3600);
    for prefix in [PREFIX, DAMAGED] {
        for (name, path) in siblings(database, prefix) {
            let written = fs::metadata(&path).and_then(|file| file.modified());
            let old =
                written.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|d| d > age));
            if old || name.ends_with(PART) {
                // Tried again at every start.
                let _ = fs::remove_file(path);
            }
        }
    }
}

const DAMAGED: &str = ".damaged-";

/// Puts the newest sound backup in the place of a damaged history, which is kept under another name.
/// `None` where there is no such backup; then nothing was changed.
pub(crate) fn take_over(database: &Path) -> Result<Option<Restored>, Error> {
    let now = Zoned::now();
    let sound = daily(database, now.date()).into_iter().find(|it| file::is_sound(&it.path));
    let Some(backup) = sound else { return Ok(None) };
    let damaged = beside(database, &format!("{DAMAGED}{}", now.strftime("%Y-%m-%d-%H%M%S")));
    let exchange = || -> io::Result<()> {
        let part = beside(database, PART);
        let mut copy = private::create(&part)?;
        io::copy(&mut fs::File::open(&backup.path)?, &mut copy)?;
        copy.sync_all()?;
        // First of all: the old log must never be read into the new file.
        for suffix in ["-wal", "-shm"] {
            match fs::rename(beside(database, suffix), beside(&damaged, suffix)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        // By a second name where the disk can, so that there is a history at every moment.
        fs::hard_link(database, &damaged).or_else(|_| fs::rename(database, &damaged))?;
        fs::rename(&part, database)?;
        // It counts as old from now on, not since it was last written.
        let file = fs::File::options().write(true).open(&damaged)?;
        file.set_modified(SystemTime::now())
    };
    exchange().map_err(|error| Error::io(error, database))?;
    Ok(Some(Restored { day: backup.day.to_string(), damaged }))
}

/// The thread that makes the copies. It reads with a connection of its own, so that nobody waits.
pub(crate) struct Backups {
    /// `Some` until the drop.
    queue: Option<Sender<Request>>,
    thread: Option<JoinHandle<()>>,
    running: Running,
}

/// Somebody deleted something, and may wait until no copy has it.
type Request = Option<SyncSender<()>>;
/// The copy that is being made.
type Running = Arc<Mutex<Option<InterruptHandle>>>;

impl Backups {
    /// `fresh`: the file was not there. Beside older backups it was lost, and they are all there is of
    /// it; they stay as they are.
    pub fn start(database: &Path, fresh: bool) -> Result<Self, Error> {
        let lost = fresh && newest(database).is_some();
        let (queue, requests) = mpsc::channel();
        let running = Running::default();
        let (path, shared) = (database.to_owned(), Arc::clone(&running));
        let thread = thread::Builder::new()
            .name("hearth-backup".into())
            .spawn(move || run(&path, lost, &requests, &shared))
            .map_err(|error| Error::io(error, database))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), running })
    }

    /// For who deletes without waiting.
    pub fn notices(&self) -> Option<Notices> {
        Some(Notices { queue: self.queue.clone()?, running: Arc::clone(&self.running) })
    }

    /// Ends the copy that is being made; there will be another. While one reads, the log stays.
    pub fn interrupt(&self) {
        interrupt(&self.running);
    }

    /// Returns when no copy has what was deleted.
    pub fn forget_deleted(&self) {
        let Some(queue) = &self.queue else { return };
        let (done, finished) = mpsc::sync_channel(1);
        self.interrupt();
        if queue.send(Some(done)).is_ok() {
            let _ = finished.recv();
        }
    }
}

impl Drop for Backups {
    fn drop(&mut self) {
        drop(self.queue.take());
        let Some(thread) = self.thread.take() else { return };
        while !thread.is_finished() {
            // Again and again: it may be about to begin.
            interrupt(&self.running);
            thread::sleep(Duration::from_millis(1));
        }
        let _ = thread.join();
    }
}

/// Tells the thread that something was deleted.
pub(crate) struct Notices {
    queue: Sender<Request>,
    running: Running,
}

impl Notices {
    /// As [`Backups::interrupt`].
    pub fn interrupt(&self) {
        interrupt(&self.running);
    }

    pub fn deleted(&self) {
        self.interrupt();
        // A thread that is gone looks again at the next start.
        let _ = self.queue.send(None);
    }
}

fn interrupt(running: &Running) {
    if let Some(copy) = &*running.lock().unwrap_or_else(PoisonError::into_inner) {
        copy.interrupt();
    }
}

fn run(database: &Path, lost: bool, requests: &Receiver<Request>, running: &Running) {
    let mut wait = AFTER_START;
    loop {
        let request = match requests.recv_timeout(wait) {
            Ok(request) => request,
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        wait = HOUR;
        if !lost && let Ok(connection) = file::open_reader(database) {
            let set = |handle| *running.lock().unwrap_or_else(PoisonError::into_inner) = handle;
            set(Some(connection.get_interrupt_handle()));
            // What cannot be copied now is tried again within the hour, and at the next start.
            let _ = keep_up(database, &connection, Zoned::now().date());
            set(None);
        }
        if let Some(done) = request {
            let _ = done.send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use hearth_chat::Role;
    use tempfile::TempDir;

    use super::*;
    use crate::{NewConversation, Store};

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn chat(store: &Store, title: &str) -> String {
        let new = NewConversation { title: title.into(), ..NewConversation::default() };
        store.create_conversation(new).unwrap().id
    }

    fn opened() -> (TempDir, PathBuf, Store) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hearth.db");
        let store = Store::open(&path).unwrap();
        (folder, path, store)
    }

    fn keep(path: &Path, today: &str) -> Result<(), Error> {
        keep_up(path, &file::open_reader(path).unwrap(), day(today))
    }

    fn days(path: &Path) -> Vec<String> {
        daily(path, day("2026-03-09")).into_iter().map(|it| it.day.to_string()).collect()
    }

    fn titles(backup: &Path) -> Vec<String> {
        let copy = file::open_reader(backup).unwrap();
        let mut query = copy.prepare("SELECT title FROM conversation ORDER BY title").unwrap();
        let rows = query.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn one_copy_a_day_and_two_are_kept() {
        let (_folder, path, store) = opened();
        keep(&path, "2026-03-01").unwrap();
        assert!(days(&path).is_empty(), "nothing was said yet");
        for (today, title) in [("2026-03-01", "a"), ("2026-03-02", "b"), ("2026-03-03", "c")] {
            chat(&store, title);
            keep(&path, today).unwrap();
            chat(&store, &format!("later than {title}"));
            keep(&path, today).unwrap();
        }
        assert_eq!(days(&path), ["2026-03-03", "2026-03-02"]);
        let newest = beside(&path, ".backup-2026-03-03");
        assert_eq!(titles(&newest), ["a", "b", "c", "later than a", "later than b"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&newest).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_clock_that_was_wrong_costs_no_backup() {
        let (_folder, path, store) = opened();
        chat(&store, "a");
        for today in ["2031-01-01", "2026-03-01", "2026-03-02"] {
            keep(&path, today).unwrap();
        }
        assert_eq!(days(&path), ["2026-03-02", "2026-03-01"]);
    }

    #[test]
    fn what_is_deleted_for_good_is_in_no_backup() {
        let (_folder, path, store) = opened();
        chat(&store, "stays");
        let doomed = chat(&store, "doomed");
        keep(&path, "2026-03-01").unwrap();
        keep(&path, "2026-03-02").unwrap();
        store.move_to_trash(&doomed).unwrap();
        store.shared.beside.backups.as_ref().unwrap().forget_deleted();
        assert_eq!(days(&path).len(), 2, "from the trash it can still come back");
        assert_eq!(titles(&beside(&path, ".backup-2026-03-02")), ["doomed", "stays"]);

        store.delete(&doomed).unwrap();
        let left = daily(&path, Zoned::now().date());
        assert_eq!(left.len(), 1, "a new one is in the place of those that had it");
        assert_eq!(titles(&left[0].path), ["stays"]);
    }

    #[test]
    fn a_file_that_was_lost_costs_no_backup() {
        let (_folder, path, store) = opened();
        chat(&store, "a");
        keep(&path, "2026-03-01").unwrap();
        drop(store);
        fs::remove_file(&path).unwrap();
        let store = Store::open(&path).unwrap();
        let new = chat(&store, "new");
        store.delete(&new).unwrap();
        assert_eq!(days(&path), ["2026-03-01"]);
    }

    /// As a disk does: pages of nonsense in the middle of the file.
    fn damage(path: &Path) -> Vec<u8> {
        let mut bytes = fs::read(path).unwrap();
        let pages = bytes.len() / 4096;
        for page in 2..pages {
            bytes[page * 4096..page * 4096 + 2048].fill(0xa5);
        }
        fs::write(path, &bytes).unwrap();
        bytes
    }

    #[test]
    fn a_damaged_history_comes_back_from_its_newest_sound_backup() {
        let (folder, path, store) = opened();
        let first = chat(&store, "first");
        for n in 0..50 {
            store.add_message(&first, None, Role::User, &format!("message {n}")).unwrap();
        }
        for today in ["2026-03-01", "2026-03-02"] {
            keep(&path, today).unwrap();
        }
        chat(&store, "later");
        drop(store);
        let damaged = damage(&path);
        damage(&beside(&path, ".backup-2026-03-02"));

        let store = Store::open(&path).unwrap();
        let restored = store.restored().unwrap().clone();
        assert_eq!(restored.day, "2026-03-01");
        assert!(fs::read(&restored.damaged).unwrap() == damaged, "it is kept to the last byte");
        let chats = store.conversations(false).unwrap();
        assert_eq!(chats.iter().map(|it| it.title.as_str()).collect::<Vec<_>>(), ["first"]);
        chat(&store, "it goes on");
        drop(store);

        let store = Store::open(&path).unwrap();
        assert_eq!((store.conversations(false).unwrap().len(), store.restored()), (2, None));
        drop(store);
        let long_ago = SystemTime::now() - Duration::from_secs(31 * 24 * 3600);
        File::options()
            .write(true)
            .open(&restored.damaged)
            .unwrap()
            .set_modified(long_ago)
            .unwrap();
        drop(Store::open(&path).unwrap());
        assert!(!restored.damaged.exists(), "it lives as long as the trash does");
        drop(folder);
    }

    #[test]
    fn without_a_sound_backup_a_damaged_history_is_left_and_its_backup_is_named() {
        let (_folder, path, store) = opened();
        chat(&store, "first");
        keep(&path, "2026-03-01").unwrap();
        drop(store);
        let before = [path.clone(), beside(&path, ".backup-2026-03-01")].map(|it| damage(&it));
        let error = Store::open(&path).err().unwrap();
        assert!(matches!(&error, Error::Corrupt { .. }), "{error}");
        assert!(error.to_string().contains("hearth.db.backup-2026-03-01"), "{error}");
        let after =
            [path.clone(), beside(&path, ".backup-2026-03-01")].map(|it| fs::read(it).unwrap());
        assert!(before == after, "not a byte was changed");
    }

    #[test]
    fn what_lies_beside_the_history_goes_when_the_trash_would_have_been_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hearth.db");
        let old = ["backup-v1", "backup-2025-01-01", "damaged-2025-01-01-101500"];
        let young = ["backup-v2", "backup-2025-01-02", "damaged-2025-01-02-101500"];
        let cut = ["backup-2025-01-03.part"];
        for name in old.iter().chain(&young).chain(&cut) {
            fs::write(beside(&path, &format!(".{name}")), "x").unwrap();
        }
        let long_ago = SystemTime::now() - Duration::from_secs(31 * 24 * 3600);
        for name in old {
            let file = File::options().write(true).open(beside(&path, &format!(".{name}")));
            file.unwrap().set_modified(long_ago).unwrap();
        }
        remove_old(&path);
        let is_there = |name: &&str| beside(&path, &format!(".{name}")).exists();
        assert_eq!(old.iter().chain(&cut).filter(|it| is_there(it)).count(), 0);
        assert!(young.iter().all(is_there));
    }
}

//! A file that is being put together: `NAME.part`, its journal `NAME.part.json`, and at the end
//! `NAME`. Everything here blocks.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError, mpsc},
};

use sha2::Digest;

use super::{
    DownloadError, Published, Sha256, Source,
    journal::{Journal, Segment, VERSION, cut},
};
use crate::copy::sum_of;

/// Read at once to be hashed.
const STRETCH: usize = 1 << 20;

pub(crate) struct Part {
    /// Locked, so that no other process writes it too.
    file: File,
    paths: Paths,
    /// Segments count as far as they are written, which may be ahead of the disk.
    journal: Mutex<Journal>,
}

/// Where the three files are.
#[derive(Clone)]
pub(crate) struct Paths {
    pub part: PathBuf,
    pub journal: PathBuf,
    pub whole: PathBuf,
}

impl Paths {
    pub fn of(folder: &Path, source: &Source) -> Self {
        let whole = folder.join(source.path());
        let with = |ending: &str| {
            let mut path = whole.clone().into_os_string();
            path.push(ending);
            PathBuf::from(path)
        };
        Self { part: with(".part"), journal: with(".part.json"), whole }
    }

    /// Whether all of the published file has its name already. A link that somebody else put there
    /// is none.
    pub fn has_whole(&self, published: &Published) -> bool {
        let file = fs::symlink_metadata(&self.whole).ok();
        file.is_some_and(|file| file.is_file() && file.len() == published.bytes)
            && File::open(&self.whole)
                .and_then(|mut file| sum_of(&mut file))
                .is_ok_and(|sum| sum == published.sha256)
    }

    /// Deletes part and journal, unless another process is writing them.
    pub fn discard_unused(&self) {
        let part = File::open(&self.part);
        // The lock is held until both are gone.
        match part.as_ref().map(File::try_lock) {
            Ok(Err(TryLockError::WouldBlock)) => {
                tracing::info!(path = %self.part.display(), "another Hearth goes on with it");
            }
            _ => self.discard(),
        }
    }

    fn discard(&self) {
        for path in [&self.part, &self.journal] {
            let gone = fs::remove_file(path);
            if gone.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::NotFound) {
                tracing::warn!(path = %path.display(), "a part of a download could not be deleted");
            }
        }
    }
}

impl Part {
    /// Goes on with what is there if that is the beginning of the same file, else begins anew.
    pub fn open(
        folder: &Path,
        published: &Published,
        label: &str,
        connections: u64,
    ) -> Result<Self, DownloadError> {
        let paths = Paths::of(folder, &published.source);
        let disk = |error: io::Error| DownloadError::disk(&paths.part, &error);
        make_folder(folder, &paths.part).map_err(disk)?;
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(&paths.part);
        let file = file.map_err(disk)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let file = published.source.name().to_owned();
                return Err(DownloadError::ElsewhereAlready { file });
            }
            Err(TryLockError::Error(error)) => return Err(disk(error)),
        }
        let length = file.metadata().map_err(disk)?.len();
        let same = |journal: &Journal| {
            journal.bytes == published.bytes
                && journal.sha256 == published.sha256
                && journal.reaches() <= length
        };
        let journal = Journal::read(&paths.journal).filter(same).unwrap_or_else(|| Journal {
            version: VERSION,
            source: published.source.clone(),
            bytes: published.bytes,
            sha256: published.sha256,
            etag: None,
            segments: cut(published.bytes, connections),
            label: label.to_owned(),
        });
        let part = Self { file, paths, journal: Mutex::new(journal) };
        part.keep()?;
        Ok(part)
    }

    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn segments(&self) -> Vec<Segment> {
        self.journal().segments.clone()
    }

    pub fn received(&self) -> u64 {
        self.journal().received()
    }

    pub fn etag(&self) -> Option<String> {
        self.journal().etag.clone()
    }

    pub fn set_etag(&self, etag: Option<String>) {
        self.journal().etag = etag;
    }

    /// Bytes from the beginning on without a gap.
    pub fn front(&self) -> u64 {
        let journal = self.journal();
        let open = journal.segments.iter().find(|segment| segment.at < segment.to);
        open.map_or(journal.bytes, |segment| segment.at)
    }

    /// Appends to a segment.
    pub fn write(&self, index: usize, bytes: &[u8]) -> Result<(), DownloadError> {
        let at = self.journal().segments[index].at;
        write_all_at(&self.file, bytes, at)
            .map_err(|error| DownloadError::disk(&self.paths.part, &error))?;
        self.journal().segments[index].at = at + bytes.len() as u64;
        Ok(())
    }

    /// Puts on disk what was written, and then notes it.
    pub fn keep(&self) -> Result<(), DownloadError> {
        let journal = self.journal().clone();
        let kept = self.file.sync_data().and_then(|()| journal.write(&self.paths.journal));
        kept.map_err(|error| DownloadError::disk(&self.paths.part, &error))
    }

    /// Begins again, in one stretch.
    pub fn restart(&self) {
        let mut journal = self.journal();
        journal.segments = cut(journal.bytes, 1);
        journal.etag = None;
    }

    /// Hashes the file behind the one who writes it, from the beginning to the end. `None` when the
    /// writer stops telling how far it is.
    pub fn hash(&self, fronts: &mpsc::Receiver<u64>) -> Result<Option<Sha256>, DownloadError> {
        let bytes = self.journal().bytes;
        let mut hasher = sha2::Sha256::new();
        let mut stretch = vec![0; STRETCH];
        let mut hashed = 0;
        while hashed < bytes {
            let Ok(front) = fronts.recv() else { return Ok(None) };
            while hashed < front {
                let wanted = stretch.len().min((front - hashed) as usize);
                let read = &mut stretch[..wanted];
                read_exact_at(&self.file, read, hashed)
                    .map_err(|error| DownloadError::disk(&self.paths.part, &error))?;
                hasher.update(read);
                hashed += wanted as u64;
            }
        }
        Ok(Some(Sha256::of(hasher.finalize())))
    }

    /// Gives the whole file its name, once all of it is on disk.
    pub fn finish(self) -> Result<PathBuf, DownloadError> {
        let Paths { part, journal, whole } = &self.paths;
        let bytes = self.journal().bytes;
        let finished = || -> io::Result<()> {
            // A file that was longer before must not keep its end.
            self.file.set_len(bytes)?;
            self.file.sync_all()?;
            fs::rename(part, whole)?;
            #[cfg(unix)]
            if let Some(folder) = whole.parent() {
                File::open(folder)?.sync_all()?;
            }
            fs::remove_file(journal)
        };
        finished().map_err(|error| DownloadError::disk(part, &error))?;
        Ok(whole.clone())
    }

    pub fn path(&self) -> &Path {
        &self.paths.part
    }

    pub fn discard(&self) {
        self.paths.discard();
    }
}

/// Makes the folders on the way to `path`, and refuses a way that a link leads out of `folder`.
fn make_folder(folder: &Path, path: &Path) -> io::Result<()> {
    let parent = path.parent().unwrap_or(folder);
    fs::create_dir_all(folder)?;
    let real = folder.canonicalize()?;
    let mut way = real.clone();
    for step in parent.strip_prefix(folder).map_err(io::Error::other)?.components() {
        way.push(step);
        match fs::create_dir(&way) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            Ok(()) | Err(_) => {}
        }
        if !fs::symlink_metadata(&way)?.is_dir() {
            return Err(io::Error::other(format!("{} is not a folder", way.display())));
        }
    }
    match fs::symlink_metadata(path) {
        Ok(file) if !file.is_file() => {
            Err(io::Error::other(format!("{} is not an ordinary file", path.display())))
        }
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, bytes, at)?;
        bytes = &bytes[written..];
        at += written as u64;
    }
    Ok(())
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut bytes: &mut [u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, at)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                bytes = &mut bytes[read..];
                at += read as u64;
            }
        }
    }
    Ok(())
}

//! Files for readers that take a path.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

thread_local! {
    static FOLDER: TempDir = tempfile::tempdir().expect("a temporary folder can be made");
}

/// `name` in a folder of this thread's own, which is gone when the thread is.
pub fn path(name: &str) -> PathBuf {
    FOLDER.with(|folder| folder.path().join(name))
}

/// The same, holding `bytes`.
pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = path(name);
    write(&path, bytes);
    path
}

pub fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("the temporary folder can be written");
}

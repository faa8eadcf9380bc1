//! Files that hold what was said: for this user alone, and whole or not there.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a file that nobody else has open or could open.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        // Left by a run that was cut off, or put there by somebody else.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            options.open(path)
        }
        made => made,
    }
}

/// Puts what `write` writes in the place of `path`, at once and on the disk. A pipe or a device stays
/// what it is, and gets it.
pub(crate) fn replace(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
        return write(&mut OpenOptions::new().write(true).open(path)?);
    }
    let part = beside(path, ".part");
    let written = create(&part).and_then(|mut file| {
        write(&mut file)?;
        file.sync_all()?;
        fs::rename(&part, path)
    });
    if written.is_err() {
        // It may not even have been created; what is there is of no use.
        let _ = fs::remove_file(&part);
    }
    written
}

/// Takes from others what they may do with the database and what lies beside it; makes the database
/// before SQLite does, which would let them read it.
pub(crate) fn guard_database(path: &Path) -> io::Result<()> {
    if !path.exists() {
        create(path)?;
    }
    #[cfg(unix)]
    for suffix in ["", "-wal", "-shm", ".lock"] {
        use std::os::unix::fs::PermissionsExt;
        let path = beside(path, suffix);
        let Ok(about) = fs::metadata(&path) else { continue };
        let mode = about.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            // On a disk that knows no permissions nobody can be kept out.
            let _ = fs::set_permissions(&path, fs::Permissions::from_mode(mode & !0o077));
        }
    }
    Ok(())
}

pub(crate) fn beside(path: &Path, suffix: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_replaced_is_private_whatever_lay_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export.json");
        for name in ["export.json", "export.json.part"] {
            let old = folder.path().join(name);
            fs::write(&old, "old").unwrap();
            fs::set_permissions(&old, fs::Permissions::from_mode(0o666)).unwrap();
        }
        // Whoever has the old file open sees nothing of the new one.
        let watching = File::open(folder.path().join("export.json.part")).unwrap();
        replace(&path, |file| file.write_all(b"new")).unwrap();
        assert_eq!((fs::read(&path).unwrap().as_slice(), mode(&path)), (&b"new"[..], 0o600));
        assert_eq!(io::read_to_string(watching).unwrap(), "old");
    }

    #[test]
    fn a_pipe_or_a_device_is_written_to_and_not_replaced() {
        replace(Path::new("/dev/null"), |file| file.write_all(b"new")).unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn what_cannot_be_written_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export.json");
        fs::write(&path, "old").unwrap();
        assert!(replace(&path, |_| Err(io::Error::other("the disk is gone"))).is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

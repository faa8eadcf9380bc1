//! Copies of the user's own model files.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::Digest;

use crate::download::Sha256;
use crate::hardware::disk_available;

/// Left free on the disk.
const RESERVE: u64 = 64 << 20;

/// Copies `from` into `folder/imported` under a name that is free there, and hashes it on the way.
/// Nothing is there under that name until all of it is.
pub(crate) fn copy_into(from: &Path, folder: &Path) -> io::Result<(PathBuf, Sha256)> {
    let folder = folder.join("imported");
    fs::create_dir_all(&folder)?;
    let mut source = File::open(from)?;
    let bytes = source.metadata()?.len();
    if disk_available(&folder).is_some_and(|free| free < bytes.saturating_add(RESERVE)) {
        return Err(io::Error::from(io::ErrorKind::StorageFull));
    }
    let mut copy = tempfile::Builder::new().suffix(".part").tempfile_in(&folder)?;
    let sum = pass(&mut source, |stretch| copy.write_all(stretch))?;
    copy.as_file().sync_all()?;
    let stem = plain_stem(from);
    let mut number = 1;
    loop {
        let name = if number == 1 { stem.clone() } else { format!("{stem}-{number}") };
        let path = folder.join(format!("{name}.gguf"));
        match copy.persist_noclobber(&path) {
            Ok(_) => return Ok((path, sum)),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                copy = error.file;
                number += 1;
            }
            Err(error) => return Err(error.error),
        }
    }
}

pub(crate) fn sum_of(file: &mut impl Read) -> io::Result<Sha256> {
    pass(file, |_| Ok(()))
}

fn pass(from: &mut impl Read, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<Sha256> {
    let mut hasher = sha2::Sha256::new();
    let mut stretch = vec![0; 1 << 20];
    loop {
        match from.read(&mut stretch) {
            Ok(0) => return Ok(Sha256::of(hasher.finalize())),
            Ok(read) => {
                hasher.update(&stretch[..read]);
                each(&stretch[..read])?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The file's name without its ending, in characters that every file system takes.
fn plain_stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let plain = |c: char| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '-' };
    let stem: String = stem.chars().map(plain).take(80).collect();
    match stem.trim_matches('-') {
        "" => "model".into(),
        plain => plain.to_owned(),
    }
}

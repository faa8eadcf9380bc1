//! Copies of the user's own model files.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::Digest;
use tempfile::TempPath;

use crate::download::Sha256;
use crate::facts::name_of;
use crate::hardware::disk_available;

/// Left free on the disk.
const RESERVE: u64 = 64 << 20;

/// Copies a model's files into `folder/imported` under a name that is free there, and hashes them on
/// the way. Nothing is there under that name until all of them are. Answers where the first is, and
/// the checksums of all.
pub(crate) fn copy_into(from: &[PathBuf], folder: &Path) -> io::Result<(PathBuf, Vec<Sha256>)> {
    let folder = folder.join("imported");
    fs::create_dir_all(&folder)?;
    let mut bytes = 0_u64;
    for file in from {
        bytes = bytes.saturating_add(fs::metadata(file)?.len());
    }
    if disk_available(&folder).is_some_and(|free| free < bytes.saturating_add(RESERVE)) {
        return Err(io::Error::from(io::ErrorKind::StorageFull));
    }
    let (mut copies, mut sums) = (Vec::new(), Vec::new());
    for file in from {
        let mut copy = tempfile::Builder::new().suffix(".part").tempfile_in(&folder)?;
        sums.push(pass(&mut File::open(file)?, |stretch| copy.write_all(stretch))?);
        copy.as_file().sync_all()?;
        copies.push(copy.into_temp_path());
    }
    let stem = plain(&from.first().map(|first| name_of(first)).unwrap_or_default());
    let mut number = 1;
    loop {
        let name = if number == 1 { stem.clone() } else { format!("{stem}-{number}") };
        let named = match copies.len() {
            1 => vec![folder.join(format!("{name}.gguf"))],
            count => {
                let names = (1..=count).map(|n| format!("{name}-{n:05}-of-{count:05}.gguf"));
                names.map(|name| folder.join(name)).collect()
            }
        };
        if name_all(&mut copies, &named)? {
            return Ok((named.into_iter().next().unwrap_or_default(), sums));
        }
        number += 1;
    }
}

/// Gives all copies their names, or none where one of the names is taken.
fn name_all(copies: &mut Vec<TempPath>, names: &[PathBuf]) -> io::Result<bool> {
    let mut done: Vec<TempPath> = Vec::new();
    let mut left = std::mem::take(copies).into_iter().zip(names);
    let failed = loop {
        let Some((copy, name)) = left.next() else {
            for named in done {
                TempPath::keep(named)?;
            }
            return Ok(true);
        };
        match copy.persist_noclobber(name) {
            Ok(()) => done.push(TempPath::try_from_path(name)?),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => break error.path,
            Err(error) => return Err(error.error),
        }
    };
    // Those that were named are temporary again.
    copies.extend(done.into_iter().chain([failed]).chain(left.map(|(copy, _)| copy)));
    Ok(false)
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

/// A name in characters that every file system takes.
fn plain(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '-' };
    let stem: String = name.chars().map(plain).take(80).collect();
    match stem.trim_matches('-') {
        "" => "model".into(),
        plain => plain.to_owned(),
    }
}

//! Models in several files, as llama.cpp's `gguf-split` makes them.
//!
//! `NAME-00001-of-00003.gguf` holds the metadata, the others nothing but tensors and which part they
//! are: `split.no`, from 0, of `split.count`. They find each other by their names.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::file::Part;
use crate::{Cause, Error, Metadata};

/// More parts than any model comes in; a name that states more is no part's.
const MOST_PARTS: u32 = 1000;

/// Digits of each number in a name.
const DIGITS: usize = 5;

/// The name of a part: `NAME-00002-of-00003.gguf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartName {
    stem: String,
    /// From 1.
    number: u32,
    count: u32,
    ending: String,
}

impl PartName {
    pub fn parse(name: &str) -> Option<Self> {
        let at = name.len().checked_sub(".gguf".len()).filter(|at| name.is_char_boundary(*at))?;
        let (rest, ending) = name.split_at(at);
        let (rest, count) = rest.rsplit_once("-of-")?;
        let (stem, number) = rest.rsplit_once('-')?;
        let (number, count) = (digits(number)?, digits(count)?);
        let is_one = ending.eq_ignore_ascii_case(".gguf")
            && !stem.is_empty()
            && (1..=MOST_PARTS).contains(&count)
            && (1..=count).contains(&number);
        is_one.then(|| Self { stem: stem.to_owned(), number, count, ending: ending.to_owned() })
    }

    fn of(path: &Path) -> Option<Self> {
        Self::parse(path.file_name()?.to_str()?)
    }

    /// The name of the whole: `NAME`.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// Which part it is, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The names of all parts, in their order.
    pub fn all(&self) -> impl Iterator<Item = String> {
        let Self { stem, count, ending, .. } = self;
        (1..=*count).map(move |number| format!("{stem}-{number:05}-of-{count:05}{ending}"))
    }
}

fn digits(text: &str) -> Option<u32> {
    let plain = text.len() == DIGITS && text.bytes().all(|digit| digit.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

/// The files of the model that this file is or belongs to, by their names, whether they are there or
/// not.
pub fn parts_of(path: &Path) -> Vec<PathBuf> {
    match PartName::of(path) {
        Some(name) => name.all().map(|name| path.with_file_name(name)).collect(),
        None => vec![path.to_owned()],
    }
}

/// Bytes of a model's files, and when the last of them was written; (0, `None`) when they are gone.
pub fn stamp(path: &Path) -> (u64, Option<SystemTime>) {
    let files = parts_of(path).into_iter().filter_map(|path| std::fs::metadata(path).ok());
    files.fold((0, None), |(bytes, last), file| {
        (bytes.saturating_add(file.len()), last.max(file.modified().ok()))
    })
}

/// The path without links, but for the name of a part, by which the others are found: the caches of
/// download tools lead from there to files without names.
pub fn resolved(path: &Path) -> io::Result<PathBuf> {
    match (PartName::of(path), path.parent(), path.file_name()) {
        (Some(_), Some(folder), Some(name)) if path.exists() => {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            Ok(folder.canonicalize()?.join(name))
        }
        _ => path.canonicalize(),
    }
}

/// What a file says about the whole it is a part of.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    /// From 1.
    number: u32,
    count: u32,
    /// In all parts together.
    tensors: Option<u64>,
}

impl Place {
    /// `None` for a file that is a model by itself.
    fn of(metadata: Metadata<'_>) -> Result<Option<Self>, Cause> {
        let count = match metadata.u32("split.count") {
            None | Some(0 | 1) => return Ok(None),
            Some(count) => count,
        };
        if count > MOST_PARTS {
            let (value, limit) = (count.into(), MOST_PARTS.into());
            return Err(Cause::Limit { what: "a count of parts", value, limit });
        }
        // One that does not say is none, for its name says a number from 1.
        let number = metadata.u32("split.no").and_then(|no| no.checked_add(1)).unwrap_or(0);
        Ok(Some(Self { number, count, tensors: metadata.u64("split.tensors.count") }))
    }
}

/// All parts of the model that `part` is or belongs to, the first of them first.
pub(crate) fn gather(part: Part) -> Result<Vec<Part>, Error> {
    let place = Place::of(part.metadata()).map_err(|cause| Error::new(&part.path, cause))?;
    let Some(place) = place else { return Ok(vec![part]) };
    let Place { number, count, .. } = place;
    let name = PartName::of(&part.path).filter(|n| (n.number, n.count) == (number, count));
    let name = name.ok_or_else(|| Error::new(&part.path, Cause::PartName { number, count }))?;
    let (folder, mut here) = (part.path.clone(), Some(part));
    let mut parts = Vec::new();
    for (file, number) in name.all().zip(1..) {
        let own = here.take_if(|_| number == name.number);
        let part = match own {
            Some(own) => own,
            None => open(&folder.with_file_name(file), Place { number, ..place })?,
        };
        parts.push(part);
    }
    let found: u64 = parts.iter().map(|part| part.header.tensors.len() as u64).sum();
    match place.tensors {
        Some(stated) if stated != found => {
            Err(Error::new(&parts[0].path, Cause::TensorCount { stated, found }))
        }
        _ => Ok(parts),
    }
}

/// Opens a part that must be at this place.
fn open(path: &Path, place: Place) -> Result<Part, Error> {
    let Place { number, count, .. } = place;
    let part = Part::open(path).map_err(|error| match error.cause {
        Cause::Io(cause) if cause.kind() == io::ErrorKind::NotFound => {
            Error::new(path, Cause::PartMissing { number, count })
        }
        _ => error,
    })?;
    let strange = |why: String| Err(Error::new(path, Cause::OtherModel { why }));
    match Place::of(part.metadata()).map_err(|cause| Error::new(path, cause))? {
        None => strange("it is no part of a model".into()),
        Some(says) if says == place => Ok(part),
        Some(says) if (says.number, says.count) == (number, count) => {
            strange("its model has another number of tensors".into())
        }
        Some(says) => strange(format!("it says that it is part {} of {}", says.number, says.count)),
    }
}

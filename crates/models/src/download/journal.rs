//! What is known about a file of which only a part is here.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::{Sha256, Source};

/// A stretch of the file, in bytes: what is before `at` is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Segment {
    pub at: u64,
    pub to: u64,
}

/// Written beside the part, and never ahead of what is on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Journal {
    pub version: u32,
    /// With its commit.
    pub source: Source,
    pub bytes: u64,
    pub sha256: Sha256,
    /// What the host called these very bytes.
    pub etag: Option<String>,
    /// In order; together they are the file, each beginning where the one before ends.
    pub segments: Vec<Segment>,
    /// The id and name under which the catalog offers it.
    pub label: String,
}

pub(crate) const VERSION: u32 = 1;

impl Journal {
    /// `None` where there is none that makes sense.
    pub fn read(path: &Path) -> Option<Self> {
        let journal: Self = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        journal.is_sound().then_some(journal)
    }

    fn is_sound(&self) -> bool {
        let mut begin = 0;
        for segment in &self.segments {
            if segment.at < begin || segment.at > segment.to {
                return false;
            }
            begin = segment.to;
        }
        self.version == VERSION && begin == self.bytes && !self.segments.is_empty()
    }

    /// Replaces the old one in one step.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let new = path.with_extension("new");
        let mut file = fs::File::create(&new)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_data()?;
        fs::rename(&new, path)
    }

    /// What is on disk of each segment, from where to where.
    fn stretches(&self) -> impl Iterator<Item = (u64, u64)> {
        let begins = std::iter::once(0).chain(self.segments.iter().map(|segment| segment.to));
        begins.zip(&self.segments).map(|(begin, segment)| (begin, segment.at))
    }

    pub fn received(&self) -> u64 {
        self.stretches().map(|(begin, at)| at - begin).sum()
    }

    /// So long a part is at least. A segment without bytes makes no part longer.
    pub fn reaches(&self) -> u64 {
        let filled = self.stretches().filter(|(begin, at)| at > begin);
        filled.map(|(_, at)| at).max().unwrap_or(0)
    }
}

/// Cuts a file into `count` stretches of about the same length.
pub(crate) fn cut(bytes: u64, count: u64) -> Vec<Segment> {
    let edge = |index: u64| (u128::from(bytes) * u128::from(index) / u128::from(count)) as u64;
    (0..count).map(|index| Segment { at: edge(index), to: edge(index + 1) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(segments: Vec<Segment>) -> Journal {
        Journal {
            version: VERSION,
            source: "a/b/c.gguf".parse().unwrap(),
            bytes: 100,
            sha256: "00".repeat(32).parse().unwrap(),
            etag: None,
            segments,
            label: String::new(),
        }
    }

    #[test]
    fn a_file_is_cut_without_gaps() {
        for (bytes, count) in [(1, 1), (10, 3), (100, 4), (u64::MAX, 4)] {
            let segments = cut(bytes, count);
            assert_eq!((segments[0].at, segments.last().unwrap().to), (0, bytes));
            assert!(segments.windows(2).all(|pair| pair[0].to == pair[1].at));
        }
    }

    #[test]
    fn a_part_is_as_long_as_what_is_in_it() {
        let mut journal = journal(cut(100, 4));
        assert_eq!((journal.received(), journal.reaches()), (0, 0));
        journal.segments[0].at = 10;
        assert_eq!((journal.received(), journal.reaches()), (10, 10));
        journal.segments[2].at = 60;
        assert_eq!((journal.received(), journal.reaches()), (20, 60));
    }

    #[test]
    fn a_journal_comes_back_and_one_that_makes_no_sense_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        let good = journal(vec![Segment { at: 10, to: 50 }, Segment { at: 60, to: 100 }]);
        good.write(&path).unwrap();
        assert_eq!(Journal::read(&path), Some(good.clone()));
        assert_eq!(good.received(), 20);
        for segments in [
            vec![],
            vec![Segment { at: 0, to: 99 }],
            vec![Segment { at: 101, to: 100 }],
            vec![Segment { at: 0, to: 50 }, Segment { at: 40, to: 100 }],
        ] {
            journal(segments).write(&path).unwrap();
            assert_eq!(Journal::read(&path), None);
        }
        fs::write(&path, b"{").unwrap();
        assert_eq!(Journal::read(&path), None);
    }
}

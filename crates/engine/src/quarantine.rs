//! Which models ended the engine, so that none takes it down again and again.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use hearth_chat::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// Deaths after which a model is not tried again by itself.
const LIMIT: u32 = 2;

/// The record of deaths, kept in a file so that it survives a restart of the app.
pub(crate) struct Quarantine {
    /// `None` keeps the record for this run only.
    file: Option<PathBuf>,
    models: BTreeMap<PathBuf, Record>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Record {
    deaths: u32,
    /// How it ended the last time, as a sentence.
    last: String,
    /// What its files were like; one that was replaced starts anew.
    length: u64,
    modified_ms: u64,
}

impl Quarantine {
    /// An unreadable record counts as empty: at worst a bad model is tried twice more.
    pub fn open(file: Option<PathBuf>) -> Self {
        let read = |path: &PathBuf| serde_json::from_slice(&fs::read(path).ok()?).ok();
        let models = file.as_ref().and_then(read).unwrap_or_default();
        Self { file, models }
    }

    /// Fails with [`ErrorKind::Quarantined`] and how it came to that.
    pub fn check(&self, model: &Path) -> Result<(), Error> {
        match self.models.get(model) {
            Some(record) if record.deaths >= LIMIT && record.is_about(model) => Err(Error::new(
                ErrorKind::Quarantined,
                format!(
                    "{} ended the engine {} times and is set aside. The last time: {} \
                     Get the file again, or try it anyway.",
                    name(model),
                    record.deaths,
                    record.last
                ),
            )),
            _ => Ok(()),
        }
    }

    pub fn record_death(&mut self, model: &Path, how: &str) {
        let (length, modified_ms) = stamp(model);
        let before = self.models.get(model).filter(|r| r.is_about(model)).map_or(0, |r| r.deaths);
        let record = Record { deaths: before + 1, last: how.to_owned(), length, modified_ms };
        self.models.insert(model.to_owned(), record);
        self.save();
    }

    /// The model answered to the end, or the user wants to try again.
    pub fn forgive(&mut self, model: &Path) {
        if self.models.remove(model).is_some() {
            self.save();
        }
    }

    fn save(&self) {
        let Some(file) = &self.file else { return };
        if let Err(error) = replace(file, &self.models) {
            tracing::warn!(%error, file = %file.display(), "quarantine record not saved");
        }
    }
}

impl Record {
    fn is_about(&self, model: &Path) -> bool {
        stamp(model) == (self.length, self.modified_ms)
    }
}

fn stamp(model: &Path) -> (u64, u64) {
    let (length, modified) = hearth_gguf::stamp(model);
    let modified = modified.and_then(|t| t.duration_since(UNIX_EPOCH).ok());
    (length, modified.map_or(0, |t| t.as_millis() as u64))
}

fn replace(file: &Path, models: &BTreeMap<PathBuf, Record>) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let partial = file.with_extension("partial");
    fs::write(&partial, serde_json::to_vec_pretty(models)?)?;
    fs::rename(partial, file)
}

fn name(model: &Path) -> std::borrow::Cow<'_, str> {
    model.file_name().unwrap_or(model.as_os_str()).to_string_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let (record, model) = (dir.path().join("data/quarantine.json"), dir.path().join("m.gguf"));
        fs::write(&model, "weights").unwrap();
        (dir, record, model)
    }

    #[test]
    fn two_deaths_set_a_model_aside_across_restarts_until_it_is_lifted() {
        let (_dir, record, model) = setup();
        let mut quarantine = Quarantine::open(Some(record.clone()));
        quarantine.record_death(&model, "It was killed (signal 9).");
        assert!(quarantine.check(&model).is_ok(), "once may be chance");
        quarantine.record_death(&model, "It was killed (signal 9).");

        let mut reopened = Quarantine::open(Some(record.clone()));
        let error = reopened.check(&model).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Quarantined);
        assert!(error.message.starts_with("m.gguf ended the engine 2 times"));
        assert!(error.message.contains("signal 9"));

        reopened.forgive(&model);
        assert!(Quarantine::open(Some(record)).check(&model).is_ok());
    }

    #[test]
    fn a_replaced_file_starts_anew() {
        let (_dir, record, model) = setup();
        let mut quarantine = Quarantine::open(Some(record));
        quarantine.record_death(&model, "It ended.");
        quarantine.record_death(&model, "It ended.");
        fs::write(&model, "other weights").unwrap();
        assert!(quarantine.check(&model).is_ok());
    }

    #[test]
    fn a_damaged_record_is_an_empty_one() {
        let (_dir, record, model) = setup();
        fs::create_dir_all(record.parent().unwrap()).unwrap();
        fs::write(&record, "\0\0\0").unwrap();
        assert!(Quarantine::open(Some(record)).check(&model).is_ok());
    }
}

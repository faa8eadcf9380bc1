use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use hearth_safetensors::Folder;

use crate::copy::{copy_into, sum_of};
use crate::download::{Sha256, Source};
use crate::facts::{files_of, name_of};
use crate::partner;
use crate::registry::{Entry, Registry, Removed};
use crate::{Error, Facts, Measured, Pairing, starter};

/// A model on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledModel {
    /// Stable: the catalog's id of a built-in model, or the path of a file that the user added.
    pub id: String,
    pub name: String,
    pub path: PathBuf,
    /// Comes with Hearth.
    pub builtin: bool,
    /// Its file was downloaded or copied by Hearth, and goes when the model is removed.
    pub owned: bool,
    /// Where it was downloaded from.
    pub source: Option<Source>,
    /// What each of its files had when they came here; none where nobody noted it.
    pub sums: Vec<Sha256>,
    /// Of all its files; 0 when they are gone.
    pub file_bytes: u64,
    /// What the file says about itself, or why it cannot be used: what is wrong, with which
    /// file, and what to do.
    pub facts: Result<Facts, String>,
    /// A file that can draft for it.
    pub draft: Option<PathBuf>,
}

/// The built-in starter, the files that the user added, which are kept by reference and never
/// deleted, and those that Hearth downloaded or copied.
pub struct Installed {
    starter: Option<PathBuf>,
    registry: PathBuf,
    notice: Option<String>,
    /// By path; good as long as the file's length and time are the same.
    read: Mutex<HashMap<PathBuf, Read>>,
    /// Held while the list is read and written anew.
    changing: Mutex<()>,
}

/// What reading a whole file showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// Every byte is as it was published.
    AsPublished,
    /// It is not what came here.
    Changed,
    /// Nobody said what it must be.
    Unknown,
}

type Stamp = (u64, Option<SystemTime>);
type Read = (Stamp, Result<Facts, String>);

impl Installed {
    /// Reads the list in `folder`, with the built-in models of `starter`
    /// (see [`crate::starter_folder`]). A list that cannot be understood is put aside, and
    /// [`Installed::notice`] says so.
    pub fn open(folder: &Path, starter: Option<PathBuf>) -> Self {
        let registry = folder.join("models.json");
        let mut installed = Self {
            starter,
            registry,
            notice: None,
            read: Mutex::default(),
            changing: Mutex::default(),
        };
        if let Err(Error::Registry { source, .. }) = installed.registered()
            && source.kind() == io::ErrorKind::InvalidData
        {
            installed.put_aside(&source);
        }
        installed
    }

    /// What went wrong when the list was opened, for the user to know.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// The built-in models first, then the added ones in their order. A file that cannot be
    /// used stays in the list with the cause.
    pub fn models(&self) -> Vec<InstalledModel> {
        let builtin = starter::builtin().map(|model| self.builtin(model));
        // With a list that cannot be read now, the starter still works.
        let added = self.registered().unwrap_or_default().files;
        let mut models: Vec<_> = builtin.chain(added.iter().map(|file| self.added(file))).collect();
        for index in 0..models.len() {
            if let Some(source) = models[index].source.clone() {
                models[index].draft = draft_among(&models, &source);
            }
            if models[index].draft.is_none() {
                models[index].draft = partner::of(&models, &models[index]);
            }
        }
        models
    }

    pub fn model(&self, id: &str) -> Option<InstalledModel> {
        self.models().into_iter().find(|model| model.id == id)
    }

    /// Adds a file by reference, once its header has been read; of a model in several files, any of
    /// them. Adding it again gives the same model.
    pub fn add(&self, path: &Path) -> Result<InstalledModel, Error> {
        // Links are kept: in the cache of a download tool only the link has a readable name.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let path = files_of(&path)?.swap_remove(0);
        if let Some(known) = self.models().into_iter().find(|model| model.path == path) {
            return Ok(known);
        }
        self.enter(Entry::reference(text_of(&path)?))
    }

    /// Adds a model that was downloaded, and whose files, of which this is the first, were checked to
    /// be what their publisher says.
    pub fn add_downloaded(
        &self,
        path: &Path,
        source: &Source,
        sums: &[Sha256],
    ) -> Result<InstalledModel, Error> {
        let entry = Entry::owned(text_of(path)?, Some(source.clone()), sums);
        self.enter(entry)
    }

    /// Copies a model's file, or all of several, into `folder`, and adds the copy.
    pub fn import(&self, path: &Path, folder: &Path) -> Result<InstalledModel, Error> {
        if path.is_dir() {
            return Err(Error::FolderCopy { path: path.to_owned() });
        }
        let (copy, sums) = copy_into(&files_of(path)?, folder)
            .map_err(|source| Error::Import { path: path.to_owned(), source })?;
        self.enter(Entry::owned(text_of(&copy)?, None, &sums))
    }

    fn enter(&self, entry: Entry) -> Result<InstalledModel, Error> {
        let _changing = self.changing();
        let mut registry = self.registered()?;
        registry.files.retain(|file| file.path != entry.path);
        let of_same = |removed: &Removed| removed.entry.path == entry.path;
        for removed in registry.removed.iter().filter(|removed| of_same(removed)) {
            // Nothing leads to the old files any more.
            delete_aside(&removed.entry);
        }
        registry.removed.retain(|removed| !of_same(removed));
        registry.files.push(entry.clone());
        self.write(&registry)?;
        Ok(self.added(&entry))
    }

    /// Takes an added model off the list. Files of the user's own stay where they are; those that
    /// Hearth brought are put aside, until [`Installed::purge`].
    pub fn remove(&self, id: &str) -> Result<(), Error> {
        if let Some(model) = starter::builtin().find(|model| model.id == id) {
            return Err(Error::Builtin { name: model.name.clone() });
        }
        let _changing = self.changing();
        let mut registry = self.registered()?;
        let found = registry.files.iter().position(|file| file.path == id);
        let entry = registry.files.remove(found.ok_or_else(|| not_installed(id))?);
        let files = entry.own_files();
        registry.removed.push(Removed { entry, at_ms: now_ms() });
        self.write_with_moves(&registry, files.into_iter().map(|file| (file.clone(), aside(&file))))
    }

    /// Takes a removal back, as long as nothing was purged.
    pub fn restore(&self, id: &str) -> Result<InstalledModel, Error> {
        let _changing = self.changing();
        let mut registry = self.registered()?;
        let found = registry.removed.iter().rposition(|removed| removed.entry.path == id);
        let entry = registry.removed.remove(found.ok_or_else(|| not_installed(id))?).entry;
        registry.files.push(entry.clone());
        let files = entry.own_files().into_iter();
        self.write_with_moves(&registry, files.map(|file| (aside(&file), file)))?;
        Ok(self.added(&entry))
    }

    /// Deletes for good what was removed at least this long ago.
    pub fn purge(&self, age: Duration) -> Result<(), Error> {
        let _changing = self.changing();
        let mut registry = self.registered()?;
        let before = now_ms().saturating_sub(age.as_millis() as u64);
        let (old, kept): (Vec<_>, Vec<_>) =
            registry.removed.into_iter().partition(|removed| removed.at_ms <= before);
        if old.is_empty() {
            return Ok(());
        }
        old.iter().for_each(|removed| delete_aside(&removed.entry));
        registry.removed = kept;
        self.write(&registry)
    }

    /// Reads all of a model's files and compares their checksums with those they came with, or with
    /// those that the catalog knows.
    pub fn verify(&self, id: &str) -> Result<Verified, Error> {
        let model = self.model(id).ok_or_else(|| not_installed(id))?;
        let files = match model.path.is_dir() {
            true => Folder::open(&model.path)?.weights().to_vec(),
            // One that was damaged since it came is to be read all the same.
            false => files_of(&model.path).unwrap_or_else(|_| hearth_gguf::parts_of(&model.path)),
        };
        let sum = |path: &PathBuf| {
            let sum = File::open(path).and_then(|mut file| sum_of(&mut file));
            sum.map_err(|source| Error::Unverified { path: path.clone(), source })
        };
        let sums: Vec<_> = files.iter().map(sum).collect::<Result<_, _>>()?;
        let catalog = hearth_model_catalog::models().iter().flat_map(|known| &known.files);
        let known = catalog.filter_map(|file| file.sha256.as_deref()?.parse().ok());
        let known: Vec<Sha256> = known.collect();
        Ok(match &model.sums {
            recorded if *recorded == sums => Verified::AsPublished,
            recorded if !recorded.is_empty() => Verified::Changed,
            _ if sums.iter().all(|sum| known.contains(sum)) => Verified::AsPublished,
            _ => Verified::Unknown,
        })
    }

    /// What drafting was last measured to gain for a pair.
    pub fn measured(&self, pairing: Pairing) -> Option<Measured> {
        let pairing = pairing.resolved();
        self.registered().ok()?.measured.into_iter().find(|known| known.pairing == pairing)
    }

    /// Keeps a measurement in place of the pair's earlier one.
    pub fn keep_measured(&self, measured: Measured) -> Result<(), Error> {
        let measured = Measured { pairing: measured.pairing.resolved(), ..measured };
        let _changing = self.changing();
        let mut registry = self.registered()?;
        registry
            .measured
            .retain(|known| known.pairing != measured.pairing && known.pairing.model.exists());
        registry.measured.push(measured);
        self.write(&registry)
    }

    fn builtin(&self, model: &hearth_model_catalog::Model) -> InstalledModel {
        let folder = self.starter.as_deref();
        let path = folder.and_then(|folder| starter::file_in(folder, model));
        let facts = match &path {
            Some(path) => self.facts(path),
            None => Err(format!("The files of {} are missing. Install Hearth again.", model.name)),
        };
        let path = path.unwrap_or_else(|| PathBuf::from(&model.files[0].name));
        let file = model.files.iter().find(|file| path.ends_with(&file.name));
        let sum = file.and_then(|file| file.sha256.as_deref()?.parse().ok());
        InstalledModel {
            id: model.id.clone(),
            name: model.name.clone(),
            builtin: true,
            owned: false,
            source: None,
            sums: sum.into_iter().collect(),
            file_bytes: stamp(&path).0,
            facts,
            draft: folder.and_then(|folder| starter::draft_in(folder, model)),
            path,
        }
    }

    fn added(&self, entry: &Entry) -> InstalledModel {
        let path = PathBuf::from(&entry.path);
        let facts = self.facts(&path);
        InstalledModel {
            id: entry.path.clone(),
            name: facts.as_ref().map_or_else(|_| name_of(&path), |facts| facts.name.clone()),
            builtin: false,
            owned: entry.owned,
            source: entry.source.clone(),
            sums: entry.sums(),
            file_bytes: stamp(&path).0,
            facts,
            draft: None,
            path,
        }
    }

    fn facts(&self, path: &Path) -> Result<Facts, String> {
        let stamp = stamp(path);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        match read.get(path) {
            Some((then, facts)) if *then == stamp => facts.clone(),
            _ => {
                let facts = Facts::read(path).map_err(|error| error.to_string());
                read.insert(path.to_owned(), (stamp, facts.clone()));
                facts
            }
        }
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn registered(&self) -> Result<Registry, Error> {
        let read = match fs::read(&self.registry) {
            // Also one that ends too early, which `io::Error::from` tells apart.
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Registry::default()),
            Err(error) => Err(error),
        };
        read.map_err(|source| Error::Registry { path: self.registry.clone(), source })
    }

    /// Moves files, each from where to where, and writes the list that says so; when one cannot be
    /// moved or the list not be written, all are moved back.
    fn write_with_moves(
        &self,
        registry: &Registry,
        moves: impl Iterator<Item = (PathBuf, PathBuf)>,
    ) -> Result<(), Error> {
        let mut moved = Vec::new();
        let move_all = || {
            for (from, to) in moves {
                move_file(&from, &to)?;
                moved.push((from, to));
            }
            Ok(())
        };
        let written = move_all().and_then(|()| self.write(registry));
        if written.is_err() {
            for (from, to) in moved {
                // Why it went wrong is what matters.
                let _ = move_file(&to, &from);
            }
        }
        written
    }

    /// Written beside the old list, which it then replaces: there is always a whole one.
    fn write(&self, registry: &Registry) -> Result<(), Error> {
        let written = || -> io::Result<()> {
            let folder = self.registry.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&serde_json::to_vec_pretty(registry)?)?;
            file.as_file().sync_all()?;
            file.persist(&self.registry)?;
            Ok(())
        };
        written().map_err(|source| Error::Registry { path: self.registry.clone(), source })
    }

    fn put_aside(&mut self, cause: &io::Error) {
        let aside = self.registry.with_extension("json.damaged");
        let moved = fs::rename(&self.registry, &aside);
        let what = format!("The list of added models could not be understood ({cause})");
        self.notice = Some(match moved {
            Ok(()) => format!("{what}. It was kept as {}; add the files again.", aside.display()),
            Err(error) => format!("{what}, and {} cannot be moved: {error}.", aside.display()),
        });
    }
}

/// An installed model that can draft for the one that came from `source`, as the catalog pairs them.
fn draft_among(models: &[InstalledModel], source: &Source) -> Option<PathBuf> {
    let of = |known: &hearth_model_catalog::Model, source: &Source| {
        known.files.iter().any(|file| {
            file.repository.as_deref() == Some(&source.repository()) && file.name == source.name()
        })
    };
    let catalog = hearth_model_catalog::models();
    let known = catalog.iter().find(|known| of(known, source))?;
    let partners = known.drafts.iter().filter_map(|id| hearth_model_catalog::model(id));
    partners.into_iter().find_map(|partner| {
        let mut here = models.iter().filter(|model| model.facts.is_ok());
        let here = here.find(|model| model.source.as_ref().is_some_and(|own| of(partner, own)));
        here.map(|model| model.path.clone())
    })
}

fn not_installed(id: &str) -> Error {
    Error::NotInstalled { path: id.to_owned() }
}

fn text_of(path: &Path) -> Result<&str, Error> {
    path.to_str().ok_or_else(|| Error::NotText { path: path.to_owned() })
}

/// Where a removed file waits.
fn aside(path: &Path) -> PathBuf {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".removed");
    aside.into()
}

fn delete_aside(entry: &Entry) {
    for file in entry.own_files() {
        // One that is gone already is what was wanted.
        let _ = fs::remove_file(aside(&file));
    }
}

fn move_file(from: &Path, to: &Path) -> Result<(), Error> {
    match fs::rename(from, to) {
        // A file that is gone is as good as moved.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        moved => moved.map_err(|source| Error::Move { path: from.to_owned(), source }),
    }
}

/// Bytes of a model's files, or of its folder's weights, and when the last of them was written;
/// (0, `None`) when they are gone.
pub fn stamp(path: &Path) -> Stamp {
    match path.is_dir() {
        true => Folder::stamp(path),
        false => hearth_gguf::stamp(path),
    }
}

/// Bytes of a model's files, or of its folder's weights; 0 when they are gone.
pub fn size_of(model: &Path) -> u64 {
    stamp(model).0
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| now.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_a_model_with_a_size_and_is_not_copied() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("Tiny");
        fs::create_dir(&folder).unwrap();
        let config = r#"{"architectures": ["LlamaForCausalLM"], "model_type": "llama",
            "max_position_embeddings": 2048}"#;
        for (name, text) in [("config.json", config), ("tokenizer.json", "{}")] {
            fs::write(folder.join(name), text).unwrap();
        }
        let weights = folder.join("model.safetensors");
        let mut writer = hearth_safetensors::write::Writer::default();
        writer.f32("w", &[2, 2], &[0.0; 4]).write(&weights).unwrap();

        let installed = Installed::open(&dir.path().join("list"), None);
        let model = installed.add(&folder).unwrap();
        assert_eq!(model.name, "Tiny");
        assert_eq!(model.file_bytes, fs::metadata(&weights).unwrap().len());
        let facts = model.facts.unwrap();
        assert_eq!((facts.architecture.as_str(), facts.parameters), ("llama", 4));
        assert_eq!(facts.context_length, Some(2048));
        assert!(matches!(installed.verify(&model.id), Ok(Verified::Unknown)));
        let copied = installed.import(&folder, dir.path());
        assert!(matches!(copied, Err(Error::FolderCopy { .. })), "{copied:?}");

        // A change of the weights is seen.
        writer.f32("v", &[2, 2], &[0.0; 4]).write(&weights).unwrap();
        assert_eq!(installed.model(&model.id).unwrap().facts.unwrap().parameters, 8);
        installed.remove(&model.id).unwrap();
        assert!(weights.exists(), "the user's own folder stays");
    }

    #[test]
    fn a_file_stays_where_the_list_says_when_the_list_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let [file, blocked] = ["a.gguf", "no-folder"].map(|name| folder.path().join(name));
        fs::write(&file, "weights").unwrap();
        fs::write(&blocked, "").unwrap();
        let installed = Installed::open(&blocked, None);
        let to = aside(&file);
        let moves = [(file.clone(), to.clone())].into_iter();
        let written = installed.write_with_moves(&Registry::default(), moves);
        assert!(matches!(written, Err(Error::Registry { .. })));
        assert!(file.exists() && !to.exists());
    }
}

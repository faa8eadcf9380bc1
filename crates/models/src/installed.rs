use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::facts::name_of;
use crate::{Error, Facts, starter};

/// A model on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledModel {
    /// Stable: the catalog's id of a built-in model, or the path of a file that the user added.
    pub id: String,
    pub name: String,
    pub path: PathBuf,
    /// Comes with Hearth.
    pub builtin: bool,
    /// 0 when the file is gone.
    pub file_bytes: u64,
    /// What the file says about itself, or why it cannot be used: what is wrong, with which
    /// file, and what to do.
    pub facts: Result<Facts, String>,
    /// A file that can draft for it.
    pub draft: Option<PathBuf>,
}

/// The built-in starter and the files that the user added. Files are kept by reference: Hearth
/// neither copies nor deletes them.
pub struct Installed {
    starter: Option<PathBuf>,
    registry: PathBuf,
    notice: Option<String>,
    /// By path; good as long as the file's length and time are the same.
    read: Mutex<HashMap<PathBuf, Read>>,
}

type Stamp = (u64, Option<SystemTime>);
type Read = (Stamp, Result<Facts, String>);

/// `models.json`, read anew for each use, because the command line may change it too.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Registry {
    version: u32,
    /// In the order in which they were added.
    files: Vec<String>,
}

const VERSION: u32 = 1;

impl Installed {
    /// Reads the list in `folder`, with the built-in models of `starter`
    /// (see [`crate::starter_folder`]). A list that cannot be understood is put aside, and
    /// [`Installed::notice`] says so.
    pub fn open(folder: &Path, starter: Option<PathBuf>) -> Self {
        let registry = folder.join("models.json");
        let mut installed = Self { starter, registry, notice: None, read: Mutex::default() };
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
        builtin.chain(added.iter().map(|path| self.added(path))).collect()
    }

    pub fn model(&self, id: &str) -> Option<InstalledModel> {
        self.models().into_iter().find(|model| model.id == id)
    }

    /// Adds a file by reference, once its header has been read. Adding it again gives the same
    /// model.
    pub fn add(&self, path: &Path) -> Result<InstalledModel, Error> {
        // Links are kept: in the cache of a download tool only the link has a readable name.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let text = path.to_str().ok_or_else(|| Error::NotText { path: path.clone() })?;
        Facts::read(&path)?;
        if let Some(known) = self.models().into_iter().find(|model| model.path == path) {
            return Ok(known);
        }
        let mut registry = self.registered()?;
        registry.files.push(text.to_owned());
        self.write(&registry)?;
        Ok(self.added(text))
    }

    /// Forgets an added model; its file stays where it is.
    pub fn remove(&self, id: &str) -> Result<(), Error> {
        if let Some(model) = starter::builtin().find(|model| model.id == id) {
            return Err(Error::Builtin { name: model.name.clone() });
        }
        let mut registry = self.registered()?;
        let before = registry.files.len();
        registry.files.retain(|path| path != id);
        if registry.files.len() == before {
            return Err(Error::NotInstalled { path: id.to_owned() });
        }
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
        InstalledModel {
            id: model.id.clone(),
            name: model.name.clone(),
            builtin: true,
            file_bytes: stamp(&path).0,
            facts,
            draft: folder.and_then(|folder| starter::draft_in(folder, model)),
            path,
        }
    }

    fn added(&self, path: &str) -> InstalledModel {
        let id = path.to_owned();
        let path = PathBuf::from(path);
        let facts = self.facts(&path);
        InstalledModel {
            id,
            name: facts.as_ref().map_or_else(|_| name_of(&path), |facts| facts.name.clone()),
            builtin: false,
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

    fn registered(&self) -> Result<Registry, Error> {
        let read = match fs::read(&self.registry) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Registry::default()),
            Err(error) => Err(error),
        };
        read.map_err(|source| Error::Registry { path: self.registry.clone(), source })
    }

    /// Written beside the old list, which it then replaces: there is always a whole one.
    fn write(&self, registry: &Registry) -> Result<(), Error> {
        let written = || -> io::Result<()> {
            let folder = self.registry.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            let registry = Registry { version: VERSION, files: registry.files.clone() };
            file.write_all(&serde_json::to_vec_pretty(&registry)?)?;
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

fn stamp(path: &Path) -> Stamp {
    match fs::metadata(path) {
        Ok(file) => (file.len(), file.modified().ok()),
        Err(_) => (0, None),
    }
}

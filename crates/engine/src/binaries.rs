//! Where the engine programs lie, and how far the second one is while it is still being built.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use hearth_chat::{Error, ErrorKind, NoGpu};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::devices::Devices;
use crate::spec::Backend;

/// A build that has not said anything for this long is not under way any more.
const SILENT: Duration = Duration::from_secs(60);

/// Where the programs are. `None` looks beside the running executable, then in the environment:
/// `HEARTH_ENGINE`, `HEARTH_MISTRALRS`.
#[derive(Clone, Debug, Default)]
pub struct Binaries {
    pub cpu: Option<PathBuf>,
    pub mistralrs: Option<PathBuf>,
}

/// The engine that runs mistral.rs. The first answer does not need it, so from a fresh clone the
/// window opens while it is still being compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum SecondEngine {
    Ready,
    /// Crates compiled, and about how many there are; 0 while that is not known yet.
    Building {
        done: u32,
        total: u32,
    },
    Missing,
}

/// What the build leaves beside the programs while it goes on.
#[derive(Deserialize)]
struct Progress {
    done: u32,
    total: u32,
}

impl Binaries {
    /// Looked for anew each time: the second engine may have come meanwhile.
    pub(crate) fn find(&self, backend: Backend) -> Result<PathBuf, Error> {
        let found = self.named(backend);
        match found.as_ref().filter(|path| path.is_file()) {
            Some(path) => Ok(path.clone()),
            None => Err(self.missing(backend, found)),
        }
    }

    /// The GPUs that the second engine finds, or why it uses none. Asks that engine, which takes as
    /// long as its driver needs.
    pub fn devices(&self) -> Result<Devices, NoGpu> {
        Devices::of(&self.find(Backend::Mistralrs).map_err(|_| NoGpu::NoEngine)?)
    }

    pub fn second_engine(&self) -> SecondEngine {
        if self.named(Backend::Mistralrs).is_some_and(|path| path.is_file()) {
            return SecondEngine::Ready;
        }
        let folder = std::env::current_exe().unwrap_or_default();
        building(&folder.with_file_name("hearth-mistralrs.building"))
    }

    /// Where a program is or should be.
    fn named(&self, backend: Backend) -> Option<PathBuf> {
        let (configured, name, variable) = match backend {
            Backend::Cpu => (&self.cpu, "hearth-engine", "HEARTH_ENGINE"),
            Backend::Mistralrs => (&self.mistralrs, "hearth-mistralrs", "HEARTH_MISTRALRS"),
        };
        let by_variable = || std::env::var_os(variable).map(PathBuf::from);
        configured.clone().or_else(|| beside(name)).or_else(by_variable)
    }

    fn missing(&self, backend: Backend, named: Option<PathBuf>) -> Error {
        let (kind, message) = match (backend, named) {
            (Backend::Cpu, None) => (
                ErrorKind::Internal,
                "The engine (hearth-engine) is not beside the app. Install Hearth again.".into(),
            ),
            (Backend::Cpu, Some(path)) => {
                let path = path.display();
                let message = format!("The engine is not there ({path}). Install Hearth again.");
                (ErrorKind::Internal, message)
            }
            (Backend::Mistralrs, _) => (ErrorKind::Unsupported, self.second_is_missing().into()),
        };
        Error::new(kind, message)
    }

    fn second_is_missing(&self) -> &'static str {
        match self.second_engine() {
            SecondEngine::Building { .. } => {
                "The engine for such files, mistral.rs, is still being built. Ask again when it \
                 is done: the Models page shows how far it is."
            }
            SecondEngine::Ready | SecondEngine::Missing => {
                "The engine for such files, mistral.rs (hearth-mistralrs), is not beside the app. \
                 `cargo xtask run` builds it, and an installed Hearth has it: install it again, \
                 or choose another model."
            }
        }
    }
}

fn beside(name: &str) -> Option<PathBuf> {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::current_exe().ok()?.with_file_name(name);
    path.is_file().then_some(path)
}

/// Reads what the build says of itself, and when it last did.
fn building(file: &Path) -> SecondEngine {
    let age = file.metadata().and_then(|file| file.modified()).map(|at| {
        // A clock that was set back makes it look newer than now.
        SystemTime::now().duration_since(at).unwrap_or_default()
    });
    let text = std::fs::read(file).unwrap_or_default();
    match (age, serde_json::from_slice(&text)) {
        (Ok(age), Ok(Progress { done, total })) if age < SILENT => {
            SecondEngine::Building { done: done.min(total), total }
        }
        _ => SecondEngine::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_is_told_by_what_can_be_done() {
        let gone = || Some(PathBuf::from("/nowhere/hearth"));
        let none = Binaries { cpu: gone(), mistralrs: gone() };
        assert_eq!(none.second_engine(), SecondEngine::Missing);
        let first = none.find(Backend::Cpu).unwrap_err();
        assert_eq!(first.kind, ErrorKind::Internal);
        assert!(first.message.contains("/nowhere/hearth"), "{first}");
        let second = none.find(Backend::Mistralrs).unwrap_err();
        assert_eq!(second.kind, ErrorKind::Unsupported);
        assert!(second.message.contains("cargo xtask run"), "{second}");
    }

    #[test]
    fn a_build_under_way_is_told_from_one_that_was_broken_off() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("hearth-mistralrs.building");
        assert_eq!(building(&file), SecondEngine::Missing);
        std::fs::write(&file, r#"{"pid":1,"done":312,"total":480}"#).unwrap();
        assert_eq!(building(&file), SecondEngine::Building { done: 312, total: 480 });
        let long_ago = SystemTime::now() - 2 * SILENT;
        std::fs::File::options().append(true).open(&file).unwrap().set_modified(long_ago).unwrap();
        assert_eq!(building(&file), SecondEngine::Missing);
        std::fs::write(&file, "half a wor").unwrap();
        assert_eq!(building(&file), SecondEngine::Missing);
    }
}

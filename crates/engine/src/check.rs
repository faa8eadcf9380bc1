//! Whether a model runs here, before anybody waits for it. The engines themselves are asked, so that
//! there is one answer: each reads what describes the model, in its sandbox, and no weight.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use hearth_chat::Error;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::binaries::{Binaries, SecondEngine};
use crate::child::{ask, of_the_driver};
use crate::spec::Backend;
use crate::{ModelFile, preflight};

/// An engine that has not read a header by then is not going to.
const PATIENCE: Duration = Duration::from_secs(20);

/// What `hearth-engine --check MODEL` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// Why this engine does not run it.
    pub refused: Option<Error>,
}

/// What computes a model here, by what describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "on")]
pub enum Runs {
    /// Hearth's own backend.
    Cpu,
    /// Only mistral.rs, which is slower: the sentence says why not our own.
    Mistralrs { why: String },
    /// Nothing that is here, and why.
    Nowhere { why: String },
    /// What could tell is not there yet, or did not.
    Unknown,
}

impl Binaries {
    /// Asks the engines for a model on disk, which takes a moment. Fails with
    /// [`hearth_chat::ErrorKind::ModelFile`] where it cannot even be read.
    pub fn check(&self, path: &Path) -> Result<Runs, Error> {
        let file = preflight::open(path)?;
        let why = match self.ask(Backend::Cpu, &file) {
            Ok(Some(Checked { refused: None })) => return Ok(Runs::Cpu),
            Ok(Some(Checked { refused: Some(error) })) => error.message,
            Ok(None) | Err(_) => return Ok(Runs::Unknown),
        };
        Ok(match self.ask(Backend::Mistralrs, &file) {
            Ok(Some(Checked { refused: None })) => Runs::Mistralrs { why },
            Ok(Some(Checked { refused: Some(error) })) => Runs::Nowhere {
                why: format!("{why} Nor does mistral.rs run it: {}", error.message),
            },
            Ok(None) => Runs::Unknown,
            Err(_) if matches!(self.second_engine(), SecondEngine::Building { .. }) => {
                Runs::Unknown
            }
            Err(error) => Runs::Nowhere { why: format!("{why} {}", error.message) },
        })
    }

    /// `None` when the engine does not answer; an error when it is not there.
    fn ask(&self, backend: Backend, file: &ModelFile) -> Result<Option<Checked>, Error> {
        let mut command = Command::new(self.find(backend)?);
        command.env_clear().envs(of_the_driver());
        for path in preflight::files(file) {
            command.arg("--file").arg(path);
        }
        command.arg("--check").arg(file.path());
        Ok(ask(command, PATIENCE).map(Checked::clipped))
    }
}

impl Checked {
    /// What a broken engine may put on the screen.
    fn clipped(mut self) -> Self {
        const LONGEST: usize = 600;
        if let Some(error) = &mut self.refused {
            error.message =
                error.message.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        }
        self
    }
}

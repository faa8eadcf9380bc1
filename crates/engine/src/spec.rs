use std::path::PathBuf;

use hearth_chat::{DeviceChoice, DraftChoice};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A model on disk and how to run it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelSpec {
    pub path: PathBuf,
    pub backend: BackendChoice,
    pub device: DeviceChoice,
    /// `Model` names the draft's file; the other choices need no second file.
    pub draft: DraftChoice,
    /// In tokens; `None` takes what fits into memory, up to [`crate::fit::DEFAULT_CONTEXT`].
    pub context_length: Option<u32>,
    /// `None` uses all physical cores.
    pub threads: Option<u32>,
}

impl ModelSpec {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            backend: BackendChoice::Auto,
            device: DeviceChoice::Automatic,
            draft: DraftChoice::Automatic,
            context_length: None,
            threads: None,
        }
    }

    /// Whether a process that loaded `other` can answer for this one.
    pub(crate) fn same_load(&self, other: &Self) -> bool {
        let key = |spec: &Self| {
            let how = (spec.backend, spec.device, spec.threads);
            (spec.path.clone(), how, spec.draft_path(), spec.context_length)
        };
        key(self) == key(other)
    }

    pub(crate) fn file_name(&self) -> String {
        self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy().into_owned()
    }

    pub(crate) fn draft_path(&self) -> Option<PathBuf> {
        match &self.draft {
            DraftChoice::Model(path) => Some(path.into()),
            DraftChoice::Automatic | DraftChoice::Ngram | DraftChoice::Off => None,
        }
    }
}

/// What computes the answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BackendChoice {
    /// By device and architecture.
    #[default]
    Auto,
    Cpu,
    Mistralrs,
}

/// The engine processes there are, one for each backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Cpu,
    Mistralrs,
}

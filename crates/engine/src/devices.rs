//! The GPUs that the second engine can use, as that engine itself finds them.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use hearth_chat::NoGpu;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::child;

/// A driver that does not answer for this long is taken for one that does not work.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long a name may be on the screen, in characters.
const LONGEST_NAME: usize = 60;

/// What `hearth-mistralrs --devices` prints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Devices {
    /// What that engine was built for; `None` is processors only.
    pub built_for: Option<GpuKind>,
    /// Its sandbox has no rules for their drivers here, so that it looked for none.
    #[serde(default)]
    pub kept_out: bool,
    /// In the order of their numbers.
    pub gpus: Vec<Gpu>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum GpuKind {
    Cuda,
    Metal,
}

/// One GPU. What its driver does not tell is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Gpu {
    pub index: u32,
    pub name: Option<String>,
    #[ts(type = "number | null")]
    pub memory_bytes: Option<u64>,
    #[ts(type = "number | null")]
    pub free_bytes: Option<u64>,
}

impl Gpu {
    /// For a person to read.
    pub fn shown(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!("GPU {}", self.index))
    }
}

impl Devices {
    /// Why none of them can be used, whatever is asked for; `None` where one may be.
    pub fn no_gpu(&self) -> Option<NoGpu> {
        if self.built_for.is_none() {
            Some(NoGpu::NotBuilt)
        } else if self.kept_out {
            Some(NoGpu::Sandbox)
        } else {
            self.gpus.is_empty().then_some(NoGpu::NotFound)
        }
    }

    /// Of the engine at `binary`. One that does not answer has a driver that does not work: it is
    /// linked to it.
    pub(crate) fn of(binary: &Path) -> Result<Self, NoGpu> {
        Self::probe(binary, PATIENCE).ok_or(NoGpu::Failed)
    }

    /// `None` when it does not answer, or answers something else: then nothing is known.
    fn probe(binary: &Path, patience: Duration) -> Option<Self> {
        let mut command = Command::new(binary);
        command.env_clear().envs(child::of_the_driver()).arg("--devices");
        child::ask(command, patience).map(Self::clipped)
    }

    /// What a broken engine may put on the screen.
    fn clipped(mut self) -> Self {
        self.gpus.truncate(16);
        for gpu in &mut self.gpus {
            let plain = |name: String| {
                name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect::<String>()
            };
            gpu.name = gpu.name.take().map(plain).filter(|name| !name.is_empty());
        }
        self
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::*;

    fn engine_that(dir: &Path, does: &str) -> PathBuf {
        let path = dir.join("engine");
        fs::write(&path, format!("#!/bin/sh\n{does}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[test]
    fn what_the_engine_finds_is_read_and_anything_else_is_unknown() {
        let dir = tempfile::tempdir().unwrap();
        let answer = |does: &str| Devices::probe(&engine_that(dir.path(), does), PATIENCE);
        let found = answer(
            r#"[ "$1" = --devices ] && echo '{"built_for":"cuda","gpus":[{"index":0,"name":"A\u001b[31m","memory_bytes":8,"free_bytes":4}]}'"#,
        );
        let gpu = Gpu {
            index: 0,
            name: Some("A[31m".into()),
            memory_bytes: Some(8),
            free_bytes: Some(4),
        };
        let cuda = Devices { built_for: Some(GpuKind::Cuda), kept_out: false, gpus: vec![gpu] };
        assert_eq!(found, Some(cuda));
        assert_eq!(answer(r#"echo '{"built_for":null,"gpus":[]}'"#), Some(Devices::default()));
        for other in ["exit 1", "echo no", "exec head -c 200000 /dev/zero", r#"echo '{"gpus":3}'"#]
        {
            assert_eq!(answer(other), None, "{other}");
        }
        assert_eq!(Devices::probe(&dir.path().join("missing"), PATIENCE), None);
    }

    #[test]
    fn an_engine_whose_driver_hangs_is_given_up() {
        let dir = tempfile::tempdir().unwrap();
        let engine = engine_that(dir.path(), "exec sleep 600");
        assert_eq!(Devices::probe(&engine, Duration::from_millis(100)), None);
    }
}

//! What is known about the engine process at any moment.

use std::path::PathBuf;

use hearth_chat::{Device, ThinkingSupport};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Watched by whoever shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EngineState {
    pub process: ProcessState,
    pub model: ModelState,
    /// As measured by the last process that started.
    pub sandbox: SandboxReport,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum ProcessState {
    #[default]
    NotStarted,
    Starting,
    Running {
        pid: u32,
    },
    /// It ended without being asked to; a sentence for the user.
    Died {
        message: String,
    },
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum ModelState {
    #[default]
    None,
    Loading {
        path: PathBuf,
        /// In 0..=1.
        fraction: f32,
    },
    Loaded {
        path: PathBuf,
        backend: String,
        device: Device,
        /// Resident memory of the engine process after loading, in bytes.
        memory_bytes: Option<u64>,
        /// In tokens.
        context_length: u32,
        thinking: ThinkingSupport,
    },
}

/// What the kernel forbids the engine process, measured there by trying it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxReport {
    pub level: SandboxLevel,
    pub layers: Vec<SandboxLayer>,
}

impl SandboxReport {
    /// The level follows from the layers: all, some or none of them in force.
    pub fn of(layers: Vec<SandboxLayer>) -> Self {
        let held = layers.iter().filter(|l| l.in_force).count();
        let level = match held {
            0 => SandboxLevel::None,
            n if n == layers.len() => SandboxLevel::Full,
            _ => SandboxLevel::Partial,
        };
        Self { level, layers }
    }

    /// The names of the layers that do not hold, for a message.
    pub fn missing(&self) -> String {
        let missing: Vec<_> =
            self.layers.iter().filter(|l| !l.in_force).map(|l| l.name.as_str()).collect();
        missing.join(", ")
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SandboxLevel {
    Full,
    Partial,
    None,
    /// The engine has not started yet.
    #[default]
    Unknown,
}

/// One protection and whether it is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SandboxLayer {
    /// Such as `network`, `reading files`.
    pub name: String,
    pub in_force: bool,
    /// How it is enforced, or why it is not.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(held: &[bool]) -> SandboxReport {
        SandboxReport::of(
            held.iter()
                .map(|&in_force| SandboxLayer {
                    name: "network".into(),
                    in_force,
                    detail: String::new(),
                })
                .collect(),
        )
    }

    #[test]
    fn the_sandbox_is_full_only_when_every_layer_holds() {
        assert_eq!(report(&[true, true]).level, SandboxLevel::Full);
        assert_eq!(report(&[true, false]).level, SandboxLevel::Partial);
        assert_eq!(report(&[false, false]).level, SandboxLevel::None);
        assert_eq!(report(&[]).level, SandboxLevel::None, "nothing measured is nothing held");
    }
}

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is wanted to compute answers on this device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum DeviceChoice {
    /// The GPU with the most free memory where one takes the model, else the processor.
    #[default]
    Automatic,
    Processor,
    /// By its number among those that the engine names.
    Gpu {
        index: u32,
    },
}

/// What computed an answer on this device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Device {
    /// The GPU, by its name; `None` is the processor.
    pub gpu: Option<String>,
    /// Why it was not the GPU that was wanted or would have been taken.
    pub gpu_off: Option<GpuOff>,
}

/// Why a GPU was not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct GpuOff {
    pub why: NoGpu,
    /// What its driver said, where it said something.
    pub detail: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NoGpu {
    /// The engine that can use one is missing, or still being built.
    NoEngine,
    /// That engine was built for processors only.
    NotBuilt,
    /// There is none, or none with that number.
    NotFound,
    /// The engine that can use one does not run this model.
    Model,
    /// The model does not fit into its free memory.
    TooLittleMemory,
    /// The engine's sandbox keeps its driver out: on Linux always, elsewhere where it is strict.
    Sandbox,
    /// The engine that was chosen does not use one.
    Backend,
    /// It, or its driver, failed; the processor took over.
    Failed,
}

impl From<NoGpu> for GpuOff {
    fn from(why: NoGpu) -> Self {
        Self { why, detail: None }
    }
}

//! The GPUs that this build can use, if it was built for any.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use hearth_chat::{Error, ErrorKind};
use hearth_engine::{Devices, Gpu, GpuKind};
use mistralrs::core::MemoryUsage;
use mistralrs::{DType, Device, ModelDType, Tensor};

/// What the crate was compiled for.
const BUILT_FOR: Option<GpuKind> = if cfg!(feature = "cuda") {
    Some(GpuKind::Cuda)
} else if cfg!(feature = "metal") {
    Some(GpuKind::Metal)
} else {
    None
};

/// A driver wants devices to write to, and memory to share and to run. The sandbox of Linux has no
/// rules for that yet, so nothing is promised that it would refuse.
const KEPT_OUT: bool = cfg!(target_os = "linux");

/// More GPUs than one computer has.
const MOST: u32 = 16;

/// Looks for them; a driver may need seconds for that.
pub fn all() -> Devices {
    let Some(kind) = BUILT_FOR else { return Devices::default() };
    if KEPT_OUT {
        return Devices { built_for: BUILT_FOR, kept_out: true, gpus: Vec::new() };
    }
    let names = names();
    let found = (0..MOST).map_while(|index| {
        let device = catch_unwind(|| device(kind, index)).ok()?.ok()?;
        let bytes = |bytes: usize| bytes as u64;
        Some(Gpu {
            index,
            name: names.get(index as usize).cloned(),
            memory_bytes: MemoryUsage.get_total_memory(&device).ok().map(bytes),
            free_bytes: MemoryUsage.get_memory_available(&device).ok().map(bytes),
        })
    });
    Devices { built_for: BUILT_FOR, kept_out: false, gpus: found.collect() }
}

fn device(kind: GpuKind, index: u32) -> mistralrs::Result<Device> {
    match kind {
        GpuKind::Cuda => Device::new_cuda(index as usize),
        // A Mac has one, and mistral.rs asks for no other.
        GpuKind::Metal if index == 0 => Device::new_metal(0),
        GpuKind::Metal => Err(std::io::Error::from(std::io::ErrorKind::NotFound).into()),
    }
}

/// Fails with [`ErrorKind::Gpu`] where the GPU that is asked for cannot be used.
pub fn open(gpu: Option<u32>) -> Result<Device, Error> {
    let Some(index) = gpu else { return Ok(Device::Cpu) };
    let failed =
        |why: String| Error::new(ErrorKind::Gpu, format!("The GPU was not opened: {why}."));
    match BUILT_FOR {
        None => Err(failed("this mistral.rs was built for processors only".into())),
        // The app lets its driver show this one alone.
        Some(GpuKind::Cuda) => device(GpuKind::Cuda, 0).map_err(|e| failed(e.to_string())),
        Some(GpuKind::Metal) => device(GpuKind::Metal, index).map_err(|e| failed(e.to_string())),
    }
}

/// The numbers to compute with: on a processor those that mistral.rs takes there for files that are
/// quantized (its library multiplies no bf16), and f32 for what is not; on a GPU bf16 where it has
/// that, as it has the range that models were trained with.
pub fn numbers(device: &Device, from_plain_weights: bool) -> ModelDType {
    if device.is_cpu() {
        return if from_plain_weights { ModelDType::F32 } else { ModelDType::F16 };
    }
    let multiplies = || -> mistralrs::Result<()> {
        let x = Tensor::zeros((2, 2), DType::BF16, device)?;
        x.matmul(&x)?.to_dtype(DType::F32)?.to_vec2::<f32>().map(drop)
    };
    if multiplies().is_ok() { ModelDType::BF16 } else { ModelDType::F16 }
}

/// By slot, which is the order that the app asks the driver for.
fn names() -> Vec<String> {
    if BUILT_FOR == Some(GpuKind::Metal) && cfg!(target_arch = "aarch64") {
        return vec!["Apple GPU".into()];
    }
    nvidia(Path::new("/proc/driver/nvidia/gpus"))
}

fn nvidia(folder: &Path) -> Vec<String> {
    let slots = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut slots: Vec<_> = slots.map(|slot| slot.path()).collect();
    slots.sort();
    let name = |slot: &std::path::PathBuf| {
        let text = fs::read_to_string(slot.join("information")).unwrap_or_default();
        let model = text.lines().find_map(|line| line.strip_prefix("Model:"));
        model.map_or("NVIDIA GPU".into(), |name| name.trim().to_owned())
    };
    slots.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gpus_are_named_in_the_order_of_their_slots() {
        let dir = tempfile::tempdir().unwrap();
        for (slot, text) in [
            ("0000:41:00.0", "Model: \t\t NVIDIA GeForce RTX 4090\nIRQ: 85\n"),
            ("0000:01:00.0", "Model: \t\t NVIDIA H200\n"),
            ("0000:81:00.0", "no model here"),
        ] {
            fs::create_dir(dir.path().join(slot)).unwrap();
            fs::write(dir.path().join(slot).join("information"), text).unwrap();
        }
        let names = nvidia(dir.path());
        assert_eq!(names, ["NVIDIA H200", "NVIDIA GeForce RTX 4090", "NVIDIA GPU"]);
        assert!(nvidia(Path::new("/nowhere")).is_empty());
    }

    #[test]
    fn a_build_for_processors_has_no_gpu_and_says_so() {
        if BUILT_FOR.is_none() {
            assert_eq!(all(), Devices::default());
            let error = open(Some(0)).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Gpu);
            assert!(error.message.contains("built for processors only"), "{error}");
        }
        assert!(open(None).unwrap().is_cpu());
    }
}

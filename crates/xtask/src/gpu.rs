//! Which GPU `hearth-mistralrs` is built for, chosen by what this computer has.

use std::path::Path;

use crate::process;

/// Overrules the choice: `cuda`, `metal` or `none`.
const VARIABLE: &str = "HEARTH_GPU";

/// Features of `hearth-engine-mistralrs`.
const CUDA: &str = "cuda";
const METAL: &str = "metal";

/// What the choice depends on.
#[derive(Clone, Copy, Debug, Default)]
struct Found<'a> {
    /// As [`std::env::consts::OS`] names it.
    system: &'a str,
    /// Apple's compiler for Metal, which comes with Xcode and not with the command line tools.
    metal: bool,
    /// NVIDIA's compiler.
    nvcc: bool,
    /// NVIDIA's driver.
    driver: bool,
    asked: Option<&'a str>,
}

/// Arguments for cargo where it builds the package of `hearth-mistralrs` for this computer. Says what
/// was chosen where that is not what one would expect.
pub fn flags() -> Vec<String> {
    let asked = std::env::var(VARIABLE).ok();
    let found = Found {
        system: std::env::consts::OS,
        metal: has_metal(),
        nvcc: process::find("nvcc").is_some(),
        driver: Path::new("/proc/driver/nvidia/version").exists()
            || process::find("nvidia-smi").is_some(),
        asked: asked.as_deref(),
    };
    let (feature, note) = choose(found);
    if let Some(note) = note {
        println!("{note}");
    }
    feature.map_or_else(Vec::new, |feature| vec!["--features".into(), feature.into()])
}

/// The same for a package that other computers install: every Mac has Metal, and a program that is
/// linked to NVIDIA's driver does not start without it.
pub fn flags_for_packages() -> &'static [&'static str] {
    if has_metal() { &["--features", METAL] } else { &[] }
}

fn has_metal() -> bool {
    let asked = || process::command("xcrun").args(["--find", "metal"]).output();
    cfg!(target_os = "macos") && asked().is_ok_and(|answer| answer.status.success())
}

fn choose(found: Found) -> (Option<&'static str>, Option<String>) {
    match found.asked {
        Some("cuda") => (Some(CUDA), None),
        Some("metal") => (Some(METAL), None),
        Some("none") => (None, None),
        Some(other) => {
            let note = format!("{VARIABLE} is `{other}`; it can be cuda, metal or none.");
            (choose(Found { asked: None, ..found }).0, Some(note))
        }
        None if found.metal => (Some(METAL), None),
        None if found.system == "macos" => {
            let note =
                "Xcode's compiler for Metal is not here: mistral.rs is built for the processor.";
            (None, Some(note.into()))
        }
        // Its kernels take long to compile, and would not get to run.
        None if found.system == "linux" && (found.nvcc || found.driver) => {
            let note = "On Linux the engine's sandbox lets no graphics driver in yet: mistral.rs is \
                        built for the processor, not for CUDA.";
            (None, Some(note.into()))
        }
        None if found.nvcc && found.driver => (Some(CUDA), None),
        // It is linked to the driver, and would not even start without it.
        None if found.nvcc => {
            let note = format!(
                "nvcc is here and NVIDIA's driver is not: mistral.rs is built for the processor. \
                 {VARIABLE}=cuda builds it for a computer that has the driver."
            );
            (None, Some(note))
        }
        None if found.driver => {
            let note = "NVIDIA's driver is here and nvcc is not: mistral.rs is built for the \
                        processor. With the CUDA toolkit installed it is built for the GPU.";
            (None, Some(note.into()))
        }
        None => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feature(found: Found) -> Option<&'static str> {
        choose(found).0
    }

    #[test]
    fn a_mac_with_xcode_gets_metal_and_a_compiler_with_its_driver_gets_cuda() {
        let nothing = Found::default();
        let mac = Found { system: "macos", ..nothing };
        assert_eq!(feature(Found { metal: true, ..mac }), Some(METAL));
        assert_eq!(feature(mac), None);
        assert_eq!(feature(Found { nvcc: true, driver: true, ..nothing }), Some(CUDA));
        assert_eq!(choose(nothing), (None, None));
    }

    #[test]
    fn nothing_is_compiled_for_a_gpu_that_the_sandbox_keeps_out() {
        let all = Found { nvcc: true, driver: true, ..Found::default() };
        let linux = Found { system: "linux", ..all };
        let (feature, note) = choose(linux);
        assert_eq!(feature, None);
        assert!(note.unwrap().contains("sandbox"));
        assert_eq!(choose(Found { driver: false, nvcc: false, ..linux }), (None, None));
    }

    #[test]
    fn half_of_what_cuda_needs_is_the_processor_and_is_said() {
        for half in
            [Found { nvcc: true, ..Found::default() }, Found { driver: true, ..Found::default() }]
        {
            let (feature, note) = choose(half);
            assert_eq!(feature, None);
            assert!(note.unwrap().contains("built for the processor"), "{half:?}");
        }
    }

    #[test]
    fn who_asks_by_name_gets_it() {
        let all = Found { metal: true, nvcc: true, driver: true, ..Found::default() };
        assert_eq!(feature(Found { asked: Some("none"), ..all }), None);
        assert_eq!(feature(Found { asked: Some("cuda"), ..Found::default() }), Some(CUDA));
        let (feature, note) = choose(Found { asked: Some("vulkan"), ..all });
        assert_eq!(feature, Some(METAL));
        assert!(note.unwrap().contains("vulkan"));
    }
}

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
    mac: bool,
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
        mac: cfg!(target_os = "macos"),
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
pub const fn flags_for_packages() -> &'static [&'static str] {
    if cfg!(target_os = "macos") { &["--features", METAL] } else { &[] }
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
        None if found.mac => (Some(METAL), None),
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
                        processor. With the CUDA toolkit installed it would use the GPU.";
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
    fn a_mac_gets_metal_and_a_compiler_with_its_driver_gets_cuda() {
        let nothing = Found::default();
        assert_eq!(feature(Found { mac: true, ..nothing }), Some(METAL));
        assert_eq!(feature(Found { nvcc: true, driver: true, ..nothing }), Some(CUDA));
        assert_eq!(choose(nothing), (None, None));
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
        let all = Found { mac: true, nvcc: true, driver: true, asked: None };
        assert_eq!(feature(Found { asked: Some("none"), ..all }), None);
        assert_eq!(feature(Found { asked: Some("cuda"), ..Found::default() }), Some(CUDA));
        let (feature, note) = choose(Found { asked: Some("vulkan"), ..all });
        assert_eq!(feature, Some(METAL));
        assert!(note.unwrap().contains("vulkan"));
    }
}

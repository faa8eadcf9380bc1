//! In which order a model is tried: by which engine, and on what.

use std::collections::{HashMap, VecDeque};

use hearth_chat::{DeviceChoice, GpuOff, NoGpu};

use crate::devices::{Devices, Gpu};
use crate::spec::Backend;
use crate::{BackendChoice, ModelSpec};

/// One way to run a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub backend: Backend,
    /// `None` is the processor.
    pub gpu: Option<Gpu>,
}

/// What is left to try, first to last, and why a GPU is not, or not any more, among it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ways {
    pub left: VecDeque<Way>,
    pub gpu_off: Option<GpuOff>,
}

/// What is known about GPUs when a model is to be loaded.
pub(crate) struct Known<'a> {
    /// Or why there are none to be had.
    pub devices: Result<&'a Devices, NoGpu>,
    /// Those that failed since they were last chosen, by their numbers.
    pub failed: &'a HashMap<u32, GpuOff>,
    pub strict_sandbox: bool,
}

impl Ways {
    /// `fits` answers whether the model fits into so many bytes of a GPU's memory.
    pub fn of(
        spec: &ModelSpec,
        only_mistralrs: bool,
        known: &Known,
        fits: impl Fn(u64) -> bool,
    ) -> Self {
        let by_processor = |backend| Way { backend, gpu: None };
        let backends: &[Backend] = match spec.backend {
            BackendChoice::Cpu => &[Backend::Cpu],
            BackendChoice::Mistralrs => &[Backend::Mistralrs],
            BackendChoice::Auto if only_mistralrs => &[Backend::Mistralrs],
            BackendChoice::Auto => &[Backend::Cpu, Backend::Mistralrs],
        };
        let mut left: VecDeque<Way> = backends.iter().copied().map(by_processor).collect();
        let gpu_off = match pick(spec, known, fits) {
            Ok(gpu) => {
                left.push_front(Way { backend: Backend::Mistralrs, gpu: Some(gpu) });
                None
            }
            Err(reason) => reason,
        };
        Self { left, gpu_off }
    }
}

/// The GPU to try, or why none, as far as a person wants to hear it: nobody who asked for nothing
/// needs to be told after each answer that there is no GPU.
fn pick(
    spec: &ModelSpec,
    known: &Known,
    fits: impl Fn(u64) -> bool,
) -> Result<Gpu, Option<GpuOff>> {
    let asked = match spec.device {
        DeviceChoice::Processor => return Err(None),
        DeviceChoice::Automatic => None,
        DeviceChoice::Gpu { index } => Some(index),
    };
    let off = |why: NoGpu| Err(Some(GpuOff::from(why)));
    let off_if_asked = |why: NoGpu| Err(asked.map(|_| GpuOff::from(why)));
    if spec.backend == BackendChoice::Cpu {
        return off_if_asked(NoGpu::Backend);
    }
    let devices = match known.devices {
        Ok(devices) => devices,
        Err(why) => return off_if_asked(why),
    };
    match devices.no_gpu() {
        Some(NoGpu::Sandbox) => return off(NoGpu::Sandbox),
        Some(why) => return off_if_asked(why),
        None => {}
    }
    let mut there: Vec<&Gpu> =
        devices.gpus.iter().filter(|gpu| asked.is_none_or(|index| gpu.index == index)).collect();
    if there.is_empty() {
        return off_if_asked(NoGpu::NotFound);
    }
    if known.strict_sandbox {
        return off(NoGpu::Sandbox);
    }
    there.sort_by_key(|gpu| std::cmp::Reverse(gpu.free_bytes));
    let mut failed = None;
    let mut too_small = false;
    for gpu in there {
        if let Some(reason) = known.failed.get(&gpu.index) {
            failed = Some(reason.clone());
        } else if gpu.free_bytes.is_some_and(|free| !fits(free)) {
            too_small = true;
        } else {
            return Ok(gpu.clone());
        }
    }
    match failed {
        Some(reason) => Err(Some(reason)),
        None if too_small => off(NoGpu::TooLittleMemory),
        None => off(NoGpu::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use crate::devices::GpuKind;

    use super::*;

    const GB: u64 = 1_000_000_000;

    fn gpu(index: u32, free: u64) -> Gpu {
        Gpu { index, name: None, memory_bytes: Some(24 * GB), free_bytes: Some(free * GB) }
    }

    fn devices(gpus: Vec<Gpu>) -> Devices {
        Devices { built_for: Some(GpuKind::Cuda), kept_out: false, gpus }
    }

    struct Scene {
        backend: BackendChoice,
        device: DeviceChoice,
        devices: Result<Devices, NoGpu>,
        failed: HashMap<u32, GpuOff>,
        strict: bool,
        needs: u64,
    }

    impl Scene {
        fn with(devices: Result<Devices, NoGpu>) -> Self {
            Self {
                backend: BackendChoice::Auto,
                device: DeviceChoice::Automatic,
                devices,
                failed: HashMap::new(),
                strict: false,
                needs: 5 * GB,
            }
        }

        fn asking_for(mut self, index: u32) -> Self {
            self.device = DeviceChoice::Gpu { index };
            self
        }

        /// As `mistralrs@1, cpu`, and the reason.
        fn told(&self) -> (String, Option<NoGpu>) {
            let spec = ModelSpec {
                backend: self.backend,
                device: self.device,
                ..ModelSpec::new("/m/x.gguf")
            };
            let known = Known {
                devices: self.devices.as_ref().map_err(|why| *why),
                failed: &self.failed,
                strict_sandbox: self.strict,
            };
            let ways = Ways::of(&spec, false, &known, |free| self.needs <= free);
            let name = |way: &Way| {
                let backend = match way.backend {
                    Backend::Cpu => "cpu",
                    Backend::Mistralrs => "mistralrs",
                };
                way.gpu.as_ref().map_or(backend.into(), |gpu| format!("{backend}@{}", gpu.index))
            };
            let left: Vec<String> = ways.left.iter().map(name).collect();
            (left.join(", "), ways.gpu_off.map(|off| off.why))
        }
    }

    fn told(scene: Scene) -> (String, Option<NoGpu>) {
        scene.told()
    }

    #[test]
    fn a_gpu_that_is_there_goes_first_and_the_processor_waits_behind_it() {
        let two = || Ok(devices(vec![gpu(0, 6), gpu(1, 20)]));
        assert_eq!(told(Scene::with(two())), ("mistralrs@1, cpu, mistralrs".into(), None));
        assert_eq!(
            told(Scene::with(two()).asking_for(0)),
            ("mistralrs@0, cpu, mistralrs".into(), None)
        );
        let forced = Scene { backend: BackendChoice::Mistralrs, ..Scene::with(two()) };
        assert_eq!(told(forced), ("mistralrs@1, mistralrs".into(), None));
    }

    #[test]
    fn who_did_not_ask_for_a_gpu_is_not_told_that_there_is_none() {
        for none in [Err(NoGpu::NoEngine), Ok(Devices::default()), Ok(devices(vec![]))] {
            assert_eq!(told(Scene::with(none)), ("cpu, mistralrs".into(), None));
        }
    }

    #[test]
    fn who_asked_for_a_gpu_gets_the_processor_and_the_reason() {
        let one = || Ok(devices(vec![gpu(0, 20)]));
        let small = Scene { needs: 21 * GB, ..Scene::with(one()) };
        let strict = Scene { strict: true, ..Scene::with(one()) };
        let cpu = Scene { backend: BackendChoice::Cpu, ..Scene::with(one()) };
        for (scene, why, ways) in [
            (Scene::with(Err(NoGpu::NoEngine)), NoGpu::NoEngine, "cpu, mistralrs"),
            (Scene::with(Ok(Devices::default())), NoGpu::NotBuilt, "cpu, mistralrs"),
            (Scene::with(Ok(devices(vec![]))), NoGpu::NotFound, "cpu, mistralrs"),
            (Scene::with(Ok(devices(vec![gpu(1, 20)]))), NoGpu::NotFound, "cpu, mistralrs"),
            (small, NoGpu::TooLittleMemory, "cpu, mistralrs"),
            (strict, NoGpu::Sandbox, "cpu, mistralrs"),
            (cpu, NoGpu::Backend, "cpu"),
        ] {
            assert_eq!(told(scene.asking_for(0)), (ways.into(), Some(why)));
        }
    }

    #[test]
    fn a_build_for_gpus_whose_driver_is_kept_out_says_so_to_everybody() {
        let scene = || Scene::with(Ok(Devices { kept_out: true, ..devices(vec![]) }));
        let sandbox = ("cpu, mistralrs".into(), Some(NoGpu::Sandbox));
        assert_eq!(told(scene()), sandbox);
        assert_eq!(told(scene().asking_for(0)), sandbox);
    }

    #[test]
    fn a_gpu_that_failed_is_left_alone_and_the_next_one_taken() {
        let failed = HashMap::from([(1, GpuOff::from(NoGpu::Failed))]);
        let two = Ok(devices(vec![gpu(0, 6), gpu(1, 20)]));
        let scene = Scene { failed: failed.clone(), ..Scene::with(two) };
        assert_eq!(told(scene), ("mistralrs@0, cpu, mistralrs".into(), None));
        let one = Ok(devices(vec![gpu(1, 20)]));
        let scene = Scene { failed, ..Scene::with(one) };
        assert_eq!(told(scene), ("cpu, mistralrs".into(), Some(NoGpu::Failed)));
    }

    #[test]
    fn a_gpu_that_does_not_tell_its_memory_is_tried() {
        let silent = Gpu { free_bytes: None, ..gpu(0, 0) };
        let scene = Scene::with(Ok(devices(vec![silent])));
        assert_eq!(told(scene), ("mistralrs@0, cpu, mistralrs".into(), None));
    }

    #[test]
    fn a_model_that_only_mistralrs_reads_is_not_offered_to_the_other_engine() {
        let known =
            Known { devices: Err(NoGpu::NoEngine), failed: &HashMap::new(), strict_sandbox: false };
        let ways = Ways::of(&ModelSpec::new("/m"), true, &known, |_| true);
        assert_eq!(ways.left, [Way { backend: Backend::Mistralrs, gpu: None }]);
    }
}

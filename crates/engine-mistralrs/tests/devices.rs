//! What computes: asked for, answered, and told.

#[path = "../../engine-process/tests/support/mod.rs"]
mod support;

use std::process::Command;

use hearth_chat::{DeviceChoice, NoGpu};
use hearth_engine::{BackendChoice, Devices, Engine, EngineConfig, ModelSpec, ModelState};
use support::*;

fn devices() -> Devices {
    let output =
        Command::new(program_of(BackendChoice::Mistralrs)).arg("--devices").output().unwrap();
    serde_json::from_slice(&output.stdout).expect("a list of devices")
}

#[test]
fn each_engine_lists_what_it_can_compute_on() {
    for backend in backends() {
        let output = Command::new(program_of(backend)).arg("--devices").output().unwrap();
        assert!(output.status.success());
        serde_json::from_slice::<Devices>(&output.stdout).unwrap();
    }
}

/// No machine has a GPU of this number: whatever it was built for, the processor answers.
#[tokio::test]
async fn a_gpu_that_is_not_there_leaves_the_answer_to_the_processor_and_says_why() {
    let engine = engine();
    let wanted = DeviceChoice::Gpu { index: 4096 };
    let why = match devices() {
        Devices { built_for: None, .. } => NoGpu::NotBuilt,
        Devices { kept_out: true, .. } => NoGpu::Sandbox,
        _ => NoGpu::NotFound,
    };
    for backend in [BackendChoice::Auto, BackendChoice::Mistralrs] {
        let spec = ModelSpec { device: wanted, ..spec(backend) };
        let answer = read(engine.model(spec).stream(question("Hello!"))).await.unwrap();
        assert!(!answer.text.is_empty());
        let device = answer.outcome.device.expect("what computed is known");
        assert_eq!(device.gpu, None);
        assert_eq!(device.gpu_off.unwrap().why, why, "{backend:?}");
        match &engine.state().borrow().model {
            ModelState::Loaded { device, .. } => {
                assert_eq!(device.gpu_off.as_ref().unwrap().why, why);
            }
            other => panic!("{other:?}"),
        }
    }
    let spec = ModelSpec { device: wanted, ..spec(BackendChoice::Cpu) };
    let answer = read(engine.model(spec).stream(question("Hello!"))).await.unwrap();
    assert_eq!(answer.outcome.device.unwrap().gpu_off.unwrap().why, NoGpu::Backend);
}

#[tokio::test]
async fn without_the_second_engine_a_wish_for_a_gpu_is_answered_by_the_processor() {
    let mut config: EngineConfig = config();
    config.binaries.mistralrs = Some("/nowhere/hearth-mistralrs".into());
    let engine = Engine::new(config);
    let wish = DeviceChoice::Gpu { index: 0 };
    let spec = ModelSpec { device: wish, ..spec(BackendChoice::Auto) };
    let answer = read(engine.model(spec).stream(question("Hello!"))).await.unwrap();
    assert_eq!(answer.outcome.backend, "cpu");
    let off = answer.outcome.device.unwrap().gpu_off.unwrap();
    assert_eq!(off.why, NoGpu::NoEngine);
}

//! The client with GPUs that fail in every way. The engines are shell scripts that write prepared
//! bytes, so no GPU is needed.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use futures::StreamExt;
use hearth_chat::{
    Device, DeviceChoice, Error, ErrorKind, Event, Finish, Message, NoGpu, Outcome, Request, Role,
    ThinkingSupport, Timing, Usage,
};
use hearth_engine::protocol::{self, FromEngine};
use hearth_engine::{
    Binaries, Engine, EngineConfig, Limits, ModelSpec, SandboxLayer, SandboxReport,
};
use hearth_gguf::{TensorType, write::Writer};

const DEVICES: &str = r#"{"built_for":"cuda","gpus":[
    {"index":0,"name":"Test GPU","memory_bytes":8000000000,"free_bytes":8000000000}]}"#;

#[tokio::test]
async fn a_gpu_that_works_answers_and_is_named() {
    let scene = Scene::new();
    let device = scene.engine(&scene.answering(Some(0))).ask().await.unwrap();
    assert_eq!(device, Device { gpu: Some("Test GPU".into()), gpu_off: None });
}

#[tokio::test]
async fn whatever_goes_wrong_while_loading_the_processor_answers_with_the_reason() {
    let scene = Scene::new();
    let failed = |kind, words: &str| {
        let error = Error::new(kind, words);
        scene.frames(&[hello(), FromEngine::LoadFailed { error }])
    };
    let refuses = failed(ErrorKind::Gpu, "CUDA_ERROR_NO_DEVICE");
    let unknown = failed(ErrorKind::Unsupported, "has an architecture that nobody knows");
    let untrue = scene.frames(&[hello(), loaded(None)]);
    let greets = scene.frames(&[hello()]);
    for (what, body, why, detail) in [
        ("it refuses", format!("cat {refuses}"), NoGpu::Failed, Some("CUDA_ERROR_NO_DEVICE")),
        ("it dies at once", "exit 127".to_owned(), NoGpu::Failed, Some("exit code 127")),
        ("it dies later", format!("cat {greets}; kill -SEGV $$"), NoGpu::Failed, Some("signal 11")),
        ("it hangs", "exec sleep 600".into(), NoGpu::Failed, Some("did not answer")),
        ("it takes the processor", format!("cat {untrue}; sleep 600"), NoGpu::Failed, None),
        ("it does not know the model", format!("cat {unknown}"), NoGpu::Model, None),
    ] {
        let mut engine = scene.engine(&body);
        for _ in 0..4 {
            let device = engine.ask().await.unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(device.gpu, None, "{what}");
            let off = device.gpu_off.unwrap_or_else(|| panic!("{what}: no reason"));
            assert_eq!(off.why, why, "{what}");
            let said = off.detail.unwrap_or_default();
            assert!(said.contains(detail.unwrap_or_default()), "{what}: {said}");
        }
    }
}

#[tokio::test]
async fn a_gpu_that_fails_while_it_answers_is_left_alone_afterwards() {
    let scene = Scene::new();
    let loads = scene.frames(&[hello(), loaded(Some(0))]);
    let mut engine = scene.engine(&format!("cat {loads}; sleep 0.2; exit 3"));
    let error = engine.ask().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::EngineDied);
    assert!(error.message.contains("on Test GPU"), "{error}");
    assert!(error.message.contains("the processor answers then"), "{error}");
    for _ in 0..3 {
        let device = engine.ask().await.expect("the model is not set aside");
        assert_eq!(device.gpu_off.unwrap().why, NoGpu::Failed);
    }
}

#[tokio::test]
async fn another_choice_tries_a_gpu_anew() {
    let scene = Scene::new();
    let mark = scene.dir.path().join("fixed");
    let body = format!("[ -e {} ] || exit 9; {}", mark.display(), scene.answering(Some(0)));
    let mut engine = scene.engine(&body);
    assert_eq!(engine.ask().await.unwrap().gpu, None);
    fs::write(mark, "").unwrap();
    engine.device = DeviceChoice::Processor;
    assert_eq!(engine.ask().await.unwrap(), Device::default());
    engine.device = DeviceChoice::Automatic;
    assert_eq!(engine.ask().await.unwrap().gpu.as_deref(), Some("Test GPU"));
}

#[tokio::test]
async fn the_strict_sandbox_never_lets_a_driver_in() {
    let scene = Scene::new();
    let mut engine = scene.engine(&scene.answering(Some(0)));
    let strict = EngineConfig { strict_sandbox: true, ..engine.config.clone() };
    engine.engine = Engine::new(strict);
    assert_eq!(engine.ask().await.unwrap().gpu_off.unwrap().why, NoGpu::Sandbox);
}

struct Scene {
    dir: tempfile::TempDir,
    model: PathBuf,
}

struct Asked {
    engine: Engine,
    config: EngineConfig,
    model: PathBuf,
    device: DeviceChoice,
    /// Where the engines read which question this is.
    number: PathBuf,
    asked: u64,
}

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let model = dir.path().join("model.gguf");
        let mut writer = Writer::new();
        writer.set("general.architecture", "llama").tensor("w", &[8], TensorType::F32);
        writer.write(&model, &[&[0; 32]]).unwrap();
        fs::write(dir.path().join("devices"), DEVICES).unwrap();
        Self { dir, model }
    }

    /// A file with these messages as they go over the pipe.
    fn frames(&self, messages: &[FromEngine]) -> String {
        let mut bytes = Vec::new();
        for message in messages {
            protocol::write_frame(&mut bytes, message).unwrap();
        }
        self.file("said", &bytes).display().to_string()
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let number = fs::read_dir(self.dir.path()).unwrap().count();
        let path = self.dir.path().join(format!("{number}-{name}"));
        fs::write(&path, bytes).unwrap();
        path
    }

    fn script(&self, body: &str) -> PathBuf {
        let path =
            self.file("engine", format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{body}\n").as_bytes());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// What a script does that loads and answers.
    fn answering(&self, gpu: Option<u32>) -> String {
        let hello = if gpu.is_some() { hello() } else { full_hello() };
        let start = self.frames(&[hello, loaded(gpu)]);
        let dir = self.dir.path().display();
        for id in 1..=9 {
            let mut bytes = Vec::new();
            protocol::write_frame(&mut bytes, &finished(id)).unwrap();
            fs::write(self.dir.path().join(format!("finished-{id}")), bytes).unwrap();
        }
        format!("cat {start}; cat {dir}/finished-$(cat {dir}/number); sleep 600")
    }

    /// The second engine finds a GPU and does `with_gpu` with it; the first one answers.
    fn engine(&self, with_gpu: &str) -> Asked {
        let devices = self.dir.path().join("devices");
        let second = self.script(&format!(
            "case \"$1\" in --devices) exec cat {};; --gpu) {with_gpu};; *) exit 5;; esac",
            devices.display()
        ));
        let first = self.script(&self.answering(None));
        let config = EngineConfig {
            binaries: Binaries { cpu: Some(first), mistralrs: Some(second) },
            strict_sandbox: false,
            quarantine_file: None,
            limits: Limits {
                ping: Duration::from_millis(50),
                silence: Duration::from_secs(2),
                ..Limits::default()
            },
        };
        Asked {
            engine: Engine::new(config.clone()),
            config,
            model: self.model.clone(),
            device: DeviceChoice::Automatic,
            number: self.dir.path().join("number"),
            asked: 0,
        }
    }
}

impl Asked {
    /// What computed the answer, in a process of its own.
    async fn ask(&mut self) -> Result<Device, Error> {
        self.engine.unload().await;
        self.asked += 1;
        fs::write(&self.number, self.asked.to_string()).unwrap();
        let spec = ModelSpec { device: self.device, ..ModelSpec::new(&self.model) };
        let request = Request::new(vec![Message::new(Role::User, "Hello")]);
        let mut answer = self.engine.model(spec).stream(request);
        while let Some(event) = answer.next().await {
            if let Event::Finished(outcome) = event? {
                return Ok(*outcome.device.expect("what computed is told"));
            }
        }
        panic!("the answer ended without saying why")
    }
}

fn hello_with(in_force: bool) -> FromEngine {
    let layer = SandboxLayer { name: "network".into(), in_force, detail: String::new() };
    FromEngine::Hello {
        protocol: protocol::VERSION,
        build: "test".into(),
        pid: 1,
        sandbox: SandboxReport::of(vec![layer]),
    }
}

/// With a driver let in, a sandbox has a hole.
fn hello() -> FromEngine {
    hello_with(false)
}

fn full_hello() -> FromEngine {
    hello_with(true)
}

fn loaded(gpu: Option<u32>) -> FromEngine {
    FromEngine::Loaded {
        backend: "test".into(),
        gpu,
        memory_bytes: None,
        thinking: ThinkingSupport::default(),
    }
}

fn finished(id: u64) -> FromEngine {
    let outcome = Outcome {
        finish: Finish::Stop,
        usage: Usage::default(),
        timing: Timing::default(),
        confidence: None,
        speculation: None,
        backend: "test".into(),
        device: None,
        peak_rss_bytes: None,
    };
    FromEngine::Event { id, event: Event::Finished(outcome) }
}

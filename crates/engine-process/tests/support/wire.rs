use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use hearth_chat::{Event, Request};
use hearth_engine::BackendChoice;
use hearth_engine::protocol::{FromEngine, LoadRequest, ToEngine, read_frame, write_frame};

use super::{program_of, starter};

/// The engine process spoken to by hand, without the client.
pub struct Wire {
    process: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
}

impl Wire {
    pub fn start(backend: BackendChoice) -> Self {
        let mut process = Command::new(program_of(backend))
            .env_clear()
            .env("HOME", "/nonexistent")
            .arg("--file")
            .arg(starter())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Self { process, stdin, stdout }
    }

    /// With the starter loaded.
    pub fn load(backend: BackendChoice) -> Self {
        let mut wire = Self::start(backend);
        wire.send(&ToEngine::Load(LoadRequest {
            path: starter(),
            backend,
            gpu: None,
            draft: None,
            draft_off: None,
            context_length: 4096,
            threads: Some(2),
        }));
        while !matches!(wire.hear(), FromEngine::Loaded { .. }) {}
        wire
    }

    pub fn send(&mut self, message: &ToEngine) {
        write_frame(&mut self.stdin, message).unwrap();
    }

    pub fn hear(&mut self) -> FromEngine {
        read_frame(&mut self.stdout).unwrap().expect("the engine is there")
    }

    pub fn generate(&mut self, id: u64, request: Request) {
        self.send(&ToEngine::Generate { id, request });
    }

    pub fn cancel(&mut self, id: u64) {
        self.send(&ToEngine::Cancel { id });
    }

    /// The next event of an answer.
    pub fn event(&mut self) -> Event {
        loop {
            match self.hear() {
                FromEngine::Event { event, .. } => return event,
                FromEngine::Pong { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// What the kernel says of each thread.
    pub fn threads(&self) -> Vec<String> {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.process.id())).unwrap();
        let status =
            |thread: std::fs::DirEntry| std::fs::read_to_string(thread.path().join("status"));
        threads.map(|thread| status(thread.unwrap()).unwrap()).collect()
    }

    pub fn wait(mut self) {
        self.process.wait().unwrap();
    }

    /// Closes its stdin and waits for its end.
    pub fn hang_up(mut self) {
        drop(self.stdin);
        self.process.wait().unwrap();
    }
}

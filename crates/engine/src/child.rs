//! One engine process: its pipes, its last words, and how it ended.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{self, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use crate::protocol::{self, FromEngine, ToEngine};
use crate::supervisor::Signal;

/// Lines of stderr kept for explaining a death.
const LAST_WORDS: usize = 16;

/// Bytes of one line of stderr that are looked at.
const LONGEST_LINE: u64 = 512;

/// More than this is no answer of a program that only tells something, in bytes.
const LONGEST_REPLY: u64 = 1 << 16;

/// The window has no console, and Windows would open one for a program that writes to it.
#[cfg(windows)]
const CREATE_NO_WINDOW: u32 = 0x0800_0000;

/// How to start a process.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    pub binary: PathBuf,
    /// The only files the process may read of the user's.
    pub files: Vec<PathBuf>,
    pub threads: Option<u32>,
    /// The GPU it may use, by its number.
    pub gpu: Option<u32>,
}

/// A running engine process. Dropping it kills the process.
pub(crate) struct Child {
    process: process::Child,
    /// A thread writes, so that a child that does not read cannot hold up the client.
    outbox: mpsc::Sender<ToEngine>,
    last_words: Arc<Mutex<VecDeque<String>>>,
}

impl Child {
    /// Starts the process. What it says arrives as [`Signal`]s marked with `generation`.
    ///
    /// Must be called from a thread that lives as long as the app: the kernel ends the child
    /// when the thread that started it ends.
    pub fn start(
        launch: &Launch,
        generation: u64,
        signals: SyncSender<Signal>,
    ) -> io::Result<Self> {
        let mut process = command(launch).spawn()?;
        let (stdin, stdout, stderr) =
            match (process.stdin.take(), process.stdout.take(), process.stderr.take()) {
                (Some(stdin), Some(stdout), Some(stderr)) => (stdin, stdout, stderr),
                _ => unreachable!("all three were asked for as pipes"),
            };
        let (outbox, messages) = mpsc::channel::<ToEngine>();
        named("engine-stdin", move || write_all(stdin, messages))?;
        named("engine-stdout", move || read_all(stdout, generation, &signals))?;
        let last_words = Arc::new(Mutex::new(VecDeque::new()));
        let kept = last_words.clone();
        named("engine-stderr", move || keep_last_lines(stderr, &kept))?;
        Ok(Self { process, outbox, last_words })
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Never blocks. A child that is gone is noticed by its reader.
    pub fn send(&self, message: ToEngine) {
        let _ = self.outbox.send(message);
    }

    /// Ends the process, by force if it does not go at once, and frees its memory.
    pub fn end(mut self) {
        self.send(ToEngine::Shutdown);
        self.wait(Duration::from_millis(300));
    }

    /// How it ended, as a sentence. Kills it if it is still there.
    pub fn autopsy(mut self) -> String {
        let status = self.wait(Duration::from_millis(500));
        let words = self.last_words.lock().unwrap_or_else(|e| e.into_inner());
        describe(status, words.iter().map(String::as_str))
    }

    /// Waits for the end; `None` if it took a kill.
    fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            match self.process.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) => thread::sleep(Duration::from_millis(2)),
                Err(_) => break,
            }
        }
        self.kill();
        None
    }

    fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What a program prints that ends by itself. `None` when it does not answer in time, or answers
/// something else.
pub(crate) fn ask<T: DeserializeOwned>(mut command: Command, patience: Duration) -> Option<T> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(&mut command, CREATE_NO_WINDOW);
    let mut asked = command.spawn().ok()?;
    let stdout = asked.stdout.take()?;
    let (said, heard) = mpsc::channel();
    // A thread, since nothing bounds how long a program may hang. It ends with the process.
    thread::spawn(move || {
        let mut text = Vec::new();
        let read = stdout.take(LONGEST_REPLY).read_to_end(&mut text);
        let _ = said.send(read.map(|_| text));
    });
    let text = heard.recv_timeout(patience);
    let _ = asked.kill();
    let _ = asked.wait();
    serde_json::from_slice(&text.ok()?.ok()?).ok()
}

/// No inherited environment: a variable can turn on downloads or name a token.
fn command(launch: &Launch) -> Command {
    let mut command = Command::new(&launch.binary);
    command.env_clear().envs(environment(launch)).current_dir(root());
    if launch.gpu.is_some() {
        command.arg("--gpu");
    }
    for file in &launch.files {
        command.arg("--file").arg(file);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(&mut command, CREATE_NO_WINDOW);
    command
}

fn environment(launch: &Launch) -> Vec<(&'static str, OsString)> {
    // mistral.rs wants a home to look for downloads in, and gets one that is not there.
    let mut set: Vec<(&str, OsString)> =
        vec![("HF_HUB_OFFLINE", "1".into()), ("HOME", "/nonexistent".into())];
    if let Some(threads) = launch.threads {
        set.push(("RAYON_NUM_THREADS", threads.max(1).to_string().into()));
    }
    set.extend(of_the_driver());
    // An empty list: NVIDIA's driver shows the process what it was given, and nothing else.
    let visible = launch.gpu.map_or(String::new(), |index| index.to_string());
    set.push(("CUDA_VISIBLE_DEVICES", visible.into()));
    set
}

/// What finding a GPU takes.
pub(crate) fn of_the_driver() -> Vec<(&'static str, OsString)> {
    let mut set: Vec<(&str, OsString)> = vec![
        // The numbers of GPUs are those of their slots, and the same in each process.
        ("CUDA_DEVICE_ORDER", "PCI_BUS_ID".into()),
        // Compiled kernels are not written to the disk.
        ("CUDA_CACHE_DISABLE", "1".into()),
    ];
    // Windows cannot load its own libraries without it.
    set.extend(std::env::var_os("SystemRoot").map(|value| ("SystemRoot", value)));
    set
}

fn root() -> PathBuf {
    let here = std::env::current_exe().unwrap_or_default();
    here.ancestors().last().filter(|p| p.is_absolute()).map_or_else(|| "/".into(), PathBuf::from)
}

fn named(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.into()).spawn(run).map(drop)
}

fn write_all(mut stdin: process::ChildStdin, messages: mpsc::Receiver<ToEngine>) {
    for message in messages {
        if protocol::write_frame(&mut stdin, &message).is_err() {
            return;
        }
    }
}

/// Blocks on a full channel, so a child that floods the client holds up only itself.
fn read_all(stdout: impl Read, generation: u64, signals: &SyncSender<Signal>) {
    let mut stdout = BufReader::new(stdout);
    loop {
        let (signal, last) = match protocol::read_frame::<FromEngine>(&mut stdout) {
            Ok(Some(message)) => (Signal::Said { generation, message }, false),
            Ok(None) => (Signal::Closed { generation, fault: None }, true),
            Err(error) => (Signal::Closed { generation, fault: Some(error.to_string()) }, true),
        };
        if signals.send(signal).is_err() || last {
            return;
        }
    }
}

fn keep_last_lines(stderr: impl Read, kept: &Mutex<VecDeque<String>>) {
    let mut stderr = BufReader::new(stderr);
    loop {
        let mut line = Vec::new();
        match stderr.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let mut kept = kept.lock().unwrap_or_else(|e| e.into_inner());
        if kept.len() == LAST_WORDS {
            kept.pop_front();
        }
        kept.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
    }
}

/// Names the cause by class and never quotes stderr, which could hold a piece of a prompt.
fn describe<'a>(
    status: Option<ExitStatus>,
    mut last_words: impl DoubleEndedIterator<Item = &'a str>,
) -> String {
    let how = match status {
        None => "It stopped answering and was ended.".to_owned(),
        Some(status) => match signal_of(status) {
            Some(signal) => format!("It was ended by signal {signal}{}.", meaning(signal)),
            None => format!("It ended with exit code {}.", status.code().unwrap_or(-1)),
        },
    };
    match last_words.rfind(|line| class(line).is_some()).and_then(class) {
        Some(class) => format!("{how} {class}"),
        None => how,
    }
}

fn class(line: &str) -> Option<String> {
    if line.contains("memory allocation of") {
        return Some("It ran out of memory.".into());
    }
    if line.contains("has overflowed its stack") {
        return Some("It overflowed its stack.".into());
    }
    let place = line.split_once("panicked at ")?.1.trim_end_matches(':');
    let file = place.rsplit(['/', '\\']).next().unwrap_or(place);
    Some(format!("It panicked at {file}."))
}

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal_of(_: ExitStatus) -> Option<i32> {
    None
}

fn meaning(signal: i32) -> &'static str {
    match signal {
        4 => " (an instruction this processor does not have)",
        6 => " (it gave up)",
        7 => " (the model's file changed or became unreadable while in use)",
        9 => " (killed, perhaps because memory ran out)",
        11 => " (a memory fault)",
        31 => " (a forbidden system call)",
        _ => "",
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn told(raw: i32, words: &[&str]) -> String {
        describe(Some(ExitStatus::from_raw(raw)), words.iter().copied())
    }

    #[test]
    fn a_death_is_explained_by_its_signal_or_code() {
        assert!(told(9, &[]).contains("signal 9 (killed, perhaps because memory ran out)"));
        assert_eq!(told(101 << 8, &[]), "It ended with exit code 101.");
    }

    #[test]
    fn last_words_are_classified_and_never_quoted() {
        let words = ["thread 'worker' panicked at crates/cpu/src/kv.rs:12:5:", "diary: Dear Anna"];
        let told = told(6, &words);
        assert!(told.ends_with("It panicked at kv.rs:12:5."), "{told}");
        assert!(!told.contains("Anna"));
    }

    #[test]
    fn only_the_last_lines_of_a_flood_are_kept() {
        let kept = Mutex::new(VecDeque::new());
        let flood = "x".repeat(10_000_000) + "\nthe end\n";
        keep_last_lines(flood.as_bytes(), &kept);
        let kept = kept.into_inner().unwrap();
        assert_eq!(kept.len(), LAST_WORDS);
        assert_eq!(kept.back().unwrap(), "the end");
        assert!(kept.iter().all(|line| line.len() as u64 <= LONGEST_LINE));
    }
}

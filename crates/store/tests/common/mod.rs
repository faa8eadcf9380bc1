//! Shared by the tests; each uses a part of it.
#![allow(dead_code)]

use std::path::PathBuf;
use std::process::Command;

use hearth_chat::{Device, Finish, Timing, Usage};
use hearth_router::{Place, Reason};
use hearth_store::{Ending, Route, Store};
use tempfile::TempDir;

pub fn database(folder: &TempDir) -> PathBuf {
    folder.path().join("hearth.db")
}

pub fn open() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&database(&folder)).unwrap();
    (folder, store)
}

pub fn route() -> Route {
    Route {
        place: Place::ThisDevice,
        model: "starter".into(),
        reasons: vec![Reason::ModeLocalOnly],
    }
}

pub fn ending() -> Ending {
    Ending {
        finish: Finish::Stop,
        backend: Some("cpu".into()),
        device: Some(Device { gpu: Some("NVIDIA H200".into()), gpu_off: None }),
        usage: Some(Usage {
            prompt_tokens: 10,
            completion_tokens: 4,
            reused_tokens: 0,
            thought_tokens: 0,
        }),
        timing: Some(Timing { ttft_ms: Some(12.5), decode_tok_s: Some(80.0), ..Timing::default() }),
        confidence: None,
        speculation: None,
        cost_nano_usd: Some(0),
        bytes_sent: 0,
        error: None,
        tokens: Vec::new(),
    }
}

/// A valid id that is the same at each call.
pub fn id(n: usize) -> String {
    format!("01900000-0000-7000-8000-{n:012x}")
}

/// One message of an export: the `n`th of a thread in which each follows the one before.
pub fn chain_line(n: usize) -> String {
    let parent = if n == 0 { "null".into() } else { format!("\"{}\"", id(n - 1)) };
    format!(
        r#"{{"id":"{}","parent":{parent},"role":"user","text":"line {n}","created_ms":{n},"chosen_child":null,"answer":null}}"#,
        id(n)
    )
}

/// An export of one chat with these messages.
pub fn archive(chat: &str, messages: &[String]) -> String {
    format!(
        r#"{{"format":"hearth-chats","version":1,"conversations":[{{"id":"{chat}","title":"t","system_prompt":"","created_ms":1,"updated_ms":1,"pinned_local":false,"model":null,"trashed_ms":null,"chosen_child":null,"messages":[{}]}}]}}"#,
        messages.join(",")
    )
}

/// A file system in memory of its own, as a test needs it that fills a disk or makes it read-only.
pub struct SmallDisk {
    pub folder: TempDir,
}

impl SmallDisk {
    /// `None`, with a printed reason, where this user may not mount one.
    pub fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let disk = Self { folder };
        let option = format!("size={size}");
        match disk.mount_command(&["-t", "tmpfs", "-o", &option, "tmpfs"]) {
            true => Some(disk),
            false => {
                println!("skipped: mounting a small disk in memory takes root on Linux");
                None
            }
        }
    }

    pub fn set_read_only(&self, read_only: bool) {
        let option = if read_only { "remount,ro" } else { "remount,rw" };
        assert!(self.mount_command(&["-o", option]), "the disk can be {option}");
    }

    fn mount_command(&self, arguments: &[&str]) -> bool {
        let command = Command::new("mount").args(arguments).arg(self.folder.path()).output();
        command.is_ok_and(|output| output.status.success())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).output();
    }
}

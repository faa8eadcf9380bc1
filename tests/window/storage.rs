use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use hearth_tests::Desk;

/// Makes a folder unwritable even for root: mounted on itself, read-only.
struct ReadOnly<'a>(&'a Path);

impl<'a> ReadOnly<'a> {
    /// `None` where mounting is not allowed.
    fn mount(folder: &'a Path) -> Option<Self> {
        let mount = |arguments: &[&str]| {
            Command::new("mount").args(arguments).arg(folder).status().is_ok_and(|s| s.success())
        };
        let path = folder.to_str()?;
        if !mount(&["--bind", path]) {
            return None;
        }
        let made = Self(folder);
        mount(&["-o", "remount,ro,bind"]).then_some(made)
    }
}

impl Drop for ReadOnly<'_> {
    fn drop(&mut self) {
        // The window may still be letting go of its files; a lazy unmount waits for that.
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_written_is_said_and_what_is_there_is_shown() {
    let desk = Desk::fresh();
    let window = desk.open().await;
    window.answer_to("Hello!").await;
    assert!(window.shown("storage-banner").await.is_none(), "nothing is wrong yet");
    window.close().await;

    let data = desk.data();
    let mounted = ReadOnly::mount(&data);
    if mounted.is_none() {
        // Not root: permissions alone are enough.
        fs::set_permissions(&data, fs::Permissions::from_mode(0o500)).unwrap();
    }
    let window = desk.open().await;
    assert!(!window.text("storage-banner").await.is_empty());
    assert_eq!(window.all("chat-item").await.len(), 1, "the chat is still listed");
    window.picture("storage-banner").await;
    window.close().await;
    drop(mounted);
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
}

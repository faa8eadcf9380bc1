//! A settings file that anything may have happened to: whatever it says, only a seal over all of it
//! opens the way out.

use std::fs;

use hearth_assistant::settings_file::{load, save};
use hearth_router::Mode;

use crate::scratch;

pub fn run(bytes: &[u8]) {
    let folder = scratch::path("settings");
    fs::create_dir_all(&folder).expect("a folder can be made");
    let file = folder.join("settings.jsonc");
    scratch::write(&file, bytes);
    let read = load(&folder);
    save(&folder, &read.settings).expect("settings can be saved");
    let again = load(&folder);
    assert_eq!(again.settings, read.settings);
    assert_eq!(again.problem, None);
    if read.settings.mode == Mode::LocalOnly {
        return;
    }
    assert_eq!(read.problem, None);
    let written = fs::read_to_string(&file).expect("what was saved can be read");
    let seal = written.lines().find(|line| line.contains("\"mode_seal\"")).expect("a seal");
    let seal = seal.split('"').nth(3).expect("a seal is a string");
    let has_seal = String::from_utf8_lossy(bytes).contains(seal);
    assert!(has_seal, "the mode {:?} without its seal", read.settings.mode);
}

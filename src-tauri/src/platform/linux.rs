//! WebKitGTK shows an empty window on some graphics drivers unless it is told to avoid DMABUF,
//! and on others it shows an empty window when it is told so. Decided once, before GTK starts.

use std::{
    env, fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::Command,
};

/// WebKitGTK's own switch. A value that the user set is left alone.
const SWITCH: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// PCI vendor of NVIDIA, as `/sys` writes it.
const NVIDIA: &str = "0x10de";

/// Starts this program again with the switch set, where it is needed. The environment of a
/// running process cannot be changed safely, and WebKit reads it from there.
pub fn choose_rendering() {
    if env::var_os(SWITCH).is_some() || !needs_switch(Path::new("/sys/class/drm")) {
        return;
    }
    let Ok(program) = env::current_exe() else { return };
    // On success this does not return; on failure the window opens as it would have.
    let error = Command::new(program).args(env::args_os().skip(1)).env(SWITCH, "1").exec();
    eprintln!("hearth-desktop: could not restart with {SWITCH}=1: {error}");
}

fn needs_switch(graphics: &Path) -> bool {
    let asked = env::args_os().any(|argument| argument == "--safe-rendering");
    asked || env::var_os("APPIMAGE").is_some() || has_nvidia(graphics)
}

fn has_nvidia(graphics: &Path) -> bool {
    let cards: Vec<PathBuf> = match fs::read_dir(graphics) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => return false,
    };
    cards.iter().any(|card| {
        fs::read_to_string(card.join("device/vendor")).is_ok_and(|vendor| vendor.trim() == NVIDIA)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_nvidia_card_is_known_by_its_vendor() {
        let graphics = env::temp_dir().join(format!("hearth-drm-{}", std::process::id()));
        let card = graphics.join("card0/device");
        fs::create_dir_all(&card).unwrap();
        fs::write(card.join("vendor"), "0x1002\n").unwrap();
        assert!(!has_nvidia(&graphics), "an AMD card keeps DMABUF: without it some show nothing");
        fs::write(card.join("vendor"), "0x10de\n").unwrap();
        assert!(has_nvidia(&graphics));
        fs::remove_dir_all(&graphics).unwrap();
        assert!(!has_nvidia(&graphics));
    }
}

use std::{error::Error, fs, path::Path};

#[path = "src/commands/names.rs"]
mod names;

/// What the window shows when its pages were not built before the program was.
const NO_PAGES: &str = "<!doctype html><meta charset=\"utf-8\"><title>Hearth</title>\
    <p>The window's pages were not built. Start Hearth with <code>cargo xtask run</code>.</p>";

fn main() -> Result<(), Box<dyn Error>> {
    let pages = Path::new("../ui/build");
    if !pages.join("index.html").exists() {
        fs::create_dir_all(pages)?;
        fs::write(pages.join("index.html"), NO_PAGES)?;
        println!("cargo:warning=ui/build was empty; cargo xtask run builds the window's pages");
    }
    println!("cargo:rerun-if-changed=../ui/build");
    // Without this list Tauri lets the page call every command there is.
    let commands = tauri_build::AppManifest::new().commands(names::NAMES);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))?;
    Ok(())
}

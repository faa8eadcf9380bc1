//! The window of Hearth. A leaf: it opens the window, hands each command to hearth-assistant,
//! and holds no rule of its own.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod commands;
mod opened;
mod platform;
mod tray;
mod window;

use std::{env, error::Error};

use hearth_assistant::{Assistant, Dirs};
use opened::Opened;
use tauri::{App, Manager, async_runtime};

// Not a Tokio main: the check for a second instance blocks on D-Bus, which must not happen
// inside a runtime.
fn main() -> Result<(), Box<dyn Error>> {
    platform::before_the_first_window();
    tauri::Builder::default()
        // First, so that a second start ends before it opens anything of the user's.
        .plugin(window::single_instance())
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(commands::handler())
        .setup(|app| Ok(start(app)?))
        .run(tauri::generate_context!())?;
    Ok(())
}

fn start(app: &mut App) -> Result<(), Box<dyn Error>> {
    let assistant = async_runtime::block_on(Assistant::open(Dirs::of_this_user()?))?;
    app.manage(assistant);
    app.manage(Opened::by_arguments(env::args_os().skip(1)));
    window::open(app.handle())?;
    tray::place(app.handle());
    Ok(())
}

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
use tauri::{App, AppHandle, Manager, RunEvent, async_runtime};
use tauri_plugin_dialog::{DialogExt, MessageDialogKind};

// Not a Tokio main: the check for a second instance blocks on D-Bus, which must not happen
// inside a runtime.
fn main() -> Result<(), Box<dyn Error>> {
    hearth_assistant::write_for_this_user_alone();
    hearth_assistant::crash::leave_no_core_file();
    platform::before_the_first_window();
    let app = match build() {
        Err(tauri::Error::PluginInitialization(plugin, error)) if plugin == "single-instance" => {
            // The first instance was ending just then, and took the message with it.
            platform::start_again();
            return Err(error.into());
        }
        built => built?,
    };
    app.run(|app, event| match event {
        RunEvent::Exit => {
            if let Some(assistant) = app.try_state::<Assistant>() {
                async_runtime::block_on(assistant.shut_down());
            }
        }
        // A Mac names a file that is opened here, and not on the command line.
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            let files = urls.iter().filter_map(|url| url.to_file_path().ok());
            app.state::<Opened>().open(opened::model_file(files));
        }
        _ => {}
    });
    Ok(())
}

fn build() -> tauri::Result<App> {
    tauri::Builder::default()
        // First, so that a second start ends before it opens anything of the user's.
        .plugin(window::single_instance())
        .plugin(tauri_plugin_dialog::init())
        // Before the setup: a Mac may tell of the file that Hearth is started for before that.
        .manage(Opened::by_arguments(env::args_os().skip(1)))
        .invoke_handler(commands::handler())
        .setup(|app| {
            start(app).unwrap_or_else(|error| give_up(app.handle(), &*error));
            Ok(())
        })
        .build(tauri::generate_context!())
}

fn start(app: &mut App) -> Result<(), Box<dyn Error>> {
    let dirs = Dirs::of_this_user()?;
    let assistant = async_runtime::block_on(Assistant::open(dirs.clone()))?;
    hearth_assistant::log::start(&dirs);
    app.manage(assistant);
    window::open(app.handle(), &dirs)?;
    tray::place(app.handle());
    Ok(())
}

/// There is no window yet to say it in.
fn give_up(app: &AppHandle, error: &dyn Error) {
    let message = format!("Hearth could not start: {error}");
    eprintln!("{message}");
    let exit = app.clone();
    let dialog = app.dialog().message(message).title("Hearth").kind(MessageDialogKind::Error);
    dialog.show(move |_| exit.exit(1));
}

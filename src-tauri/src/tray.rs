//! The icon in the system's tray. A convenience, never the only way back to the window.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tauri::{
    AppHandle,
    menu::{MenuBuilder, MenuEvent},
    tray::{MouseButton, TrayIconBuilder, TrayIconEvent},
};

use crate::window;

/// Places the icon where the system has a tray.
pub fn place(app: &AppHandle) {
    // On Linux the tray's library is looked for when it is first used, and its absence panics.
    match catch_unwind(AssertUnwindSafe(|| try_place(app))) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::info!("no icon in the tray: {error}"),
        Err(_) => tracing::info!("no icon in the tray: its library is not installed"),
    }
}

fn try_place(app: &AppHandle) -> tauri::Result<()> {
    let menu = MenuBuilder::new(app).text("show", "Show Hearth").text("quit", "Quit").build()?;
    let mut tray = TrayIconBuilder::new()
        .tooltip("Hearth")
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(choose)
        .on_tray_icon_event(|tray, event| {
            if let TrayIconEvent::Click { button: MouseButton::Left, .. } = event {
                window::show(tray.app_handle());
            }
        });
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(app)?;
    Ok(())
}

fn choose(app: &AppHandle, event: MenuEvent) {
    match event.id().as_ref() {
        "quit" => app.exit(0),
        _ => window::show(app),
    }
}

//! The one window: what it may show, and where it may not go.

use std::path::Path;

use hearth_assistant::Dirs;
use tauri::{
    AppHandle, DragDropEvent, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    WindowEvent, Wry,
    plugin::TauriPlugin,
    webview::{NewWindowResponse, PermissionResponse},
};

use crate::opened::{Opened, model_file};

pub const LABEL: &str = "main";

/// A port that nothing listens on. The page has no business on the network; whatever the content
/// security policy should let through ends here.
#[cfg(not(any(dev, target_os = "macos")))]
const BLACK_HOLE: &str = "http://127.0.0.1:9";

/// Opens the window. It shows at once; models are loaded when they are first asked.
pub fn open(app: &AppHandle, dirs: &Dirs) -> Result<(), Box<dyn std::error::Error>> {
    let builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Hearth")
        .inner_size(1180.0, 800.0)
        .min_inner_size(420.0, 480.0)
        .zoom_hotkeys_enabled(true)
        .devtools(cfg!(dev))
        .data_directory(dirs.data.join("window"))
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .on_permission_request(|_, _| PermissionResponse::Deny);
    #[cfg(not(any(dev, target_os = "macos")))]
    let builder = builder.proxy_url(Url::parse(BLACK_HOLE)?);
    let window = builder.build()?;
    let app = app.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) = event
            && let Some(path) = model_file(paths)
        {
            app.state::<Opened>().open(Some(path));
        }
    });
    Ok(())
}

/// A second start hands over what it was started with, shows this window and ends.
/// Copies with their own `HEARTH_HOME` are separate apps to their users.
pub fn single_instance() -> TauriPlugin<Wry> {
    let mut plugin =
        tauri_plugin_single_instance::Builder::new().callback(|app, arguments, folder| {
            if let Some(opened) = app.try_state::<Opened>() {
                // What is named there is named from there.
                let folder = Path::new(&folder);
                opened.open(model_file(
                    arguments.iter().skip(1).map(|argument| folder.join(argument)),
                ));
            }
            show(app);
        });
    if let Some(home) = std::env::var_os("HEARTH_HOME") {
        plugin = plugin.dbus_id(format!("org.hearth.desktop.{}", name_of(home.as_encoded_bytes())));
    }
    plugin.build()
}

/// Brings the window to the front.
pub fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    if let Err(error) = bring_forward(&window) {
        tracing::warn!("the window could not be brought to the front: {error}");
    }
}

fn bring_forward(window: &WebviewWindow) -> tauri::Result<()> {
    window.show()?;
    window.unminimize()?;
    window.set_focus()
}

/// Whether `url` is a page of this program.
fn is_ours(url: &Url) -> bool {
    let own = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // WebView2 serves a program's own pages under these names.
        "http" | "https" => cfg!(windows) && url.host_str() == Some("tauri.localhost"),
        _ => false,
    };
    own || (cfg!(dev) && url.origin().ascii_serialization() == "http://localhost:5173")
}

/// A folder's path as letters that a D-Bus name may hold.
fn name_of(path: &[u8]) -> String {
    // D-Bus names end at 255 bytes, so this is a hash (FNV-1a, 64 bits) and not the path itself.
    let hash = path.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("home{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_stays_on_its_own_pages() {
        let ours = |url: &str| is_ours(&Url::parse(url).unwrap());
        assert!(ours("tauri://localhost/index.html"));
        for elsewhere in [
            "https://example.org/",
            "http://localhost:9000/",
            "tauri://elsewhere/",
            "file:///etc/passwd",
            "data:text/html,x",
            "about:blank",
        ] {
            assert!(!ours(elsewhere), "{elsewhere}");
        }
    }
}

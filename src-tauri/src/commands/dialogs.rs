//! The system's own file dialogs. They are opened here, so that the page never learns
//! of a file that the user did not choose.

use std::path::PathBuf;

use tauri::AppHandle;
use tauri_plugin_dialog::{DialogExt, FilePath};
use tokio::sync::oneshot;

/// Asks where to write a file; `None` when the dialog was closed.
pub async fn save(app: &AppHandle, name: &str) -> Option<PathBuf> {
    let (answer, chosen) = oneshot::channel();
    app.dialog().file().set_file_name(name).save_file(answering(answer));
    chosen.await.ok()?
}

/// Asks for a file with this ending; `None` when the dialog was closed.
pub async fn open(app: &AppHandle, kind: &str, ending: &str) -> Option<PathBuf> {
    let (answer, chosen) = oneshot::channel();
    app.dialog().file().add_filter(kind, &[ending]).pick_file(answering(answer));
    chosen.await.ok()?
}

/// Asks for a folder; `None` when the dialog was closed.
pub async fn open_folder(app: &AppHandle) -> Option<PathBuf> {
    let (answer, chosen) = oneshot::channel();
    app.dialog().file().pick_folder(answering(answer));
    chosen.await.ok()?
}

fn answering(
    answer: oneshot::Sender<Option<PathBuf>>,
) -> impl FnOnce(Option<FilePath>) + Send + 'static {
    move |chosen| {
        // Nobody waits for it any more when the window was closed meanwhile.
        let _ = answer.send(chosen.and_then(|path| path.into_path().ok()));
    }
}

use hearth_assistant::{
    Assistant,
    api::{ApiError, AppEvent, EngineView, Snapshot},
};
use tauri::{State, async_runtime, ipc::Channel};

use crate::opened::Opened;

#[tauri::command]
pub async fn app_snapshot(assistant: State<'_, Assistant>) -> Result<Snapshot, ApiError> {
    Ok(assistant.snapshot().await?)
}

#[tauri::command]
pub fn app_watch(
    assistant: State<'_, Assistant>,
    opened: State<'_, Opened>,
    events: Channel<AppEvent>,
) {
    opened.listen(events.clone());
    let mut changes = assistant.watch();
    async_runtime::spawn(async move {
        while let Some(event) = changes.next().await {
            if events.send(event).is_err() {
                break;
            }
        }
    });
}

/// What the second engine can do here; may take seconds.
#[tauri::command]
pub async fn engine_view(assistant: State<'_, Assistant>) -> Result<EngineView, ApiError> {
    Ok(assistant.engine_view().await?)
}

use hearth_assistant::{
    Assistant,
    api::{ApiError, ConnectionView, LedgerView},
};
use tauri::{AppHandle, State};

use super::dialogs;

#[tauri::command]
pub async fn privacy_connections(
    assistant: State<'_, Assistant>,
) -> Result<Vec<ConnectionView>, ApiError> {
    Ok(assistant.privacy_connections().await?)
}

#[tauri::command]
pub async fn privacy_ledger(assistant: State<'_, Assistant>) -> Result<LedgerView, ApiError> {
    Ok(assistant.ledger().await?)
}

/// The path written, or `None` when the dialog was closed.
#[tauri::command]
pub async fn privacy_ledger_export(
    app: AppHandle,
    assistant: State<'_, Assistant>,
) -> Result<Option<String>, ApiError> {
    let Some(path) = dialogs::save(&app, "hearth-ledger.jsonl").await else { return Ok(None) };
    assistant.ledger_export(&path).await?;
    Ok(Some(path.display().to_string()))
}

use hearth_assistant::{
    Assistant,
    api::{ApiError, ConnectionView},
};
use tauri::State;

#[tauri::command]
pub async fn privacy_connections(
    assistant: State<'_, Assistant>,
) -> Result<Vec<ConnectionView>, ApiError> {
    Ok(assistant.privacy_connections().await?)
}

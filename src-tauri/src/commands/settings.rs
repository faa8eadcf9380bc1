use hearth_assistant::{
    Assistant,
    api::{ApiError, Settings},
};
use tauri::State;

#[tauri::command]
pub async fn settings_update(
    assistant: State<'_, Assistant>,
    settings: Settings,
) -> Result<Settings, ApiError> {
    Ok(assistant.settings_update(settings).await?)
}

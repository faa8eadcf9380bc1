use hearth_assistant::{
    Assistant,
    api::{ApiError, UsageDay},
};
use tauri::State;

#[tauri::command]
pub async fn usage_days(
    assistant: State<'_, Assistant>,
    days: u32,
) -> Result<Vec<UsageDay>, ApiError> {
    Ok(assistant.usage_days(days).await?)
}

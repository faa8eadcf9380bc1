use hearth_assistant::{
    Assistant,
    api::{ApiError, KeyHome, KeyState},
    keys::Key,
};
use tauri::State;

#[tauri::command]
pub async fn hub_token(assistant: State<'_, Assistant>) -> Result<KeyState, ApiError> {
    Ok(assistant.hub_token().await?)
}

/// The token goes in, and no command ever gives one back.
#[tauri::command]
pub async fn hub_set_token(
    assistant: State<'_, Assistant>,
    token: String,
    home: KeyHome,
) -> Result<KeyState, ApiError> {
    Ok(assistant.hub_set_token(Key::new(token), home).await?)
}

#[tauri::command]
pub async fn hub_forget_token(assistant: State<'_, Assistant>) -> Result<KeyState, ApiError> {
    Ok(assistant.hub_forget_token().await?)
}

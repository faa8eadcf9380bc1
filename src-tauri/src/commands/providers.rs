use hearth_assistant::{
    Assistant,
    api::{ApiError, KeyFileState, KeyHome, PresetView, ProviderConfig, ProviderView},
    keys::Key,
};
use tauri::State;

#[tauri::command]
pub async fn provider_list(assistant: State<'_, Assistant>) -> Result<Vec<ProviderView>, ApiError> {
    Ok(assistant.providers().await?)
}

#[tauri::command]
pub async fn provider_presets(
    assistant: State<'_, Assistant>,
) -> Result<Vec<PresetView>, ApiError> {
    Ok(assistant.provider_presets())
}

#[tauri::command]
pub async fn provider_save(
    assistant: State<'_, Assistant>,
    config: ProviderConfig,
) -> Result<Vec<ProviderView>, ApiError> {
    Ok(assistant.provider_save(config).await?)
}

#[tauri::command]
pub async fn provider_remove(
    assistant: State<'_, Assistant>,
    id: String,
) -> Result<Vec<ProviderView>, ApiError> {
    Ok(assistant.provider_remove(id).await?)
}

/// The key goes in, and no command ever gives one back.
#[tauri::command]
pub async fn provider_set_key(
    assistant: State<'_, Assistant>,
    id: String,
    key: String,
    home: KeyHome,
) -> Result<Vec<ProviderView>, ApiError> {
    Ok(assistant.provider_set_key(id, Key::new(key), home).await?)
}

#[tauri::command]
pub async fn provider_forget_key(
    assistant: State<'_, Assistant>,
    id: String,
) -> Result<Vec<ProviderView>, ApiError> {
    Ok(assistant.provider_forget_key(id).await?)
}

#[tauri::command]
pub async fn key_file_state(assistant: State<'_, Assistant>) -> Result<KeyFileState, ApiError> {
    Ok(assistant.key_file_state().await?)
}

#[tauri::command]
pub async fn key_file_open(
    assistant: State<'_, Assistant>,
    passphrase: String,
) -> Result<Vec<ProviderView>, ApiError> {
    Ok(assistant.key_file_open(Key::new(passphrase)).await?)
}

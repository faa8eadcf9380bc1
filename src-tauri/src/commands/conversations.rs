use hearth_assistant::{
    Assistant,
    api::{ApiError, ConversationPage, ConversationView, Label},
};
use tauri::{AppHandle, State};

use super::dialogs;

#[tauri::command]
pub async fn conversation_create(
    assistant: State<'_, Assistant>,
) -> Result<ConversationView, ApiError> {
    Ok(assistant.conversation_create().await?)
}

#[tauri::command]
pub async fn conversation_list(
    assistant: State<'_, Assistant>,
    query: Option<String>,
    trash: bool,
) -> Result<Vec<ConversationView>, ApiError> {
    Ok(assistant.conversation_list(query, trash).await?)
}

#[tauri::command]
pub async fn conversation_open(
    assistant: State<'_, Assistant>,
    id: String,
) -> Result<ConversationPage, ApiError> {
    Ok(assistant.conversation_open(id).await?)
}

#[tauri::command]
pub async fn conversation_rename(
    assistant: State<'_, Assistant>,
    id: String,
    title: String,
) -> Result<(), ApiError> {
    Ok(assistant.conversation_rename(id, title).await?)
}

#[tauri::command]
pub async fn conversation_set_system_prompt(
    assistant: State<'_, Assistant>,
    id: String,
    text: String,
) -> Result<(), ApiError> {
    Ok(assistant.conversation_set_system_prompt(id, text).await?)
}

#[tauri::command]
pub async fn conversation_pin_local(
    assistant: State<'_, Assistant>,
    id: String,
    pinned: bool,
) -> Result<(), ApiError> {
    Ok(assistant.conversation_pin_local(id, pinned).await?)
}

#[tauri::command]
pub async fn conversation_set_label(
    assistant: State<'_, Assistant>,
    id: String,
    label: Label,
) -> Result<(), ApiError> {
    Ok(assistant.conversation_set_label(id, label).await?)
}

#[tauri::command]
pub async fn conversation_select(
    assistant: State<'_, Assistant>,
    id: String,
    message: String,
) -> Result<ConversationPage, ApiError> {
    Ok(assistant.conversation_select(id, message).await?)
}

#[tauri::command]
pub async fn conversation_trash(
    assistant: State<'_, Assistant>,
    id: String,
) -> Result<(), ApiError> {
    Ok(assistant.conversation_trash(id).await?)
}

#[tauri::command]
pub async fn conversation_restore(
    assistant: State<'_, Assistant>,
    id: String,
) -> Result<(), ApiError> {
    Ok(assistant.conversation_restore(id).await?)
}

#[tauri::command]
pub async fn conversation_delete(
    assistant: State<'_, Assistant>,
    id: String,
) -> Result<(), ApiError> {
    Ok(assistant.conversation_delete(id).await?)
}

/// The path written, or `None` when the dialog was closed.
#[tauri::command]
pub async fn conversation_export(
    app: AppHandle,
    assistant: State<'_, Assistant>,
) -> Result<Option<String>, ApiError> {
    let Some(path) = dialogs::save(&app, "hearth-chats.json").await else { return Ok(None) };
    assistant.conversation_export(&path).await?;
    Ok(Some(path.to_string_lossy().into_owned()))
}

/// The number of conversations read, or `None` when the dialog was closed.
#[tauri::command]
pub async fn conversation_import(
    app: AppHandle,
    assistant: State<'_, Assistant>,
) -> Result<Option<u32>, ApiError> {
    let Some(path) = dialogs::open(&app, "Chats", "json").await else { return Ok(None) };
    Ok(Some(assistant.conversation_import(&path).await?))
}

use hearth_assistant::{
    Assistant,
    api::{ApiError, FoundModel, ModelRecord, ModelView, Verdict},
};
use tauri::{AppHandle, State};

use super::dialogs;

/// `None` when the dialog was closed.
#[tauri::command]
pub async fn model_add(
    app: AppHandle,
    assistant: State<'_, Assistant>,
) -> Result<Option<ModelView>, ApiError> {
    let Some(path) = dialogs::open(&app, "Models", "gguf").await else { return Ok(None) };
    Ok(Some(assistant.model_add_path(path).await?))
}

/// Asks for a folder of safetensors; `None` when the dialog was closed.
#[tauri::command]
pub async fn model_add_folder(
    app: AppHandle,
    assistant: State<'_, Assistant>,
) -> Result<Option<ModelView>, ApiError> {
    let Some(path) = dialogs::open_folder(&app).await else { return Ok(None) };
    Ok(Some(assistant.model_add_path(path).await?))
}

#[tauri::command]
pub async fn model_add_path(
    assistant: State<'_, Assistant>,
    path: String,
) -> Result<ModelView, ApiError> {
    Ok(assistant.model_add_path(path.into()).await?)
}

#[tauri::command]
pub async fn model_remove(assistant: State<'_, Assistant>, id: String) -> Result<(), ApiError> {
    Ok(assistant.model_remove(id).await?)
}

#[tauri::command]
pub async fn model_use(assistant: State<'_, Assistant>, id: String) -> Result<(), ApiError> {
    Ok(assistant.model_use(id).await?)
}

#[tauri::command]
pub async fn model_load(assistant: State<'_, Assistant>, id: String) -> Result<(), ApiError> {
    Ok(assistant.model_load(id).await?)
}

#[tauri::command]
pub async fn model_unload(assistant: State<'_, Assistant>) -> Result<(), ApiError> {
    Ok(assistant.model_unload().await?)
}

/// Lifts the quarantine of a model that ended the engine.
#[tauri::command]
pub async fn model_retry(assistant: State<'_, Assistant>, id: String) -> Result<(), ApiError> {
    Ok(assistant.model_retry(id).await?)
}

/// Copies the chosen file into Hearth's own folder; `None` when the dialog was closed.
#[tauri::command]
pub async fn model_import(
    app: AppHandle,
    assistant: State<'_, Assistant>,
) -> Result<Option<ModelView>, ApiError> {
    let Some(path) = dialogs::open(&app, "Models", "gguf").await else { return Ok(None) };
    Ok(Some(assistant.model_import(path).await?))
}

#[tauri::command]
pub async fn model_undo_remove(
    assistant: State<'_, Assistant>,
    id: String,
) -> Result<ModelView, ApiError> {
    Ok(assistant.model_undo_remove(id).await?)
}

#[tauri::command]
pub async fn model_verify(
    assistant: State<'_, Assistant>,
    id: String,
) -> Result<Verdict, ApiError> {
    Ok(assistant.model_verify(id).await?)
}

#[tauri::command]
pub async fn model_records(assistant: State<'_, Assistant>) -> Result<Vec<ModelRecord>, ApiError> {
    Ok(assistant.model_records().await?)
}

/// Models of other programs.
#[tauri::command]
pub async fn model_find(assistant: State<'_, Assistant>) -> Result<Vec<FoundModel>, ApiError> {
    Ok(assistant.models_found().await?)
}

/// What the model's draft gains on this machine; takes from seconds to minutes.
#[tauri::command]
pub async fn draft_measure(
    assistant: State<'_, Assistant>,
    id: String,
) -> Result<ModelView, ApiError> {
    Ok(assistant.draft_measure(id).await?)
}

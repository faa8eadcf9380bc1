use hearth_assistant::{
    Assistant,
    api::{ApiError, DownloadView},
};
use tauri::State;

#[tauri::command]
pub async fn download_list(assistant: State<'_, Assistant>) -> Result<Vec<DownloadView>, ApiError> {
    Ok(assistant.downloads())
}

/// The page names an entry of the catalog; where that comes from, it cannot choose.
#[tauri::command]
pub async fn download_start(
    assistant: State<'_, Assistant>,
    model: String,
    file: String,
) -> Result<DownloadView, ApiError> {
    Ok(assistant.download_start(&model, &file).await?)
}

#[tauri::command]
pub async fn download_pause(assistant: State<'_, Assistant>, id: String) -> Result<(), ApiError> {
    assistant.download_pause(&id);
    Ok(())
}

#[tauri::command]
pub async fn download_resume(assistant: State<'_, Assistant>, id: String) -> Result<(), ApiError> {
    Ok(assistant.download_resume(&id).await?)
}

#[tauri::command]
pub async fn download_cancel(assistant: State<'_, Assistant>, id: String) -> Result<(), ApiError> {
    assistant.download_cancel(&id);
    Ok(())
}

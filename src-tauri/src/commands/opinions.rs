use hearth_assistant::{
    Assistant,
    api::{ApiError, ConsentView, Receipt},
};
use tauri::State;

/// What would be sent for a second opinion. Nothing is sent.
#[tauri::command]
pub async fn opinion_prepare(
    assistant: State<'_, Assistant>,
    message: String,
    provider: Option<String>,
    keep: Vec<String>,
) -> Result<ConsentView, ApiError> {
    Ok(assistant.opinion_prepare(message, provider, keep).await?)
}

#[tauri::command]
pub async fn opinion_decline(
    assistant: State<'_, Assistant>,
    consent: String,
) -> Result<(), ApiError> {
    assistant.opinion_decline(&consent);
    Ok(())
}

#[tauri::command]
pub async fn answer_receipt(
    assistant: State<'_, Assistant>,
    message: String,
) -> Result<Option<Receipt>, ApiError> {
    Ok(assistant.answer_receipt(message).await?)
}

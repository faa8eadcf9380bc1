use hearth_assistant::{
    Assistant,
    api::{ApiError, GradeView},
};
use tauri::State;

#[tauri::command]
pub async fn answer_grade(
    assistant: State<'_, Assistant>,
    message: String,
    said: Option<bool>,
) -> Result<(), ApiError> {
    Ok(assistant.answer_grade(message, said).await?)
}

#[tauri::command]
pub async fn answer_graded(
    assistant: State<'_, Assistant>,
    message: String,
) -> Result<Option<GradeView>, ApiError> {
    Ok(assistant.answer_graded(message).await?)
}

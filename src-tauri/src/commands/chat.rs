use hearth_assistant::{
    Assistant,
    api::{ApiError, Ask, ChatEvent},
};
use tauri::{State, ipc::Channel};

#[tauri::command]
pub async fn chat_send(
    assistant: State<'_, Assistant>,
    ask: Ask,
    events: Channel<ChatEvent>,
) -> Result<(), ApiError> {
    Ok(assistant.send(ask, move |event| events.send(event).is_ok()).await?)
}

#[tauri::command]
pub async fn chat_answer_now(
    assistant: State<'_, Assistant>,
    turn: String,
) -> Result<(), ApiError> {
    Ok(assistant.answer_now(&turn).await?)
}

#[tauri::command]
pub async fn chat_cancel(assistant: State<'_, Assistant>, turn: String) -> Result<(), ApiError> {
    Ok(assistant.cancel(&turn).await?)
}

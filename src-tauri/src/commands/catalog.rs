use hearth_assistant::{
    Assistant,
    api::{ApiError, CatalogModel, Recommended, Wish},
};
use tauri::State;

#[tauri::command]
pub async fn catalog_list(assistant: State<'_, Assistant>) -> Result<Vec<CatalogModel>, ApiError> {
    Ok(assistant.catalog().await?)
}

#[tauri::command]
pub async fn catalog_recommend(
    assistant: State<'_, Assistant>,
    wish: Wish,
) -> Result<Option<Recommended>, ApiError> {
    Ok(assistant.catalog_recommend(wish).await?)
}

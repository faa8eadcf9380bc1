//! What the page may ask. Each command is one call into the assistant.

mod app;
mod catalog;
mod chat;
mod conversations;
mod dialogs;
mod downloads;
mod grades;
mod hub;
mod links;
mod models;
#[cfg(test)]
mod names;
mod opinions;
mod privacy;
mod providers;
mod settings;
mod usage;

use tauri::{Wry, ipc::Invoke};

pub fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        app::app_snapshot,
        app::app_watch,
        catalog::catalog_list,
        catalog::catalog_recommend,
        chat::chat_answer_now,
        chat::chat_cancel,
        chat::chat_send,
        conversations::conversation_create,
        conversations::conversation_delete,
        conversations::conversation_export,
        conversations::conversation_import,
        conversations::conversation_list,
        conversations::conversation_open,
        conversations::conversation_pin_local,
        conversations::conversation_rename,
        conversations::conversation_restore,
        conversations::conversation_select,
        conversations::conversation_set_label,
        conversations::conversation_set_system_prompt,
        conversations::conversation_trash,
        downloads::download_cancel,
        downloads::download_list,
        downloads::download_pause,
        downloads::download_resume,
        downloads::download_start,
        app::engine_view,
        models::draft_measure,
        links::link_open,
        hub::hub_forget_token,
        hub::hub_set_token,
        hub::hub_token,
        models::model_add,
        models::model_add_folder,
        models::model_add_path,
        models::model_find,
        models::model_import,
        models::model_load,
        models::model_records,
        models::model_remove,
        models::model_retry,
        models::model_undo_remove,
        models::model_unload,
        models::model_use,
        models::model_verify,
        grades::answer_grade,
        grades::answer_graded,
        opinions::answer_receipt,
        opinions::opinion_decline,
        opinions::opinion_prepare,
        privacy::privacy_connections,
        privacy::privacy_ledger,
        privacy::privacy_ledger_export,
        providers::key_file_open,
        providers::key_file_state,
        providers::provider_forget_key,
        providers::provider_list,
        providers::provider_presets,
        providers::provider_remove,
        providers::provider_save,
        providers::provider_set_key,
        settings::settings_update,
        usage::usage_days,
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::names::NAMES;

    const HANDLERS: &str = include_str!("mod.rs");
    const CAPABILITY: &str = include_str!("../../capabilities/main.json");
    const PAGE: &str = include_str!("../../../ui/src/lib/backend/backend.ts");

    fn granted_at_build() -> BTreeSet<String> {
        NAMES.iter().map(|name| (*name).to_owned()).collect()
    }

    /// `chatSend` as Rust writes it.
    fn snake(name: &str) -> String {
        let mut snake = String::new();
        for letter in name.chars() {
            if letter.is_uppercase() {
                snake.push('_');
            }
            snake.extend(letter.to_lowercase());
        }
        snake
    }

    #[test]
    fn every_command_granted_has_a_handler_and_no_other_does() {
        let list = HANDLERS.split("generate_handler![").nth(1).unwrap().split(']').next().unwrap();
        let handled = list.split(',').filter_map(|path| path.split("::").nth(1));
        assert_eq!(handled.map(str::to_owned).collect::<BTreeSet<_>>(), granted_at_build());
    }

    #[test]
    fn every_command_granted_is_in_the_capability_and_no_other_is() {
        let capability: serde_json::Value = serde_json::from_str(CAPABILITY).unwrap();
        let permissions = capability["permissions"].as_array().unwrap();
        let ours = permissions.iter().filter_map(|name| name.as_str()?.strip_prefix("allow-"));
        let ours: BTreeSet<String> = ours.map(|name| name.replace('-', "_")).collect();
        assert_eq!(ours, granted_at_build());
    }

    #[test]
    fn every_command_granted_is_in_the_pages_list_and_no_other_is() {
        let interface = PAGE.split("export interface Backend {").nth(1).unwrap();
        let interface = interface.split("\n}").next().unwrap();
        let functions = interface.lines().filter_map(|line| {
            let (name, _) = line.strip_prefix("  ")?.split_once('(')?;
            name.chars().all(char::is_alphanumeric).then(|| snake(name))
        });
        assert_eq!(functions.collect::<BTreeSet<_>>(), granted_at_build());
    }
}

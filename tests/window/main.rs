//! The real window: built program, real engine, real store, the starter model.
#![cfg(target_os = "linux")]

mod asking;
mod branches;
mod downloads;
mod drafts;
mod elsewhere;
mod engine_death;
mod hostile;
mod instances;
mod keys;
mod kills;
mod looks;
mod restarts;
mod second_engine;
mod smooth;
mod storage;
mod thoughts;

use std::{process::Command, sync::OnceLock};

use hearth_tests::{Window, program};
use serde_json::json;

/// A model that does not stop by itself, so that there is time to interrupt it: a real architecture
/// with made-up weights. Written once for all tests; returns the file's path.
fn endless_model() -> &'static str {
    static FILE: OnceLock<String> = OnceLock::new();
    FILE.get_or_init(|| {
        let maker = program("examples/make_model");
        let path = maker.with_file_name("endless.gguf").display().to_string();
        let made = Command::new(maker).args(["SmolLM2-135M", "q4_k_m", &path]).output();
        let made = made.expect("make_model starts");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        path
    })
}

/// Makes `path` the model that answers.
async fn use_model(window: &Window<'_>, path: &str) {
    let model = window.invoke("model_add_path", json!({ "path": path })).await.unwrap();
    window.invoke("model_use", json!({ "id": model["id"] })).await.unwrap();
}

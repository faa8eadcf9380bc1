//! The real window: built program, real engine, real store, the starter model.
#![cfg(target_os = "linux")]

mod asking;
mod branches;
mod engine_death;
mod instances;
mod looks;
mod restarts;
mod storage;

use hearth_tests::{Desk, Window};
use serde_json::json;

/// A model that does not stop by itself, so that there is time to interrupt it: random weights
/// in a real architecture. Returns the file's path.
fn endless_model(desk: &Desk) -> String {
    let path = desk.hearth_home().join("endless.gguf");
    let maker = hearth_tests::program("examples/make_model");
    let made = std::process::Command::new(maker).arg(&path).output().expect("make_model starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    path.to_str().expect("a path in ASCII").to_owned()
}

/// Makes `path` the model that answers, and gives it room for a long answer.
async fn use_model(window: &Window<'_>, path: &str) {
    let model = window.invoke("model_add_path", json!({ "path": path })).await.unwrap();
    window.invoke("model_use", json!({ "id": model["id"] })).await.unwrap();
}

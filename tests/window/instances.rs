use std::process::Stdio;

use hearth_tests::{Desk, program, until};

use crate::endless_model;

#[tokio::test]
async fn a_second_start_hands_its_file_to_the_first_and_ends() {
    let desk = Desk::fresh();
    let model = endless_model();
    let window = desk.open().await;
    let second = desk
        .command(program("hearth-desktop"))
        .arg(model)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("a second start is possible");
    assert!(second.success(), "{second}");
    until("the first window lists the file", async || {
        let models = window.invoke("app_snapshot", serde_json::json!({})).await.ok()?;
        let models = models["models"].as_array()?.clone();
        models.iter().any(|entry| entry["path"] == model).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_file_on_the_command_line_becomes_a_model() {
    let desk = Desk::fresh();
    let model = endless_model();
    let window = desk.open_with(&[model]).await;
    window.go("models").await;
    until("the file is among the models", async || {
        for row in window.all("model-row").await {
            if row.attr("data-model").await.ok()?.as_deref() == Some(model) {
                return Some(());
            }
        }
        None
    })
    .await;
}

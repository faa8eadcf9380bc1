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

    // Any program can start Hearth with a file: whether that answers is for the user to say.
    window.element("model-confirm").await;
    let answering = async || {
        let snapshot = window.invoke("app_snapshot", serde_json::json!({})).await.ok()?;
        Some(snapshot["settings"]["model"].clone())
    };
    assert_eq!(answering().await, Some(serde_json::Value::Null));
    window.click("model-confirm-open").await;
    until("the file answers once that was said", async || {
        (answering().await? == model).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_second_start_brings_the_first_window_to_the_front() {
    let desk = Desk::fresh();
    let window = desk.open().await;
    let focused =
        async || (window.run("return document.hasFocus()", vec![]).await == true).then_some(());
    // This display has no window manager: the keyboard belongs to what lies under the pointer,
    // which is in the middle of the screen, until a window asks for it.
    window.resize(460, 640).await;
    until("the window has lost the keyboard", async || {
        if focused().await.is_none() { Some(()) } else { None }
    })
    .await;
    let second = desk.command(program("hearth-desktop")).stderr(Stdio::null()).status();
    assert!(second.expect("a second start is possible").success());
    until("the first window has the keyboard again", focused).await;
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

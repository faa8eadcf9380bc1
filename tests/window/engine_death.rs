use hearth_tests::{Desk, kill_9, until};

use crate::{endless_model, use_model};

#[tokio::test]
async fn an_engine_killed_mid_answer_costs_neither_the_words_nor_the_next_question() {
    let desk = Desk::fresh();
    let window = desk.open().await;
    use_model(&window, endless_model()).await;
    window.ask("Go on and on.").await;
    let partial = until("some words are shown", async || {
        window.last().await.filter(|answer| answer.text.len() > 40)
    })
    .await;

    kill_9(window.engine().expect("an engine is answering"));
    let broken = window.finished_after(None).await;
    assert_eq!(broken.finish, "failed");
    assert!(broken.text.starts_with(partial.text.trim_end()), "the words stay");
    assert!(!window.text("message-error").await.is_empty(), "the window says what happened");
    window.picture("engine-died").await;

    window.ask("And again.").await;
    until("the next question is being answered", async || {
        window.last().await.filter(|answer| answer.id != broken.id && !answer.text.is_empty())
    })
    .await;
    window.click("stop").await;
    assert_eq!(window.finished_after(Some(broken.id)).await.finish, "cancelled");
    assert_eq!(window.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn no_engine_outlives_the_window() {
    let desk = Desk::fresh();
    let window = desk.open().await;
    window.answer_to("Hello!").await;
    let engine = window.engine().expect("an engine has answered");
    window.kill_9().await;
    until("the engine is gone too", async || {
        (!std::path::Path::new(&format!("/proc/{engine}")).exists()).then_some(())
    })
    .await;
}

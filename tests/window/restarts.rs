use hearth_tests::{Desk, Window, until};

#[tokio::test]
async fn a_restart_shows_every_chat_as_it_was() {
    let desk = Desk::fresh();
    let window = desk.open().await;
    let france = window.answer_to("What is the capital of France?").await;
    window.click("new-chat").await;
    let hello = window.answer_to("Hello!").await;
    window.close().await;

    let window = desk.open().await;
    until("both chats are listed", async || {
        (window.all("chat-item").await.len() == 2).then_some(())
    })
    .await;
    let mut found = Vec::new();
    for index in 0..2 {
        open_chat(&window, index).await;
        found.push(window.finished_after(found.last().cloned()).await.id);
    }
    found.sort();
    let mut expected = [france.id, hello.id];
    expected.sort();
    assert_eq!(found, expected);
}

async fn open_chat(window: &Window<'_>, index: usize) {
    let rows = window.all("chat-item").await;
    rows[index].click().await.expect("a chat in the list can be clicked");
}

use hearth_chat::Finish;
use hearth_store::{Answer, Store};
use hearth_tests::{Desk, until};

use crate::{endless_model, use_model};

const QUESTION: &str = "What is the capital of France?";

#[tokio::test]
async fn a_question_is_answered_on_this_device_and_every_figure_is_the_stored_one() {
    let desk = Desk::fresh();
    let window = desk.open().await;
    let answer = window.answer_to(QUESTION).await;
    assert!(answer.text.contains("Paris"), "{answer:?}");
    assert_eq!(answer.finish, "stop");

    let shown = [
        window.figure("footer-ttft").await,
        window.figure("footer-speed").await,
        window.figure("footer-tokens").await,
        window.figure("footer-cost").await,
        window.figure("status-speed").await,
        window.figure("status-bytes").await,
        window.figure("status-cost").await,
    ];
    let model = window.text("footer-model").await;
    let backend = window.text("footer-backend").await;
    assert_eq!(window.violations().await, Vec::<String>::new());
    window.close().await;

    let store = desk.store().await;
    let stored = only_answer(&store);
    let timing = stored.timing.unwrap();
    assert_eq!(
        shown,
        [
            timing.ttft_ms.unwrap(),
            timing.decode_tok_s.unwrap(),
            f64::from(stored.usage.unwrap().completion_tokens),
            stored.cost_nano_usd.unwrap() as f64,
            store.last_decode_tok_s().unwrap().unwrap(),
            store.bytes_sent_today().unwrap() as f64,
            store.spent().unwrap().month.0 as f64,
        ]
    );
    assert_eq!(stored.finish, Some(Finish::Stop));
    assert_eq!(stored.bytes_sent, 0);
    assert_eq!(model, stored.model);
    assert_eq!(Some(backend), stored.backend);
}

fn only_answer(store: &Store) -> Answer {
    let conversations = store.conversations(false).unwrap();
    assert_eq!(conversations.len(), 1);
    let mut branch = store.branch(&conversations[0].id).unwrap();
    assert_eq!(branch.len(), 2, "a question and its answer");
    branch.pop().unwrap().message.answer.unwrap()
}

#[tokio::test]
async fn an_answer_is_shown_while_it_is_written_and_stop_keeps_what_there_was() {
    let desk = Desk::fresh();
    let window = desk.open().await;
    use_model(&window, endless_model()).await;
    window.ask("Go on and on.").await;

    let early = until("the first words are shown", async || {
        window.last().await.filter(|answer| !answer.text.is_empty())
    })
    .await;
    assert_eq!(early.finish, "", "the answer is still being written");
    let later = until("more words are shown", async || {
        window.last().await.filter(|answer| answer.text.len() > early.text.len())
    })
    .await;
    assert_eq!(later.finish, "");

    window.click("stop").await;
    let stopped = window.finished_after(None).await;
    assert_eq!(stopped.finish, "cancelled");
    assert!(stopped.text.starts_with(early.text.trim_end()), "what was shown is kept");
    // The composer is back, and the next question is taken.
    window.element("send").await;
    assert_eq!(window.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn escape_stops_an_answer() {
    let desk = Desk::fresh();
    let window = desk.open().await;
    use_model(&window, endless_model()).await;
    window.ask("Go on and on.").await;
    window.element("stop").await;
    window.element("composer").await.send_keys(thirtyfour::Key::Escape + "").await.unwrap();
    assert_eq!(window.finished_after(None).await.finish, "cancelled");
}

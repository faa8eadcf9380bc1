//! A fast answer in a long chat: what is drawn, what is drawn anew, and how long a frame takes.

use hearth_tests::{Desk, export, until};

/// Messages of the chat that the answer is added to.
const LONG: usize = 2000;

/// Of these many may be drawn at once; the rest is drawn when the reader gets there.
const MOST_DRAWN: u64 = 200;

/// Watches frames, and changes inside the messages above the last two turns.
const WATCH: &str = "\
    const watched = { frames: [], changes: 0, above: 0 };\
    window.__watched = watched;\
    let last = performance.now();\
    const frame = (now) => {\
        watched.frames.push(now - last);\
        last = now;\
        requestAnimationFrame(frame);\
    };\
    requestAnimationFrame(frame);\
    const above = [...document.querySelectorAll('[data-message]')].slice(0, -2);\
    new MutationObserver((all) => {\
        watched.changes += 1;\
        for (const change of all) {\
            if (above.some((message) => message.contains(change.target))) watched.above += 1;\
        }\
    }).observe(document.body, { subtree: true, childList: true, characterData: true });";

/// Whether nothing was drawn for half a second.
const STANDS_STILL: &str = "\
    if (!window.__still) {\
        window.__still = { since: performance.now() };\
        new MutationObserver(() => window.__still.since = performance.now())\
            .observe(document.body, { subtree: true, childList: true, characterData: true });\
    }\
    return performance.now() - window.__still.since > 500;";

#[tokio::test]
async fn in_a_chat_of_two_thousand_messages_an_answer_draws_itself_and_nothing_above() {
    let desk = Desk::fresh();
    std::fs::create_dir_all(desk.data()).unwrap();
    let text = |n| format!("Message {n} has **bold**, `code` and a list:\n\n- one\n- two");
    let long = ("Long", (1..=LONG).map(text).collect());
    desk.store().await.import(&export::chats([long])).unwrap();
    let window = desk.open().await;
    window.click("chat-item").await;
    until("the long chat is shown", async || window.last().await).await;
    let drawn =
        window.run("return document.querySelectorAll('[data-message]').length", vec![]).await;
    assert!(drawn.as_u64().unwrap() < MOST_DRAWN, "{drawn} of {LONG} messages are drawn");

    // On a busy machine the last of it is drawn later.
    until("the long chat stands still", async || {
        let still = window.run(STANDS_STILL, vec![]).await;
        (still == true).then_some(())
    })
    .await;

    window.run(WATCH, vec![]).await;
    assert_eq!(window.answer_to("What is Hearth?").await.finish, "stop");
    let watched = window.run("return window.__watched", vec![]).await;
    assert!(watched["changes"].as_u64().unwrap() > 0, "the watch sees the answer come");
    assert_eq!(watched["above"], 0, "messages above were drawn anew");

    let frames = watched["frames"].as_array().unwrap().iter();
    let mut frames: Vec<f64> = frames.filter_map(serde_json::Value::as_f64).collect();
    frames.sort_by(f64::total_cmp);
    let at = |part: f64| frames[((frames.len() - 1) as f64 * part) as usize];
    println!(
        "an answer at {:.0} tok/s below {LONG} messages: {} frames, half within {:.0} ms, 95 % \
         within {:.0} ms, the longest {:.0} ms",
        window.figure("footer-speed").await,
        frames.len(),
        at(0.5),
        at(0.95),
        at(1.0),
    );
}

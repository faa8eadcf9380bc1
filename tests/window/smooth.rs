//! A fast answer in a long chat: how many times the page is drawn anew, and how long a frame takes.

use hearth_tests::{Desk, until};
use serde_json::json;

/// Messages of the chat that the answer is added to.
const LONG: usize = 2000;

/// Watches frames and changes of the last answer until `window.__watched` is asked for.
const WATCH: &str = "\
    window.__watched = { frames: [], changes: 0, redrawn: 0 };\
    let last = performance.now();\
    const frame = (now) => {\
        window.__watched.frames.push(now - last);\
        last = now;\
        requestAnimationFrame(frame);\
    };\
    requestAnimationFrame(frame);\
    let settled = new WeakSet();\
    new MutationObserver((all) => {\
        window.__watched.changes += 1;\
        const answers = document.querySelectorAll(`[data-testid='message-answer']`);\
        const blocks = [...(answers[answers.length - 1]?.querySelectorAll('.markdown > *') ?? [])];\
        for (const change of all) {\
            for (const block of blocks.slice(0, -2)) {\
                if (settled.has(block) && block.contains(change.target)) window.__watched.redrawn += 1;\
            }\
        }\
        blocks.slice(0, -2).forEach((block) => settled.add(block));\
    }).observe(document.body, { subtree: true, childList: true, characterData: true });";

#[tokio::test]
async fn a_fast_answer_redraws_only_its_end_even_in_a_chat_of_two_thousand_messages() {
    let desk = Desk::fresh();
    std::fs::create_dir_all(desk.data()).unwrap();
    desk.store().await.import(&long_chat()).unwrap();
    let window = desk.open().await;
    window.click("chat-item").await;
    until("the long chat is shown", async || window.last().await).await;
    window.run(WATCH, vec![]).await;
    let answer = window.answer_to("What is Hearth?").await;
    assert_eq!(answer.finish, "stop");
    let watched = window.run("return window.__watched", vec![]).await;
    let mut frames: Vec<f64> =
        watched["frames"].as_array().unwrap().iter().filter_map(|ms| ms.as_f64()).collect();
    frames.sort_by(f64::total_cmp);
    let at = |part: f64| frames[((frames.len() - 1) as f64 * part) as usize];
    println!(
        "{LONG} messages, {:.0} tok/s: {} frames, half within {:.1} ms, 95 % within {:.1} ms, the \
         longest {:.1} ms; {} changes of the page",
        window.figure("footer-speed").await,
        frames.len(),
        at(0.5),
        at(0.95),
        at(1.0),
        watched["changes"],
    );
    assert_eq!(watched["redrawn"], 0, "what stands above the last block is left alone");
}

/// An export of one chat, questions and answers in turn.
fn long_chat() -> String {
    let id = |n: usize| format!("01900000-0000-7000-8000-{n:012x}");
    let message = |n: usize| {
        json!({
            "id": id(n),
            "parent": (n > 1).then(|| id(n - 1)),
            "role": if n % 2 == 1 { "user" } else { "assistant" },
            "text": format!("Message {n} has **bold**, `code` and a list:\n\n- one\n- two"),
            "created_ms": n,
            "chosen_child": null,
            "answer": null,
        })
    };
    let chat = json!({
        "id": id(0),
        "title": "Long",
        "system_prompt": "",
        "created_ms": 1,
        "updated_ms": 1,
        "pinned_local": false,
        "model": null,
        "trashed_ms": null,
        "chosen_child": null,
        "messages": (1..=LONG).map(message).collect::<Vec<_>>(),
    });
    json!({ "format": "hearth-chats", "version": 1, "conversations": [chat] }).to_string()
}

//! Chats whose answers are made to hold up whoever draws them, in the web view that people have.

use hearth_tests::export::{self, id};
use hearth_tests::{Desk, Window, until};
use serde_json::{Value, json};

/// Opens the chat `arguments[0]`, waits for its answer, then until nothing is left to draw.
const OPEN: &str = "\
    const done = arguments[arguments.length - 1];\
    const [chat, answer] = arguments;\
    const begun = performance.now();\
    let opened = null, last = begun, longest = 0;\
    const frame = (now) => {\
        if (opened !== null) longest = Math.max(longest, now - last);\
        last = now;\
        const there = document.querySelector(`[data-message='${answer}'] [data-testid='message-text']`);\
        if (there && opened === null) opened = now - begun;\
        if (there && !document.querySelector('main [aria-busy=true]')) done({ opened, longest });\
        else requestAnimationFrame(frame);\
    };\
    document.querySelector(`[data-conversation='${chat}'] .open`).click();\
    requestAnimationFrame(frame);";

#[tokio::test]
async fn a_chat_opens_whatever_its_answer_says() {
    let texts = texts();
    let desk = Desk::fresh();
    std::fs::create_dir_all(desk.data()).unwrap();
    let chats = texts.iter().map(|(name, text)| (*name, vec!["question".into(), text.clone()]));
    desk.store().await.import(&export::chats(chats)).unwrap();
    let window = desk.open().await;
    // Twice, because a chat that once failed to show would leave the window as it was.
    for round in 0..2 {
        for (n, (name, _)) in texts.iter().enumerate() {
            let seen = open(&window, n).await;
            if round == 0 {
                println!(
                    "{name}: open after {}, the longest frame {}",
                    seen["opened"], seen["longest"]
                );
            }
        }
    }
    let shown = window.last().await.map(|answer| answer.text);
    assert_eq!(shown.as_deref(), Some("plain in the end"));
    assert_eq!(window.violations().await, [""; 0]);
}

async fn open(window: &Window<'_>, n: usize) -> Value {
    let arguments = vec![json!(id(n, None)), json!(id(n, Some(2)))];
    until("the chat is there to be opened", async || {
        let there =
            format!("return !!document.querySelector(`[data-conversation='{}']`)", id(n, None));
        (window.run(&there, vec![]).await == true).then_some(())
    })
    .await;
    let seen = window.page().execute_async(OPEN, arguments).await;
    seen.unwrap_or_else(|error| panic!("chat {n} does not open: {error}")).json().clone()
}

fn texts() -> Vec<(&'static str, String)> {
    let lists: Vec<String> = (0..600).map(|level| format!("{}- a", "  ".repeat(level))).collect();
    vec![
        ("quotes", format!("{}a", ">".repeat(2_000))),
        ("lists", lists.join("\n")),
        ("roots", format!("$${}x{}$$", r"\sqrt{".repeat(1_000), "}".repeat(1_000))),
        ("formulas", format!("a {}", r"$x^2$ ".repeat(4_000))),
        ("emphasis", "_a__b".repeat(20_000)),
        ("images", "![".repeat(60_000)),
        ("tags", "<a ".repeat(60_000)),
        ("table", format!("|a|b|\n|-|-|\n{}", "|*1*|`2`|\n".repeat(10_000))),
        ("wide table", format!("|{}\n|{}\n", "a|".repeat(3_000), "-|".repeat(3_000))),
        ("one line", "a".repeat(300_000)),
        ("code", format!("```js\n{}```", "let a = [1, 2, 3];\n".repeat(10_000))),
        ("one line of code", format!("```c\n{}\n```", "fn ".repeat(60_000))),
        ("controls", "\u{202e}a\u{0}\u{1b}[2J\u{200b}\u{301}".repeat(3_000)),
        ("plain", "plain in the end".into()),
    ]
}

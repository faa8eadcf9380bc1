//! kill -9 of the whole app while it writes: whatever the window had shown as kept is there.

use std::{collections::BTreeMap, env, time::Duration};

use hearth_tests::{Desk, Window, until};
use serde_json::Value;

/// How often the app dies; `HEARTH_TEST_KILLS=100` for the full count.
const KILLS: u64 = 20;

/// Asks as fast as the window takes questions, four to a chat, and keeps what it shows: the words
/// of each message, and how an answer ended.
const ASK_AND_WATCH: &str = "\
    const of = (id) => document.querySelector(`[data-testid='${id}']`);\
    window.__shown = {};\
    window.__asked = 0;\
    const questions = ['Hello!', 'What is Hearth?', 'What is the capital of Spain?'];\
    const watch = () => {\
        for (const message of document.querySelectorAll('[data-message]')) {\
            const text = message.querySelector(`[data-testid='message-text']`);\
            window.__shown[message.dataset.message] = {\
                text: text?.textContent.trim() ?? '',\
                finish: message.dataset.finish ?? null,\
            };\
        }\
        const composer = of('composer');\
        if (of('stop') || !composer) return;\
        if (window.__asked > 0 && window.__asked % 4 === 0 && !window.__fresh) {\
            window.__fresh = true;\
            of('new-chat').click();\
            return;\
        }\
        window.__fresh = false;\
        window.__asked += 1;\
        composer.value = questions[window.__asked % questions.length];\
        composer.dispatchEvent(new Event('input', { bubbles: true }));\
        requestAnimationFrame(() => of('send')?.click());\
    };\
    setInterval(watch, 20);";

#[tokio::test]
async fn nothing_that_the_window_showed_is_lost_when_the_app_is_killed() {
    let kills = env::var("HEARTH_TEST_KILLS").map_or(KILLS, |n| n.parse().expect("a number"));
    let desk = Desk::fresh();
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut questions = 0;
    let mut answers = 0;
    for kill in 0..kills {
        let window = desk.open().await;
        window.run(ASK_AND_WATCH, vec![]).await;
        until("an answer is under way", async || (!shown(&window).await.is_empty()).then_some(()))
            .await;
        tokio::time::sleep(Duration::from_millis(random.next() % 1200)).await;
        let shown = shown(&window).await;
        window.kill_9().await;

        // Opening checks every page of the file.
        let store = desk.store().await;
        for (id, Shown { text, finish }) in shown {
            let kept = store.message(&id).unwrap_or_else(|e| panic!("kill {kill}: {id}: {e}"));
            match finish {
                None => {
                    assert_eq!(kept.text, text, "kill {kill}: a question");
                    questions += 1;
                }
                Some(finish) if !finish.is_empty() => {
                    assert_eq!(kept.text.trim(), text, "kill {kill}: a whole answer");
                    answers += 1;
                }
                // It was being written.
                Some(_) => {}
            }
            let unfinished = kept.answer.is_some_and(|answer| answer.finish.is_none());
            assert!(!unfinished, "kill {kill}: {id} is left as if it were being written");
        }
    }
    println!("{kills} kills, {questions} questions and {answers} answers shown, all there");
    assert!(answers as u64 > kills / 2, "the app was killed while it answered, not before");
}

struct Shown {
    text: String,
    /// `None` for a question; empty while an answer is being written.
    finish: Option<String>,
}

async fn shown(window: &Window<'_>) -> BTreeMap<String, Shown> {
    let shown = window.run("return window.__shown", vec![]).await;
    let messages = shown.as_object().expect("a table of messages").clone();
    let part = |message: &Value, name: &str| message[name].as_str().map(str::to_owned);
    messages
        .into_iter()
        .map(|(id, m)| {
            (id, Shown { text: part(&m, "text").unwrap_or_default(), finish: part(&m, "finish") })
        })
        .collect()
}

/// Marsaglia 2003 (xorshift64); the same moments in each run, as far as a machine repeats itself.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

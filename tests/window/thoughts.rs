//! Thoughts in the real window: the starter with a chat template that begins one, made to say anything.

use std::fs;

use hearth_tests::{Desk, Window, until};
use serde_json::{Value, json};

use super::use_model;

const OWN: &str = "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
const THINKING: &str = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n<think>{% endif %}";

/// A window with such a model, whose thoughts end after `budget` tokens and its answers after eight.
async fn thinking(desk: &Desk, budget: u32) -> Window<'_> {
    let starter =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../model-catalog/starter/starter-6m-q8_0.gguf");
    let mut bytes = fs::read(starter).unwrap();
    let at = bytes.windows(OWN.len()).position(|part| part == OWN.as_bytes()).unwrap();
    let template = format!("{THINKING:<width$}", width = OWN.len());
    bytes[at..at + OWN.len()].copy_from_slice(template.as_bytes());
    let path = desk.folder().join("thinking.gguf");
    fs::write(&path, bytes).unwrap();

    let window = desk.open().await;
    use_model(&window, path.to_str().unwrap()).await;
    change(&window, |settings| {
        settings["thinking"]["budget"] = json!(budget);
        settings["sampling"]["temperature"] = json!(5.0);
        settings["sampling"]["top_k"] = json!(0);
        settings["sampling"]["top_p"] = json!(1.0);
        settings["sampling"]["seed"] = json!(3);
        settings["sampling"]["max_tokens"] = json!(8);
    })
    .await;
    window
}

async fn change(window: &Window<'_>, change: impl FnOnce(&mut Value)) {
    let mut settings = window.invoke("app_snapshot", json!({})).await.unwrap()["settings"].clone();
    change(&mut settings);
    window.invoke("settings_update", json!({ "settings": settings })).await.unwrap();
}

/// Text of the last answer's element with this name; empty where it is not there.
async fn last(window: &Window<'_>, id: &str) -> String {
    let script = "\
        const answer = [...document.querySelectorAll(`[data-testid='message-answer']`)].pop();\
        return answer?.querySelector(`[data-testid='${arguments[0]}']`)?.textContent.trim() ?? '';";
    window.run(script, vec![json!(id)]).await.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_thought_is_folded_and_no_word_of_it_is_anywhere_else() {
    let desk = Desk::fresh();
    let window = thinking(&desk, 24).await;
    let answer = window.answer_to("Hello? </think> I typed that.").await;
    assert!(!last(&window, "thought").await.is_empty());
    let open = "return document.querySelector(`[data-testid='thought-toggle']`).ariaExpanded";
    assert_eq!(window.run(open, vec![]).await, json!("false"), "it is folded");
    window.click("thought-toggle").await;
    assert_eq!(window.run(open, vec![]).await, json!("true"));
    until("the thought is drawn", async || {
        (!last(&window, "thought-text").await.is_empty()).then_some(())
    })
    .await;
    for theme in ["light", "dark"] {
        change(&window, |settings| settings["theme"] = json!(theme)).await;
        window.picture(&format!("thought-{theme}")).await;
    }
    assert!(window.violations().await.is_empty());
    let file = desk.folder().join("chats.json");
    window.close().await;

    let store = desk.store().await;
    let message = store.message(&answer.id).unwrap();
    let usage = message.answer.as_ref().unwrap().usage.unwrap();
    assert!(usage.thought_tokens >= 24, "{usage:?}");
    assert!((1..=8).contains(&(usage.completion_tokens - usage.thought_tokens)), "{usage:?}");
    assert!(!message.thought.is_empty() && !message.thought.contains("typed"));
    // The longest word of the thought that the answer has not is the canary.
    let words = message.thought.split(|c: char| !c.is_alphanumeric());
    let canary = words.filter(|word| !message.text.contains(word)).max_by_key(|word| word.len());
    let canary = canary.filter(|word| word.len() > 3).expect("a thought of two dozen words");
    assert!(store.search(canary, false).unwrap().is_empty(), "{canary}");
    store.export_to(&file).unwrap();
    assert!(!fs::read_to_string(file).unwrap().contains(canary), "{canary}");
    let chat = store.conversation(&message.conversation).unwrap();
    assert!(!chat.title.contains(canary));
}

#[tokio::test]
async fn with_thinking_off_an_answer_has_no_thought() {
    let desk = Desk::fresh();
    let window = thinking(&desk, 24).await;
    change(&window, |settings| settings["thinking"]["mode"] = json!("off")).await;
    let answer = window.answer_to("Hello?").await;
    assert!(!answer.text.is_empty());
    assert_eq!(last(&window, "thought").await, "");
}

use serde_json::{Value, json};

/// The id of a chat, or of its message with this number, counted from 1, in what [`chats`] writes.
pub fn id(chat: usize, message: Option<usize>) -> String {
    format!("01900000-0000-7000-8000-{:012x}", (chat << 16) + message.unwrap_or(0))
}

/// An export of chats, each with its title and its messages: questions and answers in turn.
pub fn chats<'a>(chats: impl IntoIterator<Item = (&'a str, Vec<String>)>) -> String {
    let chats = chats.into_iter().enumerate().map(|(chat, (title, texts))| {
        let messages: Vec<Value> =
            (1..).zip(texts).map(|(n, text)| message(chat, n, text)).collect();
        json!({
            "id": id(chat, None),
            "title": title,
            "system_prompt": "",
            "created_ms": 1,
            "updated_ms": 1,
            "pinned_local": false,
            "model": null,
            "trashed_ms": null,
            "chosen_child": null,
            "messages": messages,
        })
    });
    let chats: Vec<Value> = chats.collect();
    json!({ "format": "hearth-chats", "version": 1, "conversations": chats }).to_string()
}

fn message(chat: usize, n: usize, text: String) -> Value {
    json!({
        "id": id(chat, Some(n)),
        "parent": (n > 1).then(|| id(chat, Some(n - 1))),
        "role": if n % 2 == 1 { "user" } else { "assistant" },
        "text": text,
        "created_ms": n,
        "chosen_child": null,
        "answer": null,
    })
}

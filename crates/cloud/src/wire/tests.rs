use hearth_chat::{Message, Request, Role};

use super::{Fault, Heard, Wire, body, hear, refusal, terms};
use crate::sse;

const WIRES: [Wire; 5] =
    [Wire::OpenAi, Wire::Anthropic, Wire::Gemini, Wire::Mistral, Wire::OpenAiCompatible];

#[test]
fn an_empty_answer_is_not_sent_along() {
    let said = [(Role::User, "One?"), (Role::Assistant, " \n"), (Role::User, "Two?")];
    let request = Request::new(said.map(|(role, text)| Message::new(role, text)).to_vec());
    for wire in WIRES {
        let body: serde_json::Value = serde_json::from_slice(&body(wire, "m-1", &request)).unwrap();
        let said = if wire == Wire::Gemini { &body["contents"] } else { &body["messages"] };
        let roles: Vec<_> = said.as_array().unwrap().iter().map(|said| &said["role"]).collect();
        assert_eq!(roles, ["user", "user"], "{wire:?}");
    }
}

#[test]
fn thoughts_among_the_items_are_skipped() {
    let mut heard = Heard::default();
    let mut text_of = |content: &str| {
        let data = format!("{{\"choices\":[{{\"delta\":{{\"content\":{content}}}}}]}}");
        let message = sse::Message { data, ..sse::Message::default() };
        hear(Wire::Mistral, &message, &mut heard).unwrap();
        heard.text.clone()
    };
    let thinking = r#"{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]}"#;
    assert_eq!(text_of(&format!("[{thinking}]")), "");
    let both =
        format!(r#"[{thinking},{{"type":"text","text":"Pa"}},{{"type":"text","text":"ris"}}]"#);
    assert_eq!(text_of(&both), "Paris");
    assert_eq!(text_of(r#""Paris""#), "Paris");
    assert_eq!(text_of("null"), "");
}

#[test]
fn what_costs_more_than_one_answer_counts_as_longer() {
    let tokens = |wire, body: &str| terms(wire, body.as_bytes()).map(|(_, tokens)| tokens);
    let chat = |extra| {
        tokens(Wire::OpenAiCompatible, &format!(r#"{{"model":"m-1","max_tokens":100{extra}}}"#))
    };
    assert_eq!(chat(""), Some(100));
    assert_eq!(chat(r#","n":1"#), Some(100));
    assert_eq!(chat(r#","n":8"#), Some(800));
    assert_eq!(chat(r#","n":"8""#), Some(u32::MAX));
    assert_eq!(chat(r#","tools":[{"type":"web_search"}]"#), Some(u32::MAX));
    let gemini = r#"{"generationConfig":{"maxOutputTokens":100,"candidateCount":3}}"#;
    assert_eq!(tokens(Wire::Gemini, gemini), Some(300));
}

#[test]
fn a_stream_that_ends_with_an_error_is_no_answer() {
    let data = r#"{"choices":[{"delta":{},"finish_reason":"error"}]}"#.to_owned();
    let message = sse::Message { data, ..sse::Message::default() };
    let heard = hear(Wire::OpenAiCompatible, &message, &mut Heard::default());
    assert_eq!(heard, Err(Fault::Reported(String::new())));
}

#[test]
fn thoughts_are_counted_once_wherever_a_provider_counts_them() {
    for (total, output) in
        [("", 700), (r#""total_tokens":1100,"#, 700), (r#""total_tokens":1400,"#, 1000)]
    {
        let data = format!(
            r#"{{"choices":[],"usage":{{"prompt_tokens":100,"completion_tokens":1000,{total}
            "completion_tokens_details":{{"reasoning_tokens":300}}}}}}"#
        );
        let message = sse::Message { data, ..sse::Message::default() };
        let mut heard = Heard::default();
        hear(Wire::OpenAiCompatible, &message, &mut heard).unwrap();
        let usage = heard.usage.unwrap();
        assert_eq!((usage.input, usage.output, usage.reasoning), (100, output, 300), "{total}");
    }
}

#[test]
fn a_refusal_is_quoted_in_every_providers_form() {
    for body in [
        r#"{"error":{"message":"no such model"}}"#,
        r#"{"error":"no such model"}"#,
        r#"{"object":"error","message":"no such model","type":"invalid_model"}"#,
        r#"{"detail":"no such model"}"#,
    ] {
        assert_eq!(refusal(body), "no such model", "{body}");
    }
    assert_eq!(refusal("<html>"), "");
}

use hearth_chat::{Message, Request, Role};

use super::{Fault, Heard, LONGEST_ANSWER, Wire, body, hear, refusal, terms};
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
fn thoughts_are_heard_apart_from_the_answer() {
    let mut heard = Heard::default();
    let mut text_of = |content: &str| {
        let data = format!("{{\"choices\":[{{\"delta\":{{\"content\":{content}}}}}]}}");
        let message = sse::Message { data, ..sse::Message::default() };
        hear(Wire::Mistral, &message, &mut heard).unwrap();
        (std::mem::take(&mut heard.thought), std::mem::take(&mut heard.text))
    };
    let said = |thought: &str, text: &str| (thought.to_owned(), text.to_owned());
    let thinking = r#"{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]}"#;
    assert_eq!(text_of(&format!("[{thinking}]")), said("Hm.", ""));
    let both =
        format!(r#"[{thinking},{{"type":"text","text":"Pa"}},{{"type":"text","text":"ris"}}]"#);
    assert_eq!(text_of(&both), said("Hm.", "Paris"));
    assert_eq!(text_of(r#""Paris""#), said("", "Paris"));
    assert_eq!(text_of("null"), said("", ""));

    for (wire, data) in [
        (Wire::OpenAiCompatible, r#"{"choices":[{"delta":{"reasoning_content":"Hm."}}]}"#),
        (Wire::OpenAiCompatible, r#"{"choices":[{"delta":{"reasoning":"Hm.","content":null}}]}"#),
        (
            Wire::Anthropic,
            r#"{"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"Hm."}}"#,
        ),
        (Wire::Gemini, r#"{"candidates":[{"content":{"parts":[{"text":"Hm.","thought":true}]}}]}"#),
    ] {
        let message = sse::Message { data: data.into(), ..sse::Message::default() };
        let mut heard = Heard::default();
        hear(wire, &message, &mut heard).unwrap();
        assert_eq!((heard.thought, heard.text), said("Hm.", ""), "{data}");
    }
}

#[test]
fn a_body_is_read_as_what_hearth_writes_and_nothing_else() {
    let request = Request::new(vec![
        Message::new(Role::System, "Be brief."),
        Message::new(Role::User, "One?"),
        Message::new(Role::Assistant, "Two."),
        Message::new(Role::User, "Three?"),
    ]);
    for wire in WIRES {
        let written = String::from_utf8(body(wire, "m-1", &request)).unwrap();
        let read = terms(wire, written.as_bytes()).unwrap();
        assert_eq!((read.max_tokens, read.stream), (Some(LONGEST_ANSWER), true), "{wire:?}");
        assert_eq!(read.model.is_none(), wire == Wire::Gemini);
        for more in [
            r#""n": 8"#,
            r#""models": ["m-9"]"#,
            r#""plugins": [{"id": "web"}]"#,
            r#""provider": {"order": ["other"]}"#,
            r#""tools": [{"type": "web_search"}]"#,
            r#""web_search_options": {}"#,
            r#""service_tier": "priority""#,
            r#""mcp_servers": []"#,
            r#""cachedContent": "c""#,
            r#""candidateCount": 3"#,
            r#""tool_config": {}"#,
        ] {
            // At the top, and in every object within.
            for at in written.match_indices('{').map(|(at, _)| at + 1) {
                let (before, after) = written.split_at(at);
                let edited = format!("{before}{more},{after}");
                let error = terms(wire, edited.as_bytes()).unwrap_err();
                assert!(error.is_data(), "{wire:?}: {edited}: {error}");
            }
        }
    }
}

#[test]
fn nothing_is_said_twice() {
    let request = Request::new(vec![Message::new(Role::User, "One?")]);
    for wire in WIRES {
        let written = String::from_utf8(body(wire, "m-1", &request)).unwrap();
        let fields: serde_json::Value = serde_json::from_str(&written).unwrap();
        for (name, value) in fields.as_object().unwrap() {
            let twice = written.replacen('{', &format!("{{\"{name}\":{value},"), 1);
            assert!(terms(wire, twice.as_bytes()).is_err(), "{wire:?}: {name}");
        }
        let twice = match wire {
            Wire::Gemini => written.replacen("\"text\"", "\"text\": \"Two?\", \"text\"", 1),
            _ => written.replacen("\"content\"", "\"content\": \"Two?\", \"content\"", 1),
        };
        assert_ne!(twice, written);
        assert!(terms(wire, twice.as_bytes()).is_err(), "{wire:?}");
    }
    let two_limits = |wire, body: &str| terms(wire, body.as_bytes()).unwrap().max_tokens;
    let both =
        r#"{"model":"m-1","messages":[],"stream":true,"max_tokens":9,"max_completion_tokens":9}"#;
    assert_eq!(two_limits(Wire::OpenAi, both), None);
    assert_eq!(two_limits(Wire::OpenAiCompatible, both), None);
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

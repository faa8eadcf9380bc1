//! Anthropic's messages. Input tokens are counted without those of the cache.

use std::borrow::Cow;

use hearth_chat::{Request, Role};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Fault, Heard, Stop, Terms, openai::words_of, parse, pretty, split_system};
use crate::sse;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'a> {
    model: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<String>,
    messages: Vec<Said<'a>>,
    max_tokens: u32,
    stream: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said<'a> {
    role: Speaker,
    content: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Speaker {
    User,
    Assistant,
}

/// Without sampling settings, which newer models refuse.
pub(super) fn body(model: &str, request: &Request, max_tokens: u32) -> Vec<u8> {
    let (system, said) = split_system(request);
    let messages = said.into_iter().map(|message| Said {
        role: if message.role == Role::Assistant { Speaker::Assistant } else { Speaker::User },
        content: Cow::Borrowed(&message.text),
    });
    let (model, messages) = (model.into(), messages.collect());
    pretty(&Body { model, system, messages, max_tokens, stream: true })
}

pub(super) fn terms(body: &[u8]) -> Result<Terms, serde_json::Error> {
    let Body { model, max_tokens, stream, .. } = serde_json::from_slice(body)?;
    Ok(Terms { model: Some(model.into_owned()), max_tokens: Some(max_tokens), stream })
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
enum Event {
    MessageStart {
        message: Begun,
    },
    ContentBlockDelta {
        delta: Delta,
    },
    MessageDelta {
        delta: Ending,
        usage: Option<Counted>,
    },
    MessageStop,
    Error {
        error: Value,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Begun {
    usage: Option<Counted>,
}

#[derive(Deserialize)]
struct Delta {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
    thinking: Option<String>,
}

#[derive(Deserialize)]
struct Ending {
    stop_reason: Option<String>,
}

/// Totals so far; what a message leaves out has not changed.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Counted {
    input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_creation: Option<Written>,
    output_tokens: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    ephemeral_5m_input_tokens: u64,
    ephemeral_1h_input_tokens: u64,
}

pub(super) fn hear(message: &sse::Message, heard: &mut Heard) -> Result<(), Fault> {
    match parse(message)? {
        Event::MessageStart { message } => count(heard, message.usage),
        Event::ContentBlockDelta { delta } if delta.kind == "text_delta" => {
            heard.text.push_str(delta.text.as_deref().unwrap_or_default());
        }
        Event::ContentBlockDelta { delta } if delta.kind == "thinking_delta" => {
            heard.thought.push_str(delta.thinking.as_deref().unwrap_or_default());
        }
        Event::MessageDelta { delta, usage } => {
            count(heard, usage);
            if let Some(reason) = delta.stop_reason {
                heard.stop = Some(match reason.as_str() {
                    "max_tokens" | "model_context_window_exceeded" => Stop::Length,
                    "refusal" => Stop::Refused,
                    _ => Stop::End,
                });
            }
        }
        Event::MessageStop => heard.complete = true,
        Event::Error { error } => return Err(Fault::Reported(words_of(&error))),
        Event::ContentBlockDelta { .. } | Event::Other => {}
    }
    Ok(())
}

fn count(heard: &mut Heard, counted: Option<Counted>) {
    let Some(counted) = counted else { return };
    let usage = heard.usage.get_or_insert_default();
    let set = |bucket: &mut u64, said: Option<u64>| *bucket = said.unwrap_or(*bucket);
    set(&mut usage.input, counted.input_tokens);
    set(&mut usage.cache_read, counted.cache_read_input_tokens);
    set(&mut usage.output, counted.output_tokens);
    match counted.cache_creation {
        Some(written) => {
            usage.cache_write_5m = written.ephemeral_5m_input_tokens;
            usage.cache_write_1h = written.ephemeral_1h_input_tokens;
        }
        None => set(&mut usage.cache_write_5m, counted.cache_creation_input_tokens),
    }
}

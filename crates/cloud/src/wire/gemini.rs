//! Gemini's generateContent. The prompt's count contains cached tokens; the answer's does not
//! contain thoughts.

use std::borrow::Cow;

use hearth_chat::{Request, Role};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Fault, Heard, Stop, Terms, openai::words_of, parse, pretty, split_system};
use crate::{Usage, sse};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    system_instruction: Option<Content<'a>>,
    contents: Vec<Content<'a>>,
    generation_config: Config,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Speaker>,
    parts: [Words<'a>; 1],
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Speaker {
    User,
    Model,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words<'a> {
    text: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    max_output_tokens: u32,
}

pub(super) fn body(request: &Request, max_tokens: u32) -> Vec<u8> {
    let (system, said) = split_system(request);
    fn content(role: Option<Speaker>, text: &str) -> Content<'_> {
        Content { role, parts: [Words { text: text.into() }] }
    }
    let contents = said.into_iter().map(|message| {
        let model = message.role == Role::Assistant;
        content(Some(if model { Speaker::Model } else { Speaker::User }), &message.text)
    });
    pretty(&Body {
        system_instruction: system.as_deref().map(|text| content(None, text)),
        contents: contents.collect(),
        generation_config: Config { max_output_tokens: max_tokens },
    })
}

/// The model and the stream are in the address.
pub(super) fn terms(body: &[u8]) -> Result<Terms, serde_json::Error> {
    let Body { generation_config, .. } = serde_json::from_slice(body)?;
    let max_tokens = Some(generation_config.max_output_tokens);
    Ok(Terms { model: None, max_tokens, stream: true })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chunk {
    #[serde(default)]
    candidates: Vec<Candidate>,
    usage_metadata: Option<Counted>,
    prompt_feedback: Option<Feedback>,
    error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    #[serde(default)]
    content: Parts,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Parts {
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    text: Option<String>,
    #[serde(default)]
    thought: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback {
    block_reason: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Counted {
    prompt_token_count: u64,
    cached_content_token_count: u64,
    tool_use_prompt_token_count: u64,
    candidates_token_count: u64,
    thoughts_token_count: u64,
}

pub(super) fn hear(message: &sse::Message, heard: &mut Heard) -> Result<(), Fault> {
    let chunk: Chunk = parse(message)?;
    if let Some(error) = chunk.error {
        return Err(Fault::Reported(words_of(&error)));
    }
    for candidate in chunk.candidates {
        for part in candidate.content.parts {
            let said = if part.thought { &mut heard.thought } else { &mut heard.text };
            said.push_str(part.text.as_deref().unwrap_or_default());
        }
        if let Some(reason) = candidate.finish_reason {
            heard.stop = Some(match reason.as_str() {
                "STOP" => Stop::End,
                "MAX_TOKENS" => Stop::Length,
                _ => Stop::Refused,
            });
        }
    }
    if chunk.prompt_feedback.is_some_and(|feedback| feedback.block_reason.is_some()) {
        heard.stop = Some(Stop::Refused);
    }
    if let Some(counted) = chunk.usage_metadata {
        heard.usage = Usage::of_totals(
            counted.prompt_token_count.saturating_add(counted.tool_use_prompt_token_count),
            counted.cached_content_token_count,
            counted.candidates_token_count.saturating_add(counted.thoughts_token_count),
            counted.thoughts_token_count,
        );
    }
    // There is no last word: the message that says why it stopped is the last one.
    heard.complete = heard.stop.is_some();
    Ok(())
}

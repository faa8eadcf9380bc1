//! Chat completions, as OpenAI defined them and many servers copied them.

use std::borrow::Cow;

use hearth_chat::{Message, Request, Role};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Fault, Heard, Stop, Terms, parse, pretty, spoken};
use crate::{Usage, provider::Wire, sse};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'a> {
    model: Cow<'a, str>,
    messages: Vec<Said<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    stop: Cow<'a, [String]>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said<'a> {
    role: Role,
    content: Cow<'a, str>,
}

impl<'a> From<&'a Message> for Said<'a> {
    fn from(message: &'a Message) -> Self {
        Self { role: message.role, content: Cow::Borrowed(&message.text) }
    }
}

pub(super) fn body(wire: Wire, model: &str, request: &Request, max_tokens: u32) -> Vec<u8> {
    let sampling = &request.sampling;
    let own = wire == Wire::OpenAi;
    pretty(&Body {
        model: model.into(),
        messages: spoken(request).map(Said::from).collect(),
        stream: true,
        stream_options: (wire != Wire::Mistral).then_some(StreamOptions { include_usage: true }),
        max_tokens: (!own).then_some(max_tokens),
        max_completion_tokens: own.then_some(max_tokens),
        temperature: (!own).then_some(sampling.temperature),
        top_p: (!own).then_some(sampling.top_p),
        seed: sampling.seed.filter(|_| wire == Wire::OpenAiCompatible),
        stop: Cow::Borrowed(if own { &[] } else { &sampling.stop }),
    })
}

/// One of the two limits is its own; the other would be a second one.
pub(super) fn terms(wire: Wire, body: &[u8]) -> Result<Terms, serde_json::Error> {
    let Body { model, stream, max_tokens, max_completion_tokens, .. } =
        serde_json::from_slice(body)?;
    let (own, other) = match wire {
        Wire::OpenAi => (max_completion_tokens, max_tokens),
        _ => (max_tokens, max_completion_tokens),
    };
    let max_tokens = own.filter(|_| other.is_none());
    Ok(Terms { model: Some(model.into_owned()), max_tokens, stream })
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Counted>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    delta: Delta,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Delta {
    content: Option<Content>,
    /// The model's thought: of DeepSeek and most servers of one's own.
    reasoning_content: Option<String>,
    /// The same of OpenRouter, Ollama and vLLM.
    reasoning: Option<String>,
}

/// Mistral's reasoning models send items, some of them thoughts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Items(Vec<Item>),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
enum Item {
    Text {
        text: String,
    },
    Thinking {
        #[serde(default)]
        thinking: Vec<Item>,
    },
    #[serde(other)]
    Other,
}

impl Heard {
    fn add(&mut self, item: Item) {
        match item {
            Item::Text { text } => self.text.push_str(&text),
            Item::Thinking { thinking } => {
                let texts = thinking.into_iter().filter_map(|item| match item {
                    Item::Text { text } => Some(text),
                    Item::Thinking { .. } | Item::Other => None,
                });
                self.thought.extend(texts);
            }
            Item::Other => {}
        }
    }
}

#[derive(Deserialize)]
struct Counted {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: Option<u64>,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
}

#[derive(Deserialize)]
struct PromptDetails {
    cached_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct CompletionDetails {
    reasoning_tokens: Option<u64>,
}

pub(super) fn hear(message: &sse::Message, heard: &mut Heard) -> Result<(), Fault> {
    if message.data == "[DONE]" {
        heard.complete = true;
        return Ok(());
    }
    let chunk: Chunk = parse(message)?;
    if let Some(error) = chunk.error {
        return Err(Fault::Reported(words_of(&error)));
    }
    for choice in chunk.choices {
        let Delta { content, reasoning_content, reasoning } = choice.delta;
        heard.thought.extend(reasoning_content.or(reasoning));
        match content {
            Some(Content::Text(text)) => heard.text.push_str(&text),
            Some(Content::Items(items)) => items.into_iter().for_each(|item| heard.add(item)),
            None => {}
        }
        if let Some(reason) = choice.finish_reason {
            heard.stop = Some(match reason.as_str() {
                "length" | "model_length" => Stop::Length,
                "content_filter" => Stop::Refused,
                "error" => return Err(Fault::Reported(String::new())),
                _ => Stop::End,
            });
        }
    }
    if let Some(counted) = chunk.usage {
        let cached = counted.prompt_tokens_details.and_then(|d| d.cached_tokens).unwrap_or(0);
        let thoughts =
            counted.completion_tokens_details.and_then(|d| d.reasoning_tokens).unwrap_or(0);
        // Some count thoughts in the total alone, and not among the completion's tokens.
        let beyond = counted.total_tokens.and_then(|all| all.checked_sub(counted.prompt_tokens));
        let completion = counted.completion_tokens.max(beyond.unwrap_or(0));
        heard.usage = Usage::of_totals(counted.prompt_tokens, cached, completion, thoughts);
    }
    Ok(())
}

/// The sentence in an error object, or the object itself.
pub(super) fn words_of(error: &Value) -> String {
    match error["message"].as_str().or(error.as_str()) {
        Some(message) => message.to_owned(),
        None => error.to_string(),
    }
}

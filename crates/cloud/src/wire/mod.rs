//! What providers are sent and what they say, each in its own dialect.

mod anthropic;
mod gemini;
mod openai;
#[cfg(test)]
mod tests;

use hearth_chat::{Message, Request, Role};

pub(crate) use crate::provider::Wire;
use crate::{Usage, sse};

/// A request may not ask for an endless answer: what it can cost must have an end.
pub(crate) const LONGEST_ANSWER: u32 = 4096;

/// The exact bytes of a request, laid out so that a person can read them.
pub(crate) fn body(wire: Wire, model: &str, request: &Request) -> Vec<u8> {
    let max_tokens = request.sampling.max_tokens.unwrap_or(LONGEST_ANSWER);
    match wire {
        Wire::OpenAi | Wire::Mistral | Wire::OpenAiCompatible => {
            openai::body(wire, model, request, max_tokens)
        }
        Wire::Anthropic => anthropic::body(model, request, max_tokens),
        Wire::Gemini => gemini::body(request, max_tokens),
    }
}

/// What a body asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// `None` where the dialect has it in the address.
    pub model: Option<String>,
    /// The most tokens of the one answer; `None` where it has no limit or several.
    pub max_tokens: Option<u32>,
    pub stream: bool,
}

/// Reads a body as what [`body`] writes: nothing else may be in it, for whatever is may cost more or
/// hand on the question, and nothing twice, for of two a server may read the other.
pub(crate) fn terms(wire: Wire, body: &[u8]) -> Result<Terms, serde_json::Error> {
    match wire {
        Wire::OpenAi | Wire::Mistral | Wire::OpenAiCompatible => openai::terms(wire, body),
        Wire::Anthropic => anthropic::terms(body),
        Wire::Gemini => gemini::terms(body),
    }
}

/// What has been heard of an answer.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Text that came with the last message.
    pub text: String,
    /// A thought that came with it, as far as the provider shows it.
    pub thought: String,
    pub usage: Option<Usage>,
    pub stop: Option<Stop>,
    /// The provider said that this was all.
    pub complete: bool,
}

/// Why a provider stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    End,
    Length,
    /// The provider's filter, or the model's own refusal.
    Refused,
}

/// A message that makes no sense, or one that says that the provider failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Malformed,
    /// In the provider's words.
    Reported(String),
}

/// Takes one event of a stream.
pub(crate) fn hear(wire: Wire, message: &sse::Message, heard: &mut Heard) -> Result<(), Fault> {
    heard.text.clear();
    match wire {
        Wire::OpenAi | Wire::Mistral | Wire::OpenAiCompatible => openai::hear(message, heard),
        Wire::Anthropic => anthropic::hear(message, heard),
        Wire::Gemini => gemini::hear(message, heard),
    }
}

/// What a provider says in the body of a refusal.
pub(crate) fn refusal(body: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let words = ["error", "message", "detail"].into_iter().map(|key| &value[key]);
    words.into_iter().find(|words| !words.is_null()).map(openai::words_of).unwrap_or_default()
}

fn parse<T: serde::de::DeserializeOwned>(message: &sse::Message) -> Result<T, Fault> {
    serde_json::from_str(&message.data).map_err(|_| Fault::Malformed)
}

/// Without the messages that say nothing, which some providers refuse: an answer can be empty.
fn spoken(request: &Request) -> impl Iterator<Item = &Message> {
    request.messages.iter().filter(|message| !message.text.trim().is_empty())
}

/// The system's words, joined, and everything that was said after them.
fn split_system(request: &Request) -> (Option<String>, Vec<&Message>) {
    let (system, said): (Vec<_>, Vec<_>) =
        spoken(request).partition(|message| message.role == Role::System);
    let system: Vec<_> = system.into_iter().map(|message| message.text.as_str()).collect();
    ((!system.is_empty()).then(|| system.join("\n\n")), said)
}

fn pretty(body: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec_pretty(body).expect("a request has a JSON text")
}

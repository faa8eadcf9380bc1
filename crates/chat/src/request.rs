use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    System,
    User,
    Assistant,
}

/// One message of a conversation, as text. Chat templates and special tokens are the model's business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Message {
    pub role: Role,
    pub text: String,
    /// What the model thought before it wrote this, where it is to go on with it. It concerns the
    /// last message alone: models do not read their earlier thoughts.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(skip)]
    pub thought: String,
}

impl Message {
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self { role, text: text.into(), thought: String::new() }
    }
}

/// Everything a model needs to answer once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Oldest first. If the last one is the assistant's, the model continues it.
    pub messages: Vec<Message>,
    pub sampling: Sampling,
    #[serde(default)]
    pub thinking: Thinking,
    pub draft: DraftChoice,
    /// Attach the five likeliest alternatives to every token.
    #[serde(default)]
    pub want_alternatives: bool,
}

impl Request {
    /// A request with default sampling.
    pub fn new(messages: Vec<Message>) -> Self {
        Self {
            messages,
            sampling: Sampling::default(),
            thinking: Thinking::default(),
            draft: DraftChoice::default(),
            want_alternatives: false,
        }
    }
}

/// How the next token is chosen from the model's distribution.
///
/// Filters apply in the order of the fields: penalty, temperature, top-k, top-p, min-p.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Sampling {
    /// Divides the logits of tokens already seen in the last 64 positions (Keskar et al. 2019); 1 is off.
    pub repetition_penalty: f32,
    /// 0 is greedy: always the likeliest token.
    pub temperature: f32,
    /// Keep the k likeliest tokens; 0 is off.
    pub top_k: u32,
    /// Keep the smallest set of tokens whose probability reaches p (Holtzman et al. 2020); 1 is off.
    pub top_p: f32,
    /// Drop tokens less likely than this share of the likeliest one; 0 is off.
    pub min_p: f32,
    /// The same seed, prompt, model and backend give the same text; `None` draws one.
    #[ts(type = "number | null")]
    pub seed: Option<u64>,
    /// Tokens the answer may have, its thought apart; `None` is up to the context's end.
    pub max_tokens: Option<u32>,
    /// The answer ends before the first of these strings.
    pub stop: Vec<String>,
    pub grammar: Option<Grammar>,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            repetition_penalty: 1.0,
            temperature: 0.7,
            top_k: 40,
            top_p: 0.95,
            min_p: 0.0,
            seed: None,
            max_tokens: None,
            stop: Vec::new(),
            grammar: None,
        }
    }
}

/// How a model that can think is to do so. One that cannot takes no notice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Thinking {
    pub mode: ThinkingMode,
    /// `None` is the model's own choice.
    pub effort: Option<Effort>,
    /// Tokens that a thought may have: then it is closed and the answer begins. `None` is as many
    /// as leave room for an answer.
    pub budget: Option<u32>,
}

/// Whether to think.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ThinkingMode {
    /// As the model's chat template does by itself.
    #[default]
    Automatic,
    On,
    /// A thought that is begun all the same is closed at once.
    Off,
}

/// How much to think, for models that are told in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    Low,
    Medium,
    High,
}

/// What a loaded model knows about thinking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ThinkingSupport {
    /// Its template knows marks around a thought.
    pub thinks: bool,
    /// Its template can be told to think or not to.
    pub switch: bool,
    /// Its template can be told how much.
    pub effort: bool,
}

/// A shape the answer must have, its thought apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "kind", content = "text")]
pub enum Grammar {
    /// A JSON schema, as JSON text.
    JsonSchema(String),
    Regex(String),
    /// A Lark grammar, in the dialect of `llguidance`.
    Lark(String),
}

/// Which proposer may draft tokens for the model to verify.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "kind", content = "path")]
pub enum DraftChoice {
    /// The engine picks what is fastest here, or nothing.
    #[default]
    Automatic,
    /// A GGUF file with the target's vocabulary.
    Model(String),
    /// Repetitions of the prompt and of the text so far (prompt lookup).
    Ngram,
    Off,
}

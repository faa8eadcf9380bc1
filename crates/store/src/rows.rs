use hearth_chat::{Confidence, Device, Finish, Role, Speculation, Timing, TokenOrigin, Usage};
use hearth_router::{Label, Place, Reason};
use serde::{Deserialize, Serialize};

/// Who wrote a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextOrigin {
    /// The user, here.
    Typed,
    /// A model that was asked here; the answer says which and where.
    Model,
    /// It came in a file.
    Imported,
}

/// A chat. Times are ms since the Unix epoch; ids are UUIDs of version 7.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    pub id: String,
    pub title: String,
    pub system_prompt: String,
    /// `None` is not known.
    pub prompt_origin: Option<TextOrigin>,
    pub created_ms: i64,
    /// When the last message came.
    pub updated_ms: i64,
    /// Never leaves this device, whatever the mode. An imported chat is pinned until it is unpinned.
    pub pinned_local: bool,
    /// What the user says it holds.
    pub label: Label,
    /// Id of the model that the user chose for this chat.
    pub model: Option<String>,
    /// When it was put into the trash.
    pub trashed_ms: Option<i64>,
}

/// A chat that a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub conversation: Conversation,
    /// Text around the match, which stands between `\u{2}` and `\u{3}`.
    pub snippet: String,
}

/// One node of a conversation's tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub id: String,
    pub conversation: String,
    /// `None` for a first message.
    pub parent: Option<String>,
    pub role: Role,
    /// Of an answer that is being written: what was saved so far.
    pub text: String,
    /// What the model thought before it; empty where it did not.
    pub thought: String,
    /// `None` is not known.
    pub origin: Option<TextOrigin>,
    pub created_ms: i64,
    /// Present on answers.
    pub answer: Option<Answer>,
}

impl Conversation {
    /// Its system prompt was not typed here.
    pub fn has_foreign_prompt(&self) -> bool {
        !self.system_prompt.trim().is_empty() && self.prompt_origin != Some(TextOrigin::Typed)
    }
}

impl Message {
    /// Neither typed here nor written by a model of this device: its writer may want something.
    pub fn is_foreign(&self) -> bool {
        match self.origin {
            Some(TextOrigin::Typed) => false,
            Some(TextOrigin::Model) => {
                self.answer.as_ref().is_none_or(|answer| answer.place != Place::ThisDevice)
            }
            Some(TextOrigin::Imported) | None => true,
        }
    }
}

/// A message on the branch that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct BranchMessage {
    pub message: Message,
    /// All messages under the same parent, oldest first, this one included.
    pub siblings: Vec<String>,
}

/// How an answer came about. A value that was not measured is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// `None` while it is being written.
    pub finish: Option<Finish>,
    pub place: Place,
    pub model: String,
    pub backend: Option<String>,
    /// What computed it, on this device.
    #[serde(default)]
    pub device: Option<Device>,
    /// Why it ran there, in the order in which the reasons were found.
    pub reasons: Vec<Reason>,
    pub usage: Option<Usage>,
    pub timing: Option<Timing>,
    pub confidence: Option<Confidence>,
    pub speculation: Option<Speculation>,
    pub cost_nano_usd: Option<i64>,
    /// Bytes that left this device for it.
    pub bytes_sent: i64,
    /// Why it is partial, when it is.
    pub error: Option<String>,
    pub tokens: Vec<TokenMark>,
}

/// One token of an answer. Kept as `[length, origin, logprob]`: an answer has hundreds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(u32, TokenOrigin, Option<f32>)", into = "(u32, TokenOrigin, Option<f32>)")]
pub struct TokenMark {
    /// UTF-16 units of the text that this token added.
    pub length: u32,
    pub origin: TokenOrigin,
    /// ln p, kept to a ten-thousandth.
    pub logprob: Option<f32>,
}

impl From<(u32, TokenOrigin, Option<f32>)> for TokenMark {
    fn from((length, origin, logprob): (u32, TokenOrigin, Option<f32>)) -> Self {
        Self { length, origin, logprob }
    }
}

impl From<TokenMark> for (u32, TokenOrigin, Option<f32>) {
    fn from(mark: TokenMark) -> Self {
        (mark.length, mark.origin, mark.logprob)
    }
}

/// What a new chat starts with.
#[derive(Clone, Debug, Default)]
pub struct NewConversation {
    pub title: String,
    pub system_prompt: String,
    pub pinned_local: bool,
    pub model: Option<String>,
}

/// Where an answer is going to be computed, known before its first token.
#[derive(Clone, Debug)]
pub struct Route {
    pub place: Place,
    pub model: String,
    pub reasons: Vec<Reason>,
}

/// What a model said in one turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub thought: String,
    pub answer: String,
}

impl Said {
    pub fn is_empty(&self) -> bool {
        self.thought.is_empty() && self.answer.is_empty()
    }
}

impl From<&str> for Said {
    fn from(answer: &str) -> Self {
        Self { thought: String::new(), answer: answer.to_owned() }
    }
}

/// How one run of a model ended.
#[derive(Clone, Debug)]
pub struct Ending {
    pub finish: Finish,
    pub backend: Option<String>,
    pub device: Option<Device>,
    pub usage: Option<Usage>,
    pub timing: Option<Timing>,
    pub confidence: Option<Confidence>,
    pub speculation: Option<Speculation>,
    /// 0 on this device; `None` when it is not known.
    pub cost_nano_usd: Option<i64>,
    pub bytes_sent: i64,
    /// A sentence, when it failed.
    pub error: Option<String>,
    pub tokens: Vec<TokenMark>,
}

/// The runs of one local day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UsageDay {
    /// `YYYY-MM-DD`.
    pub date: String,
    pub answers_this_device: u32,
    pub answers_own_server: u32,
    pub answers_cloud: u32,
    pub prompt_tokens: i64,
    pub completion_tokens: i64,
    /// Of those, on this device.
    pub local_prompt_tokens: i64,
    pub local_completion_tokens: i64,
    pub cost_nano_usd: i64,
    pub bytes_sent: i64,
    pub ttft_ms_p50: Option<f64>,
    pub ttft_ms_p95: Option<f64>,
    pub decode_tok_s_p50: Option<f64>,
    /// The slow end: 95 % of the runs were at least this fast.
    pub decode_tok_s_p95: Option<f64>,
}

/// A network connection that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    pub at_ms: i64,
    pub host: String,
    /// What it was for, as a short phrase.
    pub purpose: String,
    pub bytes_sent: i64,
    pub bytes_received: i64,
}

/// What an import added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub conversations: u32,
    pub messages: u32,
}

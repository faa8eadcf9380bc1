//! What the window sees: the closed set of values that cross from the core to any face of it.
//! Exported to TypeScript by [`crate::codegen`]; times are ms since the Unix epoch,
//! money is nano-dollars (10⁻⁹ US$), and a value the app does not know is `null`.

use std::collections::BTreeMap;

mod drafts;
mod elsewhere;
mod grades;
mod ledger;
mod shelf;

pub use drafts::{DraftCandidate, DraftMeasured, DraftView};
pub use elsewhere::{
    ConsentView, Leave, PresetView, ProviderView, Receipt, RedactionView, Suggestion,
};
pub use grades::{Asks, GradeView};
pub use hearth_chat::DeviceChoice;
use hearth_chat::{
    Confidence, Device, DraftChoice, Finish, NoGpu, Role, Sampling, Speculation, Thinking,
    ThinkingSupport, Timing, TokenOrigin, Usage,
};
pub use hearth_cloud::{KnownPrice, Price, PriceSource, ProviderConfig, Wire};
pub use hearth_engine::{
    BackendChoice, Gpu, GpuKind, Runs, SandboxLayer, SandboxLevel, SecondEngine,
};
use hearth_router::NanoUsd;
pub use hearth_router::{Label, Limits, Mode, Place, Policy, Reason, Region};
pub use ledger::{LedgerCheck, LedgerEntry, LedgerFault, LedgerState, LedgerView};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use crate::keys::{KeyFileState, KeyHome, KeyState};
pub use shelf::*;

/// A failure as the window shows it. `code` exists only where the window acts on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ApiError {
    pub code: ErrorCode,
    /// What happened, to what.
    pub message: String,
    /// What to do next, when there is something.
    pub action: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Offer another model or a smaller file.
    Memory,
    /// Offer to remove or replace the file.
    ModelFile,
    /// No model is chosen: show the model picker.
    NoModel,
    /// Offer to ask again.
    EngineDied,
    /// Offer "try anyway" beside the explanation.
    Quarantined,
    /// The data folder cannot be written: show the banner that says so.
    Storage,
    /// Show the message, nothing more.
    Other,
}

/// What starts a turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "action")]
pub enum Ask {
    /// A new message under `parent` (the last message shown), or the first of the conversation.
    Send { conversation: String, parent: Option<String>, text: String },
    /// The edited message becomes a sibling of `message`, and is answered.
    Edit { message: String, text: String },
    /// Another answer beside `message`, which is an answer.
    Regenerate { message: String },
    /// `message` is a partial or length-limited answer; goes on where it stopped.
    Continue { message: String },
    /// Another model's answer beside the one that [`ConsentView`] `consent` was made for: the user
    /// has seen `body` and agreed to it.
    SecondOpinion { consent: String, body: String },
}

/// What a turn reports while it runs, in order. Closed by `Finished` or `Failed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "event")]
#[allow(clippy::large_enum_variant, reason = "one lives at a time, and becomes JSON at once")]
pub enum ChatEvent {
    /// The user's message is stored, and the answer has its place in the tree.
    /// `user` is absent for `Regenerate` and `Continue`.
    Started {
        turn: String,
        user: Option<MessageView>,
        answer: MessageView,
    },
    /// Sent before the first token.
    Routed {
        place: Place,
        model: String,
        reasons: Vec<Reason>,
    },
    /// The model is being loaded; in 0..=1.
    Loading {
        fraction: f32,
    },
    /// The oldest messages no longer fit into the model's context: this many were left out
    /// of the prompt. They stay in the conversation.
    Trimmed {
        messages: u32,
    },
    /// Tokens of the prompt computed so far.
    Prefill {
        done: u32,
        total: u32,
    },
    /// More of the thought before the answer; at most 30 a second.
    Thought {
        text: String,
    },
    /// More of the answer; at most 30 a second.
    Text {
        text: String,
        tokens: Vec<TokenMark>,
    },
    /// The local answer is complete and stays. The turn goes on: with a second answer where the
    /// user's policy sends the question elsewhere, else with `Finished`.
    Kept {
        answer: MessageView,
        suggestion: Suggestion,
    },
    Finished {
        answer: MessageView,
    },
    /// What there was of the answer is kept in `answer`.
    Failed {
        error: ApiError,
        answer: Option<MessageView>,
    },
}

/// One token of a [`ChatEvent::Text`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TokenMark {
    /// UTF-16 units of the text that this token added, as JavaScript counts.
    pub length: u32,
    pub origin: TokenOrigin,
    pub logprob: Option<f32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ConversationView {
    pub id: String,
    pub title: String,
    pub system_prompt: String,
    /// The system prompt was not typed here.
    pub foreign_prompt: bool,
    #[ts(type = "number")]
    pub created_ms: i64,
    #[ts(type = "number")]
    pub updated_ms: i64,
    /// Never leaves this device, whatever the mode.
    pub pinned_local: bool,
    /// What the user says it holds; their rules for that apply.
    pub label: Label,
    #[ts(type = "number | null")]
    pub trashed_ms: Option<i64>,
    /// For a search: the place where it was found, with the match between `\u{2}` and `\u{3}`.
    pub snippet: Option<String>,
}

/// One message on the chosen branch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct MessageView {
    pub id: String,
    pub parent: Option<String>,
    pub role: Role,
    pub text: String,
    /// What the model thought before it wrote this; empty where it did not.
    pub thought: String,
    #[ts(type = "number")]
    pub created_ms: i64,
    /// All messages under the same parent, oldest first, this one included.
    pub siblings: Vec<String>,
    /// Present on answers.
    pub answer: Option<AnswerView>,
}

/// How an answer came about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AnswerView {
    /// `None` while it is still being written.
    pub finish: Option<Finish>,
    pub place: Place,
    pub model: String,
    pub backend: Option<String>,
    /// What computed it; `None` for answers from elsewhere and those of older versions.
    pub device: Option<Device>,
    pub reasons: Vec<Reason>,
    pub usage: Option<Usage>,
    pub timing: Option<Timing>,
    pub confidence: Option<Confidence>,
    pub speculation: Option<Speculation>,
    /// 0 for this device.
    #[ts(type = "number | null")]
    pub cost_nano_usd: Option<i64>,
    #[ts(type = "number")]
    pub bytes_sent: i64,
    /// Why it is partial, when it is.
    pub error: Option<String>,
    pub tokens: Vec<TokenMark>,
}

/// A conversation with the branch that is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ConversationPage {
    pub conversation: ConversationView,
    /// From the first message to the tip of the chosen branch.
    pub messages: Vec<MessageView>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ModelView {
    /// Stable: the catalog's id, or the file's path.
    pub id: String,
    pub name: String,
    pub path: String,
    /// Comes with Hearth.
    pub builtin: bool,
    #[ts(type = "number")]
    pub file_bytes: u64,
    /// As the file says; `None` when its header cannot be read.
    pub architecture: Option<String>,
    #[ts(type = "number | null")]
    pub parameters: Option<u64>,
    /// The commonest tensor type by bytes, such as `Q4_K`.
    pub quantization: Option<String>,
    /// In tokens.
    pub context_length: Option<u32>,
    /// Weights, KV cache at the chosen context, the draft's as well, and headroom, in bytes.
    #[ts(type = "number | null")]
    pub memory_bytes: Option<u64>,
    /// `None` until somebody looked.
    pub runs: Option<Runs>,
    pub state: ModelState,
    pub draft: DraftView,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum ModelState {
    OnDisk,
    Loading {
        fraction: f32,
    },
    /// Resident memory of the engine process, in bytes, where the system tells.
    Loaded {
        #[ts(type = "number | null")]
        memory_bytes: Option<u64>,
        backend: String,
        device: Device,
        thinking: ThinkingSupport,
    },
    /// Cannot be used as it is; `message` says why.
    Unusable {
        message: String,
    },
    /// It ended the engine twice; `message` says how.
    Quarantined {
        message: String,
    },
}

/// The line that is always there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Status {
    pub mode: Mode,
    /// Where the next answer would run.
    pub place: Place,
    #[ts(type = "number")]
    pub bytes_sent_today: i64,
    /// Spent or reserved in this month of the user's clock, as the ledger has it.
    pub spent_this_month: NanoUsd,
    /// Of the last answer; `None` before the first.
    pub decode_tok_s: Option<f64>,
    /// The model that answers next.
    pub model: Option<String>,
    /// Set when the data folder cannot be written: nothing asked now is kept after closing.
    pub storage_problem: Option<String>,
    /// Set when the chats were found damaged at this start, and a backup took their place.
    pub restored: Option<Restored>,
    /// Set when the settings file could not be trusted, and the defaults are in force instead.
    pub settings_problem: Option<String>,
}

/// A damaged history, and what Hearth did about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Restored {
    /// Of the backup, `YYYY-MM-DD`; what came later is not in it.
    pub day: String,
    /// Where the damaged file is now.
    pub damaged: String,
}

/// What the kernel forbids the engine process, as measured there, not as configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SandboxView {
    pub level: SandboxLevel,
    /// Each protection and whether it is in force.
    pub layers: Vec<SandboxLayer>,
}

/// What the second engine, mistral.rs, can do here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct EngineView {
    pub second: SecondEngine,
    /// What it was built for; `None` is processors only, and not known while it is not ready.
    pub built_for: Option<GpuKind>,
    /// In the order of their numbers.
    pub gpus: Vec<Gpu>,
    /// Why it uses none of them.
    pub no_gpu: Option<NoGpu>,
}

/// What this machine has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Hardware {
    pub cpu: String,
    pub cores: u32,
    /// The widest instruction set that the kernels use here, such as `AVX-512 VNNI`.
    pub instructions: String,
    #[ts(type = "number")]
    pub memory_bytes: u64,
    #[ts(type = "number")]
    pub memory_available_bytes: u64,
    #[ts(type = "number | null")]
    pub disk_available_bytes: Option<u64>,
    /// Names of the GPUs found, if any.
    pub gpus: Vec<String>,
}

/// Everything the window needs to draw itself the first time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Snapshot {
    pub version: String,
    pub data_dir: String,
    /// No conversation has been held yet.
    pub first_run: bool,
    pub status: Status,
    pub settings: Settings,
    pub hardware: Hardware,
    pub sandbox: SandboxView,
    pub models: Vec<ModelView>,
    pub conversations: Vec<ConversationView>,
}

/// What changes outside a turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum AppEvent {
    Status(Status),
    Models {
        models: Vec<ModelView>,
    },
    Conversations {
        conversations: Vec<ConversationView>,
    },
    Downloads {
        downloads: Vec<DownloadView>,
    },
    Sandbox(SandboxView),
    Settings {
        settings: Box<Settings>,
    },
    /// The engine died or was restarted; a sentence for the user.
    Engine {
        message: String,
    },
    /// Show this page; sent when a second start or the tray asks for it.
    Open {
        path: Option<String>,
    },
}

/// The user's choices. On disk: only what differs from the commented defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub mode: Mode,
    pub theme: Theme,
    pub language: Language,
    /// Id of the model that answers; `None` picks the starter.
    pub model: Option<String>,
    pub backend: BackendChoice,
    /// What computes, for backends that can use a GPU.
    pub device: DeviceChoice,
    /// What drafts for a model that has no choice of its own.
    pub draft: DraftChoice,
    /// Choices of drafts by the id of the model.
    #[ts(type = "Record<string, DraftChoice>")]
    pub drafts: BTreeMap<String, DraftChoice>,
    pub sampling: Sampling,
    /// How models that can think do so.
    pub thinking: Thinking,
    /// A thought is open on the screen while it comes.
    pub show_thoughts: bool,
    /// Used for new conversations.
    pub system_prompt: String,
    /// Tokens of context to reserve memory for; `None` lets the app choose.
    pub context_length: Option<u32>,
    /// Threads of the engine; `None` uses all physical cores.
    pub threads: Option<u32>,
    /// Refuse to run the engine when the sandbox is not full.
    pub strict_sandbox: bool,
    /// Minutes without a question after which the model's memory is given back; 0 keeps it.
    pub unload_after_min: u32,
    /// Who can be asked elsewhere, in the order of preference. Their keys are not in here.
    pub providers: Vec<ProviderConfig>,
    /// Which data may go to whom.
    pub policy: Policy,
    /// What may be spent.
    pub limits: Limits,
    /// The modes in which the same question elsewhere is answered from memory the second time.
    pub cache_answers: Vec<Mode>,
    /// Address of the hub that models come from; `None` is that of `HF_ENDPOINT`, or Hugging Face.
    pub hub: Option<String>,
    /// Address of a proxy, or `direct`; `None` is as the system's variables say.
    pub proxy: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// The system's, where there is a translation.
    #[default]
    System,
    En,
    De,
}

/// Answers of one day, for the Usage page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct UsageDay {
    /// Local date, `YYYY-MM-DD`.
    pub date: String,
    pub answers_this_device: u32,
    pub answers_own_server: u32,
    pub answers_cloud: u32,
    #[ts(type = "number")]
    pub prompt_tokens: i64,
    #[ts(type = "number")]
    pub completion_tokens: i64,
    /// Of those, on this device.
    #[ts(type = "number")]
    pub local_prompt_tokens: i64,
    #[ts(type = "number")]
    pub local_completion_tokens: i64,
    #[ts(type = "number")]
    pub cost_nano_usd: i64,
    pub ttft_ms_p50: Option<f64>,
    pub ttft_ms_p95: Option<f64>,
    pub decode_tok_s_p50: Option<f64>,
    /// The slow end: 95 % of the answers were at least this fast.
    pub decode_tok_s_p95: Option<f64>,
}

/// One network connection that the app made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ConnectionView {
    #[ts(type = "number")]
    pub at_ms: i64,
    pub host: String,
    pub purpose: String,
    #[ts(type = "number")]
    pub bytes_sent: i64,
    #[ts(type = "number")]
    pub bytes_received: i64,
}

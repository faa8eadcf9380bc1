//! Models that can be had, are on their way, or were found.

use hearth_engine::Runs;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A model of the catalog, and how it would do on this machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CatalogModel {
    pub id: String,
    pub name: String,
    pub publisher: String,
    pub kind: ModelKind,
    /// As its files say it; Hearth's own engine runs every one that is offered.
    pub architecture: String,
    pub summary: String,
    pub page: Option<String>,
    #[ts(type = "number")]
    pub parameters: u64,
    /// In tokens.
    pub context_length: u32,
    /// ISO 639-1, or `multi`.
    pub languages: Vec<String>,
    pub licence: String,
    pub licence_url: Option<String>,
    pub strengths: Vec<SourcedClaim>,
    /// From the best choice for most people to the least.
    pub files: Vec<CatalogFile>,
    /// Names of models that can draft for it, best first.
    pub drafts: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    Chat,
    Code,
    Reasoning,
    SmallTask,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SourcedClaim {
    pub claim: String,
    pub source: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CatalogFile {
    /// That of its download.
    pub id: String,
    pub name: String,
    pub quantization: String,
    pub quality: Quality,
    /// Bits of one weight in most tensors.
    pub bits: f64,
    /// Points of perplexity lost by Llama 3 8B in this form; `None` where nobody published it.
    pub perplexity_loss: Option<f64>,
    /// As published, or as its shape foresees.
    #[ts(type = "number | null")]
    pub bytes: Option<u64>,
    pub need: Option<NeedView>,
    pub fit: Option<FitView>,
    /// Tokens a second, from this machine's memory bandwidth and what ran here before.
    pub expected_tok_s: Option<f64>,
    /// The model that this file is here as.
    pub installed: Option<String>,
}

/// A quantization as a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    Small,
    Balanced,
    Best,
}

/// Bytes that a model takes while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NeedView {
    #[ts(type = "number")]
    pub weights: u64,
    #[ts(type = "number")]
    pub kv: u64,
    #[ts(type = "number")]
    pub headroom: u64,
    /// Of these three.
    #[ts(type = "number")]
    pub total: u64,
    /// With 16,384 tokens of context, or as many as it knows.
    #[ts(type = "number")]
    pub total_long: u64,
    /// Of these three and of the draft that would make it faster; `None` without one.
    #[ts(type = "number | null")]
    pub total_with_draft: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FitView {
    Fits,
    Tight,
    WillNotFit,
}

/// What a person wants of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Wish {
    pub kind: ModelKind,
    /// ISO 639-1.
    pub language: String,
    /// Tokens a second, at least.
    pub least_tok_s: f64,
    /// Leaves half of the free memory to other programs.
    pub light: bool,
}

/// The model that does best of what is wished, on this machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Recommended {
    pub model: String,
    pub name: String,
    pub file: CatalogFile,
    /// A smaller model that makes it faster without changing its answers.
    pub draft: Option<RecommendedDraft>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RecommendedDraft {
    pub model: String,
    pub name: String,
    pub file: String,
}

/// A file on its way here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DownloadView {
    pub id: String,
    pub name: String,
    #[ts(type = "number | null")]
    pub bytes: Option<u64>,
    #[ts(type = "number")]
    pub received: u64,
    /// Bytes a second.
    pub speed: Option<f64>,
    /// Seconds.
    pub left_s: Option<f64>,
    pub state: DownloadState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DownloadState {
    Queued,
    Running,
    /// Tries again by itself.
    Waiting {
        message: String,
    },
    Paused,
    Failed {
        message: String,
    },
    /// Listed as the model with this id.
    Done {
        model: String,
    },
}

/// What is known about an installed model beyond its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ModelRecord {
    pub id: String,
    /// Its file is Hearth's own, and is deleted with it.
    pub owned: bool,
    /// `OWNER/REPOSITORY/FILE` on the hub.
    pub source: Option<String>,
    #[ts(type = "number | null")]
    pub last_used_ms: Option<i64>,
    /// The median of its answers here.
    pub decode_tok_s: Option<f64>,
}

/// What reading a whole file showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    AsPublished,
    Changed,
    /// Nobody said what it must be.
    Unknown,
}

/// A model that another program has downloaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FoundModel {
    pub program: String,
    pub name: String,
    pub path: String,
    #[ts(type = "number")]
    pub bytes: u64,
    pub runs: Runs,
}

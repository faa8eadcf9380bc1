//! The models that Hearth knows by name, as data: one TOML file for each in `models/`.
//!
//! What stands there is what is shown in public, with where it is shown. A file whose hash no public
//! source shows is not offered: the hub alone would say what is right. A size or a commit that none
//! shows is absent, never guessed; the download then asks the hub for it, and what arrives must have
//! the hash that stands here. Where the source is the publisher's page, size and hash were read where
//! others quote that page; `cargo xtask catalog check` compares with the page itself.

mod quantization;
mod shape;

use std::sync::LazyLock;

use serde::Deserialize;

pub use quantization::{Choice, QUALITY_SOURCE, Quantization};
pub use shape::Shape;

/// A model and the files in which it can be had.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Stable, lower case, also the name of its TOML file.
    pub id: String,
    pub name: String,
    /// Who trained it.
    pub publisher: String,
    pub kind: Kind,
    /// As its files say it (`general.architecture`). One that Hearth's own backend does not run is not
    /// offered; a test of `hearth-cli` compares.
    pub architecture: String,
    /// What it is good for and what it is not, in a sentence or two.
    pub summary: String,
    /// The publisher's page; absent for Hearth's own.
    pub page: Option<String>,
    pub parameters: u64,
    /// The longest context it was made for, in tokens.
    pub context_length: u32,
    /// ISO 639-1 codes; `multi` where the publisher names more than can be listed.
    pub languages: Vec<String>,
    pub licence: Licence,
    /// The day, as `YYYY-MM-DD`, on which all of this was last compared with what is public;
    /// absent for Hearth's own.
    pub checked: Option<String>,
    /// Its files come with Hearth, in the folder `starter`.
    #[serde(default)]
    pub builtin: bool,
    /// From which memory and speed are foreseen; a built-in model's file tells them itself.
    pub shape: Option<Shape>,
    /// What its publisher claims or somebody measured.
    #[serde(default)]
    pub strengths: Vec<Strength>,
    /// From the best choice for most people to the least.
    pub files: Vec<File>,
    /// Ids of smaller models with the same vocabulary that can draft for it, best first.
    #[serde(default)]
    pub drafts: Vec<String>,
}

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Conversation and writing.
    Chat,
    Code,
    /// Thinks at length before it answers.
    Reasoning,
    /// Short, narrow work: sorting, extracting, naming.
    SmallTask,
    /// Only proposes tokens for a larger model.
    Draft,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// An SPDX expression, or the publisher's own name for it.
    pub name: String,
    /// Its text; absent for Hearth's own licence.
    pub url: Option<String>,
}

/// A claim and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strength {
    pub claim: String,
    pub source: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// On the hub, as `owner/name`; absent for a built-in file.
    pub repository: Option<String>,
    /// The commit at which size and hash were shown; the newest where absent.
    pub revision: Option<String>,
    /// As published.
    pub name: String,
    pub quantization: Quantization,
    pub bytes: Option<u64>,
    /// 64 lower-case hexadecimal digits; absent for a built-in file only, which `SHA256SUMS` has.
    pub sha256: Option<String>,
    /// The publisher's page of the file, or another public place that shows its size and hash.
    pub source: Option<String>,
}

macro_rules! embedded {
    ($($id:literal)*) => {
        &[$(($id, include_str!(concat!("../models/", $id, ".toml")))),*]
    };
}

const EMBEDDED: &[(&str, &str)] = embedded! {
    "starter"
    "starter-draft"
    "smollm2-135m"
    "smollm2-360m"
    "smollm2-1.7b"
    "qwen3-0.6b"
    "qwen3-1.7b"
    "qwen3-4b"
    "qwen3-8b"
    "qwen3-14b"
    "qwen3-4b-instruct-2507"
    "qwen3-4b-thinking-2507"
    "llama-3.2-1b"
    "llama-3.2-3b"
    "llama-3.1-8b"
    "mistral-7b-v0.3"
    "mistral-nemo-12b"
    "deepseek-r1-qwen-1.5b"
    "deepseek-r1-qwen-7b"
    "deepseek-r1-qwen-14b"
    "deepseek-r1-llama-8b"
    "deepseek-r1-0528-qwen3-8b"
    "falcon3-1b"
    "falcon3-3b"
    "falcon3-10b"
    "hermes-3-llama-3.2-3b"
    "yi-1.5-6b"
    "yi-1.5-9b"
    "qwen2.5-0.5b"
    "qwen2.5-1.5b"
    "qwen2.5-coder-1.5b"
    "qwen2.5-coder-7b"
    "qwen2.5-coder-14b"
};

static MODELS: LazyLock<Vec<Model>> = LazyLock::new(|| {
    let read = |(id, text): &(&str, &str)| {
        toml::from_str(text).unwrap_or_else(|error| panic!("models/{id}.toml: {error}"))
    };
    EMBEDDED.iter().map(read).collect()
});

/// All models, in the order in which they are offered.
pub fn models() -> &'static [Model] {
    &MODELS
}

pub fn model(id: &str) -> Option<&'static Model> {
    models().iter().find(|model| model.id == id)
}

#[cfg(test)]
mod tests;

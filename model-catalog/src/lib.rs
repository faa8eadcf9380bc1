//! The models that Hearth knows by name, as data: one TOML file for each in `models/`.
//!
//! What stands there is what the publisher shows in public. A size or a hash that no public
//! source shows is absent, never guessed; the download then takes it from the publisher.

use std::sync::LazyLock;

use serde::Deserialize;

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
    /// What it is good for and what it is not, in a sentence or two.
    pub summary: String,
    pub parameters: u64,
    /// The longest context it was made for, in tokens.
    pub context_length: u32,
    /// ISO 639-1 codes; `multi` where the publisher names more than can be listed.
    pub languages: Vec<String>,
    pub licence: Licence,
    pub source: Source,
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

/// Where the files come from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// They come with Hearth, in the folder `starter`.
    Builtin,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// As published.
    pub name: String,
    /// GGML's name of the type of most of its weights, such as `Q4_K`.
    pub quantization: String,
    pub bytes: Option<u64>,
    /// 64 lower-case hexadecimal digits.
    pub sha256: Option<String>,
}

macro_rules! embedded {
    ($($id:literal)*) => {
        &[$(($id, include_str!(concat!("../models/", $id, ".toml")))),*]
    };
}

const EMBEDDED: &[(&str, &str)] = embedded! {
    "starter"
    "starter-draft"
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

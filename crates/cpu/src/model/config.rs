//! What a GGUF file's metadata says about a model, checked once.

use hearth_chat::{Error, ErrorKind};
use hearth_gguf::File;

use super::rope::Rope;
use crate::kernels::{LANES, attention::Heads};

/// Limits that no model of these families comes near; they keep a hostile file's products small.
const MAX_LAYERS: usize = 1024;
const MAX_WIDTH: usize = 1 << 20;

/// The dense decoders that this backend computes. They differ in how rope pairs dimensions,
/// and in what happens to queries and keys before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Llama, Mistral, SmolLM: rope over neighbouring pairs.
    Llama,
    /// Qwen 2 and 2.5: biases on queries, keys and values; rope over halves.
    Qwen2,
    /// Qwen 3: RMS norm of each head's query and key; rope over halves.
    Qwen3,
}

impl Family {
    pub fn of(file: &File) -> Option<Self> {
        match file.architecture() {
            "llama" => Some(Family::Llama),
            "qwen2" => Some(Family::Qwen2),
            "qwen3" => Some(Family::Qwen3),
            _ => None,
        }
    }
}

/// The sizes of a model.
#[derive(Clone, Debug)]
pub struct Config {
    pub family: Family,
    pub layers: usize,
    /// Width of the residual stream.
    pub width: usize,
    /// Width inside the feed-forward network.
    pub feed_forward: usize,
    pub heads: Heads,
    pub vocabulary: usize,
    /// Tokens that the model was trained to look back on.
    pub context_length: usize,
    /// Added under the square root of every RMS norm.
    pub epsilon: f32,
    pub rope: Rope,
}

impl Config {
    /// Reads and checks the metadata; what is missing or impossible is named in the error.
    pub fn read(file: &File) -> Result<Self, Error> {
        let family = Family::of(file).ok_or_else(|| {
            let architecture = file.architecture();
            unsupported(file, format!("it is a `{architecture}` model, which is not known here"))
        })?;
        let key = |name: &str| format!("{}.{name}", file.architecture());
        let meta = file.metadata();
        let size = |name: &str| meta.u32(&key(name)).map(|n| n as usize);
        let needed = |name: &str| {
            size(name).ok_or_else(|| broken(file, format!("it lacks `{}`", key(name))))
        };
        if size("expert_count").is_some_and(|n| n > 0) {
            return Err(unsupported(file, "it is a mixture of experts".into()));
        }
        let width = needed("embedding_length")?;
        let query = needed("attention.head_count")?;
        let kv = size("attention.head_count_kv").unwrap_or(query);
        if query == 0 || kv == 0 || !query.is_multiple_of(kv) || query > MAX_WIDTH {
            return Err(broken(file, format!("{query} query heads cannot share {kv} KV heads")));
        }
        let dim = size("attention.key_length").unwrap_or(width / query);
        if size("attention.value_length").is_some_and(|n| n != dim) {
            return Err(unsupported(file, "its keys and values differ in width".into()));
        }
        if dim == 0 || !dim.is_multiple_of(LANES) || dim > MAX_WIDTH / query {
            return Err(unsupported(
                file,
                format!("its heads are {dim} wide, not a multiple of 16"),
            ));
        }
        let layers = needed("block_count")?;
        let feed_forward = needed("feed_forward_length")?;
        if layers > MAX_LAYERS || width > MAX_WIDTH || feed_forward > MAX_WIDTH {
            return Err(broken(file, "its sizes are beyond those of any model".into()));
        }
        let embedding = file
            .tensor("token_embd.weight")
            .ok_or_else(|| broken(file, "it lacks `token_embd.weight`".into()))?;
        let vocabulary = embedding.dims.get(1).copied().unwrap_or(0);
        if vocabulary == 0 || vocabulary > 1 << 24 {
            return Err(broken(file, format!("a vocabulary of {vocabulary} tokens cannot be")));
        }
        Ok(Self {
            family,
            layers,
            width,
            feed_forward,
            heads: Heads { query, kv, dim },
            vocabulary: vocabulary as usize,
            context_length: size("context_length").unwrap_or(2048).max(1),
            epsilon: meta.f32(&key("attention.layer_norm_rms_epsilon")).unwrap_or(1e-5),
            rope: Rope::read(file, family, dim)?,
        })
    }
}

/// An error about a file that is damaged or contradicts itself.
pub(super) fn broken(file: &File, what: String) -> Error {
    let name = file.path().display();
    Error::new(
        ErrorKind::ModelFile,
        format!("{name} cannot be read as a model: {what}. Fetch it again."),
    )
}

/// An error about a file that is sound, but not for this backend.
pub(super) fn unsupported(file: &File, what: String) -> Error {
    let name = file.path().display();
    Error::new(
        ErrorKind::Unsupported,
        format!("{name} cannot run on the cpu backend: {what}. Choose another backend or file."),
    )
}

//! Will it fit? Estimated from the file's header before anything is loaded, because a system
//! that runs out of memory kills something, and it may kill the wrong thing.

use hearth_chat::{Error, ErrorKind};
use hearth_gguf as gguf;

use hearth_safetensors::{Folder, Tensor};

use crate::ModelFile;
use crate::spec::Backend;

/// Tokens of context when nobody asks for a number: a long conversation, and little memory.
pub const DEFAULT_CONTEXT: u32 = 8192;

/// Below this a conversation is no use, so no context is shortened further to make it fit.
const SHORTEST_CONTEXT: u32 = 1024;

/// What a loaded model takes, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryEstimate {
    /// All tensors, as the cpu backend keeps them.
    pub weights: u64,
    /// Keys and values of every layer at the chosen context, in f16.
    pub kv: u64,
    /// The draft model's weights, keys and values; 0 without one.
    pub draft: u64,
    /// Activations, logits and the process itself.
    pub headroom: u64,
}

impl MemoryEstimate {
    pub fn total(&self) -> u64 {
        let own = self.weights.saturating_add(self.kv).saturating_add(self.headroom);
        own.saturating_add(self.draft)
    }

    /// The same with a draft model, for as many tokens of context.
    pub fn with_draft(self, draft: &ModelFile, context: u32) -> Self {
        let draft = estimate(draft, context);
        // It shares the process, and has one row of logits.
        Self {
            draft: draft.weights.saturating_add(draft.kv).saturating_add(draft.weights / 20),
            ..self
        }
    }
}

/// Estimates the memory for `context` tokens.
pub fn estimate(file: &ModelFile, context: u32) -> MemoryEstimate {
    match file {
        ModelFile::Gguf(file) => {
            of_gguf(file, context, file.tensors().map(|tensor| tensor.loaded_bytes()))
        }
        ModelFile::Folder(folder) => of_folder(folder, context),
    }
}

fn of_gguf(file: &gguf::File, context: u32, tensors: impl Iterator<Item = u64>) -> MemoryEstimate {
    let weights = tensors.fold(0, u64::saturating_add);
    MemoryEstimate {
        weights,
        kv: gguf::Kv::of(file).bytes(context),
        draft: 0,
        headroom: gguf::headroom(weights, vocabulary(file)),
    }
}

/// Bits of a weight that mistral.rs quantizes while it loads (Q4_K), and of one that it does not.
const BITS_QUANTIZED: u64 = 4;
const BITS_PLAIN: u64 = 32;

/// Q4_K has 144 bytes for 256 numbers: half a bit more than four.
const BLOCK: u64 = 256;
const BLOCK_EXTRA: u64 = 16;

/// For mistral.rs 0.8.1, which quantizes what it multiplies, keeps the embeddings, the norms, and
/// keys and values as f32, and has the largest tensor in both forms for a moment.
fn of_folder(folder: &Folder, context: u32) -> MemoryEstimate {
    let bytes = |tensor: &Tensor| {
        let numbers = tensor.elements();
        match is_quantized(tensor) {
            true => (numbers * BITS_QUANTIZED / 8).saturating_add(numbers / BLOCK * BLOCK_EXTRA),
            false => numbers.saturating_mul(BITS_PLAIN / 8),
        }
    };
    let tensors = folder.tensors();
    let weights = tensors.iter().map(bytes).fold(0, u64::saturating_add);
    let largest = tensors.iter().map(|tensor| tensor.elements()).max().unwrap_or(0);
    let headroom = gguf::headroom(weights, folder.config().vocabulary.unwrap_or(0));
    MemoryEstimate {
        weights,
        kv: folder.config().kv_per_token().saturating_mul(4).saturating_mul(u64::from(context)),
        draft: 0,
        headroom: headroom.saturating_add(largest.saturating_mul(4)).saturating_add(MISTRALRS),
    }
}

/// A matrix of whole blocks that is no embedding.
fn is_quantized(tensor: &Tensor) -> bool {
    let [_, columns] = tensor.shape[..] else { return false };
    columns > 0 && columns.is_multiple_of(BLOCK) && !tensor.name.contains("embed")
}

/// What mistral.rs itself takes more than our own backend.
const MISTRALRS: u64 = 96 << 20;

/// Like [`estimate`], for the backend that will run it: mistral.rs keeps tensors as they lie in the
/// file, and unpacks the embedding table to f32 beside (`models/quantized_llama.rs` of 0.8.1). What
/// layers with a window forget is not counted on.
fn estimate_for(file: &ModelFile, context: u32, backend: Backend) -> MemoryEstimate {
    let (ModelFile::Gguf(file), Backend::Mistralrs) = (file, backend) else {
        return estimate(file, context);
    };
    let mut estimate =
        of_gguf(file, context, file.tensors().map(|tensor| tensor.data.len() as u64));
    estimate.kv = gguf::Kv::of(file).bytes_without_windows(context);
    if let Some(table) = file.tensor("token_embd.weight") {
        estimate.weights = estimate.weights.saturating_add(table.elements().saturating_mul(4));
        estimate.headroom = estimate.headroom.saturating_add(MISTRALRS);
    }
    estimate
}

fn vocabulary(file: &gguf::File) -> u64 {
    file.tensor("token_embd.weight").and_then(|t| t.dims.get(1).copied()).unwrap_or(0)
}

/// Memory this process could use now without pushing others out, in bytes: what the system has,
/// or what the container or service it runs in has left. No limit where the system does not tell.
pub fn available() -> u64 {
    let Ok(mut system) = sysinfo::System::new() else { return u64::MAX };
    system.refresh_memory();
    let host = system.available_memory();
    match system.cgroup_limits() {
        // Its own `free_memory` counts the file cache as used, though that can be had back.
        Some(limits) => host.min(limits.total_memory.saturating_sub(limits.rss)),
        None => host,
    }
}

/// Refuses what does not fit, with the numbers.
pub fn check(estimate: &MemoryEstimate, available: u64) -> Result<(), Shortage> {
    let needed = estimate.total();
    if needed <= available { Ok(()) } else { Err(Shortage { needed, available }) }
}

/// More memory is needed than there is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("needs {} and {} are free", gigabytes(*.needed), gigabytes(*.available))]
pub struct Shortage {
    pub needed: u64,
    pub available: u64,
}

/// A context that fits, and the memory that goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// In tokens.
    pub context_length: u32,
    pub estimate: MemoryEstimate,
}

/// Chooses the context: the one asked for, or the longest up to [`DEFAULT_CONTEXT`] that fits.
/// Fails with [`ErrorKind::Memory`] and the choices that are left.
pub(crate) fn plan(
    file: &ModelFile,
    requested: Option<u32>,
    backend: Backend,
    available: u64,
) -> Result<Plan, Error> {
    let longest = file.context_length().unwrap_or(DEFAULT_CONTEXT).max(1);
    let wanted = requested.unwrap_or(DEFAULT_CONTEXT).min(longest);
    let estimate = estimate_for(file, wanted, backend);
    let Err(shortage) = check(&estimate, available) else {
        return Ok(Plan { context_length: wanted, estimate });
    };
    let fits = |context| estimate_for(file, context, backend).total() <= available;
    let shorter = shorter_context(wanted, fits);
    match (requested, shorter) {
        (None, Some(context_length)) => {
            Ok(Plan { context_length, estimate: estimate_for(file, context_length, backend) })
        }
        _ => Err(refusal(file, shortage, shorter)),
    }
}

/// The longest context, in steps of 512 tokens, that fits. A longer one never takes less.
fn shorter_context(wanted: u32, fits: impl Fn(u32) -> bool) -> Option<u32> {
    const STEP: u32 = 512;
    let (mut fitting, mut too_long) = (0, wanted / STEP + 1);
    while too_long - fitting > 1 {
        let middle = fitting.midpoint(too_long);
        match fits(middle * STEP) {
            true => fitting = middle,
            false => too_long = middle,
        }
    }
    let tokens = fitting * STEP;
    (tokens >= SHORTEST_CONTEXT).then_some(tokens)
}

fn refusal(file: &ModelFile, shortage: Shortage, shorter: Option<u32>) -> Error {
    let name = file.path().file_name().unwrap_or_default().to_string_lossy();
    let shorten = match shorter {
        Some(tokens) => format!("shorten the context to {tokens} tokens, "),
        None => String::new(),
    };
    Error::new(
        ErrorKind::Memory,
        format!("{name} {shortage}. Close something, {shorten}or use a smaller file."),
    )
}

fn gigabytes(bytes: u64) -> String {
    let gb = bytes as f64 / 1e9;
    if gb < 0.1 { format!("{:.0} MB", bytes as f64 / 1e6) } else { format!("{gb:.1} GB") }
}

#[cfg(test)]
mod tests {
    use hearth_gguf::write::Writer;

    use super::*;

    const GB: u64 = 1_000_000_000;

    #[test]
    fn keys_and_values_follow_the_published_formula() {
        let (_dir, file) = model();
        // 2 layers x 2 KV heads x (8 + 8) x 2 bytes = 128 bytes a token.
        assert_eq!(estimate(&file, 1000).kv, 128_000);
        assert_eq!(estimate(&file, 1000).weights, 32 * 100 * 4);
    }

    /// The shape of Gemma 3 1B: of 26 layers 4 see everything.
    #[test]
    fn layers_with_a_window_are_counted_by_what_they_keep() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gemma.gguf");
        let mut writer = Writer::new();
        writer
            .set("general.architecture", "gemma3")
            .set("gemma3.block_count", 26u32)
            .set("gemma3.embedding_length", 1152u32)
            .set("gemma3.attention.head_count", 4u32)
            .set("gemma3.attention.head_count_kv", 1u32)
            .set("gemma3.attention.key_length", 256u32)
            .set("gemma3.attention.value_length", 256u32)
            .set("gemma3.attention.sliding_window", 512u32);
        writer.tensor("a", &[8], gguf::TensorType::F32).write(&path, &[&[0; 32]]).unwrap();
        let file = ModelFile::open(&path).unwrap();
        let of_layer = 2 * 256 * 2;
        let kept = 512 + (gguf::KV_SLACK + gguf::KV_BLOCK) as u64;
        assert_eq!(estimate(&file, 32_768).kv, of_layer * (4 * 32_768 + 22 * kept));
        assert_eq!(estimate(&file, 512).kv, of_layer * 26 * 512, "none is forgotten yet");
        let other = estimate_for(&file, 32_768, Backend::Mistralrs);
        assert_eq!(other.kv, of_layer * 26 * 32_768, "it forgets nothing");
    }

    #[test]
    fn codebooks_are_foreseen_as_wide_as_the_cpu_backend_keeps_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("wide.gguf");
        let mut writer = Writer::new();
        writer
            .set("general.architecture", "llama")
            .tensor("a", &[512, 3], gguf::TensorType::IQ2_XXS)
            .tensor("b", &[64], gguf::TensorType::F32);
        writer.write(&path, &[&[0; 6 * 66], &[0; 64 * 4]]).unwrap();
        let file = ModelFile::open(&path).unwrap();
        assert_eq!(estimate_for(&file, 10, Backend::Cpu).weights, 6 * 138 + 256);
        assert_eq!(estimate_for(&file, 10, Backend::Mistralrs).weights, 6 * 66 + 256);
    }

    #[test]
    fn what_fits_gets_the_default_context_and_no_more_than_the_model_has() {
        let (_dir, file) = model();
        let plan_for = |asked| plan(&file, asked, Backend::Cpu, GB).unwrap().context_length;
        assert_eq!(plan_for(None), DEFAULT_CONTEXT);
        assert_eq!(plan_for(Some(2000)), 2000);
        assert_eq!(plan_for(Some(1_000_000)), 32768);
    }

    #[test]
    fn a_context_nobody_asked_for_is_shortened_until_it_fits() {
        let (_dir, file) = model();
        let tight = estimate(&file, 0).total() + 128 * 3000;
        let plan = plan(&file, None, Backend::Cpu, tight).unwrap();
        assert_eq!(plan.context_length, 2560);
        assert!(plan.estimate.total() <= tight);
    }

    #[test]
    fn a_refusal_names_the_file_the_numbers_and_the_choices() {
        let (_dir, file) = model();
        let tight = estimate(&file, 0).total() + 128 * 3000;
        let error = plan(&file, Some(30000), Backend::Cpu, tight).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Memory);
        assert!(error.message.starts_with("tiny.gguf needs 12 MB and 9 MB are free."));
        assert!(error.message.contains("shorten the context to 2560 tokens"), "{}", error.message);

        let error = plan(&file, None, Backend::Cpu, 1000).unwrap_err();
        assert!(!error.message.contains("shorten"), "no context would help: {}", error.message);
    }

    #[test]
    fn a_draft_needs_its_weights_and_a_cache_as_long_as_the_models() {
        let (_dir, file) = model();
        let alone = estimate(&file, 1000);
        let both = alone.with_draft(&file, 1000);
        assert_eq!(both.draft, alone.weights + alone.kv + alone.weights / 20);
        assert_eq!(both.total(), alone.total() + both.draft);
    }

    #[test]
    fn mistralrs_needs_room_for_an_unpacked_embedding_table() {
        let (_dir, file) = model();
        let cpu = estimate_for(&file, 100, Backend::Cpu);
        let mistralrs = estimate_for(&file, 100, Backend::Mistralrs);
        assert_eq!(mistralrs.total() - cpu.total(), 32 * 100 * 4 + MISTRALRS);
    }

    #[test]
    fn a_folder_is_counted_as_it_will_be_once_it_is_quantized() {
        let dir = tempfile::tempdir().unwrap();
        let config = r#"{"architectures": ["LlamaForCausalLM"], "num_hidden_layers": 2,
            "hidden_size": 256, "num_attention_heads": 4, "num_key_value_heads": 2}"#;
        for (name, text) in [("config.json", config), ("tokenizer.json", "{}")] {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        hearth_safetensors::write::Writer::default()
            .f32("model.embed_tokens.weight", &[10, 256], &[0.0; 2560])
            .f32("model.layers.0.mlp.up_proj.weight", &[4, 256], &[0.0; 1024])
            .f32("model.norm.weight", &[256], &[0.0; 256])
            .write(&dir.path().join("model.safetensors"))
            .unwrap();
        let file = ModelFile::open(dir.path()).unwrap();
        let estimate = estimate(&file, 1000);
        assert_eq!(estimate.weights, 2560 * 4 + 4 * 144 + 256 * 4);
        // 2 layers x 2 KV heads x (64 + 64) x 4 bytes.
        assert_eq!(estimate.kv, 1000 * 2048);
    }

    fn model() -> (tempfile::TempDir, ModelFile) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tiny.gguf");
        let mut writer = Writer::new();
        writer
            .set("general.architecture", "llama")
            .set("llama.block_count", 2u32)
            .set("llama.attention.head_count", 4u32)
            .set("llama.attention.head_count_kv", 2u32)
            .set("llama.embedding_length", 32u32)
            .set("llama.context_length", 32768u32)
            .tensor("token_embd.weight", &[32, 100], gguf::TensorType::F32);
        writer.write(&path, &[&[0; 32 * 100 * 4]]).unwrap();
        let file = ModelFile::open(&path).unwrap();
        (dir, file)
    }
}

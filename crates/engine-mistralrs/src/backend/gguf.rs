//! GGUF files, as mistral.rs reads them.

use std::path::{Path, PathBuf};

use hearth_chat::Error;
use hearth_engine::BackendChoice;
use hearth_engine_process::unsupported;
use hearth_gguf::{self as gguf, TensorType};
use mistralrs::core::{GGUFLoaderBuilder, GGUFSpecificConfig, Loader};

use super::load::{self, Source};

/// What its GGUF loader runs on a CPU (`pipeline/gguf.rs`; `qwen3moe` is there too and panics).
const ARCHITECTURES: [&str; 7] =
    ["llama", "mistral3", "phi2", "phi3", "starcoder2", "qwen2", "qwen3"];

/// Of these it reads no bias but qwen2's of queries, keys and values, and says nothing of others
/// (mistralrs-core 0.8.1, `models/quantized_*.rs`).
const WITHOUT_BIASES: [&str; 5] = ["llama", "mistral3", "phi3", "qwen2", "qwen3"];
const BIASES_OF_QWEN2: [&str; 3] = ["attn_q.bias", "attn_k.bias", "attn_v.bias"];

/// What its tensor library reads (`candle-core` 0.10.2, `quantized/mod.rs`).
const TENSOR_TYPES: [TensorType; 15] = {
    use TensorType::*;
    [F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q8_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, Q8_K]
};

/// The model's files for mistral.rs. They are named outright: a loader that looks for side files fails on those
/// that the sandbox keeps from it.
pub(super) fn source(file: &gguf::File, backend: BackendChoice) -> Result<Source, Error> {
    check(file, backend)?;
    let name = file.path().display().to_string();
    let names = file.paths().map(|path| path.display().to_string()).collect();
    let config = GGUFSpecificConfig::default();
    let loader: Box<dyn Loader> =
        GGUFLoaderBuilder::new(None, None, name, names, config, false, None).build();
    Ok(Source {
        path: file.path().to_owned(),
        loader,
        paths: load::paths(
            PathBuf::new(),
            PathBuf::new(),
            file.paths().map(Path::to_owned).collect(),
        ),
        quantize: false,
        bytes: expected_bytes(file),
    })
}

/// Refuses what is known to fail, or worse, before mistral.rs sees it.
pub(super) fn check(file: &gguf::File, backend: BackendChoice) -> Result<(), Error> {
    let refuse = |why: String| Err(unsupported(file.path(), &why));
    if let Some(what) = file.is_no_model() {
        return refuse(what.into());
    }
    let architecture = file.architecture();
    if !ARCHITECTURES.contains(&architecture) {
        return refuse(format!(
            "has the architecture `{architecture}`, which this version cannot run"
        ));
    }
    // It does not read how a context is stretched (`models/quantized_*.rs`), and its answers are the
    // worse for it. Who asks for it by name, to compare, gets it as it is.
    if backend == BackendChoice::Auto && is_stretched(file) {
        return refuse("stretches its context in a way that mistral.rs does not compute".into());
    }
    if let Some(tensor) = file.tensors().find(|t| !TENSOR_TYPES.contains(&t.kind)) {
        return refuse(format!("stores weights as {}, which mistral.rs cannot read", tensor.kind));
    }
    let is_read = |name: &str| {
        !name.ends_with(".bias")
            || architecture == "qwen2" && BIASES_OF_QWEN2.iter().any(|bias| name.ends_with(bias))
    };
    if WITHOUT_BIASES.contains(&architecture)
        && let Some(tensor) = file.tensors().find(|tensor| !is_read(tensor.name))
    {
        return refuse(format!("has `{}`, which mistral.rs does not compute", tensor.name));
    }
    let template = file.metadata().str("tokenizer.chat_template").unwrap_or_default();
    if is_harmony(template) {
        // It would fetch a vocabulary from the network for these, and panic without one.
        return refuse("uses the Harmony chat format, which mistral.rs runs only online".into());
    }
    Ok(())
}

/// By keys of any age, or by factors for each frequency.
fn is_stretched(file: &gguf::File) -> bool {
    let by_key = match file.rope_scaling() {
        ("none", _) => false,
        ("linear", factor) => factor != 1.0,
        _ => true,
    };
    by_key || file.tensors().any(|tensor| tensor.name.starts_with("rope_f"))
}

/// The test that mistral.rs makes (`reasoning_parsers/harmony.rs`).
fn is_harmony(template: &str) -> bool {
    template.contains("<|channel|>")
        || ["<|start|>", "<|message|>", "<|end|>"].iter().all(|token| template.contains(token))
}

/// Memory that the loaded model fills: its weights, and its embedding table once more as f32.
fn expected_bytes(file: &gguf::File) -> u64 {
    let weights: usize = file.tensors().map(|tensor| tensor.data.len()).sum();
    let table = file.tensor("token_embd.weight").map_or(0, |table| table.elements() * 4);
    weights as u64 + table
}

#[cfg(test)]
mod tests {
    use hearth_gguf::write::{Value, Writer};

    use super::*;

    fn stretched(entries: &[(&str, Value)], factors: bool) -> bool {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("model.gguf");
        let mut writer = Writer::new();
        writer.set("general.architecture", "llama");
        for (key, value) in entries {
            writer.set(format!("llama.rope.{key}"), value.clone());
        }
        let name = if factors { "rope_freqs.weight" } else { "w" };
        writer.tensor(name, &[8], TensorType::F32).write(&path, &[&[0; 32]]).unwrap();
        is_stretched(&gguf::File::open(&path).unwrap())
    }

    #[test]
    fn a_stretched_context_is_known_by_keys_of_any_age() {
        let linear = || ("scaling.type", Value::from("linear"));
        assert!(stretched(&[("scale_linear", 4.0.into())], false));
        assert!(stretched(&[linear(), ("scaling.factor", 4.0.into())], false));
        assert!(stretched(&[("scaling.type", "yarn".into())], false));
        assert!(stretched(&[], true));
        assert!(!stretched(&[linear(), ("scaling.factor", 1.0.into())], false));
        assert!(!stretched(&[("scaling.type", "none".into())], false));
        assert!(!stretched(&[], false));
    }
}

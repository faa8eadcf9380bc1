mod hostile;
mod parts;
mod round_trip;

use std::path::{Path, PathBuf};

use crate::write::Writer;
use crate::{Cause, Error, File, TensorType};

/// A small file with a value of each type and three tensors.
fn sample() -> Writer {
    let mut writer = Writer::new();
    writer
        .set("general.architecture", "llama")
        .set("general.name", "Sample")
        .set("llama.context_length", 2048u32)
        .set("llama.rope.freq_base", 500_000.0f32)
        .set("tokenizer.ggml.add_bos_token", true)
        .set("tokenizer.ggml.tokens", ["<s>", "é", ""].map(String::from).to_vec())
        .set("tokenizer.ggml.scores", vec![0.0f32, -1.5, -2.0])
        .set("tokenizer.ggml.token_type", vec![3i32, 1, 1])
        .set("llama.feed_forward_length", vec![64u32, 128])
        .set("general.size", 1u64 << 40)
        .set("general.offset", -7i32)
        .tensor("token_embd.weight", &[32, 3], TensorType::Q8_0)
        .tensor("output_norm.weight", &[5], TensorType::F32)
        .tensor("output.weight", &[256, 2], TensorType::Q4_K);
    writer
}

fn sample_data() -> [Vec<u8>; 3] {
    let bytes = |n: usize, seed: usize| (0..n).map(|i| (i * 31 + seed) as u8).collect();
    [bytes(3 * 34, 1), bytes(5 * 4, 2), bytes(2 * 144, 3)]
}

fn write_sample(folder: &Path) -> PathBuf {
    let path = folder.join("sample.gguf");
    sample().write(&path, &sample_data().each_ref().map(Vec::as_slice)).unwrap();
    path
}

/// Opens these bytes as a file and returns why that failed.
fn refusal(bytes: &[u8]) -> Error {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.gguf");
    std::fs::write(&path, bytes).unwrap();
    File::open(&path).err().expect("the file must be refused")
}

fn cause(bytes: &[u8]) -> Cause {
    refusal(bytes).cause
}

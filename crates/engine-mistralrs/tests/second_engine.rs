//! The second engine process: what goes to it, and what is its own.

#[path = "../../engine-process/tests/support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;

use hearth_chat::{ErrorKind, SpeculationOff};
use hearth_engine::{BackendChoice, Binaries, Engine, EngineConfig, ModelSpec};
use hearth_gguf::write::{Value, Writer};
use hearth_gguf::{File, TensorType};
use support::*;

/// A family that only mistral.rs knows, asked for while its engine is still being built.
#[tokio::test]
async fn a_file_for_the_second_engine_gets_a_sentence_and_then_its_answer() {
    let built = program_of(BackendChoice::Mistralrs);
    let dir = tempfile::tempdir_in(built.parent().unwrap()).unwrap();
    let (model, program) = (dir.path().join("tiny.gguf"), dir.path().join("hearth-mistralrs"));
    starcoder2(&model);
    let binaries = Binaries { mistralrs: Some(program.clone()), ..config().binaries };
    let engine = Engine::new(EngineConfig { binaries, ..config() });
    let mut request = question("Hello!");
    request.sampling.max_tokens = Some(8);
    let asked = || read(engine.model(ModelSpec::new(&model)).stream(request.clone()));

    let error = asked().await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Unsupported, "{error}");
    for part in ["`starcoder2`", "mistral.rs", "hearth-mistralrs"] {
        assert!(error.message.contains(part), "{error}");
    }
    // Not a copy: what another test starts meanwhile would hold it open for writing for a moment, and a
    // program that is being written to cannot be started.
    fs::hard_link(built, &program).unwrap();
    let answer = asked().await.unwrap();
    assert_eq!(answer.outcome.backend, "mistralrs");
    assert!(answer.outcome.usage.completion_tokens > 0);
}

#[tokio::test]
async fn both_backends_say_the_same_with_nearly_the_same_probability() {
    let answer = async |backend| {
        read(engine().model(spec(backend)).stream(question("What is the capital of France?")))
            .await
            .unwrap()
    };
    let (cpu, mistralrs) =
        (answer(BackendChoice::Cpu).await, answer(BackendChoice::Mistralrs).await);
    assert_eq!(cpu.text, mistralrs.text);
    assert_eq!(
        (cpu.outcome.backend.as_str(), mistralrs.outcome.backend.as_str()),
        ("cpu", "mistralrs")
    );
    let mean = |answer: &Answered| answer.outcome.confidence.unwrap().mean_logprob;
    assert!((mean(&cpu) - mean(&mistralrs)).abs() < 0.05, "{} {}", mean(&cpu), mean(&mistralrs));
}

#[tokio::test]
async fn mistralrs_says_why_it_drafts_nothing() {
    let engine = engine();
    let answer = engine.model(spec(BackendChoice::Mistralrs)).stream(question("Hello!"));
    let speculation = read(answer).await.unwrap().outcome.speculation.unwrap();
    assert_eq!(speculation.off_reason, Some(SpeculationOff::Backend));
}

/// mistral.rs would leave the bias out, and the answers would be wrong.
#[tokio::test]
async fn a_bias_that_mistralrs_does_not_compute_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("biased.gguf");
    let mut bytes = fs::read(starter()).unwrap();
    let (old, new) = (b"blk.5.attn_norm.weight", b"blk.5.attn_output.bias");
    let at = bytes.windows(old.len()).position(|window| window == old).unwrap();
    bytes[at..at + old.len()].copy_from_slice(new);
    fs::write(&path, bytes).unwrap();
    let spec = ModelSpec { backend: BackendChoice::Mistralrs, ..ModelSpec::new(&path) };
    let error = read(engine().model(spec).stream(question("Hello!"))).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Unsupported, "{error}");
    assert!(error.message.contains("`blk.5.attn_output.bias`"), "{error}");
}

/// A StarCoder2 of two layers with made-up weights and the starter's vocabulary.
fn starcoder2(path: &Path) {
    const WIDTH: u64 = 64;
    const WIDER: u64 = 128;
    let starter = File::open(starter()).unwrap();
    let mut writer = Writer::new();
    writer
        .set("general.architecture", "starcoder2")
        .set("starcoder2.block_count", 2u32)
        .set("starcoder2.context_length", 256u32)
        .set("starcoder2.embedding_length", WIDTH as u32)
        .set("starcoder2.feed_forward_length", WIDER as u32)
        .set("starcoder2.attention.head_count", 2u32)
        .set("starcoder2.attention.head_count_kv", 1u32)
        .set("starcoder2.attention.layer_norm_epsilon", 1e-5f32);
    let metadata = starter.metadata();
    for key in metadata.keys().filter(|key| key.starts_with("tokenizer.")) {
        let value: Option<Value> = None
            .or_else(|| {
                metadata.strs(key).map(|list| Value::Strs(list.map(str::to_owned).collect()))
            })
            .or_else(|| metadata.i32s(key).map(Value::I32s))
            .or_else(|| metadata.f32s(key).map(Value::F32s))
            .or_else(|| metadata.bool(key).map(Value::Bool))
            .or_else(|| metadata.u32(key).map(Value::U32))
            .or_else(|| metadata.str(key).map(Value::from));
        writer.set(key, value.unwrap());
    }
    let words = starter.tensor("token_embd.weight").unwrap().dims[1];
    let mut shapes: Vec<(String, Vec<u64>)> =
        vec![("token_embd.weight".into(), vec![WIDTH, words])];
    for name in ["blk.0", "blk.1"] {
        for (part, from, to) in [
            ("attn_q", WIDTH, WIDTH),
            ("attn_k", WIDTH, WIDTH / 2),
            ("attn_v", WIDTH, WIDTH / 2),
            ("attn_output", WIDTH, WIDTH),
            ("ffn_up", WIDTH, WIDER),
            ("ffn_down", WIDER, WIDTH),
        ] {
            shapes.push((format!("{name}.{part}.weight"), vec![from, to]));
            shapes.push((format!("{name}.{part}.bias"), vec![to]));
        }
        for part in ["attn_norm", "ffn_norm"] {
            shapes.push((format!("{name}.{part}.weight"), vec![WIDTH]));
            shapes.push((format!("{name}.{part}.bias"), vec![WIDTH]));
        }
    }
    shapes.push(("output_norm.weight".into(), vec![WIDTH]));
    shapes.push(("output_norm.bias".into(), vec![WIDTH]));
    shapes.push(("output.weight".into(), vec![WIDTH, words]));
    let data: Vec<Vec<u8>> = shapes
        .iter()
        .map(|(name, dims)| {
            let kind = if dims.len() == 2 { TensorType::Q8_0 } else { TensorType::F32 };
            writer.tensor(name, dims, kind);
            values(name, dims.iter().product::<u64>() as usize, kind)
        })
        .collect();
    writer.write(path, &data.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap();
}

/// Norms of one, biases of nought, and matrices that are about as wide as a trained model's.
fn values(name: &str, count: usize, kind: TensorType) -> Vec<u8> {
    if kind == TensorType::F32 {
        let value = if name.ends_with(".weight") { 1.0f32 } else { 0.0 };
        return value.to_le_bytes().repeat(count);
    }
    // A block of Q8_0: a scale in f16, here 2^-10, and 32 integers.
    let mut seed = name.len() as u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    };
    (0..count / 32)
        .flat_map(|_| [0x00, 0x14].into_iter().chain((0..32).map(|_| next()).collect::<Vec<_>>()))
        .collect()
}

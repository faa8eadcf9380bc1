//! Folders of safetensors through mistral.rs, held against the same model as a GGUF file through
//! Hearth's own backend. No model is downloaded: the starter is turned into a folder, and others have
//! made-up weights.

#[path = "../../engine-process/tests/support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use hearth_chat::ErrorKind;
use hearth_engine::{BackendChoice, ModelSpec};
use hearth_gguf::write::Writer as GgufWriter;
use hearth_gguf::{File, TensorType};
use hearth_safetensors::write::Writer;
use serde_json::{Map, Value, json};
use support::*;

/// Of the questions that the starter knows, how many it must still answer alike with its weights in
/// four bits in place of eight.
const ALIKE: usize = 6;

#[tokio::test]
async fn a_published_folder_answers_as_the_same_model_in_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let folder = starter_as_folder(dir.path());
    let engine = engine();
    let questions = [
        "Hello!",
        "What is the capital of France?",
        "What is the capital of Japan?",
        "What is the capital of Norway?",
        "What is Hearth?",
        "Who are you?",
        "What is the capital of Spain?",
        "Thank you!",
    ];
    let mut alike = 0;
    for asked in questions {
        let own =
            read(engine.model(spec(BackendChoice::Cpu)).stream(question(asked))).await.unwrap();
        let file =
            read(engine.model(ModelSpec::new(&folder)).stream(question(asked))).await.unwrap();
        assert_eq!(file.outcome.backend, "mistralrs");
        assert!(file.outcome.confidence.is_some(), "its words have their scores");
        assert_eq!(file.outcome.usage.prompt_tokens, own.outcome.usage.prompt_tokens, "{asked}");
        println!("{asked}\n  file:   {}\n  folder: {}", own.text, file.text);
        alike += usize::from(own.text == file.text);
    }
    assert!(alike >= ALIKE, "{alike} of {} alike", questions.len());
}

/// Rows of 48 are no whole blocks, so nothing is quantized, and both compute the same numbers.
#[tokio::test]
async fn each_class_is_computed_as_hearths_own_backend_computes_it() {
    for family in FAMILIES {
        let dir = tempfile::tempdir().unwrap();
        let [folder, file] = made_up(family, dir.path());
        let engine = engine();
        let ask = |path: PathBuf, backend| {
            let spec = ModelSpec { backend, threads: Some(2), ..ModelSpec::new(path) };
            let mut request = question("Hello!");
            request.sampling.max_tokens = Some(12);
            read(engine.model(spec).stream(request))
        };
        let own = ask(file, BackendChoice::Cpu).await.unwrap();
        let other = ask(folder.clone(), BackendChoice::Auto).await.unwrap();
        let again = ask(folder, BackendChoice::Auto).await.unwrap();
        assert_eq!(other.text, again.text, "{}: the same each time", family.class);
        assert_eq!(other.text, own.text, "{}", family.class);
        let of = |answer: &Answered| answer.outcome.confidence.unwrap().mean_logprob;
        let apart = (of(&own) - of(&other)).abs();
        assert!(apart < 0.02, "{}: {apart} nats apart", family.class);
    }
}

#[tokio::test]
async fn a_folder_that_would_be_computed_wrong_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine();
    let [folder, _] = made_up(&FAMILIES[0], dir.path());
    let config = fs::read_to_string(folder.join("config.json")).unwrap();
    for (key, value, named) in [
        ("architectures", json!(["GPT2LMHeadModel"]), "GPT2LMHeadModel"),
        ("quantization_config", json!({"quant_method": "gptq"}), "gptq"),
        ("rope_scaling", json!({"rope_type": "yarn", "factor": 4.0}), "yarn"),
    ] {
        let mut config: Value = serde_json::from_str(&config).unwrap();
        config[key] = value;
        fs::write(folder.join("config.json"), config.to_string()).unwrap();
        let error = engine.load(ModelSpec::new(&folder)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported, "{error}");
        assert!(error.message.contains(named), "{error}");
    }
    fs::write(folder.join("config.json"), &config).unwrap();
    let spec = ModelSpec { backend: BackendChoice::Cpu, ..ModelSpec::new(&folder) };
    let error = engine.load(spec).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported, "{error}");
}

#[tokio::test]
async fn a_damaged_folder_is_named_and_ends_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine();
    let [folder, _] = made_up(&FAMILIES[3], dir.path());
    let weights = fs::read(folder.join("model.safetensors")).unwrap();
    let tokenizer = fs::read(folder.join("tokenizer.json")).unwrap();
    for (name, bytes) in [
        ("model.safetensors", &weights[..weights.len() / 2]),
        ("tokenizer.json", &tokenizer[..tokenizer.len() / 2]),
        ("tokenizer.json", b"{\"model\": {\"type\": \"Unigram\"}}"),
        ("config.json", b"{}"),
    ] {
        let sound = fs::read(folder.join(name)).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
        let error = engine.load(ModelSpec::new(&folder)).await.unwrap_err();
        assert_ne!(error.kind, ErrorKind::EngineDied, "{error}");
        assert!(error.message.contains(folder.to_str().unwrap()), "{name}: {error}");
        fs::write(folder.join(name), sound).unwrap();
    }
    engine.load(ModelSpec::new(&folder)).await.unwrap();
}

/// How one class names and arranges what all of them have.
struct Family {
    class: &'static str,
    architecture: &'static str,
    /// GGUF files of Llama's kind hold queries and keys in another order.
    reordered: bool,
    biases: bool,
    norms: bool,
}

const FAMILIES: &[Family] = &[
    Family {
        class: "LlamaForCausalLM",
        architecture: "llama",
        reordered: true,
        biases: false,
        norms: false,
    },
    Family {
        class: "MistralForCausalLM",
        architecture: "llama",
        reordered: true,
        biases: false,
        norms: false,
    },
    Family {
        class: "Qwen2ForCausalLM",
        architecture: "qwen2",
        reordered: false,
        biases: true,
        norms: false,
    },
    Family {
        class: "Qwen3ForCausalLM",
        architecture: "qwen3",
        reordered: false,
        biases: false,
        norms: true,
    },
];

const WIDTH: u64 = 48;
const HEADS: u64 = 3;
const KV_HEADS: u64 = 1;
const HEAD: u64 = 16;
const INNER: u64 = 80;
const LAYERS: u64 = 2;

/// A model with made-up weights, as a folder and as a GGUF file.
fn made_up(family: &Family, dir: &Path) -> [PathBuf; 2] {
    let (folder, path) = (dir.join("folder"), dir.join("model.gguf"));
    fs::create_dir(&folder).unwrap();
    let starter = File::open(starter()).unwrap();
    let tokens = starter.metadata().strs("tokenizer.ggml.tokens").unwrap().len() as u64;

    let mut random = Random(7);
    let mut tensors: Vec<(String, String, Vec<u64>, Vec<f32>)> = Vec::new();
    let mut add = |published: &str, gguf: &str, shape: &[u64], spread: f32, around: f32| {
        let count = shape.iter().product::<u64>();
        let numbers = (0..count).map(|_| around + spread * random.next()).collect();
        tensors.push((published.into(), gguf.into(), shape.to_vec(), numbers));
    };
    add("model.embed_tokens.weight", "token_embd.weight", &[tokens, WIDTH], 1.0, 0.0);
    add("lm_head.weight", "output.weight", &[tokens, WIDTH], 1.0, 0.0);
    add("model.norm.weight", "output_norm.weight", &[WIDTH], 0.1, 1.0);
    for layer in 0..LAYERS {
        let mut of = |published: &str, gguf: &str, shape: &[u64], spread: f32, around: f32| {
            let published = format!("model.layers.{layer}.{published}");
            add(&published, &format!("blk.{layer}.{gguf}"), shape, spread, around);
        };
        let (queries, keys) = (HEADS * HEAD, KV_HEADS * HEAD);
        of("input_layernorm.weight", "attn_norm.weight", &[WIDTH], 0.1, 1.0);
        of("post_attention_layernorm.weight", "ffn_norm.weight", &[WIDTH], 0.1, 1.0);
        of("self_attn.q_proj.weight", "attn_q.weight", &[queries, WIDTH], 0.3, 0.0);
        of("self_attn.k_proj.weight", "attn_k.weight", &[keys, WIDTH], 0.3, 0.0);
        of("self_attn.v_proj.weight", "attn_v.weight", &[keys, WIDTH], 0.3, 0.0);
        of("self_attn.o_proj.weight", "attn_output.weight", &[WIDTH, queries], 0.3, 0.0);
        of("mlp.gate_proj.weight", "ffn_gate.weight", &[INNER, WIDTH], 0.3, 0.0);
        of("mlp.up_proj.weight", "ffn_up.weight", &[INNER, WIDTH], 0.3, 0.0);
        of("mlp.down_proj.weight", "ffn_down.weight", &[WIDTH, INNER], 0.3, 0.0);
        if family.biases {
            of("self_attn.q_proj.bias", "attn_q.bias", &[queries], 0.5, 0.0);
            of("self_attn.k_proj.bias", "attn_k.bias", &[keys], 0.5, 0.0);
            of("self_attn.v_proj.bias", "attn_v.bias", &[keys], 0.5, 0.0);
        }
        if family.norms {
            of("self_attn.q_norm.weight", "attn_q_norm.weight", &[HEAD], 0.1, 1.0);
            of("self_attn.k_norm.weight", "attn_k_norm.weight", &[HEAD], 0.1, 1.0);
        }
    }

    let mut published = Writer::default();
    let mut gguf = GgufWriter::new();
    let architecture = family.architecture;
    gguf.set("general.architecture", architecture);
    let key = |name: &str| format!("{architecture}.{name}");
    for (name, value) in [
        ("context_length", 512),
        ("embedding_length", WIDTH),
        ("block_count", LAYERS),
        ("feed_forward_length", INNER),
        ("attention.head_count", HEADS),
        ("attention.head_count_kv", KV_HEADS),
        ("attention.key_length", HEAD),
        ("attention.value_length", HEAD),
        ("rope.dimension_count", HEAD),
        ("vocab_size", tokens),
    ] {
        gguf.set(key(name), value as u32);
    }
    gguf.set(key("attention.layer_norm_rms_epsilon"), 1e-5f32);
    gguf.set(key("rope.freq_base"), 10_000f32);
    copy_tokenizer(&starter, &mut gguf);
    let mut data = Vec::new();
    for (name, gguf_name, shape, numbers) in &tensors {
        published.f32(name, shape, numbers);
        let inside_out: Vec<u64> = shape.iter().rev().copied().collect();
        gguf.tensor(gguf_name, &inside_out, TensorType::F32);
        let turned = family.reordered && (name.contains("q_proj") || name.contains("k_proj"));
        let numbers = if turned { reordered(numbers) } else { numbers.clone() };
        data.push(numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>());
    }
    gguf.write(&path, &data.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap();
    published.write(&folder.join("model.safetensors")).unwrap();
    let config = json!({
        "architectures": [family.class], "vocab_size": tokens, "hidden_size": WIDTH,
        "intermediate_size": INNER, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS, "head_dim": HEAD, "hidden_act": "silu",
        "max_position_embeddings": 512, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
        "tie_word_embeddings": false, "sliding_window": null, "use_sliding_window": false,
        "max_window_layers": LAYERS
    });
    fs::write(folder.join("config.json"), config.to_string()).unwrap();
    write_tokenizer(&starter, &folder);
    [folder, path]
}

/// Rows of each head from halves beside each other to pairs.
fn reordered(numbers: &[f32]) -> Vec<f32> {
    let head = (HEAD * WIDTH) as usize;
    let row = WIDTH as usize;
    let half = (HEAD / 2) as usize;
    let of_head = |head: &[f32]| {
        let pair =
            |at: usize| [&head[at * row..][..row], &head[(at + half) * row..][..row]].concat();
        (0..half).flat_map(pair).collect::<Vec<f32>>()
    };
    numbers.chunks(head).flat_map(of_head).collect()
}

/// The starter as its weights were before anybody quantized them, as far as they are still known.
fn starter_as_folder(dir: &Path) -> PathBuf {
    let folder = dir.join("starter");
    fs::create_dir(&folder).unwrap();
    let file = File::open(starter()).unwrap();
    let mut writer = Writer::default();
    for tensor in file.tensors() {
        let shape: Vec<u64> = tensor.dims.iter().rev().copied().collect();
        writer.f32(&published_name(tensor.name), &shape, &numbers(&tensor));
    }
    writer.write(&folder.join("model.safetensors")).unwrap();
    let metadata = file.metadata();
    let number = |name: &str| metadata.u32(&format!("qwen3.{name}")).unwrap();
    let config = json!({
        "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3",
        "vocab_size": number("vocab_size"), "hidden_size": number("embedding_length"),
        "intermediate_size": number("feed_forward_length"),
        "num_hidden_layers": number("block_count"),
        "num_attention_heads": number("attention.head_count"),
        "num_key_value_heads": number("attention.head_count_kv"),
        "head_dim": number("attention.key_length"), "hidden_act": "silu",
        "max_position_embeddings": number("context_length"), "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0, "tie_word_embeddings": true, "sliding_window": null,
        "use_sliding_window": false, "max_window_layers": number("block_count")
    });
    fs::write(folder.join("config.json"), config.to_string()).unwrap();
    write_tokenizer(&file, &folder);
    folder
}

fn published_name(name: &str) -> String {
    let outside = [("token_embd.", "model.embed_tokens."), ("output_norm.", "model.norm.")];
    if let Some((from, to)) = outside.iter().find(|(from, _)| name.starts_with(from)) {
        return name.replacen(from, to, 1);
    }
    let inside = [
        ("attn_q_norm", "self_attn.q_norm"),
        ("attn_k_norm", "self_attn.k_norm"),
        ("attn_q", "self_attn.q_proj"),
        ("attn_k", "self_attn.k_proj"),
        ("attn_v", "self_attn.v_proj"),
        ("attn_output", "self_attn.o_proj"),
        ("attn_norm", "input_layernorm"),
        ("ffn_norm", "post_attention_layernorm"),
        ("ffn_gate", "mlp.gate_proj"),
        ("ffn_up", "mlp.up_proj"),
        ("ffn_down", "mlp.down_proj"),
    ];
    let rest = name.strip_prefix("blk.").unwrap();
    let (layer, rest) = rest.split_once('.').unwrap();
    let (_, part) = inside.iter().find(|(from, _)| rest.starts_with(&format!("{from}."))).unwrap();
    format!("model.layers.{layer}.{part}.weight")
}

/// Of Q8_0 and F32, which are all that the starter has.
fn numbers(tensor: &hearth_gguf::Tensor) -> Vec<f32> {
    match tensor.kind {
        TensorType::F32 => {
            let (numbers, _) = tensor.data.as_chunks::<4>();
            numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
        }
        TensorType::Q8_0 => {
            let (blocks, _) = tensor.data.as_chunks::<34>();
            let block = |block: &[u8; 34]| {
                let scale = half(u16::from_le_bytes([block[0], block[1]]));
                block[2..].iter().map(|byte| scale * f32::from(*byte as i8)).collect::<Vec<_>>()
            };
            blocks.iter().flat_map(block).collect()
        }
        other => panic!("the starter has {other}"),
    }
}

/// A normal f16.
fn half(bits: u16) -> f32 {
    let exponent = u32::from(bits >> 10 & 0x1f);
    let sign = u32::from(bits >> 15) << 31;
    match exponent {
        0 => f32::from(bits & 0x3ff) / 16_777_216.0,
        _ => f32::from_bits(sign | (exponent + 112) << 23 | u32::from(bits & 0x3ff) << 13),
    }
}

fn copy_tokenizer(from: &File, to: &mut GgufWriter) {
    let metadata = from.metadata();
    let strings = |key: &str| metadata.strs(key).unwrap().map(str::to_owned).collect::<Vec<_>>();
    for key in ["tokenizer.ggml.tokens", "tokenizer.ggml.merges"] {
        to.set(key, strings(key));
    }
    for key in ["tokenizer.ggml.model", "tokenizer.ggml.pre", "tokenizer.chat_template"] {
        to.set(key, metadata.str(key).unwrap());
    }
    to.set("tokenizer.ggml.token_type", metadata.i32s("tokenizer.ggml.token_type").unwrap());
    for key in ["tokenizer.ggml.bos_token_id", "tokenizer.ggml.eos_token_id"] {
        to.set(key, metadata.u32(key).unwrap());
    }
    to.set("tokenizer.ggml.add_bos_token", false);
}

/// The tokenizer and the template of a GGUF file as they are published.
fn write_tokenizer(file: &File, folder: &Path) {
    const NORMAL: i32 = 1;
    const CONTROL: i32 = 3;
    let metadata = file.metadata();
    let tokens: Vec<&str> = metadata.strs("tokenizer.ggml.tokens").unwrap().collect();
    let kinds = metadata.i32s("tokenizer.ggml.token_type").unwrap();
    let merges: Vec<&str> = metadata.strs("tokenizer.ggml.merges").unwrap().collect();
    let all = || tokens.iter().zip(&kinds).enumerate();
    let words = all().filter(|(_, (_, kind))| **kind == NORMAL);
    let vocabulary: Map<String, Value> =
        words.map(|(id, (text, _))| (text.to_string(), id.into())).collect();
    let added: Vec<Value> = all()
        .filter(|(_, (_, kind))| **kind != NORMAL)
        .map(|(id, (text, kind))| {
            json!({
                "id": id, "content": text, "special": *kind == CONTROL, "single_word": false,
                "lstrip": false, "rstrip": false, "normalized": false
            })
        })
        .collect();
    let rules = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": rules}, "behavior": "Isolated", "invert": false},
            {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false}
        ]},
        "post_processor": {
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false
        },
        "decoder": {
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false
        },
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
            "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false,
            "vocab": vocabulary, "merges": merges
        }
    });
    fs::write(folder.join("tokenizer.json"), tokenizer.to_string()).unwrap();
    let end = tokens[metadata.u32("tokenizer.ggml.eos_token_id").unwrap() as usize];
    let template = metadata.str("tokenizer.chat_template").unwrap();
    let config = json!({ "eos_token": end, "chat_template": template });
    fs::write(folder.join("tokenizer_config.json"), config.to_string()).unwrap();
}

/// Steele, Lea and Flood 2014; the same weights on every machine.
struct Random(u64);

impl Random {
    /// In -1..1.
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}

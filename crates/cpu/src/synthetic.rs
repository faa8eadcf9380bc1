//! Model files of public shapes with made-up weights: for benchmarks and tests without a download.
//!
//! Speed does not depend on what the weights are. The shapes are those of the models' public
//! configurations, the tokenizer has the true number of entries, and the mix of types is that of
//! llama.cpp's `Q4_K_M`, including what it falls back to where rows are not whole blocks.

use std::{io, path::Path};

use half::{bf16, f16};
use hearth_gguf::{TensorType, write::Writer};

use crate::model::FAMILIES;

/// The sizes of a model.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub name: &'static str,
    /// Of [`crate::model`]'s families.
    pub architecture: &'static str,
    pub layers: u32,
    pub width: u32,
    pub feed_forward: u32,
    pub heads: u32,
    pub kv_heads: u32,
    pub head_dim: u32,
    pub vocabulary: u32,
    pub context_length: u32,
    pub rope_base: f32,
    /// Whether the output matrix is the embedding table.
    pub tied: bool,
    pub stretch: Stretch,
    /// Tokens that layers with a window see, where the family has such layers.
    pub window: u32,
}

/// How rope is stretched over a longer context than the model was first trained on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stretch {
    None,
    /// By Llama 3.1's divisors, so many times 8192 tokens.
    Llama3(f32),
    Linear(f32),
    /// So many times so many tokens.
    Yarn(f32, u32),
    /// By one list of divisors up to so many tokens, and by another beyond.
    LongRope(u32),
}

/// Small enough for tests, which vary it.
pub const TINY: Shape = Shape {
    name: "tiny",
    architecture: "qwen3",
    layers: 2,
    width: 64,
    feed_forward: 128,
    heads: 4,
    kv_heads: 2,
    head_dim: 32,
    vocabulary: 600,
    context_length: 2048,
    rope_base: 1e4,
    tied: true,
    stretch: Stretch::None,
    window: 0,
};

/// A small model of any family, with all that is peculiar to it.
pub fn tiny(architecture: &str) -> Option<Shape> {
    let (architecture, _) = FAMILIES.iter().find(|(name, _)| *name == architecture)?;
    // As public files of a family have or have not a table of embeddings and an output matrix.
    let tied = architecture.starts_with("gemma");
    let base =
        Shape { name: "tiny", architecture, layers: 8, width: 256, head_dim: 64, tied, ..TINY };
    let stretched = |stretch| Shape { stretch, ..base };
    Some(match *architecture {
        "gemma2" | "gemma3" => Shape { window: 96, ..base },
        "olmo2" => Shape { window: 96, ..stretched(Stretch::Yarn(4.0, 128)) },
        "mistral3" => stretched(Stretch::Yarn(4.0, 64)),
        "phi3" => stretched(Stretch::LongRope(128)),
        "llama" => stretched(Stretch::Llama3(32.0)),
        _ => base,
    })
}

/// The shapes that are measured.
pub const SHAPES: [Shape; 8] = [
    Shape {
        name: "SmolLM2-135M",
        architecture: "llama",
        layers: 30,
        width: 576,
        feed_forward: 1536,
        heads: 9,
        kv_heads: 3,
        head_dim: 64,
        vocabulary: 49_152,
        context_length: 8192,
        rope_base: 1e5,
        tied: true,
        stretch: Stretch::None,
        window: 0,
    },
    Shape {
        name: "SmolLM2-360M",
        architecture: "llama",
        layers: 32,
        width: 960,
        feed_forward: 2560,
        heads: 15,
        kv_heads: 5,
        head_dim: 64,
        vocabulary: 49_152,
        context_length: 8192,
        rope_base: 1e5,
        tied: true,
        stretch: Stretch::None,
        window: 0,
    },
    Shape {
        name: "Qwen3-0.6B",
        architecture: "qwen3",
        layers: 28,
        width: 1024,
        feed_forward: 3072,
        heads: 16,
        kv_heads: 8,
        head_dim: 128,
        vocabulary: 151_936,
        context_length: 40_960,
        rope_base: 1e6,
        tied: true,
        stretch: Stretch::None,
        window: 0,
    },
    Shape {
        name: "Llama-3.2-1B",
        architecture: "llama",
        layers: 16,
        width: 2048,
        feed_forward: 8192,
        heads: 32,
        kv_heads: 8,
        head_dim: 64,
        vocabulary: 128_256,
        context_length: 131_072,
        rope_base: 5e5,
        tied: true,
        stretch: Stretch::Llama3(32.0),
        window: 0,
    },
    Shape {
        name: "Qwen3-1.7B",
        architecture: "qwen3",
        layers: 28,
        width: 2048,
        feed_forward: 6144,
        heads: 16,
        kv_heads: 8,
        head_dim: 128,
        vocabulary: 151_936,
        context_length: 40_960,
        rope_base: 1e6,
        tied: true,
        stretch: Stretch::None,
        window: 0,
    },
    Shape {
        name: "Qwen3-4B",
        architecture: "qwen3",
        layers: 36,
        width: 2560,
        feed_forward: 9728,
        heads: 32,
        kv_heads: 8,
        head_dim: 128,
        vocabulary: 151_936,
        context_length: 40_960,
        rope_base: 1e6,
        tied: true,
        stretch: Stretch::None,
        window: 0,
    },
    Shape {
        name: "Gemma-3-1B",
        architecture: "gemma3",
        layers: 26,
        width: 1152,
        feed_forward: 6912,
        heads: 4,
        kv_heads: 1,
        head_dim: 256,
        vocabulary: 262_144,
        context_length: 32_768,
        rope_base: 1e6,
        tied: true,
        stretch: Stretch::None,
        window: 512,
    },
    Shape {
        name: "Phi-4-mini",
        architecture: "phi3",
        layers: 32,
        width: 3072,
        feed_forward: 8192,
        heads: 24,
        kv_heads: 8,
        head_dim: 128,
        vocabulary: 200_064,
        context_length: 131_072,
        rope_base: 1e4,
        tied: true,
        stretch: Stretch::LongRope(4096),
        window: 0,
    },
];

/// How the matrices are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// llama.cpp's Q4_K_M.
    Q4KM,
    /// All matrices alike.
    Uniform(TensorType),
}

impl Mix {
    /// The type of a matrix. `layer` is `None` for the embedding and the output.
    fn kind(self, name: &str, columns: u32, layer: Option<(u32, u32)>) -> TensorType {
        let wanted = match (self, layer) {
            (Mix::Uniform(kind), _) => kind,
            (Mix::Q4KM, None) => TensorType::Q6_K,
            (Mix::Q4KM, Some((i, n))) => {
                let sensitive = i < n / 8 || i >= 7 * n / 8 || (i - n / 8) % 3 == 2;
                match name {
                    "attn_v" | "ffn_down" if sensitive => TensorType::Q6_K,
                    _ => TensorType::Q4_K,
                }
            }
        };
        match wanted {
            _ if columns.is_multiple_of(wanted.block_len() as u32) => wanted,
            TensorType::Q4_K => TensorType::Q5_0,
            _ => TensorType::Q8_0,
        }
    }
}

/// Writes a model. The same arguments give the same bytes.
pub fn write(path: impl AsRef<Path>, shape: &Shape, mix: Mix, seed: u64) -> io::Result<()> {
    write_tensors(path.as_ref(), shape, &tensors(shape, mix), seed)
}

/// A model and another that is its first layers, which can draft for it.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    pub shape: &'a Shape,
    /// Layers that the draft has.
    pub shared: u32,
    /// What the target's other layers add, as a share of what they would: with 0 the draft is
    /// always right, with 1 hardly ever.
    pub rest: f32,
}

/// Writes a pair with all matrices of one type.
pub fn write_pair(
    target: impl AsRef<Path>,
    draft: impl AsRef<Path>,
    pair: &Pair<'_>,
    kind: TensorType,
    seed: u64,
) -> io::Result<()> {
    let Pair { shape, shared, rest } = *pair;
    let mut all = tensors(shape, Mix::Uniform(kind));
    for layer in shared..shape.layers {
        let adds = ["attn_output", "ffn_down"].map(|name| format!("blk.{layer}.{name}.weight"));
        for tensor in all.iter_mut().filter(|tensor| adds.contains(&tensor.name)) {
            if let Values::Spread(deviation) = &mut tensor.values {
                *deviation *= rest;
            }
        }
    }
    write_tensors(target.as_ref(), shape, &all, seed)?;
    write(draft, &Shape { layers: shared, ..*shape }, Mix::Uniform(kind), seed)
}

fn write_tensors(path: &Path, shape: &Shape, tensors: &[Tensor], seed: u64) -> io::Result<()> {
    let mut writer = Writer::new();
    describe(&mut writer, shape);
    tokenizer(&mut writer, shape);
    for tensor in tensors {
        let dims: Vec<u64> = tensor.dims.iter().map(|n| u64::from(*n)).collect();
        writer.tensor(&tensor.name, &dims, tensor.kind);
    }
    let mut out = writer.start(path)?;
    let mut bytes = Vec::new();
    for tensor in tensors {
        // By name, so that a model of fewer layers has the same ones.
        let mut random = Random::named(&tensor.name, seed);
        let row = tensor.dims[0] as usize / tensor.kind.block_len();
        let rows: usize = tensor.dims[1..].iter().map(|n| *n as usize).product();
        for _ in 0..rows {
            bytes.clear();
            for index in 0..row {
                tensor.values.block(tensor.kind, index, &mut random, &mut bytes);
            }
            out.push(&bytes)?;
        }
    }
    out.finish()
}

fn describe(writer: &mut Writer, shape: &Shape) {
    let key = |name: &str| format!("{}.{name}", shape.architecture);
    writer.set("general.architecture", shape.architecture).set("general.name", shape.name);
    for (name, value) in [
        ("block_count", shape.layers),
        ("context_length", shape.context_length),
        ("embedding_length", shape.width),
        ("feed_forward_length", shape.feed_forward),
        ("attention.head_count", shape.heads),
        ("attention.head_count_kv", shape.kv_heads),
        ("attention.key_length", shape.head_dim),
        ("attention.value_length", shape.head_dim),
        ("rope.dimension_count", rope_dims(shape)),
        ("vocab_size", shape.vocabulary),
    ] {
        writer.set(key(name), value);
    }
    writer.set(key("attention.layer_norm_rms_epsilon"), 1e-6f32);
    writer.set(key("rope.freq_base"), shape.rope_base);
    peculiar(writer, shape);
    let (kind, factor) = match shape.stretch {
        Stretch::None | Stretch::Llama3(_) => return,
        Stretch::Linear(factor) => ("linear", factor),
        Stretch::Yarn(factor, trained) => {
            writer.set(key("rope.scaling.original_context_length"), trained);
            ("yarn", factor)
        }
        Stretch::LongRope(trained) => {
            writer.set(key("rope.scaling.original_context_length"), trained);
            writer.set(key("rope.scaling.attn_factor"), 1.19f32);
            ("longrope", 1.0)
        }
    };
    writer.set(key("rope.scaling.type"), kind).set(key("rope.scaling.factor"), factor);
}

/// Dimensions of a head that are turned.
fn rope_dims(shape: &Shape) -> u32 {
    match shape.architecture {
        "glm4" => shape.head_dim / 2,
        "phi3" => shape.head_dim / 4 * 3,
        _ => shape.head_dim,
    }
}

/// What a family's files say besides the sizes.
fn peculiar(writer: &mut Writer, shape: &Shape) {
    let key = |name: &str| format!("{}.{name}", shape.architecture);
    if shape.window > 0 {
        writer.set(key("attention.sliding_window"), shape.window);
    }
    match shape.architecture {
        "gemma2" => {
            writer.set(key("attn_logit_softcapping"), 50f32);
            writer.set(key("final_logit_softcapping"), 30f32);
        }
        "granite" => {
            writer.set(key("embedding_scale"), 12f32);
            writer.set(key("residual_scale"), 0.22f32);
            writer.set(key("attention.scale"), 1.0 / shape.head_dim as f32);
            writer.set(key("logit_scale"), 8f32);
        }
        "mistral3" if matches!(shape.stretch, Stretch::Yarn(..)) => {
            writer.set(key("attention.temperature_scale"), 0.1f32);
            writer.set(key("rope.scaling.yarn_log_multiplier"), 1f32);
        }
        _ => {}
    }
}

/// A byte-level BPE of the true size: all strings over 27 letters, the shortest first, each
/// merged from its beginning and its last letter.
fn tokenizer(writer: &mut Writer, shape: &Shape) {
    const CONTROL: [&str; 3] = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];
    let letters: Vec<String> = "Ġabcdefghijklmnopqrstuvwxyz".chars().map(String::from).collect();
    let words = shape.vocabulary as usize - CONTROL.len();
    let mut tokens: Vec<String> = byte_characters().collect();
    let mut merges = Vec::new();
    let mut shorter = letters.clone();
    while tokens.len() < words {
        let mut longer = Vec::new();
        for (begin, end) in shorter.iter().flat_map(|b| letters.iter().map(move |e| (b, e))) {
            if tokens.len() == words {
                break;
            }
            merges.push(format!("{begin} {end}"));
            longer.push(format!("{begin}{end}"));
            tokens.push(format!("{begin}{end}"));
        }
        shorter = longer;
    }
    let mut kinds = vec![1i32; tokens.len()];
    tokens.extend(CONTROL.map(String::from));
    kinds.extend([3; CONTROL.len()]);
    let first = words as u32;
    writer
        .set("tokenizer.ggml.model", "gpt2")
        .set("tokenizer.ggml.pre", "qwen2")
        .set("tokenizer.ggml.tokens", tokens)
        .set("tokenizer.ggml.token_type", kinds)
        .set("tokenizer.ggml.merges", merges)
        .set("tokenizer.ggml.bos_token_id", first)
        .set("tokenizer.ggml.eos_token_id", first + 2)
        .set("tokenizer.ggml.add_bos_token", false);
}

/// The characters that stand for the 256 bytes in a byte-level vocabulary (GPT-2).
fn byte_characters() -> impl Iterator<Item = String> {
    let printable = |b: u32| matches!(b, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
    let mut spare = 256;
    (0..256).map(move |byte| {
        let code = if printable(byte) {
            byte
        } else {
            spare += 1;
            spare - 1
        };
        char::from_u32(code).expect("a Latin character").to_string()
    })
}

struct Tensor {
    name: String,
    /// Innermost first.
    dims: Vec<u32>,
    kind: TensorType,
    values: Values,
}

enum Values {
    /// Random, with this standard deviation.
    Spread(f32),
    /// Around 1.
    Norm,
    /// Given one by one.
    Listed(Vec<f32>),
}

fn tensors(shape: &Shape, mix: Mix) -> Vec<Tensor> {
    let (queries, keys) = (shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim);
    let (width, inner) = (shape.width, shape.feed_forward);
    let matrix = |name: String, columns: u32, rows: u32, kind| Tensor {
        name,
        dims: vec![columns, rows],
        kind,
        values: Values::Spread(1.0 / (columns as f32).sqrt()),
    };
    let vector = |name: String, len: u32, values| Tensor {
        name,
        dims: vec![len],
        kind: TensorType::F32,
        values,
    };
    let outer = mix.kind("", width, None);
    let mut all = vec![Tensor {
        values: Values::Spread(0.5),
        ..matrix("token_embd.weight".into(), width, shape.vocabulary, outer)
    }];
    if !shape.tied {
        all.push(matrix("output.weight".into(), width, shape.vocabulary, outer));
    }
    all.push(vector("output_norm.weight".into(), width, Values::Norm));
    let pairs = rope_dims(shape) / 2;
    match shape.stretch {
        Stretch::Llama3(times) => {
            let factors = Values::Listed(llama3_divisors(shape, times));
            all.push(vector("rope_freqs.weight".into(), pairs, factors));
        }
        Stretch::LongRope(_) => {
            for (name, most) in [("short", 2.0), ("long", 40.0)] {
                let grow = |i: u32| 1.0 + (most - 1.0) * i as f32 / pairs as f32;
                let factors = Values::Listed((0..pairs).map(grow).collect());
                all.push(vector(format!("rope_factors_{name}.weight"), pairs, factors));
            }
        }
        _ => {}
    }
    for layer in 0..shape.layers {
        let has = |architectures: &[&str]| architectures.contains(&shape.architecture);
        let mut matrices = match has(&["phi3"]) {
            true => vec![("attn_qkv", width, queries + 2 * keys)],
            false => {
                vec![("attn_q", width, queries), ("attn_k", width, keys), ("attn_v", width, keys)]
            }
        };
        matrices.push(("attn_output", queries, width));
        match has(&["phi3", "glm4"]) {
            true => matrices.push(("ffn_up", width, 2 * inner)),
            false => matrices.extend([("ffn_gate", width, inner), ("ffn_up", width, inner)]),
        }
        matrices.push(("ffn_down", inner, width));
        for (name, columns, rows) in matrices {
            let kind = mix.kind(name, columns, Some((layer, shape.layers)));
            all.push(matrix(format!("blk.{layer}.{name}.weight"), columns, rows, kind));
        }
        let norms: &[&str] = match shape.architecture {
            "gemma2" | "gemma3" | "glm4" => {
                &["attn_norm", "ffn_norm", "post_attention_norm", "post_ffw_norm"]
            }
            "olmo2" | "exaone4" => &["post_attention_norm", "post_ffw_norm"],
            "seed_oss" => &["attn_norm", "post_attention_norm"],
            _ => &["attn_norm", "ffn_norm"],
        };
        for name in norms {
            all.push(vector(format!("blk.{layer}.{name}.weight"), width, Values::Norm));
        }
        let head_norms = match shape.architecture {
            "qwen3" | "gemma3" | "exaone4" | "hunyuan-dense" => [shape.head_dim; 2],
            "olmo2" => [queries, keys],
            _ => [0; 2],
        };
        for (name, len) in ["attn_q_norm", "attn_k_norm"].into_iter().zip(head_norms) {
            if len > 0 {
                all.push(vector(format!("blk.{layer}.{name}.weight"), len, Values::Norm));
            }
        }
        if has(&["qwen2", "seed_oss"]) {
            for (name, len) in [("attn_q", queries), ("attn_k", keys), ("attn_v", keys)] {
                let name = format!("blk.{layer}.{name}.bias");
                all.push(vector(name, len, Values::Spread(0.3)));
            }
        }
    }
    all
}

/// Llama 3.1's divisors: 1 for fast pairs, `times` for slow ones, blended between waves of a
/// quarter and of all of the 8192 tokens that it was first trained on.
fn llama3_divisors(shape: &Shape, times: f32) -> Vec<f32> {
    const TRAINED: f32 = 8192.0;
    let factor = |i: u32| {
        let frequency = shape.rope_base.powf(-2.0 * i as f32 / shape.head_dim as f32);
        let turns = TRAINED * frequency / (2.0 * std::f32::consts::PI);
        let fast = ((turns - 1.0) / 3.0).clamp(0.0, 1.0);
        1.0 / (fast + (1.0 - fast) / times)
    };
    (0..shape.head_dim / 2).map(factor).collect()
}

impl Values {
    /// Appends the `index`-th block of a row.
    fn block(&self, kind: TensorType, index: usize, random: &mut Random, out: &mut Vec<u8>) {
        match self {
            Values::Listed(values) => out.extend(values[index].to_le_bytes()),
            Values::Norm => out.extend((1.0 + 0.2 * random.centred()).to_le_bytes()),
            Values::Spread(deviation) => random_block(kind, *deviation, random, out),
        }
    }
}

/// A block whose weights are centred and spread by `deviation`.
///
/// # Panics
/// For a type that this backend does not run.
fn random_block(kind: TensorType, deviation: f32, random: &mut Random, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + kind.block_bytes(), 0);
    let block = &mut out[start..];
    random.fill(block);
    let mut half =
        |at: usize, x: f32| block[at..at + 2].copy_from_slice(&f16::from_f32(x).to_le_bytes());
    // The spread of evenly distributed quants: 2^bits / sqrt(12).
    let spread = |bits: i32| 2f32.powi(bits) / 12f32.sqrt();
    let uniform = 12f32.sqrt() * deviation;
    match kind {
        TensorType::Q4_K | TensorType::Q5_K => {
            let bits = if kind == TensorType::Q4_K { 4 } else { 5 };
            let d = deviation / spread(bits) / 48.0;
            half(0, d);
            half(2, d * (2f32.powi(bits) - 1.0) / 2.0);
            put_scales(&mut block[4..16], random);
        }
        TensorType::Q6_K => {
            half(208, deviation / spread(6) / 48.0);
            for scale in &mut block[192..208] {
                let size = 40 + (*scale % 16) as i8;
                *scale = if *scale < 128 { size } else { -size } as u8;
            }
        }
        TensorType::Q4_0 => half(0, deviation / spread(4)),
        TensorType::Q5_0 => half(0, deviation / spread(5)),
        TensorType::Q8_0 => half(0, deviation / spread(8)),
        TensorType::Q4_1 | TensorType::Q5_1 => {
            let bits = if kind == TensorType::Q4_1 { 4 } else { 5 };
            let d = deviation / spread(bits);
            half(0, d);
            half(2, -d * (2f32.powi(bits) - 1.0) / 2.0);
        }
        TensorType::Q2_K => {
            let d = deviation / 13.2;
            half(80, d);
            half(82, 1.5 * d);
            for both in &mut block[..16] {
                let scale = 8 | *both & 7;
                *both = scale | scale << 4;
            }
        }
        TensorType::Q3_K => half(108, deviation / 43.4),
        TensorType::IQ4_NL => half(0, deviation / 67.4),
        TensorType::IQ4_XS => half(0, deviation / 1247.0),
        TensorType::MXFP4 => block[0] = ((deviation / 5.85).log2().round() + 128.0) as u8,
        TensorType::IQ1_S => half(0, deviation / 7.4),
        TensorType::IQ1_M => {
            let d = f16::from_f32(deviation / 7.4).to_bits();
            for (i, high) in block[48..].iter_mut().skip(1).step_by(2).enumerate() {
                *high = *high & 15 | ((d >> (4 * i) & 15) << 4) as u8;
            }
        }
        TensorType::IQ2_XXS | TensorType::IQ2_XS | TensorType::IQ2_S => half(0, deviation / 58.0),
        TensorType::IQ3_XXS => half(0, deviation / 152.0),
        TensorType::IQ3_S => half(0, deviation / 170.0),
        TensorType::TQ1_0 => half(52, deviation / 0.82),
        TensorType::TQ2_0 => {
            half(64, deviation / 0.71);
            // No digit is 3, which would be 2.
            for four in &mut block[..64] {
                *four &= !(*four & *four << 1 & 0xaa);
            }
        }
        TensorType::F16 => half(0, uniform * random.centred()),
        TensorType::BF16 => {
            block.copy_from_slice(&bf16::from_f32(uniform * random.centred()).to_le_bytes());
        }
        TensorType::F32 => block.copy_from_slice(&(uniform * random.centred()).to_le_bytes()),
        TensorType::Q8_1
        | TensorType::Q8_K
        | TensorType::I8
        | TensorType::I16
        | TensorType::I32
        | TensorType::I64
        | TensorType::F64
        | TensorType::NVFP4
        | TensorType::Q1_0
        | TensorType::Q2_0 => panic!("no kernels for {kind}"),
    }
}

/// Eight 6-bit scales and minima from 40 to 55, packed as K-quants pack them.
fn put_scales(packed: &mut [u8], random: &mut Random) {
    let values: [u8; 16] = std::array::from_fn(|_| 40 + (random.next() >> 60) as u8);
    let (scales, mins) = values.split_at(8);
    for g in 0..4 {
        packed[g] = scales[g] | scales[g + 4] >> 4 << 6;
        packed[g + 4] = mins[g] | mins[g + 4] >> 4 << 6;
        packed[g + 8] = scales[g + 4] & 15 | mins[g + 4] << 4;
    }
}

/// SplitMix64 (Steele, Lea & Flood 2014).
struct Random(u64);

impl Random {
    fn named(name: &str, seed: u64) -> Self {
        // FNV-1a.
        let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        Self(name.bytes().fold(0xcbf2_9ce4_8422_2325, hash) ^ seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// Evenly from -0.5 to 0.5.
    fn centred(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
    }
}

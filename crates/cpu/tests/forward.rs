//! The forward pass against plain f32 loops, and against itself in every other company.

mod common;

use std::sync::Arc;

use common::Reference;
use hearth_chat::ErrorKind;
use hearth_cpu::{
    kernels::{Format, Isa},
    kv::Kv,
    model::{Model, Run, Wanted},
    pool::Pool,
    synthetic::{self, Mix, SHAPES, Shape, Stretch},
};
use hearth_gguf::{File, TensorType};

const SMALL: Shape = Shape {
    name: "small",
    architecture: "llama",
    layers: 3,
    width: 256,
    feed_forward: 512,
    heads: 4,
    kv_heads: 2,
    head_dim: 64,
    vocabulary: 300,
    context_length: 1024,
    rope_base: 1e4,
    tied: true,
    stretch: Stretch::None,
    window: 0,
};

const FAMILIES: [&str; 15] = [
    "llama",
    "qwen2",
    "qwen3",
    "smollm3",
    "granite",
    "seed_oss",
    "hunyuan-dense",
    "ernie4_5",
    "mistral3",
    "gemma2",
    "gemma3",
    "phi3",
    "olmo2",
    "exaone4",
    "glm4",
];

/// A model file that is deleted at the end, mapped.
fn file(shape: &Shape, mix: Mix) -> Arc<File> {
    let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    synthetic::write(&path, shape, mix, 7).unwrap();
    Arc::new(File::open(&path).unwrap())
}

fn load(file: &Arc<File>, threads: usize) -> Model {
    Model::load(file.clone(), Isa::best(), Pool::new(threads), &mut |_| {}).unwrap()
}

fn prompt(len: usize) -> Vec<u32> {
    (0..len as u32).map(|i| i.wrapping_mul(2_654_435_761) % 300).collect()
}

/// All logits of a prompt, computed in chunks.
fn logits(model: &mut Model, tokens: &[u32], chunk: usize) -> Vec<f32> {
    let mut kv = Kv::new(model.kv_shape());
    let mut out = Vec::new();
    for tokens in tokens.chunks(chunk) {
        let run = Run { kv: &mut kv, tokens, logits: Wanted::All };
        out.extend_from_slice(model.forward(&mut [run]));
    }
    out
}

/// The root of the mean squared difference, as a share of the reference's spread.
fn difference(got: &[f32], want: &[Vec<f32>]) -> f64 {
    let want: Vec<f32> = want.iter().flatten().copied().collect();
    assert_eq!(got.len(), want.len());
    let square = |x: f32| f64::from(x) * f64::from(x);
    let error: f64 = got.iter().zip(&want).map(|(a, b)| square(a - b)).sum();
    let size: f64 = want.iter().map(|b| square(*b)).sum();
    (error / size).sqrt()
}

/// Rounding activations to 8 bits eight times a layer, and keys and values to 16.
const TOLERANCE: f64 = 0.03;
/// What float weights may differ by: only keys and values are rounded.
const FLOAT_TOLERANCE: f64 = 0.002;

fn assert_near_reference(shape: &Shape, mix: Mix, tokens: usize) {
    let file = file(shape, mix);
    let tokens = prompt(tokens);
    let got = logits(&mut load(&file, 2), &tokens, 64);
    let difference = difference(&got, &Reference::new(&file).logits(&tokens));
    let float = [TensorType::F16, TensorType::BF16, TensorType::F32].map(Mix::Uniform);
    let tolerance = if float.contains(&mix) { FLOAT_TOLERANCE } else { TOLERANCE };
    let what = format!("{} {mix:?}: {difference:.5} of {tolerance}", shape.architecture);
    assert!(difference < tolerance, "{what}");
}

#[test]
fn logits_are_near_an_f32_forward_pass_for_each_family() {
    for architecture in FAMILIES {
        for tied in [true, false] {
            let shape = Shape { architecture, tied, ..SMALL };
            assert_near_reference(&shape, Mix::Q4KM, 40);
            assert_near_reference(&shape, Mix::Uniform(TensorType::F32), 40);
        }
    }
}

#[test]
fn logits_are_near_an_f32_forward_pass_for_each_type() {
    for format in Format::ALL {
        assert_near_reference(&SMALL, Mix::Uniform(format.kind()), 24);
    }
}

#[test]
fn logits_are_near_where_rows_are_not_whole_blocks_of_256() {
    let shape = Shape { width: 96, heads: 3, kv_heads: 1, head_dim: 32, ..SMALL };
    assert_near_reference(&shape, Mix::Q4KM, 24);
}

#[test]
fn logits_are_near_past_the_knee_of_every_rope_scaling() {
    for stretch in [Stretch::Llama3(32.0), Stretch::Linear(4.0), Stretch::Yarn(4.0, 128)] {
        let shape = Shape { layers: 1, stretch, rope_base: 100.0, ..SMALL };
        assert_near_reference(&shape, Mix::Uniform(TensorType::F32), 400);
    }
}

#[test]
fn logits_are_near_past_the_window() {
    for architecture in ["gemma2", "gemma3", "olmo2"] {
        let shape = Shape { architecture, layers: 7, window: 150, ..SMALL };
        assert_near_reference(&shape, Mix::Uniform(TensorType::F32), 300);
    }
    let stretch = Stretch::Yarn(4.0, 64);
    let shape = Shape { architecture: "olmo2", layers: 4, window: 40, stretch, ..SMALL };
    assert_near_reference(&shape, Mix::Uniform(TensorType::F32), 200);
}

#[test]
fn logits_are_near_where_queries_grow_with_their_position() {
    let stretch = Stretch::Yarn(4.0, 64);
    let shape = Shape { architecture: "mistral3", stretch, rope_base: 100.0, ..SMALL };
    assert_near_reference(&shape, Mix::Uniform(TensorType::F32), 300);
}

#[test]
fn a_long_context_is_turned_by_the_longer_factors_from_its_first_token_on() {
    let stretch = Stretch::LongRope(64);
    let shape = Shape { architecture: "phi3", layers: 1, stretch, ..SMALL };
    let file = file(&shape, Mix::Uniform(TensorType::F32));
    let tokens = prompt(100);
    for (most, long) in [(64, false), (65, true)] {
        let mut model = load(&file, 2);
        model.limit_context(most);
        let mut reference = Reference::new(&file);
        reference.long = long;
        let tokens = &tokens[..most.min(100)];
        let difference = difference(&logits(&mut model, tokens, 64), &reference.logits(tokens));
        assert!(difference < FLOAT_TOLERANCE, "{most}: {difference}");
    }
}

#[test]
fn a_narrowed_model_has_the_same_logits_for_what_is_left_and_none_for_the_rest() {
    let file = file(&SMALL, Mix::Q4KM);
    let tokens = prompt(20);
    let whole = logits(&mut load(&file, 2), &tokens, 20);
    let mut model = load(&file, 2);
    logits(&mut model, &tokens, 20);
    let assert_left = |model: &mut Model, left: &[std::ops::Range<usize>]| {
        for chunk in [20, 1, 3] {
            let got = logits(model, &tokens, chunk);
            for (at, (got, whole)) in got.iter().zip(&whole).enumerate() {
                let token = at % SMALL.vocabulary as usize;
                let is_left = left.iter().any(|tokens| tokens.contains(&token));
                let want = if is_left { *whole } else { f32::NEG_INFINITY };
                assert_eq!(got.to_bits(), want.to_bits(), "token {token}, chunks of {chunk}");
            }
        }
    };
    // A token brings its neighbours of the same sixteen; the last ones are only twelve.
    model.narrow((0..50).chain([299]));
    assert_left(&mut model, &[0..64, 288..300]);
    model.widen(&[130, 5, 131]);
    assert_left(&mut model, &[0..64, 128..144, 288..300]);
}

#[test]
fn a_tokens_logits_depend_neither_on_chunks_nor_on_threads() {
    // More than two blocks of the KV cache, so that splitting by positions takes part.
    let tokens = prompt(300);
    for architecture in ["llama", "qwen3", "gemma2", "gemma3"] {
        let window = if architecture.starts_with("gemma") { 100 } else { 0 };
        let file = file(&Shape { architecture, window, ..SMALL }, Mix::Q4KM);
        let want = logits(&mut load(&file, 1), &tokens, 300);
        for (threads, chunk) in [(1, 1), (2, 3), (3, 8), (2, 9), (4, 128), (2, 256)] {
            let got = logits(&mut load(&file, threads), &tokens, chunk);
            assert!(bits(&got) == bits(&want), "{threads} threads, chunks of {chunk}");
        }
    }
}

#[test]
fn sequences_computed_together_have_the_logits_they_have_alone() {
    let file = file(&SMALL, Mix::Q4KM);
    let mut model = load(&file, 2);
    let prompts = [prompt(5), prompt(140), prompt(33)];
    let alone: Vec<Vec<f32>> = prompts.iter().map(|p| logits(&mut model, p, 256)).collect();
    let mut kvs: Vec<Kv> = prompts.iter().map(|_| Kv::new(model.kv_shape())).collect();
    let mut runs: Vec<Run<'_>> = kvs
        .iter_mut()
        .zip(&prompts)
        .map(|(kv, tokens)| Run { kv, tokens, logits: Wanted::All })
        .collect();
    let together = model.forward(&mut runs);
    assert!(bits(together) == bits(&alone.concat()));
}

#[test]
fn tokens_that_were_taken_back_leave_no_trace() {
    let file = file(&SMALL, Mix::Q4KM);
    let mut model = load(&file, 2);
    let tokens = prompt(150);
    let want = logits(&mut model, &tokens, 150);
    let mut kv = Kv::new(model.kv_shape());
    let mut pass = |kv: &mut Kv, tokens: &[u32]| {
        model.forward(&mut [Run { kv, tokens, logits: Wanted::All }]).to_vec()
    };
    let mut got = pass(&mut kv, &tokens[..120]);
    pass(&mut kv, &[9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 11, 12]);
    kv.truncate(120);
    got.extend(pass(&mut kv, &tokens[120..]));
    assert!(bits(&got) == bits(&want));
}

#[test]
fn the_last_tokens_logits_are_those_of_all() {
    let file = file(&SMALL, Mix::Q4KM);
    let mut model = load(&file, 2);
    let tokens = prompt(20);
    let all = logits(&mut model, &tokens, 20);
    let mut kv = Kv::new(model.kv_shape());
    let run = Run { kv: &mut kv, tokens: &tokens, logits: Wanted::Last };
    let last = model.forward(&mut [run]);
    assert!(bits(last) == bits(&all[19 * 300..]));
}

#[test]
fn every_public_shape_is_supported_as_a_description() {
    for shape in SHAPES {
        let tiny = Shape { layers: 1, vocabulary: 300, ..shape };
        let file = file(&tiny, Mix::Q4KM);
        assert_eq!(hearth_cpu::supports(&file), Ok(()), "{}", shape.name);
    }
}

#[test]
fn a_weight_that_would_not_be_computed_is_refused_by_name() {
    let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    let shape = Shape { architecture: "qwen2", ..SMALL };
    synthetic::write(&path, &shape, Mix::Q4KM, 7).unwrap();
    let sound = std::fs::read(&path).unwrap();
    // Of the same length, and in place of what a model need not have.
    for (bias, unread) in [
        ("blk.0.attn_k.bias", "blk.0.attn_z.bias"),
        ("blk.2.attn_k.bias", "blk.3.attn_k.bias"),
        ("blk.1.attn_v.bias", "output_norm.biasx"),
    ] {
        let mut bytes = sound.clone();
        let at = bytes.windows(bias.len()).position(|name| name == bias.as_bytes()).unwrap();
        bytes[at..at + bias.len()].copy_from_slice(unread.as_bytes());
        std::fs::write(&path, bytes).unwrap();
        let file = Arc::new(File::open(&path).unwrap());
        let told = hearth_cpu::supports(&file).unwrap_err();
        assert!(told.contains(&format!("`{unread}`")), "{told}");
        let loaded = Model::load(file, Isa::best(), Pool::new(1), &mut |_| {});
        assert_eq!(loaded.err().unwrap().kind, ErrorKind::Unsupported);
    }
}

/// What is foreseen from the header is what the cache takes, up to a block of the layers with a window.
#[test]
fn keys_and_values_take_what_the_header_foresees() {
    let windowed = Shape { window: 100, context_length: 8192, ..SMALL };
    let shapes = FAMILIES.map(|family| {
        let tiny = synthetic::tiny(family).unwrap();
        Shape { context_length: 8192, ..tiny }
    });
    let mut with_windows = 0;
    for shape in shapes.iter().chain([&windowed]) {
        let file = file(shape, Mix::Uniform(TensorType::F32));
        let foreseen = hearth_gguf::Kv::of(&file);
        let kept = load(&file, 1).kv_shape();
        let block = foreseen.windowed * hearth_gguf::KV_BLOCK as u64;
        with_windows += u32::from(block > 0);
        for tokens in [128, 1024, 1280, 4096, 8192] {
            let (more, taken) = (foreseen.bytes(tokens), kept.bytes(tokens as usize) as u64);
            assert!(
                (taken..=taken + block).contains(&more),
                "{} at {tokens}: {more} are foreseen and {taken} taken",
                shape.architecture
            );
        }
    }
    assert!(with_windows >= 4, "{with_windows}");
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}
